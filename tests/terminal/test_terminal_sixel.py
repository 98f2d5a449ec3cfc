"""The sixel encoder, by decoding what it wrote."""

import numpy as np
import pytest
from fixtures.terminal_pictures import decode_sixel, micrograph
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tuiqc.terminal import sixel
from tuiqc.terminal.palette import to_palette


@pytest.mark.parametrize("seed", range(4))
def test_every_pixel_of_a_micrograph_comes_back(seed):
    index, palette = to_palette(micrograph(123, 161, seed))
    picture = decode_sixel(sixel.encode_index(index, palette))
    assert (picture.index == index).all()
    assert [picture.registers[n] for n in range(len(palette))] == [
        tuple(int(part * 100 / 255 + 0.5) for part in colour) for colour in palette.tolist()
    ]
    assert picture.raster == (1, 1, 161, 123)
    assert picture.parameters == (0, 1, 0)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(
            st.just(n),
            hnp.arrays(
                np.uint8,
                hnp.array_shapes(min_dims=2, max_dims=2, max_side=26),
                elements=st.integers(0, n - 1),
            ),
        )
    )
)
def test_every_pixel_of_any_picture_comes_back(case):
    colours, index = case
    palette = np.arange(3 * colours, dtype=np.uint8).reshape(-1, 3)
    assert (decode_sixel(sixel.encode_index(index, palette)).index == index).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (7, 1203), (6, 3), (5, 4), (13, 1)])
def test_gaps_and_runs_of_every_length(shape):
    index = np.zeros(shape, np.uint8)
    index.reshape(-1)[:: max(1, index.size // 3)] = 1
    index[..., -1] = 2
    index[-1, : shape[1] // 4] = 3
    palette = np.eye(4, 3, dtype=np.uint8) * 255
    assert (decode_sixel(sixel.encode_index(index, palette)).index == index).all()


def test_bands_are_right_across_the_groups_they_are_made_in(monkeypatch):
    index, palette = to_palette(micrograph(100, 90))
    whole = sixel.encode_index(index, palette)
    monkeypatch.setattr(sixel, "_GROUP_BYTES", 1)
    assert sixel.encode_index(index, palette) == whole


def test_uses_no_more_registers_than_there_are():
    noise = np.random.default_rng(1).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    for registers in (4, 16, 64, 256):
        assert len(decode_sixel(sixel.encode(noise, registers=registers)).registers) <= registers


def test_does_not_move_below_the_last_band():
    assert not sixel.encode(micrograph(60, 80)).removesuffix(b"\x1b\\").endswith(b"-")


def test_fewer_grey_levels_take_fewer_bytes():
    picture = micrograph(300, 400)
    sizes = [len(sixel.encode(picture, grey_levels=levels)) for levels in (64, 32, 16)]
    assert sizes[0] < 1.1 * 300 * 400
    assert sizes[1] < 0.75 * sizes[0]
    assert sizes[2] < 0.75 * sizes[1]
