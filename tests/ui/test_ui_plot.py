"""Plots on the screen: the cursor is the current object, verdicts are seen, ranges become selections and filters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.desks import NARROW, WIDE, Desk, desk_on
from fixtures.review_batches import HALFBLOCK, TOTAL, small_batch
from textual.geometry import Offset
from textual.widgets import Input

from tuiqc.dataset.model import Batch
from tuiqc.terminal.capabilities import Protocol
from tuiqc.ui.views.plot import PlotView
from tuiqc.ui.views.plot_drawing import LEFT, TOP, last_part


def plot(desk: Desk) -> PlotView:
    view = desk.review.context.views.view
    assert isinstance(view, PlotView)
    return view


async def choose(desk: Desk, key: str, name: str) -> None:
    await desk.press(key)
    desk.app.screen.query_one(Input).value = name
    await desk.press("enter")


def area(desk: Desk) -> float:
    objects, position = desk.session.tables.objects, desk.session.cursor.position
    assert objects is not None
    assert position is not None
    return float(objects.view.column("AreaShape_Area")[position])


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_histogram_and_walking_by_value(batch: Batch, size: tuple[int, int]) -> None:
    async with desk_on(batch, size) as desk:
        await desk.press("x")
        assert "Histogram of AreaShape_Area" in desk.text
        assert "▲" in desk.text
        values = [area(desk)]
        for _ in range(4):
            await desk.press("left")
            values.append(area(desk))
        assert values == sorted(values, reverse=True)
        assert values[0] > values[-1]
        assert desk.spec.label == desk.session.cursor.label
        assert desk.spec.record.key == desk.session.cursor.record.key


@pytest.mark.thorough
async def test_verdicts_are_marked_at_once(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("x", "f")
        assert "✗ fail 1" in desk.text
        axis = next(number for number, line in enumerate(desk.lines) if "└─" in line)
        assert "✗" in desk.lines[axis + 1]


async def test_scatter_moves_to_the_nearest_point(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("x")
        await choose(desk, "y", "Location_Center_X")
        assert "Location_Center_X by AreaShape_Area" in desk.text
        before = area(desk)
        await desk.press("left")
        assert area(desk) < before
        assert "◆" in desk.text


@pytest.mark.thorough
async def test_boxes_go_from_group_to_group(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("x", "b", "b")
        assert "AreaShape_Area for each well" in desk.text
        assert desk.place[1] == "A1"
        await desk.press("down")
        assert desk.place[1] == "A2"
        await choose(desk, "y", "Class")
        assert "for each Class" in desk.text
        assert any("odd │" in line for line in desk.lines)


async def test_a_range_becomes_a_selection_or_a_filter(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("x", "w")
        assert "range begun" in desk.text
        await desk.press("left", "w")
        assert desk.review.context.status.menu_line.is_open
        await desk.press("s")
        objects = desk.session.tables.objects
        assert objects is not None
        chosen = objects.view.column("AreaShape_Area")[objects.selection.mask]
        assert len(chosen) == objects.selection.count > 1
        assert chosen.min() < chosen.max() == 100
        await desk.press("w", "w", "f")
        assert 0 < len(objects) < TOTAL
        assert "AreaShape_Area between" in desk.text
        await desk.press("backslash")
        assert len(objects) == TOTAL


@pytest.mark.thorough
async def test_coming_home_restores_the_picture(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        look = desk.review.context.pictures.viewport.spec
        await desk.press("x", "left", "escape")
        assert desk.review.context.pictures.viewport.spec == look
        await desk.press("x", "left", "left", "enter")
        assert desk.review.context.pictures.viewport.spec.kind == "object"
        assert desk.place[0] == "object"


@pytest.mark.thorough
async def test_without_objects_the_images_are_plotted(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "data", ("A1", "A2"), (0, 0))
    async with desk_on(batch) as desk:
        await desk.press("x")
        assert plot(desk).subject.of == "image"
        assert "· 2 images" in desk.text


@pytest.mark.thorough
async def test_another_layer_has_other_columns(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("x", "L")
        objects = desk.session.tables.objects
        assert objects is not None
        assert objects.layer == "cells"
        choice = plot(desk).subject.choice
        assert choice is not None
        assert objects.view.has(choice.x)
        assert f"Histogram of {choice.x}" in desk.text
        await desk.press("P")
        assert "of cells" in desk.text


# --- images


@pytest.mark.thorough
async def test_images_are_plotted_and_judged(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("x", "tab")
        assert "Histogram of nuclei · 3 images" in desk.text
        assert desk.place[0] == "image"
        before = desk.place[1]
        await desk.press("left", "left", "left", "left", "right")
        assert desk.place[1] != before or desk.session.cursor.image == 0
        assert desk.spec.record.key == desk.place[1]
        assert desk.spec.label == 0
        key = desk.place[1]
        await desk.press("f")
        assert {(subject.level, subject.image) for subject, _ in desk.store.items()} == {("image", key)}
        assert "✗ fail 1" in desk.text
        await desk.press("tab")
        assert "Histogram of AreaShape_Area" in desk.text
        assert desk.place[0] == "object"
        await desk.press("tab", "escape")
        assert desk.review.context.views.view is None


@pytest.mark.thorough
async def test_a_range_of_images(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("x", "tab", "w", *["right"] * 4, "w", "s")
        images = desk.session.tables.images
        assert images.selection.count > 1
        assert desk.session.tables.objects is not None
        assert not desk.session.tables.objects.selection.count


# --- the mouse


async def drag(desk: Desk, start: tuple[int, int], end: tuple[int, int]) -> None:
    view = plot(desk)
    await desk.pilot.mouse_down(view, offset=start)
    await desk.pilot.hover(view, offset=((start[0] + end[0]) // 2, (start[1] + end[1]) // 2))
    await desk.pilot.hover(view, offset=end)
    await desk.pilot.mouse_up(view, offset=end)
    await desk.settled()


def data_area(view: PlotView) -> tuple[int, int, int, int]:
    """Left, top, right and bottom cell of the data area, from the view's own corner (it has a cell of padding)."""
    assert view.subject.plot is not None
    columns, rows = view.subject.plot.space
    return LEFT + 1, TOP, LEFT + columns, TOP + rows - 1


