"""Another object layer is evidence: two segmentations that disagree, and several channels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from fixtures.triage_scenes import clean
from scipy import ndimage as ndi

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.pixels import read_plane
from tuiqc.triage.batch_ranking import rank_batch
from tuiqc.triage.object_ranking import Ranking


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sound nuclei in two channels, and a second segmentation that has two of them as one and cuts one in halves."""
    out = tmp_path_factory.mktemp("layers")
    for number in range(3):
        labels, image = clean(number)
        second = ndi.grey_dilation(labels, 3) if number else labels.copy()
        if number == 0:
            second[second == 2] = 1
            second[(second == 7) & (np.indices(second.shape)[1] > ndi.center_of_mass(labels == 7)[1])] = 99
        for name, plane in (
            ("DNA", image),
            ("ER", 255 - image),
            ("nuclei_labels", labels.astype(np.uint16)),
            ("again_labels", second.astype(np.uint16)),
        ):
            tifffile.imwrite(out / f"w{number}_{name}.tif", plane)
    return out


def ranked(folder: Path, layer: str, other: str, *, images: bool = True) -> Ranking:
    source = SourceOptions(
        images=(("DNA", "w{well}_DNA.tif"), ("ER", "w{well}_ER.tif")) if images else (),
        labels=(("nuclei", "w{well}_nuclei_labels.tif"), ("again", "w{well}_again_labels.tif")),
        base_dir=folder,
    )
    return rank_batch(open_batch(source), layer, read_plane, other=other)


@pytest.mark.parametrize("images", [True, pytest.param(False, marks=pytest.mark.thorough)])
def test_what_is_wrong_in_one_of_two_layers_that_disagree_comes_first(folder: Path, images: bool) -> None:
    alone, beside = (ranked(folder, "again", other, images=images) for other in ("", "nuclei"))
    assert set(alone.population.names) < set(beside.population.names)
    wrong = [row for label in (1, 7, 99) if (row := beside.row_of(0, label)) is not None]
    assert len(wrong) == 3
    assert (beside.population.column("other_iou")[wrong] < 0.75).all()
    assert beside.ranks[wrong].max() <= 4
    assert beside.ranks[wrong].sum() <= alone.ranks[wrong].sum()


@pytest.mark.thorough
def test_every_channel_is_evidence_the_best_one_first(folder: Path) -> None:
    names = ranked(folder, "nuclei", "").population.names
    assert {"DNA edge", "ER edge", "texture edge"} <= set(names)
    first = next(name for name in names if " " in name)
    assert first.split(" ")[0] in ("DNA", "ER")
