"""Which rows are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import command

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


@command(
    "filter",
    keys="slash",
    label="filter",
    help="Type a filter: comparisons, and or not, is missing, contains, top(…), outlier(…)",
    group="Tables",
    footer=10,
)
def type_filter(context: ReviewContext) -> None:
    """Type a filter."""
    context.legacy("filter")


@command(
    "clear_filter",
    keys="backslash",
    label="clear filter",
    help="Take the filters away (named ones are kept in the list)",
    group="Tables",
)
def clear_filter(context: ReviewContext) -> None:
    """Take the filters away."""
    context.legacy("clear_filter")


@command("filters", keys="F", label="filters", help="List of filters: on, off, take out", group="Tables")
def filters(context: ReviewContext) -> None:
    """List of filters."""
    context.legacy("filters")
