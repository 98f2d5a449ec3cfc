"""Views that take the place of tables and picture: opening them, going home, and keeping them up to date.

A view is a widget in the same screen. So place, order, filter, selection, colours and verdicts are the same things in
all of them, and the keys that change them are the same methods.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from tuiqc.dataset.plates.mapping import PlateMap, plate_map
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter
from tuiqc.picture.thumbnails import thumbnail_painter
from tuiqc.review.changes import Changes
from tuiqc.review.session import Level
from tuiqc.review.wells import NAME as WELL_FILTER
from tuiqc.ui.keys import registry
from tuiqc.ui.screens.columns import Columns
from tuiqc.ui.views import view_class

if TYPE_CHECKING:
    from textual.widget import Widget

    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.views.view import View


_ALWAYS = ("home", "help", "quit")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one was on the home screen."""

    pane: Widget | None
    level: Level
    image: int
    label: int
    t: int


class Viewing(Columns):
    """Actions that open views, and what the other actions do while one is open."""

    view: View | None = None
    context: ReviewContext
    image_colour_by = ""
    first_view = ""
    _left_at: _Place | None = None

    @cached_property
    def _views(self) -> dict[str, View]:
        """Those that have been opened: they are kept, with their pictures."""
        return {}

    @cached_property
    def plates(self) -> PlateMap | None:
        """Which well each image is of, None if nothing says so; the same in all views of the plate."""
        return plate_map(self.session.batch)

    # --- opening and leaving

    async def open_view(self, name: str) -> None:
        """Show the view of that name in place of what is shown; if it is shown already, go home.

        The next key is read when it has the focus.
        """
        if self.view is not None and self.view.id == name:
            self.go_home()
            return
        view = self._views.get(name)
        if view is None:
            view = view_class(name)(self.context, id=name)
            view.display = False
        if refusal := view.refusal():
            self.say(refusal)
            return
        if name not in self._views:
            self._views[name] = view
            await self._mount_view(view)
        if self.view is None:
            session = self.session
            self._left_at = _Place(self.pane, session.level, session.image, session.label, session.t)
        else:
            self._put_away(self.view)
        self.view, view.seen = view, False
        view.display = True
        self.set_focus(view)
        self._lay_out(view)
        self.key_line.show([registry.named(one) for one in (*view.FOOTER, *_ALWAYS)], in_order=True)
        view.opened()
        self.place_changed()
        self.tell_chips()

    async def _mount_view(self, view: View) -> None:
        """Beside the picture, or in the place of all panes."""
        if view.PICTURE:
            await self.picture.parent.mount(view, before=self.picture)  # type: ignore[union-attr]
        else:
            await self.mount(view, before=self.slider)

    def _lay_out(self, view: View | None) -> None:
        """Hide what has to make room."""
        self.set_class(view is not None and not view.PICTURE, "-view")
        self.set_class(view is not None and bool(view.PICTURE), "-view-and-picture")
        self.set_class(view is not None and view.PICTURE == "wide", "-picture-if-wide")

    def _put_away(self, view: View) -> None:
        view.left()
        view.display = False
        self.view = None

    def go_home(self, *, stay: bool = True) -> None:
        """Leave the view: to where one was before, or with `stay` False at the thing that is current now."""
        view, place, session = self.view, self._left_at, self.session
        if view is None or place is None:
            return
        self._put_away(view)
        self._lay_out(None)
        self.tell_keys()
        now = (session.level, session.image, session.label, session.t)
        pane = place.pane
        if not stay:
            pane = self.images_table if now[0] == "image" else self.objects_table
            if self.narrow or place.pane is self.picture:
                pane = self.picture
            self.look = replace(self.look, kind="object" if now[0] == "object" else "fit", zoom=None)
        self.focus_pane(pane or self.images_table)
        session.level, session.image, session.label, session.t = (
            now if not stay else (place.level, place.image, place.label, place.t)
        )
        self.tell_chips()
        self.place_changed()
        self.call_after_refresh(self.request_picture)

    async def action_plate_pictures(self) -> None:
        """The plate with a picture in each well."""
        await self.open_view("plate_pictures")

    async def action_plate(self) -> None:
        """The plate."""
        await self.open_view("plate")

    async def action_tracks(self) -> None:
        """The tracks."""
        await self.open_view("tracks")

    async def action_plot(self) -> None:
        """A plot."""
        await self.open_view("plot")

    def go_to_image(self, image: int) -> None:
        """Make an image the current one, whether the filter shows it or not."""
        session = self.session
        if image != session.image or session.level != "image":
            session.level, session.image, session.label = "image", image, 0
            self.place_changed()

    def show_well(self, name: str, text: str) -> None:
        """Show only images (and their objects) that the filter `text` lets through, in place of another well's."""
        for level in self._of_well():
            self._remove_well(level)
            rows = self._rows_of(level)
            assert rows is not None
            rows.stack.add(text, name)
            self._apply_filters(level)

    def _of_well(self) -> list[Level]:
        """Which tables can be filtered by well: the objects too, unless their table lacks the names of images."""
        images, objects = self.session.images, self.session.objects
        named = objects is not None and set(images.view.identity) <= set(objects.view.columns)
        return ["image", "object"] if named else ["image"]

    def _remove_well(self, level: Level) -> bool:
        """Take away the filter that shows one well; whether there was one."""
        rows = self._rows_of(level)
        names = [one.name for one in rows.stack.filters if one.name.startswith(WELL_FILTER)] if rows else []
        for name in names:
            rows.stack.remove(name)  # type: ignore[union-attr]
        return bool(names)

    def action_clear_filter(self) -> None:
        """That of a well goes from both tables."""
        had = {level for level in self._of_well() if self._remove_well(level)}
        rows = self.session.rows
        if (rows is not None and rows.stack.filters) or not had:
            super().action_clear_filter()
        for level in had:
            self._apply_filters(level)

    @cached_property
    def tile_painter(self) -> Painter:
        """What composes the small pictures of all sheets: it reads no more of a file than they need."""
        return thumbnail_painter(self.session.batch.images, self.config.thumbnail_cache_mb)

    async def action_gallery(self) -> None:
        """A crop of each object."""
        await self.open_view("gallery")

    async def action_contact_sheet(self) -> None:
        """All images at once."""
        await self.open_view("contact_sheet")

    # --- what follows a change

    def place_changed(self) -> None:
        """Bring the view along too."""
        view, session = self.view, self.session
        if view is not None and view.level not in (None, session.level):
            self._hold_level(view)
        super().place_changed()
        self.follow_in_view()

    def _hold_level(self, view: View) -> None:
        """An undo may have led to something that is not judged in this view."""
        session = self.session
        if view.level == "image":
            session.level = "image"
        else:
            session.level, session.label = "object", 0
            first = session.first_of_image()
            if first is not None:
                session.go_object(first)

    def follow_in_view(self) -> None:
        """Something has changed that a view may show."""
        if self.view is not None:
            self.view.follow(Changes.ALL)
            self.view_shows()

    def view_shows(self) -> None:
        """The view may have come to show what is current: once that is painted it can be judged."""
        view = self.view
        if view is not None and not view.seen and self.session.row is not None and view.shows_current():
            self.call_after_refresh(self._painted, view)

    def _painted(self, view: View) -> None:
        view.seen = view.seen or (self.session.row is not None and view.shows_current())

    def tell_chips(self) -> None:
        """Filter or selection have changed."""
        super().tell_chips()
        self.follow_in_view()

    def show_display(self, display: Display) -> None:
        """Styles or colours have changed."""
        super().show_display(display)
        self.follow_in_view()

    def request_picture(self, *, again: bool = False) -> None:
        """While a view is open its picture is that of the place only if it stands beside it."""
        if self.view is None or self.view.PICTURE:
            super().request_picture(again=again)
        if self.view is not None:
            self.follow_in_view()

    def check_labels_soon(self) -> None:
        """Labels are compared while one looks at an image."""
        if self.view is None:
            super().check_labels_soon()

    # --- actions that are others in a view

    def focus_judged(self) -> None:
        """The view is what the keys go to."""
        if self.view is not None:
            self.view.focus()
        else:
            super().focus_judged()

    def action_enter(self) -> None:
        """In a view: go home at what is current."""
        if self.view is not None:
            self.view.enter()
        else:
            super().action_enter()

    def unseen(self) -> bool:
        """In a view nothing is judged that has not been shown in it, such as by keys typed while it is opened."""
        view, rows = self.view, self.session.rows
        if view is None:
            return super().unseen()
        if view.seen:
            hidden = self.session.row is None and view.level is not None
            if hidden and not (rows is not None and rows.selection.count):
                self.say_nothing_chosen()
                return True
            return False
        if view.level == "object" and self.session.objects is None and self.still_reading:
            self.say(f"nothing was judged: the objects are still being read ({self.still_reading})")
        else:
            self.say("nothing was judged: what is current was not on the screen yet")
        return True

    def _step_pane(self, step: int) -> None:
        if self.view is None:
            super()._step_pane(step)

    def action_swap(self) -> None:
        """There is one pane in a view."""
        if self.view is None:
            super().action_swap()
