"""Plots as cells: every point is in one, verdicts have signs, a million points take little longer."""

from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tuiqc.plots.plot import Walk, nearest
from tuiqc.plots.raster import (
    Points,
    Raster,
    dotted,
    histogram,
    histogram_column,
    merged,
    scatter,
)
from tuiqc.tables.neighbours import neighbour

number = st.one_of(st.floats(-1e300, 1e300), st.sampled_from([np.nan, np.inf, -np.inf, 0.0]))
wild = hnp.arrays(np.float64, st.integers(0, 40), elements=number)


def points(x: np.ndarray, y: np.ndarray | None = None, codes: np.ndarray | None = None) -> Points:
    n = len(x)
    return Points(
        np.arange(n),
        x,
        x if y is None else y,
        np.zeros(n, np.uint8) if codes is None else codes.astype(np.uint8),
        np.zeros(n, bool),
    )


def scattered(found: Points, columns: int, rows: int) -> Raster:
    return scatter(found, dotted(found, columns, rows))


def lines(glyphs: np.ndarray) -> list[str]:
    return ["".join(map(chr, row)) for row in glyphs.tolist()]


@given(wild, st.integers(1, 60), st.integers(1, 20))
def test_any_values_can_be_drawn(x: np.ndarray, columns: int, rows: int) -> None:
    for draw in (scattered, histogram):
        found = draw(points(x, x[::-1]), columns, rows)
        assert found.glyphs.shape == (rows, columns)
        assert found.rgb.shape == (rows, columns, 3)


def test_points_are_where_they_belong() -> None:
    found = scattered(points(np.array([0.0, 10]), np.array([0.0, 10])), 10, 5)
    text = lines(found.glyphs)
    assert text[0][9] != " "
    assert text[4][0] != " "
    assert sum(cell != " " for line in text for cell in line) == 2
    assert found.cell_of(10, 10) == (0, 9)
    assert found.cell_of(99, 0) is None


def test_verdicts_have_signs() -> None:
    found = scattered(points(np.arange(4.0), np.arange(4.0), np.arange(4)), 40, 20)
    text = "".join(lines(found.glyphs))
    assert all(sign in text for sign in "✓✗?")


def test_bars_are_as_high_as_their_counts() -> None:
    found = histogram(points(np.array([0.0, 0, 0, 0, 1, 1, 2]), codes=np.array([2, 0, 0, 0, 1, 1, 0])), 9, 8)
    text = lines(found.glyphs)
    heights = [sum(line[column] != " " for line in text) for column in (0, 3, 6)]
    assert heights == [8, 4, 2]
    assert found.marks is not None
    assert [chr(found.marks[column]) for column in (1, 4, 7)] == ["✗", "✓", " "]
    assert histogram_column(found, 1.0) == 4


def test_walking_by_value() -> None:
    walk = Walk(np.array([5.0, 1, 3, np.nan, 3]))
    assert walk.step(None, 1) == 1
    assert walk.step(1, 1) == 2
    assert walk.step(2, 1) == 4
    assert walk.step(4, -1) == 2
    assert walk.step(0, 1) is None
    assert walk.step(3, 1) == 1
    assert walk.beyond(3.0, 1) == 2
    assert walk.beyond(3.0, -1) == 1


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=2, max_size=60, unique=True))
def test_the_nearest_point_is_that_of_all(places: list[tuple[int, int]]) -> None:
    x, y = np.array(places, float).T
    walk = Walk(x)
    for direction in ("left", "right", "up", "down"):
        found = nearest(walk, y, 0, (1.0, 1.0), direction)
        expected = neighbour(x - x[0], -(y - y[0]), (0.0, 0.0), direction)
        if found is None or expected is None:
            assert found == expected
        else:
            assert cost(x, y, found, direction) == pytest.approx(cost(x, y, expected, direction))


def cost(x: np.ndarray, y: np.ndarray, at: int, direction: str) -> float:
    along, across = abs(x[at] - x[0]), abs(y[at] - y[0])
    if direction in ("up", "down"):
        along, across = across, along
    return float(np.hypot(along, 2 * across))


def test_runs_of_one_colour() -> None:
    rgb = np.array([[1, 1, 1], [1, 1, 1], [2, 2, 2]])
    assert merged(np.array([97, 98, 99], np.uint32), rgb) == [("ab", (1, 1, 1)), ("c", (2, 2, 2))]


def test_a_million_points_are_binned() -> None:
    rng = np.random.default_rng(0)
    many = points(rng.normal(size=10**6), rng.normal(size=10**6))
    start = perf_counter()
    found = scattered(many, 100, 30)
    assert found.crowd > 1000
    assert found.rgb[15, 50].sum() > found.rgb[5, 20].sum()  # the middle is the brightest
    histogram(many, 100, 30)
    assert perf_counter() - start < 3
