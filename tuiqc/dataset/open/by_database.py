"""Opens a database of CellProfiler (ExportToDatabase, cytominer), alone or by CPA's `.properties` file.

The table of images names the files, each table of objects becomes the table of a layer. Of a `.properties` file only
names are taken: nothing of it is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tuiqc.budget import small_text
from tuiqc.dataset.dialects import recognise
from tuiqc.dataset.dialects.cellprofiler import object_kinds
from tuiqc.dataset.image_table import NUMBERS, images_of_database
from tuiqc.dataset.model import Batch, Unmatched
from tuiqc.dataset.open import by_table
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.tables import reader, sqlite_table
from tuiqc.dataset.tables.sqlite_table import is_database
from tuiqc.errors import InputError, UsageError

PROPERTIES = ".properties"
_PROPERTIES_BYTES = 1 << 20
_NO_OBJECTS = re.compile(
    r"(?:.*_)?Per_(?:Image|Experiment|Well\w*)|Image|Experiment\w*|Relationship\w*", re.IGNORECASE
)


def is_source(path: Path) -> bool:
    """Whether it is a database, or a file that names one."""
    return is_database(path) or (path.suffix.casefold() == PROPERTIES and path.is_file())


def open_database(options: SourceOptions, places: Sequence[Path]) -> Batch:
    """Return the batch of a database.

    Raises
    ------
    InputError
        It is none, is damaged, has no table of objects, or no table of images that names files.
    UsageError
        More than one place is given.
    """
    if len(places) > 1:
        raise UsageError(f"{places[0].name} says by itself what to open; give nothing beside it")
    path, said = _named(places[0]) if places[0].suffix.casefold() == PROPERTIES else (places[0], {})
    tables = sqlite_table.tables(path)
    objects = _object_tables(path, tables, said)
    images = images_of_database(path, said.get("image_table"))
    if images is None:
        raise InputError(
            "has no table of images that names their files", path=path,
            expected="a table Per_Image with ImageNumber and Image_FileName_… columns",
        )  # fmt: skip
    _check_parts(path, tables, objects)
    batch = by_table.open_tables(options, [path / name for name in objects])
    batch = replace(batch, name=path.name.split(".")[0], root=path.absolute().parent)
    batch.assumptions.append(
        f"tables of objects in {path.name}: {', '.join(objects)}; of images: {images.name}"
    )
    others = [name for name in tables if name not in objects and name != images.name]
    for name in others:
        kind = (
            "no table of objects"
            if _NO_OBJECTS.fullmatch(name)
            else "it has no numbers of images and objects"
        )
        batch.unmatched.append(
            Unmatched("file", path, name, f"a table of {path.name} that is not read: {kind}")
        )
    for name in sqlite_table.left_out(path):
        why = (
            f"a view or virtual table of {path.name}: what it says is not run; the tables themselves are read"
        )
        batch.unmatched.append(Unmatched("file", path, name, why))
    return batch


def _named(properties: Path) -> tuple[Path, dict[str, str]]:
    """The database that a `.properties` file names, and what it says."""
    said: dict[str, str] = {}
    text = small_text(properties, "properties of CellProfiler Analyst", _PROPERTIES_BYTES).decode(
        "utf-8", "replace"
    )
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.strip().startswith("#"):
            said[name.strip()] = value.strip()
    if said.get("db_type", "sqlite").casefold() != "sqlite":
        raise InputError(
            f"names a {said['db_type']} server", path=properties, expected="db_type = sqlite",
            hint="export the tables to SQLite or CSV",
        )  # fmt: skip
    named = said.get("db_sqlite_file", "")
    if not named:
        raise InputError(
            "names no db_sqlite_file", path=properties, expected="properties of CellProfiler Analyst"
        )
    file = re.split(r"[\\/]", named)[-1]
    tried = [properties.parent / file, properties.parent / named, Path(named)]
    found = next((path for path in tried if is_database(path)), None)
    if found is None:
        raise InputError(f"the database {named} is not there", path=properties, hint=f"put {file} beside it")
    return found, said


def _object_tables(path: Path, tables: dict[str, tuple[str, ...]], said: dict[str, str]) -> list[str]:
    """Tables with a row for each object; a table of all kinds is left for those of single kinds."""
    wanted = said.get("object_table", "")
    if wanted in tables:
        return [wanted]
    found = [
        name
        for name, columns in tables.items()
        if not _NO_OBJECTS.fullmatch(name)
        and any(number in columns for number in NUMBERS)
        and recognise(columns).label_column is not None
    ]
    single = [name for name in found if len(object_kinds(tables[name])) <= 1]
    if not found:
        names = ", ".join(list(tables)[:8]) or "none"
        raise InputError(
            f"has no table of objects (tables: {names})", path=path,
            expected="tables of CellProfiler's ExportToDatabase, with ImageNumber and a number of each object",
        )  # fmt: skip
    return single or found[:1]


def _check_parts(path: Path, tables: dict[str, tuple[str, ...]], objects: Sequence[str]) -> None:
    """Numbers of images must be those of one run: parts that were put together have their own."""
    for name in objects:
        if "TableNumber" not in tables[name]:
            continue
        frame = reader.load_table(path / name).frame
        if frame["TableNumber"].nunique() > 1:
            raise InputError(
                f"table {name} is put together of {frame['TableNumber'].nunique()} parts whose ImageNumbers repeat",
                path=path, hint="export each part, or convert it with CytoTable to Parquet",
            )  # fmt: skip
