"""Outlines exact to the pixel: the area of the polygons is that of the label, whatever its shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tuiqc.measure.contours import ring_area, trace

PLANES = arrays(np.uint16, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3))


@settings(max_examples=60, deadline=None)
@given(PLANES)
def test_the_polygons_cover_the_pixels_of_the_label_and_are_valid(plane: np.ndarray) -> None:
    shapely = pytest.importorskip("shapely")
    high, wide = plane.shape
    y, x = np.mgrid[:high, :wide] + 0.5
    found = dict(trace(plane))
    assert sorted(found) == [label for label in np.unique(plane).tolist() if label]
    for label, polygons in found.items():
        shape = shapely.MultiPolygon([(one.outer, one.holes) for one in polygons])
        assert shapely.is_valid(shape), shapely.is_valid_reason(shape)
        assert shape.area == sum(one.area for one in polygons) == (plane == label).sum()
        inside = shapely.contains(shape, shapely.points(x, y))
        assert np.array_equal(inside, plane == label)


def test_holes_belong_to_their_part_and_straight_sides_have_two_corners() -> None:
    plane = np.zeros((12, 20), np.int32)
    plane[1:6, 1:6] = plane[7:11, 10:19] = 7
    plane[2:4, 2:4] = 0
    ((label, polygons),) = trace(plane)
    assert label == 7
    assert [(len(one.outer), [ring_area(hole) for hole in one.holes]) for one in polygons] == [
        (4, [-4]),
        (4, []),
    ]
    assert polygons[0].outer.tolist() == [[1, 1], [6, 1], [6, 6], [1, 6]]
    assert list(trace(np.zeros((0, 4), np.uint8))) == []
