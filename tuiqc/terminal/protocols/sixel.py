"""DEC sixel encoder, with run lengths worked out in numpy for many rows at once.

Format: VT330/VT340 Programmer Reference Manual, volume 2, chapter 14. `ESC P 0;1;0 q`, raster attributes
`" 1;1;width;height`, the whole palette `# n;2;r;g;b` (percent) before any data (xterm does not select a
register that is only being defined), then bands of six pixel rows: `#n` chooses a colour, `?`..`~` are
columns of six bits, `! n` repeats, `$` goes back to the start of the band and `-` to the next. There is no
`-` after the last band: it would take the cursor one row lower and may scroll the screen.

What one colour paints in a band is cut into segments, and `sixel_passes` tells how these follow each other.
The commonest colours have the shortest numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tuiqc.terminal import tmux
from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.palette import MIN_COLOURS, RGB, Index, thrifty, to_palette
from tuiqc.terminal.protocols import Protocol
from tuiqc.terminal.protocols.picture_protocol import Frame, Part, PictureProtocol, drawn_at

Array = npt.NDArray[Any]

_SPLIT = 6
"""Blank columns from which a segment ends: less is cheaper to skip than to choose the colour again."""


@dataclass(slots=True)
class Runs:
    """Runs of one six-bit value, arrays (runs,), and what solid is in each band, (bands,) uint8."""

    band: Array
    colour: Array
    x: Array
    length: Array
    value: Array
    solid: Array


@dataclass(slots=True)
class Passes:
    """Runs in the order of sending.

    Attributes
    ----------
    runs
        Those of the first pass solid.
    gap
        Blank columns before each.
    choose
        -1 where its colour is chosen already; 0 where it is to be chosen, 1 in a new pass, 2 in a new band.
    """

    runs: Runs
    gap: Array
    choose: Array


@dataclass(slots=True)
class _Segments:
    """Arrays (segments,), sorted by band and place: columns `start` to `stop`, runs `first` to `last`."""

    band: Array
    start: Array
    stop: Array
    first: Array
    last: Array
    saved: Array

    def __len__(self) -> int:
        return len(self.band)


def arrange(runs: Runs) -> Passes:
    """Tell in which order to send runs that are sorted by band, colour and place."""
    segments = _segments(runs)
    width = int(segments.stop.max()) + 1
    solid = _solid(segments, width)
    chain = _chains(segments, solid, width)
    order = np.argsort(chain * width + segments.start)
    return _sent(runs, segments, order, chain[order], solid[order])


def _cost(length: Array) -> Array:
    """Bytes of a run, or a gap, of so many columns."""
    return np.where(length > 3, 3 + (length > 9) + (length > 99) + (length > 999), length)


def _segments(runs: Runs) -> _Segments:
    stop = runs.x + runs.length
    gap = runs.x[1:] - stop[:-1]
    apart = (gap >= _SPLIT) | (runs.colour[1:] != runs.colour[:-1]) | (runs.band[1:] != runs.band[:-1])
    first = np.flatnonzero(np.append(True, apart))
    last = np.append(first[1:], len(runs.x))
    cost = _cost(runs.length)
    cost[1:] += np.where(apart, 0, _cost(gap))
    bytes_ = np.add.reduceat(cost, first)
    start, end, band = runs.x[first], stop[last - 1], runs.band[first]
    saved = bytes_ - _cost(end - start)
    order = np.lexsort((-end, start, band))
    return _Segments(band[order], start[order], end[order], first[order], last[order], saved[order])


def _solid(segments: _Segments, width: int) -> Array:
    """Which segments are the first pass: of those that do not overlap the ones that save most, (segments,) bool."""
    count = len(segments)
    place = segments.band * width
    after = np.searchsorted(place + segments.start, place + segments.stop).tolist()
    saved = segments.saved.tolist()
    best = [0] * (count + 1)
    for number in range(count - 1, -1, -1):
        with_it, without = saved[number] + best[after[number]], best[number + 1]
        best[number] = with_it if with_it > without else without
    solid = np.zeros(count, bool)
    number = 0
    while number < count:
        if saved[number] + best[after[number]] >= best[number + 1]:
            solid[number] = True
            number = after[number]
        else:
            number += 1
    return solid


def _chains(segments: _Segments, solid: Array, width: int) -> Array:
    """Number of the pass of each segment, (segments,); those of one band are together, its solid one first."""
    count = len(segments)
    chain = np.arange(count) + 1
    rest = np.flatnonzero(~solid)
    size = len(rest)
    # Ends and starts are brackets: a start belongs to the last end before it that no other start has taken.
    place = segments.band[rest] * width
    moment = np.concatenate([place + segments.stop[rest], place + segments.start[rest]]) * 2
    moment[size:] += 1
    events = np.argsort(moment, kind="stable")
    starts = events >= size
    level = np.cumsum(np.where(starts, 1, -1))
    level -= starts
    segment = rest[events % max(size, 1)]
    by_level = np.lexsort((level, segments.band[segment]))
    linked = np.flatnonzero(starts[by_level][1:] & ~starts[by_level][:-1]) + 1
    same = (level[by_level[linked]] == level[by_level[linked - 1]]) & (
        segments.band[segment[by_level[linked]]] == segments.band[segment[by_level[linked - 1]]]
    )
    linked = linked[same]
    before = np.arange(count)
    before[segment[by_level[linked]]] = segment[by_level[linked - 1]]
    while not np.array_equal(before, farther := before[before]):
        before = farther
    chain = 2 * before + 1
    first = np.searchsorted(segments.band, segments.band)
    chain[solid] = 2 * first[solid]
    return chain


def _sent(runs: Runs, segments: _Segments, order: Array, chain: Array, solid: Array) -> Passes:
    """The runs of segments in this order; `chain` and `solid` are in it already."""
    first = segments.first[order]
    count = np.where(solid, 1, segments.last[order] - first)
    begin = np.cumsum(count) - count
    which = np.arange(count.sum()) + np.repeat(first - begin, count)
    band, colour, x = runs.band[which], runs.colour[which], runs.x[which]
    length, value = runs.length[which], runs.value[which]
    at = begin[solid]
    length[at] = (segments.stop - segments.start)[order][solid]
    value[at] = runs.solid[band[at]]

    new_pass = np.zeros(len(which), bool)
    new_pass[begin] = np.diff(chain, prepend=-1) != 0
    new_band = np.diff(band, prepend=-1) != 0
    before = np.append(0, (x + length)[:-1])
    before[new_pass] = 0
    choose = np.where(np.diff(colour, prepend=-1) != 0, 0, -1)
    choose[new_pass] = 1
    choose[new_band] = 2
    return Passes(Runs(band, colour, x, length, value, runs.solid), x - before, choose)


_Words = npt.NDArray[np.uint64]
_BLANK = 63
_GROUP_BYTES = 1_500_000
_LONGEST_GAP = 999
"""Gaps up to this length take at most five bytes and leave three of a word for the run after them."""
_REGISTERS = 4
"""With more colours than that for each grey level a picture is larger but looks the same."""
_FARTHEST = 17.0
"""In the colours of few greys: the hues of outlines stay apart."""


class Sixel(PictureProtocol):
    """Drawn over blank cells; cut into pieces where the terminal takes no picture as large as all of it."""

    OVER_TEXT = True
    TEXT_WINS = True
    TOGETHER = True

    def bound(self, budget: int | None, caps: Capabilities) -> int | None:
        """Not more than the buffer of a tmux that draws it itself."""
        if caps.multiplexer == "tmux" and not caps.passthrough:
            return min(budget or tmux.SIXEL_BUDGET, tmux.SIXEL_BUDGET)
        return budget

    def encode(
        self, rgb: RGB, columns: int, rows: int, caps: Capabilities, image_id: int, grey_levels: int
    ) -> Frame:
        """One sixel, or a row of them: a picture that is larger than its cells is cut at the right and bottom."""
        payload, parts = _pieces(rgb, columns, rows, caps, grey_levels)
        return Frame(Protocol.SIXEL, columns, rows, payload, parts=parts, grey_levels=grey_levels)

    def draw_at(self, frame: Frame, x: int, y: int, caps: Capabilities) -> bytes:
        """Give it room: a sixel that reaches into the last row of the screen may scroll it."""
        return drawn_at(frame, x, y, caps)


def _pieces(
    rgb: RGB, columns: int, rows: int, caps: Capabilities, grey_levels: int
) -> tuple[bytes, tuple[Part, ...]]:
    most = caps.pixels(columns, rows)
    rgb = rgb[: most[1], : most[0]]
    width, height = caps.sixel_max or (rgb.shape[1], rgb.shape[0])
    wide, tall = caps.exact or (caps.cell_width, caps.cell_height)
    step_x, step_y = max(1, int(width / wide + 1e-6)), max(1, int(height / tall + 1e-6))
    index, palette = quantise(rgb, caps.sixel_registers, grey_levels)  # one palette: no seams
    payload, parts = b"", []
    for dy in range(0, rows, step_y):
        for dx in range(0, columns, step_x):
            (left, top), (right, bottom) = caps.pixels(dx, dy), caps.pixels(dx + step_x, dy + step_y)
            piece = index[top:bottom, left:right]
            if not piece.size:
                continue
            codes = encode_index(piece, palette)
            parts.append(Part(dx, dy, len(payload), len(payload) + len(codes)))
            payload += codes
    return payload, tuple(parts) if len(parts) > 1 else ()


def encode(rgb: RGB, *, registers: int = 256, grey_levels: int = 32) -> bytes:
    """Make a picture, (height, width, 3) uint8, into one sixel sequence; `quantise` tells the parameters."""
    return encode_index(*quantise(rgb, registers, grey_levels))


def quantise(rgb: RGB, registers: int, grey_levels: int) -> tuple[Index, RGB]:
    """Give a picture the palette with which its sixel is small and looks like it.

    Parameters
    ----------
    rgb
        (height, width, 3) uint8.
    registers
        Colours that it may have, at least 4; it has at most `_REGISTERS` per grey level.
    grey_levels
        Greys, at least 2, placed by `greys.thrifty`: none is wrong by more than 1.15 steps of 255 / (grey_levels - 1),
        and where registers suffice no other colour by more than one in the quadratic mean (at most `_FARTHEST`).

    Returns
    -------
    index, palette
        (height, width) uint8 and (n, 3) uint8. A sixel gives colours in percents, which adds 2 to the error.
    """
    near = min(255 / max(1, grey_levels - 1), _FARTHEST) * 3**0.5
    registers = max(MIN_COLOURS, min(registers, _REGISTERS * grey_levels, 256))
    return to_palette(rgb, registers, grey_levels, thrifty, near)


def encode_index(index: Index, palette: RGB) -> bytes:
    """Make index (height, width) uint8 and palette (n, 3) uint8 into one sixel sequence."""
    height, width = index.shape
    index, palette = _shortest_numbers(index, palette)
    head = [b'\x1bP0;1;0q"1;1;%d;%d' % (width, height)]
    percent = (palette.astype(int) * 100 + 127) // 255
    head += [b"#%d;2;%d;%d;%d" % (number, *colour) for number, colour in enumerate(percent.tolist())]
    tokens = _Tokens(width, len(palette))
    together = 6 * max(1, _GROUP_BYTES // (len(palette) * width))
    body = [_bands(index[top : top + together], tokens) for top in range(0, height, together)]
    body[0] = body[0][1:]  # no "-" before the first band
    return b"".join([*head, *body, b"\x1b\\"])


def _shortest_numbers(index: Index, palette: RGB) -> tuple[Index, RGB]:
    """The same picture, with the shortest numbers for the colours that begin most often (in one row of each band)."""
    rows = index[::6]
    begins = np.bincount(rows[:, 1:][rows[:, 1:] != rows[:, :-1]], minlength=len(palette))
    order = np.argsort(-begins, kind="stable")
    number = np.zeros(256, np.uint8)
    number[order] = np.arange(len(palette))
    flat = index.tobytes().translate(number.tobytes())
    return np.frombuffer(flat, np.uint8).reshape(index.shape), palette[order]


class _Tokens:
    """Short byte strings as 64-bit words padded with NUL, in tables by length or by colour.

    Attributes
    ----------
    gap
        n blank columns.
    repeat
        The `!n` before a repeated character, empty up to 3.
    colour
        Choice of colour n, (3, colours): in the same pass, in the next pass of the band, in the next band.
    """

    def __init__(self, width: int, colours: int) -> None:
        self.width, self.colours = width, colours
        self.gap = _words([b"!%d?" % n if n > 3 else b"?" * n for n in range(width + 1)])
        self.repeat = _words([b"!%d" % n if n > 3 else b"" for n in range(width + 1)])
        self.colour = np.stack(
            [_words([b"%s#%d" % (go, n) for n in range(colours)]) for go in (b"", b"$", b"-")]
        )
        self.copies = np.array([0, 1, 0x0101, 0x010101], np.uint64)


def _words(strings: list[bytes]) -> _Words:
    return np.array(strings, dtype="S8").view("<u8")


def _bands(index: Index, tokens: _Tokens) -> bytes:
    """Sixel data of some bands, each beginning with `-`; only a picture's last may have fewer than six rows."""
    passes = arrange(_runs(_columns(index, tokens.colours), len(index)))
    run, length, gap = passes.runs, passes.runs.length, passes.gap

    # A run becomes one word (the gap before it and up to three characters), two if that does not fit, and one
    # more if its colour is to be chosen first.
    chosen = passes.choose >= 0
    long = (length > 3) | (gap > _LONGEST_GAP)
    slots = 1 + long + chosen
    end = np.cumsum(slots)
    at = end - slots
    words = np.zeros(end[-1], "<u8")
    words[at[chosen]] = tokens.colour[passes.choose[chosen], run.colour[chosen]]
    at += chosen
    character = run.value.astype(np.uint64) + np.uint64(_BLANK)
    rendered = np.where(
        length > 3,
        tokens.repeat[length] | character << np.uint64(56),
        character * tokens.copies[np.minimum(length, 3)] << np.uint64(40),
    )
    words[at] = np.where(long, tokens.gap[gap], tokens.gap[gap] | rendered)
    words[at[long] + 1] = rendered[long]
    return words.tobytes().translate(None, b"\0")


