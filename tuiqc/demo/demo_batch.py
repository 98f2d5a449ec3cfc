"""Demo batches of any size, made in parallel, complete or not at all."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.demo.plan import ImagePlan, plan_batch
from tuiqc.errors import InputError, TuiqcError, UsageError

if TYPE_CHECKING:
    from tuiqc.demo.faults import Truth

MIN_SIZE, MAX_SIZE, MAX_IMAGES = 64, 8192, 1_000_000
# Starting worker processes takes about as long as making this many pixels.
_WORTH_WORKERS = 12 * 512 * 512
_STAGING = ".tuiqc-demo-"
_OURS = re.compile(
    r"plate\d+_[A-H]\d\d_s\d+_(DNA\.tif|ER\.tif|(nuclei|cells)(_labels\.tif|\.csv))|truth\.csv|README\.txt"
    r"|plate\d+\.zarr"
)
_README = """\
Demo data of tuiqc: {images} images of {size}x{size} pixels, made by tuiqc.demo with seed {seed}; not real.
truth.csv names every planted error (label 0: the whole image, or an object that has no label).
"""

Progress = Callable[[int, int], None]
Stop = Callable[[], bool]


class DemoStoppedError(TuiqcError):
    """The `stop` callback ended the making of a batch; nothing of it is left."""


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was made.

    Attributes
    ----------
    directory
        The folder of the batch.
    images, size, seed
        As asked for.
    errors
        Rows of `truth.csv` per error.
    nbytes
        Size of all files.
    """

    directory: Path
    images: int
    size: int
    seed: int
    errors: dict[str, int] = field(default_factory=dict)
    nbytes: int = 0


