"""What a report is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from tuiqc.errors import UsageError
from tuiqc.qc.rates import Method

MOST_CROPS = 500
"""Crops of each kind: about 10 KB each, so that a report with all of them still goes by mail."""


@dataclass(frozen=True)
class ReportOptions:
    """What to put into a report.

    Attributes
    ----------
    layer
        Object layer; None: that of the random sample, else the one with most verdicts, else the first.
    by
        Column of the image table whose values make the groups; "" for none, None for the first placeholder that
        makes a few.
    columns
        Measurements whose distributions are shown; empty: those that tell failed from passed best.
    failed, passed
        How many failed and how many passed things are shown as pictures, at most.
    seed
        Of the choice of those, where there are more.
    title
        Heading; "" for the name of the batch.
    method
        Of the intervals.
    command
        The command line, to be repeated.
    """

    layer: str | None = None
    by: str | None = None
    columns: tuple[str, ...] = ()
    failed: int = 24
    passed: int = 12
    seed: int = 0
    title: str = ""
    method: Method = "wilson"
    command: str = ""

    def check(self) -> None:
        """Refuse what can't be, before anything is read. Raises UsageError."""
        for name, number in (("failed", self.failed), ("passed", self.passed)):
            if not 0 <= number <= MOST_CROPS:
                raise UsageError(f"--{name} {number} is not between 0 and {MOST_CROPS}")
        if self.seed < 0:
            raise UsageError(f"--seed {self.seed} is less than 0")
