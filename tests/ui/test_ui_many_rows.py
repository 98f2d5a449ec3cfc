"""Tables that grow, large tables, tables in a narrow window."""

from __future__ import annotations

import pytest
from fixtures.desk_tables import (
    AREA,
    CSV,
    answer,
    background,
    chips,
    fed_of,
    go_to_column,
    headers,
    rows_of,
    selected,
    shown,
)
from fixtures.desks import NARROW, desk_on, verdicts
from fixtures.review_batches import TOTAL, object_rows

from tuiqc.dataset.model import Batch
from tuiqc.review.listing import Listing
from tuiqc.ui.jobs import LONG


@pytest.mark.thorough
async def test_what_was_chosen_survives_more_rows(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab")
        go_to_column(desk, AREA)
        await desk.press("s")
        await answer(desk, "slash", "label < 3")
        await desk.press("home", "space", "c")
        before = (shown(desk), selected(desk), desk.place, chips(desk))
        rows = object_rows(batch)
        rows.decide_all(desk.store.items(), batch)
        desk.session.tables.prepare(rows)
        # What the person does while those rows are on their way counts too.
        await desk.press("s")
        await answer(desk, "slash", "label == 2")
        await desk.press("space")
        later = (shown(desk), selected(desk), desk.place, chips(desk))
        assert later != before
        desk.review.context.work.loading.take("nuclei", fed_of(desk, rows))
        await desk.wait(lambda: desk.session.tables.objects is rows, "the rows")
        await desk.settled()
        assert (shown(desk), selected(desk), desk.place, chips(desk)) == later
        assert "Area↓" in headers(desk)
        assert background(desk.review.objects_table, AREA, 0) is not None


@pytest.mark.thorough
@pytest.mark.parametrize(("count", "columns"), [(200_000, 3), (300, 3000)])
async def test_a_key_costs_a_screenful_however_large_the_table(
    batch: Batch, count: int, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = {"cell": 0, "measured": 0}
    cell, listed = Listing.cell, Listing._listed

    def counted_cell(self: Listing, row: int, column: int) -> str:
        calls["cell"] += 1
        return cell(self, row, column)

    def counted_listed(self: Listing, name: str) -> object:
        calls["measured"] += 1
        return listed(self, name)

    monkeypatch.setattr(Listing, "cell", counted_cell)
    monkeypatch.setattr(Listing, "_listed", counted_listed)
    async with desk_on(batch) as desk:
        rows = rows_of(batch, count, columns)
        desk.review.context.work.loading.take("nuclei", fed_of(desk, rows))
        await desk.wait(lambda: desk.session.tables.objects is rows, "the rows")
        await desk.press("tab")
        table = desk.review.objects_table
        screenful = table.page * 12 + desk.review.images_table.page * 12
        last = len(desk.names) - 1
        for key in ("pagedown", "end", "home", "s", "S", "right", "space", "to the last column", "s"):
            calls.update(cell=0, measured=0)
            if key == "to the last column":
                table.go(table.row, last)
                await desk.settled()
                assert table.column == last
            else:
                await desk.press(key)
                sorting = "sorting …"
                await desk.wait(lambda sorting=sorting: desk.message != sorting, "the sort")
                await desk.settled()
            # A key may paint twice: for itself, and for the picture and counts that follow.
            assert calls["cell"] <= 4 * screenful, key
            assert calls["measured"] <= 40, key
        assert (count > LONG) == (rows.total > LONG)


@pytest.mark.thorough
async def test_filter_selection_and_columns_in_a_narrow_window(batch: Batch) -> None:
    async with desk_on(batch, NARROW) as desk:
        await desk.press("w", "tab")
        assert desk.pane == "objects"
        await answer(desk, "slash", "label == 1")
        assert f"3 of {TOTAL} shown" in desk.text
        assert "label == 1" in desk.text
        await desk.press("slash", *"Cl", "tab")
        assert "Class" in desk.lines[-1]
        await desk.press("escape", "space")
        assert "1 selected" in desk.text
        assert "q quit" in desk.lines[-1]
        for key, words in (
            ("i", "values"),
            ("asterisk", "invert"),
            ("F", "Filters"),
            ("I", "part of a name"),
        ):
            await desk.press(key)
            assert words in desk.text, key
            await desk.press("escape")
        await desk.press("f")
        assert "1 objects of nuclei are selected" in desk.text
        await desk.press("y")
        assert {len(line) for line in desk.lines} == {NARROW[0]}
    assert verdicts(batch.root / CSV) == {("A1", "nuclei", "1"): "fail"}
