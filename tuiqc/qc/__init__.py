"""Is it good? Annotations on disk (journal and CSV) and what they say about the batch.

Nothing is imported here before it is asked for: what only wants the words of verdicts needs no journal.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuiqc.qc.annotations import AnnotationStore, AnnotationWriteError, Conflict, LockedError
    from tuiqc.qc.location import annotations_path, existing_annotations
    from tuiqc.qc.rates import FailureRate, failure_rate, wilson_interval
    from tuiqc.qc.record import LEVELS, Annotation, Subject, utc_now
    from tuiqc.qc.verdict import VERDICTS

_PLACES = {
    "annotations": ("AnnotationStore", "AnnotationWriteError", "Conflict", "LockedError"),
    "location": ("annotations_path", "existing_annotations"),
    "rates": ("FailureRate", "failure_rate", "wilson_interval"),
    "record": ("LEVELS", "Annotation", "Subject", "utc_now"),
    "verdict": ("VERDICTS",),
}
"""Modules of this package, and what each is asked for by the package's name."""

__all__ = [
    "LEVELS",
    "VERDICTS",
    "Annotation",
    "AnnotationStore",
    "AnnotationWriteError",
    "Conflict",
    "FailureRate",
    "LockedError",
    "Subject",
    "annotations_path",
    "existing_annotations",
    "failure_rate",
    "utc_now",
    "wilson_interval",
]


def __getattr__(name: str) -> Any:
    """What another module holds comes in when it is asked for."""
    for module, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
