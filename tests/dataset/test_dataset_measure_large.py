"""Masks that are measured in parts give what measuring them whole gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures.images import write_tiff

from tuiqc.dataset.mask_measures import measure_large, measure_objects
from tuiqc.pixels import reduce


@pytest.fixture
def scene() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    mask = np.zeros((300, 260), np.uint32)
    for label in range(1, 30):
        y, x = random.integers(0, 280), random.integers(0, 240)
        mask[y : y + 40, x : x + 30] = label * 70_000
    return mask, random.integers(0, 60_000, mask.shape).astype(np.uint16)


@pytest.mark.parametrize("options", [{"tile": (32, 48), "compression": "zlib"}, {}, {"rowsperstrip": 7}])
def test_parts_are_put_together(
    tmp_path: Path, scene: tuple, options: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    mask, grey = scene
    monkeypatch.setattr(reduce, "CHUNK_BYTES", 16_384)
    paths = [write_tiff(tmp_path / f"{i}.tif", plane, **options) for i, plane in enumerate((mask, grey))]
    missing = tmp_path / "none.tif"
    found, problems = measure_large(paths[0], 0, 0, {"DNA": (paths[1], 0, 0, 0), "ER": (missing, 0, 0, 0)})
    expected = measure_objects(mask, {"DNA": grey})
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-9)
    assert [path for path, _ in problems] == [missing]


def test_an_empty_mask_has_no_rows(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "a.tif", np.zeros((64, 64), np.uint8))
    found, _ = measure_large(path, 0, 0, {})
    assert list(found.columns) == list(measure_objects(np.zeros((2, 2), np.uint8)).columns)
    assert len(found) == 0
