"""CellProfiler's TrackObjects: `TrackObjects_Label_<pixels>` is the track, one image per time point.

Both daughters of a division keep the label of their mother, so it names a whole lineage. The time point is
`Metadata_T` (or the like) where there is one, else the number of the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tuiqc.dataset.dialects.base import Dialect, DialectChoice, Finder
from tuiqc.dataset.dialects.cellprofiler import SINGLE

_LABEL = r"TrackObjects_Label(_\d+)?"
_TIMES = ("Metadata_T", "Metadata_Time", "Metadata_Frame", "Metadata_Timepoint", "ImageNumber")


@dataclass(frozen=True, slots=True)
class _Tracks(Dialect):
    """As CellProfiler's other tables of one kind of object, with time and tracks."""

    def score(self, columns: Sequence[str]) -> float:
        """As for CellProfiler; 0 without a column of tracks."""
        return SINGLE.score(columns) if Finder(columns).matching(_LABEL) else 0.0

    def choose(self, columns: Sequence[str], layer: str = "") -> DialectChoice:
        """Assign the roles; time is counted from the first one by `t_first` where it is the image's number."""
        find = Finder(columns)
        time = find.first(_TIMES)
        choice = replace(
            SINGLE.choose(columns, layer),
            name=self.name,
            title=self.title,
            t_column=time,
            t_first=1 if time == "ImageNumber" else 0,
            track_column=find.matching(_LABEL),
            lineage_column=find.matching(_LABEL),
            track_first=1,
        )
        return replace(choice, image_column=None if time == "ImageNumber" else choice.image_column)


DIALECT = _Tracks(
    name="cellprofiler-tracks",
    title="CellProfiler TrackObjects",
    required=("ObjectNumber", "ImageNumber"),
    signs=SINGLE.signs,
    label=SINGLE.label,
)
