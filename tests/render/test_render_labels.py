from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.render import colormaps
from tuiqc.render.colormaps import COLORMAPS, NEUTRAL, colour_map_names, glasbey, rgb_to_lab
from tuiqc.render.labels import (
    as_labels,
    colours_by_category,
    colours_by_value,
    fit_labels,
    label_colours,
    robust_limits,
    uniform_colours,
)


@pytest.mark.parametrize("name", list(COLORMAPS))
def test_colour_maps_are_tables_that_run_smoothly(name):
    table = COLORMAPS[name]
    assert (table.shape, table.dtype) == ((256, 3), np.uint8)
    assert np.abs(np.diff(table.astype(int), axis=0)).max() < 12


def test_the_ends_of_the_colour_maps():
    blue, white, red = COLORMAPS["blue-white-red"][[0, 128, 255]].astype(int)
    assert blue[2] > 250 > 100 > blue[0]
    assert white.min() > 250
    assert red[0] > 250 > 100 > red[2]
    lightness = rgb_to_lab(COLORMAPS["viridis"])[:, 0]
    assert (np.diff(lightness) > -0.5).all()


def test_lab_of_known_colours():
    lab = rgb_to_lab(np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0]]))
    np.testing.assert_allclose(lab, [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]], atol=0.02)


def test_categorical_colours_are_unlike_and_light():
    for n, apart in ((8, 45), (32, 20), (256, 5)):
        lab = rgb_to_lab(glasbey(n))
        distance = np.sqrt(((lab[:, None] - lab[None]) ** 2).sum(axis=2))
        assert distance[~np.eye(n, dtype=bool)].min() > apart
        assert lab[:, 0].min() > 48
    assert sorted(map(tuple, glasbey(32, 5).tolist())) == sorted(map(tuple, glasbey(32).tolist()))
    assert not np.array_equal(glasbey(32, 5), glasbey(32))
    assert np.array_equal(glasbey(256), colormaps._farthest_points(256))  # kept as text in the module
    with pytest.raises(ValueError, match="0 colours"):
        glasbey(0)


@given(st.integers(1, 2**40), st.integers(0, 50))
def test_neighbouring_labels_differ_and_the_background_is_clear(label, seed):
    colours = label_colours(seed=seed).lookup(np.array([[0, label, label + 1]]))
    assert colours.shape == (1, 3, 4)
    assert colours[0, 0].tolist() == [0, 0, 0, 0]
    assert colours[0, 1:, 3].tolist() == [255, 255]
    assert (colours[0, 1] != colours[0, 2]).any()


@pytest.mark.parametrize(
    ("offset", "dtype"),
    [
        *((0, dtype) for dtype in ("uint8", "uint16", "uint32", "uint64")),
        *((300, dtype) for dtype in ("uint16", "uint32")),
        *((offset, dtype) for offset in (2**24 + 5, 2**31) for dtype in ("uint32", "uint64")),
    ],
)
def test_colours_by_value_find_their_labels(offset, dtype):
    ids = np.array([3, 5, 1, 4]) + offset
    colours = colours_by_value(ids, [0.0, 10.0, 5.0, np.nan], "gray", (0, 10))
    plane = np.array([[0, *ids, offset + 2, np.iinfo(dtype).max]], dtype)
    looked = colours.lookup(plane)[0]
    assert looked[0].tolist() == [0, 0, 0, 0]
    assert looked[1:4, 0].tolist() == [0, 255, 128]
    for unknown in looked[4:]:
        assert unknown.tolist() == [*NEUTRAL, 255]
    assert colours.colour(int(ids[1])) == (255, 255, 255)


def test_of_a_label_twice_the_last_value_counts_and_labels_below_1_do_not():
    colours = colours_by_value([2, 2, 0, -1], [0, 1, 1, 1], "gray", (0, 1))
    assert colours.colour(2) == (255, 255, 255)
    assert colours.lookup(np.array([0])).tolist() == [[0, 0, 0, 0]]


def test_no_objects_at_all():
    for colours in (colours_by_value([], []), colours_by_category([], [])):
        assert colours.lookup(np.array([0, 7])).tolist() == [[0, 0, 0, 0], [*NEUTRAL, 255]]


def test_categories_and_uniform():
    colours = colours_by_category([1, 2, 3, 4], [7, 7, 8, -1])
    assert colours.colour(1) == colours.colour(2) != colours.colour(3)
    assert colours.colour(4) == NEUTRAL
    assert uniform_colours((1, 2, 3)).lookup(np.array([9, 0])).tolist() == [[1, 2, 3, 255], [0, 0, 0, 0]]


def test_robust_limits():
    values = np.r_[np.arange(100.0), 1e9, np.nan, np.inf]
    low, high = robust_limits(values)
    assert (low, high) == pytest.approx((1, 99))
    assert robust_limits([]) == (0, 1)
    assert robust_limits([3, 3]) == (3, 4)
    assert robust_limits([1e300, 1e300])[1] > 1e300
    assert robust_limits([0] * 999 + [5]) == (0, 5)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64", "float32", "float64"])
def test_as_labels_takes_whole_numbers(dtype):
    plane = np.array([[0, 1], [1, 0]]).astype(dtype)
    labels = as_labels(plane)
    assert labels.dtype.kind == "u"
    np.testing.assert_array_equal(labels, plane)


def test_as_labels_keeps_large_ones():
    assert as_labels(np.array([[2**40]]))[0, 0] == 2**40
    assert as_labels(np.array([[2.0**24 + 1]]))[0, 0] == 2**24 + 1


@pytest.mark.parametrize(
    ("plane", "message"),
    [
        (np.array([[0.5]]), "not whole"),
        (np.array([[np.inf]]), "not finite"),
        (np.array([[-3]]), r"negative labels \(down to -3\)"),
        (np.array([[-2.0]]), "negative"),
        (np.array([[1e300]]), "too large"),
        (np.zeros((2, 2, 3), np.uint8), r"shape \(2, 2, 3\)"),
        (np.array([["a"]]), "type"),
    ],
)
def test_as_labels_says_what_is_wrong(plane, message):
    with pytest.raises(ValueError, match=message):
        as_labels(plane)


def test_labels_of_another_size_are_cut_or_padded_never_stretched():
    labels = np.arange(1, 13, dtype=np.uint16).reshape(3, 4)
    assert fit_labels(labels, (3, 4)) is labels
    np.testing.assert_array_equal(fit_labels(labels, (2, 3)), labels[:2, :3])
    padded = fit_labels(labels, (4, 3))
    np.testing.assert_array_equal(padded[:3], labels[:, :3])
    assert not padded[3].any()
    assert padded.dtype == np.uint16


def test_every_map_that_is_named_can_be_had_and_is_a_table():
    names = colour_map_names()
    assert names[: len(COLORMAPS)] == tuple(COLORMAPS)
    assert len(set(names)) == len(names) > 200
    for name in names[:: max(1, len(names) // 40)]:
        assert COLORMAPS[name].shape == (256, 3)


def test_a_map_of_several_meanings_says_nothing_on_the_terminal(capfd):
    assert COLORMAPS["PiYG"].shape == (256, 3)
    assert COLORMAPS["coolwarm"].shape == (256, 3)
    assert capfd.readouterr() == ("", "")


def test_there_is_no_map_of_another_name():
    assert "no such map" not in COLORMAPS
    with pytest.raises(KeyError):
        COLORMAPS["no such map"]
