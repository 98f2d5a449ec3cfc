"""How channels and labels are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tuiqc.picture.display import Display
from tuiqc.render.contrast import thin_out
from tuiqc.review.listing import Listing
from tuiqc.ui.column_names import colour_by_label, colour_objects_by, say_colours
from tuiqc.ui.jobs import LONG
from tuiqc.ui.keys import CHANNEL, COLOUR, DISPLAY, DISPLAY_LINE, LAYER, command

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.panels.colour import ColourPanel
    from tuiqc.ui.panels.display import DisplayPanel


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

    context.push(
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
    if context.views.view is not None:
        context.views.view.choose_colour()
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

    context.push(ColourPanel(context.display.style, changed))


# --- keys of the panels

_in_panel = partial(command, group="Panels", place=DISPLAY)
_in_line = partial(command, group="Panels", place=DISPLAY_LINE)
_on_channel = partial(command, group="Panels", place=CHANNEL)
_on_layer = partial(command, group="Panels", place=LAYER)
_in_colours = partial(command, group="Panels", place=COLOUR)


def _numbered(number: int, panel: DisplayPanel) -> None:
    """The channel or layer of that number, on or off."""
    panel.toggle_numbered(number - 1)


for _number in range(1, 10):
    _in_panel(
        f"display_toggle_{_number}",
        keys=str(_number),
        label="on/off",
        help="Show or hide channel or object layer 1 of the list; 2 to 9 the others",
        footer=1 if _number == 1 else 0,
        listed=_number == 1,
    )(partial(_numbered, _number))


@_in_panel("display_toggle", keys="space", label="on/off", help="Switch the line under the cursor on or off")
def display_toggle(panel: DisplayPanel) -> None:
    """Switch the line under the cursor on or off."""
    panel.toggle_here()


@_in_panel(
    "display_contrast",
    keys="b",
    label="image/batch",
    help="Limits from the image, or from the whole batch",
    footer=2,
)
def display_contrast(panel: DisplayPanel) -> None:
    """Limits from the image, or from the whole batch."""
    panel.other_contrast()


@_in_panel(
    "display_percentiles",
    keys="percent_sign",
    label="percentiles",
    help="Other percentiles for black and white",
    footer=3,
)
def display_percentiles(panel: DisplayPanel) -> None:
    """Other percentiles for black and white."""
    panel.next_percentiles()


@_in_panel(
    "display_save_style", keys="s", label="save", help="Keep this display as a style of a name", footer=5
)
def display_save_style(panel: DisplayPanel) -> None:
    """Keep this display as a style of a name."""
    panel.begin_line("save ")


@_in_panel(
    "display_load_style", keys="l", label="load a style", help="Draw with a style that was kept", footer=6
)
def display_load_style(panel: DisplayPanel) -> None:
    """Draw with a style that was kept."""
    panel.begin_line("style ")


@_in_line("display_list", keys="up", label="list", help="From the line back to the list", listed=False)
def display_list(panel: DisplayPanel) -> None:
    """From the line back to the list."""
    panel.to_list()


@_on_channel("channel_colour", keys="k", label="colour", help="The next colour of the channel", footer=1)
def channel_colour(panel: DisplayPanel) -> None:
    """The next colour of the channel."""
    panel.next_colour()


@_on_channel("channel_invert", keys="i", label="invert", help="Invert the channel", footer=2)
def channel_invert(panel: DisplayPanel) -> None:
    """Invert the channel."""
    panel.invert()


@_on_channel("channel_gamma_up", keys="g", label="gamma", help="More gamma", footer=3)
def channel_gamma_up(panel: DisplayPanel) -> None:
    """More gamma."""
    panel.change_gamma(1)


@_on_channel("channel_gamma_down", keys="G", label="less gamma", help="Less gamma")
def channel_gamma_down(panel: DisplayPanel) -> None:
    """Less gamma."""
    panel.change_gamma(-1)


@_on_channel("channel_auto", keys="a", label="auto", help="Limits by themselves again", footer=4)
def channel_auto(panel: DisplayPanel) -> None:
    """Limits by themselves again."""
    panel.limits_by_themselves()


@_on_channel("channel_black_down", keys="[", label="black point", help="Black point down", footer=5)
def channel_black_down(panel: DisplayPanel) -> None:
    """Black point down."""
    panel.nudge("low", -1)


@_on_channel("channel_black_up", keys="]", label="black point", help="Black point up")
def channel_black_up(panel: DisplayPanel) -> None:
    """Black point up."""
    panel.nudge("low", 1)


@_on_channel("channel_white_down", keys="{", label="white point", help="White point down", footer=6)
def channel_white_down(panel: DisplayPanel) -> None:
    """White point down."""
    panel.nudge("high", -1)


@_on_channel("channel_white_up", keys="}", label="white point", help="White point up")
def channel_white_up(panel: DisplayPanel) -> None:
    """White point up."""
    panel.nudge("high", 1)


@_on_layer("layer_mode", keys="o", label="outline/fill", help="Outlines or filled objects", footer=1)
def layer_mode(panel: DisplayPanel) -> None:
    """Outlines or filled objects."""
    panel.other_mode()


@_on_layer("layer_thickness", keys="t", label="thickness", help="Thicker outlines, then thin again", footer=2)
def layer_thickness(panel: DisplayPanel) -> None:
    """Thicker outlines, then thin again."""
    panel.thicker()


@_on_layer("layer_opacity_down", keys="(", label="opacity", help="Less opaque", footer=3)
def layer_opacity_down(panel: DisplayPanel) -> None:
    """Less opaque."""
    panel.change_opacity(-1)


@_on_layer("layer_opacity_up", keys=")", label="opacity", help="More opaque")
def layer_opacity_up(panel: DisplayPanel) -> None:
    """More opaque."""
    panel.change_opacity(1)


@_in_colours(
    "colour_zero", keys="z", label="zero transparent", help="Zero has no colour, or has one", footer=2
)
def colour_zero(panel: ColourPanel) -> None:
    """Zero has no colour, or has one."""
    panel.switch_zero()
