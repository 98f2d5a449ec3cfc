"""Captions of tiles that are too narrow for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.text import display_width
from tuiqc.ui.views.tile_page import THIN, frame_row, short_caption


@pytest.mark.parametrize(
    ("caption", "width", "text"),
    [
        ("✗ B04 · 18 · ✗ 4", 16, "✗ B04 · 18 · ✗ 4"),
        ("✗ B04 · 18 · ✗ 4", 12, "✗ B04 · 18"),
        ("✗ B04 · 18", 5, "✗ B04"),
        ("✗ B04 · 18", 4, "✗B04"),
        ("· B04 · 18", 3, "B04"),
        ("✗ B04 · 18", 3, "✗B…"),
    ],
)
def test_whole_parts_first(caption: str, width: int, text: str) -> None:
    assert short_caption(caption, width) == text


@given(st.text(max_size=30), st.integers(1, 30))
def test_any_caption_fits(caption: str, width: int) -> None:
    assert display_width(short_caption(caption, width)) <= width


@given(st.text(max_size=30), st.booleans(), st.integers(4, 40))
def test_any_row_of_a_frame_is_as_wide_as_its_tile(caption: str, selected: bool, width: int) -> None:
    row = frame_row(THIN, None, width, caption, selected)
    assert sum(display_width(one.text) for one in row) == width
    assert not selected or any("◆" in one.text for one in row)
