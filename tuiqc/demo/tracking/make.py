"""Makes the folder: `movie/` with raw movie, labels and table under the names of the training data, `stack/`."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.demo.tracking.cells import PLANTED_COLUMNS, TERRITORY, MoviePlan, Planted
from tuiqc.demo.tracking.frames import FramePainter
from tuiqc.demo.tracking.plan import plan_movie
from tuiqc.demo.tracking.stack import SPACING_UM, make_stack
from tuiqc.demo.tracking.table import COLUMNS, rows_of
from tuiqc.demo.tracking.write import ExportedData, write_imagej
from tuiqc.errors import InputError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
