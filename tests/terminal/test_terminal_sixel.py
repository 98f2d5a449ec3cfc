"""The sixel encoder, by decoding what it wrote."""

import numpy as np
import pytest
from fixtures.terminal_pictures import decode_sixel, micrograph
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tuiqc.terminal.palette import to_palette
from tuiqc.terminal.protocols import sixel


def percent(palette: np.ndarray) -> np.ndarray:
    """What sixel says of colours (n, 3)."""
    return (palette.astype(int) * 100 / 255 + 0.5).astype(int)


def shown(picture) -> np.ndarray:
    """The colours of a decoded picture in percent, (height, width, 3); every pixel must be painted."""
    assert (picture.index >= 0).all()
    return np.array([picture.registers[n] for n in range(len(picture.registers))])[picture.index]


@pytest.mark.parametrize("seed", range(4))
def test_every_pixel_of_a_micrograph_comes_back(seed):
    index, palette = to_palette(micrograph(123, 161, seed))
    picture = decode_sixel(sixel.encode_index(index, palette))
    assert (shown(picture) == percent(palette)[index]).all()
    assert len(picture.registers) == len(palette)
    assert picture.raster == (1, 1, 161, 123)
    assert picture.parameters == (0, 1, 0)


@settings(max_examples=30, deadline=None)
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
    palette = np.arange(0, 15 * colours, 5, dtype=np.uint8).reshape(-1, 3)
    assert (shown(decode_sixel(sixel.encode_index(index, palette))) == percent(palette)[index]).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (7, 1203), (6, 3), (5, 4), (13, 1)])
def test_gaps_and_runs_of_every_length(shape):
    index = np.zeros(shape, np.uint8)
    index.reshape(-1)[:: max(1, index.size // 3)] = 1
    index[..., -1] = 2
    index[-1, : shape[1] // 4] = 3
    palette = np.eye(4, 3, dtype=np.uint8) * 255
    assert (shown(decode_sixel(sixel.encode_index(index, palette))) == percent(palette)[index]).all()


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


def test_what_lies_apart_in_a_band_shares_a_pass():
    index = np.zeros((6, 400), np.uint8)
    for number in range(1, 9):
        index[::2, 40 * number : 40 * number + 20] = number
    codes = sixel.encode_index(index, np.arange(27, dtype=np.uint8).reshape(-1, 3))
    assert codes.count(b"$") == 1, "the background, solid, and all others after each other"
    assert codes.count(b"!400~") == 1
    assert (decode_sixel(codes).index >= 0).all()


def test_noise_does_not_decide_the_bytes():
    random = np.random.default_rng(2)
    smooth = np.hypot(*np.mgrid[-150:150, -200:200]).clip(0, 120) * 1.5 + 40
    sizes = []
    for scatter in (0, 6):
        grey = np.clip(255 - smooth + random.normal(0, scatter, smooth.shape), 0, 255).astype(np.uint8)
        sizes.append(len(sixel.encode(np.repeat(grey[..., None], 3, axis=2), grey_levels=32)))
    assert sizes[1] < 0.45 * smooth.size
