"""How many bytes a picture may take: asked for, or what the measured link carries in the time of a key press."""

from __future__ import annotations

from tuiqc.errors import UsageError

WAIT = 0.25
"""Seconds that a picture may be on its way."""
LEAST = 30_000
"""No link is taken to be slower than what carries so many bytes in that time: below it pictures show nothing."""
FAST = 8_000_000
"""From so many bytes per second on a link bounds nothing."""
_TELLS = 20_000
"""Fewer bytes tell of the way there and back, not of the link."""
_SHARE = 0.4
_UNITS = {"": 1, "k": 1_000, "kb": 1_000, "m": 1_000_000, "mb": 1_000_000}


def parse_budget(text: str) -> int | None:
    """Read what `--budget` says: bytes such as "80kB"; None for "auto", 0 for "none" (no bound).

    Raises
    ------
    UsageError
        Neither.
    """
    lowered = text.strip().lower()
    if lowered in ("", "auto"):
        return None
    if lowered == "none":
        return 0
    number = lowered.rstrip("kmb ")
    unit = lowered[len(number) :].strip()
    if unit not in _UNITS or not number.replace(".", "", 1).isdecimal() or float(number) <= 0:
        raise UsageError(f"--budget {text!r} is not auto, none, or bytes such as 80kB")
    return max(1_000, int(float(number) * _UNITS[unit]))


class LinkMeter:
    """Learns from the time between a picture's bytes and the terminal's answer how much the link carries.

    Parameters
    ----------
    asked
        What `parse_budget` gave: it wins over what is measured.
    round_trip_ms
        Time that an answer takes without anything before it.
    """

    def __init__(self, asked: int | None = None, round_trip_ms: float | None = None) -> None:
        self._asked = asked
        self._round_trip = (round_trip_ms or 0.0) / 1e3
        self.bytes_per_second: float | None = None

    def measured(self, nbytes: int, seconds: float) -> None:
        """So many bytes were answered after so long."""
        if nbytes < _TELLS:
            self._round_trip = min(self._round_trip, seconds) if self._round_trip else seconds
            return
        rate = nbytes / max(seconds - self._round_trip, 1e-4)
        known = self.bytes_per_second
        self.bytes_per_second = rate if known is None else known + _SHARE * (rate - known)

    @property
    def fast(self) -> bool:
        """Whether it was found to carry a picture in next to no time."""
        return self.bytes_per_second is not None and self.bytes_per_second >= FAST

    def carries(self, nbytes: int, seconds: float) -> bool:
        """Whether it was found to carry so many bytes in that time."""
        return self.bytes_per_second is not None and nbytes <= self.bytes_per_second * seconds

    @property
    def budget(self) -> int | None:
        """Bytes of the next picture, None for as many as it takes."""
        if self._asked is not None:
            return self._asked or None
        if self.bytes_per_second is None or self.fast:
            return None
        return max(LEAST, int(self.bytes_per_second * WAIT))


class GreyChoice:
    """The grey levels to begin the next picture with: those that fitted last, all again where these leave room."""

    def __init__(self) -> None:
        self._last: int | None = None

    def start(self, most: int, budget: int | None) -> int:
        """Grey levels to try first, at most `most`."""
        return most if budget is None or self._last is None else min(self._last, most)

    def took(self, levels: int, nbytes: int, budget: int | None) -> bool:
        """A picture with so many grey levels took so many bytes: whether it may be tried with more."""
        self._last = levels
        return budget is not None and nbytes < budget * _ROOMY


_ROOMY = 0.6
