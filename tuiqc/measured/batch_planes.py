"""The planes of one object layer of a batch, read as they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.mask_measures import label_plane
from tuiqc.errors import TuiqcError
from tuiqc.measure.plane import Plane

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch, ImageRecord

ReadPlane = Callable[..., NDArray[Any]]


@dataclass(frozen=True, slots=True)
class PlaneKey:
    """Which plane: number of the image in the batch, time point and slice."""

    image: int
    t: int
    z: int


@dataclass
class BatchPlanes:
    """Reads masks with their channels, and another layer beside them.

    Attributes
    ----------
    layer, other
        The object layer that is looked at, and another one ("" for none).
    channels
        Names of the channels, the one that shows the objects best first.
    read
        `pixels.read_plane`, or a cache's method with the same parameters.
    problems
        What could not be read, with why; such a mask has no objects, such a channel is dark.
    """

    batch: Batch
    layer: str
    other: str
    channels: tuple[str, ...]
    read: ReadPlane
    problems: dict[Path, str] = field(default_factory=dict)

    def keys(self, images: Iterable[int]) -> list[PlaneKey]:
        """All planes of the masks of the layer in the images of these numbers; a file that can't be read has none."""
        from tuiqc.pixels import image_info

        out = []
        for image in (self.batch.images[at] for at in images):
            path = image.masks.get(self.layer)
            if path is None:
                continue
            try:
                sizes = image_info(path).sizes
            except TuiqcError as error:
                self.problems[path] = str(error).removeprefix(f"{path}: ")
                continue
            out += [
                PlaneKey(image.index, t, z)
                for t in range(sizes.get("t", 1))
                for z in range(sizes.get("z", 1))
            ]
        return out

    def files(self, key: PlaneKey) -> tuple[object, ...]:
        """What a plane is read from: the files, and where in them."""
        image = self.batch.images[key.image]
        channels = [(name, image.channels.get(name), image.plane_of(name)) for name in self.channels]
        other = image.masks.get(self.other) if self.other else None
        return (image.masks.get(self.layer), channels, bool(self.other), other, key.t, key.z)

    def plane(self, key: PlaneKey) -> Plane | None:
        """Read one plane; None if the mask can't be read, which is then in `problems`."""
        image = self.batch.images[key.image]
        labels = self.mask(image, self.layer, key)
        if labels is None:
            return None
        channels = {name: self._channel(image, name, key, labels.shape) for name in self.channels}
        other = self.mask(image, self.other, key) if self.other else None
        if self.other:
            other = np.zeros(labels.shape, np.int32) if other is None else _fitted(other, labels.shape)
        return Plane(labels, channels, other)

    def mask(self, image: ImageRecord, layer: str, key: PlaneKey) -> NDArray[Any] | None:
        """(y, x) labels of one layer; None if there is no mask, or none that can be read."""
        path = image.masks.get(layer)
        if path is None:
            return None
        try:
            return label_plane(self.read(path, t=key.t, z=key.z))
        except (TuiqcError, ValueError, IndexError) as error:
            self.problems[path] = str(error).removeprefix(f"{path}: ")
            return None

    def channel(self, image: ImageRecord, name: str, key: PlaneKey) -> NDArray[Any] | None:
        """(y, x) plane of a channel in its own shape; None if there is no file, or none that can be read."""
        from tuiqc.pixels import image_info

        path = image.channels.get(name)
        if path is None:
            return None
        try:
            sizes = image_info(path).sizes
            place = {axis: min(at, sizes.get(axis, 1) - 1) for axis, at in (("t", key.t), ("z", key.z))}
            plane = self.read(path, c=image.plane_of(name), **place)
        except (TuiqcError, ValueError, IndexError) as error:
            self.problems[path] = str(error).removeprefix(f"{path}: ")
            return None
        return plane[..., :3].mean(axis=2) if plane.ndim == 3 else plane

    def _channel(self, image: ImageRecord, name: str, key: PlaneKey, shape: tuple[int, ...]) -> NDArray[Any]:
        plane = self.channel(image, name, key)
        return np.zeros(shape, np.float32) if plane is None else _fitted(plane, shape)


def _fitted(plane: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """The plane laid on the top left corner of one of another shape, as everywhere else in the program."""
    if plane.shape == shape:
        return plane
    out = np.zeros(shape, plane.dtype)
    height, width = min(plane.shape[0], shape[0]), min(plane.shape[1], shape[1])
    out[:height, :width] = plane[:height, :width]
    return out
