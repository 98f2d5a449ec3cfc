"""Parts of a layer put one after the other: one frame, and no number changed by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.geometry import Geometry
from tuiqc.dataset.parts import ObjectPart, empty_frame
from tuiqc.names import unique_name

if TYPE_CHECKING:
    import pandas as pd

_EXACT = 2**53  # whole numbers beyond this are not exact as float64


def join_parts(parts: Iterable[ObjectPart]) -> tuple[pd.DataFrame, Geometry]:
    """Return one frame and geometry with the rows of all parts, in order; the index is 0, 1, 2 …

    The columns are those of all parts in the order of their first appearance, missing where a part lacks one;
    then those of further files (`ObjectPart.more`), with the name of the file added where a name exists. A
    column that is text in one part and numbers in another becomes text. Whole numbers that no float has stay
    exact (Int64, or text where others are fractions). Parts without a row don't count.
    """
    filled = [part for part in parts if len(part.frame)]
    if not filled:
        return empty_frame(), Geometry.joined([])
    frame = _joined([part.frame for part in filled])
    count = max(len(part.more) for part in filled)
    for number in range(count):
        frame = _with_more(frame, filled, number)
    geometry = filled[0].geometry if len(filled) == 1 else Geometry.joined([part.geometry for part in filled])
    return frame, geometry


def ordered(part: ObjectPart, wanted: Sequence[int], images: int) -> ObjectPart:
    """Return the rows of the wanted images (row numbers) in that order; there are `images` in the batch."""
    inside = part.frame["image"].to_numpy()
    place = np.full(images, len(wanted), np.int64)
    place[np.asarray(wanted, np.int64)] = np.arange(len(wanted))
    ranks = place[inside] if len(inside) else np.zeros(0, np.int64)
    if len(wanted) < images or (np.diff(ranks) < 0).any():
        rows = np.argsort(ranks, kind="stable")
        rows = rows[ranks[rows] < len(wanted)]
        frame, geometry = part.frame.iloc[rows].reset_index(drop=True), part.geometry.taken(rows)
    else:
        frame, geometry = part.frame, part.geometry
    return ObjectPart(
        wanted[0], part.layer, frame, geometry, list(part.problems), tuple(wanted), slices=part.slices
    )


def _joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    if len(frames) == 1:
        return frames[0]
    frames = _exact(frames)
    frame = pd.concat(frames, ignore_index=True, sort=False)
    if "t" in frame.columns and frame["t"].dtype.kind == "f":
        frame["t"] = frame["t"].fillna(0).astype(np.int64)
    for column in _mixed(frame, frames):
        frame[column] = _as_text(frame[column])
    return frame


def _as_text(values: pd.Series[Any]) -> pd.Series[Any]:
    return values.map(str).where(values.notna()).astype("str")


def _mixed(frame: pd.DataFrame, parts: Sequence[pd.DataFrame]) -> list[str]:
    """Columns that became objects since their parts do not agree on numbers or text."""
    candidates = [column for column in frame.columns if frame[column].dtype == object]
    return [
        column
        for column in candidates
        if len({str(part[column].dtype) for part in parts if column in part.columns}) > 1
    ]


def _exact(frames: Sequence[pd.DataFrame]) -> Sequence[pd.DataFrame]:
    """Frames in which no large whole number would become a float when they are put together."""
    kinds: dict[str, list[Any]] = {}
    for frame in frames:
        for name, dtype in frame.dtypes.items():
            kinds.setdefault(str(name), []).append(dtype)
    changed = [
        name
        for name, found in kinds.items()
        if any(dtype.kind in "iu" for dtype in found)
        and (len(found) < len(frames) or len(set(found)) > 1)
        and all(dtype.kind in "iuf" for dtype in found)
        and any(_is_large(frame[name]) for frame in frames if name in frame.columns)
    ]
    if not changed:
        return frames
    new: dict[str, list[Any]] = {name: _same_kind([f.get(name) for f in frames]) for name in changed}
    return [
        frame.assign(**{name: new[name][at] for name in changed if name in frame.columns})
        for at, frame in enumerate(frames)
    ]


def _is_large(values: pd.Series[Any]) -> bool:
    if values.dtype.kind not in "iu":
        return False
    present = values.dropna()
    return bool(len(present)) and (int(present.max()) >= _EXACT or int(present.min()) <= -_EXACT)


def _same_kind(columns: Sequence[pd.Series[Any] | None]) -> list[Any]:
    """The columns as Int64, or as text if some value is a fraction, infinite or too large for that."""
    try:
        return [None if column is None else column.astype("Int64") for column in columns]
    except (TypeError, ValueError, OverflowError):
        return [None if column is None else _as_text(column) for column in columns]


def _with_more(frame: pd.DataFrame, parts: Sequence[ObjectPart], number: int) -> pd.DataFrame:
    import pandas as pd

    pieces, suffix = [], ""
    for part in parts:
        values: dict[str, Any] = {}
        if number < len(part.more):
            suffix, values = part.more[number]
        pieces.append(pd.DataFrame(values, index=part.frame.index))
    more = _joined(pieces)
    taken = {str(name) for name in frame.columns}
    names = free_names([str(name) for name in more.columns], taken, suffix)
    more.columns = pd.Index(list(names.values()), dtype=object)
    return pd.concat([frame, more], axis=1)


def free_names(names: Sequence[str], taken: set[str], suffix: str) -> dict[str, str]:
    """Return each name with the one to use: with ` (suffix)`, ` (suffix 2)` … where it is taken."""
    used, found = set(taken), dict[str, str]()
    for name in names:
        added = partial("{} ({} {})".format, name, suffix)
        first = f"{name} ({suffix})" if name in used else name
        found[name] = unique_name(first, used, added)
        used.add(found[name])
    return found
