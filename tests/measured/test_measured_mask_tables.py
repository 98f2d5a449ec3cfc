"""Objects that were measured from masks are not measured again: by a session, after `tuiqc measure`, in any command."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import pytest
from fixtures.triage_scenes import write_scenes

from tuiqc.cli import main
from tuiqc.cli.options import join
from tuiqc.cli.streams import DONE
from tuiqc.dataset import objects
from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.measured.mask_tables import MaskTables


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    write_scenes(folder, 3)
    return folder


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the images that are measured."""
    seen: list[int] = []
    measure = objects.part_from_mask

    def measured(batch: Batch, image: objects.ImageRecord, *rest: object) -> ObjectPart:
        seen.append(image.index)
        return measure(batch, image, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(objects, "part_from_mask", measured)
    return seen


def read(folder: Path, **options: object) -> list[ObjectPart]:
    """The objects of a new session that ends."""
    batch = join(SourceOptions(sources=(str(folder),), **options))  # type: ignore[arg-type]
    loader = ObjectLoader(batch)
    parts = [loader.load(at, "nuclei") for at in range(3)]
    if isinstance(batch.kept_tables, MaskTables):
        batch.kept_tables.flush()
    return parts


def same(one: list[ObjectPart], other: list[ObjectPart]) -> None:
    for left, right in zip(one, other, strict=True):
        pd.testing.assert_frame_equal(left.frame, right.frame)
        assert (left.image, left.measured, left.problems) == (right.image, right.measured, right.problems)
        for name in type(left.geometry).__slots__:
            pd.testing.assert_series_equal(
                pd.Series(getattr(left.geometry, name)), pd.Series(getattr(right.geometry, name))
            )


def test_a_second_session_measures_what_changed_only(data: Path, counted: list[int]) -> None:
    first = read(data)
    assert sorted(counted) == [0, 1, 2]
    same(read(data), first)
    assert len(counted) == 3
    mask = data / "w1_nuclei_labels.tif"
    os.utime(mask, ns=(1, 1))
    read(data)
    assert counted[3:] == [1]
    read(data, cache=False)
    assert sorted(counted[4:]) == [0, 1, 2]


@pytest.mark.thorough
def test_what_the_command_measured_is_found_and_damage_is_measured_anew(
    data: Path, counted: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    fresh = read(data, cache=False)
    counted.clear()
    assert main(["measure", str(data), "--processes", "1"]) == DONE
    same(read(data), fresh)
    assert not counted
    capsys.readouterr()
    assert main(["summary", str(data), "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["layers"]["nuclei"]["objects"] == sum(
        len(p.frame) for p in fresh
    )
    assert not counted
    parts = list((data / "measured" / "nuclei" / "tables").glob("part-*.parquet"))
    for path in parts:
        path.write_bytes(path.read_bytes()[:-30] + b"x" * 30)
    same(read(data), fresh)
    assert sorted(counted) == [0, 1, 2]
