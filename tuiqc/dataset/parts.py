"""The objects of one layer, from its tables or measured from its masks.

The frame of a part has first our own columns: `image` (row number in the image table), `label` (int64) and,
where the dialect has time, `t` (int64, from 0). Then come the columns of the file under the names they came
with. The column that *is* the label is not repeated if it is called `label` itself (nor `t`); any other
column of the file with one of our names gets " (file)" added, so `image`, `label` and `t` always mean the
same. Measured objects have the columns of `measure_objects`.

Rows without a whole, positive label are left out and reported; rows with the same label are all kept and
reported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset import geometry as geo
from tuiqc.dataset.dialects.dialect import DialectChoice
from tuiqc.dataset.geometry import Geometry

if TYPE_CHECKING:
    import pandas as pd

OWN = ("image", "label", "t")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a file, in words for the user; nothing was raised for it.

    `lost` says that objects or columns are missing for it, not only that something was assumed.
    """

    path: Path | None
    text: str
    lost: bool = False

    def __str__(self) -> str:
        """The file, as far as it is one file's, and what is wrong."""
        if self.path is None or str(self.path) in self.text:
            return self.text
        return f"{self.path}: {self.text}"


MeasureSlices = Callable[
    [int, NDArray[np.int64], "NDArray[np.int64] | None", NDArray[np.float64]], NDArray[np.float64]
]
"""Takes an image (row number), and labels, time points and what is known of the slices of its objects."""


@dataclass
class ObjectPart:
    """Objects of one layer in one image, or in several (`ObjectLoader.load_layer` reads small tables
    together).

    Attributes
    ----------
    image
        Row number of the (first) image in the image table.
    layer
        The object layer.
    frame
        One row per object, see the module; its index is 0, 1, 2 …
    geometry
        As long as `frame`.
    problems
        What was found wrong.
    images
        All images that this part covers (also those without an object), in the order of its rows.
    measured
        Whether the objects were measured from the mask, since there is no table.
    more
        Columns of further files (`more_columns`), one entry per file: what tells its columns from others of the
        same name, and their values. `join_parts` puts them behind the columns of the frame.
    slices
        Of a table over many stacks: measures the slices of the objects of one image, which `geometry` has only as far
        as the table says them. None where it has them all.
    """

    image: int
    layer: str
    frame: pd.DataFrame
    geometry: Geometry
    problems: list[Problem] = field(default_factory=list)
    images: tuple[int, ...] = ()
    measured: bool = False
    more: tuple[tuple[str, dict[str, Any]], ...] = ()
    slices: MeasureSlices | None = None

    def __post_init__(self) -> None:
        self.images = self.images or (self.image,)


def part_from_table(
    frame: pd.DataFrame, images: NDArray[np.int64], choice: DialectChoice, path: Path, layer: str
) -> tuple[pd.DataFrame, Geometry, list[Problem]]:
    """Turn the rows of a table into objects: frame with our columns, geometry in the table's units, problems.

    `images` has the row number in the image table for each row, -1 where the row belongs to no image.
    """
    problems: list[Problem] = []
    if choice.label_column is None or choice.label_column not in frame.columns:
        found = ", ".join(str(name) for name in frame.columns[:6])
        problems.append(
            Problem(
                path,
                f"no column with the labels among {found} …; name it with --dialect {layer}=generic:COLUMN",
            )
        )
        return empty_frame(), Geometry.unknown(0), problems
    labels, good = whole_labels(frame[choice.label_column])
    own_rows = [column for column in choice.row_columns if column in frame.columns]
    belongs = frame[own_rows].notna().any(axis=1).to_numpy() if own_rows else np.ones(len(frame), bool)
    good &= labels > 0
    if choice.where is not None and choice.where[0] in frame.columns:
        belongs &= (frame[choice.where[0]].astype(str) == choice.where[1]).to_numpy()
    if bad := int((belongs & ~good).sum()):
        rows = "1 row has" if bad == 1 else f"{bad} rows have"
        problems.append(Problem(path, f"{rows} no positive whole label in {choice.label_column!r}; left out"))
    if lost := int((belongs & good & (images < 0)).sum()):
        problems.append(Problem(path, f"{lost} row{'s' * (lost > 1)} of no image in this batch; left out"))
    keep = belongs & good & (images >= 0)
    times: NDArray[np.int64] | None = None
    if choice.t_column is not None and choice.t_column in frame.columns:
        times, known = whole_labels(frame[choice.t_column])
        times = np.where(known, times - choice.t_first, 0)
    if not keep.all():
        frame, labels, images = frame[keep].reset_index(drop=True), labels[keep], images[keep]
        times = None if times is None else times[keep]
    problems += _duplicates(images, labels, times, path)
    found_geometry = geo.from_table(frame, choice)
    return with_own_columns(frame, images, labels, times, choice), found_geometry, problems


