"""The mouse in the picture."""

from __future__ import annotations

from tuiqc.terminal.protocols.base import picture_size
from tuiqc.ui.context import ReviewContext
from tuiqc.ui.viewport_state import STEP
from tuiqc.ui.widgets.picture import Picture


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
        context.viewport.crosshair is not None
        and inside
        and finished.spec.record is context.session.cursor.record
    ):
        context.crosshair.point(x, y, rendered.view, rendered.shape)
    context.crosshair.pick(finished.spec.record, rendered.shape, x, y, enlarge=event.double)


def turned(context: ReviewContext, event: Picture.Wheel) -> None:
    """Zoom about the mouse."""
    finished = context.pictures.pane.finished
    found = context.viewport.seen(finished)
    if found is None or finished is None:
        return
    view, shape = found
    about = _under(context, event, finished.rendered.beside)
    context.viewport.look_at(view.zoomed(STEP if event.step > 0 else 1 / STEP, about), shape)


def _under(
    context: ReviewContext, event: Picture.Clicked | Picture.Wheel, beside: int
) -> tuple[float, float]:
    """The display point of a cell; of two pictures side by side, in its own one."""
    columns, rows = context.pictures.pane.size
    width, height = picture_size(columns, rows, context.caps)
    x, y = (event.x + 0.5) * width / columns, (event.y + 0.5) * height / rows
    return (x - beside if beside and x >= beside else x), y
