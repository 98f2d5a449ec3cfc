"""Plots of the objects: histogram, scatter, boxes; the cursor is the current object, its picture stands beside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.strip import Strip

from tuiqc.errors import TuiqcError
from tuiqc.picture.painter import Look
from tuiqc.review.neighbours import Direction
from tuiqc.review.objects import ObjectRows
from tuiqc.review.plate_layout import value_text
from tuiqc.review.plot_choice import (
    PlotChoice,
    first_choice,
    group_codes,
    inside,
    points_of,
    range_filter,
)
from tuiqc.review.plot_walking import Walk, nearest
from tuiqc.review.plotting import (
    SIGNS,
    VERDICT_RGB,
    Points,
    Raster,
    box_lines,
    column_of,
    histogram,
    histogram_column,
    scatter,
)
from tuiqc.review.quantities import number_columns
from tuiqc.tables.binning import Boxes, beyond, boxes, limits_of
from tuiqc.text import printable
from tuiqc.ui.actions import PLOT
from tuiqc.ui.keymap import view_bindings
from tuiqc.ui.screens.menu import Menu
from tuiqc.ui.views.plot_drawing import LEFT, Box, boxes_lines, marks_line, plot_lines, x_axis
from tuiqc.ui.views.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.ui.screens.view_columns import ViewColumns

_BELOW = 4
"""Lines below a plot: axis, numbers, name, and what the current object is."""


@dataclass(frozen=True, eq=False)
class _Made:
    """A plot as it was computed, for the size `space`."""

    choice: PlotChoice
    space: tuple[int, int]
    points: Points
    walk: Walk
    limits: tuple[float, float]
    raster: Raster | None = None
    boxes: Boxes | None = None
    outside: tuple[NDArray[np.float64], ...] = ()
    groups: NDArray[np.int64] | None = None
    names: tuple[str, ...] = ()


class PlotView(View):
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
    DEFAULT_CSS = "PlotView { padding: 0 1; }"

    def __init__(self, home: ViewColumns, *, id: str | None = None) -> None:
        super().__init__(home, id=id)
        self.choice: PlotChoice | None = None
        self.made: _Made | None = None
        self.corner: tuple[float, float] | None = None
        self.trouble = ""
        self._made_of: object = None
        self._look: Look | None = None
        self._lines: list[Strip] = []

    def refusal(self) -> str:
        """Without objects or numbers there is nothing to plot."""
        objects = self.session.objects
        if objects is None or not objects.total:
            return (
                "there are no objects to plot"
                if not self.session.layer
                else "the objects are still being read"
            )
        return "" if number_columns(objects) else "the object table has no numbers to plot"

    def opened(self) -> None:
        """Begin with the sorted column; the picture shows the object enlarged."""
        objects = self.session.objects
        assert objects is not None
        sort = objects.view.sort
        if self.choice is None or not objects.view.has(self.choice.x):
            self.choice = first_choice(objects, sort[0] if sort else "")
        self.corner = None
        self._look = self.home.look
        self.home.look = replace(self.home.look, kind="object", zoom=None)

    def left(self) -> None:
        """The picture is as it was."""
        if self._look is not None:
            self.home.look = self._look

    # --- computing

    def follow(self) -> None:
        """Compute the plot anew if rows, filter, verdicts, selection, colours or the size have changed."""
        objects, choice = self.session.objects, self.choice
        space = (self.size.width - LEFT, self.size.height - 1 - _BELOW - 1)
        if objects is None or choice is None or space[0] < 4 or space[1] < 2:
            self.refresh()
            return
        scale = self.home.scale
        counts = tuple(objects.counts().values())
        key = (objects, choice, space, scale, counts, id(objects.filtered), objects.selection.mask.tobytes())
        if key != self._made_of:
            self._made_of = key
            self._compute(objects, choice, space)
        self.refresh()

    def on_resize(self) -> None:
        """Another size needs other bins."""
        self.follow()

    def _compute(self, objects: ObjectRows, choice: PlotChoice, space: tuple[int, int]) -> None:
        scale = self.home.scale

        def work(void: object) -> _Made:
            points = points_of(objects, choice, None if scale is None else scale.all_rgb())
            walk, limits = Walk(points.x), limits_of(points.x)
            if choice.kind == "box":
                codes, names = group_codes(objects, choice.group)
                groups = codes[points.position]
                found = boxes(points.x, groups, len(names))
                outside = tuple(beyond(points.x, groups, found))
                return _Made(choice, space, points, walk, limits, None, found, outside, groups, tuple(names))
            draw = scatter if choice.kind == "scatter" else histogram
            return _Made(choice, space, points, walk, limits, draw(points, *space))

        def done(made: _Made) -> None:
            self.made, self.trouble = made, ""
            self.refresh()

        def failed(error: TuiqcError) -> None:
            self.made, self.trouble = None, str(error)
            self.refresh()

        self.home.background.run("plot", objects.total, work, done, failed)

    @property
    def current(self) -> int | None:
        """Index of the current object among the points, None if it is not among them."""
        position = self.session.position
        if self.made is None or position is None:
            return None
        at = int(np.searchsorted(self.made.points.position, position))
        found = self.made.points.position
        return at if at < len(found) and found[at] == position else None

    # --- drawing

    def render_line(self, y: int) -> Strip:
        """One line; all are made when the first is asked for."""
        if y == 0 or not self._lines:
            self._lines = self._draw()
        width = self.size.width
        return self._lines[y] if y < len(self._lines) else Strip([Segment(" " * width)], width)

    def _draw(self) -> list[Strip]:
        width, made = self.size.width, self.made
        if made is None:
            return [_text(self.trouble or "computing …", width)]
        lines = [self._title(made, width)]
        lines += self._boxes(made, width) if made.boxes is not None else self._raster(made, width)
        return [*lines, _text(self._object_text(made), width, bold=True)]

    def _raster(self, made: _Made, width: int) -> list[Strip]:
        raster, at = made.raster, self.current
        assert raster is not None
        here = (float(made.points.x[at]), float(made.points.y[at])) if at is not None else None
        cursor = self._cell(made, here) if here is not None else None
        scatter_kind = made.choice.kind == "scatter"
        lines = plot_lines(
            raster,
            cursor if scatter_kind else None,
            self._box(made, cursor),
            width,
            made.choice.y if scatter_kind else "objects",
        )
        lines.append(marks_line(raster, width))
        place = None if here is None else here[0]
        if not scatter_kind and cursor is not None:
            span = raster.x_limits[1] - raster.x_limits[0]
            place = raster.x_limits[0] + (cursor[1] + 0.5) / made.space[0] * span
        return [*lines, *x_axis(raster.x_limits, made.space[0], width, made.choice.x, place)]

    def _cell(self, made: _Made, point: tuple[float, float]) -> tuple[int, int] | None:
        raster = made.raster
        assert raster is not None
        if made.choice.kind == "scatter":
            return raster.cell_of(*point)
        column = histogram_column(raster, point[0])
        return None if column is None else (made.space[1] - 1, column)

    def _box(self, made: _Made, cursor: tuple[int, int] | None) -> Box | None:
        """The range from the marked corner to the cursor, in cells."""
        corner = self._cell(made, self.corner) if self.corner is not None else None
        if corner is None or cursor is None:
            return None
        columns = sorted((corner[1], cursor[1]))
        rows = sorted((corner[0], cursor[0])) if made.choice.kind == "scatter" else [0, made.space[1] - 1]
        return rows[0], rows[1], columns[0], columns[1]

    def _boxes(self, made: _Made, width: int) -> list[Strip]:
        found, groups, at = made.boxes, made.groups, self.current
        assert found is not None and groups is not None  # noqa: PT018
        columns, rows = made.space
        group = int(groups[at]) if at is not None else 0
        first = max(0, min(group - rows // 2, len(made.names) - rows))
        limits = made.limits
        glyphs = box_lines(found, made.outside, first, columns, rows, limits)
        here = float(made.points.x[at]) if at is not None else None
        marker = column_of(here, limits, columns) if here is not None and here == here else None
        names = made.names[first : first + rows]
        lines = boxes_lines(glyphs, names, group - first if at is not None else None, marker, width)
        lines += [_text("", width)] * (rows + 1 - len(lines))
        return [*lines, *x_axis(limits, columns, width, made.choice.x, here)]

    def _title(self, made: _Made, width: int) -> Strip:
        choice, codes = made.choice, made.points.codes
        what = {
            "histogram": f"Histogram of {choice.x}",
            "scatter": f"{choice.y} by {choice.x}",
            "box": f"{choice.x} for each {choice.group}",
        }[choice.kind]
        parts = [Segment(f"{printable(what)} · {len(codes):,} {self.session.layer} ", Style(bold=True))]
        if self.home.scale is not None and choice.kind == "scatter":
            parts.append(Segment(f" coloured by {printable(self.home.display_style.colour_by)} "))
        for code, name in ((1, "pass"), (2, "fail"), (3, "unsure")):
            if count := int((codes == code).sum()):
                red, green, blue = VERDICT_RGB[code].tolist()
                parts.append(
                    Segment(f" {SIGNS[code]} {name} {count:,}", Style(color=f"rgb({red},{green},{blue})"))
                )
        if self.corner is not None:
            parts.append(Segment("  range begun: move, then w", Style(reverse=True)))
        return Strip(parts).adjust_cell_length(width)

    def _object_text(self, made: _Made) -> str:
        session, at, choice = self.session, self.current, made.choice
        if at is None:
            return "▌ no object of the plot is current: an arrow goes to one"
        parts = [f"▌{choice.x} {value_text(float(made.points.x[at]), 9) or 'missing'}"]
        if choice.kind == "scatter":
            parts.append(f"{choice.y} {value_text(float(made.points.y[at]), 9) or 'missing'}")
        if made.boxes is not None and made.groups is not None:
            group = int(made.groups[at])
            parts.append(f"median of {made.names[group]} {value_text(float(made.boxes.median[group]), 9)}")
        annotation = session.annotation
        if annotation is not None and annotation.verdict:
            parts.append(
                f"{SIGNS[int(made.points.codes[at])]} {annotation.verdict} {annotation.reason}".strip()
            )
        return " · ".join([*parts, f"{session.layer} {session.label} of image {session.record.key}"])

    # --- moving

    def _go(self, direction: Direction) -> None:
        made, at = self.made, self.current
        if made is None or not len(made.points.position):
            return
        found = self._next(made, at, direction)
        if found is not None:
            self.session.go_position(int(made.points.position[found]))
            self.home.place_changed()

    def _next(self, made: _Made, at: int | None, direction: Direction) -> int | None:
        x, walk = made.points.x, made.walk
        step = 1 if direction in ("right", "up") else -1
        if at is None or not np.isfinite(x[at]):
            return walk.step(None, 1)
        if made.choice.kind == "scatter" and made.raster is not None:
            raster, (columns, rows) = made.raster, made.space
            wide = (raster.x_limits[1] - raster.x_limits[0]) / (2 * columns)
            high = (raster.y_limits[1] - raster.y_limits[0]) / (4 * rows)
            return nearest(walk, made.points.y, at, (wide, high), direction)
        if made.groups is not None:
            if direction in ("left", "right"):
                return walk.step_within(at, step, made.groups == made.groups[at])
            return self._next_group(made, at, 1 if direction == "down" else -1)
        found = made.raster.histogram if made.raster is not None else None
        place = found.bin_of(float(x[at])) if found is not None else None
        if direction in ("up", "down") or found is None or place is None:
            return walk.step(at, step)
        return walk.beyond(float(found.edges[place + (step > 0)]), step)

    @staticmethod
    def _next_group(made: _Made, at: int, step: int) -> int | None:
        """The object of the next group whose value is nearest to this one's."""
        assert made.groups is not None and made.boxes is not None  # noqa: PT018
        group = int(made.groups[at]) + step
        while 0 <= group < len(made.names) and not made.boxes.counts[group]:
            group += step
        if not 0 <= group < len(made.names):
            return None
        away = np.where(made.groups == group, np.abs(made.points.x - made.points.x[at]), np.nan)
        return int(np.nanargmin(away)) if np.isfinite(away).any() else None

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


def _text(text: str, width: int, *, bold: bool = False) -> Strip:
    return Strip([Segment(printable(text), Style(bold=bold))]).adjust_cell_length(width)
