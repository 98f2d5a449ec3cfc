"""Looking into texts: for a text in them, or for a regular expression."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

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
