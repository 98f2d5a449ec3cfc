"""Plots on the screen: the cursor is the current object, verdicts are seen, ranges become selections and filters."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.desks import NARROW, WIDE, Desk, desk_on
from fixtures.review_batches import TOTAL, small_batch
from textual.widgets import Input

from tuiqc.dataset.model import Batch
from tuiqc.ui.screens.menu import Menu
from tuiqc.ui.views.plot import PlotView


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return small_batch(tmp_path / "data")


def plot(desk: Desk) -> PlotView:
    view = desk.review.view
    assert isinstance(view, PlotView)
    return view


async def choose(desk: Desk, key: str, name: str) -> None:
    await desk.press(key)
    desk.app.screen.query_one(Input).value = name
    await desk.press("enter")


def area(desk: Desk) -> float:
    objects, position = desk.session.objects, desk.session.position
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
        assert desk.shot.label == desk.session.label
        assert desk.shot.record.key == desk.session.record.key


async def test_verdicts_are_marked_at_once(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("x", "f")
        assert "✗ fail 1" in desk.text
        axis = next(number for number, line in enumerate(desk.lines) if "└─" in line)
        assert "✗" in desk.lines[axis - 1]


async def test_scatter_moves_to_the_nearest_point(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("x")
        await choose(desk, "y", "Location_Center_X")
        assert "Location_Center_X by AreaShape_Area" in desk.text
        before = area(desk)
        await desk.press("left")
        assert area(desk) < before
        assert "◆" in desk.text


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
        assert isinstance(desk.app.screen, Menu)
        await desk.press("s")
        objects = desk.session.objects
        assert objects is not None
        chosen = objects.view.column("AreaShape_Area")[objects.selection.mask]
        assert len(chosen) == objects.selection.count > 1
        assert chosen.min() < chosen.max() == 100
        await desk.press("w", "w", "f")
        assert 0 < len(objects) < TOTAL
        assert "AreaShape_Area between" in desk.text
        await desk.press("backslash")
        assert len(objects) == TOTAL


async def test_coming_home_restores_the_picture(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        look = desk.review.look
        await desk.press("x", "left", "escape")
        assert desk.review.look == look
        await desk.press("x", "left", "left", "enter")
        assert desk.review.look.kind == "object"
        assert desk.place[0] == "object"


async def test_a_layer_without_numbers_to_plot(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "data", ("A1",), (0,))
    async with desk_on(batch) as desk:
        await desk.press("x")
        assert desk.review.view is None
        assert desk.message


async def test_another_layer_has_other_columns(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("x", "L")
        objects = desk.session.objects
        assert objects is not None
        assert objects.layer == "cells"
        choice = plot(desk).choice
        assert choice is not None
        assert objects.view.has(choice.x)
        assert f"Histogram of {choice.x}" in desk.text
        await desk.press("P")
        assert "of cells" in desk.text
