"""The rows of one level, images or the objects of a layer, with what was decided about each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.qc.record import VERDICTS, Annotation
from tuiqc.tables.view import TableView
from tuiqc.text import display_width, printable

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SIGNS = {"": "·", "pass": "✓", "fail": "✗", "unsure": "?"}
"""What stands for a verdict where there is one cell for it; never the colour alone."""

_NAMES = ("", *VERDICTS)
_CODES = {verdict: code for code, verdict in enumerate(_NAMES)}


class Rows:
    """A table view with verdict, reason and note of every row as columns of it.

    Parameters
    ----------
    frame
        One row per image or object.
    identity
        Columns that name a row; they stay in sight.

    Attributes
    ----------
    own
        The names that our columns `verdict`, `reason` and `note` have in the view.
    word_widths
        Cells that the longest text in each of them takes.
    """

    def __init__(self, frame: pd.DataFrame, identity: Sequence[str]) -> None:
        self.view = TableView(frame, identity)
        self.codes: NDArray[np.uint8] = np.zeros(len(frame), np.uint8)
        # A table that brings a column of one of these names keeps it; ours then has another name.
        self.own = {name: _free(name, frame) for name in ("verdict", "reason", "note")}
        self.word_widths = dict.fromkeys(self.own.values(), 0)
        for name in self.own.values():
            self.view.add_column(name, np.full(len(frame), "", dtype=object))

    def __len__(self) -> int:
        return len(self.view)

    @property
    def total(self) -> int:
        """Rows without any filter."""
        return len(self.codes)

    def decide(self, position: int, annotation: Annotation | None) -> None:
        """Take over what was decided about the row at `position` of the frame (None: nothing any more)."""
        values = (annotation.verdict, annotation.reason, annotation.note) if annotation else ("", "", "")
        self.codes[position] = _CODES[values[0]]
        for name, value in zip(self.own.values(), values, strict=True):
            self.view.set_value(position, name, value)
            self.word_widths[name] = max(self.word_widths[name], display_width(printable(value)))

    def verdict(self, position: int) -> str:
        """Verdict at a position of the frame, "" where there is none."""
        return _NAMES[self.codes[position]]

    def counts(self) -> dict[str, int]:
        """How many rows have which verdict whatever the filter: pass, fail, unsure, and "" for none."""
        return dict(zip(_NAMES, np.bincount(self.codes, minlength=len(_NAMES)).tolist(), strict=True))

    # --- order

    def cycle_sort(self, column: str) -> None:
        """Sort by a column: ascending, again for descending, again for file order."""
        now = self.view.sort
        if now is None or now[0] != column:
            self.view.sort_by(column)
        elif not now[1]:
            self.view.sort_by(column, descending=True)
        else:
            self.view.unsort()

    def restore_sort(self, sort: tuple[str, bool] | None) -> None:
        """Sort as before; a column that is not there (any more) leaves the file order."""
        if sort is not None and sort[0] in self.view.columns:
            self.view.sort_by(*sort)

    @property
    def order_name(self) -> str:
        """The present order in words."""
        now = self.view.sort
        return "file order" if now is None else f"{now[0]} {'↓' if now[1] else '↑'}"

    def next_unreviewed(self, row: int, step: int = 1) -> int | None:
        """Row of the next one without a verdict in the current order, round the end; None when all have one."""
        return self.view.next_where(self.codes == 0, row, step)


def _free(name: str, frame: pd.DataFrame) -> str:
    return name if name not in frame.columns else _free(f"{name} (tuiqc)", frame)
