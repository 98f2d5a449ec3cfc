"""`tuiqc` alone: the batches that were opened last, one of which is opened; in a pipe they are printed."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuiqc.review.batch_progress import BatchProgress


def run() -> int:
    """Show the recent batches and open the one that is chosen."""
    from tuiqc.dataset.open.recent import recent_batches
    from tuiqc.review.batch_progress import progress_of

    batches = [progress_of(one) for one in recent_batches()]
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _print(batches)
        return 0
    from tuiqc.cli.open import add_session_options, open_on_screen
    from tuiqc.config import load_config
    from tuiqc.ui.start_page import StartPage

    chosen = StartPage(batches, load_config().theme).run()
    if chosen is None:
        return 0
    parser = argparse.ArgumentParser()
    add_session_options(parser)
    arguments = parser.parse_args([])
    progress = batches[chosen]
    if progress.annotations is not None:
        arguments.annotations = str(progress.annotations)
    return open_on_screen(progress.batch.options(), arguments)


def _print(batches: list[BatchProgress]) -> None:
    from tuiqc.ui.start_page import HOW_TO_BEGIN

    if batches:
        print("Batches opened last:\n")
    else:
        print("tuiqc: no batch was opened yet. Try one of:\n")
        for command, about in HOW_TO_BEGIN:
            print(f"  {command:<20} {about}")
    for number, one in enumerate(batches, 1):
        first, *others = one.lines()
        print(f"  {number:2}  {first}")
        for line in others:
            print(f"      {line}")
    _list_kept()


def _list_kept() -> None:
    """Say where the verdicts on batches are whose own folder could not be written."""
    from tuiqc.dataset.batch_facts import kept_batches
    from tuiqc.text import printable

    kept = [(csv, facts) for csv, facts in kept_batches() if csv.is_file()]
    if kept:
        print("\nVerdicts kept here, since the folder of the batch could not be written:\n")
    for csv, facts in kept:
        print(f"  {printable(facts.named)}\n      {printable(str(csv))}")
