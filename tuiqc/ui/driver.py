"""Textual's driver, which leaves a clear screen behind, and does not hang where the terminal has gone."""

from __future__ import annotations

import os
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

from tuiqc.terminal.leaving import CLEAR
from tuiqc.ui.textual_private import end_threads, tell_resumed, writer_lives


class ClearingDriver(LinuxDriver):
    """Clears its own screen before it leaves it.

    mosh and GNU screen (without `altscreen on`) know no alternate screen (mode 1049): what the program showed last
    would stay there, with the shell's next lines over it.
    """

    _shown = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._at_terminal = os.isatty(self.fileno)

    @property
    def _gone(self) -> bool:
        return self._at_terminal and not os.isatty(self.fileno)

    def start_application_mode(self) -> None:
        """Take the screen, unless the terminal has gone: with its hangup comes a signal to go on (SIGCONT).

        That signal also comes to a program that was stopped (SIGSTOP) without having given the screen back: what it
        had then has to end first, or two threads more read and write each time.
        """
        if self._gone:
            return
        before = self.attrs_before if self._shown else None
        if self._shown:
            end_threads(self)
            tell_resumed(self)
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._shown = True
        if before is not None:
            self.attrs_before = before

    def write(self, data: str) -> None:
        """Write, or drop what nobody takes.

        Textual's writing thread ends by the first error, such as that of a dropped connection; who writes then waits
        for it for ever as soon as 30 pieces lie before it, and the program keeps its lock.
        """
        if self._writes:
            super().write(data)

    @property
    def _writes(self) -> bool:
        return writer_lives(self) and not self._gone

    def close(self) -> None:
        """End the writing thread."""
        if self._writes:
            super().close()

    def stop_application_mode(self) -> None:
        """Give it back, once."""
        if self._shown:
            self._shown = False
            self.write(CLEAR)
        super().stop_application_mode()
