"""Selection: rows chosen one by one and many at once, and what is decided about them."""

from __future__ import annotations

import pytest
from fixtures.desk_tables import (
    AREA,
    CSV,
    answer,
    chips,
    go_to_column,
    images_column,
    selected,
    verdict_of,
)
from fixtures.desks import csv_rows, desk_on, verdicts
from fixtures.review_batches import TOTAL
from textual.widgets import Input

from tuiqc.dataset.model import Batch
from tuiqc.ui import autosave
from tuiqc.ui.screens.dialogs import Confirm


@pytest.mark.thorough
async def test_rows_are_selected_one_by_one_and_many_at_once(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "space", "space")
        assert selected(desk) == [("A1", 1), ("A1", 2)]
        assert desk.place == ("object", "A1", 3), "on to the next"
        assert "2 selected" in chips(desk)
        assert sum("•" in line for line in desk.lines) == 2
        await desk.press("up", "space")
        assert selected(desk) == [("A1", 1)]
        await desk.press("home", "space", "asterisk")
        assert "Select · 0 selected, 9 shown" in desk.text
        await desk.press("escape", "end", "asterisk", "r")
        assert len(selected(desk)) == TOTAL, "from the one that was touched last to this one"
        await desk.press("asterisk", "n")
        assert selected(desk) == []
        assert "nothing is selected" in desk.message
        assert chips(desk) == ""
        await desk.press("home", "down")
        go_to_column(desk, AREA)
        for key, labels in (("equal", [2] * 3), ("less", [3, 3, 4]), ("greater", [1] * 3)):
            await desk.press("asterisk")
            assert f"{AREA} {key} {'to' if key == 'equal' else 'than'} 64" in desk.text
            await desk.press({"equal": "equals_sign", "less": "less_than_sign"}.get(key, "greater_than_sign"))
            assert [label for _, label in selected(desk)] == labels, key
        await answer(desk, "slash", "well == 'A10'")
        await desk.press("asterisk", "i")
        assert selected(desk) == [("A1", 1), ("A2", 1), ("A10", 2), ("A10", 3), ("A10", 4)], "what is shown"
        await desk.press("asterisk", "a")
        assert len(selected(desk)) == 6
        await desk.press("tab", "tab", "space", "up", "asterisk", "r")
        assert desk.session.tables.images.selection.count == 2, (
            "the images have a selection and a start of their own"
        )
        assert len(selected(desk)) == 6


@pytest.mark.thorough
async def test_a_verdict_on_a_selection_is_one_step(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autosave, "IDLE", 3600.0)  # the journal is emptied when nothing happens
    async with desk_on(batch) as desk:
        journal = desk.store.path.with_name(CSV + ".journal")
        await desk.press("tab", "p", "space", "down", "space", "home", "space")
        await answer(desk, "slash", "well != 'A10'")
        before = len(journal.read_bytes().splitlines())
        assert selected(desk) == [("A1", 1), ("A1", 2), ("A2", 1)]
        await desk.press("f")
        assert isinstance(desk.app.screen, Confirm)
        assert "3 objects of nuclei are selected." in desk.text
        assert "1 have a verdict already" in desk.text
        await desk.press("n")
        assert verdict_of(desk) == {("A1", 1): "pass"}
        assert "nothing was changed" in desk.message
        await desk.press("f", "y")
        assert verdict_of(desk) == {("A1", 1): "fail", ("A1", 2): "fail", ("A2", 1): "fail"}
        assert len(journal.read_bytes().splitlines()) == before + 1, "one step in the journal"
        assert "3 marked in one step" in desk.message
        assert selected(desk) == []
        assert images_column(desk, "failed") == [2, 1, 0]
        await desk.press("z")
        assert verdict_of(desk) == {("A1", 1): "pass"}
        assert images_column(desk, "failed") == [0, 0, 0], "in all images"
        assert images_column(desk, "reviewed") == [1, 0, 0]
        await desk.press("Z")
        assert images_column(desk, "failed") == [2, 1, 0]
        await desk.press("z", "backslash")
        go_to_column(desk, AREA)
        await desk.press("end", "asterisk", "equals_sign", "n")
        desk.app.screen.query_one("#note", Input).value = "tiny"
        await desk.press("enter")
        assert "1 objects of nuclei" in desk.text
        await desk.press("enter")
    rows = {(row["image"], row["label"]): (row["verdict"], row["note"]) for row in csv_rows(batch.root / CSV)}
    assert rows == {("A1", "1"): ("pass", ""), ("A10", "4"): ("", "tiny")}
    assert verdicts(batch.root / CSV)["A1", "nuclei", "1"] == "pass"


@pytest.mark.thorough
async def test_clearing_a_selection_takes_back_all_that_was_decided_about_it(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "f", "p")
        await desk.press("home", "space", "space", "space", "backspace")
        assert isinstance(desk.app.screen, Confirm)
        await desk.press("y")
        assert [annotation for _, annotation in desk.store.items() if annotation.verdict] == []
        assert selected(desk) == []
        await desk.press("z")
        assert sorted(one.verdict for _, one in desk.store.items() if one.verdict) == ["fail", "pass"]


async def test_clearing_a_selection_without_verdicts_says_so(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "space", "backspace")
        assert not isinstance(desk.app.screen, Confirm)
        assert "nothing was decided" in desk.review.context.status.progress_line.message
