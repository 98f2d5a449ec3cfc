"""Tables of objects that were measured from masks, kept beside the evidence: `<folder>/<layer>/tables/part-….parquet`.

`tuiqc measure` writes the part of each chunk; what a session measures is written every few seconds and at its end.
"""

from __future__ import annotations

import atexit
import contextlib
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.geometry import Geometry
from tuiqc.dataset.parts import ObjectPart, Problem
from tuiqc.dataset.tables import cache_file
from tuiqc.files.atomic import make_folder, replacing
from tuiqc.measure.evidence_version import EVIDENCE_VERSION
from tuiqc.measured.part_folder import layer_folder, part_name
from tuiqc.measured.place import measured_folder, tidy_cache
from tuiqc.measured.plan import digest_of
from tuiqc.measured.settings import Settings
from tuiqc.pixels.polygons.polygon_file import is_polygons

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch, ImageRecord

_STATE = f"tables of objects {EVIDENCE_VERSION}"
_SECONDS = 4.0
_MOST_IMAGES = 64
_READ = 8
"""Parts whose tables are held: images are asked for in order."""
_GEOMETRY = [field.name for field in fields(Geometry)]

Part = dict[str, ObjectPart]
"""Measured objects by the digest of their image; the number of the image in them means nothing."""


def table_digest(record: ImageRecord, layer: str, channels: Sequence[str]) -> str:
    """Text that changes with all that the table of an image is measured from."""
    return digest_of(_STATE, record, Settings(layer, "", tuple(channels), 0.0))


def tables_folder(folder: Path, layer: str) -> Path:
    """Where the tables of a layer are in a folder of measurements."""
    return layer_folder(folder, layer) / "tables"


def write_tables(top: Path, layer: str, parts: Part) -> Path:
    """Write tables as a part, which has the same name and bytes for the same images.

    Raises
    ------
    OSError
        It can't be written; then nothing is there.
    """
    import pandas as pd

    frames = [part.frame.drop(columns="image") for part in parts.values()]
    places = pd.DataFrame({name: _joined(parts, name) for name in _GEOMETRY})
    places.columns = pd.Index([f"geometry {name}" for name in _GEOMETRY])
    frame = pd.concat([pd.concat(frames, ignore_index=True), places], axis=1)
    images = [
        [digest, len(part.frame), list(map(str, part.frame.columns[1:])), [one.text for one in part.problems]]
        for digest, part in parts.items()
    ]
    path = _path(top, layer, parts)
    make_folder(path.parent)
    with replacing(path) as temporary:
        cache_file.write(temporary, frame, _STATE, {"images": images})
    return path


def _path(top: Path, layer: str, digests: Iterable[str]) -> Path:
    return tables_folder(top, layer) / f"{part_name(digests)}.parquet"


def kept_alone(top: Path, layer: str, digest: str) -> ObjectPart | None:
    """The table of an image that is a part of its own, None if there is none."""
    with contextlib.suppress(Exception):  # missing, or damaged
        return read_tables(_path(top, layer, [digest]), layer).get(digest)
    return None


def remove_alone(top: Path, layer: str, digests: Iterable[str], kept: Path) -> None:
    """Remove the parts of single images that are in another part now."""
    for path in (_path(top, layer, [digest]) for digest in digests):
        if path != kept:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def remove_superseded(top: Path, layer: str, digests: Collection[str]) -> None:
    """Remove parts that have the table of none of these images that no other part has."""
    found: list[tuple[set[str], Path]] = []
    for path in sorted(tables_folder(top, layer).glob("part-*.parquet")):
        with contextlib.suppress(Exception):  # damaged: nobody is kept from measuring by it
            entries = cache_file.facts(path, _STATE)["images"]
            found.append(({entry[0] for entry in entries}.intersection(digests), path))
    seen: set[str] = set()
    for own, path in sorted(found, key=lambda one: -len(one[0])):
        if own <= seen:
            with contextlib.suppress(OSError):
                path.unlink()
        seen |= own


