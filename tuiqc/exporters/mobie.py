"""A table that Fiji MoBIE reads: its column names, the verdicts, and all measurements.

MoBIE knows its own tables by `label_id` and `anchor_x`; `label_image_id` names the label image, `timepoint`
counts from 0, and anchors and boxes are in calibrated units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc import pixels
from tuiqc.dataset.model import ImageRecord
from tuiqc.errors import TuiqcError
from tuiqc.exporters.guard import Output
from tuiqc.exporters.object_tables import (
    as_written,
    kept_text,
    load_layer,
    staying,
    subjects,
    verdict_columns,
    write_table,
)
from tuiqc.exporters.request import Request, Written
from tuiqc.text import escaped

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from tuiqc.dataset.geometry import Geometry


SUFFIXES = (".tsv", ".csv", ".tab", ".txt")


@dataclass(frozen=True, eq=False)
class MobieTable:
    """The objects of a layer as MoBIE reads them.

    Attributes
    ----------
    frame
        The rows that stay.
    images
        Row number of the image of each.
    counted
        How many stay and go, and in which unit their places are.
    notes, missing
        As `Written` has them.
    """

    frame: pd.DataFrame
    images: NDArray[np.int64]
    counted: str
    notes: list[str]
    missing: list[str]

    @classmethod
    def of(cls, request: Request, layer: str, target: Output) -> MobieTable:
        """Read the objects of a layer for a file like `target`.

        Raises
        ------
        InputError
            None of its tables and masks could be read.
        """
        frame, geometry, notes, missing = load_layer(request, layer)
        of = subjects(request, layer, frame)
        tracks = request.tracks_of(layer, frame)
        stay = staying(request, of, tracks)
        places, unit = _places(request, layer, frame, geometry)
        verdicts = {
            name.removeprefix("qc_"): column for name, column in verdict_columns(request, of, tracks).items()
        }
        table = _table(as_written(request, layer, frame, target, numbers=True), places, verdicts)
        counted = f"{layer}: {kept_text(request, of, tracks, stay)}, places in {unit}"
        return cls(table[stay], frame["image"].to_numpy()[stay], counted, notes, missing)


def export(request: Request) -> Written:
    """Write the objects of one layer that are not dropped; tabs for .tsv, .tab and .txt, else commas.

    Anchors and boxes are in µm where the mask or a channel says how large a pixel is, else in pixels.
    """
    layer = request.one_layer()
    target = request.to(request.output, SUFFIXES)
    table = MobieTable.of(request, layer, target)
    write_table(request, table.frame, target)
    return Written([f"{table.counted}: {target.path}"], table.notes, table.missing)


def _places(
    request: Request, layer: str, frame: pd.DataFrame, geometry: Geometry
) -> tuple[dict[str, Any], str]:
    records = request.batch.images
    images = frame["image"].to_numpy()
    sizes = {index: _pixel_size(records[index], layer) for index in np.unique(images).tolist()}
    calibrated = bool(sizes) and all(size is not None for size in sizes.values())
    scale_y, scale_x = np.ones(len(frame)), np.ones(len(frame))
    if calibrated:
        for index, size in sizes.items():
            assert size is not None
            scale_y[images == index], scale_x[images == index] = size
    names = {index: _mask_name(records[index], layer) for index in sizes}
    columns: dict[str, Any] = {
        "label_image_id": [names[index] for index in images.tolist()],
        "label_id": frame["label"].to_numpy(),
    }
    if "t" in frame:
        columns["timepoint"] = frame["t"].to_numpy()
    columns |= {
        "anchor_x": geometry.centre_x * scale_x,
        "anchor_y": geometry.centre_y * scale_y,
        "bb_min_x": geometry.min_x * scale_x,
        "bb_min_y": geometry.min_y * scale_y,
        "bb_max_x": geometry.max_x * scale_x,
        "bb_max_y": geometry.max_y * scale_y,
    }
    return columns, "µm" if calibrated else "pixels"


def _pixel_size(record: ImageRecord, layer: str) -> tuple[float, float] | None:
    for path in (record.masks.get(layer), *record.channels.values()):
        try:
            size = pixels.image_info(path).pixel_size_um if path is not None else None
        except TuiqcError:
            continue
        if size is not None:
            return size
    return None


def _mask_name(record: ImageRecord, layer: str) -> str:
    path = record.masks.get(layer)
    return escaped(path.stem if path is not None else record.key)


def _table(frame: pd.DataFrame, places: dict[str, Any], verdicts: dict[str, list[str]]) -> pd.DataFrame:
    import pandas as pd

    own = {**places, **verdicts}
    rest = frame.drop(columns=[name for name in ("image", "label", "t") if name in frame])
    rest = rest.rename(columns={name: f"{name} (table)" for name in rest.columns if name in own})
    return pd.concat([pd.DataFrame(own, index=frame.index), rest], axis=1)
