"""The objects of a layer with their verdicts, as the table exporters need them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.objects import ObjectLoader, ObjectPart, join_parts
from tuiqc.exporters.request import Request
from tuiqc.qc.record import Subject

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.geometry import Geometry


def load_layer(request: Request, layer: str) -> tuple[pd.DataFrame, Geometry, list[str]]:
    """Return all objects of a layer (see `tuiqc.dataset.parts`), their geometry, and what was wrong."""
    parts: list[ObjectPart] = []
    total = len(request.batch.images)

    def take(part: ObjectPart) -> None:
        parts.append(part)
        request.tell(sum(len(one.images) for one in parts), total)

    ObjectLoader(request.batch).load_layer(layer, take)
    frame, geometry = join_parts(parts)
    problems = [str(problem) for part in parts for problem in part.problems]
    return frame, geometry, list(dict.fromkeys(problems))


def subjects(request: Request, layer: str, frame: pd.DataFrame) -> list[Subject]:
    """Return the subject of each row."""
    keys = [record.key for record in request.batch.images]
    times = frame["t"].tolist() if "t" in frame else [0] * len(frame)
    rows = zip(frame["image"].tolist(), frame["label"].tolist(), times, strict=True)
    return [Subject("object", keys[image], layer, label, t) for image, label, t in rows]


def staying(request: Request, of: list[Subject], tracks: list[Subject | None]) -> Any:
    """Return a boolean array: which of them stay; `tracks` is what `Request.tracks_of` says."""
    pairs = zip(of, tracks, strict=True)
    return np.fromiter((not request.drops(subject, track) for subject, track in pairs), bool, len(of))


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


def separator(suffix: str) -> str:
    """Return what separates the cells of a table file with this suffix."""
    return "\t" if suffix.lower() in (".tsv", ".txt", ".tab") else ","
