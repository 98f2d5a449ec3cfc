"""Where to look first: the order that puts what looks wrong in front, why, and what it has learned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.ui.jobs import LONG, Cancelled
from tuiqc.ui.keys import GALLERY, LEARNED, command
from tuiqc.ui.views import open_view

if TYPE_CHECKING:
    from tuiqc.triage.object_ranking import Ranking
    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.panels.text_panels import LearnedPanel
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
        context.work.ranking.take_order()
        if context.views.view is None and not context.views.panes.on_picture:
            context.views.panes.focus(context.tables.objects)


@command("worst_first", place=GALLERY)
def worst_by_kind(view: TileView[ObjectTiles]) -> None:
    """The same in the gallery, where the objects are grouped by what is suspected of them."""
    context = view.context
    if context.session.queue.active is not None:
        worst_first(context)
        return
    view.source.group_by = context.work.ranking.take_order(grouped=True)


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
    context.work.evidence.toggle()


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
    from tuiqc.triage.learning_summary import curve_lines
    from tuiqc.ui.panels.text_panels import LearnedPanel

    ranking = context.session.ranking
    lines = []
    if ranking.newest is not None:
        lines.append(ranking.newest.summary_line())
    if ranking.learning is not None:
        lines += ranking.learning.lines()
        if curve := curve_lines(ranking.learning.curve):
            lines += ["judged worst first, and how many of them failed:", *curve]
    lines.append(
        "Suspicion is a rank in the batch, no probability: only objects drawn at random say how good it is."
    )
    from tuiqc.triage.saved_model import shared_words

    lessons = ranking.lessons.of(context.session.cursor.layer)
    if lessons.verdicts or lessons.models:
        count, models = len(lessons.verdicts), len(lessons.models)
        lines.append(f"--learn-from: {count:,} verdicts of others, {models} model{'s' * (models != 1)}")
        if ranking.newest is not None:
            lines += shared_words(lessons.models, ranking.newest.population.names)
    panel = LearnedPanel([line for line in lines if line])
    context.push(panel, lambda keep: _ask_for_model(context) if keep else None)


def _ask_for_model(context: ReviewContext) -> None:
    """Ask where the model is written to."""
    from tuiqc.ui.screens.dialogs import WordDialog

    newest = context.session.ranking.newest
    if newest is None or not newest.learned:
        context.say("no object of the layer has a verdict that was learned from: there is nothing to keep")
        return
    beside = context.session.store.path
    name = f"{beside.stem}_{newest.layer}_model.json"
    dialog = WordDialog("Keep what was learned as a model in", str(beside.with_name(name)))
    context.push(dialog, lambda typed: None if typed is None else _keep_model(context, Path(typed), newest))


def _keep_model(context: ReviewContext, path: Path, ranking: Ranking) -> None:
    """Write the model, in a thread; it never takes the place of an input or of a file with verdicts."""
    from tuiqc.exporters.guard import Inputs, Output
    from tuiqc.triage.saved_model import SUFFIX, holds_model, model_of, model_text

    session = context.session
    models = session.ranking.lessons.of(ranking.layer).models

    def work(cancelled: Cancelled) -> Path:
        inputs = Inputs.of_batch(session.batch, [session.store.path])
        output = Output(path.expanduser(), inputs, (SUFFIX,), ours=holds_model).checked()
        with output.writing() as temporary:
            temporary.write_text(model_text(model_of(ranking.ranker, models)), encoding="utf-8")
        return output.path

    context.jobs.latest(
        "model",
        LONG,
        work,
        lambda written: context.say(
            f"kept in {written}: the next batch begins with --learn-from {written.name}"
        ),
        lambda error: context.say(str(error)),
    )


@command(
    "learned_keep",
    keys="s",
    label="save as a model",
    help="Keep what was learned from verdicts as a model for later batches",
    group="Panels",
    footer=1,
    place=LEARNED,
)
def learned_keep(panel: LearnedPanel) -> None:
    """Keep what was learned as a model."""
    panel.dismiss(True)
