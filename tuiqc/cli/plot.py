"""`tuiqc plot`: a histogram, scatter plot, box plot or plate heat map as a picture file."""

from __future__ import annotations

import argparse
from pathlib import Path

from tuiqc.cli.options import (
    add_annotations_option,
    add_evidence_option,
    add_rows_options,
    add_source_options,
    read_items,
    showing_the_place,
    source_options,
)
from tuiqc.cli.streams import ending, tell
from tuiqc.text import printable


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `plot`."""
    parser = subparsers.add_parser(
        "plot", help="draw a histogram, scatter, boxes or a plate into SVG, PNG or PDF"
    )
    add_source_options(parser, "plot", "--histogram Area -o areas.svg")
    kinds = parser.add_argument_group("what to draw (one of)").add_mutually_exclusive_group(required=True)
    kinds.add_argument("--histogram", metavar="COLUMN", help="of a column, by verdict")
    kinds.add_argument(
        "--scatter", nargs=2, metavar=("X", "Y"), help="of two columns, by verdict or --colour-by"
    )
    kinds.add_argument("--box", metavar="COLUMN", help="boxes of a column for each --by")
    kinds.add_argument(
        "--plate",
        metavar="NUMBER",
        help="heat map of a number per well: 'fail %%', count, 'mean COLUMN', 'median COLUMN' …",
    )
    group = parser.add_argument_group("how")
    group.add_argument(
        "--colour-by", metavar="COLUMN", help="colour the points of a scatter plot by this column"
    )
    group.add_argument(
        "--by", metavar="COLUMN", help="one box for each value, such as well (default: each image)"
    )
    add_rows_options(group, "objects", sorted_rows=False)
    group.add_argument(
        "--bins", type=int, metavar="N", help="bins of a histogram (default: what suits the values)"
    )
    group.add_argument(
        "--wells", type=int, metavar="N", help="wells of a plate, 6 to 1536 (default: what fits)"
    )
    add_evidence_option(group)
    add_annotations_option(group)
    group.add_argument("-o", "--output", metavar="FILE", required=True, help="a .svg, .png or .pdf")
    parser.set_defaults(run=run)


@showing_the_place
def run(arguments: argparse.Namespace) -> int:
    """Read, draw, write."""
    import sys

    from tuiqc.cli.options import join
    from tuiqc.cli.streams import Progress
    from tuiqc.exporters.figures import SUFFIXES, check_library
    from tuiqc.exporters.guard import check_suffix
    from tuiqc.exporters.plot_file import Asked, plot

    output = Path(arguments.output)
    check_suffix(output, SUFFIXES)
    check_library()
    asked = Asked(
        histogram=arguments.histogram or "",
        scatter=tuple(arguments.scatter) if arguments.scatter else (),
        box=arguments.box or "",
        plate=arguments.plate or "",
        colour_by=arguments.colour_by or "",
        by=arguments.by or "",
        of=arguments.of,
        layer=arguments.layer,
        where=tuple(arguments.where),
        bins=arguments.bins,
        wells=arguments.wells,
        evidence=arguments.evidence,
    )
    asked.check()
    batch = join(source_options(arguments))
    items, path = read_items(arguments, batch)
    with Progress("reading objects") as progress:
        drawn = plot(batch, items, asked, output, progress, path)
    print(printable(f"{drawn.lines[0]} drawn into {output}"), file=sys.stderr)
    tell(drawn.notes)
    return ending(drawn.missing, arguments)
