"""Suspicion and evidence as columns of the objects that a subcommand writes or draws."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tuiqc.text import printable

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch
    from tuiqc.qc.record import Annotation, Subject
    from tuiqc.review.object_rows import ObjectRows


def add_evidence_option(group: argparse._ArgumentGroup) -> None:
    """Add `--evidence`."""
    group.add_argument(
        "--evidence",
        action="store_true",
        help="also columns of suspicion, suspect, why and all evidence, measured as `rank` does",
    )


def add_evidence(batch: Batch, objects: ObjectRows, items: Iterable[tuple[Subject, Annotation]]) -> list[str]:
    """Rank the objects and put columns of suspicion and evidence behind their own; returns what could not be read.

    Raises
    ------
    UsageError
        The layer has no masks.
    """
    from tuiqc.cli.streams import Progress
    from tuiqc.review.headless import rank_objects

    with Progress("measuring objects") as progress:
        ranking = rank_objects(batch, objects, items, progress)
    print(printable(ranking.summary_line()), file=sys.stderr)
    return [f"{path}: {text}" for path, text in ranking.problems.items()]


def keep_worst(objects: ObjectRows, count: int) -> None:
    """Show only the objects that are most suspected, those of a kind together, the worst of each first."""
    import numpy as np

    suspicion = objects.view.column("suspicion").astype(np.float64)
    shown = objects.view.order
    worst = shown[np.argsort(-np.nan_to_num(suspicion[shown], nan=-1), kind="stable")][:count]
    mask = np.zeros(objects.total, bool)
    mask[worst] = True
    objects.view.filter(mask)
    objects.view.sort_by_keys([("suspect", False), ("suspicion", True)])
