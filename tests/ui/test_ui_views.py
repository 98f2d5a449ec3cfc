"""What all views beside the home screen share: one state, the same keys, the way home."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.desks import NARROW, Desk, desk_on, verdicts
from fixtures.review_batches import small_batch
from textual.widgets import Input

from tuiqc.dataset.model import Batch
from tuiqc.review.changes import Changes
from tuiqc.ui import views
from tuiqc.ui.keys import VIEWS as VIEW_PLACES
from tuiqc.ui.keys import registry
from tuiqc.ui.panels.list_panel import ListPanel
from tuiqc.ui.screens.dialogs import Confirm
from tuiqc.ui.views import open_view
from tuiqc.ui.views.view import View

CSV = "qc_annotations.csv"


class ImageLines(View):
    """The images in their order, as text."""

    HEADING = "Lines"
    LEVEL = "image"
    FOOTER = ("verdict_fail",)
    followed = 0

    def follow(self, changes: Changes = Changes.ALL) -> None:
        self.followed += 1
        self.refresh()

    def render(self) -> str:
        rows = self.session.tables.images
        return "\n".join(
            f"{'>' if rows.view.row(row) == self.session.cursor.image else ' '} entry "
            f"{rows.view.value(row, 'well')} {rows.verdict(rows.view.row(row))}"
            for row in range(len(rows))
        )


class ObjectLines(ImageLines):
    """The current object, as text."""

    LEVEL = "object"

    def render(self) -> str:
        return f"entry {self.session.cursor.record.key} {self.session.cursor.label}"


class Refusing(View):
    """A view that can't be opened."""

    def refusal(self) -> str:
        return "not here"


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    classes = {"lines": ImageLines, "objects_lines": ObjectLines, "refusing": Refusing}
    real = views.view_maker
    monkeypatch.setattr(
        "tuiqc.ui.views.view_maker", lambda name: classes[name] if name in classes else real(name)
    )
    return small_batch(tmp_path / "data")


async def opened(desk: Desk, name: str = "lines") -> View:
    await open_view(desk.review.context, name)
    await desk.settled()
    assert desk.review.context.views.view is not None
    return desk.review.context.views.view


def shown(desk: Desk) -> list[str]:
    return [line.strip() for line in desk.lines if "entry " in line]


async def test_every_view_that_a_command_opens_is_there(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        for name in views.VIEWS:
            view = views.view_maker(name)(desk.review.context, id=name)
            assert isinstance(view, View)
            assert view.HEADING
            assert registry.named(name)
            assert set(view.PLACES) <= set(VIEW_PLACES)
            assert all(registry.named(one) for one in view.FOOTER)


@pytest.mark.parametrize("size", [(120, 40), NARROW])
async def test_a_view_takes_the_place_of_tables_and_picture(batch: Batch, size: tuple[int, int]) -> None:
    async with desk_on(batch, size) as desk:
        await desk.press("tab")
        before = desk.place, desk.pane
        view = await opened(desk)
        assert desk.review.focused is view
        assert shown(desk) == ["> entry A1", "entry A2", "entry A10"]
        assert "f fail" in desk.lines[-1]
        assert "esc home" in desk.lines[-1]
        assert "q quit" in desk.lines[-1]
        assert "of 3 images" in desk.progress
        await desk.press("j", "escape")
        assert (desk.place, desk.pane) == before
        assert desk.review.context.views.view is None
        assert not shown(desk)
        assert "tab pane" in desk.lines[-1] or size == NARROW


@pytest.mark.thorough
async def test_keys_that_judge_do_so_in_a_view(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await opened(desk)
        await desk.press("f", "p")
        assert shown(desk) == ["entry A1 fail", "entry A2 pass", "> entry A10"]
        await desk.press("z")
        assert shown(desk) == ["entry A1 fail", "> entry A2", "entry A10"]
        await desk.press("k", "backspace")
        assert shown(desk)[0] == "> entry A1"
        await desk.press("space", "space", "u")
        assert isinstance(desk.app.screen, Confirm)
        await desk.press("y")
        assert "2 marked" in desk.message
        assert desk.review.focused is desk.review.context.views.view
    assert verdicts(batch.root / CSV) == {("A1", "", "0"): "unsure", ("A2", "", "0"): "unsure"}


@pytest.mark.thorough
async def test_filter_and_order_are_those_of_the_home_screen(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await opened(desk)
        await desk.press("slash")
        desk.review.context.status.ask_line.input.value = "nuclei > 2"
        await desk.press("enter")
        assert shown(desk) == ["> entry A1", "entry A10"]
        assert desk.review.focused is desk.review.context.views.view
        await desk.press("s")
        assert isinstance(desk.app.screen, ListPanel)
        desk.app.screen.query_one(Input).value = "nucl"
        await desk.press("enter")
        assert shown(desk) == ["> entry A1", "entry A10"]
        await desk.press("s", "enter")  # again: the other way round
        assert shown(desk) == ["> entry A10", "entry A1"]
        await desk.press("escape")
        assert desk.review.images_table.border_subtitle == "nuclei ↓"
        await opened(desk)
        await desk.press("backslash")
        assert len(shown(desk)) == 3


async def test_enter_goes_home_at_the_thing(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab")
        await opened(desk)
        await desk.press("j", "enter")
        assert desk.review.context.views.view is None
        assert desk.place == ("image", "A2", 0)
        assert desk.pane == "images"
        assert desk.spec.record.key == "A2"


async def test_what_is_judged_in_a_view_stays_its_level(batch: Batch) -> None:
    """An undo of an object's verdict must not leave a view of images judging objects, nor the other way round."""
    async with desk_on(batch) as desk:
        await desk.press("p", "tab", "p")
        await opened(desk)
        assert desk.session.cursor.level == "image"
        await desk.press("z")
        assert desk.session.cursor.level == "image"
        await desk.press("escape")
        await opened(desk, "objects_lines")
        assert shown(desk) == ["entry A2 2"]
        await desk.press("z")
        assert desk.place == ("object", "A1", 1)


@pytest.mark.thorough
async def test_from_view_to_view_and_home(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        first = await opened(desk)
        await opened(desk, "objects_lines")
        assert not first.display
        again = await opened(desk)
        assert again is first
        await open_view(desk.review.context, "lines")  # the key of the view that is open leads home
        await desk.settled()
        assert desk.review.context.views.view is None
        assert desk.pane == "images"


async def test_a_view_that_can_not_be_opened_says_why(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await open_view(desk.review.context, "refusing")
        await desk.settled()
        assert desk.review.context.views.view is None
        assert desk.message == "not here"


@pytest.mark.thorough
async def test_colours_of_objects_are_chosen_by_name_in_a_view(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await opened(desk, "objects_lines")
        await desk.press("c")
        desk.app.screen.query_one(Input).value = "Area"
        await desk.press("enter")
        assert desk.review.context.display.style.colour_by == "AreaShape_Area"
        await desk.press("c", "home", "enter")
