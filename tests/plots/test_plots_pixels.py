"""Plots in pixels, the boxes of a plot, and the way from point to point by arrow and mouse."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
import pytest
from fixtures.review_batches import small_batch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from tuiqc.plots.choice import PlotChoice, inside, points_of
from tuiqc.plots.drawing import PAPER, Canvas, box_cells, draw, with_cursor
from tuiqc.plots.plot import CROWD, Plot, make_plot
from tuiqc.plots.raster import SELECTED_RGB, VERDICT_RGB
from tuiqc.plots.steps import in_groups, next_point, point_at, value_at, whole_bins
from tuiqc.render.stamps import check, cross, disc, grown, question, ring, stamp
from tuiqc.review.headless import whole_images, whole_objects
from tuiqc.review.rows import Rows

SPACE, CANVAS = (40, 12), Canvas(40 * 8, 12 * 16, 16)
number = st.one_of(st.floats(-1e300, 1e300), st.sampled_from([np.nan, np.inf, -np.inf, 0.0]))


def rows_of(**columns: object) -> Rows:
    return Rows(pd.DataFrame(columns), [])


def made_of(rows: Rows, kind: str, space: tuple[int, int] = SPACE, **changes: object) -> Plot:
    columns = list(rows.view.frame.columns)
    choice = PlotChoice(kind, columns[0], columns[1], columns[-1])  # type: ignore[arg-type]
    return make_plot(rows, choice, space, None, **changes)  # type: ignore[arg-type]


def holds(rgb: NDArray[np.uint8], colour: object) -> bool:
    return bool((rgb == np.asarray(colour, np.uint8)).all(axis=-1).any())


def judged(rows: Rows) -> Rows:
    """The first four rows have no verdict, pass, fail, unsure; the fifth is selected."""
    rows.codes[:4] = [0, 1, 2, 3]
    rows.selection.mask[4] = True
    return rows


# --- pictures


@pytest.mark.parametrize("kind", ["histogram", "scatter", "box"])
@given(values=hnp.arrays(np.float64, (7, 2), elements=number), data=st.data())
def test_any_values_are_drawn_and_marked(kind: str, values: NDArray[np.float64], data: st.DataObject) -> None:
    rows = judged(rows_of(x=values[:, 0], y=values[:, 1], group=list("aabbbcc")))
    made = made_of(rows, kind)
    drawn = draw(made, CANVAS)
    assert drawn.shape == (CANVAS.height, CANVAS.width, 3)
    at = data.draw(st.integers(0, 6))
    places = st.tuples(st.floats(0, 40), st.floats(0, 12))
    first, last = value_at(made, *data.draw(places)), value_at(made, *data.draw(places))
    marked = with_cursor(drawn, made, CANVAS, at, (first, last))
    assert marked.shape == drawn.shape


@pytest.mark.parametrize("kind", ["scatter", "box"])
def test_verdicts_have_shapes_of_their_own(kind: str) -> None:
    values = [10.0, 20, 30, 40, 50]
    rows = judged(rows_of(x=values, y=values[::-1], group=["a"] * 5))
    drawn = draw(made_of(rows, kind), CANVAS)
    shapes = [(drawn == colour).all(axis=-1) for colour in VERDICT_RGB[1:]]
    sizes = {int(shape.sum()) for shape in shapes}
    assert len(sizes) == 3
    assert 0 not in sizes
    assert holds(drawn, SELECTED_RGB)
    masks = [mask(4).tobytes() for mask in (disc, ring, cross, check, question)]
    assert len(set(masks)) == 5


def test_bars_are_hatched_and_as_high_as_their_counts() -> None:
    rows = rows_of(x=[0.0] * 8 + [1.0] * 4 + [2.0] * 2, y=[0.0] * 14)
    rows.codes[8:12] = 2
    made = made_of(rows, "histogram")
    drawn = draw(made, CANVAS)
    filled = [int((drawn[:, x] != PAPER).any(axis=-1).sum()) for x in (40, 150, 260)]
    grid = min(filled) - round(2 / 8.32 * CANVAS.height)
    assert [round((tall - grid) / CANVAS.height * 8.32) for tall in filled] == [8, 4, 2]
    failed = drawn[:, 110:200]
    assert holds(failed, VERDICT_RGB[2])
    assert holds(failed, VERDICT_RGB[2] // 3), "the hatch"


def test_the_current_one_and_a_range_are_seen() -> None:
    rows = rows_of(x=[1.0, 2, 3, 9], y=[1.0, 2, 3, 9], group=list("aabb"))
    for kind in ("histogram", "scatter", "box"):
        made = made_of(rows, kind)
        drawn = draw(made, CANVAS)
        marked = with_cursor(drawn, made, CANVAS, 3, None)
        assert (marked != drawn).any()
        assert (marked[:, :100] == drawn[:, :100]).all() or kind == "scatter"
        shaded = with_cursor(drawn, made, CANVAS, None, ((1.0, 1.0), (3.0, 3.0)))
        changed = (shaded != drawn).any(axis=(0, 2))
        assert changed.any()
        assert not changed[-60:].any()


def test_a_crowd_takes_no_longer_than_its_binning() -> None:
    rng = np.random.default_rng(0)
    rows = rows_of(x=rng.normal(size=10**6), y=rng.normal(size=10**6))
    rows.codes[::3] = 2
    rows.selection.mask[::5] = True
    made = made_of(rows, "scatter")
    start = process_time()
    drawn = draw(made, CANVAS)
    assert process_time() - start < 2
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) < 100, "few colours, few bytes"


def test_stamps_outside_are_left_out() -> None:
    rgb = np.zeros((5, 5, 3), np.uint8)
    stamp(rgb, np.array([-99, 0, 4]), np.array([0, 0, 4]), grown(disc(2)), np.array([9, 9, 9]))
    assert rgb[0, 0, 0] == rgb[4, 4, 0] == 9
    assert rgb[4, 0, 0] == 0


# --- boxes as cells


@pytest.mark.parametrize(("rows_high", "tall"), [(12, 3), (4, 1)])
def test_boxes_on_lines(rows_high: int, tall: int) -> None:
    rows = rows_of(x=[0.0, 1, 2, 3, 4, 9, 9, 10], y=[0.0] * 8, group=list("aaaaacca"))
    rows.codes[7] = 2
    made = made_of(rows, "box", (20, rows_high))
    assert made.line_height == tall
    glyphs, rgb = box_cells(made, 0)
    text = ["".join(map(chr, line)) for line in glyphs.tolist()]
    middle = text[tall // 2]
    assert middle.rstrip().endswith("✗")
    assert middle.lstrip().startswith("├")
    assert "┃" in middle
    assert text[tall + tall // 2].strip()
    assert not "".join(text[2 * tall :]).strip()
    assert holds(rgb, VERDICT_RGB[2])


# --- from point to point


def test_in_a_crowd_one_goes_from_dot_to_dot() -> None:
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(0, 1e-6, CROWD), [5.0, 9.0, 9.0]])
    y = np.concatenate([rng.normal(0, 1e-6, CROWD), [0.0, 0.0, 5.0]])
    made = made_of(rows_of(x=x, y=y), "scatter")
    assert made.dots is not None
    assert next_point(made, 17, "right") == CROWD
    assert next_point(made, CROWD, "right") == CROWD + 1
    assert next_point(made, CROWD + 1, "up") == CROWD + 2
    assert next_point(made, CROWD + 1, "right") is None
    back = next_point(made, CROWD, "left")
    assert back is not None
    assert back < CROWD


def test_a_key_in_a_million_points_takes_no_time() -> None:
    rng = np.random.default_rng(2)
    made = made_of(rows_of(x=rng.normal(size=10**6), y=rng.normal(size=10**6)), "scatter", (70, 30))
    at: int | None = int(np.argmax(made.points.x))
    start = process_time()
    for direction in ("left", "up", "right", "down") * 5:
        at = next_point(made, at, direction) or 0  # type: ignore[arg-type]
    point_at(made, 3.0, 3.0)
    assert (process_time() - start) / 21 < 0.02


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=40))
def test_the_mouse_finds_the_nearest_point(places: list[tuple[int, int]]) -> None:
    x, y = np.array(places, float).T
    made = made_of(rows_of(x=x, y=y), "scatter")
    assert made.raster is not None
    for at in range(len(x)):
        column = (x[at] - made.raster.x_limits[0]) / np.ptp(made.raster.x_limits) * SPACE[0]
        row = (made.raster.y_limits[1] - y[at]) / np.ptp(made.raster.y_limits) * SPACE[1]
        found = point_at(made, float(column), float(row))
        assert found is not None
        assert (x[found], y[found]) == (x[at], y[at])


def test_the_mouse_in_bars_and_boxes() -> None:
    rows = rows_of(x=[1.0, 1.1, 5.0, 9.0, 9.3], y=[0.0] * 5, group=list("aabbb"))
    bars = made_of(rows, "histogram")
    assert point_at(bars, 39.9, 3) == 4
    assert point_at(bars, 0.1, 3) in (0, 1)
    boxes = made_of(rows, "box")
    assert point_at(boxes, 39.9, 1) == 1, "the nearest of the group in the first line"
    assert point_at(boxes, 0.1, 4) == 2
    assert point_at(boxes, 0.1, 11) is None


def test_a_drawn_range_takes_whole_bins_and_the_groups_it_covers() -> None:
    rows = rows_of(x=[0.0, 1, 1, 2, 3], y=[0.0] * 5, group=list("aabbc"))
    bars = made_of(rows, "histogram")
    first, last = whole_bins(bars, ((1.4, 0.0), (0.9, 0.0)))
    assert inside(bars.points, False, first, last).tolist() == [1, 2]
    boxes = made_of(rows, "box")
    every = np.arange(5)
    assert in_groups(boxes, every, (1.0, 4.0), 0).tolist() == [0, 1, 2, 3]
    assert in_groups(bars, every, (1.0, 4.0), 0).tolist() == [0, 1, 2, 3, 4]


def test_what_is_hidden_is_not_plotted_and_an_order_is_taken_over() -> None:
    rows = rows_of(x=[3.0, 1, 2], y=[0.0, 0, 0])
    made = made_of(rows, "histogram")
    assert made_of(rows, "box", before=made).walk is made.walk
    rows.view.sort_by_keys([("x", False)])
    rows.show_where(np.array([True, False, True]))
    assert points_of(rows, made.choice, None).position.tolist() == [0, 2]


def test_images_are_rows_to_plot_too(tmp_path: Path) -> None:
    batch = small_batch(tmp_path)
    images = whole_images(batch, whole_objects(batch, "nuclei", []), [])
    made = make_plot(images, PlotChoice("histogram", "nuclei"), SPACE, None)
    assert made.points.x.tolist() == images.view.column("nuclei").tolist()
