"""The crosshair walks the picture without the mouse, two pictures side by side, staying, verdict colours."""

from __future__ import annotations

import pytest
from fixtures.desks import NARROW, Desk, desk_on
from fixtures.review_batches import corner

from tuiqc.dataset.model import Batch
from tuiqc.picture.painter import RenderedPicture


def rendered(desk: Desk) -> RenderedPicture:
    finished = desk.review.picture.finished
    assert finished is not None
    return finished.rendered


def readout(desk: Desk) -> str:
    return str(desk.review.picture.border_subtitle)


async def until_read(desk: Desk, text: str) -> None:
    await desk.wait(lambda: text in readout(desk), f"{text} in {readout(desk)}")


@pytest.mark.thorough
async def test_the_crosshair_begins_on_the_object_and_reads_the_file(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "down", "X")
        x = corner(2)[1]
        assert desk.pane == "picture"
        await until_read(desk, "nuclei 2")
        assert "DNA 200" in readout(desk)
        await desk.press(*["ctrl+left"] * 5)
        await until_read(desk, "nuclei –")
        assert desk.review.context.pictures.viewport.crosshair is not None
        assert desk.review.context.pictures.viewport.crosshair[0] == pytest.approx(x + 3.5 - 5, abs=1)
        await desk.press("ctrl+right", "ctrl+up", "ctrl+down", "up", "down", "X")
        assert desk.review.context.pictures.viewport.crosshair is None
        assert "nuclei outline" in readout(desk)


async def test_enter_picks_the_object_under_the_crosshair(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "down", "X")
        assert desk.session.cursor.label == 2
        for _ in range(40):
            await desk.press("left")
            if (
                desk.review.context.pictures.viewport.crosshair
                and desk.review.context.pictures.viewport.crosshair[0] <= corner(1)[1] + 5
            ):
                break
        await desk.press("enter")
        await desk.wait(lambda: desk.session.cursor.label == 1, "the picked object")


@pytest.mark.thorough
async def test_the_crosshair_stays_inside_and_the_view_follows_it(batch: Batch) -> None:
    async with desk_on(batch, NARROW) as desk:
        await desk.press("X", "plus", "plus", "plus", "plus")
        for _ in range(60):
            await desk.press("right")
        assert desk.review.context.pictures.viewport.crosshair is not None
        assert desk.review.context.pictures.viewport.crosshair[0] == 63
        view = rendered(desk).view
        assert 0 <= view.to_display(63, desk.review.context.pictures.viewport.crosshair[1])[0] < view.width
        await desk.press("right_square_bracket")
        await until_read(desk, "x 63")


@pytest.mark.thorough
async def test_keys_zoom_about_the_crosshair(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("X", *["right"] * 6)
        before, cross = rendered(desk).view, desk.review.context.pictures.viewport.crosshair
        assert cross is not None
        await desk.press("plus", "plus")
        after = rendered(desk).view
        assert after.zoom > before.zoom
        assert after.to_display(*cross) == pytest.approx(before.to_display(*cross), abs=1)


@pytest.mark.thorough
async def test_no_crosshair_is_said(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("w", "ctrl+left")
        assert "no crosshair" in desk.message


async def test_the_second_picture_takes_its_turns(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("V")
        assert "overlay | channels" in desk.title
        assert rendered(desk).beside
        await desk.press("V")
        assert "nuclei | cells" in desk.title
        await desk.press("V")
        assert not rendered(desk).beside
        assert "|" not in desk.title


@pytest.mark.thorough
async def test_a_click_in_the_second_picture_picks_the_same_object(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("V", "V")
        picture, shown = desk.review.picture, rendered(desk)
        y, x = corner(3)
        at_x, at_y = shown.view.to_display(x + 2, y + 2)
        column, row = int((shown.beside + at_x) * picture.size.width / shown.rgb.shape[1]), int(at_y / 2)
        await desk.pilot.click(picture, offset=(column + 1, row + 1))
        await desk.wait(lambda: desk.session.cursor.label == 3, "the clicked object")


@pytest.mark.thorough
async def test_the_picture_stays_or_follows(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "e", "plus", "H")
        before = rendered(desk).view
        assert "stays" in desk.title
        await desk.press("down", "right_square_bracket")
        assert rendered(desk).view == before
        await desk.press("H")
        assert "stays" not in desk.title
        assert desk.spec.viewport.kind == "object"
        await desk.press("down")
        assert rendered(desk).view != before


@pytest.mark.thorough
async def test_colours_by_verdict_have_marks_and_a_legend(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab")
        before = rendered(desk).rgb.copy()
        await desk.press("b", "f", "p")
        assert [mark.kind for mark in desk.spec.marks] == ["cross", "tick"]
        assert "✗ fail" in readout(desk)
        await desk.press("z", "z", "home")
        assert desk.spec.marks == ()
        await desk.press("b")
        assert (rendered(desk).rgb == before).all()
        await desk.press("D")
        assert "others dimmed" in readout(desk)


@pytest.mark.thorough
async def test_the_panel_nudges_types_and_keeps_styles(batch: Batch) -> None:
    def channel(desk: Desk, name: str = "DNA"):
        return dict(desk.spec.display.channels)[name]

    async with desk_on(batch) as desk:
        before = rendered(desk).rgb.copy()
        await desk.press("d", "right_curly_bracket", "g")
        limits = channel(desk).limits
        assert limits is not None
        assert limits[1] > 200
        assert channel(desk).gamma == 1.1
        assert "hand γ1.1" in desk.text
        assert (rendered(desk).rgb != before).any()
        await desk.press("right_square_bracket", "a", "percent_sign", "b")
        assert channel(desk).limits is None
        assert desk.spec.display.percentiles == (0.1, 99.95)
        assert desk.spec.display.contrast == "image"
        await desk.press("tab", *"9 7", "enter")
        assert "is none of" in desk.text
        await desk.press("backspace", "backspace", "backspace", *"7 9", "enter")
        assert channel(desk).limits == (7, 9)
        await desk.press("s", *"mine", "enter", "a", "down", "down", "o", "t", "left_parenthesis")
        layer = dict(desk.spec.display.layers)["nuclei"]
        assert (layer.mode, layer.thickness, layer.opacity) == ("fill", 3, 0.8)
        await desk.press("tab", *"style mine", "enter")
        assert channel(desk).limits == (7, 9)
        assert dict(desk.spec.display.layers)["nuclei"].mode == "outline"
        await desk.press("end", "space", "escape")
        assert not desk.spec.display.minimap
    async with desk_on(batch) as desk:
        assert channel(desk).limits == (7, 9), "the last style of a batch is there again"
        assert not desk.spec.display.minimap
