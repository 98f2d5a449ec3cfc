"""An array of NumPy's written again with other labels: `.npy`, a member of `.npz`, or the masks in a `_seg.npy`."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.exporters.eraser import MaskInFile
from tuiqc.pixels.numpy_array import NumpyImage, contents
from tuiqc.pixels.plain_pickle import StoredArray

if TYPE_CHECKING:
    from numpy.typing import NDArray


def copy_numpy(source: Path, target: Path, masks: Sequence[MaskInFile]) -> None:
    """Write `source` to `target` without the labels that are taken out of its masks.

    Other arrays of a packed file, and all else that Cellpose keeps, stay as they are; outlines go with their masks.

    Raises
    ------
    InputError
        The file can't be read.
    """
    with NumpyImage(masks[0].path(source)) as image:
        before = image.array()
        after = _erased(image, before, masks)
        if image.member:
            _write_packed(source, target, image.member, after)
            return
        with target.open("wb") as file:
            if image.info.partial:
                np.lib.format.write_array(file, after, allow_pickle=False)
            else:
                whole: Any = _of_cellpose(source, before, after)
                np.save(file, whole, allow_pickle=True)


def _erased(image: NumpyImage, before: NDArray[Any], masks: Sequence[MaskInFile]) -> NDArray[Any]:
    after = np.array(before, order="K")
    roles = image.roles
    along = roles.index("t") if "t" in roles else None
    for number in range(before.shape[along] if along is not None else 1):
        where = tuple(number if axis == along else slice(None) for axis in range(len(roles)))
        axes = [role for role in roles if role != "t"]
        block = after[where]
        for mask in masks:
            block = mask.erased(block, axes, [0] * block.ndim, {"t": number // image.slices})
        after[where] = block
    return after


def _write_packed(source: Path, target: Path, member: str, after: NDArray[Any]) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            if item.filename != member:
                new.writestr(item, old.read(item))
                continue
            info = zipfile.ZipInfo(item.filename, item.date_time)
            info.compress_type = item.compress_type
            with new.open(info, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, after, allow_pickle=False)


def _of_cellpose(source: Path, before: NDArray[Any], after: NDArray[Any]) -> dict[Any, Any]:
    with source.open("rb") as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        saved = {key: _unpacked(value) for key, value in contents(source, file.read()).items()}
    gone = np.setdiff1d(before, after)
    saved["masks"] = after
    outlines = saved.get("outlines")
    if isinstance(outlines, np.ndarray) and outlines.shape == after.shape and len(gone):
        saved["outlines"] = np.where(np.isin(outlines, gone), outlines.dtype.type(0), outlines)
    return saved


def _unpacked(value: Any) -> Any:
    """The same with real arrays."""
    if isinstance(value, StoredArray):
        found = value.value()
        if not isinstance(found, list):
            return found
        array = np.empty(len(found), object)
        array[:] = [_unpacked(one) for one in found]
        return array
    if isinstance(value, dict):
        return {key: _unpacked(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_unpacked(one) for one in value)
    return value
