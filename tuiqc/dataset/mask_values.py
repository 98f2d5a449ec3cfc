"""Which column of a table does the mask hold? Tracking programs export masks of objects, of tracks or of lineages.

Numbers alone don't tell: objects that are numbered anew in each frame have the numbers of their tracks, in another
order. So where a table has centres these must lie in the objects that they are said to be of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.dialects import UNNAMED
from tuiqc.dataset.dialects.dialect import DialectChoice
from tuiqc.dataset.from_masks import ReadPlane
from tuiqc.dataset.geometry import as_floats
from tuiqc.dataset.mask_measures import label_plane
from tuiqc.dataset.parts import whole_labels
from tuiqc.errors import TuiqcError
from tuiqc.pixels import image_info

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

LABEL_IN_MASK = "label in mask"
"""The column of labels that no column of the table has as they stand in the mask."""

_TIMES, _IMAGES = 3, 4
_GOOD, _BETTER = 0.9, 0.15
_TELLING = 0.8
"""Centres say something where this share of them lies in any object at all."""
_PLACED = 0.8
"""A column whose objects hold less than this share of their centres is not that of the mask; with more it is."""


@dataclass(frozen=True, slots=True)
class Masked:
    """One image of a table: its rows there, and its mask."""

    rows: NDArray[np.int64]
    path: Path


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well a column agrees with a mask.

    Attributes
    ----------
    column, offset
        What has to be added to the column: TrackMate writes its ids plus 1.
    share
        Share (0 to 1) of the numbers of the column that are in the mask at the same time point and the other way round.
    placed
        Share of the centres that lie in the object of their number; NaN where centres say nothing.
    """

    column: str
    offset: int
    share: float
    placed: float

    @property
    def holds(self) -> bool:
        """Whether this is what the mask holds: by the places, where these say something, else by the numbers."""
        return self.share >= _GOOD if np.isnan(self.placed) else self.placed >= _PLACED

    @property
    def agrees(self) -> float:
        """How far it is believed, 0 to 1."""
        return self.share if np.isnan(self.placed) else self.placed

    def __str__(self) -> str:
        places = "" if np.isnan(self.placed) else f", {self.placed:.0%} of the centres lie in their objects"
        return (
            f"{self.column!r}{f' plus {self.offset}' if self.offset else ''} ({self.share:.0%} agree{places})"
        )


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the labels of the tables of a layer are.

    Attributes
    ----------
    column
        The column that has them; None for none, since the objects are known by their places alone.
    offset
        What is added to it.
    said
        A sentence for the person, "" if it is the column that the dialect names.
    """

    column: str | None
    offset: int = 0
    said: str = ""

    def applied(
        self, frame: pd.DataFrame, choice: DialectChoice, masks: Sequence[Masked], read: ReadPlane
    ) -> tuple[pd.DataFrame, DialectChoice]:
        """The table and its dialect with the labels that stand in its masks.

        Where places are asked for, objects in a mask that can't be read have none.
        """
        if self.column is None:
            found = np.zeros(len(frame), np.int64)
            for masked in masks:
                with suppress(TuiqcError, ValueError):  # the mask is told as broken when it is shown
                    for place in _places(frame, choice, masked, read, None):
                        if place.under is not None:
                            found[place.rows] = place.under
            return frame.assign(**{LABEL_IN_MASK: found}), replace(choice, label_column=LABEL_IN_MASK)
        if self.column not in frame.columns:
            return frame, choice
        if not self.offset:
            return frame, replace(choice, label_column=self.column)
        labels, good = whole_labels(frame[self.column])
        frame = frame.assign(**{LABEL_IN_MASK: np.where(good, labels + self.offset, 0)})
        return frame, replace(choice, label_column=LABEL_IN_MASK)


def is_doubtful(choice: DialectChoice) -> bool:
    """Whether the labels of a table have to be held against its mask before they are believed."""
    return choice.track_column is not None or choice.label_column in UNNAMED


def settled(
    frame: pd.DataFrame, choice: DialectChoice, masks: Sequence[Masked], read: ReadPlane
) -> Settlement:
    """Say what the labels of a table are by its masks; what the dialect says where that agrees, or nothing does.

    Some images and time points are looked at.
    """
    own = Settlement(choice.label_column)
    columns = [choice.label_column, choice.track_column, choice.lineage_column]
    candidates = [
        column for column in dict.fromkeys(columns) if column is not None and column in frame.columns
    ]
    if not is_doubtful(choice) or choice.label_column is None or not candidates:
        return own
    found, places = agreements(frame, choice, candidates, _some(masks), read)
    if not found:
        return own
    first = next(one for one in found if one.column == choice.label_column and not one.offset)
    best = max(found, key=lambda one: (one.agrees, one.share))
    if best.holds:
        if first.agrees > best.agrees - _BETTER:
            return own
        said = f"the mask holds {best}, not {choice.label_column!r}: joined on it"
        return Settlement(best.column, best.offset, said)
    if not places.telling:
        return own
    said = (
        f"no column has the labels of the mask (at best {best}): joined by the objects that the centres lie in "
        f"({places.share:.0%} of {places.rows} do)"
    )
    return Settlement(None, 0, said)


@dataclass(frozen=True, slots=True)
class _Place:
    """The rows of one time point, the labels that are there, and the label under each centre (0 for none)."""

    rows: NDArray[np.int64]
    there: NDArray[np.int64]
    under: NDArray[np.int64] | None


@dataclass(frozen=True, slots=True)
class _Centres:
    """How many centres were looked at, the share of them in any object, and whether that says anything."""

    rows: int
    share: float
    telling: bool


def _some(masks: Sequence[Masked]) -> list[Masked]:
    """A few images, spread over those that have objects in the table."""
    filled = [masked for masked in masks if len(masked.rows)]
    places = np.linspace(0, len(filled) - 1, min(len(filled), _IMAGES)).astype(int)
    return [filled[at] for at in dict.fromkeys(places.tolist())]


def agreements(
    frame: pd.DataFrame,
    choice: DialectChoice,
    candidates: Sequence[str],
    masks: Sequence[Masked],
    read: ReadPlane,
) -> tuple[list[Agreement], _Centres]:
    """Compare some time points of each mask with each column; masks that can't be read say nothing."""
    values = {column: whole_labels(frame[column]) for column in candidates}
    shares: dict[tuple[str, int], list[float]] = {}
    hits: dict[tuple[str, int], int] = {}
    looked, inside, unique = 0, 0, True
    for place in _readable(frame, choice, masks, read):
        under = np.zeros(0, np.int64) if place.under is None else place.under
        looked += len(under)
        inside += int((under > 0).sum())
        unique &= len(np.unique(under[under > 0])) >= _GOOD * len(under)
        for column, (numbers, good) in values.items():
            used = good[place.rows] & (numbers[place.rows] >= choice.track_first)
            for offset in (0, 1):
                labels = numbers[place.rows] + offset
                wanted = np.unique(labels[used & (labels > 0)])
                both = len(np.intersect1d(wanted, place.there))
                which = column, offset
                shares.setdefault(which, []).append(both / max(1, len(np.union1d(wanted, place.there))))
                right = 0 if not len(under) else int((used & (labels == under) & (under > 0)).sum())
                hits[which] = hits.get(which, 0) + right
    # Several in one object: they are counted in something else than pixels.
    telling = looked > 0 and inside >= _TELLING * looked and unique
    found = [
        Agreement(*which, float(np.mean(each)), hits[which] / inside if telling else np.nan)
        for which, each in shares.items()
    ]
    return found, _Centres(looked, inside / max(looked, 1), telling)


