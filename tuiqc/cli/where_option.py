"""A filter on the command line that can't be understood is shown with the place."""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable

Run = Callable[[argparse.Namespace], int]


def showing_the_place(run: Run) -> Run:
    """Make a subcommand tell a `FilterError` of `--where` in three lines, with carets."""

    @functools.wraps(run)
    def told(arguments: argparse.Namespace) -> int:
        from tuiqc.tables.filters import FilterError

        try:
            return run(arguments)
        except FilterError as error:
            print(f"tuiqc: --where: {error.message}\n{error.caret() if error.text else ''}", file=sys.stderr)
            return error.exit_status

    return told
