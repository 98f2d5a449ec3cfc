"""Two pictures side by side, the read-out of a pixel, verdicts as colours and marks, dimming, furniture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from fixtures.review_batches import corner, small_batch
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.dataset.model import Batch
from tuiqc.picture.colours import colouring_by_verdict, verdict_marks
from tuiqc.picture.display import Display
from tuiqc.picture.overlays import halves
from tuiqc.picture.painter import Painter, PictureSpec, RenderedPicture, ViewportSpec
from tuiqc.qc.verdict import SCREEN_COLOURS
from tuiqc.render.highlight import WHITE, YELLOW
from tuiqc.ui.crosshair import read_out

SHAPE = (48, 64)
NAMES = ("", "pass", "fail", "unsure")


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return small_batch(tmp_path / "data")


def spec_of(batch: Batch, width: int = 640, height: int = 480, **display: object) -> PictureSpec:
    style = replace(Display.of(batch.channels, batch.layers, "nuclei"), **display)  # type: ignore[arg-type]
    return PictureSpec(batch.images[0], style, layer="nuclei", label=1, width=width, height=height)


def paint(spec: PictureSpec) -> RenderedPicture:
    rendered = Painter().paint(spec)
    assert rendered is not None
    return rendered


def count(rgb: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((rgb == np.array(colour, np.uint8)).all(axis=2).sum())


def test_the_halves_show_the_same_place(batch: Batch) -> None:
    spec = replace(spec_of(batch, beside="layer", beside_layer="cells"), viewport=ViewportSpec("object"))
    rendered = paint(spec)
    assert rendered.rgb.shape == (480, 640, 3)
    assert rendered.beside == 640 - rendered.view.width
    left = rendered.to_image(100, 200)
    assert rendered.to_image(rendered.beside + 100, 200) == left
    sides = rendered.rgb[:, : rendered.view.width], rendered.rgb[:, rendered.beside :]
    assert count(sides[0], YELLOW) > 100, "the ring of the current object"
    assert count(sides[1], YELLOW) == 0
    assert all(count(side, WHITE) > 50 for side in sides), "the brackets are on both"


def test_beside_the_overlay_are_the_channels_alone(batch: Batch) -> None:
    rendered = paint(replace(spec_of(batch, beside="raw"), label=0))
    alone = paint(replace(spec_of(batch, width=rendered.view.width, raw=True), label=0))
    assert np.array_equal(rendered.rgb[:, rendered.beside :], alone.rgb)
    assert not np.array_equal(rendered.rgb[:, : rendered.view.width], alone.rgb)
    assert halves(spec_of(batch, beside="raw", raw=True)) is None, "both would be the same"


@given(st.integers(1, 900), st.integers(1, 60), st.sampled_from(["raw", "layer"]))
def test_the_halves_fill_the_width(width: int, height: int, beside: str) -> None:
    display = replace(Display.of(["a"], ["x", "y"], "x"), beside=beside, beside_layer="y")  # type: ignore[arg-type]
    both = halves(PictureSpec(None, display, layer="x", width=width, height=height))  # type: ignore[arg-type]
    if both is None:
        assert width < 20
        return
    assert both[0].width == both[1].width
    assert 0 < width - 2 * both[0].width <= 5
    assert [name for name, style in both[0].display.layers if style.visible] == ["x"]
    assert [name for name, style in both[1].display.layers if style.visible] == (
        ["y"] if beside == "layer" else []
    )


def test_the_turns_of_the_second_picture() -> None:
    display = Display.of(["a"], ["x", "y", "w"], "x")
    seen = []
    for _ in range(4):
        display = display.next_beside("x")
        seen.append((display.beside, display.beside_layer))
    assert seen == [("raw", ""), ("layer", "y"), ("layer", "w"), ("", "")]
    assert replace(display, beside="layer", beside_layer="x").next_beside("x").beside == "raw"


def test_the_readout_has_the_values_of_the_file(batch: Batch) -> None:
    y, x = corner(2)
    found = read_out(Painter().reader, batch.images[0], SHAPE, x, y)
    assert dict(found.values) == {"DNA": 200, "ER": 120}
    assert dict(found.labels) == {"nuclei": 2, "cells": 2}
    assert found.text() == f"x {x} y {y}  DNA 200  ER 120  nuclei 2  cells 2"
    nothing = read_out(Painter().reader, batch.images[0], SHAPE, 0, 0)
    assert nothing.text().endswith("nuclei –  cells –")


def test_the_readout_of_floats_missing_files_and_calibrated_images(batch: Batch) -> None:
    record = batch.images[0]
    dna, cells = record.channels["DNA"], record.masks["cells"]
    assert dna is not None
    assert cells is not None
    cells.unlink()
    plane = np.full(SHAPE, np.nan, np.float32)
    tifffile.imwrite(dna, plane, imagej=True, resolution=(2.0, 4.0), metadata={"unit": "um"})
    found = read_out(Painter().reader, record, SHAPE, 4, 8)
    assert found.pixel_um == pytest.approx((0.25, 0.5))
    assert found.text().startswith("x 4 y 8 (2, 2 µm)  DNA nan")
    assert found.text().endswith("cells ?")


def test_verdicts_are_colours_and_marks() -> None:
    codes = np.array([0, 1, 2, 3, 2], np.uint8)
    labels = np.arange(1, 6)
    colouring = colouring_by_verdict(labels, codes, NAMES)
    assert colouring.rgb is not None
    assert [tuple(row) for row in colouring.rgb] == [SCREEN_COLOURS[NAMES[code]] for code in codes]
    x = np.array([1.0, 2, 3, 4, np.nan])
    marks = verdict_marks(x, x, codes, NAMES)
    assert [(mark.x, mark.kind) for mark in marks] == [(2, "tick"), (3, "cross"), (4, "question")]


def test_the_colours_of_verdicts_are_in_the_picture(batch: Batch) -> None:
    colouring = colouring_by_verdict(np.array([1, 2, 3]), np.array([1, 2, 0], np.uint8), NAMES)
    display = Display.of(batch.channels, batch.layers, "nuclei")
    opaque = replace(display, layers=tuple((n, replace(s, opacity=1.0)) for n, s in display.layers))
    rendered = paint(replace(spec_of(batch), label=0, display=opaque, colouring=colouring))
    for name in ("pass", "fail", ""):
        assert count(rendered.rgb, SCREEN_COLOURS[name]) > 50


def test_dimming_leaves_the_current_object_as_it_is(batch: Batch) -> None:
    plain, dim = paint(spec_of(batch)), paint(spec_of(batch, dim=True))
    assert count(plain.rgb, YELLOW) == count(dim.rgb, YELLOW)
    assert not np.array_equal(plain.rgb, dim.rgb)
    alone = replace(spec_of(batch, dim=True), label=0)
    assert np.array_equal(paint(alone).rgb, paint(replace(spec_of(batch), label=0)).rgb), "nothing is current"


def test_scale_bar_and_minimap_are_in_furnished_pictures_only(batch: Batch) -> None:
    spec = replace(spec_of(batch), viewport=ViewportSpec("at", 30.0, 20, 20), label=0)
    plain, full = paint(spec), paint(replace(spec, with_overlays=True))
    changed = (plain.rgb != full.rgb).any(axis=2)
    assert changed[-40:, -200:].any(), "scale bar"
    assert changed[:200, -200:].any(), "minimap"
    off = replace(spec, with_overlays=True, display=replace(spec.display, scale_bar=False, minimap=False))
    assert np.array_equal(paint(off).rgb, plain.rgb)
