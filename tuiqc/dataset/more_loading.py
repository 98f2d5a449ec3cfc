"""Adds the columns of further files to the parts that a loader reads."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from tuiqc.dataset.model import Batch
from tuiqc.dataset.more_columns import MoreColumns
from tuiqc.dataset.more_options import ColumnsFile, columns_files
from tuiqc.dataset.more_report import ColumnsReport
from tuiqc.dataset.parts import ObjectPart, Problem
from tuiqc.errors import TuiqcError


class MoreLoader:
    """The further files of a batch; each is read when the first objects of its layer are. Thread-safe.

    Attributes
    ----------
    reports
        Per layer what did and did not match in each file, once all objects of the layer have been loaded.
    """

    def __init__(self, batch: Batch, *, written: bool = False) -> None:
        self._batch, self._written = batch, written
        self._lock = Lock()
        self._files: dict[str, list[MoreColumns | Problem]] = {}
        self.reports: dict[str, list[ColumnsReport]] = {}

    def files(self, layer: str) -> list[MoreColumns | Problem]:
        """Return the files of a layer; one that can't be read is a problem."""
        if not self._batch.source.columns:
            return []
        with self._lock:
            if layer not in self._files:
                self._files[layer] = [self._read(entry) for entry in columns_files(self._batch, layer)]
            return self._files[layer]

    def _read(self, entry: ColumnsFile) -> MoreColumns | Problem:
        try:
            return MoreColumns.read(
                entry.path,
                self._batch,
                entry.layer,
                label=entry.label,
                image=entry.image,
                t=entry.t,
                written=self._written,
            )
        except TuiqcError as error:
            return Problem(entry.path, str(error), lost=True)

    def _attach(self, part: ObjectPart) -> list[ColumnsReport]:
        reports, more = [], []
        for file in self.files(part.layer):
            if isinstance(file, MoreColumns):
                frame = part.frame
                times = frame["t"].to_numpy() if "t" in frame.columns else None
                values, report = file.attach(
                    frame["image"].to_numpy(), frame["label"].to_numpy(), times, covered=part.images
                )
                more.append((file.path.stem, values))
                reports.append(report)
        part.more = tuple(more)
        return reports

    def _problems(self, layer: str, reports: list[ColumnsReport]) -> list[Problem]:
        broken = [file for file in self.files(layer) if isinstance(file, Problem)]
        if not reports:
            return broken
        keys = [image.key for image in self._batch.images]
        return broken + [
            Problem(report.path, "; ".join(report.lines(keys))) for report in reports if not report.clean
        ]

    def attached(self, part: ObjectPart) -> ObjectPart:
        """Add the columns to one part; what did not match is among its problems."""
        reports = self._attach(part)
        part.problems += self._problems(part.layer, reports)
        return part

    def all_attached(self, parts: Iterator[ObjectPart], layer: str, images: int) -> Iterator[ObjectPart]:
        """Add the columns to all parts of a layer; the last one, which makes the images full, has the problems."""
        total: list[ColumnsReport] = []
        seen = 0
        for part in parts:
            reports = self._attach(part)
            total = [a.plus(b) for a, b in zip(total, reports, strict=True)] if total else reports
            seen += len(part.images)
            if seen >= images:
                self.reports[layer] = total
                part.problems += self._problems(layer, total)
            yield part
