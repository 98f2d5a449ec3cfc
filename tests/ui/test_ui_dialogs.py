"""Dialogs that are opened and closed faster than what they wait for comes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fixtures.desks import HALFBLOCK, desk_on
from rich.text import Text
from textual.geometry import Region

from tuiqc.dataset.model import Batch
from tuiqc.review.changes import Changes
from tuiqc.terminal.protocols import Protocol
from tuiqc.ui.panels.display import DisplayPanel
from tuiqc.ui.panels.list_panel import Entry, ListContent, ListPanel
from tuiqc.ui.screens.dialogs import Dialog


@pytest.mark.thorough
async def test_what_is_closed_twice_leaves_the_review(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "F")
        menu = desk.app.screen
        assert isinstance(menu, ListPanel)
        menu.dismiss(None)
        menu.dismiss(None)  # of two keys that were typed while it was there
        await desk.settled()
        assert desk.app.screen is desk.review
        desk.app.pop_screen()
        assert desk.app.screen is desk.review
        await desk.press("p")
        assert "1 of" in desk.progress


@pytest.mark.parametrize(
    "key",
    [
        "d",
        "percent_sign",
        "F",
        "r",
        "at",
        *(pytest.param(key, marks=pytest.mark.thorough) for key in ("C", "I", "question_mark", "J")),
    ],
)
async def test_what_comes_late_finds_a_dialog_that_goes(batch: Batch, key: str) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", key)
        panel = desk.app.screen
        assert isinstance(panel, Dialog)
        panel.dismiss(None)
        await panel.query("*").remove()
        if isinstance(panel, DisplayPanel):
            panel._sampled("DNA", np.zeros(4))
            panel.hint()
            panel._tell_values()
        panel.follow(Changes.ALL)
        await desk.settled()
        assert desk.app.screen is desk.review


class _Grouped(ListContent):
    """Names under headings."""

    line = "above"

    def entries(self, typed: str) -> list[Entry]:
        groups = {"Fruit": ("apple", "pear"), "Trees": ("oak",)}
        found = []
        for heading, names in groups.items():
            if those := [Entry(Text(name), name) for name in names if typed in name]:
                found += [Entry(Text(heading), disabled=True), *those]
        return found


async def test_a_heading_is_never_chosen(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        ended: list[str | None] = []
        for keys in (("enter",), ("o", "enter"), ("q", "enter", "escape")):
            desk.review.context.push(ListPanel(_Grouped()), ended.append)
            await desk.press(*keys)
        assert ended == ["apple", "oak", None]


async def test_what_lies_below_a_panel_is_painted_as_it_is_and_anew_only_where_it_changed(
    batch: Batch,
) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab")
        before = [line.text for line in desk.app.screen._compositor.render_strips()]
        await desk.press("d")
        panel = desk.app.screen
        assert isinstance(panel, Dialog)
        lines = panel.render_lines(panel.size.region)
        assert [line.text for line in lines][1:20] == before[1:20]
        assert all(not segment.style.meta for line in lines for segment in line if segment.style)
        panel.refresh(Region(0, 0, 5, 1))  # as the review asks for it
        again = panel.render_lines(panel.size.region)
        assert sum(new is old for new, old in zip(again, lines, strict=True)) > len(lines) / 2


async def test_a_picture_of_pixels_is_drawn_under_a_dialog_and_the_box_over_it(batch: Batch) -> None:
    caps = replace(HALFBLOCK, protocol=Protocol.SIXEL, cell_width=8, cell_height=16)
    async with desk_on(batch, caps=caps) as desk:
        await desk.calm()  # contrast of the batch draws all anew
        await desk.press("g", "n")
        await desk.settled()
        written: list[str] = []
        context = desk.review.context
        context.output.write_text = written.append  # type: ignore[method-assign]
        context.work.attach.painted_over(None)
        await desk.wait(lambda: any("Note on" in text for text in written), "the box")
        await desk.settled()
        drawn = [at for at, text in enumerate(written) if "\x1bP0;1;0q" in text]
        boxes = [at for at, text in enumerate(written) if "Note on" in text]
        assert drawn
        assert max(drawn) < max(boxes)
        before = len(drawn)
        await desk.press("a")
        assert sum("\x1bP0;1;0q" in text for text in written) == before, "what is typed wipes nothing of it"
