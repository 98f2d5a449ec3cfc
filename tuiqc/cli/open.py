"""`tuiqc open`: look at a batch and judge it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.cli.options import add_adopt_option, add_source_options, source_options
from tuiqc.cli.queue_options import add_queue_options, check_queue_options
from tuiqc.cli.session import run_session
from tuiqc.errors import UsageError

if TYPE_CHECKING:
    from tuiqc.dataset.source_options import SourceOptions


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `open`."""
    parser = subparsers.add_parser("open", help="look at a batch and judge it")
    add_source_options(parser, "open")
    parser.add_argument(
        "--save", metavar="FILE.toml", help="keep these options; open them again with: tuiqc open FILE.toml"
    )
    add_session_options(parser)
    add_queue_options(parser)
    parser.set_defaults(run=run)


def add_session_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a session on the screen."""
    group = parser.add_argument_group("session")
    group.add_argument("--layer", metavar="NAME", help="object layer to start with")
    group.add_argument(
        "--annotations",
        metavar="FILE",
        help="CSV for the verdicts (default: qc_annotations.csv beside the data)",
    )
    add_adopt_option(group)
    group.add_argument("--annotator", metavar="NAME", help="who gives the verdicts (default: the login name)")
    group.add_argument(
        "--reasons", metavar="FILE.toml", help="reasons with their keys and the verdicts that they imply"
    )
    group.add_argument(
        "--categories",
        metavar="FILE.toml",
        help="a column of your own with categories: a file, or 'cell_type: neuron, muscle'",
    )
    views = group.add_mutually_exclusive_group()
    views.add_argument("--gallery", action="store_true", help="begin with the gallery of objects")
    views.add_argument("--contact-sheet", action="store_true", help="begin with the sheet of all images")
    group.add_argument("--read-only", action="store_true", help="look, and write nothing")
    group.add_argument(
        "--take-lock", action="store_true", help="take over the CSV from a session that is known to be gone"
    )
    group.add_argument(
        "--history",
        action="store_true",
        help="keep every decision (who, when, what before) in FILE.history.jsonl",
    )
    group.add_argument(
        "--cache-mb", metavar="MB", type=int, help="memory for images and pictures (default: 512)"
    )
    group.add_argument(
        "--budget",
        metavar="BYTES",
        help="bytes that a picture may take on its way to the terminal, such as 80kB; none for no bound "
        "(default: auto, what the measured link carries)",
    )
    group.add_argument(
        "--style", metavar="NAME|FILE.toml", help="draw as this style says (`d` shows and keeps styles)"
    )
    add_graphics_option(group)


def add_graphics_option(parser: argparse._ActionsContainer) -> None:
    """Add `--graphics`."""
    parser.add_argument(
        "--graphics",
        choices=("auto", "kitty", "kitty-direct", "sixel", "halfblock", "ascii"),
        default="auto",
        help="how pictures reach the terminal (default: auto; the variable TUIQC_GRAPHICS does the same)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Open what the arguments name."""
    check_queue_options(arguments)
    options = source_options(arguments)
    if arguments.save:
        _save(options, Path(arguments.save).expanduser())
        print(f"options kept in {arguments.save}", file=sys.stderr)
    return open_on_screen(options, arguments)


def _save(options: SourceOptions, path: Path) -> None:
    """Keep the options in a file that is none of those that they name."""
    from tuiqc.exporters.guard import Inputs, Output

    named = [options.kept_in] if options.kept_in is not None else []
    texts = [*options.sources, *(text for _, text in (*options.images, *options.labels, *options.tables))]
    places = [options.resolve(text) for text in texts]
    inputs = Inputs.of([*named, *(place for place in places if place.is_file())])
    with Output(path, inputs, (".toml",)).writing() as temporary:
        options.to_toml(path, temporary)


def open_on_screen(options: SourceOptions, arguments: argparse.Namespace) -> int:
    """Join the files, print the join report, ask the terminal what it can show, and run the program.

    Raises
    ------
    UsageError
        If standard input or output is no terminal, or there is no such object layer.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "open needs a terminal, and this is none. Without a screen: tuiqc summary SOURCE counts and joins, "
            "tuiqc render SOURCE --image KEY -o out.png draws an overlay"
        )
    from tuiqc.ui import garbage

    garbage.pause()
    from tuiqc.cli.options import join

    batch = join(options)
    if arguments.layer is not None and arguments.layer not in batch.layers:
        raise UsageError(
            f"no object layer {arguments.layer!r}; there are: {', '.join(batch.layers) or 'none'}"
        )
    from tuiqc.dataset.join_report import JoinReport

    for line in JoinReport(batch).lines():
        print(line)
    sys.stdout.flush()
    return run_session(batch, arguments)
