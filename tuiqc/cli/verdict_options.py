"""The options that say whose verdicts are meant, the same for every subcommand that only reads them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.cli.exit_status import tell
from tuiqc.errors import UsageError

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.qc.record import Annotation, Subject


def add_verdict_options(group: argparse._ArgumentGroup) -> None:
    """Add the arguments that `read_verdicts` reads."""
    add_annotations_option(group)
    group.add_argument("--annotator", metavar="NAME", default="", help="only this annotator's verdicts")


def add_annotations_option(group: argparse._ArgumentGroup | argparse.ArgumentParser) -> None:
    """Add `--annotations`, which `asked_path` reads."""
    group.add_argument(
        "--annotations", metavar="FILE", help="CSV with the verdicts (default: the one beside the data)"
    )
    add_adopt_option(group)


def add_adopt_option(group: argparse._ActionsContainer) -> None:
    """Add `--adopt`."""
    group.add_argument(
        "--adopt", action="store_true", help="take the --annotations FILE though it is about another batch"
    )


def asked_path(arguments: argparse.Namespace) -> Path | None:
    """The annotation CSV that was named."""
    return Path(arguments.annotations) if arguments.annotations else None


def read_verdicts(
    arguments: argparse.Namespace, batch: Batch, categories: Sequence[str] = (), *, or_none: bool = False
) -> AnnotationStore:
    """Open the verdicts about a batch for reading; with `or_none` there need not be any.

    Raises
    ------
    UsageError
        If none are named and there are none beside the data, or all are of other annotators than the one asked for.
    InputError
        If they can't be read.
    """
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.qc.location import DEFAULT_NAME, existing_annotations, unmatched
    from tuiqc.review.stray_verdicts import of_unknown_images

    path = existing_annotations(asked_path(arguments), batch, adopt=getattr(arguments, "adopt", False))
    if path is None and or_none:
        path = batch.root / DEFAULT_NAME
    if path is None:
        raise UsageError(f"no annotations beside {batch.root}: name them with --annotations")
    store = AnnotationStore.open(
        path,
        arguments.annotator,
        batch.placeholders,
        read_only=True,
        categories=list(categories),
        blind=bool(arguments.annotator),
    )
    names = sorted(store.by_annotator(), key=str.casefold)
    if arguments.annotator and names and arguments.annotator not in names:
        raise UsageError(
            f"nothing by --annotator {arguments.annotator} in {path}; there is: {', '.join(names)}"
        )
    notice = unmatched(store.items(), batch, path)
    tell([notice] if notice else of_unknown_images(batch, store.items()))
    return store


def read_items(
    arguments: argparse.Namespace, batch: Batch
) -> tuple[list[tuple[Subject, Annotation]], Path | None]:
    """Everything that was decided about a batch by whomever, and the CSV that it is in; None where there is none.

    Verdicts about images that the batch has not are told.

    Raises
    ------
    InputError
        If it can't be read, the file that was named is not there, or is about another batch.
    """
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.qc.location import existing_annotations, unmatched
    from tuiqc.review.stray_verdicts import of_unknown_images

    path = existing_annotations(asked_path(arguments), batch, adopt=getattr(arguments, "adopt", False))
    if path is None:
        return [], None
    items = list(AnnotationStore.open(path, "", batch.placeholders, read_only=True).items())
    notice = unmatched(items, batch, path)
    tell([notice] if notice else of_unknown_images(batch, items))
    return items, path
