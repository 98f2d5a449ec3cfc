"""Changes of a display one at a time: what the keys and the typed line of the display panel do."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any, Literal

from tuiqc.errors import UsageError
from tuiqc.picture.display import Display
from tuiqc.render.style import RGB, ChannelStyle, LayerStyle

NUDGE = 0.05
"""Part of the distance between the limits that one key moves one of them."""
GAMMAS = (0.1, 5.0)
THICKNESSES = (1, 5)
PERCENTILES = ((0.5, 99.8), (0.1, 99.95), (1.0, 99.0), (5.0, 95.0), (0.0, 100.0))
"""Percentiles of the pixel values for black and white that a key walks through."""
TYPED = "500 4000 limits · p 1 99 percentiles · g 0.7 gamma · #ff8800 colour · auto"
"""What the line of the panel takes for a channel."""


def with_channel(display: Display, name: str, **changes: Any) -> Display:
    """With another style of the channel of that name."""
    return replace(
        display, channels=tuple((n, replace(s, **changes) if n == name else s) for n, s in display.channels)
    )


def with_layer(display: Display, name: str, **changes: Any) -> Display:
    """With another style of the object layer of that name."""
    return replace(
        display, layers=tuple((n, replace(s, **changes) if n == name else s) for n, s in display.layers)
    )


def nudged(limits: tuple[float, float], end: Literal["low", "high"], direction: int) -> tuple[float, float]:
    """Limits with one end moved by `NUDGE` of their distance; the low one always stays below the high one."""
    low, high = limits
    step = (high - low) * NUDGE
    if end == "low":
        low += direction * step
    else:
        high += direction * step
    return _rounded(low, step), _rounded(high, step)


def _rounded(value: float, step: float) -> float:
    """To a tenth of the step: a person reads the numbers."""
    if not step > 0 or not math.isfinite(value):
        return value
    return round(value, max(0, 1 - math.floor(math.log10(step))))


def gamma_changed(style: ChannelStyle, direction: int) -> float:
    """Gamma a tenth up or down, kept within `GAMMAS`."""
    return round(min(max(style.gamma + 0.1 * direction, GAMMAS[0]), GAMMAS[1]), 2)


def thicker(style: LayerStyle) -> int:
    """The next thickness, round again after the largest."""
    return THICKNESSES[0] if style.thickness >= THICKNESSES[1] else style.thickness + 1


def opacity_of(style: LayerStyle, direction: int) -> float:
    """Opacity a tenth up or down, kept within 0.1 and 1."""
    return round(min(1.0, max(0.1, style.opacity + 0.1 * direction)), 2)


def next_percentiles(display: Display) -> Display:
    """With the next of `PERCENTILES`, for the channels whose limits were not set by hand."""
    at = PERCENTILES.index(display.percentiles) if display.percentiles in PERCENTILES else -1
    return replace(display, percentiles=PERCENTILES[(at + 1) % len(PERCENTILES)])


def typed(display: Display, channel: str, text: str) -> Display:
    """The display after a line was typed for a channel.

    Raises
    ------
    UsageError
        The line is none of `TYPED`.
    """
    words = text.replace(",", " ").split()
    if words == ["auto"]:
        return with_channel(display, channel, limits=None)
    if len(words) == 1 and re.fullmatch(r"#?[0-9a-fA-F]{6}", words[0]):
        return with_channel(display, channel, colour=parse_colour(words[0]))
    name = words[0] if words and not _is_number(words[0]) else ""
    numbers = _numbers(words[1:] if name else words)
    if name in ("g", "gamma") and len(numbers) == 1 and GAMMAS[0] <= numbers[0] <= GAMMAS[1]:
        return with_channel(display, channel, gamma=numbers[0])
    if len(numbers) == 2 and numbers[0] < numbers[1]:
        low, high = numbers
        if not name:
            return with_channel(display, channel, limits=(low, high))
        if name in ("p", "percentiles") and low >= 0 and high <= 100:
            return replace(with_channel(display, channel, limits=None), percentiles=(low, high))
    raise UsageError(f"{text!r} is none of: {TYPED}")


def parse_colour(text: str) -> RGB:
    """Red, green, blue of six hexadecimal digits, with or without a number sign."""
    digits = text.removeprefix("#")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def colour_text(colour: RGB) -> str:
    """A colour as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _is_number(word: str) -> bool:
    return bool(_numbers([word]))


def _numbers(words: list[str]) -> list[float]:
    """The numbers of the words; none at all if one of them is no finite number."""
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return []
    return numbers if all(math.isfinite(number) for number in numbers) else []
