"""Textual's driver, which leaves a clear screen to terminals that have no other one to go back to."""

from __future__ import annotations

from textual.drivers.linux_driver import LinuxDriver

from tuiqc.terminal.leaving import CLEAR


class ClearingDriver(LinuxDriver):
    """Clears its own screen before it leaves it.

    mosh and GNU screen (without `altscreen on`) know no alternate screen (mode 1049): what the program showed last
    would stay there, with the shell's next lines over it.
    """

    _shown = False

    def start_application_mode(self) -> None:
        """Take the screen."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._shown = True

    def stop_application_mode(self) -> None:
        """Give it back, once."""
        if self._shown:
            self._shown = False
            self.write(CLEAR)
        super().stop_application_mode()
