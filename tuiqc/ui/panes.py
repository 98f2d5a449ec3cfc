"""The panes of the home screen: which has the focus and says what is judged, and how they share the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from textual.screen import Screen
from textual.widget import Widget

from tuiqc.review.changes import Changes
from tuiqc.review.session import Session
from tuiqc.ui.keys import registry
from tuiqc.ui.pictures import Pictures
from tuiqc.ui.status import Status
from tuiqc.ui.table_panes import TablePanes

NARROW = 100
"""Below this many columns one pane is shown at a time."""

PICTURE_KEYS = (
    "verdict_pass",
    "verdict_fail",
    "verdict_unsure",
    "swap",
    "zoom_in",
    "worst_first",
    "mark_evidence",
    "display",
    "fit",
    "crosshair",
    "blink",
    "outline",
    "large",
    "beside",
    "next_pane",
    "help",
    "quit",
)
"""Names of the commands on the line of keys while the picture has the focus, the most useful first."""


class Panes:
    """Gives panes the focus.

    Parameters
    ----------
    host
        The screen whose classes say how the panes are laid out.
    reading
        How far the reading of the objects is, "" when all are there.
    """

    def __init__(
        self,
        host: Screen[None],
        session: Session,
        tables: TablePanes,
        pictures: Pictures,
        status: Status,
        reading: Callable[[], str],
        changed: Callable[[Changes], None],
    ) -> None:
        self._host, self._session = host, session
        self._tables, self._pictures, self._status = tables, pictures, status
        self._reading, self._changed = reading, changed
        self.chosen: Widget | None = None
        self.width = 0

    @property
    def narrow(self) -> bool:
        """Whether there is room for one pane at a time only."""
        return self._host.has_class("-narrow")

    @property
    def on_picture(self) -> bool:
        """Whether the picture is the pane that keys go to."""
        return self.chosen is self._pictures.pane

    def resized(self, width: int) -> None:
        """The window has so many columns now."""
        self.width = width
        self._host.set_class(width < NARROW, "-narrow")
        # Not the pane that has the focus: in the first moments that is none yet, and hiding the one that is about to
        # have it would hand the focus, and with it what is judged, to another.
        self._host.set_class(self.on_picture, "-picture")

    def focus(self, pane: Widget) -> None:
        """Give a pane the focus, and the screen in narrow windows."""
        self.choose(pane)
        pane.focus()

    def focus_picture(self) -> None:
        """Give the picture the focus."""
        self.focus(self._pictures.pane)

    def focus_judged(self) -> None:
        """Give the focus to the table that is judged."""
        self._tables.judged.focus()

    def choose(self, pane: Widget) -> None:
        """The table that was chosen says what is judged.

        At once, and not when Textual has moved the focus: the next key may have been typed already.
        """
        cursor, tables, self.chosen = self._session.cursor, self._tables, pane
        # In wide windows it would say nothing, and styling all widgets anew takes a third of the key's time.
        if self.narrow:
            self._host.set_class(self.on_picture, "-picture")
        if not self.on_picture:
            self._host.remove_class("-large")
        self.tell_keys()
        if pane is tables.images and cursor.level != "image":
            cursor.set_level("image")
        elif pane is tables.of(cursor.level):
            pass  # a candidate among the objects stays the current one
        elif pane is tables.objects and not cursor.go_objects():
            reading = self._reading()
            self._status.say(
                f"the objects of image {cursor.record.key} are still being read"
                if reading
                else f"image {cursor.record.key} has no objects here: ] goes to the next image"
            )
        if self.on_picture:
            self._host.call_after_refresh(self._pictures.request)
        self._changed(Changes.PLACE)

    def seen_focus(self, widget: Widget) -> None:
        """The mouse, or Textual, gave the focus to a widget."""
        panes = (self._tables.images, self._tables.objects, self._pictures.pane)
        # The events of a `tab` come when its pane was chosen long ago, and perhaps left again.
        if widget in panes and widget is self._host.focused and widget is not self.chosen:
            self.choose(widget)

    def step(self, step: int) -> None:
        """Images, objects, picture, and round."""
        panes: list[Widget] = [self._tables.images, self._tables.objects, self._pictures.pane]
        at = panes.index(self.chosen) if self.chosen in panes else 0
        self.focus(panes[(at + step) % len(panes)])

    def swap(self) -> None:
        """From a table to the picture, from the picture back to the table."""
        if self.on_picture:
            self.focus_level()
        else:
            self.focus_picture()

    def focus_level(self) -> None:
        """Give the focus to the table of images or of objects, whichever is judged."""
        at_image = self._session.cursor.level == "image"
        self.focus(self._tables.images if at_image else self._tables.objects)

    def toggle_large(self) -> None:
        """The picture alone, or tables beside it again; a narrow window has the one or the other."""
        if self.narrow or not self.on_picture:
            self.focus_picture()
            self._host.set_class(not self.narrow, "-large")
        else:
            self._host.toggle_class("-large")

    def show_tables(self) -> None:
        """Bring the tables back beside the picture."""
        self._host.remove_class("-large")

    def tell_keys(self) -> None:
        """The keys on the lowest line: those of the picture, or those of tables."""
        if self.on_picture:
            commands = [registry.named(name) for name in PICTURE_KEYS]
            commands = [replace(one, label="table") if one.name == "swap" else one for one in commands]
            self._status.key_line.show(commands, in_order=True)
        else:
            self._status.key_line.show(registry)
