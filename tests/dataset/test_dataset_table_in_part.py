"""A big table that names its images: no more of it is read than tells the images, before the screen is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.tables import reader
from tuiqc.dataset.tables.reader import read_text
from tuiqc.errors import InputError, UsageError

ROWS, IMAGES = 60_000, 6


def write_table(folder: Path, masks: tuple[str, ...] = ("nuclei",)) -> Path:
    """Objects of six images in an order of no kind, with more rows than are handed over first."""
    folder.mkdir()
    rng = np.random.default_rng(3)
    image = rng.integers(0, IMAGES, ROWS)
    data = {"ImageNumber": image + 1, "ObjectNumber": np.arange(ROWS) + 1, "Size": rng.normal(size=ROWS)}
    for name in ("DNA", *masks):
        is_mask = name != "DNA"
        files = [f"p{number}_{name}{'_mask' if is_mask else ''}.tif" for number in range(IMAGES)]
        data[f"FileName_{name}"] = np.array(files)[image]
        for file in files:
            tifffile.imwrite(folder / file, np.ones((8, 8), np.uint16))
    data["2024"] = np.full(ROWS, "x,y")  # quoted
    pd.DataFrame(data).to_csv(folder / "objects.csv", index=False)
    return folder / "objects.csv"


def parts_of(source: SourceOptions) -> tuple[list[ObjectPart], list[ObjectPart], bool]:
    """The first rows, all rows, and whether opening read the whole table."""
    batch = open_batch(source)
    first: list[ObjectPart] = []
    whole: list[ObjectPart] = []
    ObjectLoader(batch).load_layer(batch.layers[0], whole.append, on_preview=first.append)
    return first, whole, bool(batch.frames)


@pytest.mark.thorough
def test_it_is_read_in_part_and_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = SourceOptions(sources=(str(write_table(tmp_path / "in")),), cache=False)
    first, some, in_full = parts_of(source)
    assert not in_full
    monkeypatch.setattr(reader, "BIG", 1 << 40)
    none, every, in_full = parts_of(source)
    assert in_full
    assert not none
    pd.testing.assert_frame_equal(some[0].frame, every[0].frame)
    assert len(some[0].frame) == ROWS
    pd.testing.assert_frame_equal(
        first[0].frame.sort_values("label", ignore_index=True),
        every[0]
        .frame[every[0].frame["label"] <= len(first[0].frame)]
        .sort_values("label", ignore_index=True),
        check_dtype=False,
    )


@pytest.mark.thorough
def test_which_mask_the_rows_belong_to_may_need_all_of_it(tmp_path: Path) -> None:
    path = write_table(tmp_path / "in", ("nuclei", "cells"))
    assert open_batch(SourceOptions(sources=(str(path),), cache=False)).frames
    named = path.rename(path.with_name("cells.csv"))
    batch = open_batch(SourceOptions(sources=(str(named),), cache=False))
    assert not batch.frames
    assert batch.layers[0] == "cells" == next(iter(batch.shared_tables))


def test_mistakes_are_the_same(tmp_path: Path) -> None:
    path = write_table(tmp_path / "in")
    with pytest.raises(UsageError, match=r"no such column.*Size"):
        open_batch(SourceOptions(sources=(str(path),), image_columns=("nothing",), cache=False))
    with path.open("a") as file:
        file.write("1,2\n1,2,3,4,5,6,7,8,9\n")
    with pytest.raises(InputError, match="not a proper table"):
        open_batch(SourceOptions(sources=(str(path),), cache=False))


def test_some_columns_are_those_of_the_whole_table(tmp_path: Path) -> None:
    path = write_table(tmp_path / "in")
    names = ["FileName_DNA", "ImageNumber", "2024"]
    some, whole = read_text(path, only=names), read_text(path)
    assert some is not None
    assert whole is not None
    assert list(some.frame.columns) == ["ImageNumber", "FileName_DNA", "2024"]
    pd.testing.assert_frame_equal(some.frame, whole.frame[list(some.frame.columns)])
