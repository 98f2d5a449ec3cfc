"""Opens what the user asked for: by patterns, by folder, or by an objects table."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc import collector
from tuiqc.dataset.discover.role_files import fill_dialects
from tuiqc.dataset.model import Batch, Progress, Stop
from tuiqc.dataset.more_options import check_columns_options
from tuiqc.dataset.open.channels import add_probabilities, split_channels, split_layers
from tuiqc.dataset.open.mask_readings import add_mask_readings
from tuiqc.dataset.open.overlays import add_overlays
from tuiqc.dataset.open.positions import split_positions
from tuiqc.dataset.open.recent import remembered_patterns
from tuiqc.dataset.readings import add_readings
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.tables.reader import read_columns, said_keys
from tuiqc.dataset.tables.text_file import is_table
from tuiqc.errors import TuiqcError, UsageError
from tuiqc.pixels.polygons.polygon_file import is_polygons
from tuiqc.pixels.zarr_store import is_hierarchy

if TYPE_CHECKING:
    from tuiqc.dataset.discover.found_files import FoundFile

_LOOKED_AT = 1000
"""Names of a folder in which one of OME-Zarr is looked for: where there are more images are files."""


class OpeningStoppedError(TuiqcError):
    """The user interrupted the opening; nothing was written."""

    exit_status = 130


def open_batch(options: SourceOptions, progress: Progress | None = None, stop: Stop | None = None) -> Batch:
    """Find the files of a batch and join them.

    What is opened depends on `options.sources`: one TOML file is read first; one folder (or some image files)
    is searched; one or more tables name their images themselves. With patterns, those are what counts: a
    single folder is then where relative patterns start, and tables among the sources are tables of all
    images.

    Files are listed, not opened: only the headers of one table per layer and of one image per channel are read (a
    table that names its own images is read in full). One broken or missing file stops nothing; it is in
    `Batch.unmatched` or found by the loader.

    Parameters
    ----------
    progress
        Called with (done, total) steps.
    stop
        Asked between the steps.

    Raises
    ------
    UsageError
        The options contradict each other, or a pattern finds nothing.
    InputError
        A source is missing or can't be used.
    OpeningStoppedError
        `stop` said so.
    """
    report = progress or (lambda done, total: None)
    total = 3
    options = _with_toml(options)
    report(0, total)
    with collector.paused():
        batch = _find(options)
    if stop is not None and stop():
        raise OpeningStoppedError("interrupted")
    report(1, total)
    zarr = _holds_zarr(batch)
    if zarr:
        from tuiqc.dataset.open import by_zarr

        by_zarr.add_labels(batch)
    add_overlays(batch)
    add_mask_readings(batch)
    missing = [layer for layer in batch.layers if layer not in batch.dialects]
    if missing:
        fill_dialects(batch, read_columns, said=said_keys)
    if stop is not None and stop():
        raise OpeningStoppedError("interrupted")
    report(2, total)
    add_readings(batch)
    split_positions(batch)
    split_layers(batch)
    split_channels(batch)
    if zarr:
        by_zarr.add_looks(batch)
    add_probabilities(batch)
    _check_dialect_options(batch)
    check_columns_options(batch)
    report(total, total)
    return batch


def _find(options: SourceOptions) -> Batch:
    from tuiqc.dataset.open import by_bundle, by_folder, by_patterns, by_table, single_files

    options = replace(options, sources=tuple(dict.fromkeys(options.sources)))  # a name counts once
    places = [options.resolve(text) for text in options.sources]
    tables = [path for path in places if is_table(path) and not path.is_dir() and not is_polygons(path)]
    folders = [path for path in places if path.is_dir()]
    if options.images or (options.labels and not folders):
        if tables:
            extra = tuple(("", str(path)) for path in tables)
            known = set(tables)
            rest = tuple(text for text in options.sources if options.resolve(text) not in known)
            options = replace(options, tables=options.tables + extra, sources=rest)
        return by_patterns.open_patterns(options)
    if any(_may_be_database(place) for place in places):
        from tuiqc.dataset.open import by_database

        if all(by_database.is_source(place) for place in places):
            return by_database.open_database(options, places)
    if len(places) == 1 and (tables or places[0].suffix.casefold() == ".xlsx") and places[0].is_file():
        from tuiqc.dataset.open import by_collection

        if by_collection.is_collection(places[0]):
            return by_collection.open_collection(options, places[0])
    if tables:
        if len(tables) != len(places) and not folders:
            return single_files.open_files(options, places)
        if len(tables) != len(places):
            known = set(tables)
            others = ", ".join(str(path) for path in places if path not in known)
            raise UsageError(
                f"{others} and tables can't be opened together; give the folder with --data-root, or use --images, "
                "--labels and --table"
            )
        return by_table.open_tables(options, tables)
    if len(folders) == len(places) == 1 and (kept := remembered_patterns(options, folders[0])) is not None:
        return _as_remembered(kept, options, folders)
    if (bundle := by_bundle.bundle_of(options, places)) is not None:
        batch = by_bundle.open_bundle(options, *bundle)
        if batch is not None:
            return batch
    files: list[FoundFile] | None = None
    if any(_may_be_zarr(place) for place in places):  # what reads it comes in only where a name says so
        from tuiqc.dataset.open import by_spatialdata, by_zarr

        if (root := by_spatialdata.spatial_data(places)) is not None:
            return by_spatialdata.open_spatial_data(options, root)
        found, files = by_zarr.hierarchies(options, places)
        if found:
            return by_zarr.open_hierarchies(options, found)
    if len(places) > 1 and not folders:
        return single_files.open_files(options, places)
    if places:
        return by_folder.open_folder(options, places, files)
    if options.tables:
        return by_table.open_tables(options, by_table.found(options))
    raise UsageError(
        "nothing to open: give a folder, an objects table, or --images and --labels patterns such as "
        "--images DNA='folder/Well_{well}_C0.tif'"
    )


def _may_be_database(place: Path) -> bool:
    return place.suffix.casefold() in (".db", ".sqlite", ".sqlite3", ".db3", ".properties")


def _may_be_zarr(place: Path) -> bool:
    if is_hierarchy(place):
        return True
    try:
        with os.scandir(place) as entries:
            return any(
                entry.name.casefold().endswith((".zarr", ".ozx", ".zarr.zip"))
                for entry in islice(entries, _LOOKED_AT)
            )
    except OSError:
        return False


def _holds_zarr(batch: Batch) -> bool:
    """Whether there are OME-Zarr images, be these found by a folder, patterns or a table."""
    paths = [path for record in batch.images[:20] for path in record.channels.values() if path is not None]
    return any(".zarr" in str(path).casefold() or is_hierarchy(path) for path in paths)


def _as_remembered(kept: SourceOptions, options: SourceOptions, folders: list[Path]) -> Batch:
    """The batch by the patterns of the last time; by what the files are called if these find nothing any more."""
    from tuiqc.dataset.open import by_folder, by_patterns

    where = kept.kept_in.name if kept.kept_in is not None else "memory"
    try:
        batch = by_patterns.open_patterns(kept)
    except UsageError as error:
        batch = by_folder.open_folder(options, folders)
        batch.assumptions.append(f"the patterns of the last time (in {where}) were left aside: {error}")
        return batch
    batch.assumptions.append(
        f"opened by the patterns of the last time (in {where}); to look at all files anew: --afresh"
    )
    return batch


def _with_toml(options: SourceOptions) -> SourceOptions:
    """Options of the TOML file among the sources, with what else was said on top."""
    files = [text for text in options.sources if text.casefold().endswith(".toml")]
    if not files:
        return options
    if len(options.sources) > 1:
        raise UsageError(f"{files[0]} says by itself what to open; give nothing beside it")
    kept = SourceOptions.from_toml(options.resolve(files[0]))
    said = {
        name: getattr(options, name)
        for name in ("image_columns", "label_columns", "fields")
        if getattr(options, name)
    }
    for name in ("images", "labels", "tables", "columns"):
        if entries := getattr(options, name):
            said[name] = tuple((given, options.absolute(pattern)) for given, pattern in entries)
    if options.data_root is not None:
        said["data_root"] = str(options.resolve(options.data_root))
    dialects = {**kept.dialects, **options.dialects}
    axes, units = {**kept.axes, **options.axes}, {**kept.units, **options.units}
    by_colour = (*kept.by_colour, *options.by_colour)
    return replace(
        kept, **said, dialects=dialects, axes=axes, units=units, by_colour=by_colour, cache=options.cache
    )


def _check_dialect_options(batch: Batch) -> None:
    layers = ", ".join(batch.layers)
    for layer in batch.source.dialects:
        if layer and layer not in batch.layers:
            raise UsageError(f"--dialect {layer}=…: there is no such object layer; there are: {layers}")
