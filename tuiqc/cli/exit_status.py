"""How a subcommand ends: all of it done, a part, or nothing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from tuiqc.text import escaped, printable

DONE, GATE, FAILED, PARTIAL, UNFORESEEN, INTERRUPTED = 0, 1, 2, 3, 70, 130
"""Everything was done; a gate of `check` failed (and nothing else ever); nothing useful was done; a part was; a fault
of the program (EX_SOFTWARE); ctrl+c (128 + SIGINT)."""


def add_strict_option(parser: argparse.ArgumentParser) -> None:
    """Add `--strict`, which `ending` reads."""
    parser.add_argument(
        "--strict",
        action="store_true",
        help=f"exit status {FAILED}, not {PARTIAL}, where a part of the input could not be read or written",
    )


def tell(lines: Iterable[str]) -> None:
    """Say something on standard error, each line safe for a terminal."""
    for line in lines:
        print(f"tuiqc: {printable(escaped(line))}", file=sys.stderr)


def ending(missing: Iterable[str], arguments: argparse.Namespace) -> int:
    """Say what is missing; returns the exit status."""
    lines = list(missing)
    tell(lines)
    if not lines:
        return DONE
    return FAILED if getattr(arguments, "strict", False) else PARTIAL
