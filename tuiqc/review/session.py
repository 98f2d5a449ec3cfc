"""The state of a review: which image and object, which order, what was decided. Knows no screen and reads no file."""

from __future__ import annotations

from tuiqc.review.arriving import NUMERIC, Arriving
from tuiqc.review.deciding import Deciding, Outcome
from tuiqc.review.state import Level

__all__ = ["NUMERIC", "Level", "Outcome", "Session"]


class Session(Deciding, Arriving):
    """Where the person is in a batch and what was decided: walking, deciding, and the rows that arrive meanwhile."""
