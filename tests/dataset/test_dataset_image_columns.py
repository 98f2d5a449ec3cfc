"""Images by columns say what records say, and make a record only when it is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tuiqc.dataset import image_columns
from tuiqc.dataset.image_columns import FileKind, ImageColumns, ImageRecord, changed
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions

COLUMNS = ImageColumns(
    ["A1", "A2", "A3"],
    {"well": ["A1", "A2", "A3"]},
    {
        "channels": {"DNA": ["/d/1.tif", None, "/d/3.tif"]},
        "masks": {"nuclei": ["/m/1.tif"] * 3},
        "tables": {},
    },
)
NAMES: list[tuple[FileKind, str]] = [
    ("channels", "DNA"),
    ("masks", "nuclei"),
    ("tables", "nuclei"),
    ("channels", "PLA"),
]


def without(record: ImageRecord) -> ImageRecord:
    return replace(record, channels=dict.fromkeys(record.channels))


@pytest.mark.parametrize("columns", [COLUMNS, changed(COLUMNS, without)])
def test_columns_say_what_their_records_say(columns: ImageColumns) -> None:
    records = list(columns)
    assert [columns[at] for at in (0, 1, 2, -1)] == [*records, records[-1]]
    assert columns[::2] == records[::2]
    assert image_columns.keys_of(columns) == image_columns.keys_of(records)
    for name in ("well", "site"):
        assert image_columns.values_of(columns, name) == image_columns.values_of(records, name)
    for kind, name in NAMES:
        for said in ("texts_of", "has_file", "count_files", "with_file"):
            function = getattr(image_columns, said)
            assert function(columns, kind, name) == function(records, kind, name)
        paths = [list(image_columns.paths_of(images, kind, name)) for images in (columns, records)]
        assert paths[0] == paths[1]
    with pytest.raises(IndexError):
        columns[3]


def test_opening_makes_no_record_of_each_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        (tmp_path / f"p_{number}_DNA.tif").touch()
        (tmp_path / f"p_{number}_labels.tif").touch()
    made: list[int] = []
    record = ImageColumns._record

    def counted(columns: ImageColumns, index: int) -> ImageRecord:
        made.append(index)
        return record(columns, index)

    monkeypatch.setattr(ImageColumns, "_record", counted)
    masks = ("cells", "p_{n}_labels.tif")
    batch = open_batch(SourceOptions(images=(("DNA", "p_{n}_DNA.tif"),), labels=(masks,), base_dir=tmp_path))
    assert len(batch.images) == 60
    assert max(made) < 20  # those that are looked into
    assert batch.images[11].masks["cells"] == tmp_path / "p_11_labels.tif"


def test_few_records_are_kept_and_none_of_before_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_columns, "_KEPT", 3)
    names = [f"p{n}" for n in range(9)]
    paths = [f"/d/{name}.tif" for name in names]
    columns = ImageColumns(names, {"n": names}, {"channels": {}, "masks": {"cells": paths}, "tables": {}})
    assert columns[4] is columns[4]
    assert [columns[n].key for n in range(9)] == names
    assert len(columns._kept) <= 3
    assert columns[-1] is columns[8]
    assert columns[8].masks["cells"] == Path("/d/p8.tif")
    assert changed(columns, without)[8] == without(columns[8])
    assert list(columns) == [columns[n] for n in range(9)]
