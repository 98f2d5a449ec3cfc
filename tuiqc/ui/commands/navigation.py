"""From row to row, image to image and pane to pane."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tuiqc.ui.keys import TABLES, command
from tuiqc.ui.review_steps import image_changed, to_unreviewed

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext
    from tuiqc.ui.jump_letters import JumpPlace


def _step_image(context: ReviewContext, step: int) -> None:
    if not context.session.cursor.step_image(step):
        context.say("this is the last image" if step > 0 else "this is the first image")
        return
    image_changed(context)
    context.pictures.viewport.follow_object()


def _to_column(context: ReviewContext, where: str) -> None:
    """Heads are short: the whole name is said."""
    context.tables.move(where)
    if words := context.tables.column_words:
        context.say(words)


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
    _to_column(context, "left")


@command(
    "table_right", keys="right,l", label="next column", help="Next column", group="Walking", place=TABLES
)
def table_right(context: ReviewContext) -> None:
    """Next column."""
    _to_column(context, "right")


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
    context.tables.judged.move("down")


@command("row_up", keys="k", label="previous row", help="Previous row of the table", group="Walking")
def row_up(context: ReviewContext) -> None:
    """Previous row of the table."""
    context.tables.judged.move("up")


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
    to_unreviewed(context, 1)


@command(
    "previous_unreviewed", keys="M", label="previous open", help="Previous unreviewed one", group="Walking"
)
def previous_unreviewed(context: ReviewContext) -> None:
    """Previous unreviewed one."""
    to_unreviewed(context, -1)


@command(
    "next_image",
    keys="right_square_bracket",
    label="next image",
    help="Next image in the order of the image table",
    group="Walking",
)
def next_image(context: ReviewContext) -> None:
    """Next image in the order of the image table."""
    _step_image(context, 1)


@command(
    "previous_image",
    keys="left_square_bracket",
    label="previous image",
    help="Previous image",
    group="Walking",
)
def previous_image(context: ReviewContext) -> None:
    """Previous image."""
    _step_image(context, -1)


@command(
    "enter",
    keys="enter",
    label="open",
    help="On an image: only its objects (again: all). On an object: centre and enlarge it",
    group="Walking",
    footer=9,
)
def enter(context: ReviewContext) -> None:
    """On an image."""
    finished, at = context.pictures.pane.finished, context.pictures.viewport.crosshair
    cursor = context.session.cursor
    if context.views.view is not None:
        context.views.view.enter()
    elif at is not None and context.views.panes.on_picture and finished is not None:
        if finished.spec.record.index == cursor.record.index:
            context.work.crosshair.pick(finished.spec.record, finished.rendered.shape, *at)
    elif context.pictures.viewport.object_label or cursor.level == "candidate":
        context.pictures.viewport.set(replace(context.pictures.viewport.spec, kind="object", zoom=None))
        if context.views.panes.narrow:
            context.views.panes.focus_picture()
    else:
        only = cursor.toggle_only_image()
        context.say(f"only the objects of image {cursor.record.key}" if only else "objects of all images")


@command(
    "next_pane",
    keys="tab",
    label="pane",
    help="Next pane: images, objects, picture",
    group="Walking",
    footer=8,
)
def next_pane(context: ReviewContext) -> None:
    """Next pane."""
    if context.views.view is None:
        context.views.panes.step(1)


@command("previous_pane", keys="shift+tab", label="pane back", help="Previous pane", group="Walking")
def previous_pane(context: ReviewContext) -> None:
    """Previous pane."""
    if context.views.view is None:
        context.views.panes.step(-1)


@command(
    "swap",
    keys="w",
    label="table/picture",
    help="Swap between the table and the picture",
    group="Walking",
    footer=7,
)
def swap(context: ReviewContext) -> None:
    """Swap between the table and the picture."""
    if context.views.view is None:
        context.views.panes.swap()


@command(
    "jump",
    keys="underscore",
    label="jump",
    help="Go to any row, tile or well in sight by the two letters that it gets",
    group="Walking",
)
def jump(context: ReviewContext) -> None:
    """Show two letters at each row, tile or well in sight, and go to that whose letters are typed."""
    from tuiqc.ui.jump_letters import Letters
    from tuiqc.ui.widgets.menu_line import Menu

    place = _jump_place(context)
    if place is None:
        context.say("letters are for rows, tiles and wells: w shows the table")
        return
    letters = Letters(place.jump_targets())
    if not letters.places:
        context.say("there is nothing here that two letters could be given to")
        return

    def typed(character: str) -> str | None:
        if not letters.type(character):
            return f"{letters.typed}: no place has {character!r}; a yellow letter"
        if letters.found is None:
            place.show_letters(letters)
            return f"{letters.typed}: and the second letter"
        return None

    def closed() -> None:
        place.show_letters(None)
        if letters.found is not None:
            letters.found.go()

    place.show_letters(letters)
    context.status.menu_line.open(Menu("jump: type the two letters of a place", typed=typed, closed=closed))


def _jump_place(context: ReviewContext) -> JumpPlace | None:
    """What has the places: the view that is open, else the table that is judged, if it is in sight."""
    if context.views.view is not None:
        return context.views.view
    table = context.tables.judged
    return table if table.is_on_screen and table.size else None
