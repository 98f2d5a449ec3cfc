"""How channels and object layers are to be drawn: plain values, no pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RGB = tuple[int, int, int]

DEFAULT_CHANNEL_COLOURS: tuple[RGB, ...] = (
    (90, 140, 255),
    (255, 60, 200),
    (70, 230, 90),
    (255, 170, 40),
    (40, 220, 230),
    (255, 70, 60),
    (200, 200, 200),
    (255, 235, 60),
    (165, 105, 255),
    (0, 190, 150),
    (255, 140, 150),
    (155, 200, 50),
    (130, 190, 255),
    (225, 130, 235),
    (200, 150, 95),
    (160, 255, 215),
)
"""Additive colours of several channels: DNA comes first by habit and is blue, light enough to see by.

Sixteen, since so many are blended; each is unlike the others."""

GREY: RGB = (255, 255, 255)


def default_channel_colours(count: int) -> tuple[RGB, ...]:
    """Return a colour for each of `count` channels: white for one alone, then `DEFAULT_CHANNEL_COLOURS`."""
    if count <= 1:
        return (GREY,) * count
    return tuple(DEFAULT_CHANNEL_COLOURS[i % len(DEFAULT_CHANNEL_COLOURS)] for i in range(count))


@dataclass(frozen=True, slots=True)
class ChannelStyle:
    """How one channel is drawn.

    Attributes
    ----------
    visible
        Drawn at all.
    colour
        Red, green, blue (0 to 255) of the brightest pixel; channels are added up.
    limits
        Pixel values drawn as black and as full colour; None: `contrast.auto_limits` of what is given.
    gamma
        Exponent on the unit interval after the limits; below 1 lifts the dark parts.
    invert
        Bright background: the unit value is subtracted from 1.
    """

    visible: bool = True
    colour: RGB = GREY
    limits: tuple[float, float] | None = None
    gamma: float = 1.0
    invert: bool = False


@dataclass(frozen=True, slots=True)
class LayerStyle:
    """How one object layer is drawn.

    Attributes
    ----------
    visible
        Drawn at all.
    mode
        "outline": the border of each object; "fill": its inside lighter than its border, so that the
        texture below stays visible.
    thickness
        Width of the border in display pixels, drawn inside the object; on a display whose shorter side is below
        400 pixels (half-blocks, thumbnails) it is less in proportion, and at least 1.
    opacity
        0 to 1, of the border; the inside of a fill has 0.6 of it, so that the
        texture always shows.
    """

    visible: bool = True
    mode: Literal["outline", "fill"] = "outline"
    thickness: int = 2
    opacity: float = 0.9
