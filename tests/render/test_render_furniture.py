"""Scale bar, minimap, crosshair, and the small figures: lengths are right, nothing leaves the display."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.render.highlight import WHITE, YELLOW
from tuiqc.render.minimap import CYAN, draw_crosshair, draw_minimap, minimap_size
from tuiqc.render.scale_bar import HEIGHT, ScaleBar, draw_mask, draw_scale_bar, scale_bar, text_mask
from tuiqc.render.viewport import Viewport


def black(height: int, width: int) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8)


def where(canvas: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return (canvas == np.array(colour, np.uint8)).all(axis=2)


@pytest.mark.parametrize(
    ("zoom", "width", "pixel_um", "expected"),
    [
        (1.0, 800, 0.5, ScaleBar(200, "100 µm")),
        (4.0, 800, 0.5, ScaleBar(160, "20 µm")),
        (1.0, 800, None, ScaleBar(200, "200 px")),
        (64.0, 640, 0.065, ScaleBar(98, "100 nm")),
        (0.01, 800, 5.0, ScaleBar(200, "100 mm")),
        (64.0, 100, None, None),
    ],
)
def test_the_bar_is_a_round_length(zoom, width, pixel_um, expected):
    assert scale_bar(zoom, width, pixel_um) == expected


@given(st.floats(1 / 1024, 64), st.integers(20, 4000), st.one_of(st.none(), st.floats(1e-4, 999)))
def test_the_bar_is_as_long_as_it_says_and_takes_at_most_a_quarter(zoom, width, pixel_um):
    bar = scale_bar(zoom, width, pixel_um)
    if bar is None:
        assert pixel_um is None
        return
    number, unit = bar.text.split()
    length = float(number) * {"px": 1, "nm": 1e-3, "µm": 1, "mm": 1e3}[unit]
    assert bar.length == max(1, round(length / (pixel_um or 1) * zoom))
    assert bar.length <= max(1, width / 4 + 1)
    assert number.strip("0.")[:1] in ("1", "2", "5")


def test_the_bar_is_drawn_with_its_length_above_it_and_alone_where_the_display_is_coarse():
    fine, coarse = black(400, 600), black(60, 80)
    draw_scale_bar(fine, ScaleBar(100, "20 µm"))
    bar = where(fine, WHITE)
    assert bar[-16:-12, -112:-12].all()
    assert bar[:-20].any(), "the figures"
    draw_scale_bar(coarse, ScaleBar(20, "20 µm"))
    assert where(coarse, WHITE).sum() == 20
    tiny = black(4, 30)
    draw_scale_bar(tiny, ScaleBar(20, "20 µm"))
    assert not tiny.any()


def test_every_text_of_a_bar_can_be_drawn():
    assert text_mask("0.123456789 µm nm px mm", 2).shape[0] == 2 * HEIGHT
    assert text_mask("").shape == (HEIGHT, 0)


@given(st.integers(-30, 60), st.integers(-30, 60))
def test_a_mask_is_cut_at_the_edges(x, y):
    canvas = black(20, 30)
    draw_mask(canvas, text_mask("2"), x, y, WHITE, (9, 9, 9))
    assert canvas.shape == (20, 30, 3)
    inside = 0 <= x <= 25 and 0 <= y <= 13
    assert not inside or where(canvas, WHITE).sum() == text_mask("2").sum()


def test_there_is_a_minimap_only_where_not_all_is_in_view():
    shape = (1000, 2000)
    fit = Viewport.fit(shape, 600, 400)
    assert minimap_size(fit, shape) is None
    assert minimap_size(fit.with_zoom(fit.zoom * 4), shape) == (132, 66)
    assert minimap_size(Viewport.fit((3, 3000), 10, 10).with_zoom(5), (3, 3000)) is None


@pytest.mark.thorough
@given(st.floats(0, 1999), st.floats(0, 999), st.floats(0.21, 64), st.booleans())
def test_the_frame_of_the_minimap_is_inside_it_and_round_the_view(x, y, zoom, coarse):
    shape = (1000, 2000)
    width, height = (120, 80) if coarse else (600, 400)
    view = Viewport.fit(shape, width, height).with_zoom(max(zoom, width / 2000 * 1.1)).centred(x, y)
    canvas = black(height, width)
    size = minimap_size(view, shape)
    draw_minimap(canvas, view, shape)
    if size is None:
        assert not canvas.any()
        return
    margin = 1 if coarse else 10
    left = width - margin - size[0]
    rows, columns = np.nonzero(where(canvas, YELLOW))
    assert rows.min() >= margin
    assert rows.max() < margin + size[1]
    assert columns.min() >= left
    assert columns.max() < left + size[0]
    assert left + x / 2000 * size[0] == pytest.approx(
        (columns.min() + columns.max()) / 2, abs=size[0] * 0.3 + 3
    )


def test_the_minimap_shows_the_picture_that_fits():
    shape = (1000, 1000)
    view = Viewport.fit(shape, 400, 400).with_zoom(2)
    size = minimap_size(view, shape)
    assert size is not None
    canvas = black(400, 400)
    draw_minimap(canvas, view, shape, np.full((size[1], size[0], 3), 77, np.uint8))
    assert where(canvas, (77, 77, 77)).sum() > 0.8 * size[0] * size[1]


@pytest.mark.thorough
@given(st.integers(0, 63), st.integers(0, 47), st.floats(1, 64))
def test_the_crosshair_leaves_its_pixel_free(x, y, zoom):
    view = Viewport.fit((48, 64), 640, 480).with_zoom(zoom).centred(x, y)
    canvas = black(480, 640)
    draw_crosshair(canvas, view, x, y)
    lines = where(canvas, CYAN)
    assert lines.any()
    rows, columns = np.nonzero(lines)
    where_x, where_y = view.to_image(columns, rows)
    assert not ((np.floor(where_x + 0.5) == x) & (np.floor(where_y + 0.5) == y)).any()


def test_a_crosshair_out_of_sight_draws_nothing():
    view = Viewport.fit((48, 64), 640, 480).with_zoom(60).centred(5, 5)
    canvas = black(480, 640)
    draw_crosshair(canvas, view, 60, 40)
    assert not canvas.any()
