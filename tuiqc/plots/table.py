"""What a plot needs of a table: the rooms of rows and of plots know nothing of each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from tuiqc.tables.selection import Selection
from tuiqc.tables.view import TableView

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
