"""More columns for the objects of a layer, from another table (MoBIE's "Load Columns").

The rows of the table are joined to the objects by image and label, and by time where both have it:

- The image is found as in a table of several images (`row_images.find_rows`): file names, placeholders, a column with
  keys or file names; with one image all rows are its. The label and the time are found by dialect. All three can
  be named.
- A table without a column of labels is one of images (a plate layout): its values go to all objects of an image.
- Of several rows with the same key the first one counts; they are reported, as is what matches nothing.
- Values stay what they are: whole numbers that no float has become Int64, booleans with gaps become objects.
  Columns that were used as keys are not added.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.dialects import recognise
from tuiqc.dataset.join import free_names
from tuiqc.dataset.model import Batch
from tuiqc.dataset.more_options import ColumnsFile, columns_files
from tuiqc.dataset.more_report import ColumnsReport
from tuiqc.dataset.parts import ObjectPart, Problem, whole_labels
from tuiqc.dataset.row_images import by_column, find_rows
from tuiqc.dataset.tables.reader import load_table, written_texts
from tuiqc.errors import InputError, TuiqcError

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
_LARGE = 2**53


@dataclass(slots=True)
class MoreColumns:
    """A table with more columns for `layer`, ready to be joined.

    Attributes
    ----------
    path
        The file.
    frame
        The rows that can be joined, without the key columns.
    images, labels, times
        Their keys, parallel to the frame (int64); `labels` is None for a table of images, `times` where it has
        no time (from 0).
    facts
        What is known before anything is joined: rows without an image or label, repeated keys.
    """

    path: Path
    layer: str
    frame: pd.DataFrame
    images: Ints
    labels: Ints | None
    times: Ints | None
    facts: ColumnsReport

    @classmethod
    def read(
        cls,
        path: Path,
        batch: Batch,
        layer: str,
        *,
        label: str | None = None,
        image: str | None = None,
        t: str | None = None,
        only: Sequence[str] = (),
        written: bool = False,
    ) -> Self:
        """Read `path`; `label`, `image` and `t` name key columns that are not recognised.

        With `only` no more than these columns are joined, with `written` they are texts as they stand in the file.

        Raises
        ------
        InputError
            The file can't be read, a column that is named is not there, no column says which image a row belongs to, or
            there is no column of labels and several rows per image.
        """
        frame = load_table(path, cached=batch.source.cache, named=only).frame
        names = [str(name) for name in frame.columns]
        for column in (label, image, t, *only):
            if column is not None and column not in names:
                raise InputError(
                    f"no column {column!r}", path=path, expected=f"one of {', '.join(names[:12])}"
                )
        choice = recognise(names, None, layer)
        choice = replace(
            choice, label_column=label or choice.label_column, t_column=t or choice.t_column,
            t_first=0 if t else choice.t_first,
        )  # fmt: skip
        images = batch.images
        found = find_rows(frame, images, choice) if image is None else by_column(frame[image], images)
        if not found.found and len(frame):
            raise InputError(
                f"no row is about an image of this batch ({found.how})", path=path,
                hint="name the column with the keys or file names of the images: --columns 'FILE;image=COLUMN'",
            )  # fmt: skip
        texts = written_texts(path, only) if written else frame
        values = texts if len(texts) == len(frame) else frame
        how = f"{found.how} ({found.spelled})" if found.spelled else found.how
        found_columns = cls._keyed(path, layer, frame, found.rows, choice, list(found.columns), how, values)
        if only:
            wanted = [name for name in only if name in found_columns.frame.columns]
            found_columns.frame = found_columns.frame[wanted]
        return found_columns

    @classmethod
    def _keyed(
        cls,
        path: Path,
        layer: str,
        frame: pd.DataFrame,
        rows: Ints,
        choice: Any,
        used: list[str],
        how: str,
        values: pd.DataFrame,
    ) -> Self:
        keep, labels, times = rows >= 0, None, None
        no_image = int((~keep).sum())
        keys = {
            *used,
            *(name for name in (choice.label_column, choice.image_column, choice.t_column) if name),
        }
        if choice.label_column is not None and choice.label_column not in used:
            labels, good = whole_labels(frame[choice.label_column])
            keep &= good & (labels > 0)
            how += f", labels in {choice.label_column!r}"
        else:
            how += ", no labels: values of whole images"
        no_label = int((rows >= 0).sum() - keep.sum())
        if choice.t_column is not None and choice.t_column not in used:
            times, known = whole_labels(frame[choice.t_column])
            times = np.where(known, times - choice.t_first, 0)
        taken = [array[keep] for array in (labels, times) if array is not None]
        key, _ = _codes([rows[keep], *taken])
        first = np.zeros(len(key), bool)
        first[np.unique(key, return_index=True)[1]] = True
        repeated = int((~first).sum())
        if labels is None and repeated:
            raise InputError(
                "no column with labels, and several rows per image", path=path,
                hint="name the column with the labels: --columns 'FILE;label=COLUMN'",
            )  # fmt: skip
        places = np.flatnonzero(keep)[first]
        report = ColumnsReport(
            path, layer, how, file_rows=len(frame), no_image=no_image, no_label=no_label, repeated=repeated,
            repeated_some=_some(rows, labels, np.flatnonzero(keep)[~first]),
        )  # fmt: skip
        rest = values[[name for name in frame.columns if name not in keys]]
        rest = rest.iloc[places].reset_index(drop=True) if len(places) < len(frame) else rest
        return cls(
            path, layer, _gap_proof(rest), rows[places], None if labels is None else labels[places],
            None if times is None else times[places], report,
        )  # fmt: skip

    def attach(
        self,
        images: NDArray[Any],
        labels: NDArray[Any],
        times: NDArray[Any] | None = None,
        taken: Sequence[str] = (),
        covered: Sequence[int] | None = None,
    ) -> tuple[dict[str, Any], ColumnsReport]:
        """Return the columns for these objects, and what did not match.

        Parameters
        ----------
        images, labels, times
            Row number of the image, label, and time point (from 0) of each object; None where there is no time.
        taken
            Names that are there already: a column of such a name gets " (FILE)" added.
        covered
            Images (row numbers) whose objects these are all; a row of the table that is about one of them and
            matches none is reported. Default: all images.

        Returns
        -------
        dict of arrays
            Name and values of each column, NumPy or pandas arrays as long as `images`, missing where no row
            matches.
        """
        mine: list[Ints] = [self.images]
        theirs: list[Ints] = [np.asarray(images, np.int64)]
        if self.labels is not None:
            mine.append(self.labels)
            theirs.append(np.asarray(labels, np.int64))
        if self.times is not None:
            # Objects without a time are those of the only time point there is.
            mine.append(self.times)
            theirs.append(
                np.zeros(len(theirs[0]), np.int64) if times is None else np.asarray(times, np.int64)
            )
        places = _places(mine, theirs)
        hit = places >= 0
        used = np.zeros(len(self.frame), bool)
        used[places[hit]] = True
        asked = np.ones(len(used), bool) if covered is None else np.isin(self.images, np.asarray(covered))
        left = np.flatnonzero(asked & ~used)
        missed = np.flatnonzero(~hit)
        names = free_names([str(name) for name in self.frame.columns], set(taken), self.path.stem)
        report = replace(
            self.facts, objects=len(places), matched=int(hit.sum()), unused=len(left),
            unused_some=_some(self.images, self.labels, left),
            missed_some=_some(theirs[0], np.asarray(labels, np.int64), missed),
            renamed={old: new for old, new in names.items() if old != new}, columns=tuple(names.values()),
        )  # fmt: skip
        whole = bool(hit.all())
        return {names[str(n)]: _taken(self.frame[n], places, whole) for n in self.frame.columns}, report


def _some(images: Ints, labels: Ints | None, places: Ints) -> tuple[tuple[int, int], ...]:
    """Image and label of the first few."""
    return tuple((int(images[at]), 0 if labels is None else int(labels[at])) for at in places[:5])


def _codes(columns: Sequence[Ints], others: Sequence[Ints] | None = None) -> tuple[Ints, Ints]:
    """One number per row (and per row of `others`) that is the same where all columns are."""
    import pandas as pd

    count = len(columns[0])
    codes = np.zeros(count + (len(others[0]) if others else 0), np.int64)
    for at, column in enumerate(columns):
        both = np.concatenate([column, others[at]]) if others else column
        dense, values = pd.factorize(both)
        codes = codes * max(len(values), 1) + dense
        codes = pd.factorize(codes)[0].astype(np.int64, copy=False)  # so that the product never overflows
    return codes[:count], codes[count:]


def _places(mine: Sequence[Ints], theirs: Sequence[Ints]) -> Ints:
    """For each of theirs the place of mine with the same key, -1 for none; mine are unique."""
    own, other = _codes(mine, theirs)
    table = np.full(int(max(own.max(initial=-1), other.max(initial=-1))) + 1, -1, np.int64)
    table[own] = np.arange(len(own))
    return table[other]


def _gap_proof(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of large whole numbers as Int64 wherever that can be, since a gap would make floats of them."""
    large = {
        name: "Int64" if frame[name].dtype.kind == "i" else "UInt64"
        for name in frame.columns
        if isinstance(frame[name].dtype, np.dtype) and frame[name].dtype.kind in "iu" and len(frame)
        and (frame[name].max() >= _LARGE or frame[name].min() <= -_LARGE)
    }  # fmt: skip
    return frame.astype(large) if large else frame


def _taken(series: pd.Series[Any], places: Ints, whole: bool) -> Any:
    import pandas as pd

    values: Any = series.to_numpy() if isinstance(series.dtype, np.dtype) else series.array
    return values[places] if whole else pd.api.extensions.take(values, places, allow_fill=True)


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
                only=entry.only,
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
        keys = self._batch.keys
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
