"""How good the batch is: status, categories, samples and queues, stale verdicts, other annotators."""

from __future__ import annotations

from tuiqc.ui.actions.action import Action

QUALITY: tuple[Action, ...] = (
    Action(
        "status",
        ("percent_sign",),
        "status",
        "How good is the batch: counts by layer, group and reason, failure rate with its interval, plan",
        "Quality",
        footer=19,
    ),
    Action(
        "category",
        ("K",),
        "category",
        "Give a category in a column of your own (cell_type …), or name a new one",
        "Quality",
    ),
    Action(
        "number_keys",
        ("number_sign",),
        "number keys",
        "Number keys give categories, or reasons again",
        "Quality",
    ),
    Action(
        "skip",
        ("A",),
        "skip",
        "Walking leaves out what is annotated; what is not; nothing",
        "Quality",
    ),
    Action("queue", ("Q",), "queue", "Walk the random sample or queue, or leave it again", "Quality"),
    Action(
        "stale",
        ("exclamation_mark",),
        "stale",
        "Verdicts that may belong to other objects since the masks changed: accept or decline",
        "Quality",
    ),
    Action(
        "who",
        ("at",),
        "who said what",
        "Show what each annotator said of the current thing, and conflicts",
        "Quality",
    ),
)
