"""Which row of a table of several images belongs to which image."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.dialects.dialect import DialectChoice, loose
from tuiqc.dataset.model import ImageRecord
from tuiqc.names import counterparts, name_key
from tuiqc.text import some

if TYPE_CHECKING:
    import pandas as pd

_FILE_COLUMN = re.compile(r"(?:.*_)?(?:Objects)?FileName_.+", re.IGNORECASE)
_IMAGE_COLUMNS = {"image", "imagename", "imageid", "filename", "file", "labelimageid"}
_NO_COLUMN = "no column says which image a row belongs to"
_MOST_NAMES = 10
"""How many times as many names as there are images a column may have to be looked at as one of names."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowImages:
    """Which row belongs to which image.

    Attributes
    ----------
    rows
        The image's row number for each row, -1 for none.
    how
        How it was found out, or why not.
    columns
        The columns that told it.
    spelled
        A sentence on names that are spelled otherwise than those of the images, "" if none is.
    """

    rows: Ints
    how: str
    columns: tuple[str, ...] = ()
    spelled: str = ""

    @property
    def found(self) -> bool:
        """Whether any row belongs to an image."""
        return bool((self.rows >= 0).any())


def find_rows(frame: pd.DataFrame, images: Sequence[ImageRecord], choice: DialectChoice) -> RowImages:
    """Say which row belongs to which image.

    Tried in this order: the names of files in `FileName_*` columns; columns with the names of placeholders
    (also `Metadata_<name>`); the dialect's image column with the key or a file name of the image; a column of text
    that holds nothing but keys or file names; and if there is only one image, all rows are its. Names may be spelled
    otherwise (see `tuiqc.names.name_key`) where only one image can be meant.
    """
    for column in (name for name in frame.columns if _FILE_COLUMN.fullmatch(str(name))):
        found = _look_up(frame[column], _by_file(images), file_word)
        if found.found:
            return replace(found, how=f"by the file names in {column!r}", columns=(str(column),))
    by_placeholders = _by_placeholders(frame, images)
    if by_placeholders is not None:
        return by_placeholders
    candidates = [
        choice.image_column,
        *(name for name in frame.columns if loose(str(name)) in _IMAGE_COLUMNS),
    ]
    for column in dict.fromkeys(name for name in candidates if name is not None):
        for table, word in ((_by_key(images), str), (_by_file(images), file_word)):
            found = _look_up(frame[column], table, word)
            if found.found:
                return replace(found, how=f"by {column!r}", columns=(str(column),))
    if len(images) == 1:
        return RowImages(np.full(len(frame), images[0].index, np.int64), "there is only one image")
    return _by_any_text(frame, images) or RowImages(np.full(len(frame), -1, np.int64), _NO_COLUMN)


def by_column(series: pd.Series[Any], images: Sequence[ImageRecord]) -> RowImages:
    """The same by a column with keys, file names or the values of the only placeholder."""
    how, columns = f"by {series.name!r}", (str(series.name),)
    tables: list[tuple[dict[str, int], Any]] = [(_by_key(images), str), (_by_file(images), file_word)]
    names = list(images[0].placeholders) if images else []
    if len(names) == 1:
        tables.append(({image.placeholders[names[0]]: image.index for image in images}, str))
    for table, word in tables:
        found = _look_up(series, table, word)
        if found.found:
            return replace(found, how=how, columns=columns)
    return RowImages(np.full(len(series), -1, np.int64), how, columns)


def _by_any_text(frame: pd.DataFrame, images: Sequence[ImageRecord]) -> RowImages | None:
    """By the first column of text of which every value names an image; numbers may mean anything."""
    for column in frame.columns:
        series = frame[column]
        if series.dtype.kind in "iufb" or not 1 < series.nunique() <= _MOST_NAMES * len(images):
            continue
        for table, word in ((_by_key(images), str), (_by_file(images), file_word)):
            found = _look_up(series, table, word)
            if (found.rows >= 0).all():
                return replace(found, how=f"by {column!r}", columns=(str(column),))
    return None


def file_word(text: Any) -> str:
    """Return a file name without folders (of any system), extension and blanks around it."""
    name = re.split(r"[\\/]", str(text).strip())[-1]
    return re.sub(r"(\.ome)?\.[a-z0-9]{1,5}$", "", name, flags=re.IGNORECASE).strip()


def _by_file(images: Sequence[ImageRecord]) -> dict[str, int]:
    """Image of each file word; words that more than one image has belong to none."""
    found: dict[str, int] = {}
    for image in images:
        for path in (*image.channels.values(), *image.masks.values()):
            if path is not None:
                word = file_word(path.name)
                found[word] = image.index if found.get(word, image.index) == image.index else -1
    return found


def _by_key(images: Sequence[ImageRecord]) -> dict[str, int]:
    return {image.key: image.index for image in images}


def _look_up(series: pd.Series[Any], table: dict[str, int], word: Callable[[Any], str]) -> RowImages:
    """Rows by the words that a column's values come to."""
    import pandas as pd

    codes, values = pd.factorize(series)
    words = [word(_plain(value)) for value in values]
    meant = counterparts(words, table, name_key)
    found = np.array([*(table[meant[one]] if one in meant else -1 for one in words), -1], np.int64)
    return RowImages(found[codes], "", (), _told({one: (own,) for one, own in meant.items() if one != own}))


def _told(spelled: Mapping[str, tuple[str, ...]]) -> str:
    """Which names were taken for which, as a sentence."""
    pairs = [f"{one!r} for {'/'.join(own)!r}" for one, own in spelled.items()]
    return f"spells names otherwise, taken for the same: {some(pairs, 4)}" if pairs else ""


def _plain(value: Any) -> Any:
    """3.0 as 3: a column of whole numbers with gaps is read as floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _by_placeholders(frame: pd.DataFrame, images: Sequence[ImageRecord]) -> RowImages | None:
    """Rows by the values of all placeholders that are columns, if these tell the images apart."""
    names = list(images[0].placeholders) if images else []
    by_word: dict[str, str] = {}
    for column in frame.columns:
        word = loose(str(column))
        by_word.setdefault(word.removeprefix("image").removeprefix("metadata"), column)
        by_word[word] = column
    pairs = [(name, by_word[loose(name)]) for name in names if loose(name) in by_word]
    if not pairs:
        return None
    table: dict[tuple[str, ...], int] = {}
    for image in images:
        values = tuple(image.placeholders[name] for name, _ in pairs)
        if values in table:
            return None
        table[values] = image.index
    columns = [column for _, column in pairs]
    numbers = frame.groupby(columns, sort=False, dropna=False).ngroup().to_numpy()
    firsts = [
        tuple(str(_plain(value)) for value in row)
        for row in frame[columns].drop_duplicates().itertuples(index=False)
    ]
    meant = counterparts(firsts, table, lambda values: tuple(map(name_key, values)))
    found = np.array([table[meant[one]] if one in meant else -1 for one in firsts], np.int64)
    rows = found[numbers] if len(found) else np.zeros(0, np.int64)
    told = _told({"/".join(one): own for one, own in meant.items() if one != own})
    how = f"by {', '.join(repr(column) for column in columns)}"
    return RowImages(rows, how, tuple(map(str, columns)), told) if (rows >= 0).any() else None
