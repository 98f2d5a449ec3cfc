"""From row to row, image to image and pane to pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import TABLES, command

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


@command("table_up", keys="up", label="previous row", help="Previous row", group="Walking", place=TABLES)
def table_up(context: ReviewContext) -> None:
    """Previous row."""
    context.tables.move("up")


@command("table_down", keys="down", label="next row", help="Next row", group="Walking", place=TABLES)
def table_down(context: ReviewContext) -> None:
    """Next row."""
    context.tables.move("down")


@command(
    "table_left",
    keys="left,h",
    label="previous column",
    help="Previous column",
    group="Walking",
    place=TABLES,
)
def table_left(context: ReviewContext) -> None:
    """Previous column."""
    context.tables.move("left")


@command(
    "table_right", keys="right,l", label="next column", help="Next column", group="Walking", place=TABLES
)
def table_right(context: ReviewContext) -> None:
    """Next column."""
    context.tables.move("right")


@command(
    "table_page_up", keys="pageup", label="a screen up", help="A screen up", group="Walking", place=TABLES
)
def table_page_up(context: ReviewContext) -> None:
    """A screen up."""
    context.tables.move("page_up")


@command(
    "table_page_down",
    keys="pagedown",
    label="a screen down",
    help="A screen down",
    group="Walking",
    place=TABLES,
)
def table_page_down(context: ReviewContext) -> None:
    """A screen down."""
    context.tables.move("page_down")


@command("table_first", keys="home", label="first row", help="First row", group="Walking", place=TABLES)
def table_first(context: ReviewContext) -> None:
    """First row."""
    context.tables.move("first")


@command("table_last", keys="end", label="last row", help="Last row", group="Walking", place=TABLES)
def table_last(context: ReviewContext) -> None:
    """Last row."""
    context.tables.move("last")


@command(
    "row_down",
    keys="j",
    label="next row",
    help="Next row of the table, also while the picture has the focus",
    group="Walking",
)
def row_down(context: ReviewContext) -> None:
    """Next row of the table, also while the picture has the focus."""
    context.legacy("row_down")


@command("row_up", keys="k", label="previous row", help="Previous row of the table", group="Walking")
def row_up(context: ReviewContext) -> None:
    """Previous row of the table."""
    context.legacy("row_up")


@command(
    "next_unreviewed",
    keys="m",
    label="next open",
    help="Next unreviewed one in the current order",
    group="Walking",
    footer=13,
)
def next_unreviewed(context: ReviewContext) -> None:
    """Next unreviewed one in the current order."""
    context.legacy("next_unreviewed")


@command(
    "previous_unreviewed", keys="M", label="previous open", help="Previous unreviewed one", group="Walking"
)
def previous_unreviewed(context: ReviewContext) -> None:
    """Previous unreviewed one."""
    context.legacy("previous_unreviewed")


@command(
    "next_image",
    keys="right_square_bracket",
    label="next image",
    help="Next image in the order of the image table",
    group="Walking",
)
def next_image(context: ReviewContext) -> None:
    """Next image in the order of the image table."""
    context.legacy("next_image")


@command(
    "previous_image",
    keys="left_square_bracket",
    label="previous image",
    help="Previous image",
    group="Walking",
)
def previous_image(context: ReviewContext) -> None:
    """Previous image."""
    context.legacy("previous_image")


@command(
    "enter",
    keys="enter",
    label="open",
    help="On an image: only its objects (again: all). On an object: centre and enlarge it",
    group="Walking",
    footer=8,
)
def enter(context: ReviewContext) -> None:
    """On an image."""
    context.legacy("enter")


@command(
    "next_pane",
    keys="tab",
    label="pane",
    help="Next pane: images, objects, picture",
    group="Walking",
    footer=7,
)
def next_pane(context: ReviewContext) -> None:
    """Next pane."""
    context.legacy("next_pane")


@command("previous_pane", keys="shift+tab", label="pane back", help="Previous pane", group="Walking")
def previous_pane(context: ReviewContext) -> None:
    """Previous pane."""
    context.legacy("previous_pane")


@command(
    "swap",
    keys="w",
    label="table/picture",
    help="Swap between the table and the picture",
    group="Walking",
    footer=6,
)
def swap(context: ReviewContext) -> None:
    """Swap between the table and the picture."""
    context.legacy("swap")
