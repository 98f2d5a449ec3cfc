from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.render.resample import Grid
from tuiqc.render.viewport import Viewport

views = st.builds(
    Viewport,
    width=st.integers(1, 200),
    height=st.integers(1, 200),
    centre_x=st.floats(-50, 300),
    centre_y=st.floats(-50, 300),
    zoom=st.floats(0.05, 20),
)
shapes = st.tuples(st.integers(1, 250), st.integers(1, 250))


@given(shapes, st.integers(1, 300), st.integers(1, 300))
def test_fit_shows_all_of_the_image_in_the_middle(shape, width, height):
    view = Viewport.fit(shape, width, height)
    assert view.window(shape) == (0, shape[0], 0, shape[1])
    left, top = view.to_display(-0.5, -0.5)
    right, bottom = view.to_display(shape[1] - 0.5, shape[0] - 0.5)
    assert left >= -0.5 - 1e-6
    assert right <= width - 0.5 + 1e-6
    for first, last, length in ((left, right, width), (top, bottom, height)):
        # A side that is thinner than a display pixel may be half of one beside the middle.
        assert first + last == pytest.approx(length - 1, abs=1e-6 if last - first >= 1 else 1 + 1e-6)
    assert not Grid.of(view, view.window(shape)).empty, "at least a line is to be seen"


@given(views, st.floats(-100, 400), st.floats(-100, 400))
def test_there_and_back(view, x, y):
    assert view.to_image(*view.to_display(x, y)) == pytest.approx((x, y), abs=1e-6)


@given(views, st.floats(0.2, 5), st.floats(0, 200), st.floats(0, 200))
def test_zooming_keeps_the_point_under_the_pointer(view, factor, x, y):
    assert view.zoomed(factor, about=(x, y)).to_image(x, y) == pytest.approx(view.to_image(x, y), abs=1e-6)
    assert view.zoomed(factor).to_image((view.width - 1) / 2, (view.height - 1) / 2) == pytest.approx(
        (view.centre_x, view.centre_y)
    )


def test_panning_right_shows_what_is_on_the_right():
    view = Viewport(100, 80, 50, 40, 2.0).panned(10, -4)
    assert (view.centre_x, view.centre_y) == (55, 38)


def test_the_zoom_has_bounds_and_the_centre_stays_on_the_image():
    view = Viewport(100, 100, 5, 5, 1.0)
    assert view.zoomed(1e9).zoom == 64
    assert view.zoomed(1e-9).zoom == 1 / 1024
    held = view.centred(-100, 1000).held_inside((20, 30))
    assert (held.centre_x, held.centre_y) == (0, 19)


def test_a_display_of_the_images_size_shows_each_pixel_once():
    view = Viewport.fit((30, 40), 40, 30)
    grid = Grid.of(view, view.window((30, 40)))
    np.testing.assert_array_equal(grid.ys, np.arange(30))
    np.testing.assert_array_equal(grid.xs, np.arange(40))


@given(views, shapes)
def test_the_window_holds_every_pixel_that_is_seen(view, shape):
    window = view.window(shape)
    grid = Grid.of(view, window)
    x, y = np.meshgrid(np.arange(view.width), np.arange(view.height))
    image_x, image_y = view.to_image(x, y)
    column, row = np.floor(image_x + 0.5), np.floor(image_y + 0.5)
    seen = (column >= 0) & (column < shape[1]) & (row >= 0) & (row < shape[0])
    drawn = np.zeros_like(seen)
    if not grid.empty:
        drawn[grid.rows, grid.columns] = True
        assert grid.ys.min() >= 0
        assert grid.ys.max() < window.shape[0]
        assert grid.xs.max() < window.shape[1]
    np.testing.assert_array_equal(drawn, seen)
