"""Why each object was shown that was judged worst first: kept beside an annotation file, for what was learned."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tuiqc.qc.record import Subject
from tuiqc.review.state_files import remember, remembered

_TOPIC = "walked"


def _key(annotations: Path) -> bytes:
    return os.fsencode(annotations.absolute())


def save_walked(annotations: Path, walked: Mapping[Subject, str]) -> None:
    """Keep the arm (`review_order.Arm`) of each object, in the order in which they were judged."""
    remember(_TOPIC, _key(annotations), [[*subject, arm] for subject, arm in walked.items()])


def load_walked(annotations: Path) -> dict[Subject, str]:
    """What was kept; what is no such entry is left out."""
    raw = remembered(_TOPIC, _key(annotations))
    out: dict[Subject, str] = {}
    for entry in raw if isinstance(raw, list) else []:
        try:
            level, image, layer, label, t, arm = entry
            out[Subject(str(level), str(image), str(layer), int(label), int(t))] = str(arm)
        except (TypeError, ValueError):
            continue
    return out
