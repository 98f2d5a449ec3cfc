"""Finding text, and going to a row by number, label or key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import command

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


@command("find", keys="ctrl+f", label="find", help="Find text in any column of the table", group="Tables")
def find(context: ReviewContext) -> None:
    """Find text in any column of the table."""
    context.legacy("find")


@command("find_next", keys="f3", label="find next", help="Next cell that has the text", group="Tables")
def find_next(context: ReviewContext) -> None:
    """Next cell that has the text."""
    context.legacy("find_next")


@command(
    "find_previous",
    keys="shift+f3,f4",
    label="find previous",
    help="Previous cell that has the text",
    group="Tables",
)
def find_previous(context: ReviewContext) -> None:
    """Previous cell that has the text."""
    context.legacy("find_previous")


@command(
    "go_to",
    keys="ctrl+g",
    label="go to",
    help="Go to a row by number, to an object by #label, to an image by its key",
    group="Tables",
)
def go_to(context: ReviewContext) -> None:
    """Go to a row by number, to an object by #label, to an image by its key."""
    context.legacy("go_to")
