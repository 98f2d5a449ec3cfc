"""How good the batch is: status, categories, samples and queues, stale verdicts, other annotators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import command

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


@command(
    "status",
    keys="percent_sign",
    label="status",
    help="How good is the batch: counts by layer, group and reason, failure rate with its interval, plan",
    group="Quality",
    footer=19,
)
def status(context: ReviewContext) -> None:
    """How good is the batch."""
    context.legacy("status")


@command(
    "category",
    keys="K",
    label="category",
    help="Give a category in a column of your own (cell_type …), or name a new one",
    group="Quality",
)
def category(context: ReviewContext) -> None:
    """Give a category in a column of your own."""
    context.legacy("category")


@command(
    "number_keys",
    keys="number_sign",
    label="number keys",
    help="Number keys give categories, or reasons again",
    group="Quality",
)
def number_keys(context: ReviewContext) -> None:
    """Number keys give categories, or reasons again."""
    context.legacy("number_keys")


@command(
    "skip",
    keys="A",
    label="skip",
    help="Walking leaves out what is annotated; what is not; nothing",
    group="Quality",
)
def skip(context: ReviewContext) -> None:
    """Walking leaves out what is annotated; what is not; nothing."""
    context.legacy("skip")


@command(
    "queue",
    keys="Q",
    label="queue",
    help="Walk the random sample or queue, or leave it again",
    group="Quality",
)
def queue(context: ReviewContext) -> None:
    """Walk the random sample or queue, or leave it again."""
    context.legacy("queue")


@command(
    "stale",
    keys="exclamation_mark",
    label="stale",
    help="Verdicts that may belong to other objects since the masks changed: accept or decline",
    group="Quality",
)
def stale(context: ReviewContext) -> None:
    """Verdicts that may belong to other objects since the masks changed."""
    context.legacy("stale")


@command(
    "who",
    keys="at",
    label="who said what",
    help="Show what each annotator said of the current thing, and conflicts",
    group="Quality",
)
def who(context: ReviewContext) -> None:
    """Show what each annotator said of the current thing, and conflicts."""
    context.legacy("who")
