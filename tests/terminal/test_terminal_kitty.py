"""The kitty encoder, by putting its chunks together and decoding the picture again."""

import re
import unicodedata
import zlib

import numpy as np
import pytest
from fixtures.terminal_pictures import decode_kitty, decode_png, micrograph

from tuiqc.terminal.palette import to_palette
from tuiqc.terminal.palette_png import palette_png
from tuiqc.terminal.protocols import kitty
from tuiqc.terminal.protocols.kitty import DIACRITICS

PICTURE = micrograph(150, 200, 3)
INDEX, PALETTE = to_palette(PICTURE)


def test_a_placeholder_picture_comes_back():
    (image,) = decode_kitty(kitty.transmit_placeholder(PICTURE, 77, 25, 10))
    assert {key: image.keys[key] for key in "aUqfirc"} == {
        "a": "T",
        "U": "1",
        "q": "2",
        "f": "100",
        "i": "77",
        "r": "10",
        "c": "25",
    }
    assert (image.rgb == PALETTE[INDEX]).all()
    assert image.chunks > 1


def test_a_directly_placed_picture_comes_back_and_leaves_the_cursor():
    (image,) = decode_kitty(kitty.place_direct(PICTURE, 5, 2, 400, 10))
    assert {key: image.keys[key] for key in "aCqip"} == {"a": "T", "C": "1", "q": "2", "i": "5", "p": "2"}
    assert "U" not in image.keys
    assert (image.rgb == PALETTE[INDEX]).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (64, 64)])
def test_pictures_of_any_size_come_back(shape):
    noise = np.random.default_rng(0).integers(0, 4, (*shape, 1), dtype=np.uint8) * 85
    rgb = np.repeat(noise, 3, axis=2)
    (image,) = decode_kitty(kitty.transmit_placeholder(rgb, 1, 1, 1))
    assert (image.rgb == rgb).all()


def test_short_rows_begin_as_the_full_ones_do():
    for short, full in zip(
        kitty.short_placeholder_rows(120, 40), kitty.placeholder_rows(5, 120, 40), strict=True
    ):
        assert short[:3] == full[:3]
        assert short[3:] == kitty.PLACEHOLDER * 119


def test_every_placeholder_cell_names_its_row_and_column():
    rows = kitty.placeholder_rows(1, 297, 40)
    assert len(rows) == 40
    for number, row in enumerate(rows):
        cells = [row[i : i + 3] for i in range(0, len(row), 3)]
        assert [(c[0], DIACRITICS.index(c[1]), DIACRITICS.index(c[2])) for c in cells] == [
            ("\U0010eeee", number, column) for column in range(297)
        ]


def test_the_diacritics_are_those_of_the_protocol():
    assert len(DIACRITICS) == len(set(DIACRITICS)) == 297
    assert list(DIACRITICS) == sorted(DIACRITICS)
    assert (DIACRITICS[0], DIACRITICS[1], DIACRITICS[31], DIACRITICS[-1]) == (
        "\u0305",
        "\u030d",
        "\u0484",
        "\U0001d244",
    )
    assert all(unicodedata.combining(c) == 230 and not unicodedata.decomposition(c) for c in DIACRITICS)


def test_the_id_is_the_colour():
    assert kitty.id_colour(0x123456) == (0x12, 0x34, 0x56)


@pytest.mark.parametrize(
    ("image_id", "columns", "rows"), [(0, 1, 1), (2**24, 1, 1), (1, 298, 1), (1, 1, 298), (1, 0, 1)]
)
def test_what_can_not_be_numbered_is_refused(image_id, columns, rows):
    with pytest.raises(ValueError, match="not"):
        kitty.transmit_placeholder(PICTURE, image_id, columns, rows)
    with pytest.raises(ValueError, match="not"):
        kitty.placeholder_rows(image_id, columns, rows)


def test_freeing_names_the_id_and_frees():
    assert kitty.free(9) == b"\x1b_Ga=d,d=I,q=2,i=9\x1b\\"
    assert b"d=i," in kitty.hide(9)
    assert b"i=9,p=2,c=3,r=4" in kitty.place_again(9, 2, 3, 4)


def test_repeated_placeholders_are_the_same_cells_in_fewer_bytes():
    plain = kitty.painted_rows(100, 40, repeat=False)
    assert tuple(row.decode() for row in plain) == kitty.short_placeholder_rows(100, 40)
    repeated = kitty.painted_rows(100, 40, repeat=True)
    assert sum(map(len, repeated)) < sum(map(len, plain)) / 15
    for short, long in zip(repeated, plain, strict=True):
        text, count = re.fullmatch(r"(.*)\x1b\[(\d+)b", short.decode()).groups()
        assert text + text[-1] * int(count) == long.decode()
    assert kitty.painted_rows(3, 1, repeat=True) == kitty.painted_rows(3, 1, repeat=False)


def filters_of(index):
    data = palette_png(index, np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))
    assert (decode_png(data)[..., 0] == index).all()
    lines = zlib.decompress(data[data.index(b"IDAT") + 4 : -16])
    return set(lines[:: index.shape[1] + 1])


def test_only_pictures_that_are_enlarged_are_told_by_their_differences():
    grain = np.random.default_rng(0).integers(0, 64, (60, 80), dtype=np.uint8)
    dark = np.where(
        np.random.default_rng(1).random((60, 80)) < 0.8, 0, grain
    )  # most pixels are as the one above
    bars = np.concatenate([np.zeros((30, 80), np.uint8), grain, np.zeros((30, 80), np.uint8)])
    assert filters_of(grain) == filters_of(dark) == filters_of(bars) == {0}
    assert filters_of(np.zeros((9, 9), np.uint8)) == filters_of(grain[:1]) == {0}
    assert filters_of(grain.repeat(2, axis=0)) == filters_of(bars.repeat(2, axis=0)) == {2}
    assert filters_of(grain.take(np.arange(70) * 60 // 70, axis=0)) == {2}  # enlarged by a sixth
