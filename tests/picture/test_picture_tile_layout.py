"""Where tiles stand on a sheet, whatever their number, columns and groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.picture.tile_layout import (
    SMALLEST_COARSE,
    TileLayout,
    best_tiles,
    filling_tile,
    plate_tile,
    tile_size,
)

CELL = (10, 20)


@st.composite
def layouts(draw: st.DrawFn) -> TileLayout:
    sizes = draw(st.lists(st.integers(1, 12), min_size=1, max_size=6))
    columns, rows = draw(st.integers(1, 5)), draw(st.integers(3, 8))
    starts = np.cumsum([0, *sizes[:-1]]) if draw(st.booleans()) else None
    return TileLayout(sum(sizes), columns, rows, starts)


def whole(layout: TileLayout) -> list[tuple[int, int, int]]:
    return [(line.top, line.start, line.stop) for line in layout.lines(0, layout.height)]


@given(layouts())
def test_every_tile_stands_on_one_line_where_place_says(layout: TileLayout) -> None:
    seen = []
    end = 0
    for line in layout.lines(0, layout.height):
        assert line.top == end, "lines follow each other without a gap"
        end = line.top + (1 if line.heading else layout.tile_rows)
        for index in range(line.start, line.stop):
            assert layout.place(index) == (line.top, index - line.start)
            assert layout.group_of(index) == line.group
            seen.append(index)
    assert seen == list(range(layout.count))
    assert end == layout.height


@given(layouts(), st.data())
def test_scrolling_brings_a_tile_in_sight_and_not_further_than_needed(
    layout: TileLayout, data: st.DataObject
) -> None:
    rows = data.draw(st.integers(layout.tile_rows, 40))
    top = 0
    for index in data.draw(st.lists(st.integers(0, layout.count - 1), min_size=1, max_size=8)):
        before, top = top, layout.scrolled(top, rows, index)
        shown = [i for line in layout.lines(top, rows) for i in range(line.start, line.stop)]
        assert index in shown
        at, _ = layout.place(index)
        heading = 1 if layout.place(0)[0] else 0
        if before + heading <= at and at + layout.tile_rows <= before + rows:
            assert top == before, "it was in sight: nothing moves"
        assert top in [line.top for line in layout.lines(0, layout.height)]


@given(layouts(), st.data())
def test_moves_stay_on_the_sheet_and_lead_back(layout: TileLayout, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, layout.count - 1))
    rows = data.draw(st.integers(layout.tile_rows, 40))
    for move in ("left", "right", "up", "down", "page_up", "page_down", "first", "last"):
        assert 0 <= layout.move(index, move, rows) < layout.count
    down = layout.move(index, "down", rows)
    if down != index:
        assert layout.place(down)[0] > layout.place(index)[0]
        assert layout.place(layout.move(down, "up", rows))[0] == layout.place(index)[0]
    pages, at = 0, 0
    while (further := layout.move(at, "page_down", rows)) != at:
        assert further > at
        at, pages = further, pages + 1
    assert layout.place(at)[0] == layout.place(layout.count - 1)[0]


def test_only_lines_in_sight_are_asked_for() -> None:
    layout = TileLayout(1_000_000, 8, 10)
    assert [line.start for line in layout.lines(10_000, 40)] == [8000, 8008, 8016, 8024]
    groups = TileLayout(1_000_000, 8, 10, np.arange(0, 1_000_000, 100))
    assert len(list(groups.lines(500_000, 60))) < 8


def test_an_empty_sheet() -> None:
    layout = TileLayout(0, 4, 10, np.array([], np.intp))
    assert list(layout.lines(0, 100)) == []
    assert layout.height == 0
    assert layout.move(0, "down", 30) == 0
    assert layout.scrolled(5, 30, 0) == 0


@pytest.mark.parametrize(
    ("count", "area", "columns"), [(8, (120, 35), 4), (1, (120, 35), 1), (1000, (80, 19), 5)]
)
def test_columns_are_chosen_so_that_all_are_seen_or_tiles_stay_legible(
    count: int, area: tuple[int, int], columns: int
) -> None:
    assert best_tiles(count, area, 1.0, CELL)[0] == columns


def test_tiles_have_the_shape_of_their_pictures() -> None:
    assert tile_size(4, (120, 35), 1.0, CELL).picture == (28, 14)
    assert tile_size(4, (120, 35), 2.0, CELL).picture == (28, 7)
    assert tile_size(1, (120, 35), 1.0, CELL).height == 35, "never higher than what is in sight"


def test_a_page_is_filled_rather_than_its_lower_rows_left_empty() -> None:
    for area in ((120, 35), (80, 19), (100, 27), (200, 50)):
        columns, size = best_tiles(1000, area, 1.0, CELL)
        lines = area[1] // size.height
        assert lines * size.height * columns * size.width >= 0.75 * area[0] * area[1], area


def test_groups_show_more_than_one_line_in_80_columns() -> None:
    starts = np.arange(0, 1000, 3)
    columns, size = best_tiles(1000, (80, 19), 1.0, CELL, starts)
    assert (
        len(
            [line for line in TileLayout(1000, columns, size.height, starts).lines(0, 19) if not line.heading]
        )
        >= 2
    )


def test_coarse_tiles_are_larger_and_have_no_top_frame() -> None:
    columns, size = best_tiles(1000, (80, 18), 1.0, CELL, None, SMALLEST_COARSE, 1)
    assert (columns, 18 // size.height) == (4, 2), "eight wells are one page"
    assert min(size.picture[0], 2 * size.picture[1]) >= 16
    starts = np.arange(0, 1000, 8)
    columns, size = best_tiles(1000, (80, 18), 1.0, CELL, starts, SMALLEST_COARSE, 1)
    lines = list(TileLayout(1000, columns, size.height, starts).lines(0, 18))
    assert [line.heading for line in lines[:3]] == [True, False, False]


def test_tiles_of_columns_that_were_chosen_fill_the_page_too() -> None:
    for columns in range(1, 12):
        size = filling_tile(columns, (80, 18), 1.0, CELL)
        whole = tile_size(columns, (80, 18), 1.0, CELL)
        assert size.width == whole.width
        assert 0.8 * whole.height <= size.height <= whole.height
        assert 18 // size.height in (18 // whole.height, 18 // whole.height + 1)


def test_a_small_plate_is_all_in_sight_and_a_large_one_has_all_columns() -> None:
    small = plate_tile((2, 3), (80, 17), 1.0, (8, 17))
    assert 2 * small.height <= 17
    assert small.width == 15
    large = plate_tile((8, 12), (80, 17), 1.0, (8, 17))
    assert large == tile_size(12, (80, 17), 1.0, (8, 17))


def test_the_last_page_is_as_full_as_any() -> None:
    layout = TileLayout(200, 7, 8)
    assert layout.last_top(35) == layout.height - 32
    assert len(list(layout.lines(layout.last_top(35), 35))) == 4
    assert TileLayout(3, 7, 8).last_top(35) == 0
    grouped = TileLayout(30, 7, 8, np.array([0, 20]))
    lines = list(grouped.lines(grouped.last_top(18), 18))
    assert lines[-1].stop == 30
