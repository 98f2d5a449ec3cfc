"""Dialogs that are opened and closed faster than what they wait for comes."""

from __future__ import annotations

import numpy as np
import pytest
from fixtures.desks import desk_on

from tuiqc.dataset.model import Batch
from tuiqc.review.changes import Changes
from tuiqc.ui.panels.display import DisplayPanel
from tuiqc.ui.panels.list_panel import ListPanel
from tuiqc.ui.screens.dialogs import Dialog


async def test_what_is_closed_twice_leaves_the_review(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "a")
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


@pytest.mark.parametrize("key", ["d", "C", "percent_sign", "F", "I", "r", "question_mark", "J", "at"])
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
