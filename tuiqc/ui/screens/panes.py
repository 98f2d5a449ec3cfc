"""Panes: which one has the focus and says what is judged, and what follows a change of place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tuiqc.ui.keys import registry
from tuiqc.ui.screens.depicting import Depicting

if TYPE_CHECKING:
    from textual.widget import Widget

PICTURE_FOOTER = (
    "verdict_pass",
    "verdict_fail",
    "verdict_unsure",
    "swap",
    "zoom_in",
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

NARROW = 100
"""Below this many columns one pane is shown at a time."""


class Panes(Depicting):
    """Brings tables, lines and picture along with the place."""

    def place_changed(self) -> None:
        """The current image or object is another one: bring the tables, the lines and the picture along."""
        session = self.session
        row = session.images.view.index_of(session.image)
        if row is not None:
            self.images_table.go(row)
        if session.objects is not None and len(session.objects):
            at = session.row if session.level == "object" else session.first_of_image()
            if at is not None:
                self.objects_table.go(at)
        self.tell_titles()
        self.tell_progress()
        self.request_picture()
        self.check_labels_soon()

    @property
    def narrow(self) -> bool:
        """Whether there is room for one pane at a time only."""
        return self.has_class("-narrow")

    def focus_pane(self, pane: Widget) -> None:
        """Give a pane the focus, and the screen in narrow windows."""
        self.pane_chosen(pane)
        pane.focus()

    def tell_keys(self) -> None:
        """The keys on the lowest line: those of the picture, or those of tables."""
        if self.pane is self.picture:
            actions = [registry.named(name) for name in PICTURE_FOOTER]
            actions = [replace(one, label="table") if one.name == "swap" else one for one in actions]
            self.key_line.show(actions, in_order=True)
        else:
            self.key_line.show(registry)

    def action_large(self) -> None:
        """The picture alone, or tables beside it again; a narrow window has the one or the other."""
        if self.narrow or self.pane is not self.picture:
            self.focus_pane(self.picture)
            self.set_class(not self.narrow, "-large")
        else:
            self.toggle_class("-large")

    def focus_judged(self) -> None:
        """Give the focus to the table that is judged."""
        self.table_of(self.session.level).focus()

    def pane_chosen(self, pane: Widget) -> None:
        """The table that was chosen says what is judged.

        At once, and not when Textual has moved the focus: the next key may have been typed already.
        """
        session, self.pane = self.session, pane
        self.set_class(pane is self.picture, "-picture")
        if pane is not self.picture:
            self.remove_class("-large")
        self.tell_keys()
        if pane is self.images_table and session.level != "image":
            session.level = "image"
            self.place_changed()
        elif pane is self.objects_table and session.level != "object":
            session.level, session.label = "object", 0  # where there is no row, nothing is judged
            first = session.first_of_image()
            if first is not None:
                session.go_object(first)
            else:
                self.say(
                    f"the objects of image {session.record.key} are still being read"
                    if self.still_reading
                    else f"image {session.record.key} has no objects here"
                )
            self.place_changed()
        elif pane is self.picture:
            self.call_after_refresh(self.request_picture)
        self.chips_changed()

    def chips_changed(self) -> None:
        """The filters and the selection of another table are in force."""
