"""A table as it was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(slots=True)
class Table:
    """A table that was read: its frame, and what had to be decided to read it (sentences)."""

    frame: pd.DataFrame
    notes: list[str] = field(default_factory=list)
