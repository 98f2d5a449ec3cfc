"""Objects of a layer of polygons: measured as those of a mask, with what the file says of each beside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.mask_measures import is_large
from tuiqc.dataset.parts import Problem
from tuiqc.pixels import open_image
from tuiqc.pixels.polygons.geo_parquet import INDEX
from tuiqc.pixels.polygons.outlines import ANY_PLANE, Outlines
from tuiqc.pixels.polygons.polygon_file import FILES, is_polygons
from tuiqc.pixels.polygons.polygon_layer import PolygonImage
from tuiqc.pixels.polygons.polygon_set import PolygonSet
from tuiqc.text import plural, some

if TYPE_CHECKING:
    import pandas as pd

_CORNER = 0.6
"""Polygons that reach no further than this share of the image, both ways, may be in another unit."""
_IDS = ("cell_id", "EntityID", "instance_id", "id", "cell", "cellID", "cell_ID", "name", "label_id", INDEX)
_ENOUGH = 0.5
"""Share of the ids of a table that are those of polygons, from which on they are the same ids."""


def outline_measures(path: Path) -> pd.DataFrame | None:
    """Return what `mask_measures.measure_objects` would of a large plane of polygons, from their outlines.

    Of such a plane drawing all of it takes minutes. The area is that of the outline, in pixels. None for another mask,
    for a small plane, and for a movie or a stack.
    """
    if not is_polygons(path):
        return None
    with open_image(path) as image:
        info = image.info
        if not is_large(info) or info.sizes["t"] * info.sizes["z"] > 1 or not isinstance(image, PolygonImage):
            return None
        outlines = FILES.get(path).outlines.placed(image.affine())
    return _frame(outlines, info.shape)


def _frame(outlines: Outlines, shape: tuple[int, int]) -> pd.DataFrame:
    import pandas as pd

    found = outlines.measured()
    low, high = np.ceil(found.box[:, :2] - 0.5), np.ceil(found.box[:, 2:] - 0.5)
    size = np.array([shape[1], shape[0]])
    inside = ((high > 0) & (low < size)).all(axis=1)
    order = np.flatnonzero(inside)
    order = order[np.argsort(outlines.labels[order], kind="stable")]
    low, high = np.clip(low, 0, size)[order].astype(np.int64), np.clip(high, 0, size)[order].astype(np.int64)
    return pd.DataFrame(
        {
            "label": outlines.labels[order],
            "area": found.area[order],
            "centre_x": found.centre[order, 0] - 0.5,
            "centre_y": found.centre[order, 1] - 0.5,
            "min_x": low[:, 0],
            "min_y": low[:, 1],
            "max_x": high[:, 0],
            "max_y": high[:, 1],
            "touches_border": (low == 0).any(axis=1) | (high == size).any(axis=1),
        }
    )


def with_columns(path: Path, measured: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Return measured objects with the columns of their file of polygons behind, and what is to be said of it.

    A column of the file with a name that was measured gets " (file)" added.
    """
    polygons = FILES.get(path)
    rows = _rows(polygons.outlines, measured)
    import pandas as pd
    import pyarrow as pa

    more: dict[str, Any] = {}
    taken = pa.array(np.maximum(rows, 0), mask=rows < 0)
    for name, column in polygons.columns.items():
        values = column.take(taken)
        if name == "label" and not values.null_count and _same(values, measured["label"]):
            continue
        more[f"{name} (file)" if name in measured.columns else name] = _plain(values)
    frame = pd.concat([measured, pd.DataFrame(more, index=measured.index)], axis=1) if more else measured
    return frame, [Problem(path, text) for text in _said(path, polygons, measured)]


def notes_of_polygons(paths: Iterable[Path]) -> list[Problem]:
    """Return what was assumed when files of polygons were read."""
    return [Problem(path, note) for path in paths if is_polygons(path) for note in FILES.get(path).notes]


def _rows(outlines: Outlines, measured: pd.DataFrame) -> NDArray[np.int64]:
    """The row among the polygons of each measured object, -1 for none."""
    labels, times = measured["label"].to_numpy(np.int64), np.zeros(len(measured), np.int64)
    if "t" in measured.columns and (outlines.t != ANY_PLANE).any():
        times = measured["t"].to_numpy(np.int64)
    own = np.maximum(outlines.t, 0) if times.any() else np.zeros(len(outlines), np.int64)
    step = int(max(times.max(initial=0), own.max(initial=0))) + 1
    keys, wanted = outlines.labels * step + own, labels * step + times
    order = np.argsort(keys, kind="stable")
    place = order[np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)] if len(keys) else wanted
    return np.where(keys[place] == wanted, place, -1) if len(keys) else np.full(len(wanted), -1)


