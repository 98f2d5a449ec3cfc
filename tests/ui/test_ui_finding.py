"""Finding and going: cells, rows, labels, images."""

from __future__ import annotations

import pytest
from fixtures.desk_tables import (
    answer,
)
from fixtures.desks import desk_on

from tuiqc.dataset.model import Batch


@pytest.mark.thorough
async def test_finding_goes_from_cell_to_cell(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "f3")
        assert desk.review.context.status.ask_line.is_open, "nothing was looked for yet: it asks"
        await desk.press("escape")
        await answer(desk, "ctrl+f", "even")
        assert desk.place == ("object", "A1", 2)
        assert desk.names[desk.review.objects_table.column] == "Class"
        assert "'even' in Class" in desk.message
        await desk.press("f3")
        assert desk.place == ("object", "A2", 2)
        await desk.press("f4", "f4")
        assert desk.place == ("object", "A10", 4), "round the end"
        await answer(desk, "ctrl+f", "nowhere")
        assert "'nowhere' is in no cell and in no column's name" in desk.message
        await answer(desk, "ctrl+f", "shape_area")
        assert "in the name of column AreaShape_Area" in desk.message
        assert desk.names[desk.review.objects_table.column] == "AreaShape_Area"
        assert desk.place == ("object", "A10", 4)
        assert desk.spec.label == 4


@pytest.mark.thorough
async def test_going_to_a_row_a_label_and_an_image(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab")
        await answer(desk, "ctrl+g", "5")
        assert desk.place == ("object", "A2", 2)
        await answer(desk, "ctrl+g", "#1")
        assert desk.place == ("object", "A2", 1), "of this image first"
        await answer(desk, "ctrl+g", "#4")
        assert desk.place == ("object", "A10", 4), "of any other then"
        for wrong, told in (
            ("#77", "none that is shown"),
            ("A77", "no image has the key A77"),
            ("0", "none that is shown"),
            ("9" * 5000, "no image has the key"),
            ("#" + "9" * 5000, "no image has the key"),
        ):
            await answer(desk, "ctrl+g", wrong)
            assert told in desk.text
            assert desk.review.context.status.ask_line.is_open
            await desk.press("escape")
        await answer(desk, "ctrl+g", "A2")
        assert desk.place == ("image", "A2", 0)
        assert desk.pane == "images"
        await answer(desk, "slash", "well != 'A1'")
        await answer(desk, "ctrl+g", "A1")
        assert "hidden by a filter" in desk.text
