"""What a terminal answered, and how to draw on it. Pure: data only; `protocol_choice.choose` makes the one
from the other. The size of a text cell in pixels is taken from whatever told it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tuiqc.terminal.protocols import Protocol as Protocol

Multiplexer = Literal["", "tmux", "screen"]

DEFAULT_REGISTERS = 256
"""Sixel colour registers that are assumed where the terminal does not say (what nearly all have)."""
VARIABLE = "TUIQC_GRAPHICS"
"""Environment variable that overrides the choice, as `--graphics` does; the option wins."""


CHOICES = ("auto", *(str(protocol) for protocol in Protocol))
"""What `--graphics` and `TUIQC_GRAPHICS` take."""


@dataclass(frozen=True, slots=True)
class TmuxFacts:
    """What the tmux server says of the terminal outside of it (`tmux display-message`).

    `client` is the outer terminal's own name and version (its XTVERSION answer) or its TERM, "" if unknown, `term` its
    TERM; `sixel` whether tmux hands sixels on to it, `rgb` whether 24-bit colours, `utf8` whether more than ASCII, and
    `focus` whether tmux tells programs that their window was chosen (None: it does not say); `pane` the place (column,
    row) of the pane's top left cell in the outer terminal; `client_pid` the process of tmux in it, another one where
    another terminal attached. `outer_sixel` is whether the terminal outside, asked through tmux, says that it has sixel
    (None: it was not asked, or gave no answer).
    """

    passthrough: bool = False
    client: str = ""
    sixel: bool | None = None
    pane: tuple[int, int] = (0, 0)
    term: str = ""
    rgb: bool | None = None
    focus: bool | None = None
    client_pid: int = 0
    utf8: bool | None = None
    outer_sixel: bool | None = None


@dataclass(frozen=True, slots=True)
class Replies:
    """What the terminal answered; the defaults are those of a terminal that says nothing.

    Sizes are (width, height) in pixels except `screen`, which is (columns, rows, width, height) from the
    kernel (TIOCGWINSZ) with 0 for pixels nobody told it. `asked` is false where there was no terminal to ask.
    """

    asked: bool = False
    attributes: tuple[int, ...] | None = None
    kitty_ok: bool = False
    version: str = ""
    cell: tuple[int, int] | None = None
    text_area: tuple[int, int] | None = None
    screen: tuple[int, int, int, int] | None = None
    registers: int | None = None
    sixel_max: tuple[int, int] | None = None
    synchronized: bool = False
    round_trip_ms: float | None = None
    tmux: TmuxFacts | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """How to draw on this terminal.

    Attributes
    ----------
    protocol
        The way chosen.
    cell_width, cell_height
        Size of one text cell in pixels.
    truecolor
        Whether 24-bit text colours are shown.
    sixel_registers
        Colours one sixel picture may use.
    sixel_max
        Largest sixel picture (width, height) in pixels; None if not told.
    synchronized
        Whether `CSI ? 2026 h/l` around a repaint is understood.
    multiplexer
        "tmux", "screen" or "".
    terminal
        Name and version as the terminal told it (XTVERSION), else TERM; from outside: show with `printable`.
    round_trip_ms
        Time from the questions to the last answer; None if there was none.
    reasons
        Sentences that tell why, for `tuiqc doctor`.
    passthrough
        Whether escape codes for the picture must be wrapped to pass through tmux.
    grey_levels
        Grey levels of a picture: noise is what costs bytes, so fewer over SSH.
    pane
        Place (column, row) in the terminal outside of tmux where its pane begins, for what passes through unread.
    exact
        The same in fractions of pixels, where cells have no whole number of them (terminals in a browser).
    answers, forced, setting
        What the choice was made from, to make it again when another terminal attaches to tmux.
    """

    protocol: Protocol
    cell_width: int
    cell_height: int
    truecolor: bool
    sixel_registers: int
    sixel_max: tuple[int, int] | None
    synchronized: bool
    multiplexer: Multiplexer
    terminal: str
    round_trip_ms: float | None
    reasons: tuple[str, ...]
    passthrough: bool = False
    grey_levels: int = 64
    pane: tuple[int, int] = (0, 0)
    exact: tuple[float, float] | None = None
    answers: Replies = field(default=Replies(), compare=False, repr=False)
    forced: str = field(default="auto", compare=False, repr=False)
    setting: str = field(default="auto", compare=False, repr=False)

    def pixels(self, columns: int, rows: int) -> tuple[int, int]:
        """Width and height in pixels of so many cells side by side and one above the other."""
        width, height = self.exact or (self.cell_width, self.cell_height)
        return round(columns * width), round(rows * height)


DEFAULT_CELL = (10, 20)
"""Cell width and height in pixels that are assumed where nothing tells."""


_FLATTEST, _TALLEST = 1.1, 3.4
"""Height by width of cells: 1.5 to 2.6 in the fonts of terminals, with room for spacing."""


def plausible_cell(size: tuple[int, int]) -> bool:
    """Whether (width, height) in pixels can be a text cell: some terminals tell zeros, nonsense, or swap the two."""
    width, height = size
    return 3 <= width <= 200 and 6 <= height <= 400 and _FLATTEST <= height / width <= _TALLEST


def find_cell(
    screen: tuple[int, int, int, int] | None, cell: tuple[int, int] | None, area: tuple[int, int] | None
) -> tuple[tuple[int, int], str]:
    """Cell (width, height) in pixels and where it is from.

    Parameters
    ----------
    screen
        (columns, rows, width, height) from the kernel, pixels 0 where it does not know.
    cell, area
        (width, height) of a cell and of the text area in pixels as the terminal answered.
    """
    columns, rows, width, height = screen or (0, 0, 0, 0)
    candidates: list[tuple[tuple[int, int], str]] = []
    if columns and rows:
        candidates.append(((width // columns, height // rows), "from the kernel (TIOCGWINSZ)"))
    if cell:
        candidates.append((cell, "the terminal said so (CSI 16 t)"))
    if columns and rows and area:
        candidates.append(
            ((area[0] // columns, area[1] // rows), "from the size of the text area (CSI 14 t)")
        )
    for size, origin in candidates:
        if plausible_cell(size):
            return size, origin
    return DEFAULT_CELL, "assumed, nothing tells"


def exact_cell(
    screen: tuple[int, int, int, int] | None, cell: tuple[int, int], area: tuple[int, int] | None
) -> tuple[float, float] | None:
    """Cell (width, height) in fractions of pixels; None where it has whole ones, or nothing tells.

    A browser's text has columns of 8.4 pixels or so, and its terminal tells whole ones: 120 columns further that is a
    difference of six columns. The text area (CSI 14 t) tells; that of the kernel may have a border in it.
    """
    columns, rows, *kernel = screen or (0, 0, 0, 0)
    if not columns or not rows or not area or any(kernel):
        return None
    exact = area[0] / columns, area[1] / rows
    near = abs(exact[0] - cell[0]) < 1 and abs(exact[1] - cell[1]) < 1
    return exact if near and exact != cell else None
