"""How good the batch is: status, categories, samples and queues, stale verdicts, other annotators."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuiqc.qc.annotations import AnnotationWriteError
from tuiqc.qc.categories import CategoryColumn
from tuiqc.qc.csvfile import COLUMNS
from tuiqc.review.changes import Changes
from tuiqc.ui.jobs import LONG, Cancelled
from tuiqc.ui.keys import GROUPED, STALE, STATUS, command
from tuiqc.ui.review_steps import categorise, current_name, say_nothing_chosen, unseen
from tuiqc.ui.screens.dialogs import TextScreen

if TYPE_CHECKING:
    from tuiqc.exporters.totals import Population
    from tuiqc.qc.stale import Finding
    from tuiqc.review.stale_verdicts import StaleVerdicts
    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.lists import StaleList
    from tuiqc.ui.panels.text_panels import StatusPanel

_NEW, _NONE = "\0new", "\0none"


# --- status


def _compute(context: ReviewContext, panel: StatusPanel, population: Population) -> None:
    """Count in a thread, at first what is known already."""
    session, method, by = context.session, panel.method, panel.by
    batch, store, objects = session.batch, session.store, session.tables.objects
    accept = session.queue.given.accept if session.queue.given is not None else 0.0

    def work(cancelled: Cancelled) -> list[str]:
        from tuiqc.exporters.verdict_statistics import statistics, status_lines

        def compute() -> list[str]:
            found = statistics(
                batch, store, by=by, method=method, accept=accept or None, population=population
            )
            return status_lines(found)

        if objects is not None and len(objects.loaded) == len(batch.images):
            population.take(batch, objects)
        missing = [layer for layer in batch.layers if ("object", layer) not in population.totals]
        if missing:
            first = [*compute(), "", f"counting {', '.join(missing)} …"]
            context.jobs.deliver("status so far", lambda: panel.tell(first))
        for layer in missing:
            if not cancelled():
                population.read_layer(batch, layer)
        return compute()

    context.jobs.latest("status", LONG, work, panel.tell, lambda error: panel.tell([str(error)]))


# --- categories


def _choose_category(context: ReviewContext, column: CategoryColumn) -> None:
    entries = [(one.name, str(one.key) if one.key else " ", one.name) for one in column.categories]
    entries += [(_NEW, "n", "a new one …"), (_NONE, "0", "none (take it away)")]
    heading = f"{column.column} of {current_name(context)}"
    context.choose(heading, entries, lambda name: _category_chosen(context, column, name))


def _category_chosen(context: ReviewContext, column: CategoryColumn, name: str | None) -> None:
    from tuiqc.ui.screens.dialogs import WordDialog

    if name == _NEW:
        dialog = WordDialog(f"A new category of {column.column}", "")
        context.push(dialog, lambda word: _category_chosen(context, column, word))
    elif name is not None:
        categorise(context, "" if name == _NONE else name)


def _column_named(context: ReviewContext, name: str | None) -> None:
    if not name:
        return
    if name in COLUMNS:
        context.say(f"{name} is a column of the annotations already: choose another name")
        return
    context.session.annotator.set_categories(CategoryColumn(name))
    context.session.annotator.keys_categorise = True
    category(context)


# --- stale verdicts


def _go_to(context: ReviewContext, finding: Finding) -> None:
    context.session.cursor.go_subject(finding.annotation.subject)
    context.pictures.viewport.follow_object()


def _settle(context: ReviewContext, what: str, findings: Sequence[Finding]) -> StaleVerdicts | None:
    """Accept, decline or discard what was proposed for stale verdicts."""
    session, stale = context.session, context.session.tables.stale
    if stale is None or not findings:
        return stale
    try:
        if what == "accept":
            count = stale.accept(session.store, findings)
            context.say(
                f"{count} given to the proposed objects; z undoes it" if count else "nothing is proposed"
            )
        elif what == "decline":
            stale.decline(session.store, findings)
            context.say("kept on their labels; z undoes it")
        else:
            stale.discard(session.store, findings)
            context.say("taken away; z undoes it")
    except AnnotationWriteError as error:
        context.say(f"NOT ON DISK: {error}", trouble=True)
    session.tables.take_decisions(session.store.last_changed)
    session.tables.show_stale()
    return stale


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
    from tuiqc.exporters.totals import Population
    from tuiqc.ui.panels.text_panels import StatusPanel

    session = context.session
    population = Population.of_images(session.batch)
    context.push(StatusPanel(session.batch.placeholders, lambda panel: _compute(context, panel, population)))


@command(
    "category",
    keys="K",
    label="category",
    help="Give a category in a column of your own (cell_type …), or name a new one",
    group="Quality",
)
def category(context: ReviewContext) -> None:
    """Give a category in a column of your own."""
    from tuiqc.ui.screens.dialogs import WordDialog

    column = context.session.annotator.categories
    if unseen(context):
        return
    if column is None:
        dialog = WordDialog("Name of the annotation column", "cell_type")
        context.push(dialog, lambda name: _column_named(context, name))
    elif context.session.cursor.subject is None:
        say_nothing_chosen(context)
    else:
        _choose_category(context, column)


@command(
    "number_keys",
    keys="number_sign",
    label="number keys",
    help="Number keys give categories, or reasons again",
    group="Quality",
)
def number_keys(context: ReviewContext) -> None:
    """Number keys give categories, or reasons again."""
    annotator = context.session.annotator
    if annotator.categories is None:
        category(context)
        return
    annotator.keys_categorise = not annotator.keys_categorise
    what = annotator.categories.column if annotator.keys_categorise else "reasons"
    context.say(f"number keys give {what}; walking looks for what has none")
    context.changed(Changes.PLACE)


@command(
    "skip",
    keys="A",
    label="skip",
    help="Walking leaves out what is annotated; what is not; nothing",
    group="Quality",
)
def skip(context: ReviewContext) -> None:
    """Walking leaves out what is annotated; what is not; nothing."""
    skip = context.session.queue.next_skip()
    what = "category" if context.session.annotator.keys_categorise else "verdict"
    words = {
        "annotated": f"walking goes to what has no {what}",
        "missing": f"walking goes to what has a {what}",
        "nothing": "walking goes to the next one, whatever it has",
    }
    context.say(words[skip])


@command(
    "queue",
    keys="Q",
    label="queue",
    help="Walk the random sample or queue, or leave it again",
    group="Quality",
)
def queue(context: ReviewContext) -> None:
    """Walk the random sample or queue, or leave it again."""
    session, walk = context.session, context.session.queue
    queue = walk.given
    if queue is None:
        context.say("no queue here: tuiqc open --sample N draws a random sample")
        return
    if queue.level == "object" and session.cursor.layer != queue.layer:
        context.say(f"the {queue.kind} is of {queue.layer}: L changes the layer")
        return
    on = not walk.on
    walk.walk(on)
    if on and context.views.view is None:
        context.views.panes.focus_level()
    order = session.cursor.rows.order_name if session.cursor.rows else ""
    context.say(
        f"{queue.kind} of {len(queue.subjects):,}: Q leaves it"
        if on
        else f"everything, {order}: not the {queue.kind}"
    )
    context.work.sampling.follow()


@command(
    "stale",
    keys="exclamation_mark",
    label="stale",
    help="Verdicts that may belong to other objects since the masks changed: accept or decline",
    group="Quality",
)
def stale(context: ReviewContext) -> None:
    """Verdicts that may belong to other objects since the masks changed."""
    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.lists import StaleList

    stale = context.session.tables.stale
    if stale is None:
        context.say(
            "nothing was compared yet: give objects verdicts (p f u) first, or wait until they are read"
        )
    elif not stale.findings:
        context.say(f"all {stale.checked} verdicts are of the objects that they were given to")
    else:
        context.push(ListPanel(StaleList(stale, partial(_settle, context), partial(_go_to, context))))


@command(
    "who",
    keys="at",
    label="who said what",
    help="Show what each annotator said of the current thing, and conflicts",
    group="Quality",
)
def who(context: ReviewContext) -> None:
    """Show what each annotator said of the current thing, and conflicts."""
    from tuiqc.review.annotation_lines import conflict_lines, who_said_what

    session, subject = context.session, context.session.cursor.subject
    lines = who_said_what(session.tables, subject) if subject is not None else ["nothing is chosen"]
    conflicts = conflict_lines(session.store.conflicts)
    if conflicts:
        lines += ["", f"Conflicts of this session ({len(conflicts)}): yours counts", *conflicts]
    if session.store.trouble:
        lines += ["", f"Trouble: {session.store.trouble}"]
    context.push(TextScreen(f"Who said what: {current_name(context) if subject else 'nothing'}", lines))


# --- keys of the panels

_in_stale = partial(command, group="Panels", place=STALE)
_in_status = partial(command, group="Panels", place=STATUS)
_in_groups = partial(command, group="Panels", place=GROUPED)


@_in_stale("stale_accept", keys="a", label="accept", help="Move the verdict to the object proposed", footer=1)
def stale_accept(panel: ListPanel[StaleList]) -> None:
    """Move the verdict to the object proposed."""
    panel.content.settle(panel, "accept")


@_in_stale(
    "stale_accept_all", keys="A", label="all", help="Move all verdicts to the objects proposed", footer=2
)
def stale_accept_all(panel: ListPanel[StaleList]) -> None:
    """Move all verdicts to the objects proposed."""
    panel.content.settle(panel, "accept", every=True)


@_in_stale(
    "stale_decline", keys="d", label="keep on its label", help="Leave the verdict on its label", footer=3
)
def stale_decline(panel: ListPanel[StaleList]) -> None:
    """Leave the verdict on its label."""
    panel.content.settle(panel, "decline")


@_in_stale("stale_decline_all", keys="D", label="all", help="Leave all verdicts on their labels", footer=4)
def stale_decline_all(panel: ListPanel[StaleList]) -> None:
    """Leave all verdicts on their labels."""
    panel.content.settle(panel, "decline", every=True)


@_in_stale("stale_discard", keys="x", label="take away", help="Take the verdict away", footer=5)
def stale_discard(panel: ListPanel[StaleList]) -> None:
    """Take the verdict away."""
    panel.content.settle(panel, "discard")


@_in_status(
    "status_interval",
    keys="x",
    label="Wilson or exact interval",
    help="Wilson's interval of the rates, or the exact one",
    footer=1,
)
def status_interval(panel: StatusPanel) -> None:
    """Wilson's interval of the rates, or the exact one."""
    panel.other_interval()


@_in_groups("status_group", keys="b", label="by group", help="Counts by the next group", footer=2)
def status_group(panel: StatusPanel) -> None:
    """Counts by the next group."""
    panel.next_group()


@_in_status("status_close", keys="%,q", label="close", help="Close it", listed=False)
def status_close(panel: StatusPanel) -> None:
    """Close it."""
    panel.dismiss(None)
