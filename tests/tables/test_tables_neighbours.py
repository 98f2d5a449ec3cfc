"""Hopping to the object next to one in the picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.tables.neighbours import neighbour

CROSS_X = np.array([50.0, 10.0, 90.0, 50.0, 50.0])
CROSS_Y = np.array([50.0, 50.0, 50.0, 10.0, 90.0])


@pytest.mark.parametrize(("direction", "found"), [("left", 1), ("right", 2), ("up", 3), ("down", 4)])
def test_the_four_sides(direction, found):
    assert neighbour(CROSS_X, CROSS_Y, (50.0, 50.0), direction) == found


def test_none_on_that_side():
    assert neighbour(CROSS_X, CROSS_Y, (10.0, 50.0), "left") is None


def test_a_row_is_walked_along_the_row():
    x, y = np.array([0.0, 30.0, 20.0]), np.array([0.0, 0.0, 18.0])
    assert neighbour(x, y, (0.0, 0.0), "right") == 1


def test_outside_the_cone_counts_when_nothing_is_inside():
    x, y = np.array([0.0, 5.0]), np.array([0.0, 60.0])
    assert neighbour(x, y, (0.0, 0.0), "right") == 1


def test_unknown_places_are_passed_over():
    x, y = np.array([0.0, np.nan, 9.0]), np.array([0.0, 0.0, 0.0])
    assert neighbour(x, y, (0.0, 0.0), "right") == 2


points = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=20)


@given(points, st.sampled_from(["left", "right", "up", "down"]))
def test_what_is_found_lies_on_that_side(places, direction):
    x, y = np.array(places).T
    found = neighbour(x, y, (50.0, 50.0), direction)
    sides = {"left": 50 - x, "right": x - 50, "up": 50 - y, "down": y - 50}
    if found is None:
        assert not (sides[direction] > 0.5).any()
    else:
        assert sides[direction][found] > 0
