"""Order and selection of the rows of tables, tables as files, and columns from files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from tuiqc.review.changes import Changes
from tuiqc.review.listing import Listing
from tuiqc.review.object_rows import ObjectRows
from tuiqc.text import printable
from tuiqc.ui.column_names import FILE_ORDER, by_name, pick_column
from tuiqc.ui.keys import command
from tuiqc.ui.review_steps import say_nothing_chosen
from tuiqc.ui.screens.dialogs import TextScreen
from tuiqc.ui.widgets.ask_line import Question

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.model import Batch
    from tuiqc.errors import TuiqcError
    from tuiqc.review.column_choice import Joined
    from tuiqc.review.place import Level
    from tuiqc.review.rows import Rows
    from tuiqc.ui.context import ReviewContext

# --- order


def _sort_by_name(context: ReviewContext, now: dict[str, bool], level: Level) -> None:
    """Choose the column; the one that is sorted by changes its direction."""

    def chosen(name: str | None) -> None:
        if name == FILE_ORDER:
            context.tables.sort([], level)
        elif name is not None:
            context.tables.sort([(name, name in now and not now[name])], level)

    remarks = {name: "↓ again: ↑" if down else "↑ again: ↓" for name, down in now.items()}
    pick_column(context, "Sort by", chosen, first=FILE_ORDER, now=next(iter(now), ""), remarks=remarks)


def _add_sort_by_name(context: ReviewContext, keys: list[tuple[str, bool]], level: Level) -> None:
    def chosen(name: str | None) -> None:
        if name is not None:
            rest = [(key, down) for key, down in keys if key != name]
            context.tables.sort([*rest, (name, (name, False) in keys)], level)

    pick_column(context, "Sort also by", chosen)


# --- selection


def _cell(context: ReviewContext) -> tuple[Rows | None, int | None, Listing | None, int]:
    """The rows, the row, the listing and the column under the cursor."""
    cursor, table = context.session.cursor, context.tables.judged
    listing = table.content if isinstance(table.content, Listing) else None
    return cursor.rows, cursor.row, listing, table.column


def _selection_chosen(context: ReviewContext, what: str) -> None:
    rows, row, listing, column = _cell(context)
    if rows is None or row is None or listing is None:
        return
    selection, view = rows.selection, rows.view
    if what == "all":
        selection.all(view)
    elif what == "none":
        selection.none()
    elif what == "invert":
        selection.invert(view)
    elif what == "range":
        last = context.tables.anchor
        position = context.session.cursor.position_of(last) if last is not None else None
        anchor = view.index_of(position) if position is not None else None
        selection.range(view, row if anchor is None else anchor, row)
    else:
        relation = cast(Literal["equal", "less", "greater"], what)
        selection.related(view, listing.names[column], view.row(row), relation)
    context.changed(Changes.SELECTION)
    context.say(f"{selection.count:,} selected" if selection.count else "nothing is selected")


# --- files


def _answered(context: ReviewContext, said: str) -> None:
    context.status.ask_line.close()
    context.views.focus_judged()
    context.say(said)


def _refused(context: ReviewContext, error: TuiqcError) -> None:
    line = context.status.ask_line
    if line.is_open:
        # The file stands there already, and there is little room beside it.
        path = Path(line.input.value.strip()).expanduser()
        line.comment(str(error).removeprefix(printable(f"{path}: ")), wrong=True)
    else:
        context.say(str(error))


def _export_typed(context: ReviewContext, text: str) -> bool:
    path = Path(text.strip()).expanduser()
    if not text.strip():
        return True
    if not path.exists():
        _export(context, path)
        return False

    def answered(yes: bool) -> None:
        if yes:
            _export(context, path)
        else:
            context.say("nothing was written")

    # There is a file of this name, which may be one of the batch.
    context.status.ask_line.close()
    lines = [f"{path} is there already; what is in it would be lost."]
    context.confirm("Replace the file?", lines, answered)
    return False


def _written(batch: Batch, rows: Rows) -> dict[str, pd.Series[Any]]:
    """The columns as they stand in the files of the tables."""
    from tuiqc.dataset.literal_cells import written_columns

    if not isinstance(rows, ObjectRows):
        return {}
    return written_columns(batch, rows.layer, rows.images, rows.labels, rows.times, rows.view.frame)


def _export(context: ReviewContext, path: Path) -> None:
    from tuiqc.exporters.guard import Inputs, Output
    from tuiqc.exporters.table import SUFFIXES, export_view

    rows, listing = context.session.cursor.rows, context.tables.judged.content
    if rows is None or not isinstance(listing, Listing):
        return
    names, view, selection = list(listing.names), rows.view, rows.selection
    positions = selection.positions(view) if selection.count else view.order
    target = Output(path, Inputs.of_batch(context.session.batch, [context.session.store.path]), SUFFIXES)
    context.jobs.latest(
        "export",
        rows.total,
        lambda cancelled: export_view(
            view, target, columns=names, positions=positions, written=_written(context.session.batch, rows)
        ),
        lambda _: _answered(context, f"{len(positions):,} rows written to {path}"),
        lambda error: _refused(context, error),
    )


def _more_columns_typed(context: ReviewContext, text: str) -> bool:
    from tuiqc.review.column_choice import join_columns

    path, objects, batch = (
        Path(text.strip()).expanduser(),
        context.session.tables.objects,
        context.session.batch,
    )
    if not text.strip() or objects is None:
        return True
    context.status.ask_line.comment("reading …")
    context.jobs.latest(
        "columns",
        max(objects.total, 1) * 100,
        lambda cancelled: join_columns(objects, path, batch),
        lambda joined: _columns_joined(context, joined),
        lambda error: _refused(context, error),
    )
    return False


def _columns_joined(context: ReviewContext, joined: Joined) -> None:
    session = context.session
    if session.tables.objects is not joined.rows:
        _answered(context, "the table changed meanwhile: join the columns again")
        return
    joined.put()
    session.tables.more.setdefault(session.cursor.layer, []).append(joined.more)
    context.changed(Changes.COLUMNS)
    # The line is short: how many matched, and where the rest of the report is.
    matched = joined.lines[0].partition(": ")[2].partition(" matched")[0]
    _answered(context, f"{matched} matched · J: report")


@command(
    "sort",
    keys="s",
    label="sort",
    help="Sort by the column under the cursor (again: descending; again: file order)",
    group="Tables",
    footer=10,
)
def sort(context: ReviewContext) -> None:
    """Sort by the column under the cursor."""
    cursor = context.session.cursor
    rows = cursor.rows
    if rows is None:
        return
    now, level = list(rows.view.sort_keys), cursor.level
    if by_name(context):
        _sort_by_name(context, dict(now), level)
    elif (name := context.tables.column) is not None:
        # Ascending, descending, as in the file.
        keys = [(name, True)] if now == [(name, False)] else [] if now == [(name, True)] else [(name, False)]
        context.tables.sort(keys, level)


@command(
    "add_sort",
    keys="S",
    label="add sort",
    help="Sort by the column under the cursor as a further key",
    group="Tables",
)
def add_sort(context: ReviewContext) -> None:
    """Sort by the column under the cursor as a further key."""
    rows, name = context.session.cursor.rows, context.tables.column
    if rows is None:
        return
    keys, level = list(rows.view.sort_keys), context.session.cursor.level
    if by_name(context):
        _add_sort_by_name(context, keys, level)
    elif name is not None:
        now = dict(keys)
        if name not in now:
            keys.append((name, False))
        elif now[name]:
            keys.remove((name, True))
        else:
            keys[keys.index((name, False))] = (name, True)
        context.tables.sort(keys, level)


@command(
    "select",
    keys="space",
    label="select",
    help="Select the row or no longer; verdicts then go to all selected rows at once",
    group="Tables",
)
def select_row(context: ReviewContext) -> None:
    """Select the row or no longer; verdicts then go to all selected rows at once."""
    cursor = context.session.cursor
    rows, row = cursor.rows, cursor.row
    if rows is None or row is None:
        say_nothing_chosen(context)
        return
    context.tables.anchor = cursor.subject
    rows.selection.toggle(rows.view.row(row))
    context.changed(Changes.SELECTION)
    context.tables.judged.move("down")


@command(
    "selection",
    keys="asterisk",
    label="selection",
    help="Select all, none, inverted, a range, or equal, less, greater than this value",
    group="Tables",
)
def selection(context: ReviewContext) -> None:
    """Select all, none, inverted, a range, or equal, less, greater than this value."""
    rows, row, listing, column = _cell(context)
    if rows is None or row is None or listing is None:
        say_nothing_chosen(context)
        return
    name = listing.names[column]
    value = listing.cell(row, column).strip() or "missing"
    entries = [
        ("all", "a", "all that are shown"),
        ("none", "n", "none"),
        ("invert", "i", "invert those that are shown"),
        ("range", "r", "from the row selected last to this one"),
        ("equal", "=", f"{name} equal to {value}"),
        ("less", "<", f"{name} less than {value}"),
        ("greater", ">", f"{name} greater than {value}"),
    ]
    heading = f"Select · {rows.selection.count:,} selected, {len(rows):,} shown"
    context.choose(heading, entries, lambda what: _selection_chosen(context, what))


@command(
    "more_columns",
    keys="ctrl+o",
    label="more columns",
    help="Join columns of another file on image and label",
    group="Tables",
)
def more_columns(context: ReviewContext) -> None:
    """Join columns of another file on image and label."""
    if context.session.tables.objects is None:
        context.say("there are no objects to join columns to")
        return
    hint = "a CSV, TSV or Parquet file with a label (and an image) in each row"
    context.ask(Question("columns from file", lambda text: _more_columns_typed(context, text), hint=hint))


@command(
    "export_table",
    keys="E",
    label="export table",
    help="Write the table as it stands into a CSV, TSV or Parquet file",
    group="Tables",
)
def export_table(context: ReviewContext) -> None:
    """Write the table as it stands into a CSV, TSV or Parquet file."""
    if context.session.cursor.rows is None:
        context.say("there is no table")
        return
    hint = "file.csv, .tsv or .parquet: this order, filter and these columns"
    context.ask(Question("write table to", lambda text: _export_typed(context, text), hint=hint))


@command("next_layer", keys="L", label="layer", help="Next object layer", group="Tables")
def next_layer(context: ReviewContext) -> None:
    """Next object layer."""
    session, layers = context.session, context.session.batch.layers
    if len(layers) < 2:
        context.say("there is one object layer only" if layers else "there is no object layer")
        return
    before = session.cursor.layer
    layer = layers[(layers.index(before) + 1) % len(layers)]
    session.set_layer(layer)
    context.tables.load_choice()
    context.display.show(replace(context.display.style.activated(layer, before), colour_by=""))
    context.work.loading.read()
    context.say(f"object layer {layer}")


@command(
    "join_report",
    keys="J",
    label="join report",
    help="Show the join report: what was found, paired and left over",
    group="Tables",
)
def join_report(context: ReviewContext) -> None:
    """Show the join report."""
    from tuiqc.dataset.join_report import JoinReport

    session = context.session
    objects, layer = session.tables.objects, session.cursor.layer
    lines = list(JoinReport(session.batch).lines())
    if objects is not None:
        lines.append(f"{layer}: {objects.total:,} objects read from {len(objects.loaded):,} images")
        lines += [f"  {problem}" for problem in objects.problems[:200]]
    lines += session.tables.label_checks.lines(layer, session.batch.images)
    context.push(TextScreen("Join report", lines))
