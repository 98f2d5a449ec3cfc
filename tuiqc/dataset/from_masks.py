"""Objects as the masks have them, where there is no table or the table has no coordinates in pixels.

Told beside is what speaks against a file being a mask of labels, although it can be read as one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset import geometry as geo
from tuiqc.dataset.geometry import Geometry
from tuiqc.dataset.mask_measures import across_slices, is_large, label_plane, measure_large, measure_objects
from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.dataset.parts import ObjectPart, Problem, empty_frame, with_own_columns
from tuiqc.errors import TuiqcError
from tuiqc.pixels import image_info
from tuiqc.pixels.polygons.polygon_file import is_polygons

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# Reads one plane: `pixels.read_plane`, or a cache's method with the same parameters.
ReadPlane = Callable[..., NDArray[Any]]


def geometry_from_masks(batch: Batch, part: ObjectPart, read: ReadPlane) -> None:
    """Replace the geometry by what the masks say; where a mask can't be read that of the table stays.

    Where there is no mask, places that are in µm become pixels by the pixel size of the image's channels.
    """
    images = part.frame["image"].to_numpy()
    labels = part.frame["label"].to_numpy()
    times = part.frame["t"].to_numpy() if "t" in part.frame.columns else np.zeros(len(images), np.int64)
    sizes: dict[int, tuple[float, float] | None] = {}
    part.geometry = part.geometry.writable()
    for index, t, rows in _planes(images, times):
        path = batch.images[index].masks.get(part.layer)
        if path is None:
            _to_pixels(batch, part, index, rows, sizes)
            continue
        try:
            measured = _whole_objects(path, read, t)
        except (TuiqcError, ValueError, IndexError) as error:
            part.problems.append(Problem(path, f"centres can't be had from the mask: {error}"))
            continue
        found = geo.from_mask(labels[rows], measured)
        for name in Geometry.__slots__:
            getattr(part.geometry, name)[rows] = getattr(found, name)


def slices_from_masks(batch: Batch, part: ObjectPart, read: ReadPlane) -> None:
    """Fill in the slices that show the objects best, where the table says none, or some that no mask has."""
    part.geometry = part.geometry.writable("best_z")
    frame, best = part.frame, part.geometry.best_z
    for index in part.images:
        rows = np.flatnonzero(frame["image"].to_numpy() == index)
        times = frame["t"].to_numpy()[rows] if "t" in frame.columns else None
        best[rows] = slices_of_image(
            batch, part.layer, read, index, frame["label"].to_numpy()[rows], times, best[rows]
        )


def slices_of_image(
    batch: Batch, layer: str, read: ReadPlane, image: int, labels: Ints, times: Ints | None, known: Floats
) -> Floats:
    """Return the slices that show objects of one image best; what is `known` of them where that can't be measured.

    Parameters
    ----------
    labels, times, known
        Of each object; no time points where there is no time; `known` is NaN where nothing is.
    """
    best, path = known.copy(), batch.images[image].masks.get(layer)
    if path is None:
        return best
    if times is None:
        times = np.zeros(len(labels), np.int64)
    for _, t, rows in _planes(np.full(len(labels), image), times):
        with contextlib.suppress(TuiqcError, ValueError, IndexError):  # told when it is looked at
            depth, told = image_info(path).sizes["z"], known[rows]
            if depth > 1 and not ((told >= 0) & (told < depth)).all():
                found = geo.from_mask(labels[rows], _whole_objects(path, read, t)).best_z
                best[rows] = np.where(np.isnan(found), told, found)
    return best


def _to_pixels(
    batch: Batch,
    part: ObjectPart,
    index: int,
    rows: NDArray[np.int64],
    sizes: dict[int, tuple[float, float] | None],
) -> None:
    """Turn places of a calibrated table into pixels; `sizes` is what is known of each image, and said once."""
    choice, image = batch.dialects.get(part.layer), batch.images[index]
    if choice is None or not choice.calibrated or choice.centre_columns is None:
        return
    if index not in sizes:
        paths = [path for path in image.channels.values() if path is not None]
        sizes[index] = size = next(
            (known for path in paths if (known := _pixel_size(path)) is not None), None
        )
        about = (
            image.tables.get(part.layer) or batch.shared_tables.get(part.layer) or (paths or [batch.root])[0]
        )
        said = (
            "places may be in µm, but there is neither a mask nor a pixel size: they were taken for pixels"
            if size is None
            else f"places in µm became pixels of {size[1]:.4g} µm, the pixel size of the image: there is no mask"
        )
        part.problems.append(Problem(about, said))
    size = sizes[index]
    if size is None:
        return
    down, right = size
    units = {"centre_x": right, "min_x": right, "max_x": right, "area": down * right, "best_z": 1.0}
    for name in Geometry.__slots__:
        getattr(part.geometry, name)[rows] /= units.get(name, down)


def _pixel_size(path: Path) -> tuple[float, float] | None:
    try:
        return image_info(path).pixel_size_um
    except TuiqcError:
        return None


def _planes(
    images: NDArray[np.int64], times: NDArray[np.int64]
) -> Iterator[tuple[int, int, NDArray[np.int64]]]:
    """Each image and time point with its rows, ascending."""
    if not len(images):
        return
    order = np.lexsort((times, images))
    new = (np.diff(images[order]) != 0) | (np.diff(times[order]) != 0)
    for rows in np.split(order, np.flatnonzero(new) + 1):
        yield int(images[rows[0]]), int(times[rows[0]]), rows


def _outlined(path: Path) -> pd.DataFrame | None:
    """The objects of a large plane of polygons, which need not be drawn for that; None for another mask."""
    if not is_polygons(path):
        return None
    from tuiqc.dataset.from_polygons import outline_measures

    return outline_measures(path)


def _whole_objects(path: Path, read: ReadPlane, t: int) -> pd.DataFrame:
    if (outlined := _outlined(path)) is not None:
        return outlined
    info = image_info(path)
    depth = info.sizes["z"]
    if is_large(info):
        slices = [measure_large(path, t, z, {})[0] for z in range(depth)]
        return slices[0] if depth == 1 else across_slices(slices)
    slices = [measure_objects(label_plane(read(path, t=t, z=z))) for z in range(depth)]
    return slices[0] if depth == 1 else across_slices(slices)


def part_from_mask(batch: Batch, image: ImageRecord, layer: str, read: ReadPlane) -> ObjectPart:
    """Return the objects of one image as its mask has them; what can't be read is a problem of the part.

    In a layer with tables (of other images) only the labels and the geometry are given.
    """
    path = image.masks.get(layer)
    part = ObjectPart(image.index, layer, empty_frame(), Geometry.unknown(0), measured=True)
    if path is None:
        part.problems.append(Problem(None, f"image {image.key}: no mask and no table of {layer}"))
        return part
    with_tables = batch.has_table(layer)
    try:
        # Beside tables of other images only the labels are wanted: no second set of columns.
        measured = _measured(path, read, image, None if with_tables else part)
    except TuiqcError as error:
        part.problems.append(Problem(path, str(error).removeprefix(f"{path}: "), lost=True))
        return part
    except ValueError as error:
        part.problems.append(Problem(path, f"not a label mask: {error}", lost=True))
        return part
    if is_polygons(path):
        from tuiqc.dataset.from_polygons import with_columns

        measured, said = with_columns(path, measured)
        part.problems += said
    else:
        part.problems += [Problem(path, text) for text in doubts(path, image, measured, read)]
    ids = measured["label"].to_numpy()
    times = measured.pop("t").to_numpy() if "t" in measured.columns else None
    part.geometry = geo.from_own(measured)
    images = np.full(len(ids), image.index, np.int64)
    if with_tables:
        part.problems.append(
            Problem(path, f"image {image.key} has no table of {layer}: labels are from the mask")
        )
        measured = measured[["label"]]
    part.frame = with_own_columns(measured, images, ids, times, None)
    return part


def _measured(path: Path, read: ReadPlane, image: ImageRecord, part: ObjectPart | None) -> pd.DataFrame:
    """Measure every time point (column `t` where there are several), objects across all slices of one."""
    import pandas as pd

    if (outlined := _outlined(path)) is not None:
        return outlined
    info = image_info(path)
    sizes, large = info.sizes, is_large(info)
    found = []
    for t in range(sizes["t"]):
        slices = []
        for z in range(sizes["z"]):
            if large:
                slices.append(_large_slice(path, image, part, t, z))
                continue
            labels = label_plane(read(path, t=t, z=z) if (t or z) else read(path))
            channels = {} if part is None else _channels(image, labels.shape, part, read, t, z)
            slices.append(measure_objects(labels, channels))
        one = slices[0] if len(slices) == 1 else across_slices(slices)
        if sizes["t"] > 1:
            one.insert(1, "t", t)
        found.append(one)
    return found[0] if len(found) == 1 else pd.concat(found, ignore_index=True)


def _large_slice(path: Path, image: ImageRecord, part: ObjectPart | None, t: int, z: int) -> pd.DataFrame:
    """One plane of a very large mask, with the channels where `part` takes their problems."""
    channels = {}
    for name, file in image.channels.items() if part is not None else ():
        if file is not None:
            with contextlib.suppress(TuiqcError):  # told when it is looked at
                sizes = image_info(file).sizes
                place = min(t, sizes["t"] - 1), min(z, sizes["z"] - 1)
                channels[name] = (file, *place, image.plane_of(name))
    measured, problems = measure_large(path, t, z, channels)
    if part is not None:
        part.problems.extend(Problem(file, text) for file, text in problems)
    return measured


def _channels(
    image: ImageRecord, shape: tuple[int, ...], part: ObjectPart, read: ReadPlane, t: int = 0, z: int = 0
) -> dict[str, NDArray[Any]]:
    found = {}
    for name, path in image.channels.items():
        if path is None:
            continue
        try:
            sizes = image_info(path).sizes if t or z else {"t": 1, "z": 1}
            if 1 < sizes["t"] <= t or 1 < sizes["z"] <= z:
                continue  # the channel ends before: its mean there is not known
            place = {"t": min(t, sizes["t"] - 1), "z": min(z, sizes["z"] - 1)} if t or z else {}
            found[name] = read(path, c=image.plane_of(name), **place)
        except TuiqcError as error:
            part.problems.append(Problem(path, str(error)))
            continue
        if found[name].shape[:2] != shape[:2]:
            there, here = (f"{s[1]} x {s[0]}" for s in (found[name].shape, shape))
            part.problems.append(
                Problem(
                    image.masks.get(part.layer),
                    f"the mask has {here} pixels, {path.name} {there}: laid on its corner",
                )
            )
    return found


_MOST_PIXELS = 1 << 26
_SPARSE, _SCATTERED = 0.15, 0.2
"""An object fills less of its box than this if it is in pieces far apart; so many of all objects are suspicious."""
_WORDS = {"t": "time points", "z": "slices"}


def doubts(
    path: Path, image: ImageRecord, measured: pd.DataFrame, read: Callable[..., NDArray[Any]]
) -> list[str]:
    """Sentences on a mask whose objects were measured: planes that are missing, a lossy codec, one label for all.

    Parameters
    ----------
    measured
        As `tuiqc.dataset.mask_measures.measure_objects` gives it; with a column `t` for a movie.
    read
        Reads one plane of a file.
    """
    found = plane_doubts(path, image)
    if text := _wrapped(path, measured):
        found.append(text)
    if text := _one_label(path, measured, read):
        found.append(text)
    return found


def plane_doubts(path: Path, image: ImageRecord) -> list[str]:
    """What the headers of a mask and its image say: nothing of the pixels is read."""
    info = image_info(path)
    found = []
    if info.lossy:
        found.append(
            f"{info.format} with a lossy codec changes labels: save masks without loss (PNG, TIFF with zlib)"
        )
    for channel in image.channels.values():
        try:
            sizes = None if channel is None else image_info(channel).sizes
        except TuiqcError:
            continue
        if sizes is None:
            continue
        for axis, noun in _WORDS.items():
            here, there = info.sizes[axis], sizes[axis]
            if 1 < here != there > 1:
                found.append(f"the mask has {here} {noun}, its image {there}; otherwise: --axes")
        break
    return found


def _wrapped(path: Path, measured: pd.DataFrame) -> str:
    """Say of a mask that uses its largest label that its labels may have begun anew: objects far apart share one."""
    dtype = image_info(path).dtype
    if dtype.kind != "u" or dtype.itemsize > 2 or not len(measured):
        return ""
    largest = int(np.iinfo(dtype.name).max)
    labels = measured["label"].to_numpy()
    if labels.max() != largest or len(np.unique(labels)) < largest // 2:
        return ""
    sides = [measured[f"max_{axis}"].to_numpy() - measured[f"min_{axis}"].to_numpy() for axis in "xy"]
    scattered = int((measured["area"].to_numpy() < _SPARSE * sides[0] * sides[1]).sum())
    if scattered < _SCATTERED * len(measured):
        return ""
    return (
        f"{scattered} of its {len(measured)} labels are in pieces far apart, and the largest is {largest}: more "
        f"objects than {8 * dtype.itemsize} bits can number? Save masks with more bits"
    )


def _one_label(path: Path, measured: pd.DataFrame, read: Callable[..., NDArray[Any]]) -> str:
    """Say of a mask with one label that it may be a binary one: a foreground in several pieces, or most of it."""
    from scipy import ndimage

    info = image_info(path)
    if measured["label"].nunique() != 1 or info.shape[0] * info.shape[1] > _MOST_PIXELS:
        return ""
    row = int(measured["area"].to_numpy().argmax())
    t = int(measured["t"].iloc[row]) if "t" in measured.columns else 0
    try:
        inside = label_plane(read(path, t=t) if t else read(path)) > 0
    except (TuiqcError, ValueError):
        return ""
    value = int(measured["label"].iloc[0])
    pieces = int(ndimage.label(inside, np.ones((3, 3)))[1])
    if pieces > 1:
        return (
            f"its only label is {value}, in {pieces} pieces: a binary mask of foreground? It counts as one object; "
            "label its pieces first"
        )
    if 2 * int(inside.sum()) > inside.size:
        share = f"{inside.mean():.0%} of the image"
        return f"its only label is {value} and covers {share}: a binary mask, or its background?"
    return ""
