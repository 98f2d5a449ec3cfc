"""`tuiqc` alone: offer the batches that were opened last."""

from __future__ import annotations

import argparse
import sys

from tuiqc.errors import UsageError


def run() -> int:
    """List the recent batches and open the one that is chosen."""
    from tuiqc.dataset.open.recent import recent_batches
    from tuiqc.text import printable

    batches = recent_batches()
    if not batches:
        print("tuiqc: no batch was opened yet. Try one of:\n")
        print("  tuiqc demo                 the demo batch; tuiqc demo --tour teaches ten keys on it")
        print("  tuiqc open FOLDER          images, masks and tables in one folder")
        print("  tuiqc open TABLE           an objects table that names its images")
        print("  tuiqc --help               everything else")
        _list_kept()
        return 0
    print("Batches opened last:\n")
    for number, batch in enumerate(batches, 1):
        print(
            f"  {number:2}  {printable(batch.name):<32}  {batch.opened:%Y-%m-%d %H:%M}  {printable(batch.where)}"
        )
    _list_kept()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return 0
    try:
        answer = input("\nOpen which? [1, enter; q: none] ").strip().lower()
    except EOFError:  # ctrl+d: none
        print()
        return 0
    if answer in ("q", "n"):
        return 0
    if answer and not (answer.isdecimal() and 1 <= int(answer) <= len(batches)):
        raise UsageError(f"{printable(answer)!r} is not a number from 1 to {len(batches)}")
    from tuiqc.cli.open import add_session_options, open_on_screen

    chosen = batches[int(answer or 1) - 1]
    parser = argparse.ArgumentParser()
    add_session_options(parser)
    arguments = parser.parse_args([])
    return open_on_screen(chosen.options(), arguments)


def _list_kept() -> None:
    """Say where the verdicts on batches are whose own folder could not be written."""
    from tuiqc.dataset.batch_facts import kept_batches
    from tuiqc.text import printable

    kept = [(csv, facts) for csv, facts in kept_batches() if csv.is_file()]
    if kept:
        print("\nVerdicts kept here, since the folder of the batch could not be written:\n")
    for csv, facts in kept:
        print(f"  {printable(facts.named)}\n      {printable(str(csv))}")
