"""From a column of the object table to colours in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.picture.painter import Colouring
from tuiqc.render.labels import robust_limits

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

CATEGORICAL = "glasbey"


@dataclass(frozen=True)
class ColourScale:
    """A column made ready for colouring: limits and categories are those of the whole batch, in every image.

    Attributes
    ----------
    numbers
        float64 values, or category codes (int64, negative for missing), parallel to the column.
    limits
        Values at the ends of the colour map (1st and 99th percentile); None for categories.
    """

    numbers: NDArray[Any]
    limits: tuple[float, float] | None

    @classmethod
    def of(cls, column: pd.Series[Any], colour_map: str) -> ColourScale:
        """Text always has categories; numbers have them with the colour map `glasbey`."""
        import pandas as pd

        if colour_map != CATEGORICAL and pd.api.types.is_numeric_dtype(column.dtype):
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
            return cls(numbers, robust_limits(numbers))
        return cls(pd.factorize(column, sort=True)[0].astype(np.int64), None)

    def colouring(self, labels: NDArray[Any], rows: slice) -> Colouring:
        """The colouring of some rows, the objects of one image; `labels` are those of all rows."""
        return Colouring(labels[rows], self.numbers[rows], self.limits, categorical=self.limits is None)
