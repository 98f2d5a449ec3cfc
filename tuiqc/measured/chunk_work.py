"""What one worker does: it measures the images of a chunk and writes their part. Files are named, no pixels sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.measured.batch_planes import BatchPlanes
from tuiqc.measured.image_measurement import ImageMeasurement, broken, measure_image
from tuiqc.measured.part_folder import PartFolder, part_folders, part_name
from tuiqc.measured.plan import Chunk, Plan
from tuiqc.measured.settings import Settings

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch, ImageRecord
    from tuiqc.measured.part_file import Kind

KILLED = "measuring it ended the process: not enough memory, or a damaged file"


@dataclass(frozen=True)
class ChunkTask:
    """A chunk to be measured, for whichever process.

    Attributes
    ----------
    folder
        Of the measurements.
    records, digests
        The images.
    name
        Of the part.
    known
        Other parts that have images of it, by digest and kind.
    again
        Whether images that had errors are measured again.
    tables
        Whether the objects have no tables: those are measured, too.
    """

    folder: Path
    settings: Settings
    records: tuple[ImageRecord, ...]
    digests: tuple[str, ...]
    name: str
    known: dict[Kind, dict[str, Path]] = field(default_factory=dict)
    again: bool = False
    tables: bool = False

    @classmethod
    def of(
        cls, plan: Plan, chunk: Chunk, folder: Path, known: dict[Kind, dict[str, Path]], again: bool
    ) -> ChunkTask:
        """The task of a chunk."""
        own = {kind: {d: found[d] for d in chunk.digests if d in found} for kind, found in known.items()}
        records = tuple(plan.batch.images[at] for at in chunk.images)
        tables = not plan.batch.has_table(plan.settings.layer)
        return cls(folder, plan.settings, records, chunk.digests, chunk.name, own, again, tables)

    def singles(self) -> list[ChunkTask]:
        """Each of its images alone."""
        return [
            replace(self, records=(record,), digests=(digest,), name=part_name([digest]))
            for record, digest in zip(self.records, self.digests, strict=True)
        ]


@dataclass(frozen=True)
class ChunkDone:
    """What came of a task: images, objects, and the images with errors as (key, error)."""

    images: int
    objects: int
    errors: tuple[tuple[str, str], ...]


def measure_chunk(task: ChunkTask) -> ChunkDone:
    """Measure the images of a chunk that are in no part yet, and write the part of all.

    Raises
    ------
    OSError
        The part can't be written.
    """
    folders = part_folders(task.folder, task.settings.layer)
    kept = {kind: _kept(folder, task) for kind, folder in folders.items()}
    objects: list[ImageMeasurement] = []
    images: list[ImageMeasurement] = []
    planes = _planes(task)
    for at, digest in enumerate(task.digests):
        there, whole = kept["objects"].get(digest), kept["images"].get(digest)
        if there is None or whole is None or (task.again and (there.problems or whole.problems)):
            there = whole = measure_image(planes, at, task.settings, digest, lambda: None)
        objects.append(there)
        images.append(whole)
    if task.tables:
        _write_tables(task, planes.batch)
    return _write(task, folders, objects, images)


def _write_tables(task: ChunkTask, batch: Batch, measured: bool = True) -> None:
    """Write the tables of the objects, as a session measures them of masks; first, for the others say that all is done.

    Parameters
    ----------
    measured
        Whether they are measured; else those of its images alone are put together.

    Raises
    ------
    OSError
        The part can't be written.
    """
    from tuiqc.dataset.from_masks import part_from_mask
    from tuiqc.measured.mask_tables import (
        Part,
        kept_alone,
        may_be_kept,
        remove_alone,
        table_digest,
        write_tables,
    )
    from tuiqc.pixels import read_plane
    from tuiqc.pixels.polygons.polygon_file import is_polygons

    found, layer, channels = Part(), task.settings.layer, sorted(task.settings.channels)
    for record in batch.images:
        mask = record.masks.get(layer)
        if mask is None or is_polygons(mask):
            continue
        digest = table_digest(record, layer, channels)
        part = part_from_mask(batch, record, layer, read_plane) if measured else None
        part = part or kept_alone(task.folder, layer, digest)
        if part is not None and (not measured or may_be_kept(part, mask)):
            found[digest] = part
    if found:
        written = write_tables(task.folder, layer, found)
        remove_alone(task.folder, layer, found, written)


def join_singles(task: ChunkTask) -> ChunkDone:
    """Write the part of a chunk from the parts of its images alone; nothing is measured.

    An image that has none ends whoever measures it: that is its error.

    Raises
    ------
    OSError
        It can't be written.
    """
    folders = part_folders(task.folder, task.settings.layer)
    pairs = list(zip(task.records, task.digests, strict=True))
    both = [
        [kept.get(digest) or broken(record.key, digest, KILLED) for record, digest in pairs]
        for kept in (_kept(folder, task) for folder in folders.values())
    ]
    if task.tables:
        _write_tables(task, _planes(task).batch, measured=False)
    return _write(task, folders, *both)


def _write(
    task: ChunkTask,
    folders: dict[Kind, PartFolder],
    objects: Sequence[ImageMeasurement],
    images: Sequence[ImageMeasurement],
) -> ChunkDone:
    folders["objects"].write(task.name, objects, task.settings)
    folders["images"].write(task.name, images, task.settings)  # last: who has this one has both
    for folder in folders.values():
        folder.remove(name for name in (part_name([one]) for one in task.digests) if name != task.name)
    errors = tuple((one.key, one.error) for one in images if one.problems)
    return ChunkDone(len(images), sum(one.objects for one in objects), errors)


def _kept(folder: PartFolder, task: ChunkTask) -> dict[str, ImageMeasurement]:
    """What other parts have of its images: the part itself, those of its images alone, those that are superseded."""
    singles = [folder.path(part_name([digest])) for digest in task.digests]
    paths = [*task.known.get(folder.kind, {}).values(), folder.path(task.name), *singles]
    wanted = set(task.digests)
    return {
        one.digest: one
        for path in dict.fromkeys(paths)  # the newest last
        if path.is_file()
        for one in folder.read_at(path) or []
        if one.digest in wanted
    }


def _planes(task: ChunkTask) -> BatchPlanes:
    from tuiqc.dataset.model import Batch
    from tuiqc.pixels import read_plane

    records = [replace(record, index=at) for at, record in enumerate(task.records)]
    settings = task.settings
    layers = [settings.layer, *([settings.other] if settings.other else [])]
    batch = Batch("", task.folder, records, [], list(settings.channels), layers)
    return BatchPlanes(batch, settings.layer, settings.other, settings.channels, read_plane)
