"""The tracks of a layer: looked up per image, and as rows of a table with what is suspicious about each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.dialects.base import DialectChoice
from tuiqc.dataset.model import Batch
from tuiqc.dataset.parts import whole_labels
from tuiqc.qc.record import Subject
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.rows import Rows
from tuiqc.text import escaped
from tuiqc.tracks.data import UNTRACKED, TrackData, Tracks

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


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
        self.by_image: dict[int, Tracks] = {}
        tables = []
        for image in sorted(objects.loaded):
            tracks = tracks_of(objects, image, choice)
            if tracks is not None and len(tracks):
                self.by_image[image] = tracks
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
        frame["image"] = [escaped(batch.images[image].key) for image in self.images.tolist()]
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

    def subject(self, position: int, batch: Batch) -> Subject:
        """What an annotation of the track is about; its label is the number of the track."""
        key = batch.images[int(self.images[position])].key
        return Subject("track", key, self.layer, int(self.tracks[position]))
