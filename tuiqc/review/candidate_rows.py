"""Places where an object may have been missed, as rows of a table: they have a number in their image, and no label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.model import Batch
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.place import Extent, Place
from tuiqc.review.rows import Rows
from tuiqc.text import escaped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuiqc.triage.object_ranking import Ranking


MISSED = "missed?"
"""What candidates are suspected of, as the column of objects would say it."""


class CandidateRows(Rows):
    """One row per candidate of a layer, the likeliest first.

    The number counts the candidates of an image, the likeliest first, so that it does not depend on how many other
    images have been measured; one that was judged before keeps the number that the verdict was given to.

    Attributes
    ----------
    images, times, slices, numbers
        Image (row number in the image table), time point, slice and number of each.
    x, y
        Their middles in pixels.
    radius
        Of a typical object, in pixels.
    found
        What they were made of.
    turns
        Where each stands among the objects in the order worst first: before the object of this turn. Evenly among
        those that look wrong, the likeliest first, and the very worst object before all of them.
    """

    level = "candidate"

    def __init__(self, batch: Batch, ranking: Ranking, judged: Iterable[Annotation] = ()) -> None:
        import pandas as pd

        self.layer, self.radius, self.found, self._batch = (
            ranking.layer,
            ranking.typical,
            ranking.found,
            batch,
        )
        keys_of, found = [one.key for one in self.found], [one.candidate for one in self.found]
        self.images: NDArray[np.int64] = np.array([one.image for one in keys_of], np.int64)
        self.times: NDArray[np.int64] = np.array([one.t for one in keys_of], np.int64)
        self.slices: NDArray[np.int64] = np.array([one.z for one in keys_of], np.int64)
        self.x: NDArray[np.float64] = np.array([one.x for one in found], np.float64)
        self.y: NDArray[np.float64] = np.array([one.y for one in found], np.float64)
        wrong = int(ranking.looks_wrong.sum())
        apart = max(1.0, wrong / (len(found) + 1))
        self.turns: NDArray[np.int64] = 2 + (np.arange(len(found)) * apart).astype(np.int64)
        keys = [batch.key(at) for at in self.images.tolist()]
        self.numbers: NDArray[np.int64] = np.array(self._numbered(keys, judged), np.int64)
        places = zip(self.images.tolist(), self.times.tolist(), self.numbers.tolist(), strict=True)
        self._at = {key: at for at, key in enumerate(places)}
        frame = pd.DataFrame(
            {
                "image": [escaped(key) for key in keys],
                "candidate": [f"missed {number}" for number in self.numbers.tolist()],
                "likeness": np.round([one.score for one in found], 3),
                "area": np.array([one.area for one in found], np.float64),
                "x": np.round(self.x, 1),
                "y": np.round(self.y, 1),
            }
        )
        if self.times.any():
            frame["t"] = self.times
        super().__init__(frame, ["image", "candidate"])

    def _numbered(self, keys: list[str], judged: Iterable[Annotation]) -> list[int]:
        """The number of each; those at a place that was judged first, with the number that they had then."""
        numbers = [0] * len(keys)
        taken: dict[tuple[str, int], set[int]] = {}
        for said in judged:
            subject = said.subject
            if subject.layer != self.layer or said.centre_x is None or said.centre_y is None:
                continue
            taken.setdefault((subject.image, subject.t), set()).add(subject.label)
            near = [
                (hypot(self.x[at] - said.centre_x, self.y[at] - said.centre_y), at)
                for at, key in enumerate(keys)
                if not numbers[at] and key == subject.image and int(self.times[at]) == subject.t
            ]
            if near and min(near)[0] <= self.radius:
                numbers[min(near)[1]] = subject.label
        last: dict[tuple[str, int], int] = {}
        for at, key in enumerate(keys):
            if numbers[at]:
                continue
            place = (key, int(self.times[at]))
            number = last.get(place, 0) + 1
            while number in taken.get(place, ()):
                number += 1
            numbers[at] = last[place] = number
        return numbers

    def near(self, before: CandidateRows, at: int) -> int | None:
        """Position of what stood at a position of earlier rows, known by its place; None if it is no more."""
        here = (self.images == before.images[at]) & (self.times == before.times[at])
        away = np.hypot(self.x - before.x[at], self.y - before.y[at])
        away[~here] = np.inf
        found = int(away.argmin()) if len(away) else 0
        return found if len(away) and away[found] <= self.radius else None

    def position(self, image: int, number: int, t: int = 0) -> int | None:
        """Position of a candidate in the frame, None if it is not there."""
        return self._at.get((image, t, number))

    def position_of(self, subject: Subject, image: int) -> int | None:
        """See `Rows`: the label of an annotation on a candidate is its number."""
        return self.position(image, subject.label, subject.t)

    def position_at(self, place: Place) -> int | None:
        """See `Rows`."""
        return self.position(place.image, place.candidate, place.t)

    def place_at(self, position: int, here: Place, extents: Mapping[int, Extent]) -> Place:
        """See `Rows`: in the slice where it was found."""
        image = int(self.images[position])
        deep = extents.get(image, Extent()).z > 1
        return replace(
            here,
            level="candidate",
            image=image,
            label=0,
            t=int(self.times[position]),
            z=int(self.slices[position]) if deep else here.z,
            candidate=int(self.numbers[position]),
        )

    def words_among(self, position: int) -> dict[str, str]:
        """See `Rows`: the image, the number in the place of a label, and why it stands there."""
        record = self._batch.images[int(self.images[position])]
        places = {"image": record.key, "label": f"+{self.numbers[position]}", "t": str(self.times[position])}
        return {**record.placeholders, **places, "suspect": MISSED, "why": self.why(position)}

    def caption(self, position: int) -> str:
        """What stands under its picture: `5 +1 · missed?`."""
        said = self.words_among(position)
        return f"{said['image']} {said['label']} · {MISSED}"

    def why(self, position: int) -> str:
        """Why a candidate is one, in words."""
        likeness = float(self.view.columns_store.value(position, "likeness"))
        return f"looks like an object ({likeness:.2f}), has no outline"

    def subject(self, position: int, batch: Batch) -> Subject:
        """What an annotation of the candidate is about; its label is its number."""
        key = batch.key(int(self.images[position]))
        return Subject("candidate", key, self.layer, int(self.numbers[position]), int(self.times[position]))


def candidate_rows(
    batch: Batch, ranking: Ranking, annotations: Iterable[tuple[Subject, Annotation]]
) -> CandidateRows:
    """The candidates of a ranking, those judged before with the numbers that they had; for a thread."""
    judged = {subject: said for subject, said in annotations if subject.level == "candidate"}
    rows = CandidateRows(batch, ranking, judged.values())
    rows.decide_all(judged.items(), batch)
    return rows