def with_own_columns(
    frame: pd.DataFrame,
    images: NDArray[np.int64],
    labels: NDArray[np.int64],
    times: NDArray[np.int64] | None,
    choice: DialectChoice | None,
) -> pd.DataFrame:
    """Return `frame` with `image`, `label` (and `t`) in front; columns of the same names are dropped or
    renamed."""
    import pandas as pd

    own: dict[str, Any] = {"image": images, "label": labels}
    if times is not None:
        own["t"] = times
    same = {"label": choice.label_column, "t": choice.t_column} if choice else {"label": "label"}
    frame = frame.drop(columns=[name for name, column in same.items() if name in own and column == name])
    renamed = {name: f"{name} (file)" for name in OWN if name in frame.columns}
    front = pd.DataFrame(own, index=frame.index, copy=False)
    return pd.concat([front, frame.rename(columns=renamed)], axis=1)


def empty_frame() -> pd.DataFrame:
    """Return a frame of no objects."""
    import pandas as pd

    return pd.DataFrame({"image": np.zeros(0, np.int64), "label": np.zeros(0, np.int64)})


def whole_labels(series: pd.Series[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return a column as whole numbers (int64), and where that is what it holds."""
    if series.dtype.kind in "iu" and isinstance(series.dtype, np.dtype):
        return series.to_numpy().astype(np.int64, copy=False), np.ones(len(series), bool)
    if not isinstance(series.dtype, np.dtype) and series.dtype.kind in "iu":  # integers with gaps
        return series.fillna(0).to_numpy(dtype=np.int64), series.notna().to_numpy(copy=True)
    values = geo.as_floats(series)
    good = np.isfinite(values) & (np.abs(values) < 2.0**53)
    good &= np.where(good, values, 0.5) == np.floor(np.where(good, values, 0.0))
    return np.where(good, values, 0).astype(np.int64), good


def _duplicates(
    images: NDArray[np.int64], labels: NDArray[np.int64], times: NDArray[np.int64] | None, path: Path
) -> list[Problem]:
    import pandas as pd

    if _ascending([images, labels] if times is None else [images, times, labels]):
        return []
    identity = pd.DataFrame(
        {"image": images, "t": 0 if times is None else times, "label": labels}, copy=False
    )
    again = identity[identity.duplicated()]
    if not len(again):
        return []
    some = ", ".join(str(label) for label in sorted(set(again["label"]))[:5])
    more = " …" if again["label"].nunique() > 5 else ""
    return [Problem(path, f"label {some}{more} comes more than once; all rows are kept and share a verdict")]


def _ascending(columns: Sequence[NDArray[np.int64]]) -> bool:
    """Whether each row comes after the one before, the first column counting most: none comes twice then.

    Most tables are so, and of 10^7 rows it takes a tenth of the memory that comparing them does.
    """
    after = np.zeros(max(len(columns[0]) - 1, 0), bool)
    same = np.ones_like(after)
    for column in columns:
        after |= same & (column[1:] > column[:-1])
        same &= column[1:] == column[:-1]
    return bool(after.all())


OnPart = Callable[[ObjectPart], None]
