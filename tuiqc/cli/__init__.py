"""What did the person ask for? One module per subcommand: it parses, calls and prints.

Nothing heavy is imported here, so that `tuiqc --help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from tuiqc import __version__
from tuiqc.errors import TuiqcError
from tuiqc.text import printable

SUBCOMMANDS = (
    "open",
    "summary",
    "stats",
    "render",
    "plot",
    "report",
    "sheet",
    "table",
    "export",
    "rank",
    "compare",
    "merge",
    "demo",
    "doctor",
)
"""Modules of this package that have `add_parser(subparsers)` and `run(arguments)`."""

INTERRUPTED = 130
"""Exit status after ctrl+c, as shells have it (128 + SIGINT)."""


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="tuiqc",
        description="Visual quality control of microscopy segmentations, in the terminal.",
        epilog="Without a subcommand: choose one of the batches that were opened last.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"tuiqc {__version__}")
    subparsers = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND")
    for name in SUBCOMMANDS:
        import_module(f"tuiqc.cli.{name}").add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit status (0, 2 for usage and input errors, 130 when interrupted)."""
    # Nothing here multiplies large matrices; a thread for each core of a cluster's node only takes time and memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    arguments = build_parser().parse_args(argv)
    arguments.command_line = ["tuiqc", *(sys.argv[1:] if argv is None else argv)]
    try:
        if arguments.subcommand is None:
            from tuiqc.cli.recent import run

            return run()
        status: int = arguments.run(arguments)
        sys.stdout.flush()
        return status
    except TuiqcError as error:
        print(f"tuiqc: {printable(str(error))}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("\ntuiqc: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe (`| head`) has gone; what Python would flush at exit has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
