"""The batch that most tests of the screen open."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.review_batches import small_batch

from tuiqc.dataset.model import Batch


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return small_batch(tmp_path / "data")
