"""The values of a column as arrays: numbers, or codes of its different texts, in which can be searched."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.arrow_texts import ArrowTexts
from tuiqc.tables.ranks import natural_ranks

if TYPE_CHECKING:
    import pandas as pd

_BLOCK = 1 << 15
"""Texts taken at once: calls that hold the interpreter stay short, so that a screen goes on meanwhile."""

_SAMPLE = 2000
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")


class Numbers(NamedTuple):
    """Values of a column of numbers, by position.

    `values` are float64, whole numbers or booleans. Floats are NaN where there is none; for other types
    `missing` says where that is, and None that no value is missing.
    """

    values: NDArray[Any]
    missing: NDArray[np.bool_] | None

    def floats(self) -> NDArray[np.float64]:
        """The values as float64 with NaN where there is none."""
        floats = self.values.astype(np.float64, copy=False)
        return floats if self.missing is None else np.where(self.missing, np.nan, floats)

    def absent(self) -> NDArray[np.bool_]:
        """Where there is no value."""
        if self.missing is not None:
            return self.missing
        if self.values.dtype.kind == "f":
            return np.asarray(np.isnan(self.values))
        return np.zeros(len(self.values), dtype=bool)


@dataclass(frozen=True, slots=True)
class Codes:
    """Texts of a column: `texts[codes[position]]`; -1 where there is none. Empty text counts as none.

    In a column of mostly different texts every position has an entry of its own, so the same text may be
    there more than once.
    """

    codes: NDArray[np.int64]
    texts: Sequence[str]

    def table(self, test: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Return where a text passes a test, by position; missing ones do not."""
        return self.spread(np.fromiter(map(test, self.texts), bool, len(self.texts)))

    def containing(self, wanted: str) -> NDArray[np.bool_]:
        """Return where a text has `wanted` in it, by position, as `contains_test` has it."""
        if isinstance(self.texts, ArrowTexts) and wanted.isascii() and self.texts.ascii() is not None:
            return self.spread(self.texts.containing(wanted, ignore_case=not has_capitals(wanted)))
        return self.table(contains_test(wanted))

    def spread(self, passed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return by position what is given per entry of `texts`; False where text is missing."""
        return np.append(passed, False)[self.codes]

    def ranks(self) -> NDArray[np.int64]:
        """Return by position the rank in natural order; any number where text is missing."""
        return np.append(natural_ranks(self.texts), 0)[self.codes]

    def numbers(self) -> NDArray[np.float64]:
        """Return by position the number that a text is (1 and 0 for true and false), NaN where it is none."""
        truth = (
            {"true": 1.0, "false": 0.0}
            if {text.casefold() for text in self.texts[:50]} <= {"true", "false"}
            else {}
        )
        numbers = (
            float(text) if _NUMBER.fullmatch(text) else truth.get(text.casefold(), np.nan)
            for text in self.texts
        )
        return np.append(np.fromiter(numbers, np.float64, len(self.texts)), np.nan)[self.codes]

    def text(self, position: int) -> str:
        """Return the text at a position, "" where there is none."""
        code = int(self.codes[position])
        return "" if code < 0 else self.texts[code]


def numbers_of(series: pd.Series[Any]) -> Numbers | None:
    """Return the values of a column of numbers or booleans, None for any other."""
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "biu":
        return Numbers(series.to_numpy(), None)
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        return Numbers(series.to_numpy(dtype=np.float64), None)
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        return _of_objects(series)
    if isinstance(dtype, np.dtype | pd.CategoricalDtype):
        return None
    if not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_complex_dtype(dtype):
        return None
    missing = series.isna().to_numpy()
    if pd.api.types.is_bool_dtype(dtype):
        return Numbers(series.to_numpy(dtype=bool, na_value=False), missing)
    if pd.api.types.is_unsigned_integer_dtype(dtype):
        return Numbers(series.to_numpy(dtype=np.uint64, na_value=0), missing)
    if pd.api.types.is_integer_dtype(dtype):
        return Numbers(series.to_numpy(dtype=np.int64, na_value=0), missing)
    return Numbers(series.to_numpy(dtype=np.float64, na_value=np.nan), None)


def _of_objects(series: pd.Series[Any]) -> Numbers | None:
    import pandas as pd

    # It stops at the first text, so that a long column of text costs nothing.
    inferred = pd.api.types.infer_dtype(series, skipna=True)
    if inferred == "boolean":
        missing = series.isna().to_numpy()
        return Numbers(series.where(~missing, False).to_numpy(dtype=bool), missing)
    if inferred == "integer":
        missing = series.isna().to_numpy()
        try:
            return Numbers(series.where(~missing, 0).to_numpy(dtype=np.int64), missing)
        except OverflowError:  # larger than any integer type; as floats they are at least about right
            return Numbers(pd.to_numeric(series, errors="coerce").to_numpy(np.float64), None)
    if inferred in ("floating", "mixed-integer-float"):
        return Numbers(pd.to_numeric(series).to_numpy(dtype=np.float64, na_value=np.nan), None)
    return None


def codes_of(series: pd.Series[Any]) -> Codes:
    """Return the texts of a column; what is no text counts as it is written.

    A column of a few different texts (wells, verdicts) is counted through; one of mostly different texts is
    taken as it is.
    """
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype):
        return _blanked(series.cat.codes.to_numpy().astype(np.int64), [str(c) for c in series.cat.categories])
    size = len(series)
    sample = series.iloc[:: max(1, size // _SAMPLE)]
    if size > _SAMPLE and sample.astype(str).nunique() > len(sample) // 2:
        return _each(series)
    codes, index = np.empty(size, dtype=np.int64), dict[str, int]()
    for start in range(0, size, _BLOCK):
        block = series.iloc[start : start + _BLOCK]
        local, found = pd.factorize(_as_text(block), use_na_sentinel=True)
        known = [index.setdefault(text, len(index)) for text in found.tolist()]
        codes[start : start + len(block)] = np.array([*known, -1], dtype=np.int64)[local]
    return _blanked(codes, list(index))


def _each(series: pd.Series[Any]) -> Codes:
    together = ArrowTexts.of(series)
    if together is not None:
        codes = np.arange(len(series), dtype=np.int64)
        codes[together.lengths == 0] = -1
        return Codes(codes, together)
    texts: list[str] = []
    codes = np.arange(len(series), dtype=np.int64)
    for start in range(0, len(series), _BLOCK):
        block = series.iloc[start : start + _BLOCK]
        missing = block.isna().to_numpy()
        values = _as_text(block).tolist()
        if missing.any():
            codes[start : start + len(block)][missing] = -1
            values = ["" if none else value for value, none in zip(values, missing, strict=True)]
        texts += values
    return _blanked(codes, texts)


def _as_text(series: pd.Series[Any]) -> pd.Series[Any]:
    """Return the values as they are written, missing ones as they are."""
    import pandas as pd

    if isinstance(series.dtype, pd.StringDtype) or (
        series.dtype == object and pd.api.types.infer_dtype(series, skipna=True) in ("string", "empty")
    ):
        return series
    return series.map(str, na_action="ignore").astype(object)


def _blanked(codes: NDArray[np.int64], texts: list[str]) -> Codes:
    blank = np.fromiter((not text for text in texts), bool, len(texts))
    if blank.any():
        codes = codes.copy()
        codes[np.append(blank, False)[codes]] = -1
    return Codes(codes, texts)


Test = Callable[[Sequence[str]], NDArray[np.bool_]]
"""Says of each of some texts whether it has what is looked for."""


def has_capitals(text: str) -> bool:
    """Say whether there are capital letters in a text, so that the case matters when looking for it."""
    return text != text.lower()


def contains_test(wanted: str) -> Callable[[str], bool]:
    """Return a test whether a text has `wanted` in it: whatever the case, unless `wanted` has capitals."""
    if has_capitals(wanted):
        return lambda text: wanted in text
    folded = wanted.casefold()
    return lambda text: folded in text.casefold()


def found_in(pattern: str, texts: Sequence[str], ignore_case: bool = False) -> NDArray[np.bool_]:
    """Return, for each text (n,), whether a regular expression is found in it.

    The expressions are those of RE2 (through pyarrow): its time grows with the length of the text only,
    while those of Python's `re` can take for ever, and can't be stopped then.

    Raises
    ------
    ValueError
        It is no such expression; says why.
    ImportError
        pyarrow is not installed.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    array = pa.array([_encodable(text) for text in texts], pa.large_string())
    try:
        found = pc.match_substring_regex(array, _encodable(pattern), ignore_case=ignore_case)
    except pa.ArrowInvalid as error:
        raise ValueError(str(error).removeprefix("Invalid regular expression: ")) from error
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _encodable(text: str) -> str:
    """Text with lone surrogates replaced, which UTF-8 can't hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
