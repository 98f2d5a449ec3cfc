"""From files to a picture: where one looks, what is broken, colours by a column, and the PNG of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from fixtures.batches import PRACTICAL
from fixtures.review_batches import COUNTS, SHAPE, corner, mask, side, small_batch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.demo import make_batch
from tuiqc.errors import InputError, UsageError
from tuiqc.exporters.png import render_png
from tuiqc.exporters.summary import summarise, summary_lines
from tuiqc.picture.colours import ColourScale
from tuiqc.picture.display import COLOUR_MAPS, Display
from tuiqc.picture.painter import BACKGROUND, Painter, PictureSpec, RenderedPicture, ViewportSpec
from tuiqc.pixels import image_identity
from tuiqc.render.labels import colours_by_category, colours_by_value


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return small_batch(tmp_path / "data")


def spec_of(batch: Batch, image: int = 0, **changes: object) -> PictureSpec:
    display = Display.of(batch.channels, batch.layers, "nuclei")
    spec = PictureSpec(batch.images[image], display, layer="nuclei", width=SHAPE[1], height=SHAPE[0])
    return replace(spec, **changes)  # type: ignore[arg-type]


def coloured(colour_map: str, **changes: object) -> Display:
    return replace(Display.of(["a"], ["x"], "x"), colour_by="column", colour_map=colour_map, **changes)  # type: ignore[arg-type]


def paint(batch: Batch, image: int = 0, **changes: object) -> RenderedPicture:
    rendered = Painter().paint(spec_of(batch, image, **changes))
    assert rendered is not None
    return rendered


# --- where one looks


def test_a_small_crop_has_its_outline_around_the_object_and_a_large_one_on_it(batch: Batch) -> None:
    for side_px in (20, 200):
        crop = paint(
            batch,
            label=2,
            alone=True,
            ring=False,
            viewport=ViewportSpec("object", 1.0),
            width=side_px,
            height=side_px,
        )
        near = np.abs(crop.rgb.astype(int) - (255, 235, 59)).max(axis=-1) < 60
        assert bool(near.any()) == (side_px == 20)


def test_fit_shows_the_whole_image_at_its_place(batch: Batch) -> None:
    rendered = paint(batch)
    assert rendered.rgb.shape == (*SHAPE, 3)
    assert rendered.rgb.dtype == np.uint8
    assert (rendered.view.zoom, rendered.shape, rendered.problems) == (1.0, SHAPE, ())
    y, x = corner(2)
    inside, outside = rendered.rgb[y + 3, x + 3], rendered.rgb[40, 60]
    assert int(inside.max()) > int(outside.max()) + 50


def test_around_the_image_is_the_background(batch: Batch) -> None:
    rendered = paint(batch, width=200, height=48)
    assert tuple(rendered.rgb[24, 2]) == BACKGROUND
    assert tuple(rendered.rgb[24, 197]) == BACKGROUND


def test_looking_at_an_object_centres_it_where_the_table_or_the_mask_says(batch: Batch) -> None:
    y, x = corner(3)
    middle = (side(3) - 1) / 2
    centre, box = (x + middle, y + middle), (float(x), float(y), float(x + side(3)), float(y + side(3)))
    by_mask = paint(batch, label=3, viewport=ViewportSpec("object"))
    by_table = paint(batch, label=3, viewport=ViewportSpec("object"), centre=centre, box=box)
    assert by_mask.view == by_table.view
    assert (by_mask.view.centre_x, by_mask.view.centre_y) == centre
    assert by_mask.view.zoom > paint(batch).view.zoom
    half = paint(batch, label=3, viewport=ViewportSpec("object"), centre=centre)
    assert half.view == by_mask.view, "the mask knows what the table does not"


def test_looking_at_an_object_that_is_nowhere_shows_the_image(batch: Batch) -> None:
    assert paint(batch, label=99, viewport=ViewportSpec("object")).view == paint(batch).view
    assert paint(batch, viewport=ViewportSpec("object")).view == paint(batch).view


def test_looking_at_a_place_stays_on_the_image(batch: Batch) -> None:
    view = paint(batch, viewport=ViewportSpec("at", 4.0, 10.0, 12.0)).view
    assert (view.zoom, view.centre_x, view.centre_y) == (4.0, 10.0, 12.0)
    far = paint(batch, viewport=ViewportSpec("at", 4.0, 1e6, -1e6)).view
    assert (far.centre_x, far.centre_y) == (SHAPE[1] - 1, 0)
    assert paint(batch, viewport=ViewportSpec("at")).view == paint(batch).view


def test_the_current_object_is_marked(batch: Batch) -> None:
    plain, marked, other = paint(batch), paint(batch, label=1), paint(batch, label=2)
    assert (plain.rgb != marked.rgb).any()
    assert (marked.rgb != other.rgb).any()


def test_a_picture_asks_the_disk_once_for_each_file(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    looked_at = image_identity._looked_at
    monkeypatch.setattr(image_identity, "_looked_at", lambda path: asked.append(path) or looked_at(path))
    paint(batch)
    assert len(asked) == len(set(asked)) > 1


def test_a_superseded_picture_is_given_up(batch: Batch) -> None:
    assert Painter().paint(spec_of(batch), lambda: True) is None


# --- what is broken


def test_a_broken_channel_is_named_and_the_rest_is_drawn(batch: Batch) -> None:
    path = batch.images[0].channels["ER"]
    assert path is not None
    path.write_bytes(b"II*\x00 broken")
    rendered = paint(batch)
    assert len(rendered.problems) == 1
    assert str(path) in rendered.problems[0]
    assert rendered.rgb.max() > 100


def test_a_broken_first_channel_does_not_hide_the_others(batch: Batch) -> None:
    path = batch.images[0].channels["DNA"]
    assert path is not None
    path.unlink()
    rendered = paint(batch)
    assert [str(path) in problem for problem in rendered.problems] == [True]
    assert rendered.shape == SHAPE
    assert rendered.rgb.max() > 50


def test_a_broken_mask_is_named_and_the_image_drawn(batch: Batch) -> None:
    path = batch.images[0].masks["nuclei"]
    assert path is not None
    without = paint(batch, display=replace(spec_of(batch).display, layers=()))
    path.write_bytes(b"")
    rendered = paint(batch, label=1)
    assert str(path) in rendered.problems[0]
    assert (rendered.rgb == without.rgb).all()


def test_a_mask_alone_is_a_picture(batch: Batch) -> None:
    record = replace(batch.images[0], channels={"DNA": None, "ER": None})
    rendered = paint(batch, record=record)
    assert rendered.problems == ()
    assert rendered.rgb.max() > 100


def test_nothing_that_can_be_read_is_an_error_that_names_a_file(batch: Batch) -> None:
    record = batch.images[0]
    for path in (*record.channels.values(), *record.masks.values()):
        assert path is not None
        path.write_bytes(b"broken")
    with pytest.raises(InputError, match=r"A1_DNA\.tif"):
        paint(batch)
    nothing = replace(record, channels={"DNA": None}, masks={})
    with pytest.raises(InputError, match="image A1"):
        paint(batch, record=nothing)


def test_a_channel_of_another_size_is_left_out_and_told(batch: Batch) -> None:
    path = batch.images[0].channels["ER"]
    assert path is not None
    tifffile.imwrite(path, np.zeros((10, 20), np.uint8))
    rendered = paint(batch)
    assert rendered.problems == ("channel ER is 20 x 10, not 64 x 48",)


def test_a_mask_of_another_size_is_cut_never_stretched_and_told(batch: Batch) -> None:
    path = batch.images[0].masks["nuclei"]
    assert path is not None
    right = paint(batch)
    tifffile.imwrite(path, np.pad(mask(COUNTS[0]), ((0, 7), (0, 9))))
    larger = paint(batch)
    assert larger.problems == ("mask nuclei is 73 x 55, its image 64 x 48",)
    assert (larger.rgb == right.rgb).all()
    tifffile.imwrite(path, mask(COUNTS[0])[:20, :30])
    smaller = paint(batch)
    assert "30 x 20" in smaller.problems[0]
    assert (smaller.rgb[:15, :15] == right.rgb[:15, :15]).all()


def test_a_float_mask_of_whole_numbers_is_a_mask_and_another_is_not(batch: Batch) -> None:
    path = batch.images[0].masks["nuclei"]
    assert path is not None
    right = paint(batch)
    tifffile.imwrite(path, mask(COUNTS[0]).astype(np.float32))
    assert (paint(batch).rgb == right.rgb).all()
    tifffile.imwrite(path, mask(COUNTS[0]) * np.float32(0.5))
    rendered = paint(batch)
    assert str(path) in rendered.problems[0]
    assert rendered.rgb.max() > 100


def test_a_mask_by_name_and_a_label_by_place(batch: Batch) -> None:
    record, painter = batch.images[0], Painter()
    assert painter.labels(record, "nuclei", SHAPE) is not None
    assert painter.labels(record, "no such layer", SHAPE) is None
    y, x = corner(2)
    assert painter.label_at(record, "nuclei", SHAPE, x, y) == 2
    assert painter.label_at(record, "nuclei", SHAPE, x - 1, y - 1) == 0
    assert painter.label_at(record, "nuclei", SHAPE, -3, 10**6) == 0
    assert painter.label_at(record, "no such layer", SHAPE, x, y) == 0


def test_a_mask_that_was_made_again_is_not_shown_stale(batch: Batch) -> None:
    path = batch.images[0].masks["nuclei"]
    assert path is not None
    painter = Painter()
    assert painter.paint(spec_of(batch)) is not None
    tifffile.imwrite(path, np.zeros(SHAPE, np.uint8))
    again = painter.paint(spec_of(batch))
    assert again is not None
    assert (again.rgb == paint(batch).rgb).all()


# --- colours and choices


def test_numbers_have_the_same_scale_in_every_image() -> None:
    column = pd.Series([0.0, 5.0, 10.0, np.nan])
    scale = ColourScale.of(column, coloured("viridis"))
    assert scale.limits is not None
    assert scale.limits[0] >= 0
    assert scale.limits[1] <= 10
    part = scale.colouring(np.array([1, 2, 1, 2]), slice(2, 4))
    assert list(part.labels) == [1, 2]
    assert part.values[0] == 10
    assert np.isnan(part.values[1])
    assert part.limits == scale.limits
    assert not part.categorical


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        (["b", "a", "b", None], [1, 0, 1, -1]),
        ([3, 1, 3, 2], [2, 0, 2, 1]),
        ([True, False, True, True], [1, 0, 1, 1]),
    ],
)
def test_categories_have_codes_in_order(values: list[object], codes: list[int]) -> None:
    scale = ColourScale.of(pd.Series(values), coloured("glasbey"))
    assert scale.limits is None
    assert list(scale.numbers) == codes
    assert scale.colouring(np.arange(4), slice(0, 4)).categorical


def test_limits_are_those_of_the_data_robust_ones_or_typed() -> None:
    column = pd.Series([-1e6, *range(1, 1000), 1e6, np.nan, np.inf])
    robust = ColourScale.of(column, coloured("viridis")).limits
    assert robust is not None
    assert 0 < robust[0] < 50
    assert 950 < robust[1] < 1000
    assert ColourScale.of(column, coloured("viridis", colour_limits="data")).limits == (-1e6, 1e6)
    assert ColourScale.of(column, coloured("viridis", colour_limits=(3.0, 8.0))).limits == (3.0, 8.0)


def test_zero_has_no_colour_if_asked_and_no_part_in_the_limits(batch: Batch) -> None:
    column = pd.Series([0.0, 5.0, 10.0, 0.0])
    plain = ColourScale.of(column, coloured("viridis", colour_limits="data"))
    without = ColourScale.of(column, coloured("viridis", colour_limits="data", zero_transparent=True))
    assert (plain.limits, without.limits) == ((0, 10), (5, 10))
    assert plain.rgb(plain.numbers[0]) is not None
    assert without.rgb(without.numbers[0]) is None
    filled = spec_of(batch).display.next_mode("nuclei")
    picture = [
        paint(batch, display=filled, colouring=one.colouring(np.arange(1, 5), slice(0, 4)))
        for one in (plain, without)
    ]
    bare = paint(batch, display=replace(filled, layers=()))
    for label, hidden in ((1, True), (2, False), (3, False)):
        y, x = corner(label)
        place = np.s_[y : y + side(label), x : x + side(label)]
        assert (picture[1].rgb[place] == bare.rgb[place]).all() == hidden
        assert (picture[0].rgb[place] != bare.rgb[place]).any()
    tracks = ColourScale.of(pd.Series([0, 2, 1, 0]), coloured("glasbey", zero_transparent=True))
    assert [tracks.rgb(number) is None for number in tracks.numbers] == [True, False, False, True]


@given(
    values=st.lists(st.floats(width=32, allow_infinity=True), min_size=1, max_size=30),
    name=st.sampled_from([name for name in COLOUR_MAPS if name != "glasbey"]),
    limits=st.sampled_from(["data", "robust", (-3.5, 12.25), (0.0, 1e-30)]),
)
def test_a_cell_has_the_colour_of_its_object_in_the_picture(
    values: list[float], name: str, limits: object
) -> None:
    scale = ColourScale.of(pd.Series(values), coloured(name, colour_limits=limits))
    labels = np.arange(1, len(values) + 1)
    part = scale.colouring(labels, slice(0, len(values)))
    in_picture = colours_by_value(part.labels, part.values, name, part.limits)
    for label, number in zip(labels.tolist(), scale.numbers.tolist(), strict=True):
        assert scale.rgb(number) in (in_picture.colour(label), None)
        assert (scale.rgb(number) is None) == np.isnan(number)


def test_a_category_has_its_colour_in_the_picture_and_the_cell() -> None:
    scale = ColourScale.of(pd.Series(["b", "a", None, "b"]), coloured("viridis", seed=3))
    in_picture = colours_by_category(np.arange(1, 5), scale.numbers, 3)
    shown = [scale.rgb(number) for number in scale.numbers]
    assert shown == [in_picture.colour(1), in_picture.colour(2), None, in_picture.colour(4)]
    assert shown[0] == shown[3] != shown[1]
    assert scale.legend(5) == []


def test_the_legend_goes_from_the_low_to_the_high_end() -> None:
    scale = ColourScale.of(pd.Series([1.0, 2.0, 3.0]), coloured("blue-white-red", colour_limits="data"))
    legend = scale.legend(9)
    assert len(legend) == 9
    assert (legend[0], legend[-1]) == (scale.rgb(1.0), scale.rgb(3.0))


def test_a_mixed_column_has_categories_too() -> None:
    scale = ColourScale.of(pd.Series([1, "a", None, 2.5, "a"], dtype=object), coloured("viridis"))
    assert scale.limits is None
    assert scale.numbers[1] == scale.numbers[4]
    assert scale.numbers[2] == -1


def test_two_shots_with_colours_can_be_compared(batch: Batch) -> None:
    scale = ColourScale.of(pd.Series([1.0, 2.0, 3.0]), coloured("viridis"))
    one, two = (spec_of(batch, colouring=scale.colouring(np.arange(1, 4), slice(0, 3))) for _ in range(2))
    assert one != two, "and the arrays inside do not make that fail"


def test_colouring_changes_only_the_active_layer(batch: Batch) -> None:
    scale = ColourScale.of(pd.Series([1.0, 2.0, 3.0]), coloured("blue-white-red"))
    colouring = scale.colouring(np.arange(1, 4), slice(0, 3))
    display = spec_of(batch).display.next_mode("nuclei")
    plain, rendered = paint(batch, display=display), paint(batch, display=display, colouring=colouring)
    assert (plain.rgb != rendered.rgb).any()
    low, high = (rendered.rgb[corner(label)[0] + 2, corner(label)[1] + 2].astype(int) for label in (1, 3))
    assert low[2] > low[0], "the lowest is blue"
    assert high[0] > high[2], "the highest is red"


def test_the_default_display_shows_three_channels_and_the_active_layer() -> None:
    display = Display.of(["a", "b", "c", "d"], ["x", "y"], "y")
    assert [style.visible for _, style in display.channels] == [True, True, True, False]
    assert [style.visible for _, style in display.layers] == [False, True]
    assert len({style.colour for _, style in display.channels[:3]}) == 3
    assert Display.of(["a"], [], "").channels[0][1].colour == (255, 255, 255)


def test_modes_and_opacity_go_round_and_stay_in_bounds() -> None:
    display = Display.of(["a"], ["x", "y"], "x")
    modes = []
    for _ in range(4):
        modes.append(display.mode("x"))
        display = display.next_mode("x")
    assert modes == ["outline", "fill", "none", "outline"]
    assert display.mode("nothing") == "none"
    for step, end in ((0.3, 1.0), (-0.3, 0.1)):
        for _ in range(10):
            display = display.opacity_changed(step)
        assert display.layers[0][1].opacity == end


def test_toggling_twice_is_nothing_and_a_layer_takes_the_place_of_another() -> None:
    display = Display.of(["a", "b"], ["x", "y"], "x")
    for kind, name in (("channel", "b"), ("layer", "y")):
        assert display.toggled(kind, name) != display
        assert display.toggled(kind, name).toggled(kind, name) == display
    active = display.activated("y", "x")
    assert [style.visible for _, style in active.layers] == [False, True]
    assert display.activated("x", "x") == display


# --- exporters


def test_a_png_is_the_picture_of_the_screen(batch: Batch) -> None:
    out = batch.root / "out.png"
    assert render_png(batch, out, image="A2", size=(SHAPE[1], SHAPE[0])).missing == []
    assert (np.asarray(Image.open(out)) == paint(batch, 1).rgb).all()
    assert (out.stat().st_mode & 0o444) == 0o444 or (out.stat().st_mode & 0o400)
    assert not list(batch.root.glob("*.tmp"))


def test_a_png_with_a_budget_is_a_picture(batch: Batch) -> None:
    out = batch.root / "out.png"
    render_png(batch, out, size=(200, 150), budget=1500)
    assert np.asarray(Image.open(out).convert("RGB")).shape == (150, 200, 3)


def test_a_png_that_fails_leaves_the_old_one_and_no_pieces(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = batch.root / "out.png"
    render_png(batch, out)
    old = out.read_bytes()

    def broken(self: object, file: object, *rest: object, **how: object) -> None:
        Path(str(file)).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", broken)
    with pytest.raises(InputError, match="No space left"):
        render_png(batch, out)
    assert out.read_bytes() == old
    assert not [path for path in batch.root.iterdir() if path.name.startswith(".out")]


def test_a_png_of_an_object_coloured_by_a_column(batch: Batch) -> None:
    plain, coloured = batch.root / "1.png", batch.root / "2.png"
    for out, column in ((plain, ""), (coloured, "AreaShape_Area")):
        render_png(
            batch, out, image="A1", layer="nuclei", label=2, mode="fill", colour_by=column, size=(128, 96)
        )
    assert plain.read_bytes() != coloured.read_bytes()
    with pytest.raises(UsageError, match="Mood"):
        render_png(batch, plain, image="A1", layer="nuclei", label=2, colour_by="Mood")


def test_the_summary_of_the_demo_agrees_with_its_masks(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    make_batch(folder, images=4, size=96, workers=1)
    batch = open_batch(SourceOptions(sources=(str(folder),)), None)
    steps: list[tuple[int, int]] = []
    summary = summarise(batch, progress=lambda done, total: steps.append((done, total)))
    assert summary["images"] == 4
    assert summary["channels"] == ["DNA", "ER"]
    assert set(summary["layers"]) == {"nuclei", "cells"}
    for name, layer in summary["layers"].items():
        counts = [len(np.unique(tifffile.imread(image.masks[name]))) - 1 for image in batch.images]
        assert layer["per_image"] == counts
        assert layer["objects"] == sum(counts)
        assert layer["problems"] == []
    assert steps[-1] == (8, 8)
    assert any("nuclei:" in line for line in summary_lines(batch, summary))


@pytest.mark.skipif(not PRACTICAL.is_dir(), reason="the practical's data is not here")
def test_the_practical_has_97_nuclei(tmp_path: Path) -> None:
    root = PRACTICAL.resolve()
    source = SourceOptions(
        images=(("DNA", f"{root}/Well_{{well}}_C0.tif"),),
        labels=(("nuclei", f"{root}/Well_{{well}}_nuclei_labels.tiff"),),
        base_dir=tmp_path,
    )
    batch = open_batch(source, None)
    layer = summarise(batch)["layers"]["nuclei"]
    assert layer["per_image"] == [13, 7, 13, 10, 18, 11, 10, 15], "measured from the masks"
    assert (
        render_png(batch, tmp_path / "5.png", image="5", layer="nuclei", label=7, size=(300, 200)).missing
        == []
    )


@pytest.mark.parametrize("dtype", ["uint8", "uint64", "int32", "float32"])
def test_labels_of_a_mask_of_any_type(tmp_path: Path, dtype: str) -> None:
    mask = np.zeros((8, 9), dtype)
    mask[2:4, 3:5] = 7
    tifffile.imwrite(tmp_path / "a_mask.tif", mask)
    record = ImageRecord(0, "a", {}, {}, {"cells": tmp_path / "a_mask.tif"}, {})
    found = Painter().labels_in_mask(record, "cells")
    assert found is not None
    assert found.tolist() == [0, 7]


def test_a_channel_that_is_even_is_said_to_be(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.full((8, 9), 77, np.uint16))
    record = ImageRecord(0, "a", {}, {"DNA": tmp_path / "a.tif"}, {}, {})
    spec = PictureSpec(record, Display.of(["DNA"], [], ""), width=90, height=80)
    rendered = Painter().paint(spec)
    assert rendered is not None
    assert rendered.remarks == ("DNA: every pixel is 77",)
    close = Painter().paint(replace(spec, viewport=ViewportSpec("at", 40.0, 4, 4)))
    assert close is not None
    assert not close.remarks, "a part of an image says nothing of the whole"
