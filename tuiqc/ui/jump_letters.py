"""Two letters for each place in sight: typed, they bring the cursor there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

ALPHABET = "asdfghjklqwertyuiopzxcvbnm"
"""Letters that the fingers lie on come first."""

_TYPED = Style(color="rgb(120,120,120)", bgcolor="rgb(255,220,0)")
_LEFT = Style(color="rgb(0,0,0)", bgcolor="rgb(255,220,0)", bold=True)


class JumpTarget(NamedTuple):
    """A place in sight: the cell of a widget where its letters stand, and what brings the cursor there."""

    x: int
    y: int
    go: Callable[[], object]


class JumpPlace(Protocol):
    """What has places in sight that one can go to."""

    def jump_targets(self) -> Sequence[JumpTarget]:
        """The places, in the order in which one reads."""
        ...

    def show_letters(self, letters: Letters | None) -> None:
        """Show letters, or none any more."""
        ...


class Letters:
    """The letters of places, and how many of them were typed.

    Parameters
    ----------
    targets
        Places; at most 676 get letters, the first ones.
    """

    def __init__(self, targets: Sequence[JumpTarget]) -> None:
        pairs = (first + second for first in ALPHABET for second in ALPHABET)
        self.places: Mapping[str, JumpTarget] = dict(zip(pairs, targets, strict=False))
        self.typed = ""

    def type(self, character: str) -> bool:
        """Take a letter; whether a place still begins with what was typed. One that none has is not taken."""
        wanted = self.typed + character.lower()
        if not any(one.startswith(wanted) for one in self.places):
            return False
        self.typed = wanted
        return True

    @property
    def found(self) -> JumpTarget | None:
        """The place whose letters were typed."""
        return self.places.get(self.typed)

    def over(self, strip: Strip, y: int) -> Strip:
        """A line of cells with the letters that stand on it; those that can't be meant any more are gone."""
        here = sorted(
            (place.x, letters)
            for letters, place in self.places.items()
            if place.y == y and letters.startswith(self.typed)
        )
        parts, at = [], 0
        for x, letters in here:
            if x < at or x + 2 > strip.cell_length:
                continue
            parts.append(strip.crop(at, x))
            count = len(self.typed)
            parts.append(Strip([Segment(letters[:count], _TYPED), Segment(letters[count:], _LEFT)]))
            at = x + 2
        return Strip.join([*parts, strip.crop(at, strip.cell_length)]) if parts else strip
