"""`tuiqc export`: hand the verdicts over to the next tool."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tuiqc.cli.options import add_source_options, add_verdict_options, read_verdicts, source_options
from tuiqc.cli.streams import ending, tell
from tuiqc.errors import UsageError
from tuiqc.exporters.registry import EXPORTERS, FILTERED, dropped, exporter

_DROPPABLE = ("pass", "fail", "unsure", "unreviewed")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `export`."""
    parser = subparsers.add_parser("export", help="write what the next tool needs, without what failed")
    add_source_options(parser, "export", "--what keep-list -o keep.txt")
    group = parser.add_argument_group("what to write")
    group.add_argument(
        "--what",
        choices=tuple(EXPORTERS),
        required=True,
        help="; ".join(f"{name}: {what}" for name, (_, what) in EXPORTERS.items()),
    )
    add_verdict_options(group)
    group.add_argument(
        "--layer", metavar="NAME", action="append", default=[], help="object layer (repeatable)"
    )
    group.add_argument(
        "--drop",
        metavar="VERDICTS",
        help="what to leave out, comma-separated: fail, unsure, unreviewed, pass; none for nothing (default: fail; "
        "of qupath, coco and crops nothing; of fiji and napari what passed and what nobody looked at)",
    )
    group.add_argument(
        "--where",
        metavar="EXPR",
        action="append",
        default=[],
        help="only objects for which this holds, such as 'AreaShape_Area > 3000' (repeatable; exporters of outlines, "
        "crops and training sets, napari)",
    )
    group.add_argument(
        "--channel",
        metavar="NAME",
        action="append",
        default=[],
        help="channel to write (repeatable; training sets: the first, crops: all)",
    )
    group.add_argument(
        "--map",
        metavar="HERE=THERE",
        action="append",
        default=[],
        help="beginning of paths on the other computer, such as /data=Z:/data (repeatable; "
        "mobie-collection, napari, coco)",
    )
    group.add_argument(
        "--margin", metavar="PIXELS", type=int, default=8, help="around each object of crops (default: 8)"
    )
    group.add_argument(
        "--whole", action="store_true", help="training sets: leave out images of which an object is left out"
    )
    group.add_argument(
        "--reviewed-only", action="store_true", help="leave out what nobody looked at (--drop …,unreviewed)"
    )
    group.add_argument(
        "--raw",
        action="store_true",
        help="text that a spreadsheet would run as a formula as it is, without apostrophe",
    )
    group.add_argument(
        "--categories", metavar="COLUMNS", default="", help="own category columns, comma-separated"
    )
    group.add_argument("--properties", metavar="FILE", default="", help="properties file to name (cpa)")
    group.add_argument("-o", "--output", metavar="PATH", help="file or folder to write")
    group.add_argument(
        "--print",
        action="store_true",
        help="napari: print a command that opens the image of --image (and the object of --object) instead",
    )
    group.add_argument("--image", metavar="KEY", help="image for --print (default: the first)")
    group.add_argument("--object", metavar="LAYER:LABEL", help="object for --print")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Export, and say what was written."""
    drop = _drop(arguments)
    if arguments.where and arguments.what not in FILTERED:
        raise UsageError(
            f"--where is for --what {', '.join(sorted(FILTERED))}; tuiqc table --where writes tables"
        )
    paths = tuple(map(_path_pair, arguments.map))
    if arguments.margin < 0:
        raise UsageError(f"--margin {arguments.margin} is less than 0")
    from tuiqc.cli.options import join
    from tuiqc.cli.streams import Progress
    from tuiqc.exporters.guard import is_standard_output
    from tuiqc.exporters.request import Request
    from tuiqc.text import escaped, printable

    if arguments.print:
        return _print_line(arguments)
    if not arguments.output:
        raise UsageError("-o says which file or folder to write")
    batch = join(source_options(arguments))
    store = read_verdicts(arguments, batch, _split(arguments.categories))
    with Progress("exporting") as progress:
        request = Request(
            batch,
            store,
            Path(arguments.output).expanduser(),
            tuple(arguments.layer),
            drop,
            arguments.properties,
            progress,
            arguments.raw,
            tuple(arguments.where),
            tuple(arguments.channel),
            paths,
            arguments.margin,
            arguments.whole,
        )
        written = exporter(arguments.what)(request)
    tell(written.notes)
    # What goes to standard output must not be mixed with sentences about it.
    stream = sys.stderr if is_standard_output(request.output) else sys.stdout
    print("\n".join(printable(escaped(line)) for line in written.lines), file=stream)
    return ending(written.missing, arguments)


def _print_line(arguments: argparse.Namespace) -> int:
    """Print the command that opens one image in napari."""
    from tuiqc.cli.options import join

    if arguments.what != "napari":
        raise UsageError("--print is for --what napari")
    layer, _, label = (arguments.object or "").rpartition(":")
    if arguments.object and not label.isdigit():
        raise UsageError(f"--object {arguments.object!r}: expected LAYER:LABEL, such as nuclei:7")
    from tuiqc.exporters.napari import line_for

    print(line_for(join(source_options(arguments)), arguments.image, layer, int(label or 0)))
    return 0


def _drop(arguments: argparse.Namespace) -> frozenset[str]:
    """The verdicts whose things are left out."""
    said = arguments.drop
    drop = dropped(arguments.what) if said is None else frozenset(_split(said)) - {"none"}
    if unknown := drop - set(_DROPPABLE):
        raise UsageError(f"--drop {sorted(unknown)[0]!r} is none of {', '.join(_DROPPABLE)}, none")
    return drop | ({"unreviewed"} if arguments.reviewed_only else frozenset())


def _path_pair(text: str) -> tuple[str, str]:
    here, equals, there = text.partition("=")
    if not equals or not here or not there:
        raise UsageError(f"--map {text!r}: expected HERE=THERE, such as /data=Z:/data")
    return here, there


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
