"""Plots of the objects: histogram, scatter, boxes; the cursor is the current object, its picture stands beside."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from tuiqc.picture.painter import Look
from tuiqc.review.neighbours import Direction
from tuiqc.review.plot_choice import inside, range_filter
from tuiqc.review.plot_made import next_point
from tuiqc.review.quantities import number_columns
from tuiqc.ui.actions import PLOT
from tuiqc.ui.keymap import view_bindings
from tuiqc.ui.screens.menu import Menu
from tuiqc.ui.views.plot_page import NO_NUMBERS, PlotPage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PlotView(PlotPage):
    """A plot of columns of the object table."""

    HEADING = "Plot"
    LEVEL = "object"
    PICTURE = "always"
    FOOTER = (
        "plot_kind",
        "plot_x",
        "plot_y",
        "plot_range",
        "verdict_pass",
        "verdict_fail",
        "enter",
        "colour_by",
    )
    BINDINGS: ClassVar[list[BindingType]] = list(view_bindings(PLOT))
    _look: Look | None = None

    def refusal(self) -> str:
        """Without objects or numbers there is nothing to plot."""
        objects = self.session.objects
        if self.home.feed_text and self.session.layer:
            return ""  # it says how far reading is, and fills
        if objects is None or not objects.total:
            return "there are no objects to plot"
        return "" if number_columns(objects) else NO_NUMBERS

    def opened(self) -> None:
        """Begin with the sorted column; the picture shows the object enlarged."""
        self.corner = None
        self._look = self.home.look
        self.home.look = replace(self.home.look, kind="object", zoom=None)

    def left(self) -> None:
        """The picture is as it was."""
        if self._look is not None:
            self.home.look = self._look

    # --- moving

    def _go(self, direction: Direction) -> None:
        made, at = self.made, self.current
        if made is None or not len(made.points.position):
            return
        found = next_point(made, at, direction)
        if found is not None:
            self.session.go_position(int(made.points.position[found]))
            self.home.place_changed()

    def action_plot_left(self) -> None:
        """To the left."""
        self._go("left")

    def action_plot_right(self) -> None:
        """To the right."""
        self._go("right")

    def action_plot_up(self) -> None:
        """Up."""
        self._go("up")

    def action_plot_down(self) -> None:
        """Down."""
        self._go("down")

    # --- what is plotted

    def action_plot_kind(self) -> None:
        """Histogram, scatter, boxes."""
        if self.choice is not None:
            self.choice, self.corner = self.choice.next_kind(), None
            self.follow()

    def action_plot_x(self) -> None:
        """Choose the column of the horizontal axis."""
        self._pick("Horizontal axis", "x")

    def action_plot_y(self) -> None:
        """Choose the column of the vertical axis, or the groups of boxes."""
        if self.choice is not None and self.choice.kind == "box":
            self._pick("One box for each", "group")
        else:
            self._pick("Vertical axis (makes it a scatter plot)", "y")

    def _pick(self, heading: str, part: str) -> None:
        objects, choice = self.session.objects, self.choice
        if objects is None or choice is None:
            return
        names = list(objects.view.columns) if part == "group" else number_columns(objects)

        def chosen(name: str | None) -> None:
            if name is None or self.choice is None:
                return
            changed = {part: name, **({"kind": "scatter"} if part == "y" else {})}
            self.choice, self.corner = replace(self.choice, **changed), None  # type: ignore[arg-type]
            self.follow()

        self.home.pick_column(heading, chosen, names=names, now=str(getattr(choice, part)))

    # --- ranges

    def action_plot_range(self) -> None:
        """Begin a range here, or end it and ask what is to be done with it."""
        made, at = self.made, self.current
        if made is None or at is None:
            self.home.say("go to an object first: a range goes from one to another")
            return
        here = float(made.points.x[at]), float(made.points.y[at])
        if self.corner is None:
            self.corner = here
            self.home.say("range begun: move to its other end and press w again")
            self.refresh()
            return
        first, self.corner = self.corner, None
        found = inside(made.points, made.choice.kind == "scatter", first, here)
        text = range_filter(made.choice, first, here)
        entries = [
            ("select", "s", "select them"),
            ("add", "a", "add them to the selection"),
            ("filter", "f", f"show only them: {text}"),
        ]

        def chosen(what: str | None) -> None:
            self._use_range(what, found, text)

        self.home.app.push_screen(Menu(f"{len(found):,} {self.session.layer} in the range", entries), chosen)
        self.refresh()

    def _use_range(self, what: str | None, found: NDArray[np.int64], text: str) -> None:
        objects = self.session.objects
        if what is None or objects is None:
            return
        if what == "filter":
            objects.stack.add(text)
            self.home.apply_filters()
            return
        if what == "select":
            objects.selection.none()
        objects.selection.mask[found] = True
        self.home.objects_table.refresh()
        self.home.tell_chips()
        self.home.say(f"{objects.selection.count:,} selected: p, f, u, r and n go to all of them")
