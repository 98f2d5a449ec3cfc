"""The options that say in which order things are walked: a random sample, disagreements, a second review."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.cli.options import seed
from tuiqc.errors import UsageError

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.review.queue import Queue


def add_queue_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that `make_queue` reads."""
    group = parser.add_argument_group("what to walk")
    group.add_argument(
        "--sample",
        type=int,
        metavar="N",
        help="a random sample of N things, kept beside the CSV: what the batch is judged by (again: go on with it)",
    )
    group.add_argument(
        "--of", metavar="LAYER", help="sample this object layer, or images (default: the layer that is open)"
    )
    group.add_argument(
        "--stratify",
        metavar="PLACEHOLDER",
        help="each value, such as each well, gives its share of the sample",
    )
    group.add_argument("--seed", type=seed, metavar="N", help="what the order is made of (default: 1)")
    group.add_argument(
        "--repeat",
        type=share,
        metavar="SHARE",
        help="share of the sample that is silently shown twice, such as 5%%",
    )
    group.add_argument(
        "--accept",
        type=share,
        metavar="RATE",
        help="say when the sample shows a failure rate below this (0.02)",
    )
    group.add_argument(
        "--new-sample", action="store_true", help="draw another sample; the old one is kept aside"
    )
    group.add_argument(
        "--adjudicate",
        metavar="FILE.csv",
        help="decide what annotators disagree on: a file of tuiqc compare -o; verdicts go into it",
    )
    group.add_argument(
        "--blind",
        action="store_true",
        help="what others said is hidden, what they judged is walked in a random order of your own; what the program "
        "suspects is shown after the verdict",
    )
    group.add_argument(
        "--queue", metavar="FILE.csv", help="walk the things of this annotation file, in its order"
    )


def share(text: str) -> float:
    """Read "5%", "0.05" or "5 %" as 0.05."""
    number = float(text.strip().removesuffix("%"))
    value = number / 100 if text.strip().endswith("%") else number
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is no share between 0 and 1, such as 0.02 or 2%")
    return value


def check_queue_options(arguments: argparse.Namespace) -> None:
    """See that the options go together.

    Raises
    ------
    UsageError
        If they do not.
    """
    wanted = [name for name in ("sample", "adjudicate", "queue") if getattr(arguments, name) is not None]
    if len(wanted) > 1:
        raise UsageError(f"--{wanted[0]} and --{wanted[1]} are two orders at once: choose one")
    if arguments.sample is not None and arguments.sample < 1:
        raise UsageError(f"--sample {arguments.sample} is not a number of things to look at")
    if arguments.adjudicate and arguments.annotations:
        raise UsageError("with --adjudicate FILE the verdicts go into that file: leave --annotations out")
    if arguments.adjudicate and arguments.blind:
        raise UsageError("--adjudicate shows what others said, --blind hides it: choose one")
    if arguments.sample is None:
        for name in ("of", "stratify", "seed", "repeat", "new_sample"):
            if getattr(arguments, name):
                raise UsageError(f"--{name.replace('_', '-')} needs --sample N")


def make_queue(
    arguments: argparse.Namespace, batch: Batch, store: AnnotationStore
) -> tuple[Queue | None, bool]:
    """Return the queue that is asked for, or the sample that is kept here, and whether to walk it at once.

    Raises
    ------
    UsageError, InputError
        If it can't be made.
    """
    from tuiqc.review import queue_sources

    if "sample" not in arguments:  # a subcommand that opens what it has made
        return queue_sources.kept_sample(store.path), False
    accept = arguments.accept or 0.0
    if arguments.adjudicate:
        return queue_sources.adjudication_queue(Path(arguments.adjudicate), arguments.layer), True
    if arguments.sample is not None:
        return _sample(arguments, batch, store, accept), True
    if arguments.queue is not None:
        queue = queue_sources.listed_queue(Path(arguments.queue), arguments.layer)
        if not arguments.blind:
            return queue, True
        return queue_sources.second_queue(store.annotator, queue.subjects), True
    if arguments.blind:
        others = queue_sources.judged_by_others(store.by_annotator(), store.annotator)
        if others:
            return queue_sources.second_queue(store.annotator, others, arguments.layer, store.path), True
    return queue_sources.kept_sample(store.path, accept), False


def _sample(arguments: argparse.Namespace, batch: Batch, store: AnnotationStore, accept: float) -> Queue:
    from tuiqc.cli.streams import Progress
    from tuiqc.qc.sample import load_sample
    from tuiqc.review.queue_sources import SampleSpec, sample_queue

    default = arguments.layer if arguments.layer is not None else (batch.layers or [""])[0]
    layer = arguments.of if arguments.of is not None else default
    layer = "" if layer in ("images", "image") else layer
    if layer and layer not in batch.layers:
        raise UsageError(f"no object layer {layer!r} to sample; there are: images, {', '.join(batch.layers)}")
    if store.read_only and load_sample(store.path) is None:
        raise UsageError("a random sample is kept beside the annotations: it can't be drawn with --read-only")
    wish = SampleSpec(
        arguments.sample, layer, arguments.stratify, arguments.seed, arguments.repeat, arguments.new_sample
    )
    with Progress("drawing the sample") as progress:
        return sample_queue(batch, store.path, wish, progress, accept)
