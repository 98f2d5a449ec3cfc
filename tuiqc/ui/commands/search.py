"""Finding text, and going to a row by number, label or key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tuiqc.errors import TuiqcError
from tuiqc.review.listing import Listing
from tuiqc.review.object_rows import ObjectRows
from tuiqc.tables.find import Found, find_column, find_label, find_row, find_text, make_query
from tuiqc.ui.keys import command
from tuiqc.ui.review_steps import image_changed
from tuiqc.ui.widgets.ask_line import Question
from tuiqc.ui.widgets.line_table import LineTable

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext

_TIME = re.compile(r"([tzTZ])\s*(\d{1,9})")
_DIGITS = 19
"""Numbers with fewer digits fit into 64 bits."""


# --- finding


def _find_typed(context: ReviewContext, typed: str) -> bool:
    if not typed:
        return True
    try:
        context.tables.query, context.tables.query_text = make_query(typed), typed
    except TuiqcError as error:
        context.status.ask_line.comment(str(error), wrong=True)
        return False
    _find(context, 1)
    return True


def _find(context: ReviewContext, step: int) -> None:
    cursor, table, query = context.session.cursor, context.tables.judged, context.tables.query
    rows, listing = cursor.rows, table.content
    if query is None:
        find(context)
        return
    if rows is None or not isinstance(listing, Listing):
        return
    names, order = listing.names, rows.view.order
    start = (cursor.row or 0, names[table.column] if names else None)

    def done(found: Found | None) -> None:
        if rows is not cursor.rows or rows.view.order is not order:
            _find(context, step)  # the rows stand otherwise now
        elif found is None:
            _find_name(context, table, listing, step)
        else:
            context.tables.show_row(found.row, listing.number_of(found.column))
            _go_row(context, found.row)
            context.say(f"{context.tables.query_text!r} in {found.column}")

    context.jobs.latest(
        "find",
        rows.total * len(names),
        lambda cancelled: find_text(rows.view, query, start, step=step, columns=names, stop=cancelled),
        done,
        lambda error: context.say(str(error)),
    )


def _find_name(context: ReviewContext, table: LineTable, listing: Listing, step: int) -> None:
    """No cell has it: go to a column whose name has it."""
    names, query = listing.names, context.tables.query
    if query is None:
        return
    here = names[table.column] if table.column < len(names) else None
    column = find_column(names, query, here, step)
    if column is None:
        context.say(
            f"{context.tables.query_text!r} is in no cell and in no column's name: ctrl+f looks for another text"
        )
        return
    table.go(table.row, listing.number_of(column))
    context.say(f"{context.tables.query_text!r} is in no cell; it is in the name of column {column}")


def _go_row(context: ReviewContext, row: int) -> None:
    cursor = context.session.cursor
    image = cursor.image
    cursor.go_row(row)
    if cursor.image != image and cursor.level == "image":
        image_changed(context)
    context.pictures.viewport.follow_object()


# --- going to


def _go_to_typed(context: ReviewContext, typed: str) -> bool:
    wanted, cursor, rows = typed.strip(), context.session.cursor, context.session.cursor.rows
    if rows is None or not wanted:
        return True
    if place := _TIME.fullmatch(wanted):
        return _go_to_time(context, place[1].lower(), int(place[2]))
    row: int | None = None
    label = wanted[1:] if wanted.startswith("#") else ""
    if label.isdecimal() and len(label) < _DIGITS and isinstance(rows, ObjectRows):
        among = rows.images == cursor.image
        row = find_label(rows.view, rows.labels, int(label), among=among)
        if row is None:
            row = find_label(rows.view, rows.labels, int(label), start=cursor.row or 0)
    elif wanted.isdecimal() and len(wanted) < _DIGITS and int(wanted) <= len(rows):
        row = find_row(rows.view, int(wanted))
    else:
        return _go_to_image(context, wanted)
    if row is None:
        context.status.ask_line.comment("there is none that is shown", wrong=True)
        return False
    _go_row(context, row)
    return True


def _go_to_time(context: ReviewContext, axis: str, number: int) -> bool:
    cursor = context.session.cursor
    count = cursor.extent.t if axis == "t" else cursor.extent.z
    if number >= count:
        context.status.ask_line.comment(f"{axis} goes from 0 to {count - 1}", wrong=True)
        return False
    if axis == "t":
        cursor.go_time(number)
    else:
        cursor.go_slice(number)
    return True


def _go_to_image(context: ReviewContext, key: str) -> bool:
    tables, line = context.session.tables, context.status.ask_line
    index = tables.index_of_image(key)
    if index is None:
        line.comment(f"no image has the key {key}", wrong=True)
        return False
    row = tables.images.view.index_of(index)
    if row is None:
        line.comment(f"image {key} is hidden by a filter", wrong=True)
        return False
    context.session.cursor.go_image(row)
    image_changed(context)
    return True


@command("find", keys="ctrl+f", label="find", help="Find text in any column of the table", group="Tables")
def find(context: ReviewContext) -> None:
    """Find text in any column of the table."""
    hint = "text in any cell, else in the name of a column; f3 goes on"
    text = context.tables.query_text
    context.ask(Question("find", lambda typed: _find_typed(context, typed), text=text, hint=hint))


@command("find_next", keys="f3", label="find next", help="Next cell that has the text", group="Tables")
def find_next(context: ReviewContext) -> None:
    """Next cell that has the text."""
    _find(context, 1)


@command(
    "find_previous",
    keys="shift+f3,f4",
    label="find previous",
    help="Previous cell that has the text",
    group="Tables",
)
def find_previous(context: ReviewContext) -> None:
    """Previous cell that has the text."""
    _find(context, -1)


@command(
    "go_to",
    keys="ctrl+g",
    label="go to",
    help="Go to a row by number, to an object by #label, to an image by its key",
    group="Tables",
)
def go_to(context: ReviewContext) -> None:
    """Go to a row by number, to an object by #label, to an image by its key."""
    hint = "12: row 12 · #7: label 7 · t5, z3: time, slice · anything else: the image of that key"
    context.ask(Question("go to", lambda typed: _go_to_typed(context, typed), hint=hint))
