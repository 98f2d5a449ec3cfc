"""`tuiqc table`: the objects (or images) as a table, filtered and sorted, without a screen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.cli.options import (
    add_annotations_option,
    add_evidence_option,
    add_rows_options,
    add_source_options,
    asked_path,
    columns_file,
    read_items,
    showing_the_place,
    source_options,
)
from tuiqc.cli.streams import ending, tell
from tuiqc.errors import InputError, UsageError
from tuiqc.text import plural, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from tuiqc.dataset.model import Batch
    from tuiqc.qc.record import Annotation, Subject
    from tuiqc.review.object_rows import ObjectRows
    from tuiqc.review.rows import Rows
    from tuiqc.tables.filters.tree import Expression


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `table`."""
    parser = subparsers.add_parser(
        "table", help="write the objects or images, filtered and sorted, as a table"
    )
    add_source_options(parser, "table")
    group = parser.add_argument_group("what to write")
    add_rows_options(group, "objects")
    group.add_argument(
        "--columns",
        metavar="A,B,…",
        action="append",
        default=[],
        help="only these columns, in this order (a name with a comma in double quotes); "
        "the name of a table means the same as --more-columns",
    )
    add_evidence_option(group)
    add_annotations_option(group)
    group.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="a .csv, .tsv or .parquet file (default: as TSV to standard output)",
    )
    parser.set_defaults(run=run)


@showing_the_place
def run(arguments: argparse.Namespace) -> int:
    """Read, filter, sort and write."""
    from tuiqc.cli.options import join
    from tuiqc.exporters.guard import Inputs, Output, check_suffix
    from tuiqc.exporters.table import SUFFIXES, check_columns, export_view
    from tuiqc.tables.filters.grammar import parse

    if arguments.limit is not None and arguments.limit < 0:
        raise UsageError(f"--limit {arguments.limit} is less than 0")
    output = Path(arguments.output) if arguments.output else None
    if output is not None:
        check_suffix(output, SUFFIXES)
    chosen = [text for text in arguments.columns if not _is_file(text)]
    arguments.more_columns += [text for text in arguments.columns if _is_file(text)]
    expressions = [parse(text) for text in arguments.where]
    batch = join(source_options(arguments))
    target = (
        None
        if output is None
        else Output(output, Inputs.of_batch(batch, [asked_path(arguments)]), SUFFIXES).checked()
    )
    rows, objects = read_rows(batch, arguments)
    view = rows.view
    names = [name for text in chosen for name in _names(text)] or view.columns
    names = check_columns(view, names)
    arrange(rows, expressions, arguments)
    missing = tell_problems(objects)
    positions = view.order[: arguments.limit]
    count = export_view(
        view, target or sys.stdout.buffer, columns=names, positions=positions, written=_written(batch, rows)
    )
    if target is not None:
        print(f"{plural(count, 'row')} written to {printable(str(target.path))}", file=sys.stderr)
    return ending(missing, arguments)


def _written(batch: Batch, rows: Rows) -> dict[str, pd.Series[Any]]:
    from tuiqc.dataset.literal_cells import written_columns
    from tuiqc.review.object_rows import ObjectRows

    if not isinstance(rows, ObjectRows):
        return {}
    return written_columns(batch, rows.layer, rows.images, rows.labels, rows.times, rows.view.frame)


def tell_problems(objects: ObjectRows | None) -> list[str]:
    """Say what was assumed about the objects; returns what is missing of them.

    Raises
    ------
    InputError
        If nothing but problems is left of them.
    """
    if objects is None:
        return []
    if objects.lost and not objects.total:
        raise InputError(f"none of the objects could be read: {objects.lost[0]}")
    tell(line for line in objects.problems if line not in objects.lost)
    return objects.lost


def arrange(rows: Rows, expressions: Sequence[Expression], arguments: argparse.Namespace) -> None:
    """Filter the rows by all expressions and sort them as `--sort` and `--descending` say."""
    from tuiqc.exporters.table import check_columns
    from tuiqc.tables.filters.evaluation import evaluate

    keys = check_columns(rows.view, _names(arguments.sort) if arguments.sort else [])
    if expressions:
        mask = evaluate(expressions[0], rows.view, rows.extra)
        for expression in expressions[1:]:
            mask = mask & evaluate(expression, rows.view, rows.extra)
        rows.view.filter(mask)
    if keys:
        rows.view.sort_by_keys([(name, arguments.descending) for name in keys])


def read_rows(batch: Batch, arguments: argparse.Namespace) -> tuple[Rows, ObjectRows | None]:
    """The rows that `--of`, `--layer` and `--annotations` name, and the objects of the layer."""
    from tuiqc.cli.streams import Progress
    from tuiqc.review.headless import whole_images, whole_objects

    if arguments.layer is not None and arguments.layer not in batch.layers:
        there = ", ".join(batch.layers) or "none"
        raise UsageError(f"no object layer {arguments.layer!r}; there are: {there}")
    if not batch.layers and arguments.of == "objects":
        raise UsageError("there is no object layer in this batch; --of images writes the images")
    items, _ = read_items(arguments, batch)
    objects = None
    if batch.layers:
        layer = arguments.layer or batch.layers[0]
        with Progress(f"reading {layer}") as progress:
            objects = whole_objects(batch, layer, items, progress)
        if arguments.evidence:
            objects.lost += add_evidence(batch, objects, items)
        if arguments.of == "objects":
            return objects, objects
    elif arguments.evidence:
        raise UsageError("there is no object layer in this batch: evidence is measured of objects")
    return whole_images(batch, objects, items), objects


def _names(text: str) -> list[str]:
    """Column names between commas; one with a comma stands in double quotes, as in a CSV."""
    import csv

    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True)) if name.strip()]


def _is_file(text: str) -> bool:
    from tuiqc.dataset.tables.text_file import is_table

    path = columns_file(text)[1].partition(";")[0]
    return is_table(path) and Path(path).expanduser().is_file()


def add_evidence(batch: Batch, objects: ObjectRows, items: Iterable[tuple[Subject, Annotation]]) -> list[str]:
    """Rank the objects and put columns of suspicion and evidence behind their own; returns what could not be read.

    Places of missed objects are told with them (`ObjectRows.missed`).

    Raises
    ------
    UsageError
        The layer has no masks.
    """
    from tuiqc.cli.streams import Progress
    from tuiqc.review.candidate_rows import candidate_rows
    from tuiqc.review.headless import rank_objects

    items = list(items)
    with Progress("measuring objects") as progress:
        ranking = rank_objects(batch, objects, items, progress)
    print(printable(ranking.summary_line()), file=sys.stderr)
    if ranking.found:
        objects.missed = candidate_rows(batch, ranking, items)
    return [f"{path}: {text}" for path, text in ranking.problems.items()]
