"""How far batches are that were opened before: for the start page, which does not open them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.recent import RecentBatch, batch_key
from tuiqc.errors import TuiqcError
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.verdict import SIGNS
from tuiqc.review.state_files import remember, remembered
from tuiqc.text import printable

_TOPIC = "progress"
_MOST_BYTES = 1 << 20
"""An annotation file up to this size is read for the page; of a larger one it says what the last session knew."""


@dataclass(frozen=True)
class BatchProgress:
    """What the start page says of a batch.

    Attributes
    ----------
    judged
        (what, how many have a verdict, of how many; 0 where that is not known), images first.
    last
        The last verdict in words, "" if there is none.
    annotations
        Where its verdicts are, None if it was never opened on the screen.
    missing
        A file or folder of it that is not there, "" if none is.
    """

    batch: RecentBatch
    judged: tuple[tuple[str, int, int], ...] = ()
    last: str = ""
    annotations: Path | None = None
    missing: str = ""

    def lines(self) -> list[str]:
        """Three lines of text: name and progress, where and when, verdicts."""
        done = " · ".join(
            f"{count:,} of {total:,} {what}" if total else f"{count:,} {what}"
            for what, count, total in self.judged
        )
        kept = printable(str(self.annotations)) if self.annotations is not None else "no verdicts yet"
        where = f"{self.batch.opened:%Y-%m-%d %H:%M}  {printable(self.batch.where)}"
        return [
            f"{printable(self.batch.name)}  {done or 'nothing reviewed'}",
            f"{where}  NOT THERE: {printable(self.missing)}" if self.missing else where,
            f"{self.last} · {kept}" if self.last else kept,
        ]


def keep_progress(batch: Batch, store: AnnotationStore, totals: Mapping[str, int]) -> None:
    """Remember how far a batch is; `totals` are the objects of layers that were read. Fails in silence."""
    known = _known(batch_key(batch.source))
    objects = {**_numbers(known.get("objects")), **totals}
    value = {"annotations": str(store.path), "images": len(batch.images), "objects": objects, **_said(store)}
    remember(_TOPIC, batch_key(batch.source).encode(), value)


def progress_of(batch: RecentBatch) -> BatchProgress:
    """How far a batch is, as its annotation file says it now."""
    known, missing = _known(batch.key), batch.missing()
    text = known.get("annotations")
    if not isinstance(text, str) or not text:
        return BatchProgress(batch, missing=missing)
    path = Path(text)
    said: Mapping[str, Any] = known
    try:
        if path.stat().st_size <= _MOST_BYTES:
            said = _said(AnnotationStore.open(path, read_only=True))
    except (OSError, TuiqcError):
        pass  # what was known of it then
    counts, totals = _numbers(said.get("judged")), _numbers(known.get("objects"))
    images = known.get("images")
    judged = [("images", counts.pop("", 0), images if isinstance(images, int) else 0)]
    judged += [
        (printable(layer), count, totals.get(layer, 0)) for layer, count in sorted(counts.items()) if count
    ]
    last = said.get("last")
    return BatchProgress(
        batch,
        tuple(one for one in judged if one[1]),
        printable(last) if isinstance(last, str) else "",
        path if path.exists() else None,
        missing,
    )


def _known(key: str) -> Mapping[str, Any]:
    value = remembered(_TOPIC, key.encode())
    return value if isinstance(value, dict) else {}


def _numbers(value: object) -> dict[str, int]:
    """Numbers by name, of a file that somebody may have edited."""
    if not isinstance(value, dict):
        return {}
    return {str(name): number for name, number in value.items() if isinstance(number, int)}


def _said(store: AnnotationStore) -> dict[str, Any]:
    """Verdicts given per layer ("" for images), and the last one in words."""
    judged: dict[str, int] = {}
    latest = None
    for subject, annotation in store.items():
        if not annotation.verdict:
            continue
        if subject.level in ("image", "object"):
            layer = subject.layer if subject.level == "object" else ""
            judged[layer] = judged.get(layer, 0) + 1
        if latest is None or annotation.time > latest.time:
            latest = annotation
    if latest is None:
        return {"judged": judged, "last": ""}
    words = " ".join(filter(None, [SIGNS[latest.verdict], latest.verdict, latest.reason]))
    return {"judged": judged, "last": f"last {words}{_when(latest.time)}"}


def _when(text: str) -> str:
    """A time of the file (UTC) as this place has it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return f", {moment.astimezone():%Y-%m-%d %H:%M}"
