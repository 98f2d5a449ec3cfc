"""How channels and labels are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuiqc.picture.display import Display
from tuiqc.render.value_bars import thin_out
from tuiqc.review.listing import Listing
from tuiqc.ui.column_names import colour_by_label, colour_objects_by, say_colours
from tuiqc.ui.jobs import LONG
from tuiqc.ui.keys import command

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.ui.context import ReviewContext


def _sample(context: ReviewContext, name: str, done: Callable[[NDArray[Any]], None]) -> None:
    """Hand on some values (n,) float64 of a channel of the picture that is shown, as soon as they are read."""
    spec, reader = context.pictures.specs.here(), context.pictures.painter.reader
    path = spec.record.channels.get(name)
    if path is None:
        return
    c, at = spec.record.plane_of(name), spec.at
    context.jobs.latest(
        "values", LONG, lambda cancelled: thin_out(reader.sample(path, c, at)), done, lambda error: None
    )


@command(
    "outline", keys="o", label="outline", help="Outlines, fills, or no labels", group="Display", footer=20
)
def outline(context: ReviewContext) -> None:
    """Outlines, fills, or no labels."""
    layer = context.session.cursor.layer
    context.display.show(context.display.style.next_mode(layer))
    context.say(f"{layer}: {context.display.style.mode(layer)}")


@command(
    "opacity_down",
    keys="left_parenthesis",
    label="opacity -",
    help="Labels more transparent",
    group="Display",
)
def opacity_down(context: ReviewContext) -> None:
    """Labels more transparent."""
    context.display.show(context.display.style.opacity_changed(-0.1))


@command(
    "opacity_up", keys="right_parenthesis", label="opacity +", help="Labels more opaque", group="Display"
)
def opacity_up(context: ReviewContext) -> None:
    """Labels more opaque."""
    context.display.show(context.display.style.opacity_changed(0.1))


@command("dim", keys="D", label="dim", help="Dim all but the current object", group="Display")
def dim(context: ReviewContext) -> None:
    """Dim all but the current object."""
    style = context.display.style
    context.display.show(replace(style, dim=not style.dim))
    context.say("all objects as they were" if style.dim else "all but the current object dimmed")


@command(
    "colour_by_verdict",
    keys="b",
    label="by verdict",
    help="Colour objects by verdict, with a mark on each (again: as before)",
    group="Display",
)
def colour_by_verdict(context: ReviewContext) -> None:
    """Colour objects by verdict, with a mark on each."""
    style = context.display.style
    if context.session.tables.objects is None:
        context.say("there are no objects to colour")
        return
    context.display.show(replace(style, by_verdict=not style.by_verdict))
    if style.by_verdict:
        context.say(f"coloured by {style.colour_by or 'label'}")
    else:
        context.say("coloured by verdict: tick pass, cross fail, question mark unsure")


@command("shuffle", keys="ctrl+l", label="shuffle", help="Shuffle the label colours", group="Display")
def shuffle(context: ReviewContext) -> None:
    """Shuffle the label colours."""
    style = context.display.style
    context.display.show(replace(style, seed=style.seed + 1))


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
    from tuiqc.ui.panels.display import DisplayPanel

    context.push_beside(
        DisplayPanel(
            context.display.style,
            context.display.show,
            context.pictures.limits_of,
            lambda name, done: _sample(context, name, done),
        )
    )


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
    objects, listing = context.session.tables.objects, context.tables.objects.content
    if context.view is not None:
        context.view.choose_colour()
    elif objects is None or not isinstance(listing, Listing):
        context.say("there are no objects to colour")
    elif context.display.style.colour_by:
        colour_by_label(context)
    else:
        sort = objects.view.sort
        colour_objects_by(
            context, sort[0] if sort is not None else listing.names[context.tables.objects.column]
        )


@command(
    "colour_map", keys="C", label="colour map", help="Colour map and limits of the colours", group="Display"
)
def colour_map(context: ReviewContext) -> None:
    """Colour map and limits of the colours."""
    from tuiqc.ui.panels.colour import ColourPanel

    def changed(style: Display) -> None:
        context.display.show(style)
        say_colours(context)

    context.push_beside(ColourPanel(context.display.style, changed))
