"""Which image a row of a table belongs to, however its name is spelled there."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.dataset.dialects import recognise
from tuiqc.dataset.model import ImageRecord
from tuiqc.dataset.row_images import by_column, find_rows
from tuiqc.names import name_key

NFC, NFD = (unicodedata.normalize(form, "Zellé") for form in ("NFC", "NFD"))


def records(*keys: str) -> list[ImageRecord]:
    return [
        ImageRecord(
            at, key, {"n": key}, {"DNA": Path(f"/d/{key}_DNA.tif")}, {"nuclei": Path(f"/d/{key}_m.tif")}, {}
        )
        for at, key in enumerate(keys)
    ]


def rows(images: list[ImageRecord], column: str, values: list[object]) -> tuple[list[int], str]:
    frame = pd.DataFrame({column: values, "label": range(1, len(values) + 1)})
    found = find_rows(frame, images, recognise(list(frame.columns), None, "nuclei"))
    return found.rows.tolist(), found.spelled


KEYS = [
    ("A01", "A1"), ("A1", "A01"), ("A01", "a01"), ("A01", " A01 "), ("1", "001"), ("001", "1"),
    ("my well", "my%20well"),
    (NFC, NFD), (NFD, NFC), ("10\u00b5m", "10\u03bcm"), ("AF48", "af48"), ("s1_w2", "S01_W02"), ("B-2", "B-02"),
    ("x y", "x  y"), ("Stra\u00dfe", "STRASSE"), ("p%41", "pA"),
]  # fmt: skip
FILES = [
    ("x", "C:\\data\\x_DNA.tif"), ("x", "C:/data/x_DNA.TIF"), ("x", "x_dna.tiff"), ("x", "X_DNA.ome.tif"),
    ("x", "file:///C:/d/x_DNA.tif"), ("x", "\\\\server\\share\\x_DNA.tif"), ("my well", "C:\\d\\my%20well_DNA.tif"),
    ("A01", "/mnt/d/A1_DNA.tif"), (NFC, f"/d/{NFD}_DNA.tif"), ("x", " x_DNA.tif "), ("x", "x_m.tif"),
]  # fmt: skip


@pytest.mark.parametrize("column", ["n", "image", "Metadata_N", "sample", "Image Name"])
@pytest.mark.parametrize(("key", "told"), KEYS)
def test_keys_spelled_otherwise(column: str, key: str, told: str) -> None:
    images = records("Q77", key, "R3")
    found, spelled = rows(images, column, [told, "Q77", told, "R3"])
    assert found == [1, 0, 1, 2]
    assert repr(told) in spelled
    assert repr(key) in spelled


@pytest.mark.parametrize("column", ["FileName_DNA", "image", "Image_FileName_OrigDNA", "filename", "source"])
@pytest.mark.parametrize(("key", "told"), FILES)
def test_file_names_of_other_computers(column: str, key: str, told: str) -> None:
    images = records("Q77", key)
    assert rows(images, column, ["/elsewhere/Q77_DNA.tif", told, told])[0] == [0, 1, 1]


@pytest.mark.parametrize("column", ["n", "image", "sample"])
@pytest.mark.parametrize(("one", "other"), KEYS)
def test_two_that_exist_both_are_never_merged(column: str, one: str, other: str) -> None:
    images = records(one, other, "Q77")
    assert rows(images, column, [other, one, "Q77", one]) == ([1, 0, 2, 0], "")
    third = next(text for text in ("a0001", "0001", one.swapcase(), f" {one}  ") if text not in (one, other))
    if name_key(third) == name_key(one):
        assert rows(images, "image", [third, "Q77"])[0] == [-1, 2]


@pytest.mark.parametrize(
    ("values", "found"),
    [([1, 2, 1], [0, 1, 0]), ([1.0, None, 2.0], [0, -1, 1]), (["01", "2", "9"], [0, 1, -1]), ([7, 8, 9], [-1] * 3)],
)  # fmt: skip
def test_numbers_as_a_reader_has_them(values: list[object], found: list[int]) -> None:
    assert rows(records("001", "002"), "n", values)[0] == found
    assert by_column(pd.Series(values, name="x"), records("001", "002")).rows.tolist() == found


def test_numbers_in_any_column_name_no_images() -> None:
    """An object's number is not that of an image; texts of which one is no image are not names of images either."""
    assert rows(records("1", "2", "3"), "Object", [1, 2, 3])[0] == [-1] * 3
    assert rows(records("a", "b"), "class", ["a", "b", "c"])[0] == [-1] * 3
    assert rows(records("a", "b"), "class", ["a", "a", "a"])[0] == [-1] * 3


NAMES = st.text(st.sampled_from("aAbB019 _-%20üÜ\u0308é."), min_size=1, max_size=6)


@given(st.lists(NAMES, min_size=2, max_size=6, unique=True), st.lists(NAMES, min_size=1, max_size=8))
def test_any_names(keys: list[str], told: list[str]) -> None:
    """A row is that of the image of its name; else of the only one that is spelled like it, and only so."""
    images = records(*keys)
    found, _ = rows(images, "n", list(told))
    if max(found) < 0:
        return
    for name, at in zip(told, found, strict=True):
        if name in keys:
            assert at == keys.index(name)
        elif at >= 0:
            assert name_key(name) == name_key(keys[at])
            assert [name_key(key) for key in keys].count(name_key(name)) == 1
