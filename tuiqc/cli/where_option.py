"""Which rows: options of the subcommands that filter and sort, and a filter that is wrong told with its place."""

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
        from tuiqc.tables.filters.errors import FilterError

        try:
            return run(arguments)
        except FilterError as error:
            print(f"tuiqc: --where: {error.message}\n{error.caret() if error.text else ''}", file=sys.stderr)
            return error.exit_status

    return told


def add_rows_options(group: argparse._ArgumentGroup, of: str, *, sorted_rows: bool = True) -> None:
    """Add `--of` (by default `of`), `--layer`, `--where` and, for what has an order, `--sort`, `--descending` and
    `--limit`.
    """
    group.add_argument("--of", choices=("objects", "images"), default=of, help=f"default: {of}")
    group.add_argument("--layer", metavar="NAME", help="object layer (default: the first)")
    group.add_argument(
        "--where",
        metavar="EXPR",
        action="append",
        default=[],
        help="only what this filter is true for, such as 'AreaShape_Area > 100 and verdict is missing' "
        "(repeatable: all must be true)",
    )
    if sorted_rows:
        group.add_argument(
            "--sort", metavar="COL[,COL2]", help="sort by these columns; missing values come last"
        )
        group.add_argument("--descending", action="store_true", help="the largest first")
        group.add_argument("--limit", metavar="N", type=int, help="no more than N")
