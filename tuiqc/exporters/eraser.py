"""Takes labels out of the planes of a mask, wherever these lie in its file, and remembers which of them were there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tuiqc.errors import InputError
from tuiqc.pixels import ImageFile, ImagePath, open_image
from tuiqc.pixels.image_file import Window
from tuiqc.pixels.image_path import Reading
from tuiqc.pixels.reduce import chunks


class Eraser:
    """Sets labels of a mask to 0.

    Parameters
    ----------
    labels
        Time point (from 0) -> labels to take out; None takes out all of them.

    Attributes
    ----------
    removed
        (time point, label) of what was found and taken out; empty where all labels are taken out.
    """

    def __init__(self, labels: Mapping[int, set[int]] | None) -> None:
        self.labels = labels
        self.removed: set[tuple[int, int]] = set()

    def __call__(self, plane: NDArray[np.generic], t: int) -> NDArray[np.generic]:
        """Return the pixels of a plane, or of a part of it, at time point `t` without its labels; same shape and type.

        The same array where nothing changes.
        """
        if self.labels is None:
            return np.zeros_like(plane) if plane.any() else plane
        wanted = self.labels.get(t)
        if not wanted:
            return plane
        gone = np.isin(plane, _as_pixels(wanted, plane.dtype))
        if not gone.any():
            return plane
        self.removed.update((t, int(label)) for label in np.unique(plane[gone]))
        return np.where(gone, plane.dtype.type(0), plane)

    def expected(self, plane: NDArray[np.generic], t: int) -> NDArray[np.generic]:
        """What a plane must be afterwards; nothing is remembered."""
        return Eraser(self.labels)(plane, t)

    def concerns(self, t: int) -> bool:
        """Whether anything is to be taken out at a time point."""
        return self.labels is None or bool(self.labels.get(t))

    def at(self, t: int) -> Eraser:
        """Return one for a file that is time point `t` of a movie in many files; see `take_over`."""
        return Eraser(None if self.labels is None else {0: self.labels.get(t, set())})

    def take_over(self, removed: Iterable[tuple[int, int]], t: int | None = None) -> None:
        """Remember what another has removed; of one made by `at`, the time point `t` that it was made for."""
        self.removed.update((at if t is None else t, label) for at, label in removed)


def _as_pixels(labels: Iterable[int], dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    """Labels in the type of the mask, which compares them exactly; without those that it can't hold."""
    if dtype.kind in "ui":
        bounds = np.iinfo(dtype.name)
        labels = [label for label in labels if bounds.min <= label <= bounds.max]
    elif dtype.kind == "b":
        labels = [label for label in labels if label == 1]
    return np.asarray(sorted(labels), dtype=dtype)


@dataclass(frozen=True)
class MaskInFile:
    """A mask in a file that may hold others too: layers, positions.

    Attributes
    ----------
    reading
        How it is read from the file.
    erase
        What is taken out of it.
    names
        Names of axes of the file under which the batch knows them, where these are others.
    """

    reading: Reading
    erase: Eraser
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> tuple[int, int]:
        """Which image of the file, and which index along its channel axis."""
        return self.reading.series, max(self.reading.channel, 0)

    def path(self, file: Path) -> ImagePath:
        """The file, read as this mask."""
        return ImagePath.of(file, self.reading)

    def concerns(self, at: Mapping[str, int]) -> bool:
        """Whether labels are to be taken out at a place (axis -> index) of the file; axes not named: anywhere."""
        known = {self.names.get(axis, axis): index for axis, index in at.items()}
        if known.get("", 0) or known.get("c", self.place[1]) != self.place[1]:
            return False
        return "t" not in known or self.erase.concerns(known["t"])

    def erased(
        self, block: NDArray[np.generic], axes: Sequence[str], first: Sequence[int], at: Mapping[str, int]
    ) -> NDArray[np.generic]:
        """Return a block of the file without what is to be taken out; the same array where nothing changes.

        Parameters
        ----------
        block
            Pixels of whatever axes.
        axes
            One of "tczyx" for each axis of the block; "" for one of which only index 0 is read.
        first
            Index in the file at which each axis of the block begins.
        at
            Index along the axes that the block does not have.
        """
        if "s" in axes:
            raise ValueError("colours are not labels")
        cuts: list[Sequence[int | slice]] = [
            range(size) if axis in ("t", "c", "") else (slice(None),)
            for axis, size in zip(axes, block.shape, strict=True)
        ]
        out = block
        for cut in product(*cuts):
            inside = {
                axis: start + index
                for axis, start, index in zip(axes, first, cut, strict=True)
                if isinstance(index, int)
            }
            place = {"t": 0, "c": 0, **at, **inside}
            if not self.concerns(place):
                continue
            before = block[cut]
            known = {self.names.get(axis, axis): index for axis, index in place.items()}
            after = self.erase(before, known["t"])
            if after is not before:
                out = block.copy() if out is block else out
                out[cut] = after
        return out

    def expected(self, plane: NDArray[np.generic], t: int, z: int, c: int) -> NDArray[np.generic]:
        """What a plane of the file must be afterwards; nothing is remembered."""
        place = {self.names.get(axis, axis): index for axis, index in {"t": t, "z": z, "c": c}.items()}
        return self.erase.expected(plane, place["t"]) if self.concerns({"t": t, "z": z, "c": c}) else plane


def is_without_some(source: Path, path: Path) -> bool:
    """Whether a file holds the same mask, but for pixels that are background; False where it can't be told."""
    try:
        with open_image(source) as before, open_image(path) as after:
            if _facts(before) != _facts(after):
                return False
            sizes = before.info.sizes
            for t, z, c in np.ndindex(sizes["t"], sizes["z"], sizes["c"]):
                for window in chunks(before, 0, Window.whole(before.levels[0].shape)):
                    was, now = (one.read(t=t, z=z, c=c, window=window, level=0) for one in (before, after))
                    if now[now != was].any():
                        return False
    except InputError:
        return False
    return True


def check_written(source: Path, target: Path, masks: Sequence[MaskInFile]) -> None:
    """Read both files from the disk as the program reads masks, every plane of every level, and compare.

    Raises
    ------
    InputError
        Something else was read than the mask without its labels, or another layer or position is not what it was.
    """
    for series in {mask.reading.series for mask in masks}:
        here = [mask for mask in masks if mask.reading.series == series]
        reading = here[0].reading._replace(channel=-1)
        with (
            open_image(ImagePath.of(source, reading)) as before,
            open_image(ImagePath.of(target, reading)) as after,
        ):
            if _facts(before) != _facts(after):
                raise InputError("could not be written again: its layout changed", path=source)
            _check_planes(source, before, after, here)


def _facts(image: ImageFile) -> tuple[object, ...]:
    info = image.info
    return info.axes, info.sizes, info.dtype, info.levels, info.series, info.pixel_size_um, info.channel_names


def _check_planes(source: Path, before: ImageFile, after: ImageFile, masks: Sequence[MaskInFile]) -> None:
    sizes = before.info.sizes
    for level, (t, z, c) in product(
        range(len(before.levels)), np.ndindex(sizes["t"], sizes["z"], sizes["c"])
    ):
        for window in chunks(before, level, Window.whole(before.levels[level].shape)):
            was = before.read(t=t, z=z, c=c, window=window, level=level)
            for mask in masks:
                was = mask.expected(was, t, z, c)
            now = after.read(t=t, z=z, c=c, window=window, level=level)
            if not np.array_equal(was, now, equal_nan=was.dtype.kind == "f"):
                raise InputError("could not be written again: other labels were read back", path=source)
