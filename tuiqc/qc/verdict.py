"""The verdicts: what each is called, its sign, the code in arrays, and its colours on the screen and on paper.

The colours on paper are of M. Okabe and K. Ito's palette, which those with any colour vision tell apart; those on the
screen are the same hues, brighter for a dark ground (the simulations of Machado, Oliveira and Fernandes 2009 leave a
CIE 1976 difference of at least 20 between any two). No colour stands alone: the sign says the same.
"""

from __future__ import annotations

from dataclasses import dataclass

RGB = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict, or that there is none.

    Attributes
    ----------
    name
        As it stands in the annotation CSV; "" where there is none.
    code
        What stands for it in arrays of uint8; its place in `ALL`.
    sign
        What stands for it where there is one cell for it.
    word
        What is said of a thing that has it.
    screen, paper
        Red, green, blue, 0-255, on a dark and on a white ground.
    """

    name: str
    code: int
    sign: str
    word: str
    screen: RGB
    paper: RGB

    @property
    def label(self) -> str:
        """The name, with one where there is no verdict: for legends."""
        return self.name or self.word

    @property
    def css(self) -> str:
        """Its colour on the screen as Rich and Textual read it."""
        return "rgb({},{},{})".format(*self.screen)

    @property
    def hex(self) -> str:
        """Its colour on paper as "#009e73"."""
        return "#{:02x}{:02x}{:02x}".format(*self.paper)


NONE = Verdict("", 0, "·", "unreviewed", (150, 160, 175), (140, 140, 140))
PASS = Verdict("pass", 1, "✓", "passed", (0, 190, 140), (0, 158, 115))
FAIL = Verdict("fail", 2, "✗", "failed", (255, 100, 60), (213, 94, 0))
UNSURE = Verdict("unsure", 3, "?", "unsure", (255, 200, 60), (230, 159, 0))

ALL = (NONE, PASS, FAIL, UNSURE)
"""In the order of their codes."""

WORST_FIRST = (FAIL, UNSURE, PASS)

VERDICTS = tuple(verdict.name for verdict in ALL[1:])
"""The names of those that are given."""

NAMES = tuple(verdict.name for verdict in ALL)
"""The name that each code stands for."""

LABELS = tuple(verdict.label for verdict in ALL)

SIGNS = {verdict.name: verdict.sign for verdict in ALL}

CODES = {verdict.name: verdict.code for verdict in ALL}


SCREEN_COLOURS: dict[str, RGB] = {verdict.name: verdict.screen for verdict in ALL}
