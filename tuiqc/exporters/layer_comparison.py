"""Two object layers of a batch compared: a row for each object, and how well they agree in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.mask_measures import label_plane
from tuiqc.dataset.model import Batch, ImageRecord, Progress
from tuiqc.errors import InputError, UsageError
from tuiqc.measure.layer_overlap import (
    THRESHOLDS,
    Counterparts,
    Overlap,
    counterparts,
    overlap,
    precision,
    together,
)
from tuiqc.pixels import ImageFile, Window, open_image
from tuiqc.pixels.reduce import chunks
from tuiqc.text import escaped, plural, shorten

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from tuiqc.dataset.more_columns import MoreColumns

_WORST = 5
"""Images that are named."""
KINDS = ("same", "split", "merged", "missing", "extra")


@dataclass
class LayerComparison:
    """What the comparison of two layers found.

    Attributes
    ----------
    layers
        The names of both.
    rows
        Image, layer, label, time point, partner, intersection over union and kind of the objects of both layers.
    images
        Per image: objects of each layer, those that are the same, and precision at 0.5.
    precision
        Over all images, by the threshold of the intersection over union.
    problems
        Images that could not be compared, and why.
    """

    layers: tuple[str, str]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    precision: dict[float, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> dict[str, int]:
        """How many objects of the first layer are of each kind, and those that only the second has."""
        first = Counter(row[-1] for row in self.rows if row[1] == self.layers[0])
        extra = sum(row[-1] == "extra" for row in self.rows)
        return {kind: extra if kind == "extra" else first[kind] for kind in KINDS}

    @property
    def mean_precision(self) -> float:
        """The mean over all thresholds."""
        return float(np.mean(list(self.precision.values())))

    def name_of(self, column: str, layer: str) -> str:
        """What a column of the comparison is called among those of a layer: `cells_iou` among those of the nuclei."""
        return f"{self.layers[1 - self.layers.index(layer)]}_{column}"

    def columns(self, batch: Batch, layer: str) -> MoreColumns:
        """The comparison as further columns of the objects of one of the layers: partner, iou and kind."""
        from tuiqc.dataset.more_columns import MoreColumns
        from tuiqc.dataset.more_report import ColumnsReport

        frame = self.frame(layer)
        index = {escaped(record.key): record.index for record in batch.images}
        images = np.array([index[key] for key in frame["image"]], np.int64)
        named = frame[["kind", "iou", "partner"]].rename(columns=lambda name: self.name_of(str(name), layer))
        other = self.layers[1 - self.layers.index(layer)]
        path = batch.root / f"compared with {other}"
        times = frame["t"].to_numpy(np.int64) if "t" in frame.columns else None
        report = ColumnsReport(path, layer, "by image and label", file_rows=len(frame))
        return MoreColumns(path, layer, named, images, frame["label"].to_numpy(np.int64), times, report)

    def frame(self, layer: str) -> pd.DataFrame:
        """The rows of one layer, the most different first; joins on the batch by `--more-columns`."""
        import pandas as pd

        names = ["image", "layer", "label", "t", "partner", "iou", "kind"]
        frame = pd.DataFrame([row for row in self.rows if row[1] == layer], columns=names)
        gone = ["layer"] if frame["t"].any() else ["layer", "t"]
        return frame.drop(columns=gone).sort_values("iou", kind="stable", ignore_index=True)


def compare_layers(
    batch: Batch, first: str, second: str, threshold: float = 0.5, progress: Progress | None = None
) -> LayerComparison:
    """Compare two object layers at each time point; what can't be read is among the problems.

    Raises
    ------
    UsageError
        One of them is no layer with masks, or both are the same.
    InputError
        No image has both masks and could be compared.
    """
    for layer in (first, second):
        if not batch.has_files("masks", layer):
            raise UsageError(
                f"no object layer {layer!r} with masks; there are: {', '.join(batch.layers) or 'none'}"
            )
    if first == second:
        raise UsageError(f"{first!r} is to be compared with another layer")
    found = LayerComparison((first, second))
    every: list[Overlap] = []
    for number, image in enumerate(batch.images):
        try:
            planes = list(_planes(image, first, second))
        except (InputError, ValueError) as error:
            found.problems.append(escaped(f"{image.key}: {error}"))
            continue
        every += [one for _, one in planes]
        found.images.append(_of_image(image, planes, found, threshold))
        if progress is not None:
            progress(number + 1, len(batch.images))
    if not every:
        raise InputError(f"no image could be compared: {found.problems[0]}")
    found.precision = {limit: precision(every, limit) for limit in THRESHOLDS}
    return found


def _planes(image: ImageRecord, first: str, second: str) -> Iterator[tuple[int, Overlap]]:
    one, other = image.masks.get(first), image.masks.get(second)
    if one is None or other is None:
        raise ValueError(f"it has no mask of {first if one is None else second}")
    with open_image(one) as a, open_image(other) as b:
        if (a.info.shape, a.info.sizes["t"], a.info.sizes["z"]) != (
            b.info.shape,
            b.info.sizes["t"],
            b.info.sizes["z"],
        ):
            raise ValueError(f"its masks have other sizes: {_size(a.info.sizes)} and {_size(b.info.sizes)}")
        for t in range(a.info.sizes["t"]):
            yield t, together(overlap(one, other) for one, other in _parts(a, b, t))


def _parts(a: ImageFile, b: ImageFile, t: int) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Both masks at a time point, a bounded part of a slice at a time: objects of a stack are compared by voxels."""
    for z in range(a.info.sizes["z"]):
        for window in chunks(a, 0, Window.whole(a.info.shape)):
            yield label_plane(a.read(t=t, z=z, window=window)), label_plane(b.read(t=t, z=z, window=window))


