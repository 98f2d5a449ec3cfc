"""Opens a batch from an objects table alone: its columns name the images and masks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.dataset.dialects import recognise
from tuiqc.dataset.dialects.cellprofiler import DATABASE, MULTI, object_kinds
from tuiqc.dataset.discover.pattern_parts import template
from tuiqc.dataset.image_table import (
    NUMBERS,
    image_table,
    number_column,
    rows_by_number,
    with_image_columns,
)
from tuiqc.dataset.model import Batch, ImageRecord, Unmatched
from tuiqc.dataset.open.file_columns import FileColumn, file_columns, layer_of_rows, named_files
from tuiqc.dataset.open.file_finder import FileFinder
from tuiqc.dataset.row_images import find_rows
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.tables import reader, sqlite_table, table_cache
from tuiqc.dataset.tables.reader import is_stored
from tuiqc.dataset.words import best_layer, same_thing
from tuiqc.errors import InputError, UsageError
from tuiqc.names import natural_key, unique_name

if TYPE_CHECKING:
    import pandas as pd


def open_tables(options: SourceOptions, paths: Sequence[Path]) -> Batch:
    """Return the batch that the first table describes; further tables must be about the same images.

    Raises
    ------
    InputError
        A table is missing, empty, broken, or names no file.
    UsageError
        A column that was asked for is not there; a further table is about other images or the same layer.
    """
    first = paths[0].absolute()
    frame, names = _quickly(first, options)
    whole = frame is None
    notes: list[str] = []
    if frame is None:
        table = reader.load_table(first, cached=options.cache)
        frame, notes = table.frame, table.notes
        names = [str(column) for column in frame.columns]
    if not len(frame):
        raise InputError("the table has a header but no row", path=first, expected="one row per object")
    frame, said = _with_image_table(frame, names, first, options)
    columns = file_columns(frame, options, first)
    roots = [options.resolve(options.data_root)] if options.data_root is not None else []
    if roots and not roots[0].is_dir():
        raise UsageError(f"--data-root {roots[0]}: there is no such folder")
    finder = FileFinder([*roots, _home(first)], _ambiguous(frame, columns))
    batch, rows = _images(frame, columns, finder, first, options, by_number=not said)
    batch.assumptions += notes
    batch.assumptions += said
    if whole:
        batch.frames[first] = frame[names]
    batch.row_images[first] = rows
    _say(batch, columns, options)
    _add_layers(batch, frame, names, rows, first)
    for path in paths[1:]:
        _add_table(batch, path.absolute())
    return batch


def _with_image_table(
    frame: pd.DataFrame, names: Sequence[str], path: Path, options: SourceOptions
) -> tuple[pd.DataFrame, list[str]]:
    """The frame with the file names of CellProfiler's table of images where it says only their numbers."""
    if options.image_columns or options.label_columns or number_column(frame) is None:
        return frame, []
    if named_files(names, options, path):
        return frame, []
    found = image_table(path, options.cache)
    if found is None:
        return frame, []
    return with_image_columns(frame, found[1]), [f"{found[0].name} says which image each ImageNumber is"]


def _quickly(path: Path, options: SourceOptions) -> tuple[pd.DataFrame | None, list[str]]:
    """No more of a big table than tells the images of its rows, and the names of all columns.

    None where all of it is needed, or is in the cache.
    """
    if is_stored(path) or (options.cache and table_cache.holds(path)):
        return None, []
    names = list(reader.read_columns(path))
    files = named_files(names, options, path)
    frame = reader.some_columns(path, [*files, *NUMBERS]) if files else None
    if frame is None:
        return None, []
    masks = [column.name for column in file_columns(frame, options, path) if column.is_mask]
    # Which of several masks the rows are objects of may have to be found out from their centres.
    if len(masks) > 1 and best_layer(path.name.split(".")[0], masks) is None and not _kinds(names):
        return None, []
    return frame, names


def found(options: SourceOptions) -> list[Path]:
    """Return the tables that `--table` patterns name, where nothing else was given."""
    from tuiqc.dataset.open.by_patterns import pattern_roles

    roles = pattern_roles(options, options.base_dir, [])
    files = [Path(path) for role in roles for path in role.files.values()]
    if len(files) > len(roles):
        raise UsageError(
            f"--table finds {len(files)} tables, but no images were given: add --images and --labels, "
            "or open one table that names its images"
        )
    return files


