"""The state of a review: which image and object, which order, what was decided. Knows no screen and reads no file."""

from __future__ import annotations

from tuiqc.review.arriving import NUMERIC, Arriving
from tuiqc.review.categorising import Categorising
from tuiqc.review.deciding import Outcome
from tuiqc.review.state import Level
from tuiqc.review.timing import Timing

__all__ = ["NUMERIC", "Level", "Outcome", "Session"]


class Session(Categorising, Timing, Arriving):
    """Where the person is in a batch and what was decided: walking, deciding, time, categories, and the rows."""
