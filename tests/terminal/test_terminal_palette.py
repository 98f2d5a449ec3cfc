"""Palettes: grey ramps, exact overlay colours, bounded errors."""

import numpy as np
import pytest
from fixtures.terminal_pictures import micrograph
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tuiqc.terminal.palette import to_palette


def error(rgb, index, palette):
    return np.abs(palette[index].astype(int) - rgb).max()


def test_overlay_colours_are_exact_and_greys_near():
    rgb = micrograph(200, 200)
    rgb[:3] = (1, 2, 3)
    rgb[50, 60] = (250, 3, 77)
    index, palette = to_palette(rgb)
    coloured = (rgb != rgb[..., :1]).any(axis=2)
    assert (palette[index][coloured] == rgb[coloured]).all()
    assert error(rgb, index, palette) <= 4


def test_greys_are_cut_in_the_same_places_in_every_picture():
    dark, bright = micrograph(seed=1) // 2, micrograph(seed=2)
    for rgb in (dark, bright):
        grey = (rgb == rgb[..., :1]).all(axis=2)
        index, _ = to_palette(rgb)
        shown, step = index[grey], (rgb[grey][:, 0] * 63.0 + 127) // 255
        for entry in range(int(shown.max()) + 1):
            assert np.ptp(step[shown == entry]) == 0


def test_a_dark_background_is_as_bright_as_it_was():
    rgb = np.random.default_rng(0).choice([2, 6], (100, 100, 1)).astype(np.uint8).repeat(3, axis=2)
    for levels in (16, 64):
        index, palette = to_palette(rgb, 256, levels)
        assert abs(palette[index].mean() - rgb.mean()) < 0.5


def test_black_and_white_stay():
    rgb = np.zeros((2, 2, 3), np.uint8)
    rgb[0] = 255
    for levels in (2, 3, 16, 256):
        index, palette = to_palette(rgb, 256, levels)
        assert error(rgb, index, palette) == 0


def test_256_levels_lose_nothing():
    rgb = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)
    index, palette = to_palette(rgb, 256, 256)
    assert error(rgb, index, palette) == 0


def test_a_rare_colour_survives_among_thousands():
    rng = np.random.default_rng(0)
    rgb = np.stack(
        [rng.integers(0, 120, (300, 300)), rng.integers(0, 40, (300, 300)), rng.integers(0, 120, (300, 300))],
        2,
    )
    rgb = rgb.astype(np.uint8)
    rgb[10, 10:14] = (255, 255, 0)
    index, palette = to_palette(rgb)
    assert np.abs(palette[index[10, 10]].astype(int) - (255, 255, 0)).max() <= 8
    assert error(rgb, index, palette) <= 24


def test_many_opaque_blends_of_outlines_are_near():
    rgb = micrograph(300, 300)
    tint = (rgb[..., 2] == 0) & (rgb[..., 0] == 255)
    rgb[tint] = (0.8 * rgb[tint] + 0.2 * np.random.default_rng(0).integers(0, 255, (tint.sum(), 1))).astype(
        np.uint8
    )
    index, palette = to_palette(rgb)
    assert error(rgb, index, palette) <= 8


def test_shades_of_a_half_transparent_outline_are_one_colour_where_asked():
    shade = np.arange(7, dtype=np.uint8).repeat(40).reshape(14, 20, 1)
    rgb = shade + np.array([[[230, 100, 0]]], np.uint8)
    rgb[0] = (0, 100, 230)
    index, palette = to_palette(rgb, near=14.0)
    assert len(palette) == 2
    assert error(rgb, index, palette) <= 6
    assert len(to_palette(rgb)[1]) == 8


@settings(max_examples=25, deadline=None)
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))),
    st.integers(4, 256),
    st.integers(2, 256),
)
def test_any_picture_has_a_valid_palette(rgb, colours, levels):
    index, palette = to_palette(rgb, colours, levels)
    assert index.shape == rgb.shape[:2]
    assert index.dtype == palette.dtype == np.uint8
    assert 1 <= len(palette) <= colours
    assert index.max() < len(palette)
    assert len(np.unique(palette, axis=0)) == len(palette)


def test_the_picture_is_left_as_it_was():
    rgb = micrograph()
    before = rgb.copy()
    rgb.flags.writeable = False
    to_palette(rgb)
    assert (rgb == before).all()


@pytest.mark.parametrize(("colours", "levels"), [(3, 64), (257, 64), (256, 1)])
def test_impossible_sizes_are_refused(colours, levels):
    with pytest.raises(ValueError, match="palette"):
        to_palette(micrograph(), colours, levels)
