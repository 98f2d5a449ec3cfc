"""The ground that sheets of tiles, plots and plates stand on: black on dark themes, light on light ones.

They are made for black. On a light ground what is black becomes the ground, what is white becomes ink, and colours of
lines and words are darkened until they can be read there; pictures of images and colours of values stay what they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from tuiqc.qc.verdict import RGB
from tuiqc.ui.theme import css, readable, tone

_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_RAISED = (45, 50, 60)
"""The ground of headings, as sheets on black have it."""
_SHARE = 0.12
"""Of ink in the ground of headings, and in lines of a grid."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Colours of the ground and of what is written on it."""

    paper: RGB = _BLACK
    ink: RGB = _WHITE

    @classmethod
    def of(cls, widget: Widget) -> Ground:
        """That of the theme in force."""
        paper, ink = (Color.parse(tone(widget, name)).rgb for name in ("sheet", "sheet-ink"))
        return cls() if paper == _BLACK else cls(paper, ink)

    @property
    def own(self) -> bool:
        """Whether it is another one than black."""
        return self.paper != _BLACK

    @property
    def raised(self) -> RGB:
        """The ground with a little ink."""
        red, green, blue = (
            round(one + _SHARE * (other - one)) for one, other in zip(self.paper, self.ink, strict=True)
        )
        return red, green, blue

    def strip(self, strip: Strip) -> Strip:
        """A line of words and lines on this ground."""
        return Strip(self.segments(strip), strip.cell_length) if self.own else strip

    def segments(self, segments: Iterable[Segment]) -> list[Segment]:
        """Words and lines on this ground."""
        if not self.own:
            return list(segments)
        return [Segment(one.text, _on(self, one.style or Style.null()), one.control) for one in segments]

    def picture(self, rgb: NDArray[np.uint8], drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A drawing (height, width, 3) uint8, with its colours `drawn` (n, 3) uint8 as they are on this ground.

        Colours that are not among these stand for values, and stay.
        """
        if not self.own:
            return rgb
        known = dict.fromkeys(map(tuple, drawn.tolist()))
        table = {_packed(np.array(one, np.uint8)).item(): self.line(_rgb(one)) for one in known}
        packed = _packed(rgb)
        values, place = np.unique(packed, return_inverse=True)
        colours = [
            table.get(value, (value >> 16, value >> 8 & 255, value & 255)) for value in values.tolist()
        ]
        found: NDArray[np.uint8] = np.array(colours, np.uint8)[place.reshape(packed.shape)]
        return found

    def line(self, colour: RGB) -> RGB:
        """The colour of a line, a word or a mark that stands on the ground."""
        if colour in (_BLACK, _WHITE):
            return self.paper if colour == _BLACK else self.ink
        return self.raised if max(colour) < _FAINT else readable(colour, [self.paper])


_FAINT = 64
"""The brightest component of the lines of a grid."""


@lru_cache(maxsize=2_048)
def _on(ground: Ground, style: Style) -> Style:
    back = None if style.bgcolor is None or style.bgcolor.is_default else _rgb(style.bgcolor.get_truecolor())
    front = None if style.color is None or style.color.is_default else _rgb(style.color.get_truecolor())
    grounds = {_BLACK: ground.paper, _WHITE: ground.ink, _RAISED: ground.raised, None: ground.paper}
    if back not in grounds:
        return style  # the colour of a value, and what is written on it
    behind = grounds[back]
    ink = ground.paper if back == _WHITE else ground.ink if front is None else ground.line(front)
    if back != _WHITE and front is not None:
        ink = readable(ink, [behind])
    return style + Style(color=css(ink), bgcolor=css(behind))


def _rgb(colour: Iterable[int]) -> RGB:
    red, green, blue = colour
    return red, green, blue


def _packed(rgb: NDArray[np.uint8]) -> NDArray[np.uint32]:
    parts = rgb.astype(np.uint32)
    return np.asarray(parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2], np.uint32)
