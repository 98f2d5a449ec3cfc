"""The planes of a picture are read at the same time, and the picture is the one that reading in turn makes."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures.review_batches import SHAPE, small_batch

from tuiqc.dataset.model import Batch
from tuiqc.picture import overlays
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter, PictureSpec, RenderedPicture
from tuiqc.picture.regions import PlaneReader
from tuiqc.picture.thumbnails import ThumbnailSource
from tuiqc.pixels.plane_source import PlaneSource


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return small_batch(tmp_path / "data")


def painted(batch: Batch, painter: Painter, image: int = 0) -> RenderedPicture:
    display = Display.of(batch.channels, batch.layers, "nuclei")
    spec = PictureSpec(batch.images[image], display, layer="nuclei", width=SHAPE[1], height=SHAPE[0])
    rendered = painter.paint(spec)
    assert rendered is not None
    return rendered


def in_turn(batch: Batch, monkeypatch: pytest.MonkeyPatch, image: int = 0) -> RenderedPicture:
    with monkeypatch.context() as patched:
        patched.setattr(PlaneReader, "fetch", lambda *_: None)
        return painted(batch, Painter(), image)


def test_image_and_mask_are_read_at_the_same_time_and_once(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_haste = in_turn(batch, monkeypatch)
    met, read = threading.Barrier(2), list[tuple[str, int]]()
    whole = PlaneSource._whole

    def meeting(self: PlaneSource, identity: Any, path: Path, at: Any, level: int) -> Any:
        read.append((path.name, threading.get_ident()))
        if len(read) <= 2:
            met.wait(30)  # broken where one is read after the other
        return whole(self, identity, path, at, level)

    monkeypatch.setattr(PlaneSource, "_whole", meeting)
    painter = Painter()
    hasty = painted(batch, painter)
    assert not met.broken
    assert len({name for name, _ in read[:2]}) == len({thread for _, thread in read[:2]}) == 2
    assert np.array_equal(hasty.rgb, without_haste.rgb)
    assert hasty.problems == without_haste.problems
    before = len(read)
    again = painted(batch, painter)
    assert np.array_equal(again.rgb, hasty.rgb)
    assert {thread for _, thread in read[before:]} <= {threading.get_ident()}  # all is in memory


def test_what_is_broken_is_said_as_if_read_in_turn(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    mask = batch.images[0].masks["nuclei"]
    assert mask is not None
    mask.write_bytes(mask.read_bytes()[:200])
    without_haste = in_turn(batch, monkeypatch)
    hasty = painted(batch, Painter())
    assert hasty.problems == without_haste.problems != ()
    assert np.array_equal(hasty.rgb, without_haste.rgb)


def test_tiles_start_no_threads_of_their_own(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr("tuiqc.picture.regions.Thread", lambda **one: started.append(one))
    painted(batch, Painter(source=ThumbnailSource(1 << 20)))
    assert not started


def test_a_picture_without_damage_has_no_stripes_made(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlays.np, "ogrid", None)  # what they are made from
    painted(batch, Painter())
