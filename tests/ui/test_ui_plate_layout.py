"""How plates fit on screens: every well can be seen, and numbers fit their cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.dataset.plates.wells import FORMATS
from tuiqc.ui.views.plate_layout import LABEL, MARGIN, PlateLayout, neighbour_well, shade, value_text


@given(
    st.integers(1, 300), st.integers(1, 100), st.sampled_from(list(FORMATS)), st.integers(-4, 4), st.data()
)
def test_the_cursor_is_always_in_sight(
    across: int, down: int, size: int, zoom: int, data: st.DataObject
) -> None:
    shape = FORMATS[size]
    before = None
    for _ in range(3):
        cursor = (data.draw(st.integers(0, shape[0] - 1)), data.draw(st.integers(0, shape[1] - 1)))
        found = PlateLayout.of((across, down), shape, cursor, zoom, before)
        assert 0 <= found.first_row <= cursor[0] < found.first_row + found.rows <= shape[0]
        assert 0 <= found.first_column <= cursor[1] < found.first_column + found.columns <= shape[1]
        before = found


@pytest.mark.parametrize(("wells", "width"), [(6, 16), (96, 4), (384, 2), (1536, 1)])
def test_all_columns_of_any_plate_fit_80_cells(wells: int, width: int) -> None:
    found = PlateLayout.of((78, 17), FORMATS[wells], (0, 0))
    assert (found.columns, found.width) == (FORMATS[wells][1], width)
    assert LABEL + found.columns * found.width + MARGIN <= 78


def test_two_rows_in_a_line_where_there_are_more_rows_than_lines() -> None:
    found = PlateLayout.of((78, 19), FORMATS[1536], (31, 47))
    assert found.halves
    assert (found.rows, found.columns, found.first_row) == (32, 48, 0)
    assert found.well_at(LABEL, 16) == (30, 0)
    larger = PlateLayout.of((78, 19), FORMATS[1536], (31, 47), 1)
    assert (larger.halves, larger.width, larger.rows) == (False, 1, 17)
    assert not PlateLayout.of((78, 19), FORMATS[1536], (0, 0), halves=False).halves


def test_wells_under_the_mouse() -> None:
    found = PlateLayout.of((78, 17), FORMATS[96], (0, 0))
    assert found.well_at(LABEL, 1) == (0, 0)
    assert found.well_at(LABEL + 5, 1 + found.height) == (1, 1)
    assert found.well_at(0, 5) is None
    assert found.well_at(LABEL + 48, 1) is None


@given(st.floats(allow_nan=True, allow_infinity=True), st.integers(1, 9))
def test_numbers_fit(value: float, width: int) -> None:
    assert len(value_text(value, width)) <= width


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        (31.0, 3, "31"),
        (5.136, 4, "5.14"),
        (0.154, 3, "0.2"),
        (123456, 4, "123k"),
        (0, 2, "0"),
        (-0.3, 4, "-0.3"),
        (234.1, 2, "…"),
        (0.0098, 3, ".01"),
        (-0.0098, 4, "-.01"),
        (0.00098, 3, "~0"),
    ],
)
def test_numbers_as_exact_as_fits(value: float, width: int, text: str) -> None:
    assert value_text(value, width) == text


def test_shades_rise() -> None:
    assert [shade(unit) for unit in (0, 0.3, 0.5, 0.7, 1, float("nan"))] == [" ", "░", "▒", "▓", "█", "·"]


def test_arrows_leave_empty_wells_out() -> None:
    wells = {(0, 0), (0, 5), (3, 1), (7, 7)}
    assert neighbour_well(wells, (0, 0), (0, 1)) == (0, 5)
    assert neighbour_well(wells, (0, 0), (1, 0)) == (3, 1)
    assert neighbour_well(wells, (7, 7), (1, 0)) is None
    assert neighbour_well(wells, (7, 7), (0, -1)) == (3, 1)
