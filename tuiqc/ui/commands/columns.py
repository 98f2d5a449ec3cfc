"""Columns of the tables: which are shown, what is known of one, and what is made or joined of others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tuiqc.review.listing import Listing
from tuiqc.review.session_tables import NUMERIC
from tuiqc.tables.aggregate import AGGREGATES, Aggregate
from tuiqc.tables.column_statistics import ColumnStatistics, column_statistics
from tuiqc.ui.column_names import colour_objects_by
from tuiqc.ui.keys import COLUMN, COLUMNS, COLUMNS_LINE, PICKER, command

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.lists import ColumnNames, Names
    from tuiqc.ui.panels.text_panels import ColumnPanel


def _column_done(context: ReviewContext, name: str, key: str | None) -> None:
    if key == "sort":
        context.tables.sort([(name, False)], context.session.cursor.level)
    elif key == "colour":
        colour_objects_by(context, name)
    elif key == "aggregate" and context.session.cursor.level == "object":
        _choose_aggregate(context)
    elif key == "aggregate":
        context.say("numbers per image are taken from columns of the object table")


def _column_key(context: ReviewContext, name: str, key: str) -> bool:
    """Hide, pin, widen or move a column; False closes the panel."""
    tables, rows = context.tables, context.session.cursor.rows
    listing = tables.judged.content
    if not isinstance(listing, Listing) or rows is None:
        return False
    choice, identity = listing.choice, rows.view.identity
    if key == "hide":
        if name in identity:
            context.say("the columns that name a row stay in sight")
        else:
            tables.choose(listing.toggled(name))
        return False
    if key == "pin":
        tables.choose(choice.pin_toggled(name))
    elif key in ("wider", "narrower"):
        tables.choose(choice.widened(name, listing.column(name).width + (2 if key == "wider" else -2)))
    else:
        shown = [other for other in listing.names if other not in identity]
        if name in shown:
            tables.choose(choice.moved(name, 1 if key == "right" else -1, shown))
    tables.go_to_column(name)
    return True


def _choose_aggregate(context: ReviewContext) -> None:
    objects, table = context.session.tables.objects, context.tables.objects
    listing = table.content
    if objects is None or not isinstance(listing, Listing):
        context.say("there are no objects to take a number of")
        return
    name = listing.names[table.column]
    wanted = [Aggregate("", "fraction failed")]
    if name in objects.view.given:
        hows = AGGREGATES if objects.view.kind(name) in NUMERIC else AGGREGATES[:1]
        wanted += [Aggregate(name, how) for how in hows]
        if objects.filtered is not None:
            wanted += [Aggregate(name, how, filtered=True) for how in hows[:2]]
    now = context.session.tables.aggregates
    entries = [
        (str(number), "abcdefghijklmnop"[number], f"{'take out ' if one in now else ''}{one.label}")
        for number, one in enumerate(wanted)
    ]
    context.choose(
        "Per image, in the image table", entries, lambda chosen: _aggregate(context, wanted[int(chosen)])
    )


def _aggregate(context: ReviewContext, one: Aggregate) -> None:
    now = context.session.tables.aggregates
    if one in now:
        now.remove(one)
    else:
        now.append(one)
    context.tables.rebuild_images()
    context.say(f"{one.label} {'is' if one in now else 'is no more'} in the image table")


@command(
    "column",
    keys="i",
    label="column",
    help="Statistics and histogram of the column under the cursor; hide, pin, widen, move it",
    group="Tables",
)
def column(context: ReviewContext) -> None:
    """Statistics and histogram of the column under the cursor; hide, pin, widen, move it."""
    from tuiqc.ui.panels.text_panels import ColumnPanel

    cursor, name = context.session.cursor, context.tables.column
    rows, row = cursor.rows, cursor.row
    if rows is None or name is None:
        context.say("there is no column")
        return
    current = rows.view.value(row, name) if row is not None else None
    filtered = rows.filtered

    def show(found: ColumnStatistics) -> None:
        panel = ColumnPanel(found, current, lambda key: _column_key(context, name, key))
        context.push(panel, lambda key: _column_done(context, name, key))

    context.jobs.latest(
        "statistics",
        rows.total,
        lambda cancelled: column_statistics(rows.view, name, filtered),
        show,
        lambda error: context.say(str(error)),
    )


@command(
    "columns",
    keys="I",
    label="columns",
    help="Choose which columns are shown, go to a column by name",
    group="Tables",
)
def columns(context: ReviewContext) -> None:
    """Choose which columns are shown, go to a column by name."""
    from tuiqc.ui.panels.list_panel import ListPanel
    from tuiqc.ui.panels.lists import ColumnNames

    rows, tables, listing = context.session.cursor.rows, context.tables, context.tables.judged.content
    if rows is None or not isinstance(listing, Listing):
        context.say("there is no table")
        return

    def go(name: str | None) -> None:
        if name is not None:
            if tables.hides(name):
                tables.toggle(name)
            tables.go_to_column(name)

    grouped = {name for group in rows.groups.values() for name in group.about}
    apart = {*rows.view.identity, *grouped}
    names = [name for name in rows.view.columns if name not in apart]
    content = ColumnNames(names, list(rows.groups.values()), tables.hides, tables.toggle)
    context.push(ListPanel(content), go)


@command(
    "aggregate",
    keys="a",
    label="aggregate",
    help="Put a number per image from the column into the image table",
    group="Tables",
)
def aggregate(context: ReviewContext) -> None:
    """Put a number per image from the column into the image table."""
    _choose_aggregate(context)


# --- keys of the panels

_in_list = partial(command, group="Panels", place=COLUMNS)
_in_line = partial(command, group="Panels", place=COLUMNS_LINE)


@_in_line("columns_list", keys="down", label="list", help="From the line to the list", listed=False)
def columns_list(panel: ListPanel[ColumnNames]) -> None:
    """From the line to the list."""
    panel.to_list()


@_in_list(
    "columns_toggle",
    keys="space",
    label="show/hide",
    help="Show or hide the column under the cursor",
    footer=3,
)
def columns_toggle(panel: ListPanel[ColumnNames]) -> None:
    """Show or hide the column under the cursor."""
    if panel.at is not None:
        panel.content.toggle(panel.shown[panel.at].result)
        panel.refill()


def _ends(key: str, name: str, label: str, help: str, footer: int) -> None:
    def end(panel: ColumnPanel) -> None:
        """End the panel with what is asked for."""
        panel.dismiss(label)

    command(name, keys=key, label=label, help=help, group="Panels", footer=footer, place=COLUMN)(end)


def _acts(key: str, what: str, label: str, help: str, footer: int = 0) -> None:
    def act(panel: ColumnPanel) -> None:
        """Do it to the column."""
        panel.do(what)

    command(f"column_{what}", keys=key, label=label, help=help, group="Panels", footer=footer, place=COLUMN)(
        act
    )


_ends("s", "column_sort", "sort", "Sort by the column", 1)
_ends("c", "column_colour", "colour", "Colour the objects by the column", 2)
_ends("a", "column_aggregate", "aggregate", "A number per image of the column", 3)
_acts("h", "hide", "hide", "Hide the column", 4)
_acts("p", "pin", "pin", "Keep the column at the left, or no longer", 5)
_acts("plus", "wider", "wider", "A wider column")
_acts("minus", "narrower", "width", "A narrower column", 6)
_acts("left", "left", "move", "The column one place to the left", 7)
_acts("right", "right", "move", "The column one place to the right")


def _move(where: str, panel: ListPanel[Names]) -> None:
    """The arrows move in the list while one types."""
    panel.move(where)


for _key, _where in (
    ("up", "cursor_up"),
    ("down", "cursor_down"),
    ("pageup", "page_up"),
    ("pagedown", "page_down"),
):
    command(
        f"picker_{_where}",
        keys=_key,
        label="list",
        help="Another line of the list while one types",
        group="Panels",
        place=PICKER,
        listed=False,
    )(partial(_move, _where))
