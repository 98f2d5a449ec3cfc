"""Filters, selection, columns, aggregates, colours, finding and writing of tables, as a person would press them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures.desks import NARROW, Desk, csv_rows, desk_on, verdicts
from fixtures.review_batches import TOTAL, object_rows, small_batch
from textual.widgets import Input, OptionList

from tuiqc.dataset.geometry import Geometry
from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectPart
from tuiqc.review.feed import Fed
from tuiqc.review.listing import Listing
from tuiqc.review.objects import ObjectRows
from tuiqc.ui.background import LONG
from tuiqc.ui.messages import ObjectsRead
from tuiqc.ui.screens.confirm import Confirm
from tuiqc.ui.widgets.line_table import LineTable

CSV = "qc_annotations.csv"
AREA = "AreaShape_Area"


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return small_batch(tmp_path / "data")


def fed_of(desk: Desk, rows: ObjectRows) -> Fed:
    """Rows as they come from the thread that reads."""
    images = len(desk.session.batch.images)
    return Fed(rows, desk.session.prepare(rows), Listing(rows), images, images, 1.0)


async def answer(desk: Desk, key: str, text: str) -> None:
    """Open the line with a key, put a text on it, press enter."""
    await desk.press(key)
    assert desk.review.ask_line.is_open, key
    desk.review.ask_line.input.value = text
    await desk.press("enter")


def go_to_column(desk: Desk, name: str) -> None:
    table = desk.review.table
    assert isinstance(table.content, Listing)
    number = table.content.number_of(name)
    assert number is not None, name
    table.go(table.row, number)


def shown(desk: Desk) -> list[tuple[str, int]]:
    """Image and label of the rows of the object table, from the top."""
    objects = desk.session.objects
    assert objects is not None
    keys = [record.key for record in desk.session.batch.images]
    return [(keys[objects.images[at]], int(objects.labels[at])) for at in objects.view.order]


def selected(desk: Desk) -> list[tuple[str, int]]:
    objects = desk.session.objects
    assert objects is not None
    keys = [record.key for record in desk.session.batch.images]
    return [(keys[objects.images[at]], int(objects.labels[at])) for at in objects.selection.positions()]


def headers(desk: Desk) -> list[str]:
    """The headers of the object table with their signs, as far as they are in sight."""
    return desk.review.objects_table.render_line(0).text.split()


def chips(desk: Desk) -> str:
    return desk.review.chip_line.render().plain if desk.review.chip_line.display else ""


def images_column(desk: Desk, name: str) -> list[float]:
    return [float(value) for value in desk.session.images.view.column(name)]


# --- filters


async def test_a_filter_is_typed_counted_completed_and_corrected(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "slash", *"Area")
        assert desk.review.ask_line.has_class("-open")
        await desk.press("tab")
        assert desk.review.ask_line.input.value == AREA
        await desk.press("shift+tab", "tab")
        assert desk.review.ask_line.input.value == AREA
        await desk.press(*" > 50")
        assert f"6 of {TOTAL}" in desk.text, "counted while it is typed"
        assert len(shown(desk)) == TOTAL, "but not in force yet"
        await desk.press(*" and Class == ", "tab")
        assert desk.review.ask_line.input.value.endswith("Class == 'even'"), "values are completed too"
        assert f"3 of {TOTAL}" in desk.text
        desk.review.ask_line.input.value = f"{AREA} > 50 and"
        await desk.press("enter")
        assert desk.review.ask_line.is_open, "a wrong one stays on the line"
        assert "at character 24: " in desk.text
        assert desk.review.ask_line.input.cursor_position == 23
        assert len(shown(desk)) == TOTAL
        desk.review.ask_line.input.value = "odd one: Areas > 50"
        await desk.press("enter")
        assert "at character 10: " in desk.text, "counted from the beginning of the line"
        assert desk.review.ask_line.input.cursor_position == 9
        await desk.press("escape")
        assert not desk.review.ask_line.is_open
        assert desk.pane == "objects"
        assert chips(desk) == ""
        await answer(desk, "slash", f"{AREA} > 50")
        assert desk.pane == "objects"
        assert len(shown(desk)) == 6
        assert f"{AREA} > 50  6 " in chips(desk)
        assert f"6 of {TOTAL} shown" in desk.text
        await answer(desk, "slash", "Class == 'odd'")
        assert shown(desk) == [("A1", 1), ("A2", 1), ("A10", 1)]
        assert "Class == 'odd'  5 " in chips(desk), "the number that it lets through by itself"
        assert f"3 of {TOTAL} shown" in chips(desk)
        await desk.press("f")
        assert desk.place == ("object", "A2", 1), "walking stays within the filter"
        await desk.press("tab", "tab")
        assert desk.pane == "images"
        assert chips(desk) == "", "the filters of the objects are not those of the images"
        await desk.press("tab", "backslash")
        assert len(shown(desk)) == TOTAL
        assert chips(desk) == ""
        await answer(desk, "slash", "verdict is missing")
        assert len(shown(desk)) == TOTAL - 1


async def test_the_images_have_filters_of_their_own_that_outlive_their_counts(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await answer(desk, "slash", "nuclei > 2 and well != 'A1'")
        assert desk.place == ("image", "A10", 0), "what is hidden is not current"
        assert len(desk.session.images) == 1
        await desk.press("tab", "p", "f")
        assert len(desk.session.images) == 1
        assert images_column(desk, "failed") == [0, 0, 1]
        await desk.press("tab", "tab", "backslash")
        assert len(desk.session.images) == 3


async def test_named_filters_are_kept_for_the_next_session(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab")
        await answer(desk, "slash", f"large: {AREA} > 50")
        await answer(desk, "slash", "Class == 'odd'")
        assert "large  6" in chips(desk)
    async with desk_on(batch) as desk:
        assert chips(desk) == "", "kept, not in force"
        await answer(desk, "slash", f"small: {AREA} <= 50")
        assert len(shown(desk)) == 3
        await desk.press("F")
        assert "[ ] large" in desk.text, "another one with a name did not push it out"
        assert "[x] small" in desk.text
        assert "odd" not in desk.text.split("Filters")[1].split("space on/off")[0], (
            "without a name: forgotten"
        )
        await desk.press("down", "space")
        assert len(shown(desk)) == TOTAL, "small is off"
        await desk.press("down", "enter")
        assert [label for _, label in shown(desk)] == [1, 2] * 3
        await desk.press("escape")
        assert "large  6" in chips(desk)
        await desk.press("backslash")
        assert len(shown(desk)) == TOTAL
        await desk.press("F", "down", "x", "escape")
    async with desk_on(batch) as desk:
        await desk.press("F")
        assert "large" in desk.text
        assert "small" not in desk.text, "taken out for good"


# --- selection


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
        assert desk.session.images.selection.count == 2, (
            "the images have a selection and a start of their own"
        )
        assert len(selected(desk)) == 6


async def test_a_verdict_on_a_selection_is_one_step(batch: Batch) -> None:
    before = 0
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


def verdict_of(desk: Desk) -> dict[tuple[str, int], str]:
    return {(subject.image, subject.label): one.verdict for subject, one in desk.store.items() if one.verdict}


# --- order and columns


async def test_a_further_sort_key_and_its_rank(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab")
        go_to_column(desk, AREA)
        await desk.press("s", "s")
        assert f"{AREA}↓" in headers(desk)
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
        assert f"{AREA}↓" in headers(desk), "no rank where there is one key"
        await desk.press("s", "S")
    async with desk_on(batch) as desk:
        assert desk.session.objects is not None
        assert desk.session.objects.view.sort_keys == [("well", True)], "remembered"


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
        assert "Location_Center_X" in desk.names[2:3], "moved to the right"
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
        assert f"{AREA}↑" in headers(desk)
        go_to_column(desk, "Location_Center_Y")
        await desk.press("i", "c")
        assert "coloured by Location_Center_Y" in desk.message, "the column of the panel, not the sorted one"
        await desk.press("L")
        assert desk.session.layer == "cells"
        assert desk.review.objects_table.content.pinned() == 2, "another layer has its own choice"
        await desk.press("L")
        assert "Class" not in desk.names
    async with desk_on(batch) as desk:
        assert desk.names[:3] == ["well", "label", AREA]
        assert "Class" not in desk.names
        assert desk.review.objects_table.content.pinned() == 3
        assert desk.column(AREA).width == width + 2


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
        assert f"mean {AREA}" not in desk.session.images.view.columns
        go_to_column(desk, "Class")
        await desk.press("a")
        assert "count Class" in desk.text
        assert "mean Class" not in desk.text
        await desk.press("escape")


# --- colours


def background(table: LineTable, name: str, row: int) -> object:
    assert isinstance(table.content, Listing)
    number = table.content.number_of(name)
    assert number is not None
    return table.content.background(row, number)


async def test_cells_have_the_colours_of_the_picture(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        objects_table, images_table = desk.review.objects_table, desk.review.images_table
        await desk.press("tab")
        go_to_column(desk, AREA)
        await desk.press("a", "c", "c")

        def colours() -> list[object]:
            scale = desk.review.scale
            assert scale is not None
            expected = [scale.rgb(value) for value in (100, 64, 36)]
            shot = desk.shot.colouring
            assert shot.limits == scale.limits
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
        assert desk.review.scale is not None
        assert desk.review.scale.limits == (16, 100)
        colours()
        line = desk.app.screen.query_one(Input)
        for wrong in ("100 20", "20", "nan 5", "1 inf", "a b"):
            line.focus()
            line.value = wrong
            await desk.press("enter")
            assert "two numbers are needed" in desk.text
            assert desk.review.scale.limits == (16, 100), wrong
        line.value = "40 64"
        await desk.press("enter")
        assert "(•) typed: 40 to 64" in desk.text
        assert desk.review.scale.limits == (40, 64)
        assert colours()[0] == colours()[1], "both are at the upper end"
        await desk.press("z")
        assert "[x] zero transparent" in desk.text
        assert desk.shot.display.zero_transparent
        await desk.press("escape")
        assert "40 ████████████ 64" in desk.text, "the legend"
        await answer(desk, "slash", "label < 3")
        await desk.press("s")
        assert background(objects_table, AREA, 0) == desk.review.scale.rgb(64), "colours go with their rows"
        await desk.press("c")
        assert background(objects_table, AREA, 0) is None
        assert background(images_table, f"mean {AREA}", 0) is None


# --- finding and going


async def test_finding_goes_from_cell_to_cell(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "f3")
        assert desk.review.ask_line.is_open, "nothing was looked for yet: it asks"
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
        assert desk.shot.label == 4


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
            assert desk.review.ask_line.is_open
            await desk.press("escape")
        await answer(desk, "ctrl+g", "A2")
        assert desk.place == ("image", "A2", 0)
        assert desk.pane == "images"
        await answer(desk, "slash", "well != 'A1'")
        await answer(desk, "ctrl+g", "A1")
        assert "hidden by a filter" in desk.text


# --- files


async def test_the_table_is_written_as_it_stands(batch: Batch, tmp_path: Path) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "f")
        go_to_column(desk, AREA)
        await desk.press("s")
        await answer(desk, "slash", "well != 'A2'")
        await answer(desk, "E", str(tmp_path / "out.csv"))
        assert "7 rows written" in desk.message
        frame = pd.read_csv(tmp_path / "out.csv")
        assert list(zip(frame["well"], frame["label"], strict=True)) == shown(desk)
        assert list(frame.columns) == desk.names
        assert dict(zip(frame["label"], frame["verdict"], strict=True))[1] in ("fail", np.nan)
        assert (frame["verdict"] == "fail").sum() == 1
        go_to_column(desk, "Class")
        await desk.press("i", "h")
        await answer(desk, "E", str(tmp_path / "out.tsv"))
        assert "Class" not in pd.read_csv(tmp_path / "out.tsv", sep="\t").columns
        await desk.press("home", "space", "space")
        await answer(desk, "E", str(tmp_path / "out.parquet"))
        assert "2 rows written" in desk.message
        assert list(pd.read_parquet(tmp_path / "out.parquet")[AREA]) == [16, 36], (
            "the selection, in this order"
        )
        await answer(desk, "E", str(tmp_path / "out.xlsx"))
        assert "must end with" in desk.text
        assert desk.review.ask_line.is_open
        await desk.press("escape")
        table = batch.images[0].tables["nuclei"]
        assert table is not None
        old = table.read_bytes()
        await answer(desk, "E", str(table))
        assert isinstance(desk.app.screen, Confirm), "a file is not replaced unasked"
        await desk.press("n")
        assert table.read_bytes() == old
        await answer(desk, "E", str(tmp_path / "out.csv"))
        await desk.press("y")
        assert len(pd.read_csv(tmp_path / "out.csv")) == 2
        assert not list(tmp_path.glob("*.tmp"))


async def test_columns_of_another_file_are_joined_and_reported(batch: Batch, tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_text("well,label,Score,Class\nA1,1,0.5,x\nA1,2,2.5,y\nA10,4,7,x\nA10,77,1,x\nA99,1,3,x\n")
    async with desk_on(batch) as desk:
        await desk.press("tab")
        go_to_column(desk, AREA)
        await desk.press("c")
        await answer(desk, "ctrl+o", str(tmp_path / "missing.csv"))
        assert desk.review.ask_line.is_open
        assert "no such file" in desk.text.casefold()
        await desk.press("escape")
        await answer(desk, "ctrl+o", str(more))
        assert "3 of 9 objects of nuclei matched" in desk.message
        assert not desk.review.ask_line.is_open
        assert background(desk.review.objects_table, AREA, 0) is not None, "the colours stay"
        objects = desk.session.objects
        assert objects is not None
        scores = objects.view.column("Score")
        assert [scores[0], scores[1], scores[8]] == [0.5, 2.5, 7]
        assert np.isnan(scores[2:8].astype(float)).all()
        assert list(objects.view.column("Class"))[:2] == ["odd", "even"], "the table's own column stays"
        await answer(desk, "slash", "Score > 1")
        assert shown(desk) == [("A1", 2), ("A10", 4)]
        go_to_column(desk, "Score")
        await desk.press("s", "s")
        assert shown(desk) == [("A10", 4), ("A1", 2)]
        await desk.press("J")
        assert "more.csv: 3 of 9 objects of nuclei matched" in desk.text


# --- more rows, many rows, many columns


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
        desk.session.prepare(rows)
        # What the person does while those rows are on their way counts too.
        await desk.press("s")
        await answer(desk, "slash", "label == 2")
        await desk.press("space")
        later = (shown(desk), selected(desk), desk.place, chips(desk))
        assert later != before
        desk.review.post_message(ObjectsRead("nuclei", fed_of(desk, rows)))
        await desk.wait(lambda: desk.session.objects is rows, "the rows")
        await desk.settled()
        assert (shown(desk), selected(desk), desk.place, chips(desk)) == later
        assert f"{AREA}↓" in headers(desk)
        assert background(desk.review.objects_table, AREA, 0) is not None


def rows_of(batch: Batch, count: int, columns: int) -> ObjectRows:
    """Many objects of the first image, with many columns."""
    rng = np.random.default_rng(1)
    labels = np.arange(1, count + 1)
    values = rng.random((count, columns))
    frame = pd.concat(
        [
            pd.DataFrame({"image": np.zeros(count, np.int64), "label": labels}),
            pd.DataFrame(values, columns=[f"m{number:04}" for number in range(columns)]),
        ],
        axis=1,
    )
    part = ObjectPart(0, "nuclei", frame, Geometry.unknown(count), images=(0, 1, 2))
    return ObjectRows(batch, "nuclei", [part])


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
        desk.review.post_message(ObjectsRead("nuclei", fed_of(desk, rows)))
        await desk.wait(lambda: desk.session.objects is rows, "the rows")
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
        assert "nothing was decided" in desk.review.progress_line.message


async def test_a_colour_map_is_chosen_by_its_name_whatever_the_capitals(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "c", "C", "tab")
        line = desk.app.screen.query_one(Input)
        line.value = "500 q"
        await desk.press("enter")
        assert desk.review.display_style.colour_map == "blue-white-red"
        line.value = "puor"
        await desk.press("enter")
        assert desk.review.display_style.colour_map == "PuOr"
        await desk.press("escape")
        assert background(desk.review.objects_table, desk.review.display_style.colour_by, 0) is not None
