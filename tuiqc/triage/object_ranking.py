"""The objects of one layer of a batch in the order in which to look at them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.candidates import Candidate
from tuiqc.measure.evidence_places import EvidencePlace, evidence_place
from tuiqc.measured.batch_planes import BatchPlanes, PlaneKey
from tuiqc.text import escaped
from tuiqc.triage.explanation import explain, headline
from tuiqc.triage.kinds import SUSPECTS
from tuiqc.triage.object_index import ObjectIndex
from tuiqc.triage.population import Population
from tuiqc.triage.suspicion import Basis, Judged, Ranker, judged_rows
from tuiqc.triage.verdicts import Verdicts

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.model import Batch

UNSURE = "the segmenter was unsure"


class NumberedCandidate(NamedTuple):
    """A place where an object may have been missed: `missed 1`, `missed 2` … the likeliest first."""

    number: int
    key: PlaneKey
    candidate: Candidate


@dataclass(frozen=True)
class Ranking:
    """The objects of a layer, as far as they are measured, with what is suspected of each. It never changes.

    Arrays are (n,), one entry per object: a *row* is a place in them.

    Attributes
    ----------
    keys
        All planes of the layer; `population.images` are places in this list.
    typical
        Radius of a typical object in pixels.
    measured
        How many of the planes are measured.
    ranker
        The order, and what it was made from.
    """

    batch: Batch
    planes: BatchPlanes
    keys: tuple[PlaneKey, ...]
    typical: float
    measured: int
    ranker: Ranker
    found: tuple[NumberedCandidate, ...] = ()

    @property
    def segmenter(self) -> NDArray[np.float64] | None:
        """How sure the segmenter itself was of each object, NaN where it did not say; None if it says nothing."""
        return self.ranker.basis.segmenter

    @property
    def layer(self) -> str:
        """The object layer."""
        return self.planes.layer

    @property
    def other(self) -> str:
        """Another object layer that was evidence, "" for none."""
        return self.planes.other

    @property
    def complete(self) -> bool:
        """Whether all planes are measured."""
        return self.measured == len(self.keys)

    @property
    def problems(self) -> dict[Path, str]:
        """What could not be read, with why."""
        return self.planes.problems

    @property
    def population(self) -> Population:
        """All objects with their evidence."""
        return self.ranker.population

    def __len__(self) -> int:
        return len(self.population)

    @cached_property
    def images(self) -> NDArray[np.int64]:
        """Number of the image of each object in the batch."""
        return self._of_key(0)

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """Its time point."""
        return self._of_key(1)

    @cached_property
    def slices(self) -> NDArray[np.int64]:
        """The slice of a stack in which it was looked at: where it is largest."""
        return self._of_key(2)

    def _of_key(self, at: int) -> NDArray[np.int64]:
        table = np.array([(key.image, key.t, key.z) for key in self.keys], np.int64).reshape(-1, 3)
        return np.asarray(table[self.population.images, at])

    @property
    def labels(self) -> NDArray[np.int64]:
        """Its label."""
        return self.population.labels

    @property
    def score(self) -> NDArray[np.float64]:
        """The higher, the earlier it should be looked at; no probability."""
        return self.ranker.score

    @property
    def suspicion(self) -> NDArray[np.float64]:
        """100 for the worst down to 0: a rank within the batch, no probability."""
        return self.ranker.suspicion

    @property
    def suspects(self) -> NDArray[np.str_]:
        """The likeliest kind of error."""
        return self.ranker.suspects

    @property
    def looks_wrong(self) -> NDArray[np.bool_]:
        """Whether it is worth a look."""
        return self.ranker.looks_wrong

    @property
    def order(self) -> NDArray[np.int64]:
        """Rows, the worst first."""
        return self.ranker.order

    @property
    def ranks(self) -> NDArray[np.int64]:
        """1 for the worst."""
        return self.ranker.ranks

    @property
    def learned(self) -> int:
        """How many verdicts on these objects the order was learned from."""
        judged = self.ranker.judged
        return 0 if judged is None else len(judged.rows)

    @cached_property
    def several_times(self) -> bool:
        """Whether there is more than one time point."""
        return any(key.t for key in self.keys)

    @cached_property
    def _index(self) -> ObjectIndex:
        places = [(key.image, key.t) for key in self.keys]
        return ObjectIndex(places, self.population.images, self.labels)

    def row_of(self, image: int, label: int, t: int = 0) -> int | None:
        """The row of an object; None if it is not measured (yet)."""
        row = int(self._index.rows([(image, t)], [label])[0])
        return None if row < 0 else row

    def prepare(self) -> None:
        """Work out what is asked for on the screen, which takes moments: for the thread that made it."""
        _ = self.order, self.suspicion, self.suspects, self.looks_wrong, self.suspect_counts, self._index

    def rows_of(self, subjects: Iterable[tuple[str, int, int]]) -> NDArray[np.int64]:
        """Rows of those of the (image key, label, time point) that are measured."""
        numbers = self.batch.index_by_key
        wanted = [((numbers.get(key, -1), t), label) for key, label, t in subjects]
        rows = self._index.rows([place for place, _ in wanted], [label for _, label in wanted])
        return rows[rows >= 0]

    def why(self, rows: NDArray[np.int64]) -> list[str]:
        """Words for these rows."""
        said = explain(self.ranker, rows, other=self.other or "the other layer")
        basis = self.ranker.basis
        unsure = [UNSURE if doubt else "" for doubt in (basis.unsure[rows] > 1).tolist()]
        moments = [""] * len(said) if basis.moments is None else basis.moments.words[rows].tolist()
        return [", ".join(filter(None, one)) for one in zip(moments, said, unsure, strict=True)]

    def headline(self, row: int) -> str:
        """`split? straight border with 12`."""
        return headline(str(self.suspects[row]), self.why(np.array([row]))[0])

    def place(self, row: int) -> EvidencePlace | None:
        """Where on the object the evidence is; reads its mask and channel, so not for every key press on the loop.

        None if the object is not in the mask any more, or the mask can't be read.
        """
        key = self.keys[int(self.population.images[row])]
        plane = self.planes.plane(key)
        if plane is None:
            return None
        return evidence_place(
            plane.labels,
            int(self.labels[row]),
            str(self.suspects[row]),
            partner=int(self.population.partner[row]),
            channel=next(iter(plane.channels.values()), None),
            typical=self.typical,
        )

    def refit(self, verdicts: Verdicts) -> Ranking:
        """The same objects in the order that follows from these verdicts, in place of all earlier ones."""
        return replace(
            self,
            ranker=self.ranker.learned(judged_objects(self.batch, self.keys, self.ranker.basis, verdicts)),
        )

    @cached_property
    def suspect_counts(self) -> dict[str, int]:
        """How many objects look wrong, of each kind."""
        wrong = self.looks_wrong
        return {kind: int((wrong & (self.suspects == kind)).sum()) for kind in SUSPECTS}

    def summary_line(self) -> str:
        """`312 of 9,881 nuclei look wrong: 140 split, 90 merged …`."""
        counts = sorted(self.suspect_counts.items(), key=lambda one: -one[1])
        words = ", ".join(f"{count:,} {kind}" for kind, count in counts if count)
        head = f"{int(self.looks_wrong.sum()):,} of {len(self):,} {self.layer} look wrong"
        return f"{head}: {words}" if words else head

    def frame(self) -> pd.DataFrame:
        """One row per object, worst first.

        Columns: `image` (key), `label`, `t` where there are several time points, `rank` (from 1), `score`, `suspicion`
        (100 to 0), `suspect`, `why`, `y`, `x` (centre in pixels).
        """
        import pandas as pd

        ranker, population = self.ranker, self.population
        order = ranker.order
        images = [self.keys[at] for at in population.images[order].tolist()]
        columns = {
            "image": [escaped(self.batch.key(key.image)) for key in images],
            "label": population.labels[order],
        }
        if self.several_times:
            columns["t"] = np.array([key.t for key in images], np.int64)
        columns |= {
            "rank": np.arange(1, len(order) + 1),
            "score": np.round(ranker.score[order], 4),
            "suspicion": np.round(ranker.suspicion[order], 1),
            "suspect": ranker.suspects[order],
            "why": self.why(order),
            "y": np.round(population.centres[order, 0], 1),
            "x": np.round(population.centres[order, 1], 1),
        }
        return pd.DataFrame(columns)


def judged_objects(batch: Batch, keys: Sequence[PlaneKey], basis: Basis, verdicts: Verdicts) -> Judged | None:
    """The objects of verdicts."""
    if not verdicts:
        return None
    planes: dict[tuple[str, int], list[int]] = {}
    for at, key in enumerate(keys):
        planes.setdefault((batch.key(key.image), key.t), []).append(at)
    by_row = {
        (at, label): said
        for (image, label, t), said in verdicts.items()
        for at in planes.get((image, t), ())
        if (at, label) in basis.rows
    }
    return judged_rows(basis, by_row)
