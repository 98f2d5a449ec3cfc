"""Order, selection and columns of the tables, and tables as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import command

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


@command(
    "sort",
    keys="s",
    label="sort",
    help="Sort by the column under the cursor (again: descending; again: file order)",
    group="Tables",
    footer=9,
)
def sort(context: ReviewContext) -> None:
    """Sort by the column under the cursor."""
    context.legacy("sort")


@command(
    "add_sort",
    keys="S",
    label="add sort",
    help="Sort by the column under the cursor as a further key",
    group="Tables",
)
def add_sort(context: ReviewContext) -> None:
    """Sort by the column under the cursor as a further key."""
    context.legacy("add_sort")


@command(
    "select",
    keys="space",
    label="select",
    help="Select the row or no longer; verdicts then go to all selected rows at once",
    group="Tables",
)
def select_row(context: ReviewContext) -> None:
    """Select the row or no longer; verdicts then go to all selected rows at once."""
    context.legacy("select")


@command(
    "selection",
    keys="asterisk",
    label="selection",
    help="Select all, none, inverted, a range, or equal, less, greater than this value",
    group="Tables",
)
def selection(context: ReviewContext) -> None:
    """Select all, none, inverted, a range, or equal, less, greater than this value."""
    context.legacy("selection")


@command(
    "column",
    keys="i",
    label="column",
    help="Statistics and histogram of the column under the cursor; hide, pin, widen, move it",
    group="Tables",
)
def column(context: ReviewContext) -> None:
    """Statistics and histogram of the column under the cursor; hide, pin, widen, move it."""
    context.legacy("column")


@command(
    "columns",
    keys="I",
    label="columns",
    help="Choose which columns are shown, go to a column by name",
    group="Tables",
)
def columns(context: ReviewContext) -> None:
    """Choose which columns are shown, go to a column by name."""
    context.legacy("columns")


@command(
    "aggregate",
    keys="a",
    label="aggregate",
    help="Put a number per image from the column into the image table",
    group="Tables",
)
def aggregate(context: ReviewContext) -> None:
    """Put a number per image from the column into the image table."""
    context.legacy("aggregate")


@command(
    "more_columns",
    keys="ctrl+o",
    label="more columns",
    help="Join columns of another file on image and label",
    group="Tables",
)
def more_columns(context: ReviewContext) -> None:
    """Join columns of another file on image and label."""
    context.legacy("more_columns")


@command(
    "export_table",
    keys="E",
    label="export table",
    help="Write the table as it stands into a CSV, TSV or Parquet file",
    group="Tables",
)
def export_table(context: ReviewContext) -> None:
    """Write the table as it stands into a CSV, TSV or Parquet file."""
    context.legacy("export_table")


@command("next_layer", keys="L", label="layer", help="Next object layer", group="Tables")
def next_layer(context: ReviewContext) -> None:
    """Next object layer."""
    context.legacy("next_layer")


@command(
    "join_report",
    keys="J",
    label="join report",
    help="Show the join report: what was found, paired and left over",
    group="Tables",
)
def join_report(context: ReviewContext) -> None:
    """Show the join report."""
    context.legacy("join_report")
