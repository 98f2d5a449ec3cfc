"""Objects as the masks have them, where there is no table or the table has no coordinates in pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset import geometry as geo
from tuiqc.dataset.geometry import Geometry
from tuiqc.dataset.measure import label_plane, measure_objects
from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.dataset.parts import ObjectPart, Problem, empty_frame, with_own_columns
from tuiqc.errors import TuiqcError

# Reads one plane: `pixels.read_plane`, or a cache's method with the same parameters.
ReadPlane = Callable[..., NDArray[Any]]


def geometry_from_masks(batch: Batch, part: ObjectPart, read: ReadPlane) -> None:
    """Replace the geometry by what the masks say; where a mask can't be read that of the table stays."""
    images = part.frame["image"].to_numpy()
    labels = part.frame["label"].to_numpy()
    times = part.frame["t"].to_numpy() if "t" in part.frame.columns else np.zeros(len(images), np.int64)
    for index, t in sorted(set(zip(images.tolist(), times.tolist(), strict=True))):
        path = batch.images[index].masks.get(part.layer)
        if path is None:
            continue
        rows = np.flatnonzero((images == index) & (times == t))
        try:
            measured = measure_objects(label_plane(read(path, t=t)))
        except (TuiqcError, ValueError, IndexError) as error:
            part.problems.append(Problem(path, f"centres can't be had from the mask: {error}"))
            continue
        found = geo.from_mask(labels[rows], measured)
        for name in Geometry.__slots__:
            getattr(part.geometry, name)[rows] = getattr(found, name)


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
        labels = label_plane(read(path))
        # Beside tables of other images only the labels are wanted: no second set of columns.
        measured = measure_objects(labels, {} if with_tables else _channels(image, labels.shape, part, read))
    except TuiqcError as error:
        part.problems.append(Problem(path, str(error)))
        return part
    except ValueError as error:
        part.problems.append(Problem(path, f"not a label mask: {error}"))
        return part
    ids = measured["label"].to_numpy()
    part.geometry = geo.from_mask(ids, measured)
    images = np.full(len(ids), image.index, np.int64)
    if with_tables:
        part.problems.append(
            Problem(path, f"image {image.key} has no table of {layer}: labels are from the mask")
        )
        measured = measured[["label"]]
    part.frame = with_own_columns(measured, images, ids, None, None)
    return part


def _channels(
    image: ImageRecord, shape: tuple[int, ...], part: ObjectPart, read: ReadPlane
) -> dict[str, NDArray[Any]]:
    found = {}
    for name, path in image.channels.items():
        if path is None:
            continue
        try:
            found[name] = read(path, c=image.plane_of(name))
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
