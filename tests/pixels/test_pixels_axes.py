"""Axes that the user tells."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError, UsageError
from tuiqc.pixels import PlaneSource, image_info, open_image, read_plane, with_reading
from tuiqc.pixels.axes import checked_axes

DATA = np.arange(8 * 6 * 7, dtype=np.uint16).reshape(8, 6, 7)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    path = tmp_path / "a_raw.tif"
    with tifffile.TiffWriter(path) as tif:
        for plane in DATA:
            tif.write(plane, metadata=None, contiguous=False)
    return path


def test_pages_are_time_until_it_is_said_that_they_are_slices(pages: Path) -> None:
    assert image_info(pages).sizes["t"] == 8
    source = PlaneSource(1 << 20)
    assert (source.plane(pages, t=3) == DATA[3]).all()
    told = with_reading(pages, axes="zyx")
    assert image_info(told).sizes["z"] == 8
    assert source.info(told).axes == "zyx"
    assert (source.plane(told, z=5) == DATA[5]).all()
    with pytest.raises(InputError, match="no t"):
        source.plane(told, t=3)
    assert source.info(pages).sizes["t"] == 8


@pytest.mark.parametrize("axes", ["yx", "cyzx", "tzyx", "yxzc"])
def test_axes_that_do_not_fit_are_told(pages: Path, axes: str) -> None:
    with pytest.raises(InputError, match="8 x 6 x 7"):
        open_image(with_reading(pages, axes=axes))


@pytest.mark.parametrize("axes", ["".join(axes) for axes in permutations("zyx")])
def test_told_axes_hold_in_any_order(pages: Path, axes: str) -> None:
    told = with_reading(pages, axes=axes)
    order = [axes.index(axis) for axis in "zyx"]
    for z, plane in enumerate(DATA.transpose(order)):
        np.testing.assert_array_equal(read_plane(told, z=z), plane)


def test_axes_of_a_batch_are_those_of_a_channel_or_of_all(pages: Path) -> None:
    folder = str(pages.parent)
    batch = open_batch(SourceOptions(sources=(folder,), axes={"raw": "zyx"}))
    assert image_info(batch.images[0].channels["raw"]).sizes["z"] == 8
    batch = open_batch(SourceOptions(sources=(folder,), axes={"": "cyx"}))
    assert len(batch.channels) == 8
    batch = open_batch(SourceOptions(sources=(folder,)))
    assert image_info(batch.images[0].channels["raw"]).sizes["t"] == 8
    with pytest.raises(UsageError, match="no such channel"):
        open_batch(SourceOptions(sources=(folder,), axes={"nix": "zyx"}))
    with pytest.raises(UsageError, match="such as tzyx"):
        open_batch(SourceOptions(sources=(folder,), axes={"": "abc"}))


def test_axes_are_kept_with_the_other_options(pages: Path, tmp_path: Path) -> None:
    target = tmp_path / "kept.toml"
    SourceOptions(sources=(str(pages.parent),), axes={"raw": "zyx"}).to_toml(target)
    assert SourceOptions.from_toml(target).axes == {"raw": "zyx"}


@given(st.text("tczyxs ", max_size=6))
def test_only_orders_of_known_axes_are_taken(text: str) -> None:
    try:
        axes = checked_axes(text)
    except ValueError:
        return
    assert set("yx") <= set(axes) <= set("tczyx")
    assert len(set(axes)) == len(axes)
