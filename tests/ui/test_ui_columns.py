"""Columns: sorting, choosing, aggregates, colours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from fixtures.desk_tables import (
    AREA,
    answer,
    background,
    go_to_column,
    headers,
    images_column,
    shown,
)
from fixtures.desks import desk_on
from textual.widgets import Input, OptionList, Static

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.ui.commands.comparison import compare_layers


@pytest.mark.thorough
async def test_a_further_sort_key_and_its_rank(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab")
        go_to_column(desk, AREA)
        await desk.press("s", "s")
        assert "Area↓" in headers(desk)
        go_to_column(desk, "label")
        desk.review.objects_table.go(0, 0)
        await desk.press("S")
        assert (desk.column(AREA).mark, desk.column("well").mark) == ("↓1", "↑2")
        assert "Area↓1" in " ".join(headers(desk))
        assert "↑2" in " ".join(headers(desk))
        assert shown(desk)[:5] == [("A1", 1), ("A2", 1), ("A10", 1), ("A1", 2), ("A2", 2)]
        await desk.press("S")
        assert shown(desk)[:5] == [("A10", 1), ("A2", 1), ("A1", 1), ("A10", 2), ("A2", 2)], "2 before 10"
        assert f"{AREA} ↓, then well ↓" in desk.message
        await desk.press("S")
        assert "Area↓" in headers(desk), "no rank where there is one key"
        await desk.press("s", "S")
    async with desk_on(batch) as desk:
        assert desk.session.tables.objects is not None
        assert desk.session.tables.objects.view.sort_keys == [("well", True)], "remembered"


@pytest.mark.thorough
async def test_the_panel_of_a_column_and_what_its_keys_do(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab")
        go_to_column(desk, AREA)
        await desk.press("i")
        text = " ".join(desk.text.split())
        for words in (
            "9 values, 0 missing, 4 different",
            "minimum 16",
            "first quartile 36",
            "median 64",
            "third quartile 100",
            "maximum 100",
            "above 83.3% of the values",
            "▲",
        ):
            assert words in text, words
        assert "█" in text
        await desk.press("right")
        assert desk.names[2:4] == ["Class", AREA], "moved to the right"
        await desk.press("left", "left")
        assert desk.names[2] == AREA, "there is no further left than behind those that name a row"
        width = desk.column(AREA).width
        await desk.press("plus", "plus", "minus")
        assert desk.column(AREA).width == width + 2
        await desk.press("p")
        assert desk.review.objects_table.content.pinned() == 3
        await desk.press("escape")
        go_to_column(desk, "Class")
        await desk.press("i")
        assert "odd" in desk.text
        await desk.press("h")
        assert desk.app.screen is desk.review
        assert "Class" not in desk.names
        go_to_column(desk, "label")
        await desk.press("i", "h")
        assert "stay in sight" in desk.message
        assert "label" in desk.names
        desk.review.objects_table.go(0, 2)
        await desk.press("i", "s")
        assert "Area↑" in headers(desk)
        go_to_column(desk, "Location_Center_Y")
        await desk.press("i", "c")
        assert "coloured by Location_Center_Y" in desk.message, "the column of the panel, not the sorted one"
        await desk.press("L")
        assert desk.session.cursor.layer == "cells"
        assert desk.review.objects_table.content.pinned() == 2, "another layer has its own choice"
        await desk.press("L")
        assert "Class" not in desk.names
    async with desk_on(batch) as desk:
        assert desk.names[:3] == ["well", "label", AREA]
        assert "Class" not in desk.names
        assert desk.review.objects_table.content.pinned() == 3
        assert desk.column(AREA).width == width + 2


@pytest.mark.thorough
async def test_the_list_of_columns_narrows_hides_and_goes_there(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "I")
        options = desk.app.screen.query_one(OptionList)
        assert options.option_count == len(desk.names) - 2
        await desk.press(*"center")
        assert options.option_count == 2
        await desk.press("down", "down", "space")
        assert "Location_Center_Y" not in desk.names
        assert "[ ] Location_Center_Y" in desk.text
        await desk.press("enter")
        assert desk.app.screen is desk.review
        assert desk.names[desk.review.objects_table.column] == "Location_Center_Y", "shown again"
        await desk.press("I", *"class", "enter")
        assert desk.names[desk.review.objects_table.column] == "Class"
        await desk.press("I", *"nothing", "enter", "down", "space", "escape")
        assert desk.app.screen is desk.review


@pytest.mark.thorough
async def test_aggregates_stand_in_the_image_table_and_follow_verdicts_and_filters(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab")
        go_to_column(desk, AREA)
        await desk.press("a")
        assert "median AreaShape_Area" in desk.text
        await desk.press("a")
        assert images_column(desk, "fraction failed") == [0, 0, 0]
        await desk.press("a", "c", "a", "d")
        assert images_column(desk, f"mean {AREA}") == pytest.approx([200 / 3, 82, 54])
        assert images_column(desk, f"median {AREA}") == [64, 82, 50]
        await desk.press("f", "f", "p")
        assert images_column(desk, "fraction failed") == pytest.approx([2 / 3, 0, 0])
        assert images_column(desk, "failed") == [2, 0, 0]
        assert images_column(desk, "reviewed") == [3, 0, 0]
        await desk.press("z", "z")
        assert images_column(desk, "fraction failed") == pytest.approx([1 / 3, 0, 0])
        await answer(desk, "slash", "label < 3")
        await desk.press("a", "k")
        assert images_column(desk, f"mean {AREA} (filtered)") == [82, 82, 82]
        await answer(desk, "slash", "label == 1")
        assert images_column(desk, f"mean {AREA} (filtered)") == [100, 100, 100]
        assert images_column(desk, f"mean {AREA}") == pytest.approx([200 / 3, 82, 54])
        await desk.press("a")
        assert f"take out mean {AREA}" in desk.text
        await desk.press("c")
        assert f"mean {AREA}" not in desk.session.tables.images.view.columns
        go_to_column(desk, "Class")
        await desk.press("a")
        assert "count Class" in desk.text
        assert "mean Class" not in desk.text
        await desk.press("escape")


@pytest.mark.thorough
async def test_cells_have_the_colours_of_the_picture(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        objects_table, images_table = desk.review.objects_table, desk.review.images_table
        await desk.press("tab")
        go_to_column(desk, AREA)
        await desk.press("a", "c", "c")

        def colours() -> list[object]:
            scale = desk.review.context.display.scale
            assert scale is not None
            expected = [scale.rgb(value) for value in (100, 64, 36)]
            spec = desk.spec.colouring
            assert spec.limits == scale.limits
            cells = [background(objects_table, AREA, row) for row in range(3)]
            assert cells == expected
            means = [background(images_table, f"mean {AREA}", row) for row in range(3)]
            assert means == [scale.rgb(mean) for mean in (200 / 3, 82, 54)]
            assert background(objects_table, "Class", 0) is None
            return cells

        first = colours()
        assert len(set(first)) == 3
        await desk.press("C", "down", "enter")
        assert "(•) viridis" in desk.text
        assert colours() != first
        await desk.press("end", "up", "enter")
        assert "(•) data: minimum" in desk.text
        assert desk.review.context.display.scale is not None
        assert desk.review.context.display.scale.limits == (16, 100)
        colours()
        line = desk.app.screen.query_one(Input)
        for wrong in ("100 20", "20", "nan 5", "1 inf", "a b"):
            line.focus()
            line.value = wrong
            await desk.press("enter")
            assert "two numbers are needed" in desk.text
            assert desk.review.context.display.scale.limits == (16, 100), wrong
        line.value = "40 64"
        await desk.press("enter")
        assert "(•) typed: 40 to 64" in desk.text
        assert desk.review.context.display.scale.limits == (40, 64)
        assert colours()[0] == colours()[1], "both are at the upper end"
        await desk.press("z")
        assert "[x] zero transparent" in desk.text
        assert desk.spec.display.zero_transparent
        await desk.press("escape")
        assert "40 ████████████ 64" in desk.text, "the legend"
        await answer(desk, "slash", "label < 3")
        await desk.press("s")
        assert background(objects_table, AREA, 0) == desk.review.context.display.scale.rgb(64), (
            "colours go with their rows"
        )
        await desk.press("c")
        assert background(objects_table, AREA, 0) is None
        assert background(images_table, f"mean {AREA}", 0) is None


@pytest.mark.thorough
async def test_a_colour_map_is_chosen_by_its_name_whatever_the_capitals(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "c", "C", "tab")
        line = desk.app.screen.query_one(Input)
        line.value = "500 q"
        await desk.press("enter")
        assert desk.review.context.display.style.colour_map == "blue-white-red"
        line.value = "puor"
        await desk.press("enter")
        assert desk.review.context.display.style.colour_map == "PuOr"
        await desk.press("escape")
        assert (
            background(desk.review.objects_table, desk.review.context.display.style.colour_by, 0) is not None
        )


async def test_two_layers_are_compared_on_the_screen(tmp_path: Path) -> None:
    first = np.zeros((40, 40), np.uint16)
    first[2:12, 2:12], first[2:12, 20:30], first[20:30, 2:12] = 1, 2, 3
    second = first.copy()
    second[second == 2] = 0
    second[20:30, 2:5], second[20:30, 5:8], second[30:38, 30:38] = 9, 10, 8
    for key in ("A01", "A02"):
        tifffile.imwrite(tmp_path / f"{key}.tif", first)
        tifffile.imwrite(tmp_path / f"{key}_cellpose_mask.tif", first)
        tifffile.imwrite(tmp_path / f"{key}_stardist_mask.tif", second if key == "A01" else first)
    batch = open_batch(SourceOptions((str(tmp_path),)))
    async with desk_on(batch, layer="cellpose") as desk:
        await desk.press("tab", "ctrl+k")
        await desk.wait(lambda: "most different come first" in desk.message, "the comparison")
        said = str(desk.app.screen.query_one("#comparison", Static).render())
        assert "4 same, 1 split, 0 merged, 1 missing, 1 extra" in said
        assert "0.50  0.55" in said
        assert "  0.40   0.40" in said, "4 the same of 6 and 8"
        assert max(map(len, said.splitlines())) <= 72
        await desk.press("escape")
        rows = desk.session.tables.objects
        assert rows is not None
        assert [rows.view.value(at, "stardist_kind") for at in (0, 1)] == ["missing", "split"]
        assert shown(desk)[0] == ("A01", 2)
        assert "mean stardist_iou" in desk.session.tables.images.view.columns
        assert dict(desk.review.context.display.style.layers)["stardist"].visible
        await desk.press("L")
        rows = desk.session.tables.objects
        assert rows is not None
        kinds = {rows.view.value(at, "cellpose_kind") for at in range(len(rows.view.order))}
        assert "extra" in kinds, "those that only the other layer has"
    async with desk_on(batch, layer="cellpose") as desk:
        assert "stardist_kind" not in desk.names
        rows, desk.session.tables.objects = desk.session.tables.objects, None
        compare_layers(desk.review.context)
        desk.session.tables.objects = rows
        await desk.wait(lambda: "still being read" in desk.message, "what is said while objects are read")
    lone = replace(batch, layers=["cellpose"])
    async with desk_on(lone, layer="cellpose") as desk:
        await desk.press("ctrl+k")
        assert "no other object layer" in desk.message
