"""Where the measurements of a batch are: where it was said, beside the data, or in the user's cache."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.errors import InputError
from tuiqc.files.identity import digest
from tuiqc.paths import cache_dir
from tuiqc.pixels.zarr_store import is_remote

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch

BESIDE = "measured"
"""Name of the folder of measurements beside the data."""

_MOST_BYTES = 1 << 30
_KEPT = "measured"


def measured_folder(batch: Batch) -> Path:
    """The folder of a batch: that of `--measured`, else the one beside the data if there is one, else in the cache.

    Raises
    ------
    InputError
        It was named and is not there.
    """
    asked = batch.source.measured
    if asked is not None:
        folder = batch.source.resolve(asked)
        if not folder.is_dir():
            raise InputError(
                "no such folder", path=folder, expected="a folder that `tuiqc measure` has written"
            )
        return folder
    beside = beside_data(batch)
    return beside if beside is not None and beside.is_dir() else cached_folder(batch)


def beside_data(batch: Batch) -> Path | None:
    """Where `tuiqc measure` writes if nothing else is said; None for data on a server."""
    return None if is_remote(batch.root) else batch.root / BESIDE


def cached_folder(batch: Batch) -> Path:
    """The folder of a batch in the user's cache."""
    return cache_dir() / _KEPT / digest(batch.root)


def tidy_cache(kept: Path) -> None:
    """Remove the measurements that were used least recently until the cache is within its bound, but not `kept`."""
    with contextlib.suppress(OSError):
        os.utime(kept)
        folders = [
            (entry.stat().st_mtime_ns, Path(entry.path))
            for entry in os.scandir(cache_dir() / _KEPT)
            if entry.is_dir(follow_symlinks=False)
        ]
        total = 0
        for _, folder in sorted(folders, reverse=True):
            total += sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            if total > _MOST_BYTES and folder != kept:
                shutil.rmtree(folder, ignore_errors=True)
