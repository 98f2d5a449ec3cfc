"""How many things a batch has, and how large they are: what the counts of verdicts are held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tuiqc.dataset.mask_comparison import compare_with_masks
from tuiqc.dataset.model import Batch, Progress
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.qc.record import Subject
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.object_tracks import track_numbers, tracks_of


@dataclass
class Population:
    """What there is to judge.

    Attributes
    ----------
    totals
        (level, layer) -> image key -> number of things; ("image", "") are the images. ("track", layer) is there
        for layers that have tracks only.
    areas
        layer -> object -> area in pixels, where the table or the mask says it.
    lost
        What could not be read, so that the numbers are too small, in words.
    notes
        What does not agree between tables and masks.
    """

    totals: dict[tuple[str, str], Mapping[str, int]] = field(default_factory=dict)
    areas: dict[str, dict[Subject, float]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of_images(cls, batch: Batch) -> Population:
        """Return one that knows the images only."""
        return cls({("image", ""): {record.key: 1 for record in batch.images}})

    @classmethod
    def read(cls, batch: Batch, progress: Progress | None = None) -> Population:
        """Read all tables, and measure the masks of layers without one."""
        found, total = cls.of_images(batch), len(batch.layers) * len(batch.images)
        for number, layer in enumerate(batch.layers):

            def told(done: int, _: int, before: int = number * len(batch.images)) -> None:
                if progress is not None:
                    progress(before + done, total)

            found.read_layer(batch, layer, told)
        return found

    def read_layer(self, batch: Batch, layer: str, progress: Progress | None = None) -> None:
        """Read the objects of one layer."""
        counts = dict.fromkeys(batch.keys, 0)
        tracks: dict[str, set[int]] = {}
        areas: dict[Subject, float] = {}
        parts: list[ObjectPart] = []
        done = 0

        def take(part: ObjectPart) -> None:
            nonlocal done
            parts.append(part)
            frame = part.frame
            keys = [batch.key(image) for image in frame["image"].tolist()]
            times = frame["t"].tolist() if "t" in frame else [0] * len(frame)
            for key, label, t, area in zip(
                keys, frame["label"].tolist(), times, part.geometry.area.tolist(), strict=True
            ):
                counts[key] += 1
                if area == area:
                    areas[Subject("object", key, layer, label, t)] = area
            for key, track in _tracks(batch, layer, part):
                tracks.setdefault(key, set()).add(track)
            self.lost += [str(problem) for problem in part.problems if problem.lost]
            done += len(part.images)
            if progress is not None:
                progress(done, len(batch.images))

        ObjectLoader(batch).load_layer(layer, take)
        self.notes += compare_with_masks(batch, layer, parts)
        self.totals["object", layer], self.areas[layer] = counts, areas
        self.set_tracks(layer, ((key, len(found)) for key, found in tracks.items()))

    def set_layer(self, layer: str, counts: Iterable[tuple[str, int]]) -> None:
        """Take over the numbers of objects (image key, number) of a layer that was read already."""
        self.totals["object", layer] = dict(counts)

    def take(self, batch: Batch, objects: ObjectRows) -> None:
        """Take over the numbers of objects and tracks of a layer of which every image was read already."""
        choice = batch.dialects.get(objects.layer)
        counts, tracks = {}, {}
        for record in batch.images:
            span = objects.span(record.index)
            counts[record.key] = span.stop - span.start
            found = tracks_of(objects, record.index, choice)
            tracks[record.key] = 0 if found is None else len(found)
        self.set_layer(objects.layer, counts.items())
        self.set_tracks(objects.layer, tracks.items())

    def set_tracks(self, layer: str, counts: Iterable[tuple[str, int]]) -> None:
        """Take over the numbers of tracks (image key, number) of a layer; none: it has no tracks."""
        found = {key: number for key, number in counts if number}
        if found:
            self.totals["track", layer] = dict.fromkeys(self.totals["image", ""], 0) | found


def _tracks(batch: Batch, layer: str, part: ObjectPart) -> set[tuple[str, int]]:
    """Image key and number of the tracks of some images; none where there is no time or no column of tracks."""
    frame = part.frame
    if "t" not in frame or not len(frame):
        return set()
    numbers = track_numbers(frame, frame["label"].to_numpy(np.int64), batch.dialects.get(layer))
    if numbers is None:
        return set()
    pairs = zip(frame["image"].tolist(), numbers.tolist(), strict=True)
    return {(batch.key(image), track) for image, track in set(pairs) if track >= 0}
