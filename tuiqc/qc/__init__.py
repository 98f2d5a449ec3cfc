"""Is it good? Annotations on disk (journal and CSV) and what they say about the batch."""

from tuiqc.qc.annotations import AnnotationStore, AnnotationWriteError, Conflict, LockedError
from tuiqc.qc.location import annotations_path, existing_annotations
from tuiqc.qc.rates import FailureRate, failure_rate, wilson_interval
from tuiqc.qc.record import LEVELS, Annotation, Subject, utc_now
from tuiqc.qc.verdict import VERDICTS

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