def _images(
    frame: pd.DataFrame,
    columns: Sequence[FileColumn],
    finder: FileFinder,
    path: Path,
    options: SourceOptions,
    by_number: bool,
) -> tuple[Batch, Any]:
    """The batch with one image per combination of files (and ImageNumber), and the image of each row."""
    import numpy as np

    number = number_column(frame)
    identity = (
        [c.file for c in columns] + [c.folder for c in columns if c.folder] + ([number] if number else [])
    )
    groups = frame.groupby(identity, sort=False, dropna=False).ngroup().to_numpy()
    firsts = frame[identity].iloc[np.unique(groups, return_index=True)[1]]
    keys, names, values = _keys(firsts, columns, number, by_number and number is not None)
    order = sorted(range(len(keys)), key=lambda i: natural_key(keys[i]))
    batch = Batch(
        name=path.name.split(".")[0],
        root=_home(path),
        images=[],
        placeholders=names,
        channels=[c.name for c in columns if not c.is_mask],
        layers=[c.name for c in columns if c.is_mask],
        source=options,
    )
    place = np.zeros(len(order), np.int64)
    rows = firsts.to_dict("records")
    images: list[ImageRecord] = []
    for index, group in enumerate(order):
        place[group] = index
        files: dict[bool, dict[str, Path | None]] = {False: {}, True: {}}
        for column in columns:
            files[column.is_mask][column.name] = _located(rows[group], column, finder, batch, keys[group])
        images.append(
            ImageRecord(
                index,
                keys[group],
                dict(zip(names, values[group], strict=True)),
                files[False],
                files[True],
                {},
            )
        )
    batch.images = images
    _check_found(batch, columns, rows, path)
    return batch, place[groups]


def _home(path: Path) -> Path:
    """The folder of a table, or of the database that it is in."""
    return path.parent if (database := sqlite_table.holder(path)) is None else database.parent


def _located(
    row: dict[Any, Any], column: FileColumn, finder: FileFinder, batch: Batch, key: str
) -> Path | None:
    text = row[column.file]
    if not isinstance(text, str) or not text.strip():
        where, why = None, "the table names no file"
    else:
        folder = row[column.folder] if column.folder else ""
        where = finder.find(folder if isinstance(folder, str) else "", text.strip())
        why = f"{text} was not found beside the table or below the data root"
    if where is None:
        batch.unmatched.append(
            Unmatched(f"{'mask' if column.is_mask else 'channel'} {column.name}", None, key, why)
        )
    return where


def _ambiguous(frame: pd.DataFrame, columns: Sequence[FileColumn]) -> set[str]:
    """File names (casefolded) that stand in the table with more than one folder."""
    folders: dict[str, set[str]] = {}
    for column in columns:
        pairs = frame[[column.file, *filter(None, [column.folder])]].drop_duplicates()
        for row in pairs.itertuples(index=False):
            parts = re.split(r"[\\/]", "/".join(str(value) for value in reversed(row)))
            folders.setdefault(parts[-1].casefold(), set()).add("/".join(parts[:-1]))
    return {name for name, where in folders.items() if len(where) > 1}


def _check_found(
    batch: Batch, columns: Sequence[FileColumn], rows: Sequence[dict[Any, Any]], path: Path
) -> None:
    """Refuse a batch without a single file; name files that two images share."""
    if not any(p for image in batch.images for p in (*image.channels.values(), *image.masks.values())):
        example = columns[0]
        folder = rows[0].get(example.folder, "") if example.folder else ""
        raise InputError(
            f"none of the files it names was found, such as {rows[0][example.file]} in {folder or 'no folder'}",
            path=path,
            hint="say where they are: --data-root FOLDER",
        )
    users: dict[Path, int] = {}
    for image in batch.images:
        for file in {p for p in image.channels.values() if p is not None}:
            users[file] = users.get(file, 0) + 1
    twice = [file for file, count in users.items() if count > 1]
    if twice:
        batch.assumptions.append(
            f"{len(twice)} files stand for more than one image of the table, such as {twice[0].name}: "
            "if the images are in folders of their own, give the folder above with --data-root"
        )


