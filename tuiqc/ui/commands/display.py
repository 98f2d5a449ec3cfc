"""How channels and labels are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import command

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


@command(
    "outline", keys="o", label="outline", help="Outlines, fills, or no labels", group="Display", footer=11
)
def outline(context: ReviewContext) -> None:
    """Outlines, fills, or no labels."""
    context.legacy("outline")


@command(
    "opacity_down",
    keys="left_parenthesis",
    label="opacity -",
    help="Labels more transparent",
    group="Display",
)
def opacity_down(context: ReviewContext) -> None:
    """Labels more transparent."""
    context.legacy("opacity_down")


@command(
    "opacity_up", keys="right_parenthesis", label="opacity +", help="Labels more opaque", group="Display"
)
def opacity_up(context: ReviewContext) -> None:
    """Labels more opaque."""
    context.legacy("opacity_up")


@command("dim", keys="D", label="dim", help="Dim all but the current object", group="Display")
def dim(context: ReviewContext) -> None:
    """Dim all but the current object."""
    context.legacy("dim")


@command(
    "colour_by_verdict",
    keys="b",
    label="by verdict",
    help="Colour objects by verdict, with a mark on each (again: as before)",
    group="Display",
)
def colour_by_verdict(context: ReviewContext) -> None:
    """Colour objects by verdict, with a mark on each."""
    context.legacy("colour_by_verdict")


@command("shuffle", keys="ctrl+l", label="shuffle", help="Shuffle the label colours", group="Display")
def shuffle(context: ReviewContext) -> None:
    """Shuffle the label colours."""
    context.legacy("shuffle")


@command(
    "display",
    keys="d",
    label="display",
    help="Panel of channels, layers and styles: on/off, contrast, gamma, colours, outlines",
    group="Display",
    footer=14,
)
def display(context: ReviewContext) -> None:
    """Panel of channels, layers and styles."""
    context.legacy("display")


@command(
    "colour_by",
    keys="c",
    label="colour",
    help="Colour objects by the sorted column, or the one under the cursor (again: off)",
    group="Display",
    footer=15,
)
def colour_by(context: ReviewContext) -> None:
    """Colour objects by the sorted column, or the one under the cursor."""
    context.legacy("colour_by")


@command(
    "colour_map", keys="C", label="colour map", help="Colour map and limits of the colours", group="Display"
)
def colour_map(context: ReviewContext) -> None:
    """Colour map and limits of the colours."""
    context.legacy("colour_map")
