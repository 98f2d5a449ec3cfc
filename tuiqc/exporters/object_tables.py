"""The objects of a layer with their verdicts, as the table exporters need them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.literal_cells import written_columns
from tuiqc.dataset.mask_comparison import compare_with_masks
from tuiqc.dataset.objects import ObjectLoader, ObjectPart, join_parts
from tuiqc.exporters.guard import Output
from tuiqc.exporters.request import Request
from tuiqc.exporters.table import FORMS, write_frame
from tuiqc.qc.record import Subject
from tuiqc.text import plural, some

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.geometry import Geometry


def load_layer(request: Request, layer: str) -> tuple[pd.DataFrame, Geometry, list[str], list[str]]:
    """Return all objects of a layer (see `tuiqc.dataset.parts`), their geometry, what was assumed and what is missing.

    Raises
    ------
    InputError
        If none of its tables and masks could be read.
    """
    parts: list[ObjectPart] = []
    total = len(request.batch.images)

    def take(part: ObjectPart) -> None:
        parts.append(part)
        request.tell(sum(len(one.images) for one in parts), total)

    ObjectLoader(request.batch).load_layer(layer, take)
    notes, missing = told(parts)
    notes += compare_with_masks(request.batch, layer, parts)
    frame, geometry = join_parts(parts)
    notes += _stray(request, layer, frame, bool(missing))
    return frame, geometry, notes, missing


def _stray(request: Request, layer: str, frame: pd.DataFrame, unread: bool) -> list[str]:
    """A sentence on verdicts about objects of images of the batch that have no such object."""
    there, keys = set(subjects(request, layer, frame)), set(request.batch.keys)
    read = {subject.image for subject in there} if unread else keys
    found = [
        f"{one.image}: {one.label}"
        for one, annotation in request.annotations.items()
        if annotation.verdict
        and (one.level, one.layer) == ("object", layer)
        and one.image in read
        and one not in there
    ]
    if not found:
        return []
    verb = "is about an object that is" if len(found) == 1 else "are about objects that are"
    return [f"{plural(len(found), 'verdict')} {verb} not in {layer} ({some(found, 3)})"]


def as_written(
    request: Request, layer: str, frame: pd.DataFrame, target: Output, *, numbers: bool = False
) -> pd.DataFrame:
    """The objects with the columns of their tables as they stand there, where the output is text.

    With `numbers` other programs find numbers: not `1.234,5`.
    """
    if FORMS[target.suffix] == "parquet":
        return frame
    times = frame["t"].to_numpy() if "t" in frame else None
    columns = written_columns(
        request.batch,
        layer,
        frame["image"].to_numpy(),
        frame["label"].to_numpy(),
        times,
        frame if numbers else None,
    )
    return frame.assign(**{name: texts for name, texts in columns.items() if name in frame.columns})


def told(parts: list[ObjectPart]) -> tuple[list[str], list[str]]:
    """Return the problems of parts that are mere notes, and those for which objects or columns are missing.

    Raises
    ------
    InputError
        If nothing but such problems is left of them.
    """
    from tuiqc.errors import InputError

    problems = list(dict.fromkeys(problem for part in parts for problem in part.problems))
    notes = [str(problem) for problem in problems if not problem.lost]
    missing = [str(problem) for problem in problems if problem.lost]
    if missing and not any(len(part.frame) for part in parts):
        rest = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise InputError(f"none of the objects could be read: {missing[0]}{rest}")
    return notes, missing


def subjects(request: Request, layer: str, frame: pd.DataFrame) -> list[Subject]:
    """Return the subject of each row."""
    keys = request.batch.keys
    times = frame["t"].tolist() if "t" in frame else [0] * len(frame)
    rows = zip(frame["image"].tolist(), frame["label"].tolist(), times, strict=True)
    return [Subject("object", keys[image], layer, label, t) for image, label, t in rows]


def staying(request: Request, of: list[Subject], tracks: list[Subject | None]) -> Any:
    """Return a boolean array: which of them stay; `tracks` is what `Request.tracks_of` says."""
    pairs = zip(of, tracks, strict=True)
    return np.fromiter((not request.drops(subject, track) for subject, track in pairs), bool, len(of))


def kept_text(request: Request, of: list[Subject], tracks: list[Subject | None], stay: Any) -> str:
    """Return how many stay and go, and how many of those that stay nobody ever looked at."""
    kept = int(stay.sum())
    unseen = sum(
        stays and not request.looked_at(subject, track)
        for subject, track, stays in zip(of, tracks, stay.tolist(), strict=True)
    )
    text = f"{plural(kept, 'object')} kept, {len(of) - kept:,} left out"
    if unseen:
        text += f"; {'none' if unseen == kept else f'{unseen:,}'} of those kept "
        text += (
            "was ever looked at" if unseen == kept else f"{'was' if unseen == 1 else 'were'} never looked at"
        )
        text += " (--reviewed-only leaves them out)"
    return text


def verdict_columns(
    request: Request, of: list[Subject], tracks: list[Subject | None]
) -> dict[str, list[str]]:
    """Return the columns `qc_verdict`, `qc_reason`, `qc_note` and one per category column, for each subject.

    Where tracks were judged there are `qc_track_verdict`, `qc_track_reason` and `qc_track_note` too.
    """
    rows = [request.annotations.get(subject) for subject in of]
    columns = {
        f"qc_{name}": [getattr(row, name) if row else "" for row in rows]
        for name in ("verdict", "reason", "note")
    }
    if any(tracks):
        judged = [None if track is None else request.annotations.get(track) for track in tracks]
        columns |= {
            f"qc_track_{name}": [getattr(row, name) if row else "" for row in judged]
            for name in ("verdict", "reason", "note")
        }
    categories = dict.fromkeys(name for row in rows if row for name in row.categories)
    for name in categories:
        columns[name] = [row.categories.get(name, "") if row else "" for row in rows]
    return columns


def write_table(request: Request, table: pd.DataFrame, target: Output) -> None:
    """Write a table in the form that the name of the output asks for."""
    with target.writing() as temporary, temporary.open("wb") as stream:
        write_frame(table, stream, FORMS[target.suffix], raw=request.raw)
