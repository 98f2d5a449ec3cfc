"""Pictures of large images, and of every kind of pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from fixtures.images import write_tiff

from tuiqc.dataset.model import ImageRecord
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter, PictureSpec, PlaneChoice, ViewportSpec
from tuiqc.picture.pipeline import Pipeline
from tuiqc.pixels import Window, plane_source, tiff_series
from tuiqc.render.overlay import compose
from tuiqc.render.style import ChannelStyle
from tuiqc.render.viewport import Viewport

SIDE = 1024
TILED = {"tile": (64, 64), "compression": "zlib"}


def scene() -> tuple[np.ndarray, np.ndarray]:
    """Discs of 40 pixels on a grid, labels beyond 2**24."""
    y, x = np.mgrid[:SIDE, :SIDE]
    inside = np.hypot(y % 128 - 64, x % 128 - 64) < 20
    number = (y // 128) * 8 + x // 128 + 1
    labels = np.where(inside, number + 2**25, 0).astype(np.uint32)
    return (inside * 3000 + 200).astype(np.uint16), labels


@pytest.fixture(params=["levels", "none"])
def record(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ImageRecord:
    monkeypatch.setattr(plane_source, "WHOLE_PLANE_BYTES", 100_000)
    monkeypatch.setattr(plane_source, "OVERVIEW_SIDE", 256)
    monkeypatch.setattr(plane_source, "_BLOCK", 64)
    paths = []
    for name, plane in zip(("grey", "mask"), scene(), strict=True):
        path = tmp_path / f"{name}.tif"
        levels = 3 if request.param == "levels" else 0
        with tifffile.TiffWriter(path) as tif:
            tif.write(plane, metadata=None, **TILED, **({"subifds": levels} if levels else {}))
            for level in range(1, levels + 1):
                step = 2**level
                tif.write(plane[step // 2 :: step, step // 2 :: step], metadata=None, **TILED)
        paths.append(path)
    return ImageRecord(0, "A1", {}, {"DNA": paths[0]}, {"nuclei": paths[1]}, {"nuclei": None})


def spec_of(record: ImageRecord, **changes: object) -> PictureSpec:
    display = Display.of(["DNA"], ["nuclei"], "nuclei")
    return replace(PictureSpec(record, display, layer="nuclei", width=128, height=128), **changes)  # type: ignore[arg-type]


def test_a_fit_view_of_a_large_image_shows_discs_and_outlines_in_place(record: ImageRecord) -> None:
    rendered = Painter().paint(spec_of(record))
    assert rendered is not None
    assert rendered.view.zoom == 1 / 8
    y, x = np.mgrid[:128, :128]
    distance = np.hypot((y * 8 + 4) % 128 - 64, (x * 8 + 4) % 128 - 64)
    colour = rendered.rgb.max(axis=2) - rendered.rgb.min(axis=2)
    assert (colour[distance > 32] == 0).all(), "no outline far from a disc"
    assert (rendered.rgb[distance < 4].max(axis=1) > 60).all()
    assert (rendered.rgb[distance > 40] < 40).all()


def test_stepping_through_the_objects_of_a_large_image_decodes_few_tiles(
    record: ImageRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []
    real = tiff_series._decode
    monkeypatch.setattr(tiff_series, "_decode", lambda fd, page, n: (decoded.append(n), real(fd, page, n))[1])
    painter = Painter(2_000_000)
    for number in (1, 2, 3, 10, 11, 60):
        cy, cx = (number - 1) // 8 * 128 + 64, (number - 1) % 8 * 128 + 64
        before = len(decoded)
        spec = spec_of(
            record,
            label=number + 2**25,
            viewport=ViewportSpec("object"),
            centre=(cx, cy),
            box=(cx - 20, cy - 20, cx + 20, cy + 20),
        )
        rendered = painter.paint(spec)
        assert rendered is not None
        assert rendered.rgb[64, 64].max() > 100
        assert (rendered.rgb == (255, 225, 0)).all(axis=2).sum() > 50, "the ring of the current object"
        if number > 1:  # the first step looks for the contrast too
            assert len(decoded) - before <= 2 * 9
        assert painter.source.nbytes <= 2_000_000


def test_an_object_without_a_place_is_looked_for_in_parts(record: ImageRecord) -> None:
    rendered = Painter().paint(spec_of(record, label=2**25 + 28, viewport=ViewportSpec("object")))
    assert rendered is not None
    assert (rendered.view.centre_x, rendered.view.centre_y) == (3 * 128 + 64, 3 * 128 + 64)
    assert (
        Painter().paint(spec_of(record, label=2**25 + 28, viewport=ViewportSpec("object")), lambda: True)
        is None
    )


def test_an_object_smaller_than_a_pixel_of_the_view_has_its_brackets(record: ImageRecord) -> None:
    spec = spec_of(record, label=2**25 + 64, width=16, height=16, box=(940.0, 940.0, 980.0, 980.0))
    without = Painter().paint(replace(spec, label=0))
    rendered = Painter().paint(spec)
    assert rendered is not None
    assert without is not None
    assert (rendered.rgb != without.rgb).any()


def test_a_format_that_is_read_whole_says_so_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuiqc.picture import regions

    monkeypatch.setattr(regions, "WHOLE_PLANE_BYTES", 10_000)
    path = write_tiff(tmp_path / "a.tif", scene()[0], compression="zlib", rowsperstrip=SIDE)
    spec = spec_of(ImageRecord(0, "A1", {}, {"DNA": path}, {}, {}))
    painter = Painter()
    first, second = painter.paint(spec), painter.paint(spec)
    assert first is not None
    assert second is not None
    assert "can't be read in part" in first.problems[0]
    assert second.problems == ()


# --- every kind of pixels


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"])
def test_images_of_every_type_with_holes_and_hot_pixels_look_the_same(tmp_path: Path, dtype: str) -> None:
    y, x = np.mgrid[:96, :96]
    plane = ((np.hypot(y - 48, x - 48) < 20) * 100 + 10).astype(dtype)
    if plane.dtype.kind == "f":
        plane[5, 5], plane[6, 6], plane[7, 7] = np.nan, np.inf, -np.inf
    else:
        plane[5, 5] = np.iinfo(plane.dtype).max
    record = ImageRecord(0, "A1", {}, {"DNA": write_tiff(tmp_path / "a.tif", plane)}, {}, {})
    rendered = Painter().paint(spec_of(record, width=96, height=96))
    assert rendered is not None
    assert (rendered.rgb[48, 48] == 255).all()
    assert (rendered.rgb[20, 80] == 0).all()


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
)
def test_masks_of_every_type_are_drawn(tmp_path: Path, dtype: str) -> None:
    mask = np.zeros((64, 64), dtype)
    most = {"float32": 2**24 - 1, "float64": 2**40 + 1}
    label = most.get(dtype) or min(np.iinfo(dtype).max, 2**40 + 1)
    mask[20:40, 20:40] = label
    record = ImageRecord(0, "A1", {}, {}, {"nuclei": write_tiff(tmp_path / "m.tif", mask)}, {})
    rendered = Painter().paint(spec_of(record, width=64, height=64, label=int(label)))
    assert rendered is not None
    assert rendered.problems == ()
    assert rendered.rgb[30, 19].tolist() == [255, 225, 0]


def test_labels_that_differ_only_beyond_24_bits_are_two_objects(tmp_path: Path) -> None:
    mask = np.zeros((64, 64), np.uint32)
    mask[:, :32], mask[:, 32:] = 2**25, 2**25 + 1
    record = ImageRecord(0, "A1", {}, {}, {"nuclei": write_tiff(tmp_path / "m.tif", mask)}, {})
    rendered = Painter().paint(spec_of(record, width=64, height=64))
    assert rendered is not None
    assert rendered.rgb[30, 31:33].max() > 60, "a border between them"


def test_sixteen_channels_add_up() -> None:
    random = np.random.default_rng(0)
    colours = [tuple(int(v) for v in random.integers(0, 256, 3)) for _ in range(16)]
    planes = [random.integers(0, 256, (20, 20)).astype(np.uint8) for _ in range(16)]
    window = Window(0, 20, 0, 20)
    rgb = compose(
        Viewport.fit((20, 20), 20, 20),
        (20, 20),
        [(p, ChannelStyle(colour=c, limits=(0, 255))) for p, c in zip(planes, colours, strict=True)],
        [],
        window=window,
    )
    exact = sum(p[..., None] / 255 * np.array(c) for p, c in zip(planes, colours, strict=True))
    assert np.abs(rgb - np.clip(exact, 0, 255)).max() <= 8.5, "each channel is rounded once"


# --- what is kept


def test_the_pipeline_keeps_pictures_and_frames_until_a_file_changes(record: ImageRecord) -> None:
    encoded = []

    def encode(rendered: object) -> tuple[int, int]:
        encoded.append(rendered)
        return len(encoded), 10

    pipeline: Pipeline[int] = Pipeline(Painter(), 10**6, 10**6)
    spec = spec_of(record)
    first = pipeline.make(spec, "sixel", encode)
    assert first is not None
    assert pipeline.make(replace(spec), "sixel", encode) is first
    other = pipeline.make(spec, "kitty", encode)
    assert other is not None
    assert np.array_equal(other.rendered.rgb, first.rendered.rgb)
    assert other.key != first.key
    path = record.channels["DNA"]
    assert path is not None
    tifffile.imwrite(path, np.zeros((SIDE, SIDE), np.uint8))
    changed = pipeline.make(spec, "sixel", encode)
    assert changed is not None
    assert changed.rendered is not first.rendered
    assert len(encoded) == 3


@pytest.mark.thorough
def test_a_frame_does_not_hold_every_pixel_of_its_picture(record: ImageRecord) -> None:
    pipeline: Pipeline[int] = Pipeline(Painter(), 0, 10**6)
    specs = [
        spec_of(record, viewport=ViewportSpec("at", 1.0, 90.0 + x, 90.0), width=640, height=480)
        for x in range(60)
    ]
    kept = [pipeline.make(spec, "sixel", lambda rendered: (rendered.rgb.nbytes, 10)) for spec in specs]
    made = [one for one in kept if one is not None]
    assert {one.frame for one in made} == {640 * 480 * 3}, "all of it is encoded"
    assert {one.rendered.rgb.shape for one in made} == {(120, 160, 3)}
    again = sum(
        pipeline.make(spec, "sixel", lambda rendered: (0, 10)) is one
        for spec, one in zip(reversed(specs), reversed(made), strict=True)
    )
    assert 0 < again * 120 * 160 * 3 < 10**6, "what is kept counts with its pixels"


def test_what_was_superseded_is_not_encoded(record: ImageRecord) -> None:
    pipeline: Pipeline[int] = Pipeline(Painter(), 10**6, 10**6)
    answers = iter([False] * 4 + [True] * 50)
    assert pipeline.make(spec_of(record), "sixel", lambda rendered: (1, 1), lambda: next(answers)) is None


def test_everything_in_a_shot_is_in_its_key(record: ImageRecord) -> None:
    pipeline: Pipeline[int] = Pipeline(Painter(), 10**6, 10**6)
    spec = spec_of(record, label=3)
    changes = {
        "display": replace(spec.display, seed=4),
        "label": 4,
        "viewport": ViewportSpec("object"),
        "width": 90,
        "t": 1,
        "z": 2,
        "projection": "max",
        "centre": (1.0, 2.0),
        "layer": "cells",
    }
    keys = {pipeline.key_of(replace(spec, **{name: value})) for name, value in changes.items()}
    assert len(keys | {pipeline.key_of(spec)}) == len(changes) + 1


def test_limits_of_a_pyramid_that_ends_large_read_places_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plane_source, "WHOLE_PLANE_BYTES", 100_000)
    plane = np.tile(np.arange(2048, dtype=np.uint16), (2048, 1))
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tif:
        tif.write(plane, metadata=None, subifds=1, **TILED)
        tif.write(plane[::2, ::2], metadata=None, **TILED)
    reader = Painter().reader
    read = reader.sample(path, 0, PlaneChoice())
    assert read.nbytes < 1_000_000
    assert read.min() < 100
    assert read.max() > 1900
