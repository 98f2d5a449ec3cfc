"""What is there: images x channels x object layers x tables, and how they join. No pixel is read until asked.

`open_batch(SourceOptions(...))` finds and joins the files; `objects.ObjectLoader` loads the objects;
`join_report.join_report` says what was joined and what was not.
"""

from tuiqc.dataset.model import Batch, ImageRecord, Progress, Stop, Unmatched
from tuiqc.dataset.open.batch import OpeningStoppedError, open_batch
from tuiqc.dataset.source import SourceOptions

__all__ = [
    "Batch",
    "ImageRecord",
    "OpeningStoppedError",
    "Progress",
    "SourceOptions",
    "Stop",
    "Unmatched",
    "open_batch",
]
