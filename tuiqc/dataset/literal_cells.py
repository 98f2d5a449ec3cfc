"""What stands in the files of tables, to the letter, for what is written again: `1.50` stays so, and `1E5`.

Frames hold numbers, whose spelling is lost. Nothing of it is kept while a batch is open: the tables are read once more
as text when something is exported. What is written for other programs has numbers where these could not read what
stands there: `1.234,5`, or a blank before a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.join import join_parts
from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.dataset.parts import OWN

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


_PLAIN = r"^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(?i:inf|infinity|nan))$"
"""A number as every program reads it (RE2)."""
_POWER = r"\.\d+[eE]"


def written_columns(
    batch: Batch,
    layer: str,
    images: Ints,
    labels: Ints,
    times: Ints | None,
    values: pd.DataFrame | None = None,
) -> dict[str, pd.Series[Any]]:
    """Return the columns of files as they are written there, for these objects.

    Parameters
    ----------
    images, labels, times
        Row number of the image, label and time point (None where there is no time) of each object.
    values
        The frame of objects. If it is given, its columns of numbers whose texts other programs would not take for
        numbers (decimal commas, marks between thousands, blanks, every number as 1.00e+02) are left out: these are to
        be written as numbers.

    Returns
    -------
    dict of series
        Texts by the name of their column in the frame of objects (missing where a cell is empty); no entry for what
        tuiqc has made. Empty where a table was not what it had been, or not all of the objects are of tables.
    """
    if not batch.has_table(layer) and not batch.source.columns:
        return {}
    parts: list[ObjectPart] = []
    ObjectLoader(batch, written=True).load_layer(layer, parts.append)
    frame, _ = join_parts(parts)
    order, own = _by_image(images), _by_image(frame["image"].to_numpy())
    same = len(frame) == len(images) and all(
        np.array_equal(mine[order], frame[name].to_numpy()[own])
        for name, mine in (("image", images), ("label", labels), ("t", times))
        if mine is not None and name in frame.columns
    )
    if not same:
        return {}
    place = np.empty(len(order), np.int64)
    place[order] = own
    return {
        str(name): frame[name].iloc[place].reset_index(drop=True)
        for name in frame.columns
        if name not in OWN
        and _is_text(frame[name])
        and (values is None or name not in values.columns or not _is_spelled(values[name], frame[name]))
    }


def _by_image(images: Ints) -> Ints:
    return np.argsort(images, kind="stable")


def _is_text(series: pd.Series[Any]) -> bool:
    """What was measured is numbers still."""
    return series.dtype.kind not in "iufb"


def _is_spelled(values: pd.Series[Any], texts: pd.Series[Any]) -> bool:
    """Whether numbers stand there as few programs read them."""
    import pyarrow
    import pyarrow.compute as pc

    from tuiqc.dataset.tables.cells import without_words

    if values.dtype.kind not in "iuf":
        return False
    there = without_words(pyarrow.array(texts, pyarrow.large_string(), from_pandas=True)).drop_null()
    if not len(there):
        return False
    plain = pc.all(pc.match_substring_regex(there, _PLAIN)).as_py()
    return not plain or bool(pc.all(pc.match_substring_regex(there, _POWER)).as_py())
