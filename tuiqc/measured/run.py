"""Measuring a batch to the end: what is done already, who does the rest, and what becomes of it."""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.errors import InputError
from tuiqc.files.atomic import make_folder, replace_bytes
from tuiqc.measured.chunk_work import ChunkDone, ChunkTask, join_singles, measure_chunk
from tuiqc.measured.part_folder import PartFolder, layer_folder, part_folders

if TYPE_CHECKING:
    from tuiqc.measured.launcher import Launcher, Work
    from tuiqc.measured.part_file import Kind
    from tuiqc.measured.plan import Chunk, Plan

MANIFEST = "manifest.json"

Report = Callable[[int, int], None]


@dataclass
class RunSummary:
    """What a run came to.

    Attributes
    ----------
    images, objects
        That were measured now.
    already
        Images whose parts were there.
    errors
        Error of each image that has one, by key, of the parts that were made now.
    complete
        Whether all parts of the batch are there.
    """

    images: int = 0
    objects: int = 0
    already: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    complete: bool = False


@dataclass
class MeasureRun:
    """Measures chunks of a plan into a folder.

    Attributes
    ----------
    report
        Called with (done, all) images.
    again
        Whether images that had errors are measured again.
    """

    plan: Plan
    folder: Path
    report: Report = lambda done, total: None
    again: bool = False

    def run(
        self, chunks: Sequence[Chunk], launcher: Launcher | Callable[[], Launcher], work: Work = measure_chunk
    ) -> RunSummary:
        """Measure what is not there yet; started anew it goes on where it was.

        Parameters
        ----------
        launcher
            Asked for only where there is something to do, if it is a function.

        Raises
        ------
        InputError
            A part can't be written; all others are there, and no half one.
        """
        summary = RunSummary()
        folders = part_folders(self.folder, self.plan.settings.layer)
        for folder in folders.values():
            folder.remove_left_over()
        missing = [one for one in chunks if self.again or not all(f.has(one.name) for f in folders.values())]
        total = sum(len(one.images) for one in chunks)
        summary.already = total - sum(len(one.images) for one in missing)
        if missing:
            made = launcher() if callable(launcher) else launcher
            try:
                self._measure(self._tasks(missing, folders), made, work, summary, total)
            finally:
                made.close()
        self._finish(folders, summary)
        return summary

    def _tasks(self, chunks: Sequence[Chunk], folders: dict[Kind, PartFolder]) -> deque[ChunkTask]:
        planned = {one.name for one in self.plan.chunks}
        known = {kind: folder.digests_elsewhere(planned) for kind, folder in folders.items()}
        tasks = deque(ChunkTask.of(self.plan, one, self.folder, known, self.again) for one in chunks)
        tasks.rotate(random.randrange(len(tasks)))  # another driver, if there is one, begins elsewhere
        return tasks

    def _measure(
        self, todo: deque[ChunkTask], launcher: Launcher, work: Work, summary: RunSummary, total: int
    ) -> None:
        alone: dict[str, ChunkTask] = {}  # the chunk of each image that is tried alone
        done = summary.already
        self.report(done, total)
        for ended in launcher.results(todo, work):
            task, made = ended.task, ended.done
            if ended.fault:
                raise InputError(
                    ended.fault, hint="the parts that are written stay: the same command goes on"
                )
            if ended.killed and len(task.records) > 1:
                alone |= dict.fromkeys(task.digests, task)
                todo.extend(task.singles())
                continue
            chunk = alone.pop(task.digests[0], None) if len(task.records) == 1 else None
            if chunk is not None and any(digest in alone for digest in chunk.digests):
                continue
            if chunk is not None or made is None:
                made = self._joined(chunk or task)
            _count(summary, made)
            done += made.images
            self.report(done, total)

    def _joined(self, task: ChunkTask) -> ChunkDone:
        try:
            return join_singles(task)
        except OSError as error:
            raise InputError(f"can't be written ({error.strerror or error})", path=task.folder) from error

    def _finish(self, folders: dict[Kind, PartFolder], summary: RunSummary) -> None:
        """When all is there: take away what it supersedes, and say that it is whole."""
        planned = {one.name for one in self.plan.chunks}
        summary.complete = all(planned <= folder.names() for folder in folders.values())
        if not summary.complete:
            return
        keys = {self.plan.batch.key(at) for at in self.plan.images}
        for folder in folders.values():
            folder.remove(folder.superseded(planned, keys))
        if summary.images and not self.plan.batch.has_table(self.plan.settings.layer):
            self._tidy_tables()
        settings = self.plan.settings
        said = {
            "layer": settings.layer,
            "other": settings.other,
            "channels": list(settings.channels),
            "typical_radius": settings.typical,
            "images": len(self.plan.images),
            "parts": sorted(planned),
        }
        place = layer_folder(self.folder, settings.layer)
        data = json.dumps(said, indent=2).encode("ascii") + b"\n"
        try:
            if not (place / MANIFEST).is_file() or (place / MANIFEST).read_bytes() != data:
                make_folder(place)
                replace_bytes(place / MANIFEST, data)
        except OSError as error:
            raise InputError(
                f"can't be written ({error.strerror or error})", path=place / MANIFEST
            ) from error

    def _tidy_tables(self) -> None:
        from tuiqc.measured.mask_tables import remove_superseded, table_digest

        layer, batch = self.plan.settings.layer, self.plan.batch
        channels = sorted(self.plan.settings.channels)
        digests = {table_digest(batch.images[at], layer, channels) for at in self.plan.images}
        remove_superseded(self.folder, layer, digests)


def _count(summary: RunSummary, made: ChunkDone) -> None:
    summary.images += made.images
    summary.objects += made.objects
    summary.errors |= dict(made.errors)
