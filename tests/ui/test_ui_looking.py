"""Zoom, layers, colours, the display panel, the mouse; broken images; writing that fails."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from fixtures.desks import NARROW, WIDE, Desk, desk_on, verdicts
from fixtures.review_batches import options, write_batch

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.picture.display import COLOUR_MAPS
from tuiqc.picture.painter import RenderedPicture
from tuiqc.ui.column_names import colour_objects_by
from tuiqc.ui.panels.display import DisplayPanel


def rendered(desk: Desk) -> RenderedPicture:
    finished = desk.review.picture.finished
    assert finished is not None
    return finished.rendered


@pytest.mark.thorough
async def test_zooming_in_and_out_ends_at_the_whole_image(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        fit = rendered(desk).view
        await desk.press("plus", "plus")
        assert rendered(desk).view.zoom == pytest.approx(fit.zoom * 2.25)
        await desk.press("minus", "minus", "minus")
        assert rendered(desk).view == fit
        await desk.press("equals_sign")
        assert rendered(desk).view.zoom in (1.0, fit.zoom)
        await desk.press("0")
        assert rendered(desk).view == fit


@pytest.mark.thorough
async def test_panning_moves_within_the_image_and_the_next_object_brings_it_back(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "tab", "plus", "plus", "plus")
        before = rendered(desk).view
        await desk.press("right", "down")
        moved = rendered(desk).view
        assert (moved.centre_x, moved.centre_y) > (before.centre_x, before.centre_y)
        for _ in range(16):
            await desk.press("right")
        assert rendered(desk).view.centre_x == 63, "the image stays in sight"
        assert moved.centre_x - before.centre_x == pytest.approx(0.2 * before.width / before.zoom)
        await desk.press("h", "up")
        assert rendered(desk).view.centre_x < 63
        await desk.press("j")
        assert desk.spec.viewport.kind == "object"
        assert rendered(desk).view.zoom == pytest.approx(before.zoom)
        await desk.press("left", "e")
        assert desk.spec.viewport.kind == "object"


async def test_centring_without_an_object_says_so(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("e")
        assert "no object is current" in desk.message


async def test_outlines_fills_none_opacity_and_shuffle_change_the_picture(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        seen = [rendered(desk).rgb.tobytes()]
        opacity = dict(desk.spec.display.layers)["nuclei"].opacity
        for key, told in (
            ("o", "fill"),
            ("left_parenthesis", f"fill {opacity - 0.1:.0%}"),
            ("ctrl+l", "fill"),
            ("o", "none"),
        ):
            await desk.press(key)
            seen.append(rendered(desk).rgb.tobytes())
            subtitle = str(desk.review.picture.border_subtitle)
            assert told in subtitle or (told == "none" and "nuclei" not in subtitle)
        assert len(set(seen)) == len(seen), "each key changes the picture"
        await desk.press("o", "right_parenthesis")
        assert f"outline {opacity:.0%}" in str(desk.review.picture.border_subtitle)


@pytest.mark.thorough
async def test_the_layers_take_turns(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("L")
        assert desk.session.cursor.layer == "cells"
        assert dict(desk.spec.display.layers)["cells"].visible
        assert not dict(desk.spec.display.layers)["nuclei"].visible
        assert "Objects · cells" in desk.text
        await desk.press("L")
        assert desk.session.cursor.layer == "nuclei"


@pytest.mark.thorough
async def test_one_layer_or_none_says_so(tmp_path: Path) -> None:

    folder = write_batch(tmp_path / "data")
    only = SourceOptions(images=(("DNA", str(folder / "{well}_DNA.tif")),), base_dir=folder)
    async with desk_on(open_batch(only, None)) as desk:
        await desk.press("L", "tab", "p", "c", "s", "enter", "m", "J", "escape", "e", "o", "n", "escape")
        assert "no object layer" in desk.text
        await desk.press("shift+tab", "p")
    assert [subject[0] for subject in verdicts(folder / "qc_annotations.csv")] == ["A1"]


async def test_the_display_panel_switches_colours_and_inverts(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        before = rendered(desk).rgb.copy()
        await desk.press("d")
        assert isinstance(desk.app.screen, DisplayPanel)
        for name in ("██ DNA", "██ ER", "nuclei ", "cells ", "scale bar"):
            assert name in desk.text
        await desk.press("1")
        assert not dict(desk.spec.display.channels)["DNA"].visible
        assert (rendered(desk).rgb != before).any()
        await desk.press("1", "4")
        assert dict(desk.spec.display.layers)["cells"].visible
        old = dict(desk.spec.display.channels)["DNA"]
        await desk.press("k", "i")
        new = dict(desk.spec.display.channels)["DNA"]
        assert new.colour != old.colour
        assert new.invert
        await desk.press("down", "space")
        assert not dict(desk.spec.display.channels)["ER"].visible
        await desk.press("9", "escape")
        assert desk.app.screen is desk.review
        assert "ER" not in str(desk.review.picture.border_subtitle).split(" · ")


@pytest.mark.thorough
async def test_colouring_by_a_column_and_through_the_maps(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("o", "tab", "right", "right", "s")
        by_label = rendered(desk).rgb.copy()
        await desk.press("c")
        assert desk.spec.colouring is not None
        assert "coloured by AreaShape_Area, blue-white-red" in desk.message
        assert str(desk.review.picture.border_subtitle).startswith("Area 17.6 "), "the legend"
        assert "100 · DNA" in desk.text
        assert (rendered(desk).rgb != by_label).any()
        seen = {rendered(desk).rgb.tobytes()}
        await desk.press("C")
        for name in COLOUR_MAPS[1:]:
            await desk.press("down", "enter")
            assert f"(•) {name}" in desk.text
            assert desk.spec.display.colour_map == name
            seen.add(rendered(desk).rgb.tobytes())
        assert len(seen) == len(COLOUR_MAPS)
        await desk.press("escape")
        assert desk.app.screen is desk.review
        await desk.press("tab", "shift+tab", "w", "w", "j", "k", "home")  # the colours go with the person
        assert desk.spec.colouring is not None
        await desk.press("c")
        assert "coloured by label" in desk.message
        assert desk.spec.colouring is None
        colour_objects_by(desk.review.context, "Class")
        assert desk.message.endswith("coloured by Class, a colour for each value")


@pytest.mark.thorough
@pytest.mark.parametrize("size", [WIDE, NARROW, (100, 30)])
async def test_the_display_panel_leaves_the_picture_alone(batch: Batch, size: tuple[int, int]) -> None:
    async with desk_on(batch, size) as desk:
        before = desk.review.picture.size.width
        for key in ("d", "C"):
            await desk.press(key)
            box = desk.app.screen.query_one("Vertical").region
            picture = desk.review.picture.region
            assert picture.width > 30
            assert not box.overlaps(picture), "changes show at once, in pixels"
            assert box.height <= size[1] - 3
            await desk.press("escape")
        assert desk.review.picture.size.width == before


@pytest.mark.thorough
async def test_the_panel_shows_how_the_values_lie(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("d")
        await desk.wait(lambda: "█████" in desk.text, "the ramp")
        await desk.wait(lambda: any(block in desk.text for block in "▁▂▃▄▅▆▇"), "the bars")
        await desk.press("b")
        assert "DNA: 0.5 to 99.8 % of the image" in desk.text
        await desk.press("escape", "G", "d")  # no picture stands beside the contact sheet
        await desk.wait(lambda: "█████" in desk.text, "the ramp")
        await desk.press("escape", "escape", "d")
        await desk.press("s", "escape")


@pytest.mark.thorough
async def test_the_legend_stands_below_the_images_that_are_coloured(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "right", "right", "s", "c")
        assert str(desk.review.images_table.border_subtitle).startswith("Area 17.6 ")
        assert "█ 100 · file order" in desk.text
        await desk.press("c")
        assert str(desk.review.images_table.border_subtitle) == "file order"


@pytest.mark.thorough
async def test_colouring_by_text_has_categories(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab")
        listing = desk.review.objects_table.content
        number = listing.number_of("Class")  # type: ignore[attr-defined]
        desk.review.objects_table.go(0, number)
        await desk.press("c")
        assert desk.spec.colouring.categorical
        assert "coloured by Class, a colour for each value" in desk.message
        await desk.press("c", "home", "left", "left", "left", "left", "left", "left", "c")
        assert desk.spec.colouring is not None or "not a column" in desk.message


async def test_a_click_on_an_object_brings_its_row(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        view, picture = rendered(desk).view, desk.review.picture
        x, y = view.to_display(25.5, 7.5)  # the centre of label 2
        columns, rows = picture.size
        at = (int(x * columns / view.width) + 1, int(y * rows / view.height) + 1)  # + 1: the border
        await desk.pilot.click(picture, offset=at)
        await desk.wait(lambda: desk.place == ("object", "A1", 2), "the object under the mouse")
        await desk.settled()
        assert desk.cursor("objects")[:2] == ["A1", "2"]
        await desk.pilot.click(picture, offset=(2, 2), times=1)
        await desk.settled()
        assert desk.place == ("object", "A1", 2), "the ground is no object"


@pytest.mark.thorough
async def test_clicks_in_tables_choose_rows_and_sort(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.pilot.click(desk.review.images_table, offset=(6, 3))
        await desk.settled()
        assert desk.place == ("image", "A2", 0)
        await desk.pilot.click(desk.review.objects_table, offset=(5, 1))
        await desk.settled()
        assert desk.review.objects_table.border_subtitle == "well ↑"
        assert desk.session.cursor.level == "object"


@pytest.mark.thorough
async def test_a_picture_that_comes_while_its_pane_is_hidden_is_made_again(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from tuiqc.ui.pictures import PictureWorker

    gate, tell = threading.Event(), PictureWorker._tell
    gate.set()

    def late(self: PictureWorker, message: object) -> None:
        gate.wait(10)
        tell(self, message)  # type: ignore[arg-type]

    monkeypatch.setattr(PictureWorker, "_tell", late)
    async with desk_on(batch, NARROW) as desk:
        assert desk.pane == "picture"
        gate.clear()
        desk.review.context.display.show(desk.review.context.display.style.next_mode("nuclei"))
        await desk.pilot.press("w")
        await desk.wait(lambda: not desk.review.picture.display, "the table")
        gate.set()
        await desk.pilot.pause(0.1)
        await desk.press("w")
        assert desk.pane == "picture"
        assert dict(desk.spec.display.layers)["nuclei"].mode == "fill"


# --- what is broken


async def test_a_broken_image_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    folder = write_batch(tmp_path / "data")
    for name in ("DNA", "ER", "nuclei_labels", "cells_labels"):
        (folder / f"A2_{name}.tif").write_bytes(b"no image at all")
    async with desk_on(open_batch(options(folder), None)) as desk:
        await desk.press("down")
        assert "A2_DNA.tif" in desk.review.picture.note
        assert "A2_DNA.tif" in desk.text
        await desk.press("f")
        assert desk.place == ("image", "A10", 0)
        assert not desk.review.picture.note
        assert desk.spec.record.key == "A10"
    assert list(verdicts(folder / "qc_annotations.csv").values()) == ["fail"]


async def test_a_broken_mask_is_told_and_the_image_is_shown(tmp_path: Path) -> None:
    folder = write_batch(tmp_path / "data")
    (folder / "A1_nuclei_labels.tif").write_bytes(b"no image at all")
    (folder / "A2_ER.tif").unlink()
    async with desk_on(open_batch(options(folder), None)) as desk:
        assert "A1_nuclei_labels.tif" in desk.message
        assert rendered(desk).rgb.max() > 100
        await desk.press("down")
        assert desk.spec.record.key == "A2"
        assert rendered(desk).rgb.max() > 100


@pytest.mark.thorough
async def test_a_decoder_that_fails_in_an_unheard_of_way_does_not_end_the_pictures(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuiqc.picture.painter import Painter

    paint = Painter.paint

    def odd_paint(self: Painter, spec: object, *rest: object) -> object:
        if spec.record.key == "A2":  # type: ignore[attr-defined]
            raise ZeroDivisionError("\x1b[31m[red]odd")
        return paint(self, spec, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Painter, "paint", odd_paint)  # it fails ahead of the step too, and is told only then
    async with desk_on(batch) as desk:
        await desk.press("down")
        assert "ZeroDivisionError" in desk.text
        assert "\x1b" not in desk.text
        assert "␛[31m[red]odd" in desk.text
        await desk.press("down")
        assert desk.spec.record.key == "A10"


@pytest.mark.thorough
async def test_an_encoder_that_fails_is_told(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuiqc.ui import pictures

    finish = pictures.finish
    calls = []

    def odd(*arguments: object, **options: object) -> object:
        calls.append(1)
        if len(calls) > 1:  # whether it is made ready ahead or asked for
            raise ValueError("too wide")
        return finish(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(pictures, "finish", odd)
    async with desk_on(batch) as desk:
        await desk.press("down")
        assert "too wide" in desk.text
        monkeypatch.undo()
        await desk.press("down")
        assert desk.spec.record.key == "A10"


async def test_reading_that_ends_early_is_told(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuiqc.review.object_stream import ObjectStream

    def broken(feed: ObjectStream) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(ObjectStream, "run", broken)
    monkeypatch.setattr(Desk, "_complete", lambda self: True)
    async with desk_on(batch) as desk:
        await desk.wait(lambda: "ended early" in desk.message, "the message")
        await desk.press("p")
        assert desk.session.tables.images.verdict(0) == "pass"


# --- writing that fails


async def test_a_refused_write_is_told_at_once_and_nothing_is_lost(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with desk_on(batch) as desk:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", refuse)
            await desk.press("f")
            assert "NOT ON DISK" in desk.lines[-2]
            assert "No space left" in desk.lines[-2]
            assert desk.place == ("image", "A1", 0), "it does not go on as if all were well"
            assert desk.session.tables.images.verdict(0) == "fail"
            await desk.press("o", "right_square_bracket", "left_square_bracket")
            assert "NOT ON DISK" in desk.lines[-2], "it stays told until it is on disk"
            await desk.press("ctrl+s")
            await desk.wait(lambda: "NOT ON DISK" not in desk.message, "the saving to fail too")
            assert "can't be written" in desk.lines[-2]
        await desk.press("down", "p")
        assert "can't be written" not in desk.lines[-2]
    assert list(verdicts(batch.root / "qc_annotations.csv").values()) == ["fail", "pass"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_folder_that_becomes_read_only_is_told(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("p")
        batch.root.chmod(0o500)
        try:
            await desk.press("ctrl+s")
            await desk.wait(lambda: "can't be written" in desk.message, "the message")
        finally:
            batch.root.chmod(0o700)
    assert list(verdicts(batch.root / "qc_annotations.csv").values()) == ["pass"]


@pytest.mark.thorough
async def test_the_picture_alone_fills_the_window(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        before = rendered(desk).rgb.shape
        await desk.press("W")
        assert desk.pane == "picture"
        assert desk.review.picture.region.width == desk.app.size.width
        await desk.wait(lambda: rendered(desk).rgb.shape[1] > 1.5 * before[1], "the large picture")
        assert "X crosshair" in desk.text, "the keys of the picture"
        await desk.press("j")
        assert desk.place[1] == "A2", "rows are walked as ever"
        await desk.press("W")
        await desk.wait(lambda: rendered(desk).rgb.shape == before, "the picture of that size")
        await desk.press("W", "X", "escape")
        assert desk.review.context.pictures.viewport.crosshair is None
        await desk.wait(lambda: rendered(desk).rgb.shape != before, "the large picture")
        await desk.press("escape")
        await desk.wait(lambda: rendered(desk).rgb.shape == before, "the picture of that size")
        await desk.press("W", "tab")
        await desk.wait(lambda: rendered(desk).rgb.shape == before, "the picture of that size")
        assert "w table/picture" in desk.text, "the keys of the tables"
    async with desk_on(batch, NARROW) as desk:
        await desk.press("w", "W")
        assert desk.pane == "picture"
        assert "w table " in desk.text


@pytest.mark.thorough
async def test_a_picture_that_is_late_is_said_to_be(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk_on(batch) as desk:
        go, paint = threading.Event(), desk.review.context.pictures.painter.paint

        def slowly(*given: Any) -> RenderedPicture | None:
            go.wait(10)
            return paint(*given)

        monkeypatch.setattr(desk.review.context.pictures.painter, "paint", slowly)
        await desk.pilot.press("plus")
        assert "reading" not in desk.title, "not at once: most pictures come in a moment"
        await desk.wait(lambda: "reading …" in desk.title)
        go.set()
        await desk.settled()
        assert "reading" not in desk.title


@pytest.mark.thorough
async def test_a_long_sentence_has_room_also_in_80_columns(batch: Batch) -> None:
    async with desk_on(batch, NARROW) as desk:
        assert "✓ pass 0" in desk.text
        await desk.press("w", "tab", "right", "right", "s", "c")
        assert "coloured by AreaShape_Area, blue-white-red" in desk.text
        assert "✓ 0" in desk.text


@pytest.mark.thorough
async def test_the_panel_of_many_channels_fits_into_24_rows(tmp_path: Path) -> None:
    planes = np.arange(16 * 20 * 30, dtype=np.uint16).reshape(16, 20, 30)
    names = [f"Ch{number}" for number in range(16)]
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, planes, metadata={"axes": "CYX", "Channel": {"Name": names}})
    source = SourceOptions(images=(("raw", str(path)),), base_dir=tmp_path)
    async with desk_on(open_batch(source, None), NARROW) as desk:
        assert len({style.colour for _, style in desk.spec.display.channels}) == 16, "each has its own colour"
        await desk.press("d")
        assert "l load a style" in desk.text, "the last line"
        assert "Ch0: 0.5 to 99.8 % of the batch" in desk.text
        await desk.press("end", "up")
        assert "[x] scale bar" in desk.text
