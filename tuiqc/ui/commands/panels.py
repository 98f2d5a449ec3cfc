"""Keys of the panels: each is a function of the panel that is open."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tuiqc.ui.keys import (
    CHANNEL,
    COLOUR,
    COLUMN,
    COLUMNS,
    COLUMNS_LINE,
    DISPLAY,
    DISPLAY_LINE,
    FILTERS,
    GROUPED,
    LAYER,
    PICKER,
    REASONS,
    STALE,
    STATUS,
    command,
)

if TYPE_CHECKING:
    from tuiqc.ui.panels.colour import ColourPanel
    from tuiqc.ui.panels.columns import ColumnChooser, ColumnPanel, ColumnPicker
    from tuiqc.ui.panels.display import DisplayPanel
    from tuiqc.ui.panels.filters import FilterPanel
    from tuiqc.ui.panels.quality import StatusPanel
    from tuiqc.ui.panels.stale import StalePanel
    from tuiqc.ui.screens.dialogs import ReasonDialog

# --- channels and object layers


def _numbered(number: int, panel: DisplayPanel) -> None:
    """The channel or layer of that number, on or off."""
    panel.toggle_numbered(number - 1)


for _number in range(1, 10):
    command(
        f"display_toggle_{_number}",
        keys=str(_number),
        label="on/off",
        help="Show or hide channel or object layer 1 of the list; 2 to 9 the others",
        group="Panels",
        footer=1 if _number == 1 else 0,
        place=DISPLAY,
        listed=_number == 1,
    )(partial(_numbered, _number))


@command(
    "display_toggle",
    keys="space",
    label="on/off",
    help="Switch the line under the cursor on or off",
    group="Panels",
    place=DISPLAY,
)
def display_toggle(panel: DisplayPanel) -> None:
    """Switch the line under the cursor on or off."""
    panel.toggle_here()


@command(
    "display_contrast",
    keys="b",
    label="image/batch",
    help="Limits from the image, or from the whole batch",
    group="Panels",
    footer=2,
    place=DISPLAY,
)
def display_contrast(panel: DisplayPanel) -> None:
    """Limits from the image, or from the whole batch."""
    panel.other_contrast()


@command(
    "display_percentiles",
    keys="percent_sign",
    label="percentiles",
    help="Other percentiles for black and white",
    group="Panels",
    footer=3,
    place=DISPLAY,
)
def display_percentiles(panel: DisplayPanel) -> None:
    """Other percentiles for black and white."""
    panel.next_percentiles()


@command(
    "display_save_style",
    keys="s",
    label="save",
    help="Keep this display as a style of a name",
    group="Panels",
    footer=5,
    place=DISPLAY,
)
def display_save_style(panel: DisplayPanel) -> None:
    """Keep this display as a style of a name."""
    panel.begin_line("save ")


@command(
    "display_load_style",
    keys="l",
    label="load a style",
    help="Draw with a style that was kept",
    group="Panels",
    footer=6,
    place=DISPLAY,
)
def display_load_style(panel: DisplayPanel) -> None:
    """Draw with a style that was kept."""
    panel.begin_line("style ")


@command(
    "display_list",
    keys="up",
    label="list",
    help="From the line back to the list",
    group="Panels",
    place=DISPLAY_LINE,
    listed=False,
)
def display_list(panel: DisplayPanel) -> None:
    """From the line back to the list."""
    panel.to_list()


@command(
    "channel_colour",
    keys="k",
    label="colour",
    help="The next colour of the channel",
    group="Panels",
    footer=1,
    place=CHANNEL,
)
def channel_colour(panel: DisplayPanel) -> None:
    """The next colour of the channel."""
    panel.next_colour()


@command(
    "channel_invert",
    keys="i",
    label="invert",
    help="Invert the channel",
    group="Panels",
    footer=2,
    place=CHANNEL,
)
def channel_invert(panel: DisplayPanel) -> None:
    """Invert the channel."""
    panel.invert()


@command(
    "channel_gamma_up", keys="g", label="gamma", help="More gamma", group="Panels", footer=3, place=CHANNEL
)
def channel_gamma_up(panel: DisplayPanel) -> None:
    """More gamma."""
    panel.change_gamma(1)


@command("channel_gamma_down", keys="G", label="less gamma", help="Less gamma", group="Panels", place=CHANNEL)
def channel_gamma_down(panel: DisplayPanel) -> None:
    """Less gamma."""
    panel.change_gamma(-1)


@command(
    "channel_auto",
    keys="a",
    label="auto",
    help="Limits by themselves again",
    group="Panels",
    footer=4,
    place=CHANNEL,
)
def channel_auto(panel: DisplayPanel) -> None:
    """Limits by themselves again."""
    panel.limits_by_themselves()


@command(
    "channel_black_down",
    keys="[",
    label="black point",
    help="Black point down",
    group="Panels",
    footer=5,
    place=CHANNEL,
)
def channel_black_down(panel: DisplayPanel) -> None:
    """Black point down."""
    panel.nudge("low", -1)


@command(
    "channel_black_up", keys="]", label="black point", help="Black point up", group="Panels", place=CHANNEL
)
def channel_black_up(panel: DisplayPanel) -> None:
    """Black point up."""
    panel.nudge("low", 1)


@command(
    "channel_white_down",
    keys="{",
    label="white point",
    help="White point down",
    group="Panels",
    footer=6,
    place=CHANNEL,
)
def channel_white_down(panel: DisplayPanel) -> None:
    """White point down."""
    panel.nudge("high", -1)


@command(
    "channel_white_up", keys="}", label="white point", help="White point up", group="Panels", place=CHANNEL
)
def channel_white_up(panel: DisplayPanel) -> None:
    """White point up."""
    panel.nudge("high", 1)


@command(
    "layer_mode",
    keys="o",
    label="outline/fill",
    help="Outlines or filled objects",
    group="Panels",
    footer=1,
    place=LAYER,
)
def layer_mode(panel: DisplayPanel) -> None:
    """Outlines or filled objects."""
    panel.other_mode()


@command(
    "layer_thickness",
    keys="t",
    label="thickness",
    help="Thicker outlines, then thin again",
    group="Panels",
    footer=2,
    place=LAYER,
)
def layer_thickness(panel: DisplayPanel) -> None:
    """Thicker outlines, then thin again."""
    panel.thicker()


@command(
    "layer_opacity_down",
    keys="(",
    label="opacity",
    help="Less opaque",
    group="Panels",
    footer=3,
    place=LAYER,
)
def layer_opacity_down(panel: DisplayPanel) -> None:
    """Less opaque."""
    panel.change_opacity(-1)


@command("layer_opacity_up", keys=")", label="opacity", help="More opaque", group="Panels", place=LAYER)
def layer_opacity_up(panel: DisplayPanel) -> None:
    """More opaque."""
    panel.change_opacity(1)


# --- colours by a column


@command(
    "colour_zero",
    keys="z",
    label="zero transparent",
    help="Zero has no colour, or has one",
    group="Panels",
    footer=2,
    place=COLOUR,
)
def colour_zero(panel: ColourPanel) -> None:
    """Zero has no colour, or has one."""
    panel.switch_zero()


# --- columns


@command(
    "columns_list",
    keys="down",
    label="list",
    help="From the line to the list",
    group="Panels",
    place=COLUMNS_LINE,
    listed=False,
)
def columns_list(panel: ColumnChooser) -> None:
    """From the line to the list."""
    panel.to_list()


@command(
    "columns_toggle",
    keys="space",
    label="show/hide",
    help="Show or hide the column under the cursor",
    group="Panels",
    footer=3,
    place=COLUMNS,
)
def columns_toggle(panel: ColumnChooser) -> None:
    """Show or hide the column under the cursor."""
    panel.toggle_here()


def _ends(key: str, name: str, label: str, help: str, footer: int) -> None:
    def end(panel: ColumnPanel) -> None:
        """End the panel with what is asked for."""
        panel.dismiss(label)

    command(name, keys=key, label=label, help=help, group="Panels", footer=footer, place=COLUMN)(end)


def _acts(key: str, what: str, label: str, help: str, footer: int = 0) -> None:
    def act(panel: ColumnPanel) -> None:
        """Do it to the column."""
        panel.do(what)

    command(f"column_{what}", keys=key, label=label, help=help, group="Panels", footer=footer, place=COLUMN)(
        act
    )


_ends("s", "column_sort", "sort", "Sort by the column", 1)
_ends("c", "column_colour", "colour", "Colour the objects by the column", 2)
_ends("a", "column_aggregate", "aggregate", "A number per image of the column", 3)
_acts("h", "hide", "hide", "Hide the column", 4)
_acts("p", "pin", "pin", "Keep the column at the left, or no longer", 5)
_acts("plus", "wider", "wider", "A wider column")
_acts("minus", "narrower", "width", "A narrower column", 6)
_acts("left", "left", "move", "The column one place to the left", 7)
_acts("right", "right", "move", "The column one place to the right")


def _move(where: str, panel: ColumnPicker) -> None:
    """The arrows move in the list while one types."""
    panel.move(where)


for _key, _where in (
    ("up", "cursor_up"),
    ("down", "cursor_down"),
    ("pageup", "page_up"),
    ("pagedown", "page_down"),
):
    command(
        f"picker_{_where}",
        keys=_key,
        label="list",
        help="Another line of the list while one types",
        group="Panels",
        place=PICKER,
        listed=False,
    )(partial(_move, _where))


# --- reasons


def _reason(number: int, panel: ReasonDialog) -> None:
    """The reason of that number."""
    panel.choose_numbered(number - 1)


for _number in range(1, 10):
    command(
        f"reasons_{_number}",
        keys=str(_number),
        label=f"reason {_number}",
        help="Reason 1 of the list; 2 to 9 the others",
        group="Panels",
        place=REASONS,
        listed=_number == 1,
    )(partial(_reason, _number))


# --- filters


@command(
    "filters_toggle",
    keys="space",
    label="on/off",
    help="Switch the filter on or off",
    group="Panels",
    footer=1,
    place=FILTERS,
)
def filters_toggle(panel: FilterPanel) -> None:
    """Switch the filter on or off."""
    panel.toggle_here()


@command(
    "filters_remove",
    keys="x",
    label="take out",
    help="Take the filter out",
    group="Panels",
    footer=2,
    place=FILTERS,
)
def filters_remove(panel: FilterPanel) -> None:
    """Take the filter out."""
    panel.remove_here()


# --- stale verdicts


@command(
    "stale_accept",
    keys="a",
    label="accept",
    help="Move the verdict to the object proposed",
    group="Panels",
    footer=1,
    place=STALE,
)
def stale_accept(panel: StalePanel) -> None:
    """Move the verdict to the object proposed."""
    panel.settle("accept")


@command(
    "stale_accept_all",
    keys="A",
    label="all",
    help="Move all verdicts to the objects proposed",
    group="Panels",
    footer=2,
    place=STALE,
)
def stale_accept_all(panel: StalePanel) -> None:
    """Move all verdicts to the objects proposed."""
    panel.settle("accept", every=True)


@command(
    "stale_decline",
    keys="d",
    label="keep on its label",
    help="Leave the verdict on its label",
    group="Panels",
    footer=3,
    place=STALE,
)
def stale_decline(panel: StalePanel) -> None:
    """Leave the verdict on its label."""
    panel.settle("decline")


@command(
    "stale_decline_all",
    keys="D",
    label="all",
    help="Leave all verdicts on their labels",
    group="Panels",
    footer=4,
    place=STALE,
)
def stale_decline_all(panel: StalePanel) -> None:
    """Leave all verdicts on their labels."""
    panel.settle("decline", every=True)


@command(
    "stale_discard",
    keys="x",
    label="take away",
    help="Take the verdict away",
    group="Panels",
    footer=5,
    place=STALE,
)
def stale_discard(panel: StalePanel) -> None:
    """Take the verdict away."""
    panel.settle("discard")


# --- how good is the batch


@command(
    "status_interval",
    keys="x",
    label="Wilson or exact interval",
    help="Wilson's interval of the rates, or the exact one",
    group="Panels",
    footer=1,
    place=STATUS,
)
def status_interval(panel: StatusPanel) -> None:
    """Wilson's interval of the rates, or the exact one."""
    panel.other_interval()


@command(
    "status_group",
    keys="b",
    label="by group",
    help="Counts by the next group",
    group="Panels",
    footer=2,
    place=GROUPED,
)
def status_group(panel: StatusPanel) -> None:
    """Counts by the next group."""
    panel.next_group()


@command(
    "status_close", keys="%,q", label="close", help="Close it", group="Panels", place=STATUS, listed=False
)
def status_close(panel: StatusPanel) -> None:
    """Close it."""
    panel.dismiss(None)
