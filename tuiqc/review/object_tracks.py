"""The objects of a movie and their tracks: looked up per image, and where an object of a track is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.dialects.dialect import DialectChoice
from tuiqc.dataset.model import Batch
from tuiqc.dataset.parts import whole_labels
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.place import Extent, Place
from tuiqc.tracks.data import UNTRACKED, TrackData, Tracks

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ObjectTracks:
    """The objects of one image with their tracks; rows of `tracks` count from the image's first object."""

    objects: ObjectRows
    image: int
    tracks: Tracks

    def track_at(self, place: Place) -> int | None:
        """The track of what is current at a place of this image: of the object, else the one that is followed."""
        position = self.objects.position_at(place)
        if position is not None:
            found = int(self.tracks.data.track[position - self._start])
            return found if found >= 0 else None
        if place.followed is None or place.followed[:2] != (self.image, self.objects.layer):
            return None
        return place.followed[2]

    def label_of(self, track: int, t: int) -> int:
        """Label of a track at a time point, 0 where it has no object."""
        row = self.tracks.row_at(track, t)
        return 0 if row is None else int(self.objects.labels[self._start + row])

    def place_of(
        self, track: int, here: Place, extents: Mapping[int, Extent], t: int | None = None
    ) -> Place | None:
        """Return the place of a track's object at a time point, else at the nearest one that it has; None without one.

        Without `t` it is the time point of `here`, as are the other parameters those of `Rows.place_at`.
        """
        rows = self.tracks.rows(track)
        if not len(rows):
            return None
        times = self.tracks.data.t[rows]
        row = int(rows[np.argmin(np.abs(times - (here.t if t is None else t)))])
        found = self.objects.place_at(self._start + row, here, extents)
        level = here.level if here.level == "track" else "object"
        return replace(found, level=level, followed=self._followed(track))

    def place_at_time(self, place: Place, t: int) -> Place:
        """Return the same place at another time point: the current object goes along its track."""
        track = self.track_at(place)
        label = self.label_of(track, t) if track is not None else 0
        return replace(place, t=t, label=label, followed=None if track is None else self._followed(track))

    def extent(self, known: Extent) -> Extent:
        """Return time points and slices of the image: as many time points as the tracks have, at least."""
        times = self.tracks.data.t
        return Extent(max(known.t, int(times.max()) + 1), known.z) if len(times) else known

    def _followed(self, track: int) -> tuple[int, str, int]:
        return self.image, self.objects.layer, track

    @property
    def _start(self) -> int:
        return int(self.objects.span(self.image).start)


def tracks_of(objects: ObjectRows, image: int, choice: DialectChoice | None) -> Tracks | None:
    """Return the tracks of one image, None where there is no time or nothing says which object is which.

    Rows of the result count from the image's first object (`ObjectRows.span`). Objects that were measured from the
    masks of a movie have no column of tracks: their label is taken for it.
    """
    if objects.times is None:
        return None
    span = objects.span(image)
    frame = objects.view.frame
    track = track_numbers(frame, objects.labels, choice, span)
    if track is None:
        return None
    geometry = objects.geometry
    lineage = None if choice is None else _column(frame, choice.lineage_column, span)
    if lineage is not None and choice is not None:
        lineage = np.where(lineage >= choice.track_first, lineage, UNTRACKED)
    return Tracks(
        TrackData(
            objects.times[span],
            track,
            geometry.centre_x[span],
            geometry.centre_y[span],
            geometry.area[span],
            lineage,
            None if choice is None else _column(frame, choice.parent_column, span),
            None if choice is None else _column(frame, choice.merger_column, span),
        )
    )


def track_numbers(
    frame: pd.DataFrame, labels: NDArray[np.int64], choice: DialectChoice | None, span: slice = slice(None)
) -> NDArray[np.int64] | None:
    """Return the track of each object of a movie, `UNTRACKED` without one; None where nothing says it.

    Parameters
    ----------
    frame, labels
        The objects and their labels, parallel; `span` says which of them.
    choice
        How the table was read, None for objects that were measured from the masks.
    """
    if choice is None:
        return labels[span]
    found = _column(frame, choice.track_column or choice.lineage_column, span)
    return None if found is None else np.where(found >= choice.track_first, found, UNTRACKED)


def _column(frame: pd.DataFrame, name: str | None, span: slice) -> NDArray[np.int64] | None:
    if name is None or name not in frame.columns:
        return None
    numbers, good = whole_labels(frame[name].iloc[span])
    return np.where(good, numbers, UNTRACKED)


def has_time(batch: Batch, layer: str) -> bool:
    """Whether the first mask of a layer that can be read is a movie."""
    from tuiqc.errors import TuiqcError
    from tuiqc.pixels import image_info

    for path in (image.masks.get(layer) for image in batch.images):
        try:
            if path is not None:
                return image_info(path).sizes.get("t", 1) > 1
        except TuiqcError:
            continue
    return False


def moments_of_objects(batch: Batch, objects: ObjectRows) -> dict[tuple[int, int, int], tuple[float, str]]:
    """What the tracks of movies say of single objects, by (image, label, time point); see `object_moments`."""
    from tuiqc.tracks.track_table import object_moments

    out: dict[tuple[int, int, int], tuple[float, str]] = {}
    if objects.times is None:
        return out
    choice = batch.dialects.get(objects.layer)
    for image in sorted(objects.loaded):
        tracks = tracks_of(objects, image, choice)
        if tracks is None or not len(tracks):
            continue
        start = objects.span(image).start or 0
        for row, moment in object_moments(tracks).items():
            at = start + row
            out[image, int(objects.labels[at]), int(objects.times[at])] = moment
    return out
