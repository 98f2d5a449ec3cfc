"""Sorting, filters, finding, selection and columns of the tables."""

from __future__ import annotations

from tuiqc.ui.actions.action import Action

TABLE: tuple[Action, ...] = (
    Action(
        "sort",
        ("s",),
        "sort",
        "Sort by the column under the cursor (again: descending; again: file order)",
        "Tables",
        9,
    ),
    Action("add_sort", ("S",), "add sort", "Sort by the column under the cursor as a further key", "Tables"),
    Action(
        "filter",
        ("slash",),
        "filter",
        "Type a filter: comparisons, and or not, is missing, contains, top(…), outlier(…)",
        "Tables",
        10,
    ),
    Action(
        "clear_filter",
        ("backslash",),
        "clear filter",
        "Take the filters away (named ones are kept in the list)",
        "Tables",
    ),
    Action("filters", ("F",), "filters", "List of filters: on, off, take out", "Tables"),
    Action("find", ("ctrl+f",), "find", "Find text in any column of the table", "Tables"),
    Action("find_next", ("f3",), "find next", "Next cell that has the text", "Tables"),
    Action("find_previous", ("shift+f3", "f4"), "find previous", "Previous cell that has the text", "Tables"),
    Action(
        "go_to",
        ("ctrl+g",),
        "go to",
        "Go to a row by number, to an object by #label, to an image by its key",
        "Tables",
    ),
    Action(
        "select",
        ("space",),
        "select",
        "Select the row or no longer; verdicts then go to all selected rows at once",
        "Tables",
    ),
    Action(
        "selection",
        ("asterisk",),
        "selection",
        "Select all, none, inverted, a range, or equal, less, greater than this value",
        "Tables",
    ),
    Action(
        "column",
        ("i",),
        "column",
        "Statistics and histogram of the column under the cursor; hide, pin, widen, move it",
        "Tables",
    ),
    Action("columns", ("I",), "columns", "Choose which columns are shown, go to a column by name", "Tables"),
    Action(
        "aggregate",
        ("a",),
        "aggregate",
        "Put a number per image from the column into the image table",
        "Tables",
    ),
    Action(
        "more_columns",
        ("ctrl+o",),
        "more columns",
        "Join columns of another file on image and label",
        "Tables",
    ),
    Action(
        "export_table",
        ("E",),
        "export table",
        "Write the table as it stands into a CSV, TSV or Parquet file",
        "Tables",
    ),
    Action("next_layer", ("L",), "layer", "Next object layer", "Tables"),
    Action(
        "join_report",
        ("J",),
        "join report",
        "Show the join report: what was found, paired and left over",
        "Tables",
    ),
)
