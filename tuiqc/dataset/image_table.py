"""The table of images that CellProfiler writes beside those of its objects, which say of an image only its number.

By default `Nuclei.csv` has `ImageNumber` and `ObjectNumber`; the file names and metadata of each number are in
`Image.csv`, with the prefix of the export (`MyExpt_Image.csv`). ExportToSpreadsheet, "Add image metadata columns to
your object data file?: No".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.dialects import recognise
from tuiqc.dataset.model import ImageRecord
from tuiqc.dataset.row_images import find_rows
from tuiqc.dataset.tables import reader, sqlite_table
from tuiqc.dataset.tables.text_file import is_table
from tuiqc.dataset.words import image_table_prefix
from tuiqc.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("ImageNumber", "Image_ImageNumber", "Metadata_ImageNumber")
_TOLD = re.compile(r"(?:Image_)?(?:Objects)?(?:(?:FileName|PathName)_.+|Metadata_.+)", re.IGNORECASE)


def number_column(frame: pd.DataFrame) -> str | None:
    """Return the column with the numbers of the images, None if there is none."""
    return next((name for name in NUMBERS if name in frame.columns), None)


def image_table(objects: Path, cache: bool = True) -> tuple[Path, pd.DataFrame] | None:
    """Return the table of images beside a table of objects, with a row for each number; None if there is none.

    That with the prefix of the table's own name counts, else the only one. The columns are `ImageNumber` as the index,
    and those with file names, folders and metadata.
    """
    for path in _beside(objects):
        try:
            columns = reader.read_columns(path)
            number = next((name for name in NUMBERS if name in columns), None)
            told = [name for name in columns if _TOLD.fullmatch(name)]
            if number is None or not told:
                continue
            frame = reader.load_table(path, cached=cache).frame
        except InputError:
            continue
        return path, frame.drop_duplicates(number).set_index(number)[told]
    return None


def images_of_database(path: Path, named: str | None = None) -> Path | None:
    """Return the table of images of a database that names their files: that which is `named`, or called so."""
    tables = sqlite_table.tables(path)
    called = [name for name in tables if name == "Image" or name.casefold().endswith("per_image")]
    for name in ([named] if named in tables else []) + called:
        columns = tables[str(name)]
        if any(one in columns for one in NUMBERS) and any(map(_TOLD.fullmatch, columns)):
            return path / str(name)
    return None


def _beside(objects: Path) -> list[Path]:
    """Tables of images in the folder of a table of objects, that with its prefix first."""
    if (database := sqlite_table.holder(objects)) is not None:
        found = images_of_database(database)
        return [] if found is None else [found]
    try:
        there = sorted(path for path in objects.parent.iterdir() if is_table(path) and path != objects)
    except OSError:
        return []
    prefixes = [(path, prefix) for path in there if (prefix := image_table_prefix(path.name)) is not None]
    own = [(path, prefix) for path, prefix in prefixes if objects.name.startswith(prefix)]
    own.sort(key=lambda pair: -len(pair[1]))
    return [path for path, _ in own or (prefixes if len(prefixes) == 1 else [])]


def with_image_columns(frame: pd.DataFrame, images: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of objects with what the table of images says of their numbers, and no further row."""
    number = number_column(frame)
    assert number is not None
    new = {name: frame[number].map(images[name]) for name in images.columns if name not in frame.columns}
    return frame.assign(**new)


def rows_by_number(
    path: Path, frame: pd.DataFrame, images: Sequence[ImageRecord]
) -> NDArray[np.int64] | None:
    """Return the image's row number (-1 for none) of each row by its `ImageNumber`; None where no table tells it."""
    number = number_column(frame)
    found = image_table(path) if number is not None else None
    if found is None:
        return None
    told: Any = found[1].reset_index()
    known = find_rows(told, images, recognise([str(name) for name in told.columns]))
    if not known.found:
        return None
    of_number = dict(zip(found[1].index.tolist(), known.rows.tolist(), strict=True))
    return np.array([of_number.get(value, -1) for value in frame[number].tolist()], np.int64)
