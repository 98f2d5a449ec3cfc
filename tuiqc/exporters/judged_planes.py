"""The planes of masks with what was decided about each object in them: what the exporters of outlines go through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.mask_measures import label_plane
from tuiqc.dataset.model import ImageRecord
from tuiqc.errors import InputError, TuiqcError, UsageError
from tuiqc.exporters.request import Request
from tuiqc.pixels import open_image
from tuiqc.qc.reasons import parse_reasons
from tuiqc.qc.record import Subject
from tuiqc.review.object_rows import ObjectRows
from tuiqc.text import plural


@dataclass(frozen=True, slots=True)
class JudgedObject:
    """An object of a plane.

    Attributes
    ----------
    subject
        Which object.
    verdict, reason, note
        Its own, else those of its track; "" where there is none.
    row
        Its position among the rows of its layer, -1 where the table has none.
    kept
        Whether it was asked for: `--drop`, `--where`.
    """

    subject: Subject
    verdict: str
    reason: str
    note: str
    row: int
    kept: bool

    @property
    def label(self) -> int:
        """Its label in the mask."""
        return self.subject.label

    @property
    def title(self) -> str:
        """The verdict with its reasons: "fail: merged: focus"; "" where there is none."""
        return ": ".join((self.verdict, *parse_reasons(self.reason))) if self.verdict else ""


@dataclass
class JudgedPlane:
    """A plane of a mask.

    Attributes
    ----------
    labels
        (y, x) integers, 0 background.
    objects
        Those in it, by label.
    sizes
        Time points and slices of its mask.
    """

    record: ImageRecord
    layer: str
    t: int
    z: int
    labels: NDArray[Any]
    objects: dict[int, JudgedObject]
    sizes: tuple[int, int]

    @property
    def kept(self) -> dict[int, JudgedObject]:
        """The objects that were asked for."""
        return {label: one for label, one in self.objects.items() if one.kept}

    @property
    def kept_labels(self) -> NDArray[Any]:
        """The labels of those alone; a new array."""
        out: NDArray[Any] = np.where(np.isin(self.labels, list(self.kept)), self.labels, 0)
        return out.astype(self.labels.dtype)

    @property
    def place(self) -> str:
        """What tells the plane from others of its image: "t003_z01", "" of a single plane."""
        numbers = zip("tz", (self.t, self.z), self.sizes, strict=True)
        return "_".join(f"{axis}{at:0{len(str(count - 1))}d}" for axis, at, count in numbers if count > 1)


@dataclass
class JudgedLayer:
    """The objects of a layer of the batch, and its masks plane by plane.

    Attributes
    ----------
    rows
        All of its objects with what is known of them.
    notes, missing
        As `Written` has them; both grow while planes are read.
    seen, taken, unseen
        The objects of planes gone through, those of them that were asked for, and those of these nobody looked at.
    """

    request: Request
    layer: str
    rows: ObjectRows
    asked: NDArray[np.bool_]
    tracks: list[Subject | None]
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    seen: set[Subject] = field(default_factory=set)
    taken: set[Subject] = field(default_factory=set)
    unseen: set[Subject] = field(default_factory=set)

    @classmethod
    def read(cls, request: Request, layer: str) -> JudgedLayer:
        """Read the objects of a layer.

        Raises
        ------
        FilterError
            A filter can't be understood.
        """
        from tuiqc.review.headless import filter_rows, whole_objects

        rows = whole_objects(request.batch, layer, request.annotations.items(), request.progress)
        asked = np.ones(rows.total, bool)
        if request.where:
            filter_rows(rows, request.where)
            asked = np.isin(np.arange(rows.total), rows.view.order)
        tracks = request.tracks_of(layer, rows.view.frame)
        notes = [text for text in rows.problems if text not in rows.lost]
        return cls(request, layer, rows, asked, tracks, notes, list(rows.lost))

    def planes(self, record: ImageRecord) -> Iterator[JudgedPlane]:
        """Give the planes of an image's mask; none, and a word in `missing`, where it can't be read."""
        path = record.masks.get(self.layer)
        if path is None:
            self.missing.append(f"{record.key}: no mask of {self.layer}")
            return
        try:
            with open_image(path) as mask:
                sizes = mask.info.sizes["t"], mask.info.sizes["z"]
                for t, z in np.ndindex(*sizes):
                    labels = label_plane(mask.read(t=t, z=z))
                    yield JudgedPlane(
                        record, self.layer, t, z, labels, self._objects(record, t, labels), sizes
                    )
        except ValueError as error:
            self.missing.append(f"{path}: {error}")
        except TuiqcError as error:
            self.missing.append(str(error))

    def _objects(self, record: ImageRecord, t: int, labels: NDArray[Any]) -> dict[int, JudgedObject]:
        at = self.rows.at_time(record.index, t)
        positions = np.arange(self.rows.total)[at]
        row_of = dict(zip(self.rows.labels[at].tolist(), positions.tolist(), strict=True))
        found = {}
        for label in np.unique(labels).tolist():
            if label:
                one = self._object(record, t, label, row_of.get(label, -1))
                found[label] = one
                self.seen.add(one.subject)
                if one.kept:
                    self.taken.add(one.subject)
                    if not one.verdict and not self.request.looked_at(one.subject):
                        self.unseen.add(one.subject)
        return found

    def _object(self, record: ImageRecord, t: int, label: int, row: int) -> JudgedObject:
        subject = Subject("object", record.key, self.layer, label, t if self.rows.times is not None else 0)
        track = self.tracks[row] if row >= 0 else None
        said = self.request.annotations.get(subject)
        if (said is None or not said.verdict) and track is not None:
            said = self.request.annotations.get(track, said)
        kept = not self.request.drops(subject, track)
        kept = kept and (bool(self.asked[row]) if row >= 0 else not self.request.where)
        words = (said.verdict, said.reason, said.note) if said else ("", "", "")
        return JudgedObject(subject, *words, row, kept)

    @property
    def counted(self) -> str:
        """How many objects were taken and left out, and how many of those taken nobody ever looked at."""
        left = len(self.seen) - len(self.taken)
        text = f"{self.layer}: {plural(len(self.taken), 'object')}" + (f", {left:,} left out" if left else "")
        if self.unseen:
            text += f", {len(self.unseen):,} of them never looked at (--reviewed-only leaves them out)"
        return text

    def measurements(self) -> dict[str, NDArray[Any]]:
        """Return the columns of numbers of its table, as float64 by name."""
        from tuiqc.tables.values import Numbers

        found = {}
        for name in self.rows.view.given:
            numbers = self.rows.view.numbers(name) if name not in ("image", "label", "t") else None
            if isinstance(numbers, Numbers):
                found[str(name)] = np.asarray(numbers.floats(), np.float64)
        return found


def judged_layers(request: Request) -> list[JudgedLayer]:
    """Read the layers that were asked for and have masks.

    Raises
    ------
    UsageError
        There is none.
    """
    masked = [layer for layer in request.chosen_layers if request.batch.has_files("masks", layer)]
    if not masked:
        raise UsageError(
            "there is no label mask in this batch: outlines come from masks (name them with --labels)"
        )
    return [JudgedLayer.read(request, layer) for layer in masked]


def check_any(layers: list[JudgedLayer], missing: list[str]) -> None:
    """Refuse to have made nothing.

    Raises
    ------
    InputError
        None of the masks could be read.
    """
    if missing and not any(layer.seen for layer in layers):
        rest = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise InputError(f"no mask could be read: {missing[0]}{rest}")