def _size(sizes: dict[str, int]) -> str:
    return " x ".join(f"{sizes[axis]}" for axis in "tzyx" if sizes[axis] > 1 or axis in "yx")


def _of_image(
    image: ImageRecord, planes: list[tuple[int, Overlap]], found: LayerComparison, threshold: float
) -> dict[str, Any]:
    same = 0
    for t, one in planes:
        for layer, side in zip(found.layers, counterparts(one, threshold), strict=True):
            found.rows += _rows(escaped(image.key), layer, t, side, extra=layer == found.layers[1])
            same += int((side.kind == "same").sum()) if layer == found.layers[0] else 0
    overlaps = [one for _, one in planes]
    return {
        "image": escaped(image.key),
        **{layer: sum(len(one.labels[at]) for one in overlaps) for at, layer in enumerate(found.layers)},
        "same": same,
        "precision": precision(overlaps, threshold),
    }


def _rows(key: str, layer: str, t: int, side: Counterparts, *, extra: bool) -> Iterator[tuple[Any, ...]]:
    for label, partner, iou, kind in zip(
        side.labels.tolist(), side.partner.tolist(), side.iou.tolist(), side.kind.tolist(), strict=True
    ):
        yield (
            key,
            layer,
            label,
            t,
            partner,
            round(iou, 6),
            "extra" if extra and kind == "missing" else kind,
        )


_KEY = 24


def comparison_table(found: LayerComparison) -> list[str]:
    """The comparison for a narrow screen: lines of at most 72 characters where names are short."""
    first, second = found.layers
    limits = "".join(f"{at:>6.2f}" for at in found.precision)
    values = "".join(f"{value:>6.2f}" for value in found.precision.values())
    lines = [
        f"{shorten(first, _KEY)} against {shorten(second, _KEY)}, {plural(len(found.images), 'image')}",
        ", ".join(f"{count:,} {kind}" for kind, count in found.kinds.items()),
        "",
        "Average precision by the least overlap (intersection over union):",
        f"{limits}   mean",
        f"{values}{found.mean_precision:>7.2f}",
        "",
        "Images that differ most: objects of each, the same, precision at 0.5",
    ]
    worst = sorted(found.images, key=lambda image: image["precision"])[:_WORST]
    for one in worst:
        counts = "".join(f"{one[name]:>8,}" for name in (first, second, "same"))
        lines.append(f"  {shorten(one['image'], _KEY):{_KEY}}{counts}{one['precision']:>7.2f}")
    if found.problems:
        lines += ["", f"{plural(len(found.problems), 'image')} not compared: {found.problems[0]}"]
    return lines


def comparison_lines(found: LayerComparison) -> list[str]:
    """The comparison in words."""
    first, second = found.layers
    lines = [
        f"{first} against {second}: {len(found.images)} images compared",
        "objects: " + ", ".join(f"{count:,} {kind}" for kind, count in found.kinds.items()),
        "precision at " + ", ".join(f"{at:g}: {value:.3f}" for at, value in found.precision.items()),
        f"mean precision (0.5 to 0.95): {found.mean_precision:.3f}",
    ]
    worst = sorted(found.images, key=lambda image: image["precision"])[:_WORST]
    return lines + [
        f"  {one['image']}: {one[first]} and {one[second]} objects, {one['same']} the same, "
        f"precision {one['precision']:.3f}"
        for one in worst
    ]
