"""Half-blocks, by reading their colours again."""

import itertools
import re
from dataclasses import replace

import hypothesis.extra.numpy
import numpy as np
import pytest
from fixtures.terminal_pictures import decode_halfblocks, micrograph
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.terminal.capabilities import Replies
from tuiqc.terminal.protocol_choice import choose
from tuiqc.terminal.protocols import halfblock
from tuiqc.terminal.protocols.picture_protocol import encode, protocol_of


def printed(rgb: np.ndarray, truecolor: bool = True) -> bytes:
    caps = replace(choose(Replies(), {}, "halfblock"), truecolor=truecolor)
    frame = encode(rgb, rgb.shape[1], rgb.shape[0] // 2, caps, 0)
    return protocol_of("halfblock").print_here(frame, caps)


def test_colours_come_back_within_two_steps():
    rgb = micrograph(40, 100)
    assert np.abs(decode_halfblocks(printed(rgb)).astype(int) - rgb).max() <= 2


def test_runs_add_up_to_the_picture():
    rgb = micrograph(20, 60) // 64 * 64
    rows = halfblock.cells(rgb)
    assert len(rows) == 10
    for number, row in enumerate(rows):
        assert sum(count for _, count, _, _ in row) == 60
        assert all(a[2:] != b[2:] for a, b in itertools.pairwise(row))
        top = np.array([top for _, count, top, _ in row for _ in range(count)])
        assert np.abs(top - rgb[2 * number].astype(int)).max() <= 2


def test_an_even_picture_is_one_run_per_row():
    assert (
        halfblock.cells(np.full((4, 30, 3), 255, np.uint8)) == [[("▀" * 30, 30, (255,) * 3, (255,) * 3)]] * 2
    )


def test_fitting_averages():
    rgb = np.zeros((8, 4, 3), np.uint8)
    rgb[:, ::2] = 200
    assert (halfblock.fit(rgb, 2, 2) == 100).all()
    assert halfblock.fit(rgb, 2, 2).shape == (4, 2, 3)


@pytest.mark.parametrize("shape", [(7, 5), (600, 800), (1, 1), (3, 1000)])
def test_fitting_keeps_the_range_for_every_size(shape):
    rgb = np.random.default_rng(0).integers(50, 60, (*shape, 3), dtype=np.uint8)
    fitted = halfblock.fit(rgb, 13, 7)
    assert fitted.shape == (14, 13, 3)
    assert fitted.min() >= 50
    assert fitted.max() < 60


def test_256_colours():
    rgb = np.array([[[255, 0, 0], [0, 0, 0]], [[128, 128, 128], [255, 255, 255]]], np.uint8)
    codes = re.findall(rb"[34]8;5;(\d+)", printed(rgb, truecolor=False))
    assert codes == [b"196", b"244", b"16", b"231"]
    assert b";2;" not in printed(rgb, truecolor=False)


def test_each_of_the_256_colours_is_nearest_to_itself():
    for number in range(232, 256):
        grey = 8 + 10 * (number - 232)
        assert halfblock.nearest_256((grey, grey, grey)) == number
    assert halfblock.nearest_256((95, 135, 215)) == 16 + 36 + 2 * 6 + 4


def test_odd_heights_are_refused():
    with pytest.raises(ValueError, match="2"):
        halfblock.cells(np.zeros((3, 2, 3), np.uint8))


PICTURES = hypothesis.extra.numpy.arrays(
    np.uint8,
    st.tuples(st.integers(1, 5).map(lambda rows: 2 * rows), st.integers(1, 12), st.just(3)),
    elements=st.sampled_from([0, 9, 10, 99, 100, 255]),
)


@given(PICTURES)
def test_painted_rows_show_every_picture_exactly(rgb):
    rows = halfblock.painted_rows(rgb)
    assert len(rows) == len(rgb) // 2
    assert (decode_halfblocks(b"".join(row + b"\x1b[0m\n" for row in rows)) == rgb).all()


def test_colours_are_told_only_where_they_change():
    rgb = np.zeros((2, 50, 3), np.uint8)
    rgb[0] = 200
    rgb[:, 20:30] = 90  # even cells between, which need no foreground
    (row,) = halfblock.painted_rows(rgb)
    assert row.count(b"38;2;") == 1
    assert row.count(b"48;2;") == 3
    assert row.count(b" ") == 10
