"""Writes movies frame by frame, never holding more than one: ImageJ TIFF, and HDF5 as ilastik exports it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXEL_UM = 0.65
FRAME_S = 300.0
_CHUNK = 256
# Flags of vigra's axis tags: channels 1, space 2, time 8.
_FLAGS = {"t": 8, "z": 2, "y": 2, "x": 2, "c": 1}


class ExportedData:
    """The dataset `exported_data` of shape (t, 1, y, x, 1) with `axistags`, in chunks within one time point."""

    def __init__(self, path: Path, frames: int, shape: tuple[int, int], dtype: Any) -> None:
        import h5py

        self._file = h5py.File(path, "w")
        self._data = self._file.create_dataset(
            "exported_data",
            (frames, 1, *shape, 1),
            dtype,
            chunks=(1, 1, min(shape[0], _CHUNK), min(shape[1], _CHUNK), 1),
            compression="gzip",
            compression_opts=1,
        )
        axes = [{"key": a, "typeFlags": _FLAGS[a], "resolution": 0, "description": ""} for a in "tzyxc"]
        self._data.attrs["axistags"] = json.dumps({"axes": axes})
        self._data.attrs["display_mode"] = "random-colortable"

    def put(self, t: int, labels: NDArray[Any]) -> None:
        """Write one time point, (y, x)."""
        self._data[t, 0, :, :, 0] = labels

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def write_imagej(
    path: Path,
    planes: Iterator[NDArray[Any]],
    axes: str,
    shape: tuple[int, ...],
    dtype: Any,
    spacing_um: float | None = None,
) -> None:
    """Write a calibrated ImageJ hyperstack; `axes` such as "TYX" or "ZYX", planes in that order."""
    import tifffile

    metadata: dict[str, Any] = {"axes": axes, "unit": "um", "finterval": FRAME_S}
    if spacing_um is not None:
        metadata["spacing"] = spacing_um
    tifffile.imwrite(
        path,
        planes,
        shape=shape,
        dtype=np.dtype(dtype),
        imagej=True,
        resolution=(1 / PIXEL_UM, 1 / PIXEL_UM),
        metadata=metadata,
    )
