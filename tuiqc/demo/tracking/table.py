"""The tracking table of ilastik: `<name>_CSV-Table.csv`, with the columns of its versions 1.3 and 1.4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tuiqc.demo.tracking.frames import Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = (
    "frame",
    "labelimageId",
    "trackId",
    "lineageId",
    "parentTrackId",
    "mergerLabelId",
    "Size_in_pixels",
    "Mean_Intensity",
    "Maximum_intensity",
    "Variance_of_Intensity",
    "Radii_of_the_object_0",
    "Radii_of_the_object_1",
    "Center_of_the_object_0",
    "Center_of_the_object_1",
    "Bounding_Box_Minimum_0",
    "Bounding_Box_Minimum_1",
    "Bounding_Box_Maximum_0",
    "Bounding_Box_Maximum_1",
)


def rows_of(frame: Frame, t: int) -> list[tuple[float, ...]]:
    """The rows of one time point, measured on the painted pixels. Suffix 0 is x, 1 is y; maxima exclusive."""
    rows = []
    labels = frame.labels.astype(np.int64)
    flat = np.flatnonzero(labels)
    index = labels.ravel()[flat]
    values = frame.raw.ravel()[flat].astype(np.float64)
    y, x = np.divmod(flat, labels.shape[1])
    order = np.argsort(index, kind="stable")
    bounds = np.searchsorted(index[order], np.arange(1, len(frame.cells) + 2))
    for label, cell in enumerate(frame.cells, 1):
        mine = order[bounds[label - 1] : bounds[label]]
        if not len(mine):
            continue
        rows.append(
            (
                t,
                label,
                int(cell.track[t]),
                int(cell.lineage[t]),
                int(cell.parent[t]),
                int(cell.merger[t]),
                *_measured(x[mine], y[mine], values[mine]),
            )
        )
    return rows


def _measured(x: NDArray[np.int64], y: NDArray[np.int64], values: NDArray[np.float64]) -> tuple[float, ...]:
    spread = np.cov(np.stack([x, y])) if len(x) > 2 else np.zeros((2, 2))
    radii = np.sqrt(np.clip(np.linalg.eigvalsh(spread)[::-1], 0, None))
    return (
        len(x),
        float(values.mean()),
        float(values.max()),
        float(values.var()),
        float(radii[0]),
        float(radii[1]),
        float(x.mean()),
        float(y.mean()),
        float(x.min()),
        float(y.min()),
        float(x.max() + 1),
        float(y.max() + 1),
    )
