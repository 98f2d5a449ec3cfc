"""What did the person ask for? One module per subcommand: it parses, calls and prints.

Nothing heavy is imported here, so that `tuiqc --help` answers at once.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc import __version__
from tuiqc.cli.completion import COMPLETE, SHELLS, candidates
from tuiqc.cli.streams import DONE, FAILED, INTERRUPTED, UNFORESEEN, drop_output, open_standard_streams
from tuiqc.errors import TuiqcError
from tuiqc.text import escaped, printable

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

SUBCOMMANDS = (
    "open",
    "look",
    "summary",
    "stats",
    "render",
    "plot",
    "report",
    "sheet",
    "table",
    "export",
    "measure",
    "rank",
    "check",
    "compare",
    "compare-layers",
    "merge",
    "pipeline",
    "demo",
    "doctor",
    "config",
    "help",
)
"""Modules of this package (`-` is `_` there) that have `add_parser(subparsers)` and `run(arguments)`."""


class _Parser(argparse.ArgumentParser):
    """A parser that tells where its help can't be written: argparse itself says nothing."""

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Write the help to a file, or to standard output."""
        (file or sys.stdout).write(self.format_help())


def build_parser(subcommands: Sequence[str] = SUBCOMMANDS) -> argparse.ArgumentParser:
    """The parser of the whole command line, or of only these subcommands: each one costs the time of its options."""
    parser = _Parser(
        prog="tuiqc",
        description="Visual quality control of microscopy segmentations, in the terminal.",
        epilog="Without a subcommand: choose one of the batches that were opened last.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version",
        action="store_true",
        help="show the version and exit (on standard error those of the libraries)",
    )
    parser.add_argument(
        "--print-completion",
        metavar="SHELL",
        choices=SHELLS,
        help="print what the shell completes with the tab key: " + ", ".join(SHELLS),
    )
    parser.add_argument(
        "--print-man", action="store_true", help="print the manual page (tuiqc --print-man | man -l -)"
    )
    subparsers = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND")
    for name in subcommands:
        import_module(f"tuiqc.cli.{name.replace('-', '_')}").add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit status (see `tuiqc.cli.streams`)."""
    # Nothing here multiplies large matrices; a thread for each core of a cluster's node only takes time and memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    open_standard_streams()
    if argv is None and not sys.warnoptions:
        _quieten_libraries()
    try:
        status = _run(sys.argv[1:] if argv is None else list(argv))
        sys.stdout.flush()
        return status
    except TuiqcError as error:
        print(f"tuiqc: {printable(escaped(str(error)))}", file=sys.stderr)
        status = error.exit_status
    except KeyboardInterrupt:
        print("\ntuiqc: interrupted", file=sys.stderr)
        status = INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe (`| head`) has gone, which is the reader's right.
        status = DONE
        drop_output()
    except Exception as error:
        status = _unforeseen(error)
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        drop_output()
    return status


def _quieten_libraries() -> None:
    """Show no warnings of libraries and nothing that they log: both would stand in the middle of the screen.

    What is wrong with a file is said by our errors; `python -W default -m tuiqc` shows the rest.
    """
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())


def _run(argv: list[str]) -> int:
    if argv[:1] == [COMPLETE]:
        print("\n".join(candidates(argv[1:], build_parser)))
        return DONE
    if argv and argv[0] not in SUBCOMMANDS and _is_something_to_open(argv[0]):
        argv = ["open", *argv]
    try:
        asked = argv[:1] if argv and argv[0] in SUBCOMMANDS else SUBCOMMANDS
        parser = build_parser(asked)
        arguments = parser.parse_args(argv)
    except SystemExit as ended:  # --help, --version, a mistake
        return int(ended.code or 0)
    if arguments.version or arguments.print_man or arguments.print_completion:
        _print_about(arguments, parser)
        return DONE
    arguments.command_line = ["tuiqc", *argv]
    _write_names_as_text(arguments)
    if arguments.subcommand is None:
        from tuiqc.cli.recent import run

        return run()
    status: int = arguments.run(arguments)
    return status


def _write_names_as_text(arguments: argparse.Namespace) -> None:
    """Layers and channels are asked for as they are called: their names are text, whatever the files' names are."""
    for option in ("layer", "layers", "against", "channel", "channels"):
        given = getattr(arguments, option, None)
        if isinstance(given, str):
            setattr(arguments, option, escaped(given))
        elif isinstance(given, list):
            setattr(arguments, option, [escaped(name) for name in given])


def _print_about(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Print the version, the manual page or the completion of a shell."""
    if arguments.print_completion:
        from tuiqc.cli.completion import completion

        print(completion(parser, arguments.print_completion), end="")
    elif arguments.print_man:
        from tuiqc.cli.man_page import man_page

        print(man_page(parser), end="")
    else:
        from tuiqc.cli.versions import version_lines

        print(f"tuiqc {__version__}", flush=True)  # alone there: pipelines cut it
        print("\n".join(version_lines()), file=sys.stderr)


def _is_something_to_open(text: str) -> bool:
    """Whether `tuiqc results/` is meant: the name of a subcommand is one, whatever else is called so."""
    return not text.startswith("-") and Path(text).expanduser().exists()


def _unforeseen(error: Exception) -> int:
    """One line for what nobody foresaw; the rest goes into a file, or on the screen where TUIQC_DEBUG is set."""
    if (
        isinstance(error, OSError)
        and error.errno in (errno.ENOSPC, errno.EBADF, errno.EIO)
        and not error.filename
    ):
        drop_output()
        print(f"tuiqc: standard output can't be written ({error.strerror})", file=sys.stderr)
        return FAILED
    if os.environ.get("TUIQC_DEBUG"):
        raise error
    from tuiqc.cli.streams import keep_traceback

    said = " ".join(str(error).split())[:300]
    kept = keep_traceback(error)
    where = f"; the details are in {kept}" if kept else "; TUIQC_DEBUG=1 shows the details"
    print(
        f"tuiqc: a fault of the program: {type(error).__name__}: {printable(escaped(said))}{where}",
        file=sys.stderr,
    )
    return UNFORESEEN