def _keys(
    firsts: pd.DataFrame, columns: Sequence[FileColumn], number: str | None, by_number: bool
) -> tuple[list[str], list[str], list[list[str]]]:
    """Key, placeholder names and placeholder values of each image: its number, or what varies in the file names."""
    file = (next((c for c in columns if not c.is_mask), None) or columns[0]).file
    stems = [_stem(text) for text in firsts[file]]
    unique = list(dict.fromkeys(stems))
    found = template(unique)
    parts = dict(zip(unique, found.values, strict=True))
    taken: set[str] = set()
    keys, values = [], []
    numbers = [_whole_text(value) for value in firsts[number]] if number else [""] * len(stems)
    clash = len(unique) < len(stems)
    for stem, image_number in zip(stems, numbers, strict=True):
        key = "/".join(parts[stem]) or stem
        key = unique_name(f"{key}/{image_number}" if clash and number else key, taken)
        taken.add(key)
        keys.append(key)
        values.append([image_number] if by_number else list(parts[stem]))
    return keys, ["ImageNumber"] if by_number else list(found.names), values


def _stem(text: Any) -> str:
    name = re.split(r"[\\/]", str(text))[-1]
    return re.sub(r"(?i)(\.ome)?\.[a-z0-9]{1,5}$", "", name) or "image"


def _whole_text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _say(batch: Batch, columns: Sequence[FileColumn], options: SourceOptions) -> None:
    if options.image_columns or options.label_columns:
        return
    images = ", ".join(c.file for c in columns if not c.is_mask) or "none"
    masks = ", ".join(c.file for c in columns if c.is_mask) or "none"
    batch.assumptions.append(
        f"columns with images: {images}; with masks: {masks}; to change it: --image-columns … --label-columns …"
    )


def _kinds(names: list[str]) -> list[str]:
    several = recognise(names).name in (MULTI.name, DATABASE.name)
    return object_kinds(names) if several else []


def _add_layers(batch: Batch, frame: pd.DataFrame, names: list[str], rows: Any, path: Path) -> None:
    """Find the layer(s) that the rows of the table are objects of; `names` are those of all its columns."""
    kinds = _kinds(names)
    if not kinds:
        layer, how = layer_of_rows(batch, frame, rows, path)
        if len([name for name in batch.layers if name not in batch.shared_tables]) > 1:
            batch.assumptions.append(f"the rows of {path.name} are objects of {layer} ({how})")
        _share(batch, layer, path, names)
        return
    masks = list(batch.layers)
    for kind in kinds:
        layer = (
            next((name for name in masks if same_thing(name, kind)), None) or best_layer(kind, masks) or kind
        )
        _share(batch, layer, path, names)


def _share(batch: Batch, layer: str, path: Path, columns: list[str]) -> None:
    if layer in batch.shared_tables:
        other = batch.shared_tables[layer]
        raise UsageError(f"{path.name} and {other.name} are both tables of {layer}; open one of them")
    # Layers with a table first, in the order of the tables: the first layer is the one that is shown.
    others = [name for name in batch.layers if name not in batch.shared_tables and name != layer]
    batch.layers = [*batch.shared_tables, layer, *others]
    batch.shared_tables[layer] = path
    batch.dialects[layer] = recognise(columns, batch.source.dialect_for(layer), layer)


def _add_table(batch: Batch, path: Path) -> None:
    """Add a further table about the same images."""
    table = reader.load_table(path, cached=batch.source.cache)
    batch.assumptions += table.notes
    names = [str(column) for column in table.frame.columns]
    found = find_rows(table.frame, batch.images, recognise(names))
    rows = found.rows
    if not found.found and (numbered := rows_by_number(path, table.frame, batch.images)) is not None:
        rows = numbered
    elif len(table.frame) and not found.found:
        raise UsageError(f"{path.name} is not about the same images as the first table: {found.how}")
    batch.assumptions += [f"{path.name} {found.spelled}"] if found.spelled else []
    batch.frames[path] = table.frame
    batch.row_images[path] = rows
    _add_layers(batch, table.frame, names, rows, path)
