"""Images, objects and tracks apart: what was decided about each kind, by group and by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuiqc.dataset.model import Batch
from tuiqc.errors import UsageError
from tuiqc.exporters.report.rates import Annotations, Drawn, GroupRow, ReasonRow, group_rows, reason_rows
from tuiqc.qc.rates import Method
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.image_rows import ImageRows

MOST_GROUPS = 400
_FEW_GROUPS = 60


@dataclass(frozen=True)
class Kind:
    """Images ("images"), the objects of a layer (its name), or its tracks.

    Attributes
    ----------
    counts
        Those of `exporters.statistics`: total, reviewed, pass, fail, unsure, rate.
    groups, reasons
        Rows of the tables; no groups where there is nothing to group by.
    sampled
        Whether the random sample is of this kind, so that there are intervals.
    complete
        Whether all of them passed or failed: the rate is then known and needs no interval.
    """

    name: str
    what: str
    counts: Mapping[str, Any]
    groups: tuple[GroupRow, ...]
    reasons: tuple[ReasonRow, ...]
    sampled: bool
    complete: bool

    @property
    def top(self) -> float:
        """Upper end of the scale that intervals are drawn on, a round number up to 1."""
        estimates = [row.estimate for row in self.groups] + [row.estimate for row in self.reasons]
        ends = [estimate.high for estimate in estimates if estimate is not None]
        ends += [row.share for row in self.groups if row.share is not None]
        highest = max(ends, default=1.0)
        return next((end for end in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if highest <= end), 1.0)


def kind(
    name: str,
    counts: Mapping[str, Any],
    annotations: Annotations,
    totals: Mapping[str, int],
    groups: Mapping[str, str] | None,
    drawn: Drawn | None,
    method: Method,
) -> Kind:
    """Return what is to be said of a kind; `drawn` is the random sample, of whatever kind it is."""
    level, layer = counts["level"], counts["layer"]
    own = drawn if drawn is not None and (drawn.level, drawn.layer) == (level, layer) else None
    about: dict[Subject, Annotation] = {
        subject: annotation
        for subject, annotation in annotations.items()
        if (subject.level, subject.layer) == (level, layer) and subject.image in totals
    }
    # A table of single images would say what their pictures say.
    alone = groups is not None and level == "image" and len(set(groups.values())) == len(groups)
    return Kind(
        name,
        tracks_of(layer) if level == "track" else objects_of(layer),
        counts,
        tuple(group_rows(about, totals, groups, own, method)) if groups is not None and not alone else (),
        tuple(reason_rows(about, own, method)),
        own is not None,
        bool(counts["total"]) and counts["pass"] + counts["fail"] == counts["total"],
    )


def objects_of(layer: str) -> str:
    """Return how the things of a layer are called; "" are images."""
    return f"objects of {layer}" if layer not in ("", "objects") else layer or "images"


def tracks_of(layer: str) -> str:
    """Return how the tracks of a layer are called."""
    return "tracks" if layer == "objects" else f"tracks of {layer}"


def groups_of(batch: Batch, images: ImageRows, by: str | None) -> tuple[str, dict[str, str] | None]:
    """Return the column that makes the groups and the group of each image key; "" and None for no groups.

    Raises
    ------
    UsageError
        If there is no such column, or it makes more than `MOST_GROUPS` groups.
    """
    if by == "":
        return "", None
    if by is None:
        by = next((name for name in batch.placeholders if 1 < _number(batch, name) <= _FEW_GROUPS), "")
        if not by:
            return "", None
    if by in batch.placeholders:
        values = [record.placeholders.get(by, "") for record in batch.images]
    elif images.view.has(by):
        values = [_text(value) for value in images.view.column(by).tolist()]
    else:
        there = ", ".join(batch.placeholders) or "none that the file names have"
        raise UsageError(f"no column {by!r} in the image table to group by; there are: {there}")
    found = len(set(values))
    if found > MOST_GROUPS:
        raise UsageError(f"--by {by} makes {found} groups, more than a report can show ({MOST_GROUPS})")
    return by, {record.key: value for record, value in zip(batch.images, values, strict=True)}


def _number(batch: Batch, name: str) -> int:
    return len(Counter(record.placeholders.get(name, "") for record in batch.images))


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