def _columns(index: Index, colours: int) -> Array:
    """Six-bit columns, (band, colour, x) uint8."""
    height, width = index.shape
    columns = np.zeros((-(-height // 6), colours, width), np.uint8)
    flat = columns.reshape(-1)
    x = np.arange(width)
    for bit in range(min(6, height)):
        line = index[bit::6]
        place = np.arange(len(line))[:, None] * colours + line
        place *= width
        place += x
        flat[place] |= np.uint8(1 << bit)
    return columns


def _runs(columns: Array, height: int) -> Runs:
    """Runs of one nonzero value within a row of `columns`; `height` pixel rows are painted at all."""
    bands, colours, width = columns.shape
    flat = columns.reshape(-1)
    place = np.flatnonzero(flat != 0)  # of booleans it is ten times as fast
    value = flat[place]
    begins = np.ones(len(place), bool)
    np.not_equal(np.diff(place), 1, out=begins[1:])
    begins[1:] |= value[1:] != value[:-1]
    begins |= place % width == 0
    which = np.flatnonzero(begins)
    row, x = np.divmod(place[which], width)
    band, colour = np.divmod(row, colours)
    solid = np.full(bands, 63, np.uint8)
    solid[-1] = (1 << (height - 6 * (bands - 1))) - 1
    return Runs(band, colour, x, np.diff(np.append(which, len(place))), value[which], solid)