@pytest.mark.thorough
async def test_a_click_goes_to_the_point(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("x")
        left, _, right, bottom = data_area(plot(desk))
        await desk.pilot.click(plot(desk), offset=(left, bottom))
        await desk.settled()
        low = area(desk)
        await desk.pilot.click(plot(desk), offset=(right, bottom))
        await desk.settled()
        assert area(desk) > low
        assert desk.spec.label == desk.session.cursor.label
        await desk.press("b")
        left, top, right, _ = data_area(plot(desk))
        await desk.pilot.click(plot(desk), offset=(left, top))
        await desk.settled()
        assert desk.session.cursor.position is not None
        await desk.pilot.click(plot(desk), offset=(right, top), times=2)
        await desk.settled()
        assert desk.review.context.views.view is None, "twice goes home at the point"
        assert desk.place[0] == "object"


@pytest.mark.thorough
async def test_a_drag_selects(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("x")
        objects = desk.session.tables.objects
        assert objects is not None
        left, top, right, bottom = data_area(plot(desk))
        await drag(desk, (left, bottom), (right, bottom))
        assert objects.selection.count == TOTAL
        assert "*" in desk.text
        left, top, right, bottom = data_area(plot(desk))  # the line of chips takes one row
        await drag(desk, (left, bottom), (left + 1, bottom))
        some = objects.selection.count
        assert 0 < some < TOTAL
        assert f"{some} selected" in desk.message
        await desk.press("b")
        left, top, right, bottom = data_area(plot(desk))
        await drag(desk, (left, top), (right, bottom))
        assert objects.selection.count == TOTAL
        await desk.press("b")
        await drag(desk, (left, top + 1), (right, top + 2))
        chosen = objects.images[objects.selection.mask]
        assert set(chosen.tolist()) == {0}, "the box of the first group"
        assert plot(desk)._range.corner is None


# --- pictures


@pytest.mark.parametrize(
    "protocol",
    [
        Protocol.SIXEL,
        *(pytest.param(one, marks=pytest.mark.thorough) for one in (Protocol.KITTY, Protocol.KITTY_DIRECT)),
    ],
)
async def test_the_data_area_is_a_picture(batch: Batch, protocol: Protocol) -> None:
    caps = replace(HALFBLOCK, protocol=protocol, cell_width=8, cell_height=16)
    async with desk_on(batch, caps=caps) as desk:

        def pictured() -> bool:
            view = plot(desk)
            made, shown = view.subject.plot, view.chart.finished
            fits = (
                shown is not None
                and made is not None
                and made.space == (shown.frame.columns, shown.frame.rows)
            )
            return fits and shown is not None and shown.number == view.chart.number

        await desk.press("x")
        for keys in ((), ("left",), ("f",), ("b",), ("down",), ("b",), ("down",), ("tab",)):
            await desk.press(*keys)
            await desk.wait(pictured, f"the plot after {keys}")
            view = plot(desk)
            assert view.subject.plot is not None
            assert view.chart.finished is not None
            columns, rows = view.subject.plot.space
            assert view.chart.finished.rgb.shape == (16 * rows, 8 * columns, 3)
            assert tuple(view.chart.size) == (columns, rows)
            assert view.chart.region.offset == view.content_region.offset + Offset(LEFT, TOP)
        # A dialog lies over it as text; going home leaves nothing of it.
        view = plot(desk)
        await desk.press("a")
        assert desk.app.screen is not desk.review
        await desk.press("escape", "escape")
        assert desk.review.context.views.view is None
        assert not view.chart.is_on_screen


@pytest.mark.thorough
async def test_a_drag_in_a_picture_selects(batch: Batch) -> None:
    caps = replace(HALFBLOCK, protocol=Protocol.SIXEL, cell_width=8, cell_height=16)
    async with desk_on(batch, caps=caps) as desk:
        await desk.press("x", "b")
        left, top, right, bottom = data_area(plot(desk))
        await drag(desk, (left, top), (right, bottom))
        assert desk.session.tables.objects is not None
        assert desk.session.tables.objects.selection.count == TOTAL
        await desk.pilot.click(plot(desk), offset=(right - 2, top + 5), times=2)
        await desk.settled()
        assert desk.review.context.views.view is None


def test_long_names_are_known_by_their_last_part() -> None:
    names = ("AreaShape_Solidity", "Area", "Feature_01", "a_")
    assert [last_part(name) for name in names] == ["Solidity", "Area", "Feature_01", "a_"]
