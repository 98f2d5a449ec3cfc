"""Which rows are shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tuiqc.errors import TuiqcError
from tuiqc.review.rows import Rows
from tuiqc.review.state_files import load_filters, save_filters
from tuiqc.tables.filters.tokens import FilterError
from tuiqc.ui.keys import FILTERS, command
from tuiqc.ui.widgets.ask_line import Question

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.lists import Filters

FILTER = "filter"
_VALUES = 200


def named(typed: str) -> tuple[str, str]:
    """`name: filter` in its parts; a filter has no colon outside of quotes, and a name no quotes."""
    name, colon, text = typed.partition(":")
    if colon and not set(name) & set("'\"`<>=()"):
        return name.strip(), text.strip()
    return "", typed.strip()


def _texts(rows: Rows, column: str) -> list[str]:
    """Values of a column to choose from: those of columns of text with few different ones."""
    if column in rows.view.columns and rows.view.kind(column) == "text":
        texts = sorted(set(rows.view.codes(column).texts))
        return texts if len(texts) <= _VALUES else []
    return []


def _completed(rows: Rows, text: str, cursor: int) -> list[str]:
    from tuiqc.tables.filters.completion import complete, completion_start

    start = completion_start(text, cursor)
    found = complete(text, cursor, rows.view.columns, lambda column: _texts(rows, column))
    return [text[:start] + word + text[cursor:] for word in found]


def _count(context: ReviewContext, typed: str) -> None:
    """Count while the person types."""
    rows, line = context.session.cursor.rows, context.status.ask_line
    if not typed.strip() or rows is None:
        context.jobs.cancel("count")
        line.comment("")
        return
    _, text = named(typed)

    def count(cancelled: object) -> tuple[int, int]:
        return rows.count_of(text)

    def counted(shown: int, lacking: int) -> str:
        left_out = f"; {lacking:,} without a value are left out" if lacking else ""
        return f"{shown:,} of {rows.total:,}{left_out}"

    def tell(said: str, wrong: bool = False) -> None:
        if line.has_typed(FILTER, typed):
            line.comment(said, wrong=wrong)

    context.jobs.latest(
        "count",
        rows.total,
        count,
        lambda counts: tell(counted(*counts)),
        lambda error: tell(error.message if isinstance(error, FilterError) else str(error), True),
    )


def _typed(context: ReviewContext, typed: str) -> bool:
    """Try the filter, off the event loop where that takes long; the line closes when it is in force."""
    rows, line = context.session.cursor.rows, context.status.ask_line
    if rows is None or not typed.strip():
        return True
    name, text = named(typed)

    def work(cancelled: object) -> None:
        rows.mask_of(text)

    def done(_: None) -> None:
        if line.has_typed(FILTER, typed):
            _made(context, name, text)

    def failed(error: TuiqcError) -> None:
        if line.has_typed(FILTER, typed):
            _refused(context, error, len(typed.rstrip()) - len(text))

    context.jobs.latest("count", rows.total, work, done, failed)  # it takes the place of the live count
    return False


def _made(context: ReviewContext, name: str, text: str) -> None:
    rows = context.session.cursor.rows
    if rows is None:
        return
    if name:
        _recall(context, rows)  # they are kept together: the new one must not push the others out
    rows.stack.add(text, name)
    if name:
        save_filters(context.tables.filter_kind, rows.stack)
    context.status.ask_line.close()
    context.views.focus_judged()
    context.tables.apply_filters()


def _refused(context: ReviewContext, error: TuiqcError, start: int) -> None:
    """Say what is wrong and go there; `start` is where the filter begins on the line."""
    line = context.status.ask_line
    if not isinstance(error, FilterError):
        line.comment(str(error), wrong=True)
        return
    place = f"at character {start + error.position + 1}: " if error.text else ""
    line.comment(place + error.message, wrong=True)
    if error.text:
        line.input.cursor_position = start + error.position


def _take_away(context: ReviewContext, rows: Rows) -> None:
    """Those with a name are switched off, and stay in the list of filters; the others go."""
    kept = load_filters(context.tables.filter_kind)
    for one in list(rows.stack.filters):
        if one.name not in kept:
            rows.stack.remove(one.name)
        elif one.on:
            rows.stack.toggle(one.name)


def _recall(context: ReviewContext, rows: Rows) -> None:
    """Put the filters that were kept for such tables into the list, off."""
    known = {one.name for one in rows.stack.filters}
    for name, text in load_filters(context.tables.filter_kind).items():
        if name not in known:
            try:
                rows.stack.toggle(rows.stack.add(text, name).name)
            except FilterError:
                continue  # kept by another version, or by hand: it can be typed again


@command(
    "filter",
    keys="slash",
    label="filter",
    help="Type a filter: comparisons, and or not, is missing, contains, top(…), outlier(…)",
    group="Tables",
    footer=11,
)
def type_filter(context: ReviewContext) -> None:
    """Type a filter."""
    rows = context.session.cursor.rows
    if rows is None:
        context.say("there are no rows to filter: tab goes to another table")
        return
    hint = "AreaShape_Area > 3000 and verdict is missing    (tab completes, `name: …` names it)"
    context.ask(
        Question(
            FILTER,
            lambda typed: _typed(context, typed),
            hint=hint,
            complete=lambda text, cursor: _completed(rows, text, cursor),
            typed=lambda text: _count(context, text),
        )
    )


@command(
    "clear_filter",
    keys="backslash",
    label="clear filter",
    help="Take the filters away (named ones are kept in the list)",
    group="Tables",
)
def clear_filter(context: ReviewContext) -> None:
    """Take the filters away."""
    wells = context.tables.remove_wells()
    rows = context.session.cursor.rows
    if rows is not None and rows.stack.filters:
        _take_away(context, rows)
        context.tables.apply_filters()
    elif not wells:
        context.say("there is no filter: / makes one")
    for level in wells:
        context.tables.apply_filters(level)


@command("filters", keys="F", label="filters", help="List of filters: on, off, take out", group="Tables")
def filters(context: ReviewContext) -> None:
    """List of filters."""
    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.lists import Filters

    rows = context.session.cursor.rows
    if rows is None:
        return
    _recall(context, rows)

    def changed() -> None:
        save_filters(context.tables.filter_kind, rows.stack)
        context.tables.apply_filters()

    context.push(ListPanel(Filters(rows.stack, changed)))


# --- keys of the list

_in_list = partial(command, group="Panels", place=FILTERS)


@_in_list("filters_toggle", keys="space", label="on/off", help="Switch the filter on or off", footer=1)
def filters_toggle(panel: ListPanel[Filters]) -> None:
    """Switch the filter on or off."""
    panel.content.toggle(panel)


@_in_list("filters_remove", keys="x", label="take out", help="Take the filter out", footer=2)
def filters_remove(panel: ListPanel[Filters]) -> None:
    """Take the filter out."""
    panel.content.remove(panel)
