"""OME-Zarr: an image or a label image of a hierarchy, read by tensorstore a window at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.errors import InputError
from tuiqc.pixels.axes import UNKNOWN, decide
from tuiqc.pixels.formats import partner_of
from tuiqc.pixels.image_file import Damage, ImageFile, ImageInfo, Level, Window, check_size
from tuiqc.pixels.image_path import reading_of
from tuiqc.pixels.zarr_array import Slices, open_array, read_windows
from tuiqc.pixels.zarr_node import ArrayFacts, Multiscale, Node, array_facts, multiscale, node_of
from tuiqc.pixels.zarr_store import need_tensorstore

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SQUARE = 0.05
"""Levels whose pixels are longer one way than the other by more than this share are not used."""


class OmeZarrImage(ImageFile):
    """An image in a hierarchy of Zarr 2 or 3 (`multiscales`), or a bare array.

    Axes come from the metadata, what it does not say is for `tuiqc.pixels.axes.decide`. Levels are chosen by their
    scale. Only what a window touches is read.
    """

    read_worth = 2**18
    stays_open = True

    def __init__(self, path: Path) -> None:
        need_tensorstore(path)
        node = node_of(path)
        if node is None:
            raise InputError("is no group or array of Zarr", path=path, expected="OME-Zarr")
        self._path = path
        arrays, letters, um, names = _parts(path, node)
        self._nodes, self._facts = [one for one, _ in arrays], [facts for _, facts in arrays]
        self._arrays: dict[int, Any] = {}
        self._lock = threading.Lock()
        self.info = self._describe(letters, um, names)

    def _describe(self, letters: str, um: Sequence[float | None], names: tuple[str, ...]) -> ImageInfo:
        facts, reading = self._facts[0], reading_of(self._path)
        axes = decide(self._path, facts.shape, letters, reading, lambda: partner_of(reading))
        self._roles = axes.roles[: len(facts.shape)]
        if "".join(axes.roles) != "".join(self._roles):
            raise InputError(f"has axes {axes.roles} in an array of shape {facts.shape}", path=self._path)
        sizes = axes.sizes
        dtype = np.dtype(np.uint8) if facts.dtype.kind == "b" else facts.dtype.newbyteorder("=")
        check_size(self._path, sizes["y"] * sizes["x"] * dtype.itemsize, None)
        y, x = self._roles.index("y"), self._roles.index("x")
        self._used = [0]
        self._blocks = [(facts.chunk[y], facts.chunk[x])]
        reduced: list[Level] = []
        for number, level in enumerate(self._facts[1:], 1):
            ratios = facts.shape[y] / level.shape[y], facts.shape[x] / level.shape[x]
            scale = _scale(ratios)
            if (
                scale
                and len(level.shape) == len(facts.shape)
                and scale > (reduced[-1].scale if reduced else 1)
            ):
                reduced.append(Level((level.shape[y], level.shape[x]), scale))
                self._used.append(number)
                self._blocks.append((level.chunk[y], level.chunk[x]))
        sized = [um[n] for n in (y, x)] if um else [None, None]
        return ImageInfo(
            path=self._path,
            axes="".join(self._roles),
            sizes=sizes,
            dtype=dtype,
            pixel_size_um=(sized[0], sized[1]) if sized[0] and sized[1] else None,
            partial=True,
            format=f"OME-Zarr ({'Zarr 2' if facts.version == 2 else 'Zarr 3'})",
            reduced=tuple(reduced),
            block=(facts.chunk[y], facts.chunk[x]),
            channel_names=names if len(names) == sizes["c"] else (),
            axes_from=axes.source,
            note=axes.note,
        )

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        return self._read(t, z, c, self.region(t, z, c, window, level), level)

    def read_around_damage(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> tuple[NDArray[Any], tuple[Damage, ...]] | None:
        """See `ImageFile.read_around_damage`: piece by piece, as the array is cut."""
        region, scale = self.region(t, z, c, window, level), self.info.levels[level].scale
        high, wide = self._blocks[level]
        out: NDArray[Any] = np.zeros(region.shape, self.info.dtype)
        damage = []
        for y in range(region.y0 // high * high, region.y1, high):
            for x in range(region.x0 // wide * wide, region.x1, wide):
                part = Window(
                    max(y, region.y0), min(y + high, region.y1), max(x, region.x0), min(x + wide, region.x1)
                )
                try:
                    pixels = self._read(t, z, c, part, level)
                except InputError as error:
                    full = Window(*(round(edge * scale) for edge in part))
                    damage.append(Damage(full.clipped(self.info.shape), str(error)))
                else:
                    out[
                        part.y0 - region.y0 : part.y1 - region.y0, part.x0 - region.x0 : part.x1 - region.x0
                    ] = pixels
        return out, tuple(damage)

    def read_blocks(
        self, blocks: Sequence[Window], *, t: int = 0, z: int = 0, c: int = 0, level: int = 0
    ) -> Iterator[NDArray[Any]]:
        """See `ImageFile.read_blocks`: side by side."""
        regions = [self.region(t, z, c, block, level) for block in blocks]
        number = self._used[level]
        indices = [self._index(number, t, z, c, region) for region in regions]
        for pixels in read_windows(self._nodes[number], self._array(number), indices):
            yield self._turned(pixels)

    def _read(self, t: int, z: int, c: int, region: Window, level: int) -> NDArray[Any]:
        number = self._used[level]
        index = self._index(number, t, z, c, region)
        return self._turned(read_windows(self._nodes[number], self._array(number), [index])[0])

    def _index(self, number: int, t: int, z: int, c: int, region: Window) -> Slices:
        """What of an array a region is; an axis that is shorter in a level than in the image ends with its last."""
        shape, at = self._facts[number].shape, {"t": t, "z": z, "c": c}
        within = {"y": slice(region.y0, region.y1), "x": slice(region.x0, region.x1)}
        return tuple(
            within[role] if role in within else min(at.get(role, 0), shape[place] - 1)
            for place, role in enumerate(self._roles)
        )

    def _turned(self, pixels: NDArray[Any]) -> NDArray[Any]:
        if self._roles.index("x") < self._roles.index("y"):
            pixels = pixels.T
        return np.ascontiguousarray(pixels, self.info.dtype)

    def _array(self, number: int) -> Any:
        with self._lock:
            if number not in self._arrays:
                self._arrays[number] = open_array(self._nodes[number])
            return self._arrays[number]

    def close(self) -> None:
        """See `ImageFile.close`; nothing is held open."""
        self._arrays.clear()


def _parts(
    path: Path, node: Node
) -> tuple[list[tuple[Node, ArrayFacts]], str, tuple[float | None, ...], tuple[str, ...]]:
    """Arrays from the finest to the coarsest, letters of their axes, micrometres per pixel, names of channels."""
    if node.array:
        facts = array_facts(node)
        return [(node, facts)], UNKNOWN * len(facts.shape), (), ()
    image = multiscale(node)
    if image is None:
        raise InputError(
            "is a group of Zarr without an image", path=path, expected="OME-Zarr with multiscales"
        )
    found = [node.below(level.path) for level in image.datasets]
    arrays = [(one, array_facts(one)) for one in found if one is not None]
    if found[0] is None:
        raise InputError(
            f"its level {image.datasets[0].path!r} is not there",
            path=path,
            hint="the image was not written or copied to its end",
        )
    ndim = len(arrays[0][1].shape)
    letters = image.axes if len(image.axes) == ndim else UNKNOWN * ndim
    return arrays, letters, _sizes(image, ndim), tuple(channel.name for channel in image.channels)


def _sizes(image: Multiscale, ndim: int) -> tuple[float | None, ...]:
    scale = image.datasets[0].scale
    if scale is None or len(scale) != ndim or len(image.um) != ndim:
        return ()
    return tuple(n * um if um is not None and n > 0 else None for n, um in zip(scale, image.um, strict=True))


def _scale(ratios: tuple[float, float]) -> float | None:
    """Pixels per pixel of a level; the whole number that odd sizes were cut from."""
    y, x = ratios
    if abs(y - x) > _SQUARE * max(y, x) or min(y, x) <= 1:
        return None
    near = round((y + x) / 2)
    return float(near) if near > 1 and abs(y - near) < _SQUARE * near else (y + x) / 2
