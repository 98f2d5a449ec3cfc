"""`tuiqc stats`: how far the review is and how good the batch is, without a screen."""

from __future__ import annotations

import argparse
import json

from tuiqc.cli.options import add_source_options, add_verdict_options, read_verdicts, source_options
from tuiqc.cli.streams import ending, tell
from tuiqc.errors import UsageError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `stats`."""
    parser = subparsers.add_parser("stats", help="say how far the review is and how good the batch is")
    add_source_options(parser, "stats")
    group = parser.add_argument_group("what to say")
    add_verdict_options(group)
    group.add_argument("--by", metavar="PLACEHOLDER", default="", help="also for each value, such as well")
    group.add_argument("--exact", action="store_true", help="Clopper-Pearson interval instead of Wilson's")
    group.add_argument(
        "--accept",
        metavar="RATE",
        type=float,
        help="say if the random sample shows a failure rate below this",
    )
    group.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the statistics."""
    if arguments.accept is not None and not 0 < arguments.accept < 1:
        raise UsageError(f"--accept {arguments.accept} is not a failure rate between 0 and 1, such as 0.02")
    from tuiqc.cli.options import join
    from tuiqc.cli.streams import Progress
    from tuiqc.exporters.totals import Population
    from tuiqc.exporters.verdict_statistics import statistics, statistics_lines
    from tuiqc.qc.location import unmatched

    batch = join(source_options(arguments))
    store = read_verdicts(arguments, batch, or_none=True)
    notice = unmatched(store.items(), batch, store.path)
    with Progress("counting objects") as progress:
        population = Population.read(batch, progress)
    found = statistics(
        batch,
        store,
        by=arguments.by,
        method="exact" if arguments.exact else "wilson",
        accept=arguments.accept,
        population=population,
    )
    if arguments.json:
        print(json.dumps({**found, "verdicts_match_nothing": notice or None}, indent=2))
    else:
        print("\n".join(statistics_lines(found)))
    tell(population.notes)
    return ending(population.lost, arguments)
