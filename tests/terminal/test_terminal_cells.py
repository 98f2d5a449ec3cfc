"""Sizes of a text cell that terminals answer, and which of them are believed."""

from __future__ import annotations

import pytest

from tuiqc.terminal.capabilities import DEFAULT_CELL, find_cell, plausible_cell


@pytest.mark.parametrize("size", [(6, 13), (8, 17), (10, 20), (11, 18), (20, 44), (12, 14), (3, 6)])
def test_cells_of_fonts_are_believed(size: tuple[int, int]) -> None:
    assert plausible_cell(size)


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (2, 8), (9000, 9000), (20, 10), (10, 60), (6, 30)])
def test_nonsense_is_not(size: tuple[int, int]) -> None:
    assert not plausible_cell(size)
    assert find_cell((120, 40, 0, 0), size, None)[0] == DEFAULT_CELL


def test_a_text_area_with_its_sides_swapped_is_not_believed() -> None:
    assert find_cell((120, 40, 0, 0), None, (800, 1200))[0] == DEFAULT_CELL
    assert find_cell((120, 40, 0, 0), None, (1200, 800))[0] == (10, 20)