def _readable(
    frame: pd.DataFrame, choice: DialectChoice, masks: Sequence[Masked], read: ReadPlane
) -> Iterator[_Place]:
    for masked in masks:
        with suppress(TuiqcError, ValueError):  # the mask is told as broken when it is shown
            yield from _places(frame, choice, masked, read, _TIMES)


def _places(
    frame: pd.DataFrame, choice: DialectChoice, masked: Masked, read: ReadPlane, most: int | None
) -> Iterator[_Place]:
    """Time points with what the mask has there: at most so many, spread over the movie; None for all."""
    path, mine = masked.path, masked.rows
    info = image_info(path)
    times = np.zeros(len(mine), np.int64)
    if choice.t_column is not None and choice.t_column in frame.columns:
        times, known = whole_labels(frame[choice.t_column].iloc[mine])
        times = np.where(known, times - choice.t_first, -1)
    inside = np.unique(times[(times >= 0) & (times < info.sizes["t"])])
    if most is not None and len(inside):
        # Late time points too: at the first one objects, tracks and lineages may have the same numbers.
        inside = np.unique(inside[np.linspace(0, len(inside) - 1, most).astype(int)])
    centres = _centres(frame, choice)
    for t in inside.tolist():
        planes = [label_plane(read(path, t=t, z=z)) for z in range(info.sizes["z"])]
        rows = mine[times == t]
        there = np.unique(np.concatenate([np.unique(plane) for plane in planes])).astype(np.int64)
        under = None
        if centres is not None:
            x, y = centres
            under = _under(planes, x[rows], y[rows], _pixel_sizes(choice, path))
        yield _Place(rows, there[there > 0], under)


def _centres(
    frame: pd.DataFrame, choice: DialectChoice
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    columns = choice.centre_columns
    if columns is None or not set(columns) <= set(frame.columns):
        return None
    x, y = (as_floats(frame[column]) - choice.centre_offset for column in columns)
    return x, y


def _pixel_sizes(choice: DialectChoice, path: Path) -> list[tuple[float, float]]:
    """What centres may be counted in: pixels, and the unit of the mask's own calibration."""
    known = image_info(path).pixel_size_um if choice.calibrated else None
    return [(1.0, 1.0), *([known] if known else [])]


def _under(
    planes: Sequence[NDArray[np.generic]],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    units: Sequence[tuple[float, float]],
) -> NDArray[np.int64]:
    """The label under each centre in whatever slice it is in, 0 for none; in the unit that finds the most objects."""
    best = np.zeros(len(x), np.int64)
    for down, right in units:
        rows, columns = np.nan_to_num(np.rint(y / down), nan=-1), np.nan_to_num(np.rint(x / right), nan=-1)
        height, width = planes[0].shape
        good = (rows >= 0) & (columns >= 0) & (rows < height) & (columns < width)
        at = rows[good].astype(np.int64), columns[good].astype(np.int64)
        found = np.zeros(len(x), np.int64)
        found[good] = np.max([plane[at].astype(np.int64) for plane in planes], axis=0)
        if len(np.unique(found[found > 0])) >= len(np.unique(best[best > 0])):
            best = found
    return best
