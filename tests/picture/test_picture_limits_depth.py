"""Contrast of movies and stacks: not that of the first slice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter
from tuiqc.picture.spec import PictureSpec


def test_a_dim_first_slice_does_not_decide(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    bright = np.clip(10 * np.arange(1, 9), 0, 60)[:, None, None]
    stack = (rng.random((8, 40, 40)) * bright).astype(np.uint8)
    stack[4:, :20] += 100
    tifffile.imwrite(tmp_path / "a.tif", stack, imagej=True, metadata={"axes": "ZYX"})
    batch = open_batch(SourceOptions(sources=(str(tmp_path),)))
    painter = Painter(1 << 24, batch.images)
    display = Display.of(batch.channels, batch.layers, "")
    assert painter.prepare(display)
    spec = PictureSpec(batch.images[0], display, width=40, height=40, z=5)
    rendered = painter.paint(spec)
    assert rendered is not None
    assert (rendered.rgb[:20] == 255).mean() < 0.2  # the bright half is not all white
