"""Which keys may follow: menus in the lines of keys, letters of rows, tiles and wells."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.desks import NARROW, WIDE, Desk, desk_on
from fixtures.review_batches import small_batch
from textual.geometry import Offset
from textual.widget import Widget

from tuiqc.ui.jump_letters import ALPHABET, JumpTarget, Letters
from tuiqc.ui.panels.list_panel import ListPanel
from tuiqc.ui.widgets.menu_line import MOST_ROWS, MenuLine


def menu_of(desk: Desk) -> MenuLine:
    return desk.review.context.status.menu_line


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_menu_stands_in_the_lines_of_keys_and_nothing_else_moves(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with desk_on(small_batch(tmp_path / "data"), size) as desk:
        await desk.calm()
        # The first line tells how long a picture took, which may come late.
        number, above = desk.review.context.pictures.number, desk.lines[1 : size[1] - 1 - MOST_ROWS]
        focused = desk.app.focused
        await desk.press("asterisk")
        menu = menu_of(desk)
        assert menu.is_open
        assert desk.app.screen is desk.review, "no box over the picture"
        told = " ".join(desk.lines[-MOST_ROWS:])
        for words in ("a all", "n none", "i invert", "= ", "esc leave"):
            assert words in told
        assert "p pass" not in told, "keys that are not in force now"
        assert [line.rstrip() for line in desk.lines[1 : 1 + len(above)]] == [line.rstrip() for line in above]
        assert desk.review.context.pictures.number == number, "no picture is drawn for it"
        await desk.press("p")
        assert desk.store.counts("image")["pass"] == 0, "a key that is no entry is for nobody else"
        assert menu.is_open
        await desk.press("escape")
        assert not menu.is_open
        assert desk.app.focused is focused
        assert "p pass" in desk.lines[-1]


@pytest.mark.thorough
async def test_a_menu_by_arrows_and_by_mouse(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data"), WIDE) as desk:
        images = desk.session.tables.images
        await desk.press("asterisk", "enter")
        assert images.selection.count == 3
        await desk.press("asterisk", "right", "enter")
        assert images.selection.count == 0
        await desk.press("asterisk")
        line = next(y for y, text in enumerate(desk.lines) if "i invert" in text)
        await desk.pilot.click(offset=(desk.lines[line].index("i invert") + 2, line))
        await desk.settled()
        assert images.selection.count == 3
        await desk.press("asterisk")
        await desk.pilot.click(desk.review.objects_table, offset=(6, 3))
        await desk.settled()
        assert not menu_of(desk).is_open, "the person went elsewhere"


@pytest.mark.thorough
async def test_a_menu_of_too_many_words_is_a_list(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data"), WIDE) as desk:
        entries = [(str(number), "abcdefghijklmnop"[number], "many words " * 5) for number in range(16)]
        chosen: list[str] = []
        desk.review.context.choose("Much", entries, chosen.append)
        await desk.settled()
        assert isinstance(desk.app.screen, ListPanel)
        await desk.press("c")
        assert chosen == ["2"]


# --- letters


def test_letters_are_of_two_and_narrow() -> None:
    targets = [JumpTarget(0, number, str) for number in range(30)]
    letters = Letters(targets)
    assert len(letters.places) == 30
    assert len(Letters([JumpTarget(0, 0, str)] * 1000).places) == len(ALPHABET) ** 2
    assert not letters.type("7")
    assert letters.type("S")
    assert letters.found is None
    assert not letters.type("z"), "no place has it"
    assert letters.type("a")
    assert letters.found == targets[26]


def letters_at(desk: Desk, number: int) -> str:
    """The letters of the place of that number among those that are in sight, as the screen shows them."""
    context = desk.review.context
    place = context.views.view or context.tables.judged
    letters = getattr(place, "letters", None) or getattr(place, "_letters", None)
    assert isinstance(place, Widget)
    assert isinstance(letters, Letters)
    shown, target = list(letters.places.items())[number]
    x, y = place.content_region.offset + Offset(target.x, target.y)
    assert desk.lines[y][x : x + 2] == shown
    return shown


async def test_letters_bring_the_cursor_to_a_row(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data"), WIDE) as desk:
        await desk.press("tab", "underscore")
        assert "two letters" in desk.lines[-1]
        letters = letters_at(desk, 4)
        before = desk.session.cursor.position
        await desk.press("7", letters[0])
        assert "second letter" in desk.lines[-1]
        await desk.press(letters[1])
        assert (before, desk.session.cursor.position) == (0, 4)
        assert not menu_of(desk).is_open
        assert desk.review.objects_table.letters is None
        await desk.press("underscore", "escape")
        assert desk.session.cursor.position == 4
        assert desk.review.objects_table.letters is None
        await desk.press("p")
        assert desk.store.counts("object")["pass"] == 1, "keys are keys again"


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_letters_of_tiles_and_wells(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk_on(small_batch(tmp_path / "data"), size) as desk:
        await desk.press("g", "underscore")
        await desk.press(*letters_at(desk, 3))
        assert desk.session.cursor.position == 3
        await desk.press("escape", "G", "underscore")
        await desk.press(*letters_at(desk, 2))
        assert desk.session.cursor.image == 2
        await desk.press("escape", "P")
        assert "Plate" in desk.text  # a desk paints what is read of it
        await desk.press("underscore")
        await desk.press(*letters_at(desk, 0))
        assert desk.session.cursor.image == 0


@pytest.mark.thorough
async def test_letters_where_there_are_no_places(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data"), NARROW) as desk:
        await desk.press("underscore")  # the picture has the place of the tables
        assert "w shows the table" in desk.message
        await desk.press("x", "underscore")
        assert "nothing here" in desk.message
        assert not menu_of(desk).is_open
