"""The lines of a table, as strips: as wide as the table, cut or padded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.style import Style
from textual.app import App, ComposeResult

from tuiqc.review.listing import ListedColumn
from tuiqc.ui.widgets.line_table import LineTable
from tuiqc.ui.widgets.table_lines import Nothing, _strip

PLAIN, BOLD = Style(), Style(bold=True)
PIECES = [("▌", PLAIN), ("ab", BOLD), ("細胞", PLAIN), (" ", PLAIN)]


@pytest.mark.parametrize(
    ("width", "last", "text"),
    [
        (12, None, "▌ab細胞     "),
        (12, ("▐", BOLD), "▌ab細胞    ▐"),
        (6, None, "▌ab細 "),
        (6, ("▐", BOLD), "▌ab細▐"),
        (8, None, "▌ab細胞 "),
    ],
)
def test_a_line_is_as_wide_as_the_table(width: int, last: tuple[str, Style] | None, text: str) -> None:
    strip = _strip(list(PIECES), 8, width, PLAIN, last)
    assert (strip.text, strip.cell_length) == (text, width)
    assert strip.cell_length == sum(segment.cell_length for segment in strip)


class Numbers(Nothing):
    """Rows of one number; those that were asked for are noted."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.add = 0

    def __len__(self) -> int:
        return 100

    def columns(self) -> list[ListedColumn]:
        return [ListedColumn("n", "n", 8, True, "integer")]

    def cell(self, row: int, column: int) -> str:
        self.asked.append(row)
        return str(row + self.add)


class OneTable(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.numbers = Numbers()
        self.table = LineTable(self.numbers)

    def compose(self) -> ComposeResult:
        yield self.table

    def texts(self) -> Iterator[str]:
        return (self.table.render_line(y).text for y in range(self.table.size.height))


async def test_rows_that_stay_in_sight_are_not_made_anew() -> None:
    app = OneTable()
    async with app.run_test(size=(20, 12)) as pilot:
        table, numbers = app.table, app.numbers
        await pilot.pause()
        sight = table.size.region
        table.go(10)  # the last in sight
        table.render_lines(sight)
        numbers.asked.clear()
        table.go(11)
        table.render_lines(sight)  # whether or not the loop has painted by now
        assert sorted(numbers.asked) == [1, 10, 11]  # the cursor's rows, and where the scroll sign stands
        seen = list(app.texts())
        table.refresh()
        assert seen == list(app.texts())
        numbers.add = 5
        table.content_changed()
        assert [text.strip(" ▐") for text in app.texts()][1:3] == ["6", "7"]