def make_batch(
    directory: Path,
    *,
    images: int = 12,
    size: int = 512,
    seed: int = 1,
    workers: int | None = None,
    ome_zarr: str = "",
    overwrite: bool = False,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> DemoSummary:
    """Make a demo batch: `images` fields of `size` x `size` pixels with masks, tables and `truth.csv`.

    The same seed, size and number of images give the same pixels and tables, whatever the number of workers.
    Everything is made in a hidden folder inside `directory` and moved into place when all is there, so that
    an interrupted run (ctrl+c, `stop`, a full disk) leaves nothing behind.

    Parameters
    ----------
    directory
        Folder for the files; made when missing. It must be empty unless `overwrite`.
    images, size, seed
        What to make; `size` is 64 to 8192 pixels, `seed` any whole number from 0.
    workers
        Processes to use; None is one per available processor, and none at all for a small batch. With more
        than one, a script that calls this needs the usual `if __name__ == "__main__":`.
    ome_zarr
        Version of OME-Zarr to write plates of ("0.4", "0.5"), "" for TIFF and CSV.
    overwrite
        Replace an earlier demo batch in `directory`; files that no demo batch has are left alone.
    progress
        Called in the calling thread with (images done, images in all), first with 0.
    stop
        Asked between images; when it returns true the run ends.

    Raises
    ------
    UsageError
        A number is out of range; OME-Zarr can't be written here.
    InputError
        The folder can't be used, or can't be written.
    DemoStoppedError
        `stop` returned true.
    """
    _check(images, size, seed, workers)
    if ome_zarr:
        from tuiqc.demo.ome_zarr import PlateWriter, check_tensorstore

        check_tensorstore()
    plans = plan_batch(images, size, seed)
    count = _workers(workers, images, size)
    tell = progress or (lambda done, total: None)
    try:
        with _staging(directory, overwrite=overwrite) as staging:
            tell(0, images)
            plates = PlateWriter(staging, plans, ome_zarr) if ome_zarr else None
            made = _in_processes(plans, staging, count, stop) if count > 1 else _in_turn(plans, staging, stop)
            truth: list[list[Truth]] = [[] for _ in plans]
            for done, (index, rows) in enumerate(made, 1):
                truth[index] = rows
                if plates is not None:
                    plates.take(plans[index])
                tell(done, images)
            rows = [row for group in truth for row in group]
            keys = {} if plates is None else {plan.key: plates.key(plan) for plan in plans}
            _write_rest(staging, rows, _README.format(images=images, size=size, seed=seed), keys)
            nbytes = sum(file.stat().st_size for file in staging.rglob("*") if file.is_file())
            _move_into_place(staging, directory)
    except OSError as problem:
        raise InputError(f"can't be written: {problem.strerror or problem}", path=directory) from problem
    errors = dict(sorted(Counter(row.error for row in rows).items()))
    return DemoSummary(directory, images, size, seed, errors, nbytes)


def _check(images: int, size: int, seed: int, workers: int | None) -> None:
    if not 1 <= images <= MAX_IMAGES:
        raise UsageError(f"can't make {images} demo images: 1 to {MAX_IMAGES} are possible")
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise UsageError(f"can't make demo images of {size} pixels: {MIN_SIZE} to {MAX_SIZE} are possible")
    if seed < 0:
        raise UsageError(f"the seed {seed} is negative: it must be 0 or more")
    if workers is not None and workers < 1:
        raise UsageError(f"can't work with {workers} processes: it must be 1 or more")


def _workers(asked: int | None, images: int, size: int) -> int:
    if asked is not None:
        return min(asked, images)
    if images * size * size <= _WORTH_WORKERS:
        return 1
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(available, images)


def _in_turn(plans: list[ImagePlan], staging: Path, stop: Stop | None) -> Iterator[tuple[int, list[Truth]]]:
    from tuiqc.demo.image import make_image

    for plan in plans:
        if stop is not None and stop():
            raise DemoStoppedError("stopped: nothing was kept")
        yield plan.index, make_image(plan, staging)


def _in_processes(
    plans: list[ImagePlan], staging: Path, workers: int, stop: Stop | None
) -> Iterator[tuple[int, list[Truth]]]:
    from tuiqc.demo.workers import in_processes

    for made in in_processes(plans, staging, workers, stop):
        if made is None:
            raise DemoStoppedError("stopped: nothing was kept")
        yield made


def _write_rest(staging: Path, truth: list[Truth], readme: str, keys: Mapping[str, str]) -> None:
    from tuiqc.demo.image import write_truth

    write_truth(staging / "truth.csv", truth, keys)
    (staging / "README.txt").write_text(readme, encoding="utf-8")


@contextmanager
def _staging(directory: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a hidden folder inside `directory`, and take it away again afterwards."""
    if directory.exists() and not directory.is_dir():
        raise InputError("is not a folder", path=directory, expected="a folder to write demo data into")
    if directory.is_dir() and not overwrite and any(_foreign(directory)):
        raise InputError("is not empty", path=directory, hint="name a new folder for the demo data")
    made = [folder for folder in (directory, *directory.parents) if not folder.exists()]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=directory))
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except BaseException:
        for folder in made:
            try:
                folder.rmdir()
            except OSError:
                break  # not empty, or never made
        raise


def _foreign(directory: Path) -> Iterator[Path]:
    """What is in a folder, but for the hidden folder of a run that was killed."""
    return (path for path in directory.iterdir() if not path.name.startswith(_STAGING))


def _move_into_place(staging: Path, directory: Path) -> None:
    """Move all files up, `truth.csv` last: where it is, the batch is complete."""
    for old in list(directory.iterdir()):
        if _OURS.fullmatch(old.name):
            remove(old)
    moved: list[Path] = []
    try:
        for file in sorted(staging.iterdir(), key=lambda file: file.name == "truth.csv"):
            target = directory / file.name
            moved.append(target)
            file.replace(target)
    except BaseException:
        for target in moved:
            remove(target)
        raise


def remove(place: Path) -> None:
    """Take a file or a plate away; what is not there is no error."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
