"""What part of the picture is seen: neighbours, zoom, panning, crosshair, a second picture."""

from __future__ import annotations

from tuiqc.ui.actions.action import PICTURE, Action

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
"""Names of the actions on the line of keys while the picture has the focus, the most useful first."""

IN_PICTURE: tuple[Action, ...] = (
    Action(
        "hop_left",
        ("shift+left",),
        "hop left",
        "Hop to the neighbouring object on the left in the picture",
        "Picture",
    ),
    Action(
        "hop_right", ("shift+right",), "hop right", "Hop to the neighbouring object on the right", "Picture"
    ),
    Action("hop_up", ("shift+up",), "hop up", "Hop to the neighbouring object above", "Picture"),
    Action("hop_down", ("shift+down",), "hop down", "Hop to the neighbouring object below", "Picture"),
    Action("blink", ("v",), "blink", "Blink between the overlay and the channels alone", "Picture"),
    Action(
        "beside",
        ("V",),
        "beside",
        "Two pictures side by side: the channels alone, then each other object layer (again: one)",
        "Picture",
    ),
    Action(
        "large",
        ("W",),
        "large",
        "The picture alone in the whole window (again: tables beside it)",
        "Picture",
    ),
    Action(
        "zoom_in", ("plus",), "zoom in", "Zoom in about the current object, crosshair or middle", "Picture"
    ),
    Action("zoom_out", ("minus",), "zoom out", "Zoom out", "Picture"),
    Action("fit", ("0",), "fit", "Fit the image to the pane", "Picture"),
    Action("actual_size", ("equals_sign",), "1:1", "One image pixel to one screen pixel", "Picture"),
    Action("centre", ("e",), "centre", "Centre on the current object, keeping the zoom", "Picture"),
    Action(
        "stay",
        ("H",),
        "stay",
        "Hold the view where it is whatever row is chosen (again: it follows the table)",
        "Picture",
    ),
    Action(
        "crosshair",
        ("X",),
        "crosshair",
        "Crosshair: arrows move it, reads out values and labels, enter picks the object (again: off)",
        "Picture",
    ),
    Action(
        "back",
        ("escape",),
        "back",
        "Take the crosshair away, or bring the tables back beside the picture",
        "Picture",
        where=PICTURE,
    ),
    Action(
        "cross_left",
        ("ctrl+left",),
        "cross left",
        "Crosshair one image pixel left; likewise right, up, down",
        "Picture",
        where=PICTURE,
    ),
    Action(
        "cross_right",
        ("ctrl+right",),
        "cross right",
        "Crosshair one pixel right",
        "Picture",
        where=PICTURE,
        listed=False,
    ),
    Action(
        "cross_up", ("ctrl+up",), "cross up", "Crosshair one pixel up", "Picture", where=PICTURE, listed=False
    ),
    Action(
        "cross_down",
        ("ctrl+down",),
        "cross down",
        "Crosshair one pixel down",
        "Picture",
        where=PICTURE,
        listed=False,
    ),
    Action("pan_left", ("left", "h"), "pan left", "Pan left", "Picture", where=PICTURE),
    Action("pan_right", ("right", "l"), "pan right", "Pan right", "Picture", where=PICTURE),
    Action("pan_up", ("up",), "pan up", "Pan up", "Picture", where=PICTURE),
    Action("pan_down", ("down",), "pan down", "Pan down", "Picture", where=PICTURE),
)
