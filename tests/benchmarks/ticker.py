"""How long an event loop stands still: a ticker of 5 ms, for the benchmarks of the whole program."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stall_stacks import StallStacks

INTERVAL = 0.005


def ready() -> float:
    """Seconds that this thread has waited for a processor so far; 0 where the system does not count them."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text("ascii").split()[1]) / 1e9
    except OSError:
        return 0.0


class Ticker:
    """The longest time between two ticks in each phase, in milliseconds beyond the interval.

    Attributes
    ----------
    found
        Of each phase its name, its seconds, and the longest stall: by the clock, without waiting for a processor, and
        on the processor.
    seen
        With `stacks`: where the loop's thread was in the longest one.
    """

    def __init__(self, *, stacks: bool = False) -> None:
        self._wall, self._awake, self._own = [0.0], [0.0], [0.0]
        self._stacks = StallStacks() if stacks else None
        self._longest = (0.0, 0.0)
        self.found: list[tuple[str, float, float, float, float]] = []
        self.seen: list[str] = []

    async def run(self) -> None:
        """Tick until cancelled."""
        last, used, waited = time.perf_counter(), time.thread_time(), ready()
        while True:
            if self._stacks is not None:
                self._stacks.back()
            await asyncio.sleep(INTERVAL)
            now, spent, waits = time.perf_counter(), time.thread_time(), ready()
            self._wall.append((now - last - INTERVAL) * 1e3)
            self._awake.append(self._wall[-1] - (waits - waited) * 1e3)
            self._own.append((spent - used) * 1e3)
            if self._own[-1] >= max(self._own):
                self._longest = last, now
            last, used, waited = now, spent, waits

    async def phase(self, pilot: Any, name: str, keys: Sequence[str], done: Callable[[], bool]) -> None:
        """Press keys and wait until `done`, and half a second more for what follows."""
        self._wall[:], self._awake[:], self._own[:] = [0.0], [0.0], [0.0]
        if self._stacks is not None:
            self._stacks.forget()
        start = time.perf_counter()
        for key in keys:
            await pilot.press(key)
        while not done():
            await asyncio.sleep(0.01)
        took = time.perf_counter() - start
        await asyncio.sleep(0.5)
        self.found.append((name, took, max(self._wall), max(self._awake), max(self._own)))
        if self._stacks is not None:
            self.seen += [f"{name}: {max(self._own):.0f} ms", *self._stacks.between(*self._longest)]

    def lines(self, subject: str, most: float = 50) -> list[str]:
        """A line for each phase, which says whether it kept to `most` milliseconds."""
        return [
            f"event loop {subject}  {name:<10} {took * 1e3:6.0f} ms, longest stall {wall:4.0f} ms "
            f"{'ok' if wall <= most else 'MISSED'}, without waiting for a processor {awake:3.0f} ms "
            f"{'ok' if awake <= most else 'MISSED'} (at most {most:.0f} ms), on a processor {own:3.0f} ms"
            for name, took, wall, awake, own in self.found
        ]
