"""Filters: typed, counted, kept."""

from __future__ import annotations

import pytest
from fixtures.desk_tables import (
    AREA,
    answer,
    chips,
    images_column,
    shown,
)
from fixtures.desks import desk_on
from fixtures.review_batches import TOTAL
from textual.color import Color

from tuiqc.dataset.model import Batch


def contrast(one: Color, other: Color) -> float:
    """Contrast of two colours after WCAG 2.1."""

    def luminance(colour: Color) -> float:
        parts = [part / 255 for part in colour.rgb]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


async def test_a_filter_is_typed_counted_completed_and_corrected(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "slash", *"Area")
        assert desk.review.context.status.ask_line.has_class("-open")
        await desk.press("tab")
        assert desk.review.context.status.ask_line.input.value == AREA
        await desk.press("shift+tab", "tab")
        assert desk.review.context.status.ask_line.input.value == AREA
        await desk.press(*" > 50")
        assert f"6 of {TOTAL}" in desk.text, "counted while it is typed"
        assert len(shown(desk)) == TOTAL, "but not in force yet"
        await desk.press(*" and Class == ", "tab")
        assert desk.review.context.status.ask_line.input.value.endswith("Class == 'even'"), (
            "values are completed too"
        )
        assert f"3 of {TOTAL}" in desk.text
        desk.review.context.status.ask_line.input.value = f"{AREA} > 50 and"
        await desk.press("enter")
        assert desk.review.context.status.ask_line.is_open, "a wrong one stays on the line"
        assert "at character 24: " in desk.text
        comment = desk.review.context.status.ask_line.query_one("#comment").styles
        assert contrast(comment.color, desk.review.context.status.ask_line.styles.background) >= 4.5
        assert desk.review.context.status.ask_line.input.cursor_position == 23
        assert len(shown(desk)) == TOTAL
        desk.review.context.status.ask_line.input.value = "odd one: Areas > 50"
        await desk.press("enter")
        assert "at character 10: " in desk.text, "counted from the beginning of the line"
        assert desk.review.context.status.ask_line.input.cursor_position == 9
        await desk.press("escape")
        assert not desk.review.context.status.ask_line.is_open
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


@pytest.mark.thorough
async def test_the_images_have_filters_of_their_own_that_outlive_their_counts(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await answer(desk, "slash", "nuclei > 2 and well != 'A1'")
        assert desk.place == ("image", "A10", 0), "what is hidden is not current"
        assert len(desk.session.tables.images) == 1
        await desk.press("tab", "p", "f")
        assert len(desk.session.tables.images) == 1
        assert images_column(desk, "failed") == [0, 0, 1]
        await desk.press("tab", "tab", "backslash")
        assert len(desk.session.tables.images) == 3


@pytest.mark.thorough
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


async def test_the_line_says_what_is_left_out_for_want_of_a_value(batch: Batch) -> None:
    table = batch.images[0].tables["nuclei"]
    lines = table.read_text().splitlines()
    place = lines[0].split(",").index(AREA)
    for number in (1, 2):
        cells = lines[number].split(",")
        lines[number] = ",".join([*cells[:place], "", *cells[place + 1 :]])
    table.write_text("\n".join(lines) + "\n")
    async with desk_on(batch) as desk:
        await desk.press("tab", "slash", *f"{AREA} > 0")
        assert f"{TOTAL - 2} of {TOTAL}; 2 without a value are left out" in desk.text
