"""What can be shown per well or per group: counts, shares of verdicts, aggregates of columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.errors import UsageError
from tuiqc.qc.verdict import FAIL, NONE, PASS
from tuiqc.tables.aggregate import AGGREGATES, How
from tuiqc.tables.columns import meant_column, unknown_column
from tuiqc.tables.heat import Heat, heat
from tuiqc.tables.selection import Selection
from tuiqc.tables.table_view import TableView

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PlottedTable(Protocol):
    """Rows with numbers, a verdict and a selection; all arrays are by position in the frame."""

    @property
    def view(self) -> TableView:
        """The columns, and which rows are shown in which order."""

    @property
    def codes(self) -> NDArray[Any]:
        """Codes of the verdicts, uint8."""

    @property
    def selection(self) -> Selection:
        """The selected rows."""

    @property
    def own(self) -> Mapping[str, str]:
        """The names of our own columns."""

    @property
    def extra(self) -> Mapping[str, NDArray[Any]]:
        """May have the `image` of each row, an index of the batch; without it row n is image n."""

    @property
    def filtered(self) -> NDArray[Any] | None:
        """What the filters let through, bool; None without one."""

    @property
    def total(self) -> int:
        """Rows without any filter."""

    def __len__(self) -> int:
        """Rows that are shown."""


FAILED, REVIEWED, COUNT = "fail %", "reviewed %", "count"
_SHARES = (FAILED, REVIEWED)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number per well or group.

    `how` is one of `AGGREGATES` of the column, or "fail %" (failed of those that passed or failed), "reviewed %" or
    "count" without a column.
    """

    how: str
    column: str = ""

    @property
    def label(self) -> str:
        """`fail %`, `mean AreaShape_Area`."""
        return f"{self.how} {self.column}".strip()


def parse_quantity(text: str) -> Quantity:
    """Return the quantity that a text names: `fail %`, `count`, `mean AreaShape_Area`; a column alone is its mean.

    Raises
    ------
    UsageError
        If the text is empty.
    """
    words = " ".join(text.split())
    if not words:
        raise UsageError(f"name a number per well, such as {FAILED!r}, {COUNT!r} or 'mean AreaShape_Area'")
    low = words.casefold().replace(" %", "%")
    for share, names in (
        (FAILED, ("fail%", "fail", "failed", "failed%")),
        (REVIEWED, ("reviewed%", "reviewed")),
    ):
        if low in names:
            return Quantity(share)
    if low == COUNT:
        return Quantity(COUNT)
    for how in sorted(AGGREGATES, key=len, reverse=True):
        if words.casefold().startswith(how + " "):
            return Quantity(how, words[len(how) + 1 :])
    return Quantity("mean", words)


def values_of(rows: PlottedTable, quantity: Quantity) -> tuple[NDArray[np.float64], How]:
    """Return a number for each row of the table by position, NaN for none, and how they are to be put together.

    Raises
    ------
    UsageError
        If there is no such column, or it holds no numbers.
    """
    if quantity.how == FAILED:
        judged = (rows.codes == PASS.code) | (rows.codes == FAIL.code)
        return np.where(judged, (rows.codes == FAIL.code) * 100.0, np.nan), "mean"
    if quantity.how == REVIEWED:
        return (rows.codes != NONE.code) * 100.0, "mean"
    if quantity.how == COUNT and not quantity.column:
        return np.ones(rows.total), "count"
    how: Any = quantity.how
    return numbers_of_column(rows, quantity.column), how


def numbers_of_column(rows: PlottedTable, column: str) -> NDArray[np.float64]:
    """Return the numbers of a column by position, float64, NaN for none.

    Raises
    ------
    UsageError
        If there is no such column, or it holds no numbers.
    """
    named = column if rows.view.has(column) else meant_column(column, rows.view.columns)
    if named is None:
        raise UsageError(unknown_column(column, rows.view.columns))
    numbers = rows.view.numbers(named)
    if numbers is None:
        raise UsageError(f"the column {column!r} holds text, not numbers")
    return numbers.floats()


def heat_of(rows: PlottedTable, plates: PlateMap, quantity: Quantity) -> Heat:
    """Return the heat map of a quantity over the rows that the filters let through. Raises as `values_of`."""
    values, how = values_of(rows, quantity)
    image = rows.extra.get("image")
    cell = plates.cell if image is None else plates.cell[image]
    if rows.filtered is not None:
        values, cell = values[rows.filtered], cell[rows.filtered]
    found = heat(values, cell, (len(plates.plates), *plates.shape), how)
    label = quantity.label + (" (filtered)" if rows.filtered is not None else "")
    return Heat(found.values, found.counts, label, quantity.how in _SHARES)


def number_columns(rows: PlottedTable) -> list[str]:
    """Return the columns that hold numbers and measure something: not those that name rows."""
    view = rows.view
    return [
        name
        for name in view.columns
        if name not in view.identity
        and name not in rows.own.values()
        and name not in _NO_MEASURE
        and view.kind(name) in ("integer", "float")
    ]


_NO_MEASURE = {"ImageNumber", "ObjectNumber", "Number_Object_Number", "object_id"}
