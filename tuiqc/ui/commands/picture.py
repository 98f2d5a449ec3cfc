"""What part of the picture is seen: neighbours, zoom, panning, crosshair, a second picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tuiqc.picture.painter import ViewportSpec
from tuiqc.render.viewport import MAX_ZOOM, Viewport
from tuiqc.review.changes import Changes
from tuiqc.terminal.protocols.picture_protocol import picture_size
from tuiqc.ui.keys import PICTURE, command
from tuiqc.ui.viewport_state import STEP, zoomed_in

if TYPE_CHECKING:
    from tuiqc.tables.neighbours import Direction
    from tuiqc.ui.context import ReviewContext

_PAN = 0.2
"""Part of the pane that one key pans."""


def _seen(context: ReviewContext) -> tuple[Viewport, tuple[int, int]] | None:
    return context.pictures.viewport.seen(context.pictures.pane.finished)


def _hop(context: ReviewContext, direction: Direction) -> None:
    if not context.session.cursor.hop(direction):
        context.say("no object on that side")
        return
    context.pictures.viewport.follow_object()


def zoom(context: ReviewContext, factor: float) -> None:
    """Zoom about the current object, the crosshair or the middle."""
    found, viewport = _seen(context), context.pictures.viewport
    if found is None:
        return
    view, shape = found
    zoomed = view.with_zoom(min(view.zoom * factor, MAX_ZOOM))
    point = _crosshair_in_sight(context, view)
    if point is not None:
        viewport.look_at(view.zoomed(zoomed.zoom / view.zoom, point), shape)
    elif viewport.spec.kind != "at" and viewport.object_label and zoomed_in(zoomed, shape):
        viewport.set(ViewportSpec("object", zoomed.zoom))
    else:
        viewport.look_at(zoomed, shape)


def _crosshair_in_sight(context: ReviewContext, view: Viewport) -> tuple[float, float] | None:
    """The display point of the crosshair, where it is in sight."""
    at = context.pictures.viewport.crosshair
    if at is None:
        return None
    x, y = view.to_display(*at)
    return (x, y) if 0 <= x < view.width and 0 <= y < view.height else None


def _object_centre(context: ReviewContext) -> tuple[float, float] | None:
    objects, position = context.session.tables.objects, context.session.cursor.position
    if not context.pictures.viewport.object_label or objects is None or position is None:
        return None
    return objects.centre(position)


def _pan_or_move(context: ReviewContext, right: int, down: int) -> None:
    """Move the crosshair, else the look by a part of the pane: 1 to the right or down, -1 to the left or up."""
    found = _seen(context)
    if found is None:
        return
    view, shape = found
    if context.pictures.viewport.crosshair is None:
        moved = view.panned(right * _PAN * view.width, down * _PAN * view.height)
        context.pictures.viewport.look_at(moved, shape, fit=False)
        return
    # One cell of the terminal, so that a few keys cross the picture, and single pixels where those are large.
    step = max(1, round(picture_size(1, 1, context.output.caps)[0] / view.zoom))
    context.work.crosshair.move(right * step, down * step)


@command(
    "hop_left",
    keys="shift+left",
    label="hop left",
    help="Hop to the neighbouring object on the left in the picture",
    group="Picture",
)
def hop_left(context: ReviewContext) -> None:
    """Hop to the neighbouring object on the left in the picture."""
    _hop(context, "left")


@command(
    "hop_right",
    keys="shift+right",
    label="hop right",
    help="Hop to the neighbouring object on the right",
    group="Picture",
)
def hop_right(context: ReviewContext) -> None:
    """Hop to the neighbouring object on the right."""
    _hop(context, "right")


@command(
    "hop_up", keys="shift+up", label="hop up", help="Hop to the neighbouring object above", group="Picture"
)
def hop_up(context: ReviewContext) -> None:
    """Hop to the neighbouring object above."""
    _hop(context, "up")


@command(
    "hop_down",
    keys="shift+down",
    label="hop down",
    help="Hop to the neighbouring object below",
    group="Picture",
)
def hop_down(context: ReviewContext) -> None:
    """Hop to the neighbouring object below."""
    _hop(context, "down")


@command(
    "blink", keys="v", label="blink", help="Blink between the overlay and the channels alone", group="Picture"
)
def blink(context: ReviewContext) -> None:
    """Blink between the overlay and the channels alone."""
    style = context.display.style
    context.display.show(replace(style, raw=not style.raw))
    context.say("overlay" if style.raw else "channels alone")


@command(
    "beside",
    keys="V",
    label="beside",
    help="Two pictures side by side: the channels alone, then each other object layer (again: one)",
    group="Picture",
)
def beside(context: ReviewContext) -> None:
    """Two pictures side by side."""
    layer = context.session.cursor.layer
    style = replace(context.display.style.next_beside(layer), raw=False)
    context.display.show(style)
    if style.beside == "raw":
        context.say("overlay beside the channels alone")
    elif style.beside:
        context.say(f"{layer} beside {style.beside_layer}")
    else:
        context.say("one picture")


@command(
    "large",
    keys="W",
    label="large",
    help="The picture alone in the whole window (again: tables beside it)",
    group="Picture",
)
def large(context: ReviewContext) -> None:
    """The picture alone in the whole window."""
    context.views.panes.toggle_large()


@command(
    "zoom_in",
    keys="plus",
    label="zoom in",
    help="Zoom in about the current object, crosshair or middle",
    group="Picture",
)
def zoom_in(context: ReviewContext) -> None:
    """Zoom in about the current object, crosshair or middle."""
    zoom(context, STEP)


@command("zoom_out", keys="minus", label="zoom out", help="Zoom out", group="Picture")
def zoom_out(context: ReviewContext) -> None:
    """Zoom out."""
    zoom(context, 1 / STEP)


@command("fit", keys="0", label="fit", help="Fit the image to the pane", group="Picture")
def fit(context: ReviewContext) -> None:
    """Fit the image to the pane."""
    context.pictures.viewport.set(ViewportSpec())


@command(
    "actual_size",
    keys="equals_sign",
    label="1:1",
    help="One image pixel to one screen pixel",
    group="Picture",
)
def actual_size(context: ReviewContext) -> None:
    """One image pixel to one screen pixel."""
    found, viewport = _seen(context), context.pictures.viewport
    if found is not None:
        view = found[0]
        at_object = bool(viewport.object_label)
        viewport.set(
            ViewportSpec("object", 1.0)
            if at_object
            else ViewportSpec("at", 1.0, view.centre_x, view.centre_y)
        )


@command(
    "centre", keys="e", label="centre", help="Centre on the current object, keeping the zoom", group="Picture"
)
def centre(context: ReviewContext) -> None:
    """Centre on the current object, keeping the zoom."""
    found, viewport = _seen(context), context.pictures.viewport
    if not viewport.object_label or found is None:
        context.say("no object is current")
        return
    view, shape = found
    fit = Viewport.fit(shape, view.width, view.height).zoom
    viewport.set(ViewportSpec("object", view.zoom if view.zoom > fit * 1.01 else fit * 2))


@command(
    "stay",
    keys="H",
    label="stay",
    help="Hold the view where it is whatever row is chosen (again: it follows the table)",
    group="Picture",
)
def stay(context: ReviewContext) -> None:
    """Hold the view where it is whatever row is chosen."""
    found, viewport = _seen(context), context.pictures.viewport
    viewport.stays = not viewport.stays
    if viewport.stays and found is not None:
        viewport.look_at(*found)
    elif not viewport.stays and viewport.spec.kind == "at":
        viewport.set(
            replace(viewport.spec, kind="object") if context.session.cursor.label else ViewportSpec()
        )
    context.changed(Changes.DISPLAY)
    context.say("the picture stays where it is" if viewport.stays else "the picture follows the table")


@command(
    "crosshair",
    keys="X",
    label="crosshair",
    help="Crosshair: arrows move it, reads out values and labels, enter picks the object (again: off)",
    group="Picture",
)
def crosshair(context: ReviewContext) -> None:
    """Crosshair."""
    if context.pictures.viewport.crosshair is not None:
        context.work.crosshair.take_away()
        return
    found = _seen(context)
    if found is None:
        context.say("there is no picture yet")
        return
    view, shape = found
    x, y = _object_centre(context) or (view.centre_x, view.centre_y)
    if not context.views.panes.on_picture:
        context.views.panes.focus_picture()
    context.work.crosshair.point(int(x + 0.5), int(y + 0.5), view, shape)
    context.say(
        "crosshair: arrows move it, ctrl+arrows by one pixel, + - zoom about it, enter picks the object"
    )


@command(
    "back",
    keys="escape",
    label="back",
    help="Take the crosshair away, or bring the tables back beside the picture",
    group="Picture",
    place=PICTURE,
)
def back(context: ReviewContext) -> None:
    """Take the crosshair away, or bring the tables back beside the picture."""
    if context.pictures.viewport.crosshair is not None:
        context.work.crosshair.take_away()
    else:
        context.views.panes.show_tables()


@command(
    "cross_left",
    keys="ctrl+left",
    label="cross left",
    help="Crosshair one image pixel left; likewise right, up, down",
    group="Picture",
    place=PICTURE,
)
def cross_left(context: ReviewContext) -> None:
    """Crosshair one image pixel left; likewise right, up, down."""
    context.work.crosshair.move(-1, 0)


@command(
    "cross_right",
    keys="ctrl+right",
    label="cross right",
    help="Crosshair one pixel right",
    group="Picture",
    place=PICTURE,
    listed=False,
)
def cross_right(context: ReviewContext) -> None:
    """Crosshair one pixel right."""
    context.work.crosshair.move(1, 0)


@command(
    "cross_up",
    keys="ctrl+up",
    label="cross up",
    help="Crosshair one pixel up",
    group="Picture",
    place=PICTURE,
    listed=False,
)
def cross_up(context: ReviewContext) -> None:
    """Crosshair one pixel up."""
    context.work.crosshair.move(0, -1)


@command(
    "cross_down",
    keys="ctrl+down",
    label="cross down",
    help="Crosshair one pixel down",
    group="Picture",
    place=PICTURE,
    listed=False,
)
def cross_down(context: ReviewContext) -> None:
    """Crosshair one pixel down."""
    context.work.crosshair.move(0, 1)


@command("pan_left", keys="left,h", label="pan left", help="Pan left", group="Picture", place=PICTURE)
def pan_left(context: ReviewContext) -> None:
    """Pan left."""
    _pan_or_move(context, -1, 0)


@command("pan_right", keys="right,l", label="pan right", help="Pan right", group="Picture", place=PICTURE)
def pan_right(context: ReviewContext) -> None:
    """Pan right."""
    _pan_or_move(context, 1, 0)


@command("pan_up", keys="up", label="pan up", help="Pan up", group="Picture", place=PICTURE)
def pan_up(context: ReviewContext) -> None:
    """Pan up."""
    _pan_or_move(context, 0, -1)


@command("pan_down", keys="down", label="pan down", help="Pan down", group="Picture", place=PICTURE)
def pan_down(context: ReviewContext) -> None:
    """Pan down."""
    _pan_or_move(context, 0, 1)
