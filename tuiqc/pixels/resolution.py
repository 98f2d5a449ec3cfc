"""What a resolution says of the size of a pixel, and what it does not."""

from __future__ import annotations

_CM_PER_INCH = 2.54
_PRINT = (72, 96, 100, 120, 144, 150, 200, 240, 300, 360, 400, 600, 720, 1200, 2400)
"""Dots per inch of screens and printers, which image programs write into files that nobody calibrated."""


def is_of_print(per_centimetre: float) -> bool:
    """Whether a resolution is that of a screen or a printer, as it is rounded where it is written per centimetre."""
    return any(abs(per_centimetre * _CM_PER_INCH - dots) < 0.05 for dots in _PRINT)
