"""Folders of platforms and pipelines: recognised, opened by themselves, and what was not taken is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures import bundle_folders
from fixtures.polygon_files import SQUARES

from tuiqc.dataset.bundles.bundle import bundles
from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions

AREAS = [16, 36, 25]
Made = Callable[[Path], Path]


def opened(folder: Path, **options: Any) -> Batch:
    return open_batch(SourceOptions(sources=(str(folder),), cache=False, **options))


def left(batch: Batch) -> dict[str, str]:
    return {one.path.name: one.why for one in batch.unmatched if one.path is not None}


@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("by_file", [False, True])
def test_xenium(tmp_path: Path, separate: bool, by_file: bool) -> None:
    folder = bundle_folders.xenium(tmp_path, separate=separate)
    batch = opened(folder / "experiment.xenium" if by_file else folder)
    assert batch.channels == (["dapi", "18s"] if separate else ["DAPI", "18S"])
    assert batch.layers == ["cells", "nuclei"]
    assert list(batch.keys) == [folder.name]
    assert batch.assumptions[0].startswith("a folder of Xenium: cells and nuclei are polygons")
    assert left(batch) == {"transcripts.parquet": "molecules are not shown"}
    cells = ObjectLoader(batch).load(0, "cells")
    assert cells.frame[["cell_id", "transcript_counts"]].values.tolist() == [
        [f"aaaa{label}-1", count] for label, count in zip(SQUARES, (7, 8, 9), strict=True)
    ]
    assert cells.geometry.area.tolist() == AREAS
    assert ObjectLoader(batch).load(0, "nuclei").frame["area"].tolist() == AREAS


@pytest.mark.parametrize("old", [False, True])
def test_merscope(tmp_path: Path, old: bool) -> None:
    batch = opened(bundle_folders.merscope(tmp_path, old=old))
    assert (batch.channels, batch.layers) == (["DAPI", "PolyT"], ["cells"])
    assert ("cell_boundaries" in left(batch)) is not old
    assert list(batch.keys) == [tmp_path.name]
    part = ObjectLoader(batch).load(0, "cells")
    said = [one.text for one in part.problems]
    assert any("labels are those of the polygons" in one for one in said)
    assert any("outlines of 2 fields of view in cell_boundaries" in one for one in said) is old
    assert part.frame["EntityID"].tolist() == [2**60 + label for label in SQUARES]
    assert part.geometry.area.tolist() == [2 * area for area in AREAS]  # voxels of two slices


def test_cosmx(tmp_path: Path) -> None:
    batch = opened(bundle_folders.cosmx(tmp_path))
    assert [record.placeholders for record in batch.images] == [{"fov": "00001"}, {"fov": "00012"}]
    part = ObjectLoader(batch).load(1, "cells")
    assert part.frame[["label", "Area"]].values.tolist() == [[3, 3], [5, 4], [9, 5]]


@pytest.mark.parametrize("cores", [False, True])
def test_mcmicro(tmp_path: Path, cores: bool) -> None:
    batch = opened(bundle_folders.mcmicro(tmp_path, cores=cores))
    assert [record.key for record in batch.images] == (
        ["1", "2"] if cores else ["exemplar-001", "exemplar-002"]
    )
    assert batch.channels == ["DNA", "CD3", "CD8"]
    assert sorted(batch.layers) == ["mesmer-cell", "mesmer-nuclei", "unmicst-cell", "unmicst-nuclei"]
    assert [layer for layer in batch.layers if batch.has_table(layer)] == ["unmicst-cell"]
    assert (left(batch) == {"registration": "the whole slide; the cores of dearray are taken"}) is cores


def test_steinbock(tmp_path: Path) -> None:
    batch = opened(bundle_folders.steinbock(tmp_path))
    assert (batch.channels, batch.layers) == (["DNA1", "CD3"], ["deepcell"])
    assert left(batch) == {"regionprops": "the masks themselves are measured"}
    part = ObjectLoader(batch).load(0, "deepcell")
    assert part.frame["CD3"].tolist() == [1.5, 2, 3]
    assert part.geometry.area.tolist() == AREAS


def test_what_is_told_goes_before_what_is_recognised(tmp_path: Path) -> None:
    folder = bundle_folders.steinbock(tmp_path)
    batch = opened(folder, labels=(("mine", "masks_deepcell/P1_{number}.tiff"),))
    assert "mine" in batch.layers
    assert not any("folder of steinbock" in one for one in batch.assumptions)


def test_a_bundle_that_lacks_its_parts_is_any_folder(tmp_path: Path) -> None:
    folder = bundle_folders.xenium(tmp_path)
    for name in (
        "cell_boundaries.parquet",
        "nucleus_boundaries.parquet",
        "morphology_focus/morphology_focus_0000.ome.tif",
    ):
        (folder / name).unlink()
    bundle_folders._image(folder / "a.tif")
    assert opened(folder).channels == ["image"]


def test_a_bundle_that_does_not_say_its_unit_is_opened_all_the_same(tmp_path: Path) -> None:
    folder = bundle_folders.xenium(tmp_path)
    (folder / "experiment.xenium").write_text("{}")
    batch = opened(folder)
    assert "does not say 'pixel_size'" in left(batch)[folder.name]
    assert ObjectLoader(batch).load(0, "nuclei").frame["area"].tolist() == AREAS  # the image says it, too


def test_every_entry_is_whole() -> None:
    for bundle in bundles():
        assert bundle.marks
        assert bundle.hint
        assert bundle.roles["images"]
        assert bundle.roles["labels"]
