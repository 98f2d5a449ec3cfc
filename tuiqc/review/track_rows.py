"""The tracks of a layer as rows of a table, with what is suspicious about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.model import Batch
from tuiqc.qc.record import Subject
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.object_tracks import ObjectTracks, tracks_of
from tuiqc.review.place import Extent, Place
from tuiqc.review.rows import Rows
from tuiqc.text import escaped
from tuiqc.tracks.data import Tracks

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _wrong_objects(tracks: Tracks, objects: ObjectRows, image: int) -> NDArray[np.int64] | None:
    """How many objects of each track look wrong; None where nobody has ranked them."""
    if not objects.view.has("looks_wrong"):
        return None
    wrong = np.asarray(objects.view.column("looks_wrong"))[objects.span(image)] == np.True_
    return np.array([int(wrong[tracks.rows(track)].sum()) for track in tracks.ids.tolist()], np.int64)


_SLIP = 0.5
"""What a track is more suspicious for where a quarter of its objects, or more, look wrong."""


class TrackRows(Rows):
    """One row per track of every image that was read, most suspicious first.

    Where the objects were ranked `wrong_objects` is how many of the track's look wrong, and adds to its suspicion.

    Attributes
    ----------
    images, tracks
        Image (row number in the image table) and number of every track, parallel to the frame.
    by_image
        What was found per image.
    """

    level = "track"

    def __init__(self, batch: Batch, objects: ObjectRows) -> None:
        import pandas as pd

        from tuiqc.tracks.track_table import track_table

        self.layer = objects.layer
        choice = batch.dialects.get(objects.layer)
        self.by_image: dict[int, ObjectTracks] = {}
        tables = []
        for image in sorted(objects.loaded):
            tracks = tracks_of(objects, image, choice)
            if tracks is not None and len(tracks):
                self.by_image[image] = ObjectTracks(objects, image, tracks)
                table = track_table(tracks)
                wrong = _wrong_objects(tracks, objects, image)
                if (
                    wrong is not None
                ):  # its objects count as a slip of the segmentation each, together at most once
                    table["wrong_objects"] = wrong
                    table["suspicion"] += _SLIP * np.minimum(1, 4 * wrong / table["objects"])
                table.insert(0, "image", image)
                tables.append(table)
        frame = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"image": [], "track": []})
        self.images = frame["image"].to_numpy(dtype=np.int64)
        self.tracks = frame["track"].to_numpy(dtype=np.int64)
        self._at = {
            key: at for at, key in enumerate(zip(self.images.tolist(), self.tracks.tolist(), strict=True))
        }
        frame["image"] = [escaped(batch.key(image)) for image in self.images.tolist()]
        if len(batch.images) == 1:
            del frame["image"]
        # What is suspicious stands beside the name: in 80 columns nothing further right would be in sight.
        first = [name for name in ("image", "track", "suspicion", "why") if name in frame.columns]
        super().__init__(frame, first)
        if "suspicion" in frame.columns:
            self.view.sort_by_keys([("suspicion", True)])

    def position(self, image: int, track: int) -> int | None:
        """Position of a track in the frame, None if it is not there."""
        return self._at.get((image, track))

    def position_of(self, subject: Subject, image: int) -> int | None:
        """See `Rows`: the label of an annotation on a track is its number."""
        return self.position(image, subject.label)

    def position_at(self, place: Place) -> int | None:
        """See `Rows`: of the track that the current object is of, or that is followed."""
        found = self.by_image.get(place.image) if place.layer == self.layer else None
        track = None if found is None else found.track_at(place)
        return None if track is None else self.position(place.image, track)

    def place_at(self, position: int, here: Place, extents: Mapping[int, Extent]) -> Place:
        """See `Rows`: at the time point where the track is most suspicious, else at the present one."""
        image, track = int(self.images[position]), int(self.tracks[position])
        worst = int(self.view.frame["worst_t"].iloc[position])
        if image != here.image:
            here = replace(here, image=image, label=0, followed=None)
        found = self.by_image[image]
        place = found.place_of(track, here, extents, worst if worst >= 0 else None)
        if place is None or worst < 0:
            return place or here
        # A division shows when the mother is gone.
        last = found.extent(extents.get(image, Extent())).t - 1
        return found.place_at_time(place, min(worst, last))

    def subject(self, position: int, batch: Batch) -> Subject:
        """What an annotation of the track is about; its label is the number of the track."""
        key = batch.key(int(self.images[position]))
        return Subject("track", key, self.layer, int(self.tracks[position]))
