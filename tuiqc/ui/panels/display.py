"""The lines of the display panel, as text: channels, object layers, and how the values of a channel lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tuiqc.errors import TuiqcError
from tuiqc.picture import display_changes
from tuiqc.picture.display import Display
from tuiqc.picture.styles import load_style, save_style, style_names
from tuiqc.render.contrast import value_counts, value_ramp, value_span
from tuiqc.render.style import DEFAULT_CHANNEL_COLOURS, ChannelStyle, LayerStyle
from tuiqc.tables.histograms import block_histogram
from tuiqc.text import printable, shorten
from tuiqc.ui.keys import CHANNEL, DISPLAY, DISPLAY_LINE, LAYER, Keymap, key_line
from tuiqc.ui.screens.dialogs import Dialog, relist

_NAME = 12
"""Cells of a name at most."""
BARS = 42
"""Cells of the histogram."""

Limits = tuple[float, float]


def name_width(display: Display) -> int:
    """Cells that the names of channels and layers need, within bounds."""
    names = [name for name, _ in display.channels] + [name for name, _ in display.layers]
    return min(max((len(printable(name)) for name in names), default=0), _NAME)


def channel_line(name: str, style: ChannelStyle, limits: Limits | None, width: int) -> Text:
    """Its colour, name, limits, and whether anything else is unusual about it; `width` is that of names."""
    text = Text("██ ", style="rgb({},{},{})".format(*style.colour))
    text.append(f"{shorten(printable(name), width):<{width}}  ", style="default")
    if limits is not None:
        text.append(_range(limits), style="default")
    marks = ["hand"] if style.limits else []
    marks += [f"γ{style.gamma:g}"] if style.gamma != 1 else []
    marks += ["inv"] if style.invert else []
    return text.append(" " + " ".join(marks) if marks else "", style="default")


def layer_line(name: str, style: LayerStyle, width: int) -> Text:
    """How an object layer is drawn; `width` is that of names."""
    shown = f"{style.mode} {style.thickness} px {style.opacity:.0%}"
    return Text(f"   {shorten(printable(name), width):<{width}}  {shown}")


def contrast_line(display: Display, channel: str) -> Text:
    """Where the limits of a channel come from."""
    low, high = display.percentiles
    style = dict(display.channels).get(channel)
    how = (
        "by hand"
        if style is not None and style.limits
        else f"{low:g} to {high:g} % of the {display.contrast}"
    )
    return Text(f"{shorten(printable(channel), _NAME)}: {how}")


def value_lines(
    name: str, style: ChannelStyle, limits: Limits | None, values: NDArray[Any] | None, height: int
) -> Text:
    """The histogram of a channel (its counts as logarithms), and below it the colours that its values have."""
    if limits is None or values is None:
        return Text("\n" * height)
    span = value_span(values, limits)
    counts = np.rint(value_counts(values, span) * 1000).astype(np.int64)
    text = Text("\n".join(block_histogram(counts // 8, BARS, height)), style="dim")
    text.append("\n")
    for red, green, blue in value_ramp(style, limits, span, BARS).tolist():
        text.append("█", style=f"not dim rgb({red},{green},{blue})")
    return text


def _range(limits: Limits) -> str:
    return f"{limits[0]:.4g} to {limits[1]:.4g}"


_COLOURS = ((255, 255, 255), *DEFAULT_CHANNEL_COLOURS)
_SWITCHES = (
    ("dim", "dim all but the current object"),
    ("by_verdict", "colours and marks by verdict"),
    ("scale_bar", "scale bar"),
    ("minimap", "minimap when zoomed in"),
)
_PLACES = {"channel": (CHANNEL, DISPLAY), "layer": (LAYER, DISPLAY)}
_AROUND = 16
"""Rows of a window that are not those of the list: frame, histogram, hints, line, keys, and what stays below."""
_LOW = 30
"""Windows of fewer rows have a flat histogram."""


class DisplayPanel(Dialog[None]):
    """A list of channels, layers and switches; every change shows in the picture at once.

    `limits_of` tells between which values a channel is drawn now, None where that is not known; `sample_of` hands
    on some of its pixels, perhaps later.
    """

    DEFAULT_CSS = """
    DisplayPanel .hint { height: 2; color: $text; }
    DisplayPanel .auto { height: 1; color: $text-muted; }
    """
    place = "beside"
    line_places = (DISPLAY_LINE,)
    heading = "Channels and object layers"
    keys = "tab type · esc"

    def __init__(
        self,
        display: Display,
        changed: Callable[[Display], None],
        limits_of: Callable[[str], Limits | None] = lambda name: None,
        sample_of: Callable[[str, Callable[[NDArray[Any]], None]], None] = lambda name, done: None,
    ) -> None:
        super().__init__()
        self.display_now = display
        self.changed = changed
        self.limits_of = limits_of
        self.sample_of = sample_of
        self._values: tuple[str, NDArray[Any] | None] = ("", None)

    def compose_body(self) -> ComposeResult:
        """The list, the values of a channel, what keys do, and a line to type."""
        yield OptionList(*self._options(), id="display-list")
        yield Static("", classes="auto", markup=False)
        yield Static("", classes="values", markup=False)
        yield Static("", classes="hint", markup=False)
        yield Input(placeholder="500 4000 · p 1 99 · g 0.7 · #ff8800", select_on_focus=False)

    def on_resize(self) -> None:
        """As many lines of the list as leave room for what stands below it."""
        self.part(OptionList).styles.max_height = max(4, self.app.size.height - _AROUND)
        self._tell_values()

    def on_mount(self) -> None:
        """The cursor on the first line."""
        self.part(OptionList).highlighted = 0
        self._tell_values()

    # --- the list

    def _entries(self) -> list[tuple[str, str, Any]]:
        now = self.display_now
        return [
            *(("channel", name, style) for name, style in now.channels),
            *(("layer", name, style) for name, style in now.layers),
            *(("switch", name, text) for name, text in _SWITCHES),
        ]

    def _options(self) -> list[Option]:
        numbered = len(self.display_now.channels) + len(self.display_now.layers)
        options = []
        for at, (kind, name, style) in enumerate(self._entries()):
            text = Text(f"{at + 1 if at < min(9, numbered) else ' '} ", style="bold")
            on = getattr(self.display_now, name) if kind == "switch" else style.visible
            text.append("[x] " if on else "[ ] ")
            if kind == "channel":
                text.append_text(self._channel(name, style))
            elif kind == "layer":
                text.append_text(layer_line(name, style, name_width(self.display_now)))
            else:
                text.append(style)
            text.no_wrap, text.overflow = True, "ellipsis"
            options.append(Option(text))
        return options

    def _channel(self, name: str, style: ChannelStyle) -> Text:
        return channel_line(name, style, self._limits(name, style), name_width(self.display_now))

    def _limits(self, name: str, style: ChannelStyle) -> Limits | None:
        return style.limits or (self.limits_of(name) if style.visible else None)

    def _tell_values(self) -> None:
        """The histogram of the channel that keys and the line go to."""
        name = self._channel_here()
        self.part(Static, ".auto").update(contrast_line(self.display_now, name))
        style = dict(self.display_now.channels).get(name)
        if style is None:
            return
        if name != self._values[0]:
            self._values = (name, None)
            self.sample_of(name, lambda pixels: self._sampled(name, pixels))
        height = 2 if self.app.size.height < _LOW else 4
        lines = value_lines(name, style, self._limits(name, style), self._values[1], height)
        self.part(Static, ".values").update(lines)

    def _sampled(self, name: str, pixels: NDArray[Any]) -> None:
        if self.is_mounted and name == self._values[0]:
            self._values = (name, pixels)
            self._tell_values()

    def _show(self, display: Display) -> None:
        self.display_now = display
        self.changed(display)
        relist(self.part(OptionList), self._options())
        self._tell_values()

    def _at(self) -> tuple[str, str, Any] | None:
        at, entries = self.part(OptionList).highlighted, self._entries()
        return entries[at] if at is not None and at < len(entries) else None

    @on(OptionList.OptionHighlighted)
    def hint(self) -> None:
        """Say what keys do on this line."""
        at = self._at()
        self.part(Static, ".hint").update(self._hint(at[0]) if at is not None else "")
        self._tell_values()

    def _hint(self, kind: str) -> str:
        """The keys of a kind of line, in two lines at most."""
        if kind not in _PLACES:
            return "space or enter on/off"
        parts = key_line(self.keymap or Keymap(), _PLACES[kind][:1])
        return "\n".join(" · ".join(those) for those in (parts[:4], parts[4:]) if those)

    # --- what keys do

    @property
    def key_places(self) -> tuple[str, ...]:  # type: ignore[override]
        """Keys of the line under the cursor, then those of the panel."""
        at = self._at() if self.is_mounted else None
        return _PLACES.get(at[0], (DISPLAY,)) if at is not None else (DISPLAY,)

    def _toggle(self, number: int) -> None:
        entries = self._entries()
        if not 0 <= number < len(entries):
            return
        kind, name, _ = entries[number]
        now = self.display_now
        if kind == "switch":
            switched: dict[str, Any] = {name: not getattr(now, name)}
            self._show(replace(now, **switched))
        else:
            self._show(now.toggled(kind, name))

    def to_list(self) -> None:
        """From the line back to the list."""
        self.part(OptionList).focus()

    def toggle_here(self) -> None:
        """The line under the cursor."""
        self._toggle(self.part(OptionList).highlighted or 0)

    def other_contrast(self) -> None:
        """Limits of the image, or of the batch."""
        now = self.display_now
        self._show(replace(now, contrast="image" if now.contrast == "batch" else "batch"))

    def next_percentiles(self) -> None:
        """Other percentiles for black and white."""
        self._show(display_changes.next_percentiles(self.display_now))

    def begin_line(self, text: str) -> None:
        """Put the first word into the line, and tell which styles there are."""
        line = self.part(Input)
        line.value = text
        line.cursor_position = len(text)
        line.focus()
        names = ", ".join(style_names())
        self.part(Static, ".hint").update(
            Text(printable(f"kept: {names}" if names else "no style is kept yet"))
        )

    def toggle_numbered(self, number: int) -> None:
        """The channel or layer of that number, from 0."""
        if number < len(self.display_now.channels) + len(self.display_now.layers):
            self._toggle(number)

    def _change_channel(self, change: Callable[[str, ChannelStyle], dict[str, Any]]) -> None:
        at = self._at()
        if at is not None and at[0] == "channel" and (changes := change(at[1], at[2])):
            self._show(display_changes.with_channel(self.display_now, at[1], **changes))

    def _change_layer(self, change: Callable[[LayerStyle], dict[str, Any]]) -> None:
        at = self._at()
        if at is not None and at[0] == "layer":
            self._show(display_changes.with_layer(self.display_now, at[1], **change(at[2])))

    def invert(self) -> None:
        """High values dark."""
        self._change_channel(lambda name, style: {"invert": not style.invert})

    def next_colour(self) -> None:
        """The next of the usual colours."""

        def change(name: str, style: ChannelStyle) -> dict[str, Any]:
            at = _COLOURS.index(style.colour) if style.colour in _COLOURS else -1
            return {"colour": _COLOURS[(at + 1) % len(_COLOURS)]}

        self._change_channel(change)

    def change_gamma(self, direction: int) -> None:
        """More or less of it."""
        self._change_channel(lambda name, style: {"gamma": display_changes.gamma_changed(style, direction)})

    def limits_by_themselves(self) -> None:
        """No limits by hand."""
        self._change_channel(lambda name, style: {"limits": None})

    def nudge(self, end: Literal["low", "high"], direction: int) -> None:
        """Move the black or the white point, where it is known where they are."""

        def change(name: str, style: ChannelStyle) -> dict[str, Any]:
            limits = style.limits or self.limits_of(name)
            return {} if limits is None else {"limits": display_changes.nudged(limits, end, direction)}

        self._change_channel(change)

    def other_mode(self) -> None:
        """Outlines or filled."""
        self._change_layer(lambda style: {"mode": "outline" if style.mode == "fill" else "fill"})

    def thicker(self) -> None:
        """The next thickness of outlines."""
        self._change_layer(lambda style: {"thickness": display_changes.thicker(style)})

    def change_opacity(self, direction: int) -> None:
        """More or less opaque."""
        self._change_layer(lambda style: {"opacity": display_changes.opacity_of(style, direction)})

    @on(OptionList.OptionSelected)
    def switch(self, event: OptionList.OptionSelected) -> None:
        """Enter."""
        self._toggle(event.option_index)

    # --- the line

    @on(Input.Submitted)
    def line_typed(self, event: Input.Submitted) -> None:
        """Numbers for the channel under the cursor, or a style by name."""
        foot = self.part(Static, ".hint")
        word, _, rest = event.value.strip().partition(" ")
        try:
            if word == "save":
                foot.update(Text(f"kept as {save_style(rest.strip(), self.display_now).stem}"))
            elif word == "style":
                self._show(load_style(rest.strip(), self.display_now))
                foot.update(Text(printable(f"style {rest.strip()}")))
            else:
                self._show(display_changes.typed(self.display_now, self._channel_here(), event.value))
        except TuiqcError as error:
            foot.update(Text(printable(str(error))))
            return
        event.input.value = ""
        self.part(OptionList).focus()

    def _channel_here(self) -> str:
        """The channel of the line under the cursor, else the first one that is shown."""
        at = self._at()
        if at is not None and at[0] == "channel":
            return at[1]
        return next((name for name, style in self.display_now.channels if style.visible), "")
