"""The mouse: keys, reasons and filters on the lines, dragging over rows and the picture, the right button."""

from __future__ import annotations

from fixtures.desks import Desk, desk_on

from tuiqc.dataset.model import Batch
from tuiqc.ui.views.tile_view import TileView
from tuiqc.ui.widgets.lines import ChipLine, KeyLine, ReasonLine


def at(line: str, word: str) -> tuple[int, int]:
    return line.index(word), 0


async def click(desk: Desk, kind: type, word: str, button: int = 1) -> None:
    widget = desk.review.query_one(kind)
    text = widget.render_line(0).text if hasattr(widget, "render_line") else ""
    await desk.pilot.click(widget, offset=at(text, word), button=button)
    await desk.settled()


async def test_words_on_the_lines_at_the_foot_are_buttons(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await click(desk, KeyLine, "fail")
        assert desk.session.cursor.image == 1
        assert [one.verdict for _, one in desk.store.items()] == ["fail"]
        await click(desk, ReasonLine, "focus")
        assert [one.reason for _, one in desk.store.items()] == ["", "focus"]
        await desk.press("tab", "slash")
        desk.review.context.status.ask_line.input.value = "AreaShape_Area > 1"
        await desk.press("enter")
        await click(desk, ChipLine, "AreaShape_Area")
        assert "Filters" in desk.text


async def test_drawing_the_mouse_over_rows_selects_them(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        table = desk.review.images_table
        await desk.pilot.mouse_down(table, offset=(8, 2))
        await desk.pilot.hover(table, offset=(8, 4))
        await desk.pilot.mouse_up(table, offset=(8, 4))
        await desk.settled()
        assert desk.session.tables.images.selection.count == 3
        assert desk.session.cursor.image == 2
        await desk.pilot.click(table, offset=(8, 2))
        await desk.settled()
        assert desk.session.cursor.image == 0


async def test_drawing_the_picture_along_pans_it(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("equals_sign", "plus")
        picture, viewport = desk.review.picture, desk.review.context.pictures.viewport
        before = viewport.seen(picture.finished)
        assert before is not None
        await desk.pilot.mouse_down(picture, offset=(20, 12))
        await desk.pilot.hover(picture, offset=(16, 12))
        await desk.pilot.mouse_up(picture, offset=(16, 12))
        await desk.settled()
        after = viewport.seen(picture.finished)
        assert after is not None
        assert after[0].centre_x > before[0].centre_x
        assert after[0].centre_y == before[0].centre_y


async def test_the_right_button_opens_the_menu(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.pilot.click(desk.review.images_table, offset=(8, 3), button=3)
        await desk.settled()
        assert desk.session.cursor.image == 1
        assert desk.review.context.status.menu_line.is_open
        await desk.press("u")
    assert [one.verdict for _, one in desk.store.items()] == ["unsure"]


async def test_a_box_drawn_around_tiles_selects_them(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("g")
        view = desk.review.context.views.view
        assert isinstance(view, TileView)
        rows, page = view.source.rows, view.page
        assert rows is not None
        across = page.layout.columns
        assert across >= 2
        inside, beside, below = (page.picture(at).offset for at in (0, 1, across + 1))
        await desk.pilot.mouse_down(view, offset=inside)
        await desk.pilot.hover(view, offset=below)
        await desk.settled()
        assert rows.selection.count == 4
        await desk.pilot.hover(view, offset=beside)
        await desk.pilot.mouse_up(view, offset=beside)
        await desk.settled()
        assert rows.selection.count == 2
        assert (view.source.cursor, "2 selected" in desk.text) == (1, True)
        await desk.pilot.click(view, offset=inside)
        await desk.settled()
        assert (view.source.cursor, rows.selection.count) == (0, 2)
        await desk.press("p", "y")
    assert [one.verdict for _, one in desk.store.items()] == ["pass"] * 2
