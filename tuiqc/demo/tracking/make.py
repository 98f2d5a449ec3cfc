"""Makes the folder: `movie/` with raw movie, labels and table under the names of the training data, `stack/`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tuiqc.demo.tracking.frames import Frame, FramePainter
from tuiqc.demo.tracking.movie_plan import PLANTED_COLUMNS, TERRITORY, MoviePlan, Planted, plan_movie
from tuiqc.errors import InputError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray


SPACING_UM = 2.0
_FLATNESS = 3.0  # pixels in the plane per slice


def make_stack(slices: int, size: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Return intensities and labels; each cell spans a few slices, some lie above others."""
    rng = np.random.default_rng((seed, 7))
    labels = np.zeros((slices, size, size), np.uint16)
    light = np.zeros(labels.shape, np.float32)
    z, y, x = np.ogrid[:slices, :size, :size]
    wanted = max(4, size * size // 1600)
    for _ in range(wanted * 20):
        if labels.max() >= wanted:
            break
        radius = rng.uniform(8, 13)
        middle = rng.uniform([2, radius, radius], [slices - 3, size - radius, size - radius])
        distance = (
            np.sqrt(((z - middle[0]) * _FLATNESS) ** 2 + (y - middle[1]) ** 2 + (x - middle[2]) ** 2) / radius
        )
        inside = distance <= 1
        if labels[distance <= 1.15].any():
            continue
        labels[inside] = labels.max() + 1
        np.maximum(light, 1 / (1 + np.exp((distance - 1) * 6)), out=light)
    noisy = 16 + 130 * light + rng.normal(0, 3, light.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), labels


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


COLUMNS = (
    "frame",
    "labelimageId",
    "trackId",
    "lineageId",
    "parentTrackId",
    "mergerLabelId",
    "Size_in_pixels",
    "Mean_Intensity",
    "Maximum_intensity",
    "Variance_of_Intensity",
    "Radii_of_the_object_0",
    "Radii_of_the_object_1",
    "Center_of_the_object_0",
    "Center_of_the_object_1",
    "Bounding_Box_Minimum_0",
    "Bounding_Box_Minimum_1",
    "Bounding_Box_Maximum_0",
    "Bounding_Box_Maximum_1",
)


def rows_of(frame: Frame, t: int) -> list[tuple[float, ...]]:
    """The rows of one time point, measured on the painted pixels. Suffix 0 is x, 1 is y; maxima exclusive."""
    rows = []
    labels = frame.labels.astype(np.int64)
    flat = np.flatnonzero(labels)
    index = labels.ravel()[flat]
    values = frame.raw.ravel()[flat].astype(np.float64)
    y, x = np.divmod(flat, labels.shape[1])
    order = np.argsort(index, kind="stable")
    bounds = np.searchsorted(index[order], np.arange(1, len(frame.cells) + 2))
    for label, cell in enumerate(frame.cells, 1):
        mine = order[bounds[label - 1] : bounds[label]]
        if not len(mine):
            continue
        rows.append(
            (
                t,
                label,
                int(cell.track[t]),
                int(cell.lineage[t]),
                int(cell.parent[t]),
                int(cell.merger[t]),
                *_measured(x[mine], y[mine], values[mine]),
            )
        )
    return rows


def _measured(x: NDArray[np.int64], y: NDArray[np.int64], values: NDArray[np.float64]) -> tuple[float, ...]:
    spread = np.cov(np.stack([x, y])) if len(x) > 2 else np.zeros((2, 2))
    radii = np.sqrt(np.clip(np.linalg.eigvalsh(spread)[::-1], 0, None))
    return (
        len(x),
        float(values.mean()),
        float(values.max()),
        float(values.var()),
        float(radii[0]),
        float(radii[1]),
        float(x.mean()),
        float(y.mean()),
        float(x.min()),
        float(y.min()),
        float(x.max() + 1),
        float(y.max() + 1),
    )


MIN_FRAMES, MIN_SIZE, MAX_SIZE = 12, 4 * TERRITORY, 8192
MOVIE = "demo"
_README = """\
Demo movie of tuiqc: {frames} time points of {size}x{size} pixels, not real. Made by
    tuiqc demo tracking DIR --frames {frames} --size {size} --seed {seed}
movie/truth.csv names every planted event; stack/ has a small z-stack with its labels.
"""


@dataclass(frozen=True, slots=True)
class MovieSummary:
    """What was made: the folder, its size, the number of objects, and what was planted."""

    directory: Path
    frames: int
    size: int
    objects: int
    planted: tuple[Planted, ...]
    nbytes: int


def make_tracking(
    directory: Path,
    *,
    frames: int = 40,
    size: int = 256,
    seed: int = 1,
    stack: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> MovieSummary:
    """Make `movie/` (raw TIFF, oids HDF5, table CSV, truth) and `stack/` in `directory`.

    Parameters
    ----------
    frames, size
        Time points, and rows and columns of a plane.
    seed
        The same seed and numbers give the same files.
    stack
        Whether to make the z-stack too.
    progress
        Called with (frames done, frames in all).

    Raises
    ------
    UsageError
        A number is out of range.
    InputError
        The folder is not empty or can't be written.
    """
    if frames < MIN_FRAMES:
        raise UsageError(f"can't make a movie of {frames} time points: at least {MIN_FRAMES}")
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise UsageError(f"can't make a movie of {size} pixels: {MIN_SIZE} to {MAX_SIZE} are possible")
    if seed < 0:
        raise UsageError(f"the seed {seed} is negative: it must be 0 or more")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InputError("is not empty", path=directory, hint="name a new folder for the demo movie")
    plan = plan_movie(frames, size, seed)
    made: list[Path] = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        objects = _write_movie(directory / "movie", plan, made, progress or (lambda done, total: None))
        if stack:
            _write_stack(directory / "stack", seed, made)
        made.append(directory / "README.txt")
        made[-1].write_text(_README.format(frames=frames, size=size, seed=seed), encoding="utf-8")
    except BaseException as problem:
        for path in made:  # half a movie is worse than none
            path.unlink(missing_ok=True)
        for folder in (directory / "movie", directory / "stack", directory):
            with suppress(OSError):
                folder.rmdir()
        if isinstance(problem, OSError):
            raise InputError(f"can't be written: {problem.strerror or problem}", path=directory) from problem
        raise
    nbytes = sum(path.stat().st_size for path in made)
    return MovieSummary(directory, frames, size, objects, tuple(plan.planted), nbytes)


def _write_movie(
    folder: Path, plan: MoviePlan, made: list[Path], progress: Callable[[int, int], None]
) -> int:
    folder.mkdir()
    raw, oids, table = (
        folder / f"{MOVIE}--{end}" for end in ("raw.tif", "tracking-oids.h5", "tracking-table.csv")
    )
    truth = folder / "truth.csv"
    made += [raw, oids, table, truth]
    shape = (plan.size, plan.size)
    objects, painter = 0, FramePainter(plan)
    with (
        ExportedData(oids, plan.frames, shape, np.uint32) as exported,
        table.open("w", newline="", encoding="utf-8") as handle,
    ):
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)

        def planes() -> Iterator[NDArray[np.uint8]]:
            nonlocal objects
            for t in range(plan.frames):
                frame = painter.frame(t)
                exported.put(t, frame.labels)
                rows = rows_of(frame, t)
                objects += len(rows)
                writer.writerows([f"{value:.7g}" for value in row] for row in rows)
                progress(t + 1, plan.frames)
                yield frame.raw

        write_imagej(raw, planes(), "TYX", (plan.frames, *shape), np.uint8)
    with truth.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(PLANTED_COLUMNS)
        writer.writerows(plan.planted)
    return objects


def _write_stack(folder: Path, seed: int, made: list[Path], slices: int = 12, size: int = 128) -> None:
    import tifffile

    folder.mkdir()
    light, labels = make_stack(slices, size, seed)
    raw, mask = folder / "stack_raw.tif", folder / "stack_cells_labels.tif"
    made += [raw, mask]
    write_imagej(raw, iter(light), "ZYX", light.shape, np.uint8, SPACING_UM)
    tifffile.imwrite(mask, labels, compression="zlib", ome=True, metadata={"axes": "ZYX"})
