"""Time as text: numbers drawn with braille dots (or eighth blocks where a font has no braille), and lineages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tuiqc.tracks.data import Tracks

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DOTS = np.array(
    [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
)  # Unicode 2800: (row, column) in a cell
_BLOCKS = " ▁▂▃▄▅▆▇█"


class Chart(NamedTuple):
    """`lines` of equal length, the lowest and highest value, and the column of the marked time point (-1: none)."""

    lines: list[str]
    low: float
    high: float
    column: int


def line_chart(
    t: NDArray[np.int64],
    values: NDArray[np.float64],
    span: tuple[int, int],
    width: int,
    height: int,
    mark: int,
    braille: bool = True,
) -> Chart:
    """Draw `values` at the time points `t` into `width` x `height` cells.

    Parameters
    ----------
    t, values
        (points,) and parallel, ascending in t; NaN leaves a gap.
    span
        First and last time point of the axis.
    mark
        The time point whose column is given back; it is drawn by whoever shows the chart.
    """
    width, height = max(width, 1), max(height, 1)
    known = np.isfinite(values)
    low, high = (float(values[known].min()), float(values[known].max())) if known.any() else (0.0, 1.0)
    reach = max(span[1] - span[0], 1)
    column = round((mark - span[0]) / reach * (width - 1)) if span[0] <= mark <= span[1] else -1
    units = (values - low) / (high - low) if high > low else np.where(known, 0.5, np.nan)
    places = (t - span[0]) / reach
    if braille:
        return Chart(_braille(t, places, units, width, height), low, high, column)
    return Chart(_blocks(places, units, width, height), low, high, column)


def _braille(
    t: NDArray[np.int64], places: NDArray[np.float64], units: NDArray[np.float64], width: int, height: int
) -> list[str]:
    dots = np.zeros((height * 4, width * 2), bool)
    columns = np.round(places * (width * 2 - 1)).astype(int)
    rows = np.where(np.isfinite(units), (1 - units) * (height * 4 - 1), -1.0)
    for at in range(len(t)):
        if rows[at] < 0 or not 0 <= columns[at] < width * 2:
            continue
        dots[round(float(rows[at])), columns[at]] = True
        joined = at and rows[at - 1] >= 0 and t[at] - t[at - 1] == 1 and columns[at - 1] >= 0
        if joined:
            steps = max(abs(columns[at] - columns[at - 1]), round(abs(float(rows[at] - rows[at - 1]))), 1)
            line = np.linspace(0, 1, steps + 1)
            across = np.round(columns[at - 1] + line * (columns[at] - columns[at - 1])).astype(int)
            down = np.round(rows[at - 1] + line * (rows[at] - rows[at - 1])).astype(int)
            dots[down, across] = True
    cells = dots.reshape(height, 4, width, 2).transpose(0, 2, 1, 3)
    codes = (cells * _DOTS).sum(axis=(2, 3))
    return ["".join(chr(0x2800 + int(code)) for code in row) for row in codes]


def _blocks(places: NDArray[np.float64], units: NDArray[np.float64], width: int, height: int) -> list[str]:
    columns = np.round(places * (width - 1)).astype(int)
    tops = np.full(width, -1.0)
    for column, unit in zip(columns.tolist(), units.tolist(), strict=True):
        if 0 <= column < width and unit == unit:
            tops[column] = max(tops[column], unit)
    eighths = np.where(tops >= 0, np.round(tops * (height * 8 - 1)) + 1, 0)
    return [
        "".join(_BLOCKS[int(min(8, max(0, eighth - (height - 1 - row) * 8)))] for eighth in eighths)
        for row in range(height)
    ]


class TreeLine(NamedTuple):
    """One line of the tree; `marks` are (start, stop, track): where in the text each track's name stands."""

    text: str
    marks: tuple[tuple[int, int, int], ...]


def lineage_tree(tracks: Tracks, track: int, times: bool = True) -> list[TreeLine]:
    """Draw the tree that a track belongs to; one line per track without children.

    Parameters
    ----------
    times
        Whether the first and last time point stand behind the name of each track.
    """
    lines: list[TreeLine] = []
    seen: set[int] = set()
    # (track, text before it on its own line, text before it on further lines, what was written on this line so far)
    root = tracks.root(track)
    _draw(tracks, root, "", (), "", lines, seen, times)
    return lines


def _draw(
    tracks: Tracks,
    root: int,
    head: str,
    marks: tuple[tuple[int, int, int], ...],
    below: str,
    lines: list[TreeLine],
    seen: set[int],
    times: bool,
) -> None:
    """Without recursion: lineages of thousands of generations are broken tables, but must not end the program."""
    stack = [(root, head, marks, below)]
    while stack:
        track, head, marks, below = stack.pop()
        seen.add(track)
        name = _name(tracks, track, times)
        text = f"{head}{name}"
        marks = (*marks, (len(head), len(text), track))
        children = [child for child in tracks.children.get(track, ()) if child not in seen]
        if not children:
            lines.append(TreeLine(text, marks))
            continue
        blank = below + " " * (len(text) - len(below))
        if len(children) == 1:
            stack.append((children[0], f"{text} ─── ", marks, f"{blank}     "))
            continue
        last = len(children) - 1
        rest = [
            (
                child,
                f"{blank} {' └' if at == last else ' ├'}─ ",
                (),
                f"{blank} {'  ' if at == last else ' │'}  ",
            )
            for at, child in enumerate(children[1:], 1)
        ]
        stack += reversed(rest)
        stack.append((children[0], f"{text} ─┬─ ", marks, f"{blank}  │  "))


def _name(tracks: Tracks, track: int, times: bool) -> str:
    first, last = tracks.span(track)
    return f"{track} t{first}–{last}" if times else str(track)
