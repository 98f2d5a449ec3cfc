"""Holds the rows of tables against their masks: do they speak of the same objects, in the same place and size?

The screen compares what is looked at; here a few images of a batch, spread over it, are compared for commands that
show none, and what was found is one sentence with its counts for each kind of disagreement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc import pixels
from tuiqc.dataset.dialects import needs_mask
from tuiqc.dataset.mask_measures import label_plane
from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.dataset.parts import ObjectPart
from tuiqc.errors import TuiqcError
from tuiqc.text import plural, some

_MOST_IMAGES = 24
_LARGEST = 1 << 28
"""Bytes of a mask that is still read whole only to be compared."""
_SHIFTED = 0.9
"""Share of the labels that agree with one added or taken away, from which on they are called one off."""
_INSIDE = 0.5
"""Share of the centres that lie in their objects below which something is wrong with the places."""


@dataclass
class _Found:
    """Counts over the images that were compared."""

    images: int = 0
    rows: int = 0
    labels: int = 0
    common: int = 0
    shifted: dict[int, int] = field(default_factory=lambda: {1: 0, -1: 0})
    empty: list[str] = field(default_factory=list)
    without_label: list[str] = field(default_factory=list)
    sizes: dict[str, list[str]] = field(default_factory=dict)
    centres: int = 0
    inside: int = 0
    swapped: int = 0


class MaskComparison:
    """What does not agree between the objects of a layer and its masks; parts are taken one after the other.

    Parameters
    ----------
    every
        Whether all images are compared; else some, spread over the batch.
    """

    def __init__(self, batch: Batch, layer: str, every: bool = False) -> None:
        self._batch, self._layer, self._found = batch, layer, _Found()
        count = len(batch.images)
        some_of = np.linspace(0, count - 1, min(count, count if every else _MOST_IMAGES))
        self._chosen = set(some_of.astype(int).tolist())

    def take(self, part: ObjectPart) -> None:
        """Compare objects as they were read; those that were measured from the masks in size only."""
        chosen = sorted(self._chosen.intersection(part.images))
        if not chosen:
            return
        numbers = part.frame["image"].to_numpy()
        rows = np.flatnonzero(np.isin(numbers, chosen))
        of_rows = numbers[rows]
        for image in chosen:
            _compare(self._batch, self._batch.images[image], part, rows[of_rows == image], self._found)

    def sentences(self) -> list[str]:
        """Return what was found, nothing if all agrees."""
        return list(_sentences(self._layer, self._found, len(self._chosen)))


def compare_with_masks(batch: Batch, layer: str, parts: Iterable[ObjectPart]) -> list[str]:
    """Return sentences on what does not agree between the objects of a layer and some of its masks."""
    comparison = MaskComparison(batch, layer)
    for part in parts:
        comparison.take(part)
    return comparison.sentences()


def _compare(batch: Batch, record: ImageRecord, part: ObjectPart, rows: NDArray[Any], found: _Found) -> None:
    path = record.masks.get(part.layer)
    if path is None:
        return
    try:
        with pixels.open_image(path) as mask:
            info = mask.info
            _compare_sizes(record, info.shape, found)
            if part.measured or info.plane_bytes * info.sizes["z"] > _LARGEST:
                return
            planes = [label_plane(mask.read(z=z)) for z in range(info.sizes["z"])]
    except (TuiqcError, ValueError):
        return  # told by whoever wants its objects
    frame = part.frame
    if "t" in frame.columns:
        rows = rows[frame["t"].to_numpy()[rows] == 0]
    labels = frame["label"].to_numpy()[rows]
    there = np.unique(np.stack(planes)) if planes else np.zeros(0)
    there = there[there > 0].astype(np.int64)
    found.images += 1
    found.rows += len(labels)
    found.labels += len(there)
    if len(labels) and not len(there):
        found.empty.append(record.key)
        return
    known = np.isin(labels, there)
    found.common += int(known.sum())
    for step in found.shifted:
        found.shifted[step] += int(np.isin(labels + step, there).sum())
    if not known.all():
        found.without_label.append(f"{record.key}: {some([str(n) for n in labels[~known].tolist()], 3)}")
    choice = batch.dialects.get(part.layer)
    if choice is not None and not needs_mask(choice) and len(planes) == 1:
        _compare_places(planes[0], labels, part, rows, found)


def _compare_sizes(record: ImageRecord, shape: tuple[int, int], found: _Found) -> None:
    for path in filter(None, record.channels.values()):
        try:
            image = pixels.image_info(path).shape
        except TuiqcError:
            continue
        if image != shape:
            text = f"{shape[1]} x {shape[0]} pixels, the image {image[1]} x {image[0]}"
            found.sizes.setdefault(text, []).append(record.key)
        return


def _compare_places(
    plane: NDArray[Any], labels: NDArray[Any], part: ObjectPart, rows: NDArray[Any], found: _Found
) -> None:
    y, x = part.geometry.centre_y[rows], part.geometry.centre_x[rows]
    good = np.isfinite(y) & np.isfinite(x)
    found.centres += int(good.sum())
    found.inside += _hits(plane, labels[good], y[good], x[good])
    found.swapped += _hits(plane, labels[good], x[good], y[good])


def _hits(plane: NDArray[Any], labels: NDArray[Any], y: NDArray[Any], x: NDArray[Any]) -> int:
    rows, columns = np.rint(y).astype(np.int64), np.rint(x).astype(np.int64)
    inside = (rows >= 0) & (columns >= 0) & (rows < plane.shape[0]) & (columns < plane.shape[1])
    return int((plane[rows[inside], columns[inside]] == labels[inside]).sum())


def _sentences(layer: str, found: _Found, chosen: int) -> Iterable[str]:
    of = f" (in {plural(found.images, 'image')} compared)" if found.images else ""
    for text, keys in found.sizes.items():
        yield f"masks of {layer}: {plural(len(keys), 'mask')} of {chosen} compared has {text} ({some(keys, 3)})"
    if found.empty:
        yield (
            f"masks of {layer}: {plural(len(found.empty), 'mask')} of {found.images} compared holds no object at all, "
            f"the table does ({some(found.empty, 3)})"
        )
    missing = found.rows - found.common
    step, shifted = max(found.shifted.items(), key=lambda pair: pair[1])
    if missing and found.labels and shifted >= _SHIFTED * found.rows and shifted > found.common:
        yield (
            f"labels of {layer} are one off: {found.common} of {found.rows} labels of the table are in the masks as "
            f"they are, {shifted} with 1 {'added' if step > 0 else 'taken away'}{of}"
        )
    elif missing and found.labels and not found.common:
        yield (
            f"no label in common: none of {found.rows} labels of {layer} in the table is in the masks, which have "
            f"{found.labels}{of}"
        )
    elif found.without_label:
        yield (
            f"{missing} of {found.rows} labels of {layer} in the table are not in the masks"
            f"{of}: {some(found.without_label, 2)}"
        )
    alone = found.labels - found.common
    if alone > 0 and found.common:
        yield f"{alone} of {found.labels} labels in the masks of {layer} have no row in the table{of}"
    if found.centres and found.common and found.inside < _INSIDE * found.common:
        said = f"{found.inside} of {found.centres} centres of {layer} in the table lie in their objects of the masks"
        if found.swapped > max(found.inside, _INSIDE * found.common):
            yield f"x and y are swapped (transposed): {said}, {found.swapped} with x and y exchanged{of}"
        else:
            yield f"{said}{of}"
