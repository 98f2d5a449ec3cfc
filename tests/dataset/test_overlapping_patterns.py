"""A channel pattern that finds the files of a mask pattern too leaves them to it."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from tuiqc.dataset.open.by_patterns import open_patterns
from tuiqc.dataset.source_options import SourceOptions

PLANE = np.ones((8, 8), np.uint8)


@pytest.mark.parametrize(
    ("image", "mask", "left"),
    [
        ("s_{well}.tif", "s_{well}_labels.tif", True),
        ("**/s_{well}.tif", "**/s_{well}_labels.tif", True),
        ("s_*.tif", "s_*_labels.tif", True),
        ("s_{well}_labels.tif", "s_{well}_labels.tif", False),  # the only one that could mean them
    ],
)
def test_masks_are_left_to_their_pattern(tmp_path: Path, image: str, mask: str, left: bool) -> None:
    for well in ("A01", "A02", "B01"):
        tifffile.imwrite(tmp_path / f"s_{well}.tif", PLANE)
        tifffile.imwrite(tmp_path / f"s_{well}_labels.tif", PLANE)
    batch = open_patterns(SourceOptions(images=(("i", image),), labels=(("o", mask),), base_dir=tmp_path))
    assert len(batch.images) == 3
    assert any("3 files of --labels" in said for said in batch.assumptions) == left
