"""Where a thread was while it stood still: samples of its stack, and the garbage collections meanwhile."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections import Counter, defaultdict

_EVERY = 0.002
_LATE = 0.01
_SHARE = 0.08
_BORING = ("asyncio", "lib/python3", "textual/message_pump", "tests/benchmarks")

Stack = tuple[str, ...]


class StallStacks:
    """Samples the thread that made it, whenever it has not been `back` for a while."""

    def __init__(self) -> None:
        self._watched = threading.get_ident()
        self._back = time.perf_counter()
        self._samples: list[tuple[float, Stack]] = []
        self._collections: list[tuple[float, float, int]] = []
        self._collecting = 0.0
        gc.callbacks.append(self._collected)
        threading.Thread(target=self._sample, daemon=True).start()

    def back(self) -> None:
        """The thread goes on."""
        self._back = time.perf_counter()

    def forget(self) -> None:
        """Another phase begins."""
        self._samples.clear()
        self._collections.clear()

    def between(self, start: float, end: float) -> list[str]:
        """Lines of a tree of what it did, by share of the samples, and of collections of at least a millisecond."""
        stacks = [stack for at, stack in self._samples if start <= at <= end]
        swept = [(took, age) for at, took, age in self._collections if start <= at <= end and took > 1e-3]
        lines = [f"    garbage of age {age}: {took * 1e3:.0f} ms" for took, age in swept]
        return lines + _tree(stacks, 0, 4, max(1, round(_SHARE * len(stacks))), len(stacks))

    def _collected(self, phase: str, told: dict[str, int]) -> None:
        if phase == "start":
            self._collecting = time.perf_counter()
        else:
            took = time.perf_counter() - self._collecting
            self._collections.append((self._collecting, took, told["generation"]))

    def _sample(self) -> None:
        while True:
            time.sleep(_EVERY)
            now = time.perf_counter()
            if now - self._back > _LATE:
                self._samples.append((now, self._stack()))

    def _stack(self) -> Stack:
        frame, found = sys._current_frames().get(self._watched), []
        while frame is not None:
            path = "/".join(frame.f_code.co_filename.split("/")[-3:])
            found.append(f"{path}:{frame.f_lineno} {frame.f_code.co_name}")
            frame = frame.f_back
        return tuple(reversed(found))


def _tree(stacks: list[Stack], depth: int, indent: int, least: int, total: int) -> list[str]:
    """What lies under `depth` callers that all of these have in common."""
    below: defaultdict[str, list[Stack]] = defaultdict(list)
    for stack in stacks:
        if depth < len(stack):
            below[stack[depth]].append(stack)
    lines = []
    for name, count in Counter({name: len(group) for name, group in below.items()}).most_common():
        if count < least:
            continue
        shown = not any(word in name for word in _BORING)
        if shown:
            lines.append(f"{' ' * indent}{100 * count // total:3} % {name}")
        lines += _tree(below[name], depth + 1, indent + shown, least, total)
    return lines
