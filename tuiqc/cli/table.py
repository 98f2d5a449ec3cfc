"""`tuiqc table`: the objects (or images) as a table, filtered and sorted, without a screen."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.cli.source_options import add_source_options, columns_file, source_options
from tuiqc.cli.verdict_options import add_annotations_option, annotations_to_read, asked_path
from tuiqc.cli.where_option import add_rows_options, showing_the_place
from tuiqc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuiqc.dataset.model import Batch
    from tuiqc.review.objects import ObjectRows
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
    from tuiqc.cli.opening import join
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
        None if output is None else Output(output, Inputs.of_batch(batch, [asked_path(arguments)])).checked()
    )
    rows, _, problems = read_rows(batch, arguments)
    view = rows.view
    names = [name for text in chosen for name in _names(text)] or view.columns
    check_columns(view, names)
    arrange(rows, expressions, arguments)
    for problem in problems:
        print(f"tuiqc: {problem}", file=sys.stderr)
    positions = view.order[: arguments.limit]
    count = export_view(view, target or sys.stdout.buffer, columns=names, positions=positions)
    if output is not None:
        print(f"{count} row{'s' * (count != 1)} written to {output}", file=sys.stderr)
    return 0


def arrange(rows: Rows, expressions: Sequence[Expression], arguments: argparse.Namespace) -> None:
    """Filter the rows by all expressions and sort them as `--sort` and `--descending` say."""
    from tuiqc.exporters.table import check_columns
    from tuiqc.tables.filters.evaluation import evaluate

    keys = _names(arguments.sort) if arguments.sort else []
    check_columns(rows.view, keys)
    if expressions:
        mask = evaluate(expressions[0], rows.view)
        for expression in expressions[1:]:
            mask = mask & evaluate(expression, rows.view)
        rows.view.filter(mask)
    if keys:
        rows.view.sort_by_keys([(name, arguments.descending) for name in keys])


def read_rows(batch: Batch, arguments: argparse.Namespace) -> tuple[Rows, ObjectRows | None, list[str]]:
    """The rows that `--of`, `--layer` and `--annotations` name, the objects of the layer, and what was wrong."""
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.review.images import ImageRows

    if arguments.layer is not None and arguments.layer not in batch.layers:
        there = ", ".join(batch.layers) or "none"
        raise UsageError(f"no object layer {arguments.layer!r}; there are: {there}")
    if not batch.layers and arguments.of == "objects":
        raise UsageError("there is no object layer in this batch; --of images writes the images")
    path = annotations_to_read(arguments, batch)
    items = []
    if path is not None:
        store = AnnotationStore.open(path, "", batch.placeholders, read_only=True)
        items = list(store.items())
    objects = _objects(batch, arguments.layer or batch.layers[0]) if batch.layers else None
    if objects is not None:
        objects.decide_all(items, batch)
        if arguments.of == "objects":
            return objects, objects, objects.problems
    images = ImageRows(batch, objects)
    images.decide_all(items, batch)
    return images, objects, [] if objects is None else objects.problems


def _objects(batch: Batch, layer: str) -> ObjectRows:
    from tuiqc.cli.progress import Progress
    from tuiqc.dataset.objects import ObjectLoader, ObjectPart
    from tuiqc.review.objects import ObjectRows

    parts: list[ObjectPart] = []
    with Progress(f"reading {layer}") as progress:

        def take(part: ObjectPart) -> None:
            parts.append(part)
            progress(sum(len(one.images) for one in parts), len(batch.images))

        ObjectLoader(batch).load_layer(layer, take)
    return ObjectRows(batch, layer, parts)


def _names(text: str) -> list[str]:
    """Column names between commas; one with a comma stands in double quotes, as in a CSV."""
    import csv

    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True)) if name.strip()]


def _is_file(text: str) -> bool:
    from tuiqc.dataset.tables_io import is_table

    path = columns_file(text)[1].partition(";")[0]
    return is_table(path) and Path(path).expanduser().is_file()
