"""Many different texts as pyarrow has them: looked at as Python's own texts only where one is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

_BLOCK = 1 << 15
"""Texts made at once: calls that hold the interpreter stay short, so that a screen goes on meanwhile."""
_DELETE = 127


class ArrowTexts(Sequence[str]):
    """Texts of a column, "" where there is none.

    Parameters
    ----------
    array
        A pyarrow array of type large_string without nulls.
    """

    def __init__(self, array: Any) -> None:
        self._array = array

    @classmethod
    def of(cls, series: pd.Series[Any]) -> ArrowTexts | None:
        """Return the texts of a column, None if it holds anything that is no text of Unicode."""
        import pandas as pd
        import pyarrow as pa
        import pyarrow.compute as pc

        if not isinstance(series.dtype, pd.StringDtype):
            return None
        try:
            array = pa.Array.from_pandas(series, type=pa.large_string())
        except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):  # lone surrogates
            return None
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):  # of no chunks, or more than fit into one
            return None
        if array.null_count:
            array = pc.fill_null(array, "")
        return cls(array)

    def __len__(self) -> int:
        return len(self._array)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        found: str | list[str]
        found = self._array[index].as_py() if isinstance(index, int) else self._array[index].to_pylist()
        return found

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), _BLOCK):
            yield from self._array.slice(start, _BLOCK).to_pylist()

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Bytes of each (n,)."""
        offsets = np.frombuffer(self._array.buffers()[1], np.int64, len(self) + 1, 8 * self._array.offset)
        return np.diff(offsets)

    def ascii(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]] | None:
        """Return the bytes of all and how many each has; None if there is more than ASCII among them."""
        lengths = self.lengths
        _, offsets, data = self._array.buffers()
        size = int(lengths.sum())
        if not size or data is None:
            return np.zeros(0, np.uint8), lengths
        first = int(np.frombuffer(offsets, np.int64, 1, 8 * self._array.offset)[0])
        raw = np.frombuffer(data, np.uint8, size, first)
        return None if int(raw.max()) > 127 else (raw, lengths)

    @property
    def plain(self) -> bool:
        """Whether all is ASCII and nothing a control character: shown as it stands."""
        found = self.ascii()
        if found is None:
            return False
        raw, _ = found
        return not len(raw) or bool(raw.min() >= ord(" ") and raw.max() < _DELETE)

    def containing(self, wanted: str, ignore_case: bool) -> NDArray[np.bool_]:
        """Return which have `wanted` in them; `ignore_case` as ASCII has it."""
        import pyarrow.compute as pc

        if ignore_case:
            found = pc.match_substring(self._array, wanted, ignore_case=True)
        else:  # finding the place takes half of the time of asking whether there is one
            found = pc.greater_equal(pc.find_substring(self._array, wanted), 0)
        return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)
