"""Which row of a table of several images belongs to which image."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.dialects.base import DialectChoice, loose
from tuiqc.dataset.model import ImageRecord

if TYPE_CHECKING:
    import pandas as pd

_FILE_COLUMN = re.compile(r"(?:.*_)?(?:Objects)?FileName_.+", re.IGNORECASE)


def assign_rows(
    frame: pd.DataFrame, images: Sequence[ImageRecord], choice: DialectChoice
) -> tuple[NDArray[np.int64], str]:
    """Return the image's row number for each row (-1 for none), and how it was found out (or why not).

    See `find_rows`.
    """
    rows, how, _ = find_rows(frame, images, choice)
    return rows, how


def find_rows(
    frame: pd.DataFrame, images: Sequence[ImageRecord], choice: DialectChoice
) -> tuple[NDArray[np.int64], str, list[str]]:
    """As `assign_rows`, and the columns that told it.

    Tried in this order: the names of files in `FileName_*` columns; columns with the names of placeholders
    (also `Metadata_<name>`); the dialect's image column with the key or a file name of the image; and if
    there is only one image, all rows are its.
    """
    for column in (name for name in frame.columns if _FILE_COLUMN.fullmatch(str(name))):
        found = _look_up(frame[column], _by_file(images), file_word)
        if (found >= 0).any():
            return found, f"by the file names in {column!r}", [str(column)]
    by_placeholders, columns = _by_placeholders(frame, images)
    if by_placeholders is not None:
        return by_placeholders, f"by {', '.join(repr(column) for column in columns)}", columns
    candidates = [
        choice.image_column,
        *(name for name in frame.columns if loose(str(name)) in _IMAGE_COLUMNS),
    ]
    for column in dict.fromkeys(name for name in candidates if name is not None):
        for table, word in ((_by_key(images), str), (_by_file(images), file_word)):
            found = _look_up(frame[column], table, word)
            if (found >= 0).any():
                return found, f"by {column!r}", [str(column)]
    if len(images) == 1:
        return np.full(len(frame), images[0].index, np.int64), "there is only one image", []
    return np.full(len(frame), -1, np.int64), "no column says which image a row belongs to", []


_IMAGE_COLUMNS = {"image", "imagename", "imageid", "filename", "file", "labelimageid"}


def by_column(series: pd.Series[Any], images: Sequence[ImageRecord]) -> NDArray[np.int64]:
    """Return the image's row number (-1 for none) by a column with keys, file names or the values of the only
    placeholder."""
    tables: list[tuple[dict[str, int], Any]] = [(_by_key(images), str), (_by_file(images), file_word)]
    names = list(images[0].placeholders) if images else []
    if len(names) == 1:
        tables.append(
            ({_canonical(image.placeholders[names[0]]): image.index for image in images}, _canonical)
        )
    for table, word in tables:
        found = _look_up(series, table, word)
        if (found >= 0).any():
            return found
    return np.full(len(series), -1, np.int64)


def file_word(text: Any) -> str:
    """Return a file name without folders (of any system), extension and case: `A01.TIF` and `a01.tiff` are
    the same."""
    name = re.split(r"[\\/]", str(text))[-1].casefold()
    return re.sub(r"(\.ome)?\.[a-z0-9]{1,5}$", "", name)


def _by_file(images: Sequence[ImageRecord]) -> dict[str, int]:
    """Image of each file word; words that more than one image has are left out."""
    found: dict[str, int] = {}
    for image in images:
        for path in (*image.channels.values(), *image.masks.values()):
            if path is not None:
                word = file_word(path.name)
                found[word] = image.index if found.get(word, image.index) == image.index else -1
    return found


def _by_key(images: Sequence[ImageRecord]) -> dict[str, int]:
    return {image.key: image.index for image in images}


def _look_up(series: pd.Series[Any], table: dict[str, int], word: Any) -> NDArray[np.int64]:
    import pandas as pd

    codes, values = pd.factorize(series)
    found = np.array([*(table.get(word(_plain(value)), -1) for value in values), -1], np.int64)
    return found[codes]


def _plain(value: Any) -> Any:
    """3.0 as 3: a column of whole numbers with gaps is read as floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _by_placeholders(
    frame: pd.DataFrame, images: Sequence[ImageRecord]
) -> tuple[NDArray[np.int64] | None, list[str]]:
    """Rows by the values of all placeholders that are columns, if these tell the images apart."""
    names = list(images[0].placeholders) if images else []
    by_word: dict[str, str] = {}
    for column in frame.columns:
        word = loose(str(column))
        by_word.setdefault(word.removeprefix("image").removeprefix("metadata"), column)
        by_word[word] = column
    pairs = [(name, by_word[loose(name)]) for name in names if loose(name) in by_word]
    if not pairs:
        return None, []
    table: dict[tuple[str, ...], int] = {}
    for image in images:
        values = tuple(_canonical(image.placeholders[name]) for name, _ in pairs)
        if values in table:
            return None, []
        table[values] = image.index
    columns = [column for _, column in pairs]
    numbers = frame.groupby(columns, sort=False, dropna=False).ngroup().to_numpy()
    firsts = frame[columns].drop_duplicates()
    found = np.array(
        [
            table.get(tuple(_canonical(_plain(value)) for value in row), -1)
            for row in firsts.itertuples(index=False)
        ],
        np.int64,
    )
    rows = found[numbers] if len(found) else np.zeros(0, np.int64)
    return (rows, columns) if (rows >= 0).any() else (None, [])


def _canonical(value: Any) -> str:
    """Text of a value; whole numbers without leading zeros, since a table's reader drops them."""
    text = str(value)
    return str(int(text)) if text.isdecimal() else text
