"""OME-Zarr: an image or a label image of a hierarchy, read by tensorstore a window at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.errors import InputError
from tuiqc.pixels.axes import UNKNOWN, decide
from tuiqc.pixels.formats import partner_of
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Level, Window, check_size
from tuiqc.pixels.image_path import reading_of
from tuiqc.pixels.zarr_node import ArrayFacts, Multiscale, Node, array_facts, multiscale, node_of
from tuiqc.pixels.zarr_store import first_line, need_tensorstore

if TYPE_CHECKING:
    from numpy.typing import NDArray

CACHED = 32 << 20
"""Bytes of decoded pieces that are kept: windows seldom end where pieces do."""

PATIENCE = 60.0
"""Seconds for one read, after which a slow store is said to be one."""

_SQUARE = 0.05
"""Levels whose pixels are longer one way than the other by more than this share are not used."""


class OmeZarrImage(ImageFile):
    """An image in a hierarchy of Zarr 2 or 3 (`multiscales`), or a bare array.

    Axes come from the metadata, what it does not say is for `tuiqc.pixels.axes.decide`. Levels are chosen by their
    scale. Only what a window touches is read.
    """

    read_worth = 2**18

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
        region = self.region(t, z, c, window, level)
        number = self._used[level]
        shape = self._facts[number].shape
        at = {"t": t, "z": z, "c": c, "y": slice(region.y0, region.y1), "x": slice(region.x0, region.x1)}
        index = tuple(
            at[role] if role in ("y", "x") else min(int(at.get(role, 0)), shape[place] - 1)  # type: ignore[call-overload]
            for place, role in enumerate(self._roles)
        )
        try:
            pixels = np.asarray(self._array(number)[index].read().result(timeout=PATIENCE))
        except Exception as error:
            raise InputError(f"can't be read ({first_line(error)})", path=self._nodes[number].place) from None
        if self._roles.index("x") < self._roles.index("y"):
            pixels = pixels.T
        return np.ascontiguousarray(pixels, self.info.dtype)

    def _array(self, number: int) -> Any:
        with self._lock:
            if number not in self._arrays:
                self._arrays[number] = _opened(self._nodes[number])
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


@lru_cache(1)
def _context() -> Any:
    import tensorstore

    return tensorstore.Context({"cache_pool": {"total_bytes_limit": CACHED}})


def _opened(node: Node) -> Any:
    import tensorstore

    kvstore = node.store.kvstore(node.group)
    spec = {"driver": "zarr" if node.version == 2 else "zarr3", "kvstore": kvstore}
    # A mask that was made anew is opened again, and must not come from what is kept of it; a server is asked once.
    anew = "open" if kvstore["driver"] == "file" else False
    try:
        return tensorstore.open(
            spec, context=_context(), open=True, recheck_cached_data=anew, recheck_cached_metadata=anew
        ).result(timeout=PATIENCE)
    except Exception as error:
        fallback = _by_zarr(node)
        if fallback is not None:
            return fallback
        raise InputError(
            f"can't be opened ({first_line(error)})",
            path=node.place,
            hint='some codecs need zarr beside tensorstore: pip install "tuiqc[zarr-all]"',
        ) from None


class _ByZarr:
    """An array that only the library zarr can decode, asked as tensorstore's are."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def __getitem__(self, index: Any) -> _ByZarr:
        return _ByZarr(np.asarray(self._array[index]))

    def read(self) -> _ByZarr:
        """This."""
        return self

    def result(self, timeout: float) -> NDArray[Any]:
        """The pixels."""
        pixels: NDArray[Any] = self._array
        return pixels


def _by_zarr(node: Node) -> _ByZarr | None:
    """The same array by zarr, None where that is not installed, or the array lies elsewhere than in a folder."""
    spec = node.store.kvstore(node.group)
    if find_spec("zarr") is None or spec["driver"] != "file":
        return None
    import zarr

    try:
        return _ByZarr(zarr.open_array(spec["path"], mode="r"))
    except Exception:  # what it says is not better than what tensorstore said
        return None
