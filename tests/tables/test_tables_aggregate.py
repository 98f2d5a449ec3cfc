"""Aggregates against pandas, and the figures of the training data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.tables.aggregate import AGGREGATES, Aggregate, aggregate_values, aggregates
from tuiqc.tables.table_view import TableView


def aggregate(frame: pd.DataFrame, column: str, how: str, images: int) -> np.ndarray:
    """One aggregate of a frame whose column "image" says of which image each object is."""
    one = Aggregate(column, how)
    return aggregates(TableView(frame), [one], frame["image"].to_numpy(), images)[one.label]


PRACTICAL = Path(__file__).resolve().parents[2] / "../shared/data/batch_qc_practical"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.one_of(st.just(np.nan), st.floats(-1e6, 1e6)), st.integers(0, 4)), max_size=30),
    st.sampled_from([how for how in AGGREGATES if how != "fraction of outliers"]),
)
def test_aggregates_are_those_of_pandas(rows, how):
    data = pd.DataFrame(rows, columns=["x", "image"]).astype({"x": float, "image": int})
    expected = data.groupby("image")["x"].agg({"sd": "std"}.get(how, how)).reindex(range(5))
    if how in ("count", "sum"):
        expected = expected.fillna(0)
    found = aggregate(data, "x", how, 5)
    assert found.shape == (5,)
    np.testing.assert_allclose(found, expected.to_numpy(dtype=float), rtol=1e-9, atol=1e-6)


def test_mean_of_object_number_in_the_training_data():
    table = PRACTICAL / "All_Wells_cells.txt"
    if not table.exists():
        pytest.skip("the training data is not beside this checkout")
    data = pd.read_csv(table, sep="\t")
    data["image"] = data["ImageNumber"] - data["ImageNumber"].min()
    means = aggregate(data, "ObjectNumber", "mean", 8)
    assert means.tolist() == [7.0, 4.0, 7.0, 5.5, 9.5, 6.0, 5.5, 8.0]
    assert aggregate(data, "FileName_DNA", "count", 8).sum() == 97


def test_text_can_only_be_counted_and_text_that_is_numbers_can_be_used():
    data = pd.DataFrame({"image": [0, 0, 1], "name": ["a", None, "b"], "number": ["1", "3", None]})
    assert aggregate(data, "name", "count", 3).tolist() == [1, 1, 0]
    assert aggregate(data, "number", "mean", 2).tolist()[0] == 2
    with pytest.raises(ValueError, match="name has text"):
        aggregate(data, "name", "mean", 3)
    with pytest.raises(KeyError):
        aggregate(data, "other", "mean", 3)


def test_infinite_values_and_images_out_of_range():
    values = np.array([np.inf, np.inf, 1.0, 5.0])
    image = np.array([0, 0, 1, 7])
    assert aggregate_values(values, image, 2, "median").tolist() == [np.inf, 1.0]
    assert aggregate_values(values, image, 2, "count").tolist() == [2, 1]
    with pytest.raises(ValueError, match="'mode' is not one of"):
        aggregate_values(values, image, 2, "mode")


def test_several_aggregates_of_all_or_of_what_the_filter_lets_through():
    view = TableView(pd.DataFrame({"area": [1.0, 2.0, 3.0, 100.0, 2.0], "well": ["a", "a", "b", "b", None]}))
    image = np.array([0, 0, 1, 1, 1])
    wanted = [
        Aggregate("area", "mean"),
        Aggregate("area", "mean", filtered=True),
        Aggregate("", "fraction failed"),
        Aggregate("area", "fraction of outliers"),
        Aggregate("", "count", filtered=True),
        Aggregate("well", "count"),
        Aggregate("area", "sd"),
    ]
    found = aggregates(
        view,
        wanted,
        image,
        3,
        failed=np.array([True, False, False, True, True]),
        mask=np.array([False, True, True, False, True]),
    )
    assert list(found) == [
        "mean area",
        "mean area (filtered)",
        "fraction failed",
        "fraction of outliers area",
        "count (filtered)",
        "count well",
        "sd area",
    ]
    expected = [
        [1.5, 35.0, np.nan],
        [2.0, 2.5, np.nan],
        [0.5, 2 / 3, np.nan],
        [0.0, 1 / 3, np.nan],
        [1, 2, 0],
        [2, 2, 0],
        [np.sqrt(0.5), np.std([3, 100, 2], ddof=1), np.nan],
    ]
    np.testing.assert_allclose(list(found.values()), expected)


def test_what_is_missing_for_an_aggregate_is_said():
    view = TableView(pd.DataFrame({"well": ["a"]}))
    with pytest.raises(ValueError, match="needs the verdicts"):
        aggregates(view, [Aggregate("", "fraction failed")], np.array([0]), 1)
    with pytest.raises(ValueError, match="well has text"):
        aggregates(view, [Aggregate("well", "mean")], np.array([0]), 1)
    with pytest.raises(KeyError):
        aggregates(view, [Aggregate("area", "mean")], np.array([0]), 1)
