"""How channels and labels are drawn."""

from __future__ import annotations

from tuiqc.ui.actions.action import Action

DISPLAY: tuple[Action, ...] = (
    Action("outline", ("o",), "outline", "Outlines, fills, or no labels", "Display", 11),
    Action("opacity_down", ("left_parenthesis",), "opacity -", "Labels more transparent", "Display"),
    Action("opacity_up", ("right_parenthesis",), "opacity +", "Labels more opaque", "Display"),
    Action("dim", ("D",), "dim", "Dim all but the current object", "Display"),
    Action(
        "colour_by_verdict",
        ("b",),
        "by verdict",
        "Colour objects by verdict, with a mark on each (again: as before)",
        "Display",
    ),
    Action("shuffle", ("ctrl+l",), "shuffle", "Shuffle the label colours", "Display"),
    Action(
        "display",
        ("d",),
        "display",
        "Panel of channels, layers and styles: on/off, contrast, gamma, colours, outlines",
        "Display",
        14,
    ),
    Action(
        "colour_by",
        ("c",),
        "colour",
        "Colour objects by the sorted column, or the one under the cursor (again: off)",
        "Display",
        15,
    ),
    Action("colour_map", ("C",), "colour map", "Colour map and limits of the colours", "Display"),
)
