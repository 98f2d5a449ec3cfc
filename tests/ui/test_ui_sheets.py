"""The contact sheet and the object gallery, as a person would use them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fixtures.desks import NARROW, Desk, desk_on, verdicts
from fixtures.review_batches import TOTAL, small_batch
from textual.widgets import Input

from tuiqc.dataset.model import Batch
from tuiqc.ui.screens.dialogs import Confirm
from tuiqc.ui.screens.review import ReviewScreen
from tuiqc.ui.views.object_tiles import ObjectTiles
from tuiqc.ui.views.tile_view import TileView

CSV = "qc_annotations.csv"


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    monkeypatch.setenv("TUIQC_CACHE_DIR", str(tmp_path / "cache"))
    return small_batch(tmp_path / "data")


async def sheet(desk: Desk, key: str) -> TileView:
    await desk.press(key)
    view = desk.review.context.views.view
    assert isinstance(view, TileView)
    await made(desk, view)
    return view


async def made(desk: Desk, view: TileView) -> None:
    await desk.wait(lambda: all(view.maker.get(slot.key) for slot in view.board.slots), "the tiles")
    await desk.settled()


def captions(desk: Desk) -> str:
    return " ".join(line for line in desk.lines if "╰" in line or "┗" in line or "▄" in line)


# --- contact sheet


@pytest.mark.parametrize("size", [(120, 40), NARROW])
async def test_all_images_are_in_sight_with_their_captions(batch: Batch, size: tuple[int, int]) -> None:
    async with desk_on(batch, size) as desk:
        view = await sheet(desk, "G")
        assert "Contact sheet · 3 images · file order" in desk.lines[1]
        assert "1-3 of 3" in desk.lines[1]
        assert "· A1 · 3" in captions(desk)
        assert "· A10 · 4" in captions(desk)
        assert "frame: verdict" in desk.text
        assert "▀" in desk.text
        assert len(view.board.slots) == 3
        for slot in view.board.slots:
            tile = view.maker.get(slot.key)
            assert tile is not None
            assert tile.rgb is not None
            assert tile.rgb.max() > 60, "the nuclei shine"
            assert tile.trouble == ""


async def test_arrows_move_and_enter_opens(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await sheet(desk, "G")
        await desk.press("right")
        assert desk.place == ("image", "A2", 0)
        await desk.press("end")
        assert desk.place[1] == "A10"
        await desk.press("left", "enter")
        assert desk.review.context.views.view is None
        assert desk.place == ("image", "A2", 0)
        assert desk.pane == "images"


async def test_judged_in_place_one_or_all_of_a_page(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await sheet(desk, "G")
        await desk.press("f")
        assert "✗ A1 · 3" in captions(desk)
        assert desk.place[1] == "A2"
        await desk.press("ctrl+a")
        assert "3 selected" in desk.text
        assert "◆ selected" in desk.text
        await desk.press("p")
        assert isinstance(desk.app.screen, Confirm)
        assert "3 images are selected" in desk.text
        assert "1 have a verdict already" in desk.text
        await desk.press("y")
        assert captions(desk).count("✓") == 3
        await desk.press("z")
        assert captions(desk).count("✗") == 1
    assert list(verdicts(batch.root / CSV).values()) == ["fail"]


async def test_a_range_is_selected_with_shift(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await sheet(desk, "G")
        await desk.press("shift+right", "shift+right")
        assert desk.session.tables.images.selection.count == 3
        await desk.press("shift+left", "u", "y")  # the last one is let go again
    assert verdicts(batch.root / CSV) == {("A1", "", "0"): "unsure", ("A2", "", "0"): "unsure"}


@pytest.mark.thorough
async def test_columns_can_be_changed_and_pictures_are_of_their_tiles_size(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        view = await sheet(desk, "G")
        before = view.page.layout.columns
        await desk.press("plus")
        await made(desk, view)
        assert view.page.layout.columns == before + 1
        assert f"{before + 1} columns" in desk.lines[1]
        await desk.press("minus", "minus")
        await made(desk, view)
        assert view.page.layout.columns == before - 1
        for slot in view.board.slots:
            tile = view.maker.get(slot.key)
            assert tile is not None
            assert tile.rgb is not None
            assert tile.rgb.shape == (2 * slot.region.height, slot.region.width, 3)


@pytest.mark.thorough
async def test_frames_are_coloured_by_a_column_with_a_legend(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        view = await sheet(desk, "G")
        await desk.press("c")
        desk.app.screen.query_one(Input).value = "nuclei"
        await desk.press("enter")
        assert "frame: nuclei  2" in desk.text
        colours = {view.source.frame_colour(position) for position in range(3)}
        assert len(colours) == 3
        await desk.press("c")
        desk.app.screen.query_one(Input).value = "by verdict"
        await desk.press("enter")
        assert "frame: verdict" in desk.text


async def test_a_filter_leaves_only_what_it_lets_through(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        view = await sheet(desk, "G")
        await desk.press("slash")
        desk.review.context.status.ask_line.input.value = "nuclei > 2"
        await desk.press("enter")
        assert len(view.board.slots) == 2
        await desk.press("slash")
        desk.review.context.status.ask_line.input.value = "nuclei > 20"
        await desk.press("enter")
        assert view.board.slots == []
        assert "the filter lets none of" in desk.text
        await desk.press("p")
        assert desk.store.items() == []


async def test_a_broken_image_is_shown_as_broken(batch: Batch) -> None:
    (batch.root / "A2_DNA.tif").write_bytes(b"II*\0 no image")
    (batch.root / "A2_ER.tif").unlink()
    (batch.root / "A2_nuclei_labels.tif").write_bytes(b"")
    (batch.root / "A2_cells_labels.tif").unlink()
    async with desk_on(batch) as desk:
        await sheet(desk, "G")
        assert "broken" in desk.text
        assert "· A10 · 4" in captions(desk)


@pytest.mark.thorough
async def test_style_and_colours_are_those_of_the_home_screen(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.calm()
        view = await sheet(desk, "G")
        before = {slot.key for slot in view.board.slots}
        pixels = [view.maker.get(slot.key).rgb for slot in view.board.slots]  # type: ignore[union-attr]
        await desk.press("v")
        await made(desk, view)
        assert before.isdisjoint(slot.key for slot in view.board.slots)
        raw = [view.maker.get(slot.key).rgb for slot in view.board.slots]  # type: ignore[union-attr]
        assert any((one != other).any() for one, other in zip(pixels, raw, strict=True))
        await desk.press("v")
        assert before == {slot.key for slot in view.board.slots}, "what was made is still there"


# --- gallery


@pytest.mark.parametrize("size", [(120, 40), NARROW])
async def test_objects_stand_in_the_order_of_their_table(batch: Batch, size: tuple[int, int]) -> None:
    async with desk_on(batch, size) as desk:
        await sheet(desk, "g")
        assert desk.session.cursor.level == "object"
        assert f"Gallery · {TOTAL} objects" in desk.lines[1]
        assert f"of {TOTAL} nuclei" in desk.progress
        await desk.press("s")
        desk.app.screen.query_one(Input).value = "Area"
        await desk.press("enter")
        view = desk.review.context.views.view
        assert isinstance(view, TileView)
        assert isinstance(view.source, ObjectTiles)
        await made(desk, view)
        assert desk.place == ("object", "A10", 4), "the smallest first"
        assert "A10 #4 · 16" in captions(desk)
        await desk.press("end", "f", "escape")
    assert verdicts(batch.root / CSV) == {("A10", "nuclei", "1"): "fail"}


@pytest.mark.thorough
async def test_crops_show_their_object_in_the_middle_at_the_same_scale_or_fitted(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        view = await sheet(desk, "g")
        assert isinstance(view, TileView)
        assert isinstance(view.source, ObjectTiles)

        def shares() -> list[float]:
            found = []
            for slot in view.board.slots:
                tile = view.maker.get(slot.key)
                assert tile is not None
                assert tile.rgb is not None
                height, width = tile.rgb.shape[:2]
                bright = tile.rgb.max(axis=2) > 100
                assert bright[height // 2 - 1 : height // 2 + 1, width // 2 - 1 : width // 2 + 1].any()
                found.append(float(bright.mean()))
            return found

        same = shares()
        assert max(same) > 1.5 * min(same)
        await desk.press("0")
        await made(desk, view)
        assert "fitted" in desk.lines[1]
        assert max(shares()) / min(shares()) < max(same) / min(same)


@pytest.mark.thorough
async def test_groups_have_headings(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        view = await sheet(desk, "g")
        await desk.press("b")
        desk.app.screen.query_one(Input).value = "Class"
        await desk.press("enter")
        await made(desk, view)
        assert "Class: even · 4" in desk.text
        assert "Class: odd · 5" in desk.text
        assert desk.review.objects_table.border_subtitle == "Class ↑"
        await desk.press("b")
        desk.app.screen.query_one(Input).value = "no groups"
        await desk.press("enter")
        assert "Class: even" not in desk.text


@pytest.mark.thorough
async def test_groups_by_verdict(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        view = await sheet(desk, "g")
        await desk.press("f", "f", "p", "b")
        desk.app.screen.query_one(Input).value = "verdict"
        await desk.press("enter")
        await made(desk, view)
        for heading in ("verdict: fail · 2", "verdict: pass · 1", "verdict: none · 6"):
            assert heading in desk.text
        await desk.press("home", "f")
        assert "verdict: none · 6" in desk.text, "nothing moves while one judges"


@pytest.mark.thorough
async def test_own_outline_or_all(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        view = await sheet(desk, "g")
        own = view.maker.get(view.board.slots[0].key)
        await desk.press("O")
        await made(desk, view)
        every = view.maker.get(view.board.slots[0].key)
        assert "all outlines" in desk.lines[1]
        assert own is not None
        assert every is not None
        assert not np.array_equal(own.rgb, every.rgb)  # type: ignore[arg-type]


@pytest.mark.thorough
async def test_from_gallery_to_sheet_and_home(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await sheet(desk, "g")
        await desk.press("end")
        await sheet(desk, "G")
        assert desk.session.cursor.level == "image"
        await sheet(desk, "g")
        assert desk.session.cursor.level == "object"
        await desk.press("escape")
        assert desk.review.context.views.view is None
        assert desk.place == ("image", "A1", 0)


@pytest.mark.thorough
async def test_enter_goes_home_at_the_object(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await sheet(desk, "g")
        await desk.press("right", "right", "right", "enter")
        assert desk.place == ("object", "A2", 1)
        assert desk.pane == "objects"
        assert desk.spec.label == 1


@pytest.mark.thorough
async def test_a_session_may_begin_with_the_gallery(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReviewScreen, "first_view", "gallery")
    async with desk_on(batch) as desk:
        await desk.wait(
            lambda: (
                desk.review.context.views.view is not None and desk.review.context.views.view.id == "gallery"
            ),
            "the gallery",
        )
        view = desk.review.context.views.view
        assert isinstance(view, TileView)
        assert isinstance(view.source, ObjectTiles)
        await desk.wait(lambda: len(view.board.slots) == TOTAL, "the objects")
        await made(desk, view)
        await desk.press("f")
    assert verdicts(batch.root / CSV) == {("A1", "nuclei", "1"): "fail"}


@pytest.mark.thorough
async def test_tiles_stay_where_they_are_when_some_are_selected(batch: Batch) -> None:
    async with desk_on(batch, NARROW) as desk:
        view = await sheet(desk, "g")
        before = (view.area, [slot.region for slot in view.board.slots])
        assert "frame: verdict" in desk.text
        await desk.press("ctrl+a")
        await desk.settled()
        assert "selected" in desk.text
        assert "frame: verdict" not in desk.text, "the counts below have the same signs"
        assert (view.area, [slot.region for slot in view.board.slots]) == before
        await desk.press("escape")
        await desk.press("g")


@pytest.mark.thorough
async def test_a_page_down_at_the_end_leaves_a_full_page(batch: Batch) -> None:
    async with desk_on(batch, NARROW) as desk:
        view = await sheet(desk, "g")
        await desk.press("end")
        await desk.settled()
        there = [slot.region for slot in view.board.slots]
        await desk.press("pagedown", "pagedown")
        await desk.settled()
        assert [slot.region for slot in view.board.slots] == there
