"""Which column of a table does the mask hold? Tracking programs export masks of objects, of tracks or of lineages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.dialects.base import DialectChoice
from tuiqc.dataset.from_masks import ReadPlane
from tuiqc.dataset.measure import label_plane
from tuiqc.dataset.parts import whole_labels
from tuiqc.errors import TuiqcError
from tuiqc.pixels import image_info

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_TIMES = 3
_GOOD, _BETTER = 0.9, 0.15


@dataclass(frozen=True, slots=True)
class Agreement:
    """Share (0 to 1) of the values of a column that are in the mask at the same time point and the other way round.

    `offset` is what has to be added to the column: TrackMate writes its ids plus 1.
    """

    column: str
    offset: int
    share: float


def settled(
    frame: pd.DataFrame, choice: DialectChoice, path: Path, read: ReadPlane
) -> tuple[DialectChoice, str, int]:
    """Take the column as the label that the mask agrees with; changes nothing where that is the dialect's own.

    Returns
    -------
    tuple
        The choice, a sentence for the user ("" if nothing changed), and what to add to the values of the column.
    """
    columns = [choice.label_column, choice.track_column, choice.lineage_column]
    candidates = [
        column for column in dict.fromkeys(columns) if column is not None and column in frame.columns
    ]
    if len(candidates) < 2 or choice.t_column not in frame.columns:
        return choice, "", 0
    try:
        found = agreements(frame, choice, candidates, path, read)
    except (TuiqcError, ValueError):
        return choice, "", 0  # the mask is told as broken when it is shown
    if not found:
        return choice, "", 0
    own = next((one for one in found if one.column == choice.label_column and not one.offset), None)
    best = max(found, key=lambda one: one.share)
    if best.share < _GOOD or (own is not None and best.share < own.share + _BETTER):
        return choice, "", 0
    more = f" plus {best.offset}" if best.offset else ""
    said = f"the mask holds {best.column!r}{more} ({best.share:.0%} agree), not {choice.label_column!r}: joined on it"
    return replace(choice, label_column=best.column), said, best.offset


def agreements(
    frame: pd.DataFrame, choice: DialectChoice, candidates: Sequence[str], path: Path, read: ReadPlane
) -> list[Agreement]:
    """Compare some time points of the mask with each column.

    Raises
    ------
    InputError
        The mask can't be read.
    ValueError
        It is no label mask.
    """
    assert choice.t_column is not None
    times, known = whole_labels(frame[choice.t_column])
    times = np.where(known, times - choice.t_first, -1)
    info = image_info(path)
    inside = np.unique(times[(times >= 0) & (times < info.sizes["t"])])
    if not len(inside):
        return []
    # Late time points too: at the first one objects, tracks and lineages may have the same numbers.
    chosen = np.unique(inside[np.linspace(0, len(inside) - 1, _TIMES).astype(int)])
    values = {column: whole_labels(frame[column]) for column in candidates}
    shares: dict[tuple[str, int], list[float]] = {}
    for t in chosen.tolist():
        there = _present(path, t, info.sizes["z"], read)
        rows = times == t
        for column, (numbers, good) in values.items():
            for offset in (0, 1):
                wanted = np.unique(numbers[rows & good & (numbers >= choice.track_first)]) + offset
                wanted = wanted[wanted > 0]
                both = len(np.intersect1d(wanted, there))
                shares.setdefault((column, offset), []).append(both / max(1, len(np.union1d(wanted, there))))
    return [Agreement(column, offset, float(np.mean(found))) for (column, offset), found in shares.items()]


def _present(path: Path, t: int, depth: int, read: ReadPlane) -> NDArray[np.int64]:
    planes = [np.unique(label_plane(read(path, t=t, z=z))) for z in range(depth)]
    found = np.unique(np.concatenate(planes)).astype(np.int64)
    return found[found > 0]
