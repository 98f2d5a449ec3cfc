"""What is drawn over damage is made only where there is any."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.review_batches import SHAPE, small_batch

from tuiqc.picture import overlays
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter, PictureSpec


def test_a_picture_without_damage_has_no_stripes_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = small_batch(tmp_path / "data")
    display = Display.of(batch.channels, batch.layers, "nuclei")
    spec = PictureSpec(batch.images[0], display, layer="nuclei", width=SHAPE[1], height=SHAPE[0])
    monkeypatch.setattr(overlays.np, "ogrid", None)  # what they are made from
    assert Painter().paint(spec) is not None
