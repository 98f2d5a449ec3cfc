"""Tables that are groups of Zarr: AnnData, and the `json`, `csv` and `parquet` that Fractal (ngio) keeps.

The group is the path of the table. CSV and Parquet are files in the group; on this machine these are read as files,
from elsewhere they are fetched whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from tuiqc.budget import check_count
from tuiqc.dataset.tables import anndata, parquet
from tuiqc.dataset.tables.layout import MAX_COLUMNS
from tuiqc.errors import InputError
from tuiqc.pixels.zarr_node import Node, node_of
from tuiqc.pixels.zarr_store import FolderStore, joined

if TYPE_CHECKING:
    import pandas as pd

FILES = {"csv": "table.csv", "parquet": "table.parquet"}
"""The file of a backend in its group."""

_Result = TypeVar("_Result")


def backend(node: Node) -> str:
    """How a table is kept: "anndata" (also where nothing is said), "json", "csv", "parquet", or another word."""
    said = str(node.attributes.get("backend") or "anndata")
    return said.removeprefix("experimental_").removesuffix("_v1")


def file_in(node: Node) -> Path | None:
    """The file of a table on this machine, None where it is not kept in one."""
    name = FILES.get(backend(node))
    if name is None or not isinstance(node.store, FolderStore):
        return None
    return node.place / name


def columns(path: Path) -> tuple[str, ...]:
    """Return the names of the columns.

    Raises
    ------
    InputError
        As `read`.
    """
    node = _node(path)
    how = backend(node)
    if how == "anndata":
        return anndata.columns(path)
    if how == "json":
        return tuple(_document(node))
    return _fetched(node, parquet.columns)


def key_columns(path: Path) -> anndata.KeyColumns:
    """Return what the table says of its own columns; Fractal names the index, which has the labels.

    Raises
    ------
    InputError
        As `read`.
    """
    node = _node(path)
    if backend(node) == "anndata":
        found = anndata.key_columns(path)
        if found.label:
            return found
    said = node.attributes.get("index_key")
    return anndata.KeyColumns(said if isinstance(said, str) else "")


def read(path: Path, *, texts: bool = False, named: Sequence[str] = ()) -> tuple[pd.DataFrame, list[str]]:
    """Return a table and notes; with `texts` every value as it is printed; `named`: see `anndata.read`.

    Raises
    ------
    InputError
        There is none, it is damaged, too large, or kept in a way that nobody knows.
    """
    node = _node(path)
    how = backend(node)
    if how == "anndata":
        return anndata.read(path, texts=texts, named=named)
    if how == "json":
        with parquet.damage_told(path, "a table in JSON"):
            return _frame(_document(node), texts), []
    return _fetched(node, lambda file: parquet.read(file, texts=texts))


def holds_text(path: Path) -> bool:
    """Whether a table is kept as CSV."""
    return backend(_node(path)) == "csv"


def fetched(path: Path, work: Callable[[Path], _Result]) -> _Result:
    """What `work` makes of the file of a table that is kept as CSV.

    Raises
    ------
    InputError
        The file is not there, or what `work` raises, with the place of the table.
    """
    return _fetched(_node(path), work)


def _node(path: Path) -> Node:
    node = node_of(path)
    if node is None or node.array:
        raise InputError("is no group of Zarr", path=path, expected="a table")
    return node


def _document(node: Node) -> dict[str, list[Any]]:
    """A table in the attributes of the group `table`: a list for each column."""
    below = node.below("table")
    found = {} if below is None else dict(below.attributes)
    check_count(node.place, len(found), "columns", MAX_COLUMNS)
    lengths = {len(values) if isinstance(values, list) else -1 for values in found.values()}
    if not found or len(lengths) != 1 or -1 in lengths:
        raise InputError(
            "has no columns of equal length in its attributes", path=node.place, expected="a table in JSON"
        )
    return found


def _frame(document: dict[str, list[Any]], texts: bool) -> pd.DataFrame:
    import pandas as pd
    import pyarrow

    data = {}
    for name, values in document.items():
        try:
            array = pyarrow.array(values, from_pandas=True)
        except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError):  # of several types
            kept = [one if one is None or isinstance(one, str) else json.dumps(one) for one in values]
            array = pyarrow.array(kept, pyarrow.large_string())
        column = pyarrow.chunked_array([array])
        data[name] = parquet.as_texts(column) if texts else parquet.as_values(column)
    return pd.DataFrame(data)


def _fetched(node: Node, work: Callable[[Path], _Result]) -> _Result:
    """What `work` makes of the file of a table, which is fetched first; errors name where it lies."""
    with _file(node) as file:
        try:
            return work(file)
        except InputError as error:
            raise InputError(
                error.found, path=node.place / file.name, expected=error.expected, hint=error.hint
            ) from None


@contextmanager
def _file(node: Node) -> Iterator[Path]:
    name = FILES.get(backend(node))
    if name is None:
        raise InputError(
            f"is kept as {backend(node)!r}", path=node.place, expected=f"anndata, json, {', '.join(FILES)}"
        )
    local = file_in(node)
    if local is not None:
        yield local
        return
    data = node.store.read(joined(node.group, name))
    if data is None:
        raise InputError("is not there", path=node.place / name)
    with TemporaryDirectory(prefix="tuiqc-table-") as folder:
        file = Path(folder) / name
        file.write_bytes(data)
        yield file
