"""Plots of objects or images: histogram, scatter, boxes; the cursor is the current row, its picture stands beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Offset, Region
from textual.strip import Strip

from tuiqc.picture.painter import ViewportSpec
from tuiqc.plots.choice import PlotChoice, inside, range_filter
from tuiqc.plots.drawing import PlotPoint
from tuiqc.plots.quantities import number_columns
from tuiqc.plots.steps import in_groups, next_point, point_at, value_at
from tuiqc.review.changes import Changes
from tuiqc.review.place import Level
from tuiqc.tables.neighbours import Direction
from tuiqc.ui.column_names import choose_image_colour, choose_object_colour, pick_column
from tuiqc.ui.empty_states import no_numbers
from tuiqc.ui.keys import PLOT, VIEW
from tuiqc.ui.sheet_ground import Ground
from tuiqc.ui.views.plot_drawing import LEFT, TOP, PlotChart, has_pixels, text_line
from tuiqc.ui.views.plot_subject import PlotRange, PlotSubject
from tuiqc.ui.views.plot_text import PlotText
from tuiqc.ui.views.tile_page import BLANK
from tuiqc.ui.views.view import View
from tuiqc.ui.widgets.picture import Picture

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

    from tuiqc.ui.context import ReviewContext

_LOW = 22
"""Lines of the view below which the name of the axis, which the title says too, has no line of its own."""


def _is_low(height: int) -> bool:
    """Whether a plot of so many lines has to save some."""
    return height < _LOW


class PlotView(View):
    """A plot of columns of the object table, or of the image table.

    Attributes
    ----------
    subject
        What is plotted.
    chart
        The widget of its picture.
    """

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
    PLACES = (PLOT, VIEW)
    DEFAULT_CSS = """
    PlotView { padding: 0 1; background: black; }
    PlotView OwnPicture { position: absolute; border: none; display: none; }
    """

    def __init__(self, context: ReviewContext, *, id: str | None = None) -> None:
        super().__init__(context, id=id)
        self.subject = PlotSubject(context, self._computed)
        self._pixels = PlotChart(context)
        self.chart = self._pixels.picture
        self._range = PlotRange()
        self._look: ViewportSpec | None = None
        self._lines: list[Strip] = []

    def compose(self) -> ComposeResult:
        """The picture lies over the data area."""
        yield self.chart

    @property
    def level(self) -> Level:
        """What is judged."""
        return self.subject.of

    def refusal(self) -> str:
        """Without numbers there is nothing to plot; while objects are read it says how far that is, and fills."""
        tables = self.session.tables
        if self.context.work.loading.pending or number_columns(tables.images):
            return ""
        objects = tables.objects
        if objects is None or not objects.total:
            return no_numbers(self.context.status.keys, "images")
        return "" if number_columns(objects) else no_numbers(self.context.status.keys, "objects")

    def opened(self) -> None:
        """Objects, or the images where there are none; the picture shows the object enlarged."""
        objects = self.session.tables.objects
        if not self.session.cursor.layer or (objects is not None and not objects.total):
            self.subject.of = "image"
        self._range.clear()
        self._look = self.context.pictures.viewport.spec
        self._set_look()
        if self.chart.caps != self.context.output.caps:
            self.chart.use(self.context.output.caps)
        self._pixels.forget()

    def _set_look(self) -> None:
        look = self.context.pictures.viewport.spec
        kind = look.kind if self._look is None else self._look.kind
        wanted = "object" if self.subject.of == "object" else "fit" if kind == "object" else kind
        self.context.pictures.viewport.spec = replace(look, kind=wanted, zoom=None)

    def left(self) -> None:
        """The picture is as it was."""
        self.chart.cover()
        self.chart.uncover()
        if self._look is not None:
            self.context.pictures.viewport.spec = self._look

    # --- what is shown

    def follow(self, changes: Changes = Changes.ALL) -> None:
        """Compute the plot anew if rows, filter, verdicts, selection, colours or the size have changed."""
        choice = self.subject.choose()
        if choice is not None and self.display:
            space = self._space(choice)
            if space[0] >= 4 and space[1] >= 2:
                self.subject.follow(space)
        self._show()

    def _computed(self) -> None:
        """A plot came, or why there is none."""
        self._show()
        self.context.views.shows()

    def _show(self) -> None:
        self._pixels.show(self.subject.plot, self.subject.current, self._span)
        self.refresh()

    def _space(self, choice: PlotChoice) -> tuple[int, int]:
        """Columns and rows of cells of the data area."""
        below = (2 if _is_low(self.size.height) else 3) + 1 + (choice.kind == "histogram")
        return self.size.width - LEFT, self.size.height - TOP - below

    @property
    def _span(self) -> tuple[PlotPoint, PlotPoint] | None:
        return self._range.span(self.subject.plot, self.subject.here)

    def shows_current(self) -> bool:
        """Whether the plot is there, with the current row in it."""
        drawn = not has_pixels(self.context.output.caps) or self.chart.finished is not None
        return self.subject.current is not None and drawn

    def render_line(self, y: int) -> Strip:
        """One line; all are made when the first is asked for."""
        if y == 0 or not self._lines:
            ground = Ground.of(self)
            self._lines = [ground.strip(line.apply_style(BLANK)) for line in self._draw()]
        width = self.size.width
        if y < len(self._lines):
            return self._lines[y]
        return Ground.of(self).strip(Strip([Segment(" " * width, BLANK)], width))

    def _draw(self) -> list[Strip]:
        subject, width = self.subject, self.size.width
        if subject.plot is None:
            return [text_line(subject.trouble or subject.waiting, width)]
        by_key = self._range.corner and not self._range.pointer
        remark = "range: w ends it" if by_key else self.context.work.loading.text
        pixels = has_pixels(self.context.output.caps)
        text = PlotText(
            subject, subject.plot, width, pixels, _is_low(self.size.height), self._span, self.app.console
        )
        return text.lines(remark, self.session)

    # --- moving, and what is plotted

    def move(self, direction: Direction) -> None:
        """To the next point in a direction."""
        plot = self.subject.plot
        if plot is not None and len(plot.points.position):
            self.go(next_point(plot, self.subject.current, direction))

    def go(self, at: int | None) -> None:
        """Make a point the current one."""
        plot, cursor = self.subject.plot, self.session.cursor
        if plot is None or at is None:
            return
        position = int(plot.points.position[at])
        if self.subject.of == "image":
            cursor.show_image(position)
        else:
            cursor.go_position(position)

    def turn(self) -> None:
        """The images in place of the objects, or the other way round."""
        subject, session = self.subject, self.session
        other = session.tables.images if subject.of == "object" else session.tables.objects
        if other is None or not number_columns(other):
            word = "images" if subject.of == "object" else "objects"
            self.context.say(no_numbers(self.context.status.keys, word))
            return
        subject.turn()
        self._range.clear()
        if subject.of == "object" and session.cursor.position is None:
            session.cursor.go_objects()
        else:
            session.cursor.set_level(subject.of)
        self._set_look()
        self.context.changed(Changes.PLACE | Changes.SELECTION | Changes.FILTERS | Changes.DISPLAY)

    def next_kind(self) -> None:
        """Histogram, scatter, boxes."""
        if self.subject.choice is not None:
            self.choose(self.subject.choice.next_kind())

    def choose_x(self) -> None:
        """Choose the column of the horizontal axis."""
        self._pick("Horizontal axis", "x")

    def choose_y(self) -> None:
        """Choose the column of the vertical axis, or the groups of boxes."""
        if self.subject.choice is not None and self.subject.choice.kind == "box":
            self._pick("One box for each", "group")
        else:
            self._pick("Vertical axis (makes it a scatter plot)", "y")

    def _pick(self, heading: str, part: str) -> None:
        rows, choice = self.subject.rows, self.subject.choice
        if rows is None or choice is None:
            return

        def chosen(name: str | None) -> None:
            now = self.subject.choice
            if name is not None and now is not None:
                kind = "scatter" if part == "y" else now.kind
                changed = {"x": now.x, "y": now.y, "group": now.group, part: name}
                self.choose(PlotChoice(kind, **changed))

        names = list(rows.view.columns) if part == "group" else number_columns(rows)
        pick_column(self.context, heading, chosen, names=names, now=str(getattr(choice, part)))

    def choose(self, choice: PlotChoice) -> None:
        """Show another plot."""
        self.subject.choice = choice
        self._range.clear()
        self.follow()

    def choose_colour(self) -> None:
        """Ask for the column that colours the points."""
        if self.subject.of == "image":
            choose_image_colour(self.context, "points")
        else:
            choose_object_colour(self.context)

    # --- a range

    def mark_range(self) -> None:
        """Begin a range here, or end it and ask what is to be done with it."""
        plot, here = self.subject.plot, self.subject.here
        if plot is None or here is None:
            self.context.say("go to a point first: a range goes from one to another")
            return
        first, self._range.corner = self._range.corner, None
        if first is None:
            self._range.corner = here
            self.context.say("range begun: move to its other end and press w again")
            self._show()
            return
        found = inside(plot.points, plot.choice.kind == "scatter", first, here)
        text = range_filter(plot.choice, first, here)
        entries = [
            ("select", "s", "select them"),
            ("add", "a", "add them to the selection"),
            ("filter", "f", f"show only them: {text}"),
        ]
        heading = f"{len(found):,} {self.subject.noun} in the range"
        self.context.choose(heading, entries, lambda what: self._use_range(what, found, text))
        self._show()

    def _use_range(self, what: str, found: NDArray[int64], text: str) -> None:
        rows = self.subject.rows
        if rows is None:
            return
        if what == "filter":
            rows.stack.add(text)
            self.context.tables.apply_filters()
            return
        if what == "select":
            rows.selection.none()
        rows.selection.mask[found] = True
        self.context.changed(Changes.SELECTION)
        count = rows.selection.count
        self.context.say(
            f"{count:,} selected: p, f, u, r and n go to all of them" if count else "none selected"
        )

    # --- the mouse

    def _cell_at(self, at: Offset) -> tuple[float, float] | None:
        """Column and row of the data area at a cell of the screen, in its middle; None outside."""
        plot, area = self.subject.plot, self.content_region
        if plot is None:
            return None
        column, row = at.x - area.x - LEFT, at.y - area.y - TOP
        columns, rows = plot.space
        if self._range.pressed is None and not (0 <= column < columns and 0 <= row < rows):
            return None
        return min(max(column, 0), columns - 1) + 0.5, min(max(row, 0), rows - 1) + 0.5

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A click, or the first corner of a range."""
        if event.button == 1 and self._cell_at(_place(event)) is not None:
            self._range.pressed = _place(event)
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Draw the range up to here."""
        marked, plot, at = self._range, self.subject.plot, _place(event)
        cell = self._cell_at(at) if marked.pressed is not None else None
        if cell is None or plot is None or marked.pressed is None:
            return
        if marked.pointer is None and marked.pressed == at:
            return
        if marked.pointer is None:
            first = marked.pressed - self.content_region.offset - Offset(LEFT, TOP)
            marked.corner = value_at(plot, first.x + 0.5, first.y + 0.5)
        marked.pointer = value_at(plot, *cell)
        self._show()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Go to the point, or select what is in the range."""
        marked, plot = self._range, self.subject.plot
        if marked.pressed is None:
            return
        self.release_mouse()
        cell, span = self._cell_at(_place(event)), self._span if marked.pointer is not None else None
        pressed, marked.pressed, marked.pointer = marked.pressed, None, None
        if span is not None:
            marked.corner = None
        if plot is None or cell is None:
            return
        group = plot.first_group(self.subject.current)
        if span is None:
            self.focus()
            self.go(point_at(plot, *cell, group))
            return
        found = inside(plot.points, plot.choice.kind == "scatter", *span)
        found = in_groups(plot, found, (pressed.y - self.content_region.y - TOP, cell[1]), group)
        self._use_range("add" if event.shift or event.ctrl else "select", found, "")
        self._show()

    @on(Picture.Clicked)
    def chart_clicked(self, event: Picture.Clicked) -> None:
        """A double click goes home at the point."""
        event.stop()
        if event.double:
            self.enter()

    def on_click(self, event: events.Click) -> None:
        """The same where the plot is text."""
        text = not has_pixels(self.context.output.caps)
        if event.chain >= 2 and text and self._cell_at(_place(event)) is not None:
            self.enter()

    @on(Picture.Wheel)
    def chart_wheel(self, event: Picture.Wheel) -> None:
        """The wheel is not for the picture of the current place."""
        event.stop()

    # --- the picture

    @on(Picture.Shown)
    def chart_shown(self, event: Picture.Shown) -> None:
        """It is not the picture of the home screen."""
        event.stop()
        self.context.views.shows()

    @on(Picture.Resized)
    def chart_resized(self, event: Picture.Resized) -> None:
        """Another size of the data area."""
        event.stop()
        self._pixels.forget()
        self._show()

    def on_resize(self) -> None:
        """Another size needs other bins."""
        self.follow()

    def painted_over(self, regions: Sequence[Region] | None) -> None:
        """The picture has to be drawn again where its cells are painted."""
        inner = self.chart.content_region
        if regions is None or any(region.overlaps(inner) for region in regions):
            self.chart.painted_over()

    def draw_again(self) -> None:
        """Nothing of ours is in the terminal."""
        self.chart.use(self.context.output.caps)
        self._pixels.forget()
        self.chart.send_again()
        self.follow()

    def cover(self) -> None:
        """A dialog lies above."""
        self.chart.cover()

    def uncover(self) -> None:
        """No dialog any more."""
        self.chart.uncover()


def _place(event: events.MouseEvent) -> Offset:
    return Offset(int(event.screen_x), int(event.screen_y))
