"""What ends the program, and what is no fault of it."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widget import MountError

from tuiqc.ui.textual_private import end_quietly, fault_of


class _Opened(Screen[None]):
    """A panel that finds nothing of itself when it comes."""

    def __init__(self, error: Exception, leaving: bool) -> None:
        super().__init__()
        self._error, self._leaving = error, leaving

    def on_mount(self) -> None:
        if self._leaving:
            self.app.exit()
        raise self._error


class _Program(App[None]):
    def __init__(self, opened: _Opened) -> None:
        super().__init__()
        end_quietly(self)
        self._opened = opened

    def on_mount(self) -> None:
        self.push_screen(self._opened)


@pytest.mark.parametrize(
    "error", [NoMatches("no Vertical"), MountError("before its parent"), ValueError("no")]
)
@pytest.mark.parametrize("leaving", [True, False])
async def test_a_panel_that_comes_while_the_program_ends_is_no_fault(error: Exception, leaving: bool) -> None:
    """Quitting in the moment in which a panel opened ended with "a fault of the program" and status 70."""
    app = _Program(_Opened(error, leaving))
    await app.run_async(headless=True)
    gone = leaving and not isinstance(error, ValueError)
    assert fault_of(app) is (None if gone else error)
