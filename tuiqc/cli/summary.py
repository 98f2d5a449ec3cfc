"""`tuiqc summary`: what is there, how it joins and what was decided, without a screen."""

from __future__ import annotations

import argparse
import json
from typing import Any

from tuiqc.cli.options import add_annotations_option, add_source_options, asked_path, source_options
from tuiqc.cli.streams import DONE, FAILED


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `summary`."""
    parser = subparsers.add_parser("summary", help="count and join a batch without a screen")
    add_source_options(parser, "summary")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--masks",
        action="store_true",
        help="compare the tables with every mask (default: with a few), and count objects that have no table in more "
        "than 500 images",
    )
    add_annotations_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the summary."""
    from tuiqc.cli.options import join
    from tuiqc.cli.streams import Progress
    from tuiqc.exporters.summary import summarise, summary_lines

    batch = join(source_options(arguments))
    with Progress("counting objects") as progress:
        summary: dict[str, Any] = summarise(
            batch, asked_path(arguments), progress, adopt=arguments.adopt, masks=arguments.masks
        )
    if arguments.json:
        print(json.dumps(summary, indent=2, ensure_ascii=True))
    else:
        print("\n".join(summary_lines(batch, summary)))
    # It says what is there, and what can't be read belongs to that: so only --strict makes it a failure.
    return FAILED if summary["missing"] and arguments.strict else DONE
