"""The plate on the screen: the heat map, moving on it, and going to a well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fixtures.desks import NARROW, WIDE, Desk, desk_on
from fixtures.review_batches import small_batch, write_batch
from textual.widgets import Input

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.plates.mapping import plate_map
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.ui.views.plate import PlateView
from tuiqc.ui.views.tile_view import TileView
from tuiqc.ui.views.well_tiles import cells_of_plate

WELLS = ("A1", "A2", "C5", "H12")


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return small_batch(tmp_path / "data", WELLS, (3, 2, 4, 1))


async def choose(desk: Desk, part: str) -> None:
    await desk.press("c")
    desk.app.screen.query_one(Input).value = part
    await desk.press("enter")


def plate(desk: Desk) -> PlateView:
    view = desk.review.context.views.view
    assert isinstance(view, PlateView)
    return view


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_values_medians_and_what_is_shown(batch: Batch, size: tuple[int, int]) -> None:
    async with desk_on(batch, size) as desk:
        await desk.press("P")
        assert "Plate · count of nuclei" in desk.text
        row = next(line for line in desk.lines if line.strip().startswith("A"))
        assert "3" in row
        assert "2" in row
        assert "2.5" in row  # the median of the row
        assert "▌A01 · count 3" in desk.text
        assert "96" not in desk.lines[0]
        assert "p pass" in desk.lines[-1] or size == NARROW


async def test_arrows_go_from_well_to_well_and_the_picture_follows(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("P", "right")
        assert desk.place == ("image", "A2", 0)
        await desk.press("right")
        assert desk.place == ("image", "C5", 0)
        await desk.press("down")
        assert desk.place == ("image", "H12", 0)
        assert desk.spec.record.key == "H12"
        await desk.press("escape")
        assert desk.place == ("image", "A1", 0)


async def test_enter_shows_the_images_of_the_well(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("P", "right", "enter")
        assert desk.review.context.views.view is None
        assert desk.place == ("image", "A2", 0)
        assert len(desk.session.tables.images) == 1
        assert "well A02" in desk.text
        await desk.press("P", "left", "enter")
        assert [one.name for one in desk.session.tables.images.stack.filters] == ["well A01"]
        assert len(desk.session.tables.images) == 1
        assert desk.session.tables.objects is not None
        assert len(desk.session.tables.objects) == 3, "the objects of the well"
        await desk.press("g")
        assert "3 objects" in desk.lines[1]
        await desk.press("backslash")
        assert (len(desk.session.tables.images), len(desk.session.tables.objects)) == (4, 10)


@pytest.mark.thorough
async def test_numbers_are_chosen_and_verdicts_are_seen_at_once(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "f", "f", "p", "P")
        assert "fail % of nuclei" in desk.text
        assert "66.67" in desk.text
        await choose(desk, "AreaShape_Area")
        assert "mean AreaShape_Area of nuclei" in desk.text
        await desk.press("a")
        assert "median AreaShape_Area of nuclei" in desk.text
        await choose(desk, "images: fail")
        assert "fail % of images" in desk.text
        await desk.press("f")
        assert "fail % 100" in desk.text or desk.place[1] != "A1"


@pytest.mark.thorough
async def test_the_filter_of_objects_counts(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "slash")
        desk.review.context.status.ask_line.input.value = "label = 1"
        await desk.press("enter", "P")
        heat = plate(desk).heat.found
        assert heat is not None
        assert heat.limits == (1, 1)
        assert "(filtered)" in heat.label


@pytest.mark.thorough
async def test_larger_wells_scroll(batch: Batch) -> None:
    async with desk_on(batch, NARROW) as desk:
        await desk.press("P", *["plus"] * 5)
        for _ in range(3):
            await desk.press("right")
        assert "▌H12" in desk.text
        assert plate(desk)._layout_now is not None
        assert "[" in desk.text
        assert "part of it" in desk.text


async def test_images_of_no_plate_have_none(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data", ("first", "second"), (1, 1))) as desk:
        await desk.press("P")
        assert desk.review.context.views.view is None
        assert "which wells" in desk.message


@pytest.mark.thorough
async def test_numbered_wells_on_another_plate(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data", ("1", "2", "3", "4", "7"), (1, 1, 1, 1, 1))) as desk:
        await desk.press("P")
        assert plate(desk).plates is not None
        assert plate(desk).plates.wells == 12  # type: ignore[union-attr]
        assert "on 12 wells" in desk.text
        await desk.press("w", "down")
        assert "on 24 wells" in desk.text
        await desk.press("i")
        assert "24 wells" in desk.lines[1], "pictures stand on the same plate"


@pytest.mark.thorough
async def test_from_plate_to_plate(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for name in ("plate1", "plate2"):
        write_batch(folder / name, ("A1", "B2"), (2, 1))
    patterns = SourceOptions(
        images=(("DNA", "{plate}/{well}_DNA.tif"),),
        labels=(("nuclei", "{plate}/{well}_nuclei_labels.tif"),),
        base_dir=folder,
    )
    async with desk_on(open_batch(patterns)) as desk:
        await desk.press("P")
        assert "Plate 1 of 2 plate1" in desk.text
        await desk.press("pagedown")
        assert "Plate 2 of 2 plate2" in desk.text
        assert desk.place[1] == "plate2/A1"
        await desk.press("down")
        assert desk.place[1] == "plate2/B2"
        await desk.press("enter")
        assert [record.key for record in [desk.session.cursor.record]] == ["plate2/B2"]
        assert len(desk.session.tables.images) == 1


# --- pictures in the wells


@pytest.mark.thorough
async def test_a_picture_in_each_well(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("P", "i")
        assert "Plate of pictures" in desk.text
        assert "· A01" in desk.text
        assert "A03" in desk.text  # an empty well has its name
        await desk.press("right", "right")
        assert desk.place == ("image", "C5", 0)
        await desk.press("f")
        assert "✗ C05" in desk.text
        await desk.press("P")
        assert "Plate · " in desk.text
        await desk.press("escape")
        assert desk.review.context.views.view is None


@pytest.mark.thorough
async def test_frames_of_wells_are_coloured_by_a_column(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("P", "i")
        await choose(desk, "nuclei")
        assert "frame: nuclei" in desk.text
        view = desk.review.context.views.view
        assert isinstance(view, TileView)
        assert len({view.source.frame_colour(image) for image in range(4)}) == 4
        await desk.press("right", "enter")
        assert len(desk.session.tables.images) == 1


@pytest.mark.thorough
async def test_pictures_need_room(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data", ("A1", "P24"), (1, 1)), NARROW) as desk:
        await desk.press("P", "i")
        assert "need a wider window" in desk.message
        assert isinstance(desk.review.context.views.view, PlateView)


def test_which_image_stands_in_a_well(batch: Batch) -> None:
    plates = plate_map(batch)
    assert plates is not None
    cells = cells_of_plate(plates, 0, np.array([3, 1]), 0)
    assert np.flatnonzero(cells >= 0).tolist() == [1, 95]
    assert cells[[1, 95]].tolist() == [1, 3]
