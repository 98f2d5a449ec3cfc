"""What the segmenter itself said of its objects: columns of the object table that networks and classifiers write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.model import Batch

Scores = Mapping[tuple[int, int, int], float]
"""By (number of the image, label, time point): the higher, the surer the segmenter was."""

COLUMNS = ("predicted_iou", "stability_score", "probability", "prob", "confidence")
"""Names of such columns, the most telling first; whatever their case."""


def score_column(names: list[str]) -> str | None:
    """The column with the segmenter's score among these names; None if there is none."""
    folded = {name.casefold(): name for name in reversed(names)}
    return next((folded[name] for name in COLUMNS if name in folded), None)


def segmenter_scores(batch: Batch, layer: str, stop: Callable[[], bool] = lambda: False) -> Scores:
    """Read the segmenter's scores from the object tables of a layer; empty where they have none.

    The first table says whether there are any: without such a column no other table is read.
    """
    from tuiqc.dataset.objects import ObjectLoader
    from tuiqc.dataset.parts import ObjectPart

    if not batch.has_table(layer):
        return {}
    out: dict[tuple[int, int, int], float] = {}
    ended = False

    def take(part: ObjectPart) -> None:
        nonlocal ended
        if part.frame.empty:
            return
        column = score_column([str(name) for name in part.frame.columns])
        if column is None:
            ended = True
            return
        out.update(_scores(part.frame, column))

    ObjectLoader(batch).load_layer(layer, take, lambda: ended or stop())
    return out


@dataclass(frozen=True)
class ScoreColumns:
    """The same as arrays (n,), which go to another process in one piece.

    Attributes
    ----------
    images, labels, times
        Number of the image, label and time point of each object.
    values
        How sure the segmenter was, NaN where it did not say.
    """

    images: NDArray[np.int64]
    labels: NDArray[np.int64]
    times: NDArray[np.int64]
    values: NDArray[np.float64]

    def by_object(self) -> Scores:
        """Those that have a value."""
        keys = np.column_stack([self.images, self.labels, self.times])[np.isfinite(self.values)]
        where = ((image, label, t) for image, label, t in keys.tolist())
        return dict(zip(where, self.values[np.isfinite(self.values)].tolist(), strict=True))


def _scores(frame: pd.DataFrame, column: str) -> Scores:
    import pandas as pd

    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(np.float64)
    labels = pd.to_numeric(frame["label"], errors="coerce").to_numpy(np.float64)
    times = np.zeros(len(frame)) if "t" not in frame else frame["t"].to_numpy(np.float64)
    use = np.isfinite(labels) & np.isfinite(times)
    keys = (frame["image"].to_numpy(np.int64)[use], labels[use].astype(np.int64), times[use].astype(np.int64))
    return ScoreColumns(*keys, values[use]).by_object()
