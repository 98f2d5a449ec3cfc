"""What part of the picture is seen: neighbours, zoom, panning, crosshair, a second picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import PICTURE, command

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


@command(
    "hop_left",
    keys="shift+left",
    label="hop left",
    help="Hop to the neighbouring object on the left in the picture",
    group="Picture",
)
def hop_left(context: ReviewContext) -> None:
    """Hop to the neighbouring object on the left in the picture."""
    context.legacy("hop_left")


@command(
    "hop_right",
    keys="shift+right",
    label="hop right",
    help="Hop to the neighbouring object on the right",
    group="Picture",
)
def hop_right(context: ReviewContext) -> None:
    """Hop to the neighbouring object on the right."""
    context.legacy("hop_right")


@command(
    "hop_up", keys="shift+up", label="hop up", help="Hop to the neighbouring object above", group="Picture"
)
def hop_up(context: ReviewContext) -> None:
    """Hop to the neighbouring object above."""
    context.legacy("hop_up")


@command(
    "hop_down",
    keys="shift+down",
    label="hop down",
    help="Hop to the neighbouring object below",
    group="Picture",
)
def hop_down(context: ReviewContext) -> None:
    """Hop to the neighbouring object below."""
    context.legacy("hop_down")


@command(
    "blink", keys="v", label="blink", help="Blink between the overlay and the channels alone", group="Picture"
)
def blink(context: ReviewContext) -> None:
    """Blink between the overlay and the channels alone."""
    context.legacy("blink")


@command(
    "beside",
    keys="V",
    label="beside",
    help="Two pictures side by side: the channels alone, then each other object layer (again: one)",
    group="Picture",
)
def beside(context: ReviewContext) -> None:
    """Two pictures side by side."""
    context.legacy("beside")


@command(
    "large",
    keys="W",
    label="large",
    help="The picture alone in the whole window (again: tables beside it)",
    group="Picture",
)
def large(context: ReviewContext) -> None:
    """The picture alone in the whole window."""
    context.legacy("large")


@command(
    "zoom_in",
    keys="plus",
    label="zoom in",
    help="Zoom in about the current object, crosshair or middle",
    group="Picture",
)
def zoom_in(context: ReviewContext) -> None:
    """Zoom in about the current object, crosshair or middle."""
    context.legacy("zoom_in")


@command("zoom_out", keys="minus", label="zoom out", help="Zoom out", group="Picture")
def zoom_out(context: ReviewContext) -> None:
    """Zoom out."""
    context.legacy("zoom_out")


@command("fit", keys="0", label="fit", help="Fit the image to the pane", group="Picture")
def fit(context: ReviewContext) -> None:
    """Fit the image to the pane."""
    context.legacy("fit")


@command(
    "actual_size",
    keys="equals_sign",
    label="1:1",
    help="One image pixel to one screen pixel",
    group="Picture",
)
def actual_size(context: ReviewContext) -> None:
    """One image pixel to one screen pixel."""
    context.legacy("actual_size")


@command(
    "centre", keys="e", label="centre", help="Centre on the current object, keeping the zoom", group="Picture"
)
def centre(context: ReviewContext) -> None:
    """Centre on the current object, keeping the zoom."""
    context.legacy("centre")


@command(
    "stay",
    keys="H",
    label="stay",
    help="Hold the view where it is whatever row is chosen (again: it follows the table)",
    group="Picture",
)
def stay(context: ReviewContext) -> None:
    """Hold the view where it is whatever row is chosen."""
    context.legacy("stay")


@command(
    "crosshair",
    keys="X",
    label="crosshair",
    help="Crosshair: arrows move it, reads out values and labels, enter picks the object (again: off)",
    group="Picture",
)
def crosshair(context: ReviewContext) -> None:
    """Crosshair."""
    context.legacy("crosshair")


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
    context.legacy("back")


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
    context.legacy("cross_left")


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
    context.legacy("cross_right")


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
    context.legacy("cross_up")


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
    context.legacy("cross_down")


@command("pan_left", keys="left,h", label="pan left", help="Pan left", group="Picture", place=PICTURE)
def pan_left(context: ReviewContext) -> None:
    """Pan left."""
    context.legacy("pan_left")


@command("pan_right", keys="right,l", label="pan right", help="Pan right", group="Picture", place=PICTURE)
def pan_right(context: ReviewContext) -> None:
    """Pan right."""
    context.legacy("pan_right")


@command("pan_up", keys="up", label="pan up", help="Pan up", group="Picture", place=PICTURE)
def pan_up(context: ReviewContext) -> None:
    """Pan up."""
    context.legacy("pan_up")


@command("pan_down", keys="down", label="pan down", help="Pan down", group="Picture", place=PICTURE)
def pan_down(context: ReviewContext) -> None:
    """Pan down."""
    context.legacy("pan_down")
