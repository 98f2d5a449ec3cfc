"""`tuiqc sheet`: a contact sheet of images or a gallery of objects as PNG or PDF, without a screen."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tuiqc.cli.options import (
    add_annotations_option,
    add_evidence_option,
    add_rows_options,
    add_source_options,
    asked_path,
    showing_the_place,
    source_options,
)
from tuiqc.cli.streams import ending
from tuiqc.errors import UsageError
from tuiqc.text import printable


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `sheet`."""
    parser = subparsers.add_parser(
        "sheet", help="draw small pictures of all images or objects into PNG or PDF"
    )
    add_source_options(parser, "sheet", "-o sheet.png")
    group = parser.add_argument_group("what to draw")
    add_rows_options(group, "images")
    group.add_argument(
        "--worst",
        metavar="N",
        type=int,
        help="the N objects that are most suspected, by the kind of error (see `rank`)",
    )
    add_evidence_option(group)
    group.add_argument("--columns", metavar="N", type=int, default=8, help="side by side (default: 8)")
    group.add_argument(
        "--tile", metavar="PIXELS", type=int, default=192, help="size of a picture (default: 192)"
    )
    group.add_argument(
        "--colour-by", metavar="COLUMN", default="", help="colour the frames (default: verdict)"
    )
    group.add_argument("--fitted", action="store_true", help="each object as large as its tile")
    group.add_argument("--all-outlines", action="store_true", help="those of an object's neighbours too")
    add_annotations_option(group)
    group.add_argument("-o", "--output", metavar="FILE", required=True, help="a .png or .pdf file")
    parser.set_defaults(run=run)


@showing_the_place
def run(arguments: argparse.Namespace) -> int:
    """Read, filter, sort and draw."""
    from tuiqc.cli.options import join
    from tuiqc.cli.streams import Progress
    from tuiqc.cli.table import arrange, read_rows, tell_problems
    from tuiqc.exporters.guard import check_suffix
    from tuiqc.exporters.sheet import SUFFIXES, SheetOptions, write_sheet
    from tuiqc.review.mixed_rows import worst_of
    from tuiqc.tables.filters.grammar import parse

    output = Path(arguments.output)
    check_suffix(output, SUFFIXES)
    for name, most in (("columns", 100), ("tile", 2048)):
        if not 1 <= getattr(arguments, name) <= most:
            raise UsageError(f"--{name} {getattr(arguments, name)} is not between 1 and {most}")
    if arguments.limit is not None and arguments.limit < 1:
        raise UsageError(f"--limit {arguments.limit} is less than 1")
    if arguments.worst is not None:
        if arguments.worst < 1:
            raise UsageError(f"--worst {arguments.worst} is less than 1")
        if arguments.sort or arguments.limit is not None:
            raise UsageError("--worst says which objects and in what order: leave --sort and --limit out")
        arguments.of, arguments.evidence = "objects", True
    expressions = [parse(text) for text in arguments.where]
    batch = join(source_options(arguments))
    rows, objects = read_rows(batch, arguments)
    arrange(rows, expressions, arguments)
    among = None
    if arguments.worst is not None and objects is not None:
        # A filter speaks of objects.
        among = worst_of(objects, None if expressions else objects.missed, arguments.worst)
    missing = tell_problems(objects)
    options = SheetOptions(
        arguments.columns,
        arguments.tile,
        arguments.fitted,
        arguments.all_outlines,
        arguments.colour_by,
        " and ".join(arguments.where),
    )
    with Progress("drawing") as progress:
        written = write_sheet(
            batch,
            rows,
            objects,
            output,
            options,
            limit=arguments.limit,
            among=among,
            annotations=asked_path(arguments),
            progress=progress,
        )
    print(printable(f"written: {', '.join(map(str, written.paths))}"), file=sys.stderr)
    return ending([*missing, *written.missing], arguments)
