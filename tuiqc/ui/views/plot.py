"""Plots of objects or images: histogram, scatter, boxes; the cursor is the current row, its picture stands beside."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from tuiqc.picture.painter import Look
from tuiqc.plots.quantities import number_columns
from tuiqc.plots.steps import next_point
from tuiqc.tables.neighbours import Direction
from tuiqc.ui.keys import PLOT, VIEW
from tuiqc.ui.views.plot_making import NO_NUMBERS
from tuiqc.ui.views.plot_ranges import PlotRanges


class PlotView(PlotRanges):
    """A plot of columns of the object table, or of the image table."""

    HEADING = "Plot"
    PICTURE = "always"
    FOOTER = (
        "plot_kind",
        "plot_x",
        "plot_y",
        "plot_range",
        "plot_of",
        "verdict_pass",
        "verdict_fail",
        "enter",
        "colour_by",
    )
    PLACES: ClassVar[tuple[str, ...]] = (PLOT, VIEW)
    _look: Look | None = None

    def refusal(self) -> str:
        """Without numbers there is nothing to plot; while objects are read it says how far that is, and fills."""
        session = self.session
        if self.home.still_reading or number_columns(session.images):
            return ""
        objects = session.objects
        if objects is None or not objects.total:
            return "there are no objects to plot, and no numbers in the image table"
        return "" if number_columns(objects) else NO_NUMBERS

    def opened(self) -> None:
        """Objects, or the images where there are none; the picture shows the object enlarged."""
        session = self.session
        if not session.layer or (session.objects is not None and not session.objects.total):
            self.of = "image"
        self.corner = self.pointer = None
        self._look = self.home.look
        self._set_look()
        if self.chart.caps != self.home.caps:
            self.chart.use(self.home.caps)
        self._asked = ()

    def _set_look(self) -> None:
        kind = self.home.look.kind if self._look is None else self._look.kind
        wanted = "object" if self.of == "object" else "fit" if kind == "object" else kind
        self.home.look = replace(self.home.look, kind=wanted, zoom=None)

    def left(self) -> None:
        """The picture is as it was."""
        self.chart.cover()
        self.chart.uncover()
        if self._look is not None:
            self.home.look = self._look

    def choose_colour(self) -> None:
        """Ask for the column that colours the points."""
        if self.of == "image":
            self.home.choose_image_colour("points")
        else:
            self.home.choose_object_colour()

    # --- moving

    def _go(self, direction: Direction) -> None:
        made = self.made
        if made is not None and len(made.points.position):
            self.go(next_point(made, self.current, direction))

    def go(self, at: int | None) -> None:
        """Make a point the current one."""
        made = self.made
        if made is None or at is None:
            return
        position = int(made.points.position[at])
        if self.of == "image":
            self.home.go_to_image(position)
        else:
            self.session.go_position(position)
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

    def action_plot_of(self) -> None:
        """The images in place of the objects, or the other way round."""
        other = self.session.images if self.of == "object" else self.session.objects
        if other is None or not number_columns(other):
            self.home.say(f"there are no numbers of {'images' if self.of == 'object' else 'objects'} to plot")
            return
        self.of = "image" if self.of == "object" else "object"
        self.made, self.corner = None, None
        self.session.level = self.of
        if self.of == "object" and self.session.position is None:
            row = self.session.first_of_image()
            if row is not None:
                self.session.go_object(row)
        self._set_look()
        self.home.tell_chips()
        self.home.place_changed()

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
        rows, choice = self.rows, self.choice
        if rows is None or choice is None:
            return
        names = list(rows.view.columns) if part == "group" else number_columns(rows)

        def chosen(name: str | None) -> None:
            if name is None or self.choice is None:
                return
            changed = {part: name, **({"kind": "scatter"} if part == "y" else {})}
            self.choice, self.corner = replace(self.choice, **changed), None  # type: ignore[arg-type]
            self.follow()

        self.home.pick_column(heading, chosen, names=names, now=str(getattr(choice, part)))
