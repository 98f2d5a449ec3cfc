"""Where to look first: the order that puts what looks wrong in front, why, and what it has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import GALLERY, command
from tuiqc.ui.views import open_view

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.views.object_tiles import ObjectTiles
    from tuiqc.ui.views.tile_view import TileView


@command(
    "worst_first",
    keys="R",
    label="worst first",
    help="Order objects and images so that the likely errors come first; again: the newest order",
    group="Worst first",
    footer=6,
)
def worst_first(context: ReviewContext) -> None:
    """Order objects and images so that the likely errors come first."""
    queue = context.session.queue.active
    if queue is not None:
        context.say(f"the {queue.kind} has an order of its own: Q leaves it")
    else:
        context.ranking.take_order()
        if context.view is None and not context.panes.on_picture:
            context.panes.focus(context.tables.objects)


@command("worst_first", place=GALLERY)
def worst_by_kind(view: TileView[ObjectTiles]) -> None:
    """The same in the gallery, where the objects are grouped by what is suspected of them."""
    context = view.context
    if context.session.queue.active is not None:
        worst_first(context)
        return
    view.source.group_by = context.ranking.take_order(grouped=True)


@command(
    "mark_evidence",
    keys="B",
    label="where",
    help="Mark the place of the evidence in the picture: the dents, the shared border, the stretch of the outline",
    group="Worst first",
    footer=21,
)
def mark_evidence(context: ReviewContext) -> None:
    """Mark the place of the evidence in the picture."""
    context.evidence.toggle()


@command(
    "missed",
    keys="U",
    label="missed",
    help="Places where an object may have been missed: a table of them, with the picture",
    group="Worst first",
)
async def missed(context: ReviewContext) -> None:
    """Places where an object may have been missed."""
    await open_view(context, "missed")


@command(
    "learned",
    keys="N",
    label="learned",
    help="What the order has learned from the verdicts, how often it was right, and how many failures may be left",
    group="Worst first",
)
def learned(context: ReviewContext) -> None:
    """What the order has learned from the verdicts."""
    ranking = context.session.ranking
    lines = []
    if ranking.newest is not None:
        lines.append(ranking.newest.summary_line())
    if ranking.learning is not None:
        lines += ranking.learning.lines()
    lines.append(
        "Suspicion is a rank in the batch, no probability: only objects drawn at random say how good it is."
    )
    context.read("Worst first", [line for line in lines if line])
