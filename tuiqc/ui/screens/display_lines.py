"""The lines of the display panel, as text: channels, object layers, and how the values of a channel lie."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

from tuiqc.picture.display import Display
from tuiqc.render.style import ChannelStyle, LayerStyle
from tuiqc.render.value_bars import value_counts, value_ramp, value_span
from tuiqc.tables.blocks import block_histogram
from tuiqc.text import printable, shorten

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