def _same(values: Any, labels: pd.Series[Any]) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(values.type) and (values.to_numpy() == labels.to_numpy()).all())


def _plain(values: Any) -> Any:
    """A column for pandas: whole numbers with gaps stay whole."""
    import pandas as pd
    import pyarrow as pa

    kinds = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype(), pa.int32(): pd.Int32Dtype()}
    if pa.types.is_integer(values.type) and values.null_count:
        return values.to_pandas(types_mapper=kinds.get)
    return values.to_pandas()


def _said(path: Path, polygons: PolygonSet, measured: pd.DataFrame) -> list[str]:
    """Sentences about a file of polygons on its image."""
    found = list(polygons.notes)
    with open_image(path) as image:
        affine = getattr(image, "affine", None)
        shape, size = image.info.shape, image.info.pixel_size_um
        if affine is None:  # a compartment
            return found
        outlines = polygons.outlines.placed(affine())
    unseen = np.setdiff1d(outlines.labels, measured["label"].to_numpy())
    low, high = _reach(outlines)
    outside = np.isin(outlines.labels, unseen) & ((high <= 0) | (low >= [shape[1], shape[0]])).any(axis=1)
    if outside.any():
        found.append(
            f"{plural(int(outside.sum()), 'object')} of {len(outlines)} lie outside of the image: in another unit? "
            "Say it with --units LAYER=um (or px, or micrometres per pixel)"
        )
    hidden = np.setdiff1d(unseen, outlines.labels[outside])
    if len(hidden):
        found.append(
            f"{plural(len(hidden), 'object')} without a pixel (no outline, smaller than a pixel, or under others): "
            f"{some([str(label) for label in hidden.tolist()], 3)}"
        )
    if size is not None and len(outlines) and not polygons.unit and affine() == affine().after(affine()):
        reach = np.nanmax(high, axis=0, initial=0) / [shape[1], shape[0]]
        scale = 1 / np.array(size[::-1])
        if (reach < _CORNER).all() and (reach * scale <= 1.02).all() and (reach * scale > _CORNER).any():
            found.append(
                f"all objects lie in the first {reach.max():.0%} of the image: are they in micrometres? "
                "Then say --units LAYER=um"
            )
    return found


def _reach(outlines: Outlines) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    box = outlines.measured().box
    return box[:, :2], box[:, 2:]


# --- tables that speak of the objects by their ids


def labels_of_ids(
    frame: pd.DataFrame, rows: NDArray[np.int64], paths: dict[int, Path], label: str | None
) -> tuple[NDArray[np.int64] | None, str, str]:
    """Return the label of each row by an id that the polygons have too, the column, and a sentence.

    None where the column of labels fits the polygons better, or nothing does.

    Parameters
    ----------
    rows
        The image of each row.
    paths
        The file of polygons of each image.
    label
        The column that was taken for that of the labels.
    """
    known = {image: FILES.get(path) for image, path in paths.items() if is_polygons(path)}
    if not known:
        return None, "", ""
    there = {str(name) for polygons in known.values() for name in polygons.columns}
    names = [str(name) for name in frame.columns]
    columns = [name for name in (label, *_IDS) if name is not None and name in names]
    best: tuple[float, NDArray[np.int64] | None, str, str] = (_ENOUGH, None, "", "")
    for column in dict.fromkeys(columns):
        texts = _texts(frame[column])
        for own in [one for one in dict.fromkeys((column, *_IDS)) if one in there]:
            found = _matched(texts, rows, known, own)
            share = float((found > 0).mean()) if len(found) else 0.0
            if share > best[0]:
                best = share, found, column, own
    if best[1] is None:
        return None, "", ""
    if label is not None and label in names:
        numbers = frame[label]
        labels = set(np.concatenate([one.outlines.labels for one in known.values()]).tolist())
        fits = np.mean([value in labels for value in numbers]) if numbers.dtype.kind in "iu" else 0.0
        if fits >= best[0] and best[2] != label:
            return None, "", ""
    return best[1], best[2], f"labels are those of the polygons with the same {best[3]!r}"


def _matched(
    texts: Sequence[str], rows: NDArray[np.int64], known: dict[int, PolygonSet], own: str
) -> NDArray[np.int64]:
    found = np.zeros(len(texts), np.int64)
    for image, polygons in known.items():
        if own not in polygons.columns:
            continue
        labels = dict(
            zip(map(str, polygons.columns[own].to_pylist()), polygons.outlines.labels.tolist(), strict=True)
        )
        here = np.flatnonzero(rows == image)
        found[here] = [labels.get(texts[row], 0) for row in here.tolist()]
    return found


def _texts(series: pd.Series[Any]) -> list[str]:
    return [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in series]
