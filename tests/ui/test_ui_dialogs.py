"""Dialogs that are opened and closed faster than what they wait for comes."""

from __future__ import annotations

from fixtures.desks import desk_on

from tuiqc.dataset.model import Batch
from tuiqc.ui.screens.menu import Menu


async def test_what_is_closed_twice_leaves_the_review(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "a")
        menu = desk.app.screen
        assert isinstance(menu, Menu)
        menu.dismiss(None)
        menu.dismiss(None)  # of two keys that were typed while it was there
        await desk.settled()
        assert desk.app.screen is desk.review
        desk.app.pop_screen()
        assert desk.app.screen is desk.review
        await desk.press("p")
        assert "1 of" in desk.progress
