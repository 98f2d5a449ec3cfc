"""Plots as cells of a terminal: what stands in each cell and in which colour; no terminal is known here.

A cell of a scatter plot has 2 x 4 dots (braille, U+2800 ff.); a cell of a histogram eighths of its height. Points are
binned into these, whatever their number. Verdicts stand as signs, so that colour never says anything alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tuiqc.qc.verdict import ALL, NONE, WORST_FIRST
from tuiqc.render.colormaps import COLORMAPS
from tuiqc.tables import histograms
from tuiqc.tables.histograms import Limits

Kind = Literal["histogram", "scatter", "box"]
KINDS: tuple[Kind, ...] = ("histogram", "scatter", "box")

Floats = NDArray[np.float64]
VERDICT_RGB = np.array([verdict.screen for verdict in ALL], np.uint8)
"""Of the verdicts as their codes go."""
_WORST_FIRST = [verdict.code for verdict in WORST_FIRST]
WORST_LAST = _WORST_FIRST[::-1]
_LAYERS = [*_WORST_FIRST, NONE.code]
"""Codes from the bottom of a bar upwards."""
SELECTED_RGB = np.array([255, 225, 0], np.uint8)
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.int64)
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_BLANK = ord(" ")
MOST_BINS = 200
_HEADROOM = 1.04
_SPARSE = 8
_CROWD = 20
"""From more points in a cell on colours tell how many there are."""


@dataclass(frozen=True, eq=False)
class Points:
    """Rows to plot, all arrays (n,): `position` in the frame, values, verdict code, whether selected, and colour.

    `rgb` (n, 3) uint8 colours points by a column; None colours them by verdict.
    """

    position: NDArray[np.int64]
    x: Floats
    y: Floats
    codes: NDArray[np.uint8]
    selected: NDArray[np.bool_]
    rgb: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class Raster:
    """A plot of `glyphs` (code points, (rows, columns)) in colours `rgb` (rows, columns, 3), and its axes.

    `crowd` is the number of points in the fullest cell where colours tell how many there are, else 0.
    `marks` is the line under a histogram: a sign per column for the most serious verdict in its bin, `*` where rows are
    selected; `chosen` (bins,) counts those.
    """

    glyphs: NDArray[np.uint32]
    rgb: NDArray[np.uint8]
    x_limits: Limits
    y_limits: Limits
    marks: NDArray[np.uint32] | None = None
    marks_rgb: NDArray[np.uint8] | None = None
    histogram: histograms.Histogram | None = None
    crowd: int = 0
    chosen: NDArray[np.int64] | None = None

    def cell_of(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of a point, None outside."""
        rows, columns = self.glyphs.shape
        at = histograms.cells(np.array([x]), np.array([y]), self.x_limits, self.y_limits, columns, rows)[0]
        return None if at < 0 else (int(at) // columns, int(at) % columns)


@dataclass(frozen=True, eq=False)
class Dotted:
    """The dot of each point, as of `histograms.cells`, on a grid of `shape` (columns, rows) within limits."""

    dots: NDArray[np.int64]
    shape: tuple[int, int]
    x_limits: Limits
    y_limits: Limits


def dotted(points: Points, columns: int, rows: int) -> Dotted:
    """Return the dots of a scatter plot of (x, y) in `columns` x `rows` cells, 2 x 4 in each cell."""
    x_limits, y_limits = roomy(histograms.limits_of(points.x)), roomy(histograms.limits_of(points.y))
    shape = (2 * columns, 4 * rows)
    return Dotted(histograms.cells(points.x, points.y, x_limits, y_limits, *shape), shape, x_limits, y_limits)


def scatter(points: Points, found: Dotted) -> Raster:
    """Return a scatter plot as cells."""
    dots, (columns, rows) = found.dots, (found.shape[0] // 2, found.shape[1] // 4)
    full = (histograms.counted(dots, (4 * rows, 2 * columns)) > 0).reshape(rows, 4, columns, 2)
    glyphs = (0x2800 + np.einsum("rycx,yx->rc", full, _DOTS)).astype(np.uint32)
    glyphs[glyphs == 0x2800] = _BLANK
    if len(points.x) * _SPARSE <= rows * columns:  # few points are seen better as large ones
        glyphs[glyphs != _BLANK] = ord("•")
    cell = np.where(dots < 0, -1, dots // (8 * columns) * columns + dots % (2 * columns) // 2)
    rgb = _scatter_colours(points, cell, (rows, columns))
    for code in WORST_LAST:  # the most serious last: it stands above the others
        held = _held(cell[points.codes == code], (rows, columns))
        glyphs[held] = ord(ALL[code].sign)
        if points.rgb is None:
            rgb[held] = VERDICT_RGB[code]
    selected = _held(cell[points.selected], (rows, columns))
    rgb[selected] = SELECTED_RGB
    most = int(histograms.counted(cell, (rows, columns)).max(initial=0))
    crowd = most if points.rgb is None and most > _CROWD else 0
    return Raster(glyphs, rgb, found.x_limits, found.y_limits, crowd=crowd)


def roomy(limits: Limits) -> Limits:
    """A little room around, so that no point lies on the frame."""
    low, high = histograms.widened(limits)
    span = high / 50 - low / 50
    return low - span, high + span


def _held(cell: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    return histograms.counted(cell, shape) > 0


def _scatter_colours(points: Points, cell: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Mean colour of a cell's points; without a column one colour, in a crowd by how many there are (logarithmic)."""
    if points.rgb is not None:
        mean = [histograms.averaged(cell, points.rgb[:, part].astype(np.float64), shape) for part in range(3)]
        return np.asarray(np.nan_to_num(np.stack(mean, axis=-1)), np.uint8)
    counts = histograms.counted(cell, shape)
    most = int(counts.max(initial=0))
    if most <= _CROWD:
        return np.broadcast_to(VERDICT_RGB[0], (*shape, 3)).astype(np.uint8)
    place = 70 + 185 * np.log(np.maximum(counts, 1)) / np.log(most)
    return np.asarray(COLORMAPS["viridis"][place.astype(np.int64)], np.uint8)


def histogram(points: Points, columns: int, rows: int) -> Raster:
    """Return the histogram of x in `columns` x `rows` cells; failed rows at the bottom, then unsure, pass, none.

    The bins take all the width, so that some are a cell wider than others.
    """
    bins = histograms.bins_for(points.x, max(5, min(columns, MOST_BINS)))
    found = histograms.histogram(points.x, points.codes, len(ALL), bins)
    width = columns / bins
    glyphs = np.full((rows, columns), _BLANK, np.uint32)
    rgb = np.zeros((rows, columns, 3), np.uint8)
    top = max(1, int(found.total.max(initial=0))) * _HEADROOM
    marks = np.full(columns, _BLANK, np.uint32)
    marks_rgb = np.zeros((columns, 3), np.uint8)
    ends = (float(found.edges[0]), float(found.edges[-1]))
    chosen = histograms.histogram(points.x[points.selected], None, 1, bins, ends)
    for at in range(bins):
        left, right = int(at * width), int((at + 1) * width)
        here = slice(left, max(left + 1, right - (width >= 4)))
        _bar(found.counts[:, at], top, glyphs[:, here], rgb[:, here])
        serious = next((code for code in _WORST_FIRST if found.counts[code, at]), NONE.code)
        middle = min(columns - 1, int((at + 0.5) * width))
        if chosen.total[at]:
            marks[middle], marks_rgb[middle] = ord("*"), SELECTED_RGB
        elif serious:
            marks[middle], marks_rgb[middle] = ord(ALL[serious].sign), VERDICT_RGB[serious]
    return Raster(glyphs, rgb, ends, (0.0, top), marks, marks_rgb, found, chosen=chosen.total)


def _bar(counts: NDArray[np.int64], most: float, glyphs: NDArray[np.uint32], rgb: NDArray[np.uint8]) -> None:
    rows = len(glyphs)
    total = int(counts.sum())
    if not total:
        return
    eighths = max(1, round(total / most * rows * 8))
    ends = np.cumsum(counts[_LAYERS]) / total * eighths
    for line in range(-(-eighths // 8)):
        row = rows - 1 - line
        glyphs[row] = ord(_EIGHTHS[min(8, eighths - 8 * line)])
        middle = min(8 * line + 4, (8 * line + eighths) / 2)
        rgb[row] = VERDICT_RGB[_LAYERS[int(np.searchsorted(ends, middle, "left").clip(0, 3))]]


def histogram_column(raster: Raster, value: float) -> int | None:
    """Return the column of cells in the middle of a value's bin."""
    found = raster.histogram
    at = found.bin_of(value) if found is not None else None
    if found is None or at is None:
        return None
    return column_of(
        float(found.edges[at] + found.edges[at + 1]) / 2, raster.x_limits, raster.glyphs.shape[1]
    )


def column_at(value: float, limits: Limits, columns: int) -> int:
    """Return the column of a value, the outermost one for those outside the limits."""
    low, high = histograms.widened(limits)
    return int(np.clip((value - low) / (high - low) * columns, 0, columns - 1))


def column_of(value: float, limits: Limits, columns: int) -> int | None:
    """Return the column of a value, None outside the limits or for none."""
    low, high = histograms.widened(limits)
    return column_at(value, limits, columns) if low <= value <= high else None


def merged(glyphs: NDArray[np.uint32], rgb: NDArray[Any]) -> list[tuple[str, tuple[int, int, int]]]:
    """Return one line of cells as runs of text of one colour."""
    if not len(glyphs):
        return []
    text = "".join(map(chr, glyphs.tolist()))
    change = np.flatnonzero((rgb[1:] != rgb[:-1]).any(axis=-1)) + 1
    ends = [0, *change.tolist(), len(text)]
    runs = []
    for start, end in pairwise(ends):
        red, green, blue = rgb[start].tolist()
        runs.append((text[start:end], (red, green, blue)))
    return runs
