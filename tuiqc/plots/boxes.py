"""Box plots as cells of a terminal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuiqc.plots.plot import Plot
from tuiqc.plots.raster import SELECTED_RGB, VERDICT_RGB, WORST_LAST, column_at
from tuiqc.qc.verdict import ALL

BOX_RGB = np.array([120, 180, 230], np.uint8)
_MOST_SIGNS = 2000
"""Judged points of a group whose signs are drawn."""


def box_cells(made: Plot, first: int) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return horizontal boxes of the groups from `first` on as code points (rows, columns) and colours (..., 3).

    Values beyond the whiskers are `∘`; judged objects have the sign of their verdict, selected ones `*`.
    """
    columns, rows = made.space
    high = made.line_height
    glyphs = np.full((rows, columns), ord(" "), np.uint32)
    rgb = np.broadcast_to(BOX_RGB, (rows, columns, 3)).copy()
    for place in range(min(rows // high, len(made.names) - first)):
        group, lines = first + place, slice(place * high, (place + 1) * high)
        _box(made, group, glyphs[lines])
        middle = place * high + high // 2
        _signs(made, group, glyphs[middle], rgb[middle])
    return glyphs, rgb


def _box(made: Plot, group: int, lines: NDArray[np.uint32]) -> None:
    found, columns = made.boxes, lines.shape[1]
    assert found is not None
    if not found.counts[group]:
        return
    middle = lines[len(lines) // 2]
    for value in made.outside[group].tolist():
        middle[column_at(value, made.limits, columns)] = ord("∘")
    ends = (found.low, found.first, found.median, found.third, found.high)
    low, one, half, three, high = (column_at(float(end[group]), made.limits, columns) for end in ends)
    middle[low : high + 1] = ord("─")
    middle[low], middle[high] = ord("├"), ord("┤")
    if len(lines) == 1:
        middle[one : three + 1] = ord("▒")
    else:
        middle[one : three + 1] = ord(" ")
        middle[one], middle[three] = ord("┤"), ord("├")
        for line, corners in ((lines[0], "┌┐"), (lines[-1], "└┘")):
            line[one : three + 1] = ord("─")
            line[one], line[three] = ord(corners[0]), ord(corners[1])
    for line in lines:
        line[half] = ord("┃")


def _signs(made: Plot, group: int, line: NDArray[np.uint32], rgb: NDArray[np.uint8]) -> None:
    points, members = made.points, made.of_group(group)
    for code in WORST_LAST:  # the most serious last: it stands above the others
        for value in points.x[members[points.codes[members] == code]][:_MOST_SIGNS].tolist():
            if value == value:
                at = column_at(value, made.limits, len(line))
                line[at], rgb[at] = ord(ALL[code].sign), VERDICT_RGB[code]
    for value in points.x[members[points.selected[members]]][:_MOST_SIGNS].tolist():
        if value == value:
            at = column_at(value, made.limits, len(line))
            line[at], rgb[at] = ord("*"), SELECTED_RGB
