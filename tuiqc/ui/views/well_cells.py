"""The images of one plate as cells of the plate: one image for each well, -1 for an empty one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.plates.mapping import PlateMap
from tuiqc.review.images import ImageRows


def cells_of_plate(plates: PlateMap, plate: int, shown: NDArray[np.int64], current: int) -> NDArray[np.int64]:
    """Return the image of each cell of a plate, row by row, int64 (rows * columns,); -1 where there is none.

    Of several images of a well that is the `current` one, else the first of those that are `shown` (in their order).
    """
    rows, columns = plates.shape
    cells = np.full(rows * columns, -1, np.int64)
    here = shown[plates.plate[shown] == plate][::-1]
    cells[plates.row[here] * columns + plates.column[here]] = here
    if plates.plate[current] == plate and current in shown:
        cells[plates.row[current] * columns + plates.column[current]] = current
    return cells


class WellRows:
    """Image rows as a sheet of tiles wants them, with the cells of a plate as the rows of the view.

    Attributes
    ----------
    view
        Itself: `row(cell)` is the image in a cell, -1 for none.
    """

    def __init__(self, rows: ImageRows, cells: NDArray[np.int64]) -> None:
        self.rows, self.cells = rows, cells
        self.view = self
        self.selection = rows.selection
        self.total = rows.total

    def __len__(self) -> int:
        return len(self.cells)

    def row(self, cell: int) -> int:
        """Image in a cell, -1 for none."""
        return int(self.cells[cell])

    def verdict(self, image: int) -> str:
        """Verdict on an image."""
        return self.rows.verdict(image) if image >= 0 else ""

    @property
    def order_name(self) -> str:
        """The order in words."""
        return "by well"
