"""Cell Tracking Challenge: `man_track.txt` and `res_track.txt` have one row per track, no header.

L is the track, which is the value in every mask; B and E are its first and last time point; P the track that it comes
from, 0 for none. The table is expanded to one row per track and time point before it is joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tuiqc.dataset.dialects.dialect import Dialect, DialectChoice

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("L", "B", "E", "P")
NAMES = ("man_track.txt", "res_track.txt")
_MOST = 100_000  # time points of one track; more is a damaged file, not a movie


def expanded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per track and time point: the columns of `frame`, with `frame` (the time point) added.

    Rows whose numbers make no sense (an end before the begin) give none.
    """
    import numpy as np

    numbers = frame[list(COLUMNS)].fillna(-1).to_numpy(dtype=np.int64)
    lengths = np.clip(numbers[:, 2] - numbers[:, 1] + 1, 0, _MOST)
    rows = np.repeat(np.arange(len(frame)), lengths)
    out = frame.iloc[rows].reset_index(drop=True)
    first = np.repeat(np.cumsum(lengths) - lengths, lengths)
    out.insert(1, "frame", numbers[rows, 1] + np.arange(len(rows)) - first)
    return out


@dataclass(frozen=True, slots=True)
class _TrackFile(Dialect):
    """The time point is a column that only the expanded table has."""

    def choose(self, columns: Sequence[str], layer: str = "") -> DialectChoice:
        """Assign the roles as they are after `expanded`."""
        # The class is made anew for its slots, which `super()` without arguments does not survive.
        return replace(Dialect.choose(self, columns, layer), t_column="frame")


DIALECT = _TrackFile(
    name="ctc",
    title="Cell Tracking Challenge",
    required=COLUMNS,
    signs=COLUMNS,
    label=("L",),
    track=("L",),
    track_first=1,
    parent=("P",),
)
