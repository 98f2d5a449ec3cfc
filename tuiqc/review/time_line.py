"""The line that shows where in time one is, where the followed track is, and where verdicts are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tuiqc.qc.verdict import WORST_FIRST
from tuiqc.review.session import Session

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE, THERE, NOTHING = "●", "━", "─"
_MARKS = {verdict.code: verdict.sign for verdict in WORST_FIRST}
"""Sign of each verdict's code, the one that matters most first."""


def times_with(session: Session) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Per time point of the current image: is there an object, and which verdict has one (code, 0 for none).

    Of the followed track if there is one, else of all objects of the active layer. Of several verdicts at one time
    point fail counts before unsure before pass.
    """
    count = session.cursor.extent.t
    there, codes = np.zeros(count, bool), np.zeros(count, np.uint8)
    objects = session.tables.objects
    if objects is None or objects.times is None or session.cursor.image not in objects.loaded:
        return there, codes
    span = objects.span(session.cursor.image)
    times, verdicts = objects.times[span], objects.codes[span]
    tracks, track = session.cursor.tracks, session.cursor.track
    if tracks is not None and track is not None:
        rows = tracks.rows(track)
        times, verdicts = times[rows], verdicts[rows]
    inside = (times >= 0) & (times < count)
    there[times[inside]] = True
    for code in reversed(_MARKS):
        codes[times[inside & (verdicts == code)]] = code
    return there, codes


def slider_text(now: int, there: NDArray[np.bool_], codes: NDArray[np.uint8], width: int) -> tuple[str, int]:
    """Draw the line in `width` cells; returns it with the cell of the present time point."""
    count = len(there)
    width = max(width, 1)
    # Each time point has a cell of its own where there is room, else several share one.
    first = np.arange(width) * count // width if count > width else None
    cells = []
    for cell in range(width):
        if first is None:
            low = cell * count // width
            high = low + 1
        else:
            low = int(first[cell])
            high = max(low + 1, (cell + 1) * count // width)
        found = set(codes[low:high].tolist())
        mark = next((sign for code, sign in _MARKS.items() if code in found), "")
        cells.append(mark or (THERE if there[low:high].any() else NOTHING))
    at = min(width - 1, (now * width + width // 2) // max(count, 1))
    if first is not None:
        at = min(width - 1, int(np.searchsorted(first, now, side="right")) - 1)
    cells[at] = HERE
    return "".join(cells), at
