"""Planes of channels and masks of an image: what can't be read is told, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.model import ImageRecord
from tuiqc.errors import InputError
from tuiqc.picture.display import Display
from tuiqc.picture.shot import Place, Shot
from tuiqc.picture.views import Found
from tuiqc.pixels.base import Window
from tuiqc.pixels.cache import WHOLE_PLANE_BYTES, PlaneSource
from tuiqc.render.labels import as_labels, fit_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PlaneReader:
    """Reads what a picture needs; safe from several threads.

    Methods that take `problems` add a sentence to it for what can't be read, and return None for that.
    """

    def __init__(self, source: PlaneSource) -> None:
        self.source = source

    def shape(self, shot: Shot, problems: list[str]) -> tuple[int, int]:
        """Rows and columns of the image: those of the first file that can be read, channels before masks.

        Raises
        ------
        InputError
            None can be read.
        """
        record = shot.record
        visible = [name for name, style in shot.display.channels if style.visible]
        candidates: list[Path | None] = [record.channels.get(name) for name in visible]
        candidates += [path for name, path in record.channels.items() if name not in visible]
        candidates += [record.masks.get(shot.layer), *record.masks.values()]
        found: list[str] = []
        for path in candidates:
            if path is None:
                continue
            try:
                return self.source.info(path).shape
            except InputError as error:
                found.append(str(error))
        problems.extend(found)
        raise InputError(found[0] if found else f"image {record.key}: none of its files is there")

    def channel(
        self,
        record: ImageRecord,
        name: str,
        at: Place,
        shape: tuple[int, int],
        window: Window,
        problems: list[str],
    ) -> NDArray[Any] | None:
        """The window of a channel, (y, x) or (y, x, 3)."""
        path = record.channels.get(name)
        if path is None:
            return None
        try:
            own = self.source.info(path).shape
            if own != shape:
                problems.append(f"channel {name} is {own[1]} x {own[0]}, not {shape[1]} x {shape[0]}")
                return None
            return self.intensities(path, record.plane_of(name), at, window)
        except InputError as error:
            problems.append(str(error))
            return None

    def intensities(self, path: Path, c: int, at: Place, window: Window | None) -> NDArray[Any]:
        """The window of one channel of a file: one slice, or all of them projected along z.

        Raises
        ------
        InputError
            It can't be read.
        """
        sizes = self.source.info(path).sizes
        t, z = min(at.t, sizes["t"] - 1), min(at.z, sizes["z"] - 1)
        if at.projection == "slice" or sizes["z"] == 1:
            return self.source.plane(path, t=t, z=z, c=c, window=window)
        first = self.source.plane(path, t=t, z=0, c=c, window=window)
        if at.projection == "max":
            brightest = first.copy()
            for depth in range(1, sizes["z"]):
                np.maximum(
                    brightest, self.source.plane(path, t=t, z=depth, c=c, window=window), out=brightest
                )
            return brightest
        total = first.astype(np.float64)
        for depth in range(1, sizes["z"]):
            total += self.source.plane(path, t=t, z=depth, c=c, window=window)
        total /= sizes["z"]
        return total.astype(first.dtype)

    def labels(
        self,
        record: ImageRecord,
        layer: str,
        at: Place,
        shape: tuple[int, int],
        window: Window,
        problems: list[str],
    ) -> NDArray[Any] | None:
        """The window of a mask, (y, x) of an unsigned integer type; cut or padded to the image's size."""
        path = record.masks.get(layer)
        if path is None:
            return None
        try:
            info = self.source.info(path)
            own = info.shape
            t, z = min(at.t, info.sizes["t"] - 1), min(at.z, info.sizes["z"] - 1)
            if own == shape:
                return as_labels(self.source.plane(path, t=t, z=z, window=window))
            problems.append(f"mask {layer} is {own[1]} x {own[0]}, its image {shape[1]} x {shape[0]}")
            whole = fit_labels(as_labels(self.source.plane(path, t=t, z=z)), shape)
            return whole[window.y0 : window.y1, window.x0 : window.x1]
        except InputError as error:
            problems.append(str(error))
        except ValueError as error:
            problems.append(f"{path}: {error}")
        return None

    def find(self, shot: Shot, shape: tuple[int, int], problems: list[str]) -> Found | None:
        """Look for the current object in the mask."""
        whole = Window.whole(shape)
        labels = self.labels(shot.record, shot.layer, shot.at, shape, whole, problems)
        if labels is None:
            return None
        rows = np.flatnonzero((labels == shot.label).any(axis=1))
        if not len(rows):
            return None
        inside = labels[rows[0] : rows[-1] + 1] == shot.label
        columns = np.flatnonzero(inside.any(axis=0))
        box = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
        return ((box[0] + box[2] - 1) / 2, (box[1] + box[3] - 1) / 2), box

    def labels_in_mask(self, record: ImageRecord, layer: str) -> NDArray[Any] | None:
        """The distinct labels of a mask (0 among them), None where there is none, or it is broken or very large."""
        path = record.masks.get(layer)
        if path is None:
            return None
        try:
            if self.source.info(path).plane_bytes > WHOLE_PLANE_BYTES:
                return None
            plane = as_labels(self.source.plane(path))
        except (InputError, ValueError):
            return None
        if int(plane.max(initial=0)) < plane.size:
            return np.flatnonzero(np.bincount(plane.ravel()))  # much faster than sorting, where it fits
        return np.unique(plane)

    def fetch(
        self, record: ImageRecord, display: Display, superseded: Callable[[], bool], at: Place | None = None
    ) -> None:
        """Read what a picture of this image would need into memory, quietly."""
        at = at or Place()
        planes = [
            (record.channels.get(name), record.plane_of(name))
            for name, style in display.channels
            if style.visible
        ]
        planes += [(record.masks.get(name), 0) for name, style in display.layers if style.visible]
        for path, c in planes:
            if superseded():
                return
            try:
                if path is not None and self.source.info(path).plane_bytes <= WHOLE_PLANE_BYTES:
                    sizes = self.source.info(path).sizes
                    t, z = min(at.t, sizes["t"] - 1), min(at.z, sizes["z"] - 1)
                    self.source.plane(path, t=t, z=z, c=c)
            except InputError:
                continue  # told when somebody looks at it
