"""Evidence as columns: of the object table, and under short names for rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.terms import term_of
from tuiqc.measured.part_file import evidence_column
from tuiqc.text import escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from tuiqc.triage.object_ranking import Ranking

SCORE = "segmenter_score"
"""Name for rules of what the segmenter itself says of each object."""


def about_columns(names: Sequence[str]) -> dict[str, str]:
    """What each column of evidence is, by its name."""
    return {evidence_column(name): term_of(name).formula for name in names}


def evidence_columns(ranking: Ranking) -> dict[str, NDArray[Any]]:
    """All evidence, one value per object in the order of the ranking, by name of the column."""
    population = ranking.population
    return {evidence_column(name): population.values[:, at] for at, name in enumerate(population.names)}


def joined(
    ranking: Ranking, images: NDArray[Any], labels: NDArray[Any], times: NDArray[Any] | None = None
) -> dict[str, NDArray[Any]]:
    """Suspicion, suspect, why and all evidence for the rows of an object table.

    Parameters
    ----------
    images, labels, times
        (m,) number of the image, label and time point of each row.

    Returns
    -------
    dict
        Columns of m values: `suspicion` (NaN for what is not measured), `suspect` (""), `looks_wrong`, `why`, then the
        evidence.
    """
    stamps = np.zeros(len(labels), np.int64) if times is None else times
    keys = zip(images.tolist(), labels.tolist(), stamps.tolist(), strict=True)
    found = [ranking.row_of(int(image), _whole(label), int(t)) for image, label, t in keys]
    rows = np.array([-1 if row is None else row for row in found], np.int64)
    there = rows >= 0
    out: dict[str, NDArray[Any]] = {"suspicion": _spread(ranking.suspicion, rows)}
    words = dict(zip(rows[there].tolist(), ranking.why(rows[there]), strict=True))
    out["suspect"] = np.array(
        [str(ranking.suspects[row]) if row >= 0 else "" for row in rows.tolist()], object
    )
    out["looks_wrong"] = np.append(ranking.looks_wrong, False)[rows]
    out["why"] = np.array([words.get(row, "") for row in rows.tolist()], object)
    return out | {name: _spread(values, rows) for name, values in evidence_columns(ranking).items()}


def _whole(label: Any) -> int:
    return int(label) if label == label else -1  # NaN: a row without a label


def _spread(values: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.append(values.astype(np.float64), np.nan)[rows]


def rule_frame(ranking: Ranking) -> pd.DataFrame:
    """What rules can ask of each object, in the order of the ranking.

    `image`, `label`, `t`, `plate`, `area` (pixels), `eccentricity` (sqrt(1 - aspect^2)); all evidence under the name of
    its column and, where it is of the shape, the neighbours, the other layer or the first channel, under its plain
    name too (`solidity`, `edge`); that of texture as `texture_edge`; `segmenter_score` where there is one.
    """
    import pandas as pd

    from tuiqc.dataset.plates.mapping import plate_map

    population = ranking.population
    plates = plate_map(ranking.batch)
    plate = [""] * len(ranking.batch.images)
    if plates is not None:
        plate = [plates.plates[at] for at in plates.plate.tolist()]
    images = ranking.images.tolist()
    columns: dict[str, Any] = {
        "image": [escaped(ranking.batch.key(image)) for image in images],
        "plate": [escaped(plate[image]) for image in images],
        "label": ranking.labels,
        "t": ranking.times,
        "area": population.areas,
        "eccentricity": np.sqrt(np.maximum(1 - population.column("aspect") ** 2, 0)),
    }
    if ranking.segmenter is not None:
        columns[SCORE] = ranking.segmenter
    first = ranking.planes.channels[0] if ranking.planes.channels else ""
    for at, name in enumerate(population.names):
        channel, _, what = name.rpartition(" ")
        values = population.values[:, at]
        columns[evidence_column(name)] = values
        if channel in ("", first):
            columns.setdefault(what, values)
        elif channel == "texture":
            columns.setdefault(f"texture_{what}", values)
    return pd.DataFrame(columns)
