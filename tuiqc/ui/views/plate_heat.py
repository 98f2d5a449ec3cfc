"""The heat map of a plate, computed off the loop when something that it depends on has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.errors import TuiqcError
from tuiqc.plots.quantities import Quantity, heat_of
from tuiqc.review.rows import Rows
from tuiqc.tables.heat import Heat
from tuiqc.ui.jobs import Jobs


class PlateHeat:
    """The newest heat map.

    Attributes
    ----------
    found
        None while the first is computed, and where it can't be.
    trouble
        Why it can't be, "" if it can.
    """

    def __init__(self, jobs: Jobs, came: Callable[[], None]) -> None:
        self._jobs, self._came = jobs, came
        self.found: Heat | None = None
        self.trouble = ""
        # The things themselves are kept, and not their numbers: those of what is gone are given to others.
        self._things: tuple[Any, ...] = ()
        self._values: tuple[Any, ...] = ()

    def follow(self, rows: Rows, plates: PlateMap, quantity: Quantity) -> None:
        """Compute it anew if rows, what the filters let through, verdicts, wells or the quantity are others."""
        things = (rows, rows.filtered, plates)
        values = (quantity, tuple(rows.counts().values()))
        same = len(things) == len(self._things) and all(
            one is other for one, other in zip(things, self._things, strict=True)
        )
        if same and values == self._values:
            return
        self._things, self._values = things, values
        self._jobs.latest(
            "heat", rows.total, lambda cancelled: heat_of(rows, plates, quantity), self._done, self._failed
        )

    def _done(self, found: Heat) -> None:
        self.found, self.trouble = found, ""
        self._came()

    def _failed(self, error: TuiqcError) -> None:
        self.found, self.trouble = None, str(error)
        self._came()