def _joined(parts: Part, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.concatenate([np.asarray(getattr(part.geometry, name)) for part in parts.values()])


def read_tables(path: Path, layer: str) -> Part:
    """Return the tables of a part; raises whatever libraries raise of what is damaged."""
    frame, facts = cache_file.read(path, _STATE)
    found, start = Part(), 0
    for digest, count, columns, problems in facts["images"]:
        rows = frame.iloc[start : start + count].reset_index(drop=True)
        start += count
        geometry = Geometry(*(rows[f"geometry {name}"].to_numpy(np.float64) for name in _GEOMETRY))
        own = rows[columns]
        own.insert(0, "image", np.zeros(len(rows), np.int64))
        told = [Problem(None, text) for text in problems]
        found[digest] = ObjectPart(0, layer, own, geometry, told, measured=True)
    if start != len(frame):
        raise ValueError("not a whole part")
    return found


def may_be_kept(part: ObjectPart, mask: Path | None) -> bool:
    """Whether it would be measured alike again: nothing was missing that may be there the next time."""
    return mask is not None and not any(one.lost or one.path != mask for one in part.problems)


class MaskTables:
    """The tables of the layers of a batch that have none, see `dataset.model.KeptTables`; safe from several threads."""

    def __init__(self, batch: Batch, folder: Path) -> None:
        self._channels, self._folder = tuple(sorted(batch.channels)), folder
        self._lock = Lock()
        self._index: dict[str, dict[str, Path]] = {}
        self._read: dict[Path, Part] = {}
        self._new: dict[str, Part] = {}
        self._written = time.monotonic()
        self._ends = self._wrote = False

    def part(self, record: ImageRecord, layer: str, measure: Callable[[], ObjectPart]) -> ObjectPart:
        """Return the objects of an image as they are kept, else as they are measured, which is then kept."""
        mask = record.masks.get(layer)
        if mask is None or is_polygons(mask):
            return measure()
        digest = table_digest(record, layer, self._channels)
        with self._lock:
            found = self._find(layer, digest)
        if found is not None:
            return _of_image(found, record.index, mask)
        made = measure()
        if may_be_kept(made, mask):
            with self._lock:
                self._keep(layer, digest, made)
        return made

    def known(self, layer: str) -> int:
        """See `KeptTables`."""
        with self._lock:
            return len(self._indexed(layer))

    def flush(self) -> None:
        """Write what was measured and is not written yet, so far as that can be done."""
        with self._lock:
            for layer in list(self._new):
                self._write(layer)

    def _find(self, layer: str, digest: str) -> ObjectPart | None:
        path = self._indexed(layer).get(digest)
        if path is None:
            return None
        if path not in self._read:
            while len(self._read) >= _READ:
                self._read.pop(next(iter(self._read)))
            try:
                self._read[path] = read_tables(path, layer)
            except Exception:  # whatever parsers of damaged bytes raise: its images are measured again
                self._read[path] = {}
        return self._read[path].get(digest)

    def _indexed(self, layer: str) -> dict[str, Path]:
        if layer not in self._index:
            self._index[layer] = _digests(tables_folder(self._folder, layer))
        return self._index[layer]

    def _keep(self, layer: str, digest: str, part: ObjectPart) -> None:
        new = self._new.setdefault(layer, {})
        new[digest] = part
        if not self._ends:
            self._ends = True
            atexit.register(self.flush)
        if len(new) >= _MOST_IMAGES or time.monotonic() - self._written > _SECONDS:
            self._write(layer)

    def _write(self, layer: str) -> None:
        parts = self._new.pop(layer)
        self._written = time.monotonic()
        with contextlib.suppress(
            OSError, TypeError
        ):  # a full disk costs time the next time, and nothing else
            write_tables(self._folder, layer, parts)
            if not self._wrote:
                self._wrote = True
                tidy_cache(self._folder)


def _of_image(kept: ObjectPart, index: int, mask: Path) -> ObjectPart:
    frame = kept.frame.assign(image=np.full(len(kept.frame), index, np.int64))
    problems = [Problem(mask, one.text) for one in kept.problems]
    return ObjectPart(index, kept.layer, frame, kept.geometry, problems, measured=True)


def _digests(folder: Path) -> dict[str, Path]:
    """Where the table of each image is, of those that are whole."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("part-*.parquet")):
        with contextlib.suppress(Exception):  # damaged
            found |= {str(entry[0]): path for entry in cache_file.facts(path, _STATE)["images"]}
    return found


def mask_tables(batch: Batch) -> MaskTables | None:
    """Return the tables kept of a batch; None where nothing is to be kept, or its layers have tables.

    Raises
    ------
    InputError
        The folder of measurements that was named is not there.
    """
    if not batch.source.cache or all(batch.has_table(layer) for layer in batch.layers_with_masks):
        return None
    return MaskTables(batch, measured_folder(batch))
