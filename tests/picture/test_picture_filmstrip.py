"""Film strips and tails."""

from __future__ import annotations

import numpy as np
import pytest

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.paths import demo_data_dir
from tuiqc.picture.display import Display
from tuiqc.picture.filmstrip import film_strip, zoom_for
from tuiqc.picture.overlays import draw_tail
from tuiqc.picture.painter import Painter
from tuiqc.picture.spec import PictureSpec
from tuiqc.render.viewport import Viewport
from tuiqc.tracks.strip import Crop, strip_times


def test_times_are_around_now_and_inside() -> None:
    assert strip_times(10, 0, 23, 5) == [8, 9, 10, 11, 12]
    assert strip_times(0, 0, 23, 5) == [0, 1, 2, 3, 4]
    assert strip_times(23, 0, 23, 5) == [19, 20, 21, 22, 23]
    assert strip_times(1, 0, 2, 5) == [0, 1, 2]


def test_zoom_is_bounded() -> None:
    assert zoom_for(10, 100) == pytest.approx(5)
    assert zoom_for(0.0, 100_000) == 64


def test_each_crop_shows_its_time_point() -> None:
    shipped = demo_data_dir()
    assert shipped is not None
    batch = open_batch(SourceOptions(sources=(str(shipped / "tracking" / "movie"),)))
    painter = Painter(1 << 24, batch.images)
    display = Display.of(batch.channels, batch.layers, "objects")
    base = PictureSpec(batch.images[0], display, layer="objects")
    crops = [Crop(t, 40.0, 30.0, 1 if t < 3 else 0) for t in range(4)]
    rendered = film_strip(painter, base, crops, 2, 2.0, 400, 80)
    assert rendered is not None
    assert rendered.rgb.shape == (80, 400, 3)
    assert rendered.extent == (24, 1)
    assert (rendered.rgb[0, 200:299] == (255, 235, 59)).all()  # the frame of the present one
    assert not (rendered.rgb[:, :99] == rendered.rgb[:, 100:199]).all()
    assert film_strip(painter, base, crops, 2, 2.0, 400, 80, lambda: True) is None


def test_tail_is_drawn_inside_the_picture_only() -> None:
    rgb = np.zeros((20, 30, 3), np.uint8)
    view = Viewport.fit((20, 30), 30, 20)
    draw_tail(rgb, view, [])
    assert not rgb.any()
    draw_tail(rgb, view, [(-50.0, 10.0), (5.0, 10.0), (15.0, 10.0), (1e9, 1e9)])
    assert rgb[10, 5:15].any(axis=1).all()
    assert rgb[10, 8, 0] > 60
