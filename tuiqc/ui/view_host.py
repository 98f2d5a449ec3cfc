"""The view that is open in the place of the panes: opening it, going home, and keeping it up to date.

A view is a widget in the same screen. So place, order, filter, selection, colours and verdicts are the same things in
all of them, and the keys that change them are the same commands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, cast

from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from tuiqc.picture.painter import ViewportSpec
from tuiqc.review.changes import Changes
from tuiqc.review.place import Level, Place
from tuiqc.review.session import Session
from tuiqc.ui.jump_letters import JumpPlace
from tuiqc.ui.keys import registry
from tuiqc.ui.panes import Panes
from tuiqc.ui.pictures import Pictures
from tuiqc.ui.status import Status
from tuiqc.ui.table_panes import TablePanes

_ALWAYS = ("home", "help", "quit")


class OpenView(JumpPlace, Protocol):
    """A view as those see it who do not know views: `tuiqc.ui.views.view.View` says what each part is for."""

    HEADING: ClassVar[str]
    PICTURE: ClassVar[str]
    FOOTER: ClassVar[tuple[str, ...]]
    PLACES: ClassVar[tuple[str, ...]]
    HAS_TABLE: ClassVar[bool]
    WITH_CANDIDATES: bool
    seen: bool

    @property
    def level(self) -> Level | None:
        """What is judged in it."""

    def refusal(self) -> str:
        """Why it can't be opened now."""

    def opened(self) -> None:
        """It has come in sight."""

    def left(self) -> None:
        """It goes out of sight."""

    def follow(self, changes: Changes) -> None:
        """Something has changed."""

    def shows_current(self) -> bool:
        """Whether the next paint has what is current on the screen."""

    def enter(self) -> None:
        """Go home at the thing under the cursor."""

    def choose_colour(self) -> None:
        """Ask for the column that colours."""

    def painted_over(self, regions: Sequence[Region] | None) -> None:
        """These regions of the screen are about to be painted."""

    def draw_again(self) -> None:
        """The terminal has lost all pictures."""

    def cover(self) -> None:
        """Another screen lies above."""

    def uncover(self) -> None:
        """It is in sight again."""


def as_widget(view: OpenView) -> Widget:
    """The widget that a view is."""
    return cast("Widget", view)


@dataclass(frozen=True, slots=True)
class _Left:
    """Where one was on the home screen."""

    pane: Widget | None
    place: Place


class ViewHost:
    """Opens views in the screen.

    Attributes
    ----------
    panes
        What stands there while none is open.
    view
        The one that is open, None on the home screen.
    make
        Makes a view by its name.
    """

    def __init__(
        self,
        host: Screen[None],
        session: Session,
        panes: Panes,
        tables: TablePanes,
        pictures: Pictures,
        status: Status,
        changed: Callable[[Changes], None],
    ) -> None:
        self._host, self._session, self.panes, self._tables = host, session, panes, tables
        self._pictures, self._status, self._changed = pictures, status, changed
        self.view: OpenView | None = None
        self._views: dict[str, OpenView] = {}
        self._left: _Left | None = None

    async def open(self, name: str, make: Callable[[str], OpenView]) -> None:
        """Show the view of that name in place of what is shown; if it is shown already, go home.

        The next key is read when it has the focus. Views that have been opened are kept, with their pictures.
        """
        if self.view is not None and self._views.get(name) is self.view:
            self.go_home()
            return
        view = self._views.get(name)
        if view is None:
            view = make(name)
            as_widget(view).display = False
        if refusal := view.refusal():
            self._status.say(refusal)
            return
        if name not in self._views:
            self._views[name] = view
            await self._mount(view)
        if self.view is None:
            self._left = _Left(self.panes.chosen, self._session.cursor.place)
        else:
            self._put_away(self.view)
        self.view, view.seen, self._session.tables.covered = view, False, not view.WITH_CANDIDATES
        as_widget(view).display = True
        self._host.set_focus(as_widget(view))
        self._lay_out(view)
        self._status.key_line.show([registry.named(one) for one in (*view.FOOTER, *_ALWAYS)], in_order=True)
        view.opened()
        self._changed(Changes.ALL)

    async def _mount(self, view: OpenView) -> None:
        """Beside the picture, or in the place of all panes."""
        beside: Widget = self._pictures.pane if view.PICTURE else self._status.slider
        parent = beside.parent
        assert isinstance(parent, Widget)
        await parent.mount(as_widget(view), before=beside)

    def _lay_out(self, view: OpenView | None) -> None:
        """Hide what has to make room."""
        self._host.set_class(view is not None and not view.PICTURE, "-view")
        self._host.set_class(view is not None and bool(view.PICTURE), "-view-and-picture")
        self._host.set_class(view is not None and view.PICTURE == "wide", "-picture-if-wide")

    def _put_away(self, view: OpenView) -> None:
        view.left()
        as_widget(view).display = False
        self.view, self._session.tables.covered = None, False

    def go_home(self, *, stay: bool = True) -> None:
        """Leave the view: to where one was before, or with `stay` False at the thing that is current now."""
        view, left, cursor = self.view, self._left, self._session.cursor
        if view is None or left is None:
            return
        self._put_away(view)
        self._lay_out(None)
        self.panes.tell_keys()
        now, pane = cursor.place, left.pane
        if not stay:
            pane = self._tables.images if now.level == "image" else self._tables.objects
            if self.panes.narrow or left.pane is self._pictures.pane:
                pane = self._pictures.pane
            self._pictures.viewport.spec = ViewportSpec(
                "object" if now.level in ("object", "candidate") else "fit"
            )
        with cursor.moving():
            self.panes.focus(pane or self._tables.images)
            target = now if not stay else left.place
            z, projection = cursor.z, cursor.projection
            cursor.go_place(replace(target, z=z, projection=projection))
        self._changed(Changes.ALL)
        self._host.call_after_refresh(self._pictures.request)

    def focus_judged(self) -> None:
        """Give the focus to what keys go to: the view that is open, or the table that is judged."""
        if self.view is not None:
            as_widget(self.view).focus()
        else:
            self.panes.focus_judged()

    # --- what follows a change

    def hold_level(self) -> None:
        """An undo may have led to something that is not judged in the view that is open."""
        view, cursor = self.view, self._session.cursor
        if view is None or view.level in (None, cursor.level):
            return
        if cursor.level == "candidate" and view.WITH_CANDIDATES and self._session.tables.mixed is not None:
            return
        if view.level == "image":
            cursor.set_level("image")
        else:
            cursor.go_objects()

    def follow(self, changes: Changes) -> None:
        """Something has changed that the view may show."""
        if self.view is not None:
            self.view.follow(changes)
            self.shows()

    def shows(self) -> None:
        """The view may have come to show what is current: once that is painted it can be judged."""
        view = self.view
        if (
            view is not None
            and not view.seen
            and self._session.cursor.row is not None
            and view.shows_current()
        ):
            self._host.call_after_refresh(self._rendered, view)

    def _rendered(self, view: OpenView) -> None:
        view.seen = view.seen or (self._session.cursor.row is not None and view.shows_current())

    @property
    def has_picture(self) -> bool:
        """Whether the picture of the current place is in sight, in so far as a view could hide it."""
        return self.view is None or bool(self.view.PICTURE)
