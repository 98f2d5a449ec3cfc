"""The tables and the picture beside each other, and what the mouse does there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import on
from textual.containers import Horizontal

from tuiqc.review.changes import Changes
from tuiqc.terminal.protocols.picture_protocol import picture_size
from tuiqc.ui.context import ReviewContext
from tuiqc.ui.viewport_state import STEP
from tuiqc.ui.widgets.line_table import LineTable
from tuiqc.ui.widgets.picture import Picture


class HomePanes(Horizontal):
    """Takes what tables and picture tell of the mouse.

    Parameters
    ----------
    run_named
        Runs a command by its name.
    """

    def __init__(
        self, context: ReviewContext, run_named: Callable[[str], Awaitable[None]], *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._review, self._run_named = context, run_named

    @on(LineTable.Chosen)
    async def row_chosen(self, event: LineTable.Chosen) -> None:
        """A double click is an enter."""
        await self._run_named("enter")

    @on(LineTable.HeaderClicked)
    async def header_clicked(self, event: LineTable.HeaderClicked) -> None:
        """A click on a header sorts by its column."""
        self._review.views.panes.focus(event.table)
        await self._run_named("sort")

    @on(LineTable.Dragged)
    def rows_dragged(self, event: LineTable.Dragged) -> None:
        """The rows that the mouse was drawn over are selected, and no others."""
        rows, cursor = self._review.session.cursor.rows, self._review.session.cursor
        if (
            event.table is not self._review.tables.judged
            or rows is None
            or self._review.session.tables.mixed is not None
        ):
            return
        rows.selection.none()
        rows.selection.range(rows.view, event.first, event.last)
        cursor.go_row(event.last)
        self._review.say(f"{rows.selection.count:,} selected")
        self._review.changed(Changes.SELECTION | Changes.PLACE)

    @on(Picture.Dragged)
    def picture_dragged(self, event: Picture.Dragged) -> None:
        """Pan with the mouse."""
        dragged(self._review, event)

    @on(Picture.Clicked)
    def picture_clicked(self, event: Picture.Clicked) -> None:
        """Choose what is under the mouse."""
        clicked(self._review, event)

    @on(Picture.Wheel)
    def picture_wheel(self, event: Picture.Wheel) -> None:
        """Zoom about the mouse."""
        turned(self._review, event)


def clicked(context: ReviewContext, event: Picture.Clicked) -> None:
    """Choose the object under the mouse; the crosshair comes along."""
    finished = context.pictures.pane.finished
    if finished is None:
        return
    rendered = finished.rendered
    where = rendered.view.to_image(*_under(context, event, rendered.beside))
    x, y = int(where[0] + 0.5), int(where[1] + 0.5)
    inside = 0 <= x < rendered.shape[1] and 0 <= y < rendered.shape[0]
    if (
        context.pictures.viewport.crosshair is not None
        and inside
        and finished.spec.record.index == context.session.cursor.record.index
    ):
        context.work.crosshair.point(x, y, rendered.view, rendered.shape)
    context.work.crosshair.pick(finished.spec.record, rendered.shape, x, y, enlarge=event.double)


def turned(context: ReviewContext, event: Picture.Wheel) -> None:
    """Zoom about the mouse."""
    finished = context.pictures.pane.finished
    found = context.pictures.viewport.seen(finished)
    if found is None or finished is None:
        return
    view, shape = found
    about = _under(context, event, finished.rendered.beside)
    context.pictures.viewport.look_at(view.zoomed(STEP if event.step > 0 else 1 / STEP, about), shape)


def dragged(context: ReviewContext, event: Picture.Dragged) -> None:
    """What is under the mouse stays there."""
    found = context.pictures.viewport.seen(context.pictures.pane.finished)
    if found is not None:
        view, shape = found
        dx, dy = picture_size(1, 1, context.output.caps)
        context.pictures.viewport.look_at(view.panned(-event.dx * dx, -event.dy * dy), shape, fit=False)


def _under(
    context: ReviewContext, event: Picture.Clicked | Picture.Wheel, beside: int
) -> tuple[float, float]:
    """The display point of a cell; of two pictures side by side, in its own one."""
    columns, rows = context.pictures.pane.size
    width, height = picture_size(columns, rows, context.output.caps)
    x, y = (event.x + 0.5) * width / columns, (event.y + 0.5) * height / rows
    return (x - beside if beside and x >= beside else x), y
