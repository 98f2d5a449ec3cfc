"""`tuiqc report`: what was reviewed and what came of it, as one HTML file."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.cli.options import add_source_options, add_verdict_options, read_verdicts, seed, source_options
from tuiqc.cli.streams import ending
from tuiqc.errors import UsageError
from tuiqc.text import escaped, plural, printable

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `report`."""
    parser = subparsers.add_parser("report", help="write a report on the review as one HTML file")
    add_source_options(parser, "report", "-o report.html")
    group = parser.add_argument_group("what to report")
    add_verdict_options(group)
    group.add_argument(
        "--layer", metavar="NAME", help="object layer (default: the one that was reviewed most)"
    )
    group.add_argument(
        "--by",
        metavar="COLUMN",
        help="failure rates by this column of the image table, such as well; '' for none "
        "(default: the first placeholder that makes a few groups)",
    )
    group.add_argument("--exact", action="store_true", help="Clopper-Pearson intervals instead of Wilson's")
    group.add_argument(
        "--columns",
        metavar="A,B,…",
        action="append",
        default=[],
        help="distributions of these measurements (default: those that tell failed from passed best)",
    )
    group.add_argument(
        "--failed", metavar="N", type=int, default=24, help="pictures of failed ones (default: 24)"
    )
    group.add_argument(
        "--passed", metavar="N", type=int, default=12, help="pictures of passed ones (default: 12)"
    )
    group.add_argument(
        "--worst",
        metavar="N",
        type=int,
        help="pictures of the N most suspected objects of each kind of error (see `rank`; default: none, and 12 where "
        "nobody has judged anything)",
    )
    group.add_argument(
        "--judge",
        action="store_true",
        help="things are judged in the page by p, f and u, and saved as a CSV for `tuiqc merge`",
    )
    group.add_argument(
        "--seed", metavar="S", type=seed, default=0, help="of the choice, where there are more (default: 0)"
    )
    group.add_argument("--title", metavar="TEXT", default="", help="heading (default: the name of the batch)")
    group.add_argument("-o", "--output", metavar="FILE.html", help="where to write")
    group.add_argument(
        "--multiqc", metavar="DIR", help="files for MultiQC: tables, bars by plate, the 20 worst objects"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read everything, write, and say what was written."""
    from tuiqc.cli.options import join
    from tuiqc.cli.streams import Progress
    from tuiqc.exporters.figures import check_library
    from tuiqc.exporters.guard import check_suffix
    from tuiqc.exporters.multiqc import check_folder, write_multiqc
    from tuiqc.exporters.report import ReportOptions, write_report
    from tuiqc.exporters.report.page import SUFFIXES
    from tuiqc.review.batch_figures import BatchFigures
    from tuiqc.review.headless import layer_of

    if not arguments.output and not arguments.multiqc:
        raise UsageError("say where to write: -o report.html, --multiqc DIR, or both")
    output = Path(arguments.output).expanduser() if arguments.output else None
    if output is not None:
        check_library()
    options = ReportOptions(
        layer=arguments.layer,
        by=arguments.by,
        columns=tuple(name for text in arguments.columns for name in _names(text)),
        failed=arguments.failed,
        passed=arguments.passed,
        worst=arguments.worst or 0,
        judge=arguments.judge,
        seed=arguments.seed,
        title=arguments.title,
        method="exact" if arguments.exact else "wilson",
        command=shlex.join(arguments.command_line),
    )
    options.check()
    if output is not None:
        check_suffix(output, SUFFIXES)
    if arguments.multiqc:
        check_folder(Path(arguments.multiqc))
    batch = join(source_options(arguments))
    store = read_verdicts(arguments, batch, or_none=True)
    if arguments.worst is None and not any(note.verdict for _, note in store.items()):
        options = replace(options, worst=_UNJUDGED if _has_masks(batch, options.layer) else 0)
    missing: list[str] = []
    if output is not None:
        with Progress("making the report") as progress:
            written = write_report(batch, store, output, options, progress=progress)
        for line in written.lines:
            print(printable(escaped(line)), file=sys.stderr)
        missing += written.missing
    if arguments.multiqc:
        layer = layer_of(batch, arguments.layer)
        with Progress("measuring objects") as progress:
            figures = BatchFigures(batch, layer, store.items(), progress)
            found = write_multiqc(Path(arguments.multiqc), figures, annotations=store.path)
        print(
            printable(f"{plural(len(found.paths), 'file')} for MultiQC written to {arguments.multiqc}"),
            file=sys.stderr,
        )
        missing += found.missing
    return ending(missing, arguments)


_UNJUDGED = 12


def _has_masks(batch: Batch, layer: str | None) -> bool:
    from tuiqc.measured.plan import layers_with_masks
    from tuiqc.review.headless import layer_of

    return layer_of(batch, layer) in layers_with_masks(batch)


def _names(text: str) -> list[str]:
    """Column names between commas; one with a comma stands in double quotes, as in a CSV."""
    import csv

    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True)) if name.strip()]
