"""DEC sixel encoder, with run lengths worked out in numpy for many rows at once.

Format: VT330/VT340 Programmer Reference Manual, volume 2, chapter 14. `ESC P 0;1;0 q`, raster attributes
`" 1;1;width;height`, the whole palette `# n;2;r;g;b` (percent) before any data (xterm does not select a
register that is only being defined), then bands of six pixel rows: `#n` chooses a colour, `?`..`~` are
columns of six bits, `! n` repeats, `$` goes back to the start of the band and `-` to the next. There is no
`-` after the last band: it would take the cursor one row lower and may scroll the screen.

The most frequent colour of a band is painted over its whole width first and the others over it: a later
colour replaces an earlier one in a pixel, and the commonest one needs no run lengths at all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tuiqc.terminal.palette import MIN_COLOURS, RGB, Index, to_palette

Array = npt.NDArray[Any]

_Words = npt.NDArray[np.uint64]
_BLANK = 63
_SOLID = 126
_GROUP_BYTES = 1_500_000
_LONGEST_GAP = 999
"""Gaps up to this length take at most five bytes and leave three of a word for the run after them."""


def encode(rgb: RGB, *, registers: int = 256, grey_levels: int = 64) -> bytes:
    """Make a picture, (height, width, 3) uint8, into one sixel sequence with at most `registers` colours."""
    index, palette = to_palette(rgb, max(MIN_COLOURS, min(registers, 256)), grey_levels)
    return encode_index(index, palette)


def encode_index(index: Index, palette: RGB) -> bytes:
    """Make index (height, width) uint8 and palette (n, 3) uint8 into one sixel sequence."""
    height, width = index.shape
    head = [b'\x1bP0;1;0q"1;1;%d;%d' % (width, height)]
    percent = (palette.astype(int) * 100 + 127) // 255
    head += [b"#%d;2;%d;%d;%d" % (number, *colour) for number, colour in enumerate(percent.tolist())]
    tokens = _Tokens(width, len(palette))
    together = 6 * max(1, _GROUP_BYTES // (len(palette) * width))
    body = [_bands(index[top : top + together], tokens, top == 0) for top in range(0, height, together)]
    return b"".join([*head, *body, b"\x1b\\"])


class _Tokens:
    """Short byte strings as 64-bit words padded with NUL, in tables by length or by colour.

    Attributes
    ----------
    gap
        n blank columns.
    repeat
        The `!n` before a repeated character, empty up to 3.
    colour, band
        Choice of colour n at the start of the same band, of the next band.
    """

    def __init__(self, width: int, colours: int) -> None:
        self.width, self.colours = width, colours
        self.gap = _words([b"!%d?" % n if n > 3 else b"?" * n for n in range(width + 1)])
        self.repeat = _words([b"!%d" % n if n > 3 else b"" for n in range(width + 1)])
        self.colour = _words([b"$#%d" % n for n in range(colours)])
        self.band = _words([b"-#%d" % n for n in range(colours)])
        self.copies = np.array([0, 1, 0x0101, 0x010101], np.uint64)


def _words(strings: list[bytes]) -> _Words:
    return np.array(strings, dtype="S8").view("<u8")


def _bands(index: Index, tokens: _Tokens, first: bool) -> bytes:
    """Sixel data of some bands; only the last band of a picture may have fewer than six rows."""
    columns, common = _columns(index, tokens.colours)
    start, length, value = _runs(columns)

    # A run becomes one word (the gap before it and up to three characters), two if that does not fit, and one
    # more if it is the first of its colour; a band begins with two words for its commonest colour.
    row = start // tokens.width
    fresh = np.diff(row, prepend=-1) != 0
    before = np.where(fresh, row * tokens.width, np.roll(start + length, 1))
    gap = start - before
    long = (length > 3) | (gap > _LONGEST_GAP)
    slots = 1 + long + fresh
    end = np.cumsum(slots)
    band = row // tokens.colours
    at = end - slots + 2 * (band + 1)

    words = np.zeros((int(end[-1]) if len(end) else 0) + 2 * len(common), "<u8")
    run_ends = np.searchsorted(band, np.arange(len(common)))
    heads = np.append(0, end)[run_ends] + 2 * np.arange(len(common))
    _paint_common(words, heads, index, common, tokens, first)

    words[at[fresh]] = tokens.colour[(row - band * tokens.colours)[fresh]]
    at += fresh
    character = value.astype(np.uint64) + np.uint64(_BLANK)
    run = np.where(
        length > 3,
        tokens.repeat[length] | character << np.uint64(56),
        character * tokens.copies[np.minimum(length, 3)] << np.uint64(40),
    )
    words[at] = np.where(long, tokens.gap[gap], tokens.gap[gap] | run)
    words[at[long] + 1] = run[long]
    return words.tobytes().translate(None, b"\0")


def _paint_common(
    words: _Words, heads: Array, index: Index, common: Array, tokens: _Tokens, first: bool
) -> None:
    """Write each band's beginning: its commonest colour over the whole width."""
    words[heads] = tokens.band[common]
    rows = index.shape[0] - 6 * (len(common) - 1)
    solid = np.full(len(common), _SOLID, np.uint64)
    solid[-1] = _BLANK + (1 << rows) - 1
    width = tokens.width
    repeat = tokens.repeat[width] if width > 3 else _words([b"!%d" % width])[0]
    words[heads + 1] = repeat | solid << np.uint64(56)
    if first:
        words[heads[0]] = _words([b"#%d" % common[0]])[0]


def _columns(index: Index, colours: int) -> tuple[Array, Array]:
    """Six-bit columns (band, colour, x) uint8 without each band's commonest, and that one (band,)."""
    height, width = index.shape
    bands = -(-height // 6)
    columns = np.zeros((bands, colours, width), np.uint8)
    flat = columns.reshape(-1)
    counts = np.zeros(bands * colours, np.intp)
    for bit in range(min(6, height)):
        line = index[bit::6]
        band = np.arange(len(line))[:, None] * colours
        row = band + line
        counts += np.bincount(row.reshape(-1), minlength=len(counts))
        row *= width
        row += np.arange(width)
        flat[row] |= np.uint8(1 << bit)
    common = counts.reshape(bands, colours).argmax(axis=1)
    columns[np.arange(bands), common] = 0
    return columns, common


def _runs(columns: Array) -> tuple[Array, Array, Array]:
    """Runs of one nonzero value within a row: start in the flat array, length and value, each (runs,)."""
    width = columns.shape[-1]
    flat = columns.reshape(-1)
    place = np.flatnonzero(flat != 0)  # of booleans it is ten times as fast
    value = flat[place]
    begins = np.ones(len(place), bool)
    np.not_equal(np.diff(place), 1, out=begins[1:])
    begins[1:] |= value[1:] != value[:-1]
    begins |= place % width == 0
    which = np.flatnonzero(begins)
    return place[which], np.diff(np.append(which, len(place))), value[which]
