"""Rules with names: the list of them, thresholds moved with the arrows, what they flag as filter and column."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tuiqc.review.changes import Changes
from tuiqc.review.object_rows import ObjectRows
from tuiqc.tables.filters.tokens import column_name
from tuiqc.ui.jobs import LONG, Cancelled
from tuiqc.ui.keys import RULES, command

if TYPE_CHECKING:
    from tuiqc.review.rule_book import BookedRule, Flagged, KeptRule, RuleBook, RuleColumns
    from tuiqc.triage.rule_thresholds import ThresholdScale
    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.rules import RuleList

_STEPS = {"left": -1.0, "right": 1.0, "less": -0.1, "more": 0.1}


@command(
    "rules",
    keys="ctrl+t",
    label="rules",
    help="Rules with names: the share that each flags, its threshold in the histogram, moved with the arrows",
    group="Worst first",
)
def rules(context: ReviewContext) -> None:
    """Rules with names, on the objects that have been measured."""
    ranking, rows = context.session.ranking, context.session.tables.objects
    newest, before = ranking.newest, ranking.rules
    if newest is None or rows is None or rows.layer != newest.layer:
        context.say(ranking.not_known)
        return

    def work(cancelled: Cancelled) -> tuple[RuleBook, RuleColumns]:
        from tuiqc.review.rule_book import RuleBook

        same = before is not None and before.ranking.population is newest.population
        book = before if before is not None and same else RuleBook(newest, before)
        return book, book.columns(rows)

    def done(found: tuple[RuleBook, RuleColumns]) -> None:
        book, columns = found
        if context.session.tables.objects is not rows or not columns.put(rows):
            rules(context)  # more rows or columns have come meanwhile
            return
        ranking.rules = book
        context.changed(Changes.COLUMNS)
        _open(context, book)

    context.jobs.latest("rules", LONG, work, done, lambda error: context.say(str(error)))


def _open(context: ReviewContext, book: RuleBook) -> None:
    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.rules import RuleList

    def filtering(booked: BookedRule) -> bool:
        objects = context.session.tables.objects
        return objects is not None and _filters(objects, _filter_text(book, objects, booked))

    def shown(booked: BookedRule) -> bool:
        objects = context.session.tables.objects
        return (
            objects is not None
            and book.names_in(objects)[booked.column] in context.tables.object_choice.shown
        )

    def act(what: str, booked: BookedRule) -> None:
        objects = context.session.tables.objects
        if objects is not None:
            _act(context, book, objects, what, booked)

    context.push(ListPanel(RuleList(book, filtering, shown, act)))


def _act(context: ReviewContext, book: RuleBook, rows: ObjectRows, what: str, booked: BookedRule) -> None:
    if what == "filter":
        _filter(context, book, rows, booked)
    elif what == "column":
        context.tables.toggle_object_column(book.names_in(rows)[booked.column])
    elif what == "keep":
        _keep(context, book, rows, booked)
    elif booked.trouble:
        return
    elif what == "next" and booked.thresholds:
        booked.chosen = (booked.chosen + 1) % len(booked.thresholds)
    elif what == "measure":
        _measure(context, book, booked)
    elif what in (*_STEPS, "restore"):
        book.restore(booked) if what == "restore" else book.move(booked, _STEPS[what])
        _flag(context, book, rows, booked)


def _flag(context: ReviewContext, book: RuleBook, rows: ObjectRows, booked: BookedRule) -> None:
    """Find what a rule flags now, in a thread where that takes long, and show it."""
    rule, name = booked.rule, book.names_in(rows)[booked.column]

    def done(found: Flagged) -> None:
        if (
            not book.take(booked, found)
            or found.of_table is None
            or rows is not context.session.tables.objects
        ):
            return
        book.put_one(rows, booked, found.of_table)
        if _filters(rows, _filter_text(book, rows, booked)):
            context.tables.apply_filters("object")
        context.changed(Changes.COLUMNS if _in_sight(context, name) else Changes.RANKING)

    context.jobs.latest(
        f"rule {booked.column}",
        len(book.view.frame),
        lambda cancelled: book.flagged(rule, rows),
        done,
        lambda error: context.say(str(error)),
    )


def _measure(context: ReviewContext, book: RuleBook, booked: BookedRule) -> None:
    """Make the histogram of the chosen threshold's measure, in a thread where that takes long."""
    chosen = booked.chosen

    def done(scale: ThresholdScale | None) -> None:
        if scale is not None:
            booked.scales[chosen] = scale
            context.changed(Changes.RANKING)

    context.jobs.latest(
        f"scale {booked.column} {chosen}",
        len(book.view.frame),
        lambda cancelled: book.scale(booked, chosen),
        done,
        lambda error: context.say(str(error)),
    )


def _in_sight(context: ReviewContext, name: str) -> bool:
    """Whether a column is shown, or colours the objects."""
    return name in (*context.tables.object_choice.shown, context.display.style.colour_by)


def _filter_text(book: RuleBook, rows: ObjectRows, booked: BookedRule) -> str:
    return column_name(book.names_in(rows)[booked.column])


def _filters(rows: ObjectRows, text: str) -> bool:
    return any(one.on and one.name == text for one in rows.stack.filters)


def _filter(context: ReviewContext, book: RuleBook, rows: ObjectRows, booked: BookedRule) -> None:
    """Show only what the rule flags, or all again."""
    text = _filter_text(book, rows, booked)
    if any(one.name == text for one in rows.stack.filters):
        rows.stack.toggle(text)
    elif not booked.trouble:
        rows.stack.add(text)
    context.tables.apply_filters("object")


def _keep(context: ReviewContext, book: RuleBook, rows: ObjectRows, booked: BookedRule) -> None:
    """Keep the rule as it is now among the user's own."""

    def done(kept: KeptRule) -> None:
        book.take_kept(kept)
        book.put(rows)
        context.changed(Changes.COLUMNS)
        context.say(f"{kept.column} is kept in {kept.path}")

    context.jobs.latest(
        "keep rule",
        len(book.view.frame),
        lambda cancelled: book.keep(booked),
        done,
        lambda error: context.say(str(error), trouble=True),
    )


# --- keys of the list


def _acts(name: str, keys: str, label: str, help: str, footer: int, what: str) -> None:
    def act(panel: ListPanel[RuleList]) -> None:
        """Do it to the rule under the cursor."""
        panel.content.do(panel, what)

    _in_list(f"rule_{name}", keys=keys, label=label, help=help, footer=footer)(act)


_in_list = partial(command, group="Panels", place=RULES)
for _name, _keys, _label, _help, _footer, _what in (
    ("down", "left", "move", "Move the threshold down", 1, "left"),
    ("up", "right", "move", "Move the threshold up", 0, "right"),
    ("down_little", "shift+left", "move a little", "Move the threshold down by a tenth of that", 0, "less"),
    ("up_little", "shift+right", "move a little", "Move the threshold up by a tenth of that", 0, "more"),
    ("threshold", "t", "next threshold", "Move the next threshold of the rule", 3, "next"),
    ("restore", "0", "as written", "The rule as it is written", 4, "restore"),
    ("filter", "space", "filter", "Show only the objects that the rule flags, or all", 5, "filter"),
    ("column", "c", "column", "Show the column of what the rule flags, or hide it", 6, "column"),
    ("keep", "k", "keep", "Keep the rule as it is now in your own set, mine.toml", 7, "keep"),
):
    _acts(_name, _keys, _label, _help, _footer, _what)
