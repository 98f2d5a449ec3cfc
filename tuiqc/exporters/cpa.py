"""A training set for the Classifier of CellProfiler Analyst: the verdicts as its classes.

Two forms, both read by its "Load Training Set": a CSV with `ImageNumber,ObjectNumber,Class` and the features,
and a text file that begins with "# Training set created while using properties: FILE", names the classes in a
line "label pass fail", and has a line "CLASS IMAGE OBJECT X Y" per object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.exporters.object_tables import load_layer, subjects, write_table
from tuiqc.exporters.request import Request, Written

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.geometry import Geometry

CLASSES = ("pass", "fail")
SUFFIXES = (".csv", ".txt")
_OWN = ("image", "label", "t")
_NUMBERS = ("ImageNumber", "ObjectNumber")


def export(request: Request) -> Written:
    """Write the objects of one layer that passed or failed; .txt is the text form, .csv the table.

    `ImageNumber` is that of the table where it tells the images apart, else the number of the image in the
    batch, from 1; `ObjectNumber` that of the table, else the label. Features are the numeric columns.
    """
    layer = request.one_layer()
    target = request.to(request.output, SUFFIXES)
    frame, geometry, notes, missing = load_layer(request, layer)
    verdicts = np.asarray([request.verdict(subject) for subject in subjects(request, layer, frame)], object)
    judged = np.isin(verdicts, CLASSES) if len(verdicts) else np.zeros(0, bool)
    images, told = _image_numbers(frame)
    objects = (
        frame["ObjectNumber"].to_numpy() if _is_number(frame, "ObjectNumber") else frame["label"].to_numpy()
    )
    if target.suffix == ".txt":
        lines = _text_lines(request, judged, verdicts, images, objects, geometry)
        with target.writing() as temporary:
            temporary.write_text("".join(f"{line}\n" for line in lines), "utf-8", "surrogateescape")
    else:
        write_table(request, _table(frame, judged, verdicts, images, objects), target)
    counts = ", ".join(f"{name} {int((verdicts == name).sum())}" for name in CLASSES)
    return Written([f"{layer}: {counts}: {target.path}"], [*notes, *told], missing)


def _is_number(frame: pd.DataFrame, column: str) -> bool:
    return column in frame and frame[column].dtype.kind in "iu"


def _image_numbers(frame: pd.DataFrame) -> tuple[Any, list[str]]:
    own = frame["image"].to_numpy() + 1
    if not _is_number(frame, "ImageNumber"):
        return own, [
            "The images are numbered from 1 in the order of the batch: the table has no ImageNumber."
        ]
    numbers = frame["ImageNumber"].to_numpy()
    pairs = set(zip(frame["image"].tolist(), numbers.tolist(), strict=True))
    if len(pairs) == len({image for image, _ in pairs}) == len({number for _, number in pairs}):
        return numbers, []
    return own, [
        "The images are numbered from 1 in the order of the batch: ImageNumber in the tables does not tell them apart."
    ]


def _table(frame: pd.DataFrame, judged: Any, verdicts: Any, images: Any, objects: Any) -> pd.DataFrame:
    import pandas as pd

    features = [
        column
        for column in frame.columns
        if column not in _OWN and column not in _NUMBERS and frame[column].dtype.kind in "iuf"
    ]
    front = pd.DataFrame(
        {"ImageNumber": images, "ObjectNumber": objects, "Class": verdicts}, index=frame.index
    )
    table: pd.DataFrame = pd.concat([front, frame[features]], axis=1)[judged]
    return table


def _text_lines(
    request: Request, judged: Any, verdicts: Any, images: Any, objects: Any, geometry: Geometry
) -> list[str]:
    rows = np.flatnonzero(judged)
    x, y = np.round(geometry.centre_x), np.round(geometry.centre_y)
    named = request.properties or "(none)"
    return [
        f"# Training set created while using properties: {named}",
        "label " + " ".join(CLASSES),
        *(
            f"{verdicts[row]} {images[row]} {objects[row]} {_whole(x[row])} {_whole(y[row])}"
            for row in rows.tolist()
        ),
    ]


def _whole(value: float) -> int:
    return int(value) if value == value else 0
