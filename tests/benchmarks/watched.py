"""Runs `tuiqc` with a watch on its event loop and its memory: a child of `preview.py`.

    python watched.py LOG tuiqc-arguments...

Every 4 ms a timer of the event loop should fire; what it comes late by is a stall. A line `time seconds rss_kB` goes
to LOG for every stall of more than 5 ms, and once a second for the memory.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

_EVERY = 0.004
_TOLD = 0.005


_STATM = os.open("/proc/self/statm", os.O_RDONLY)


def _rss() -> int:
    """In kB; by a file that stays open, as to open it anew at each stall would be a good part of the next one."""
    return int(os.pread(_STATM, 256, 0).split()[1]) * 4


def main() -> int:
    """Run the program."""
    import asyncio

    from tuiqc.cli import main as tuiqc
    from tuiqc.ui.app import TuiqcApp

    log = Path(sys.argv[1]).open("w", buffering=1)  # noqa: SIM115 - open until the program ends
    mounted = TuiqcApp.on_mount

    def watch(self: TuiqcApp) -> None:
        loop = asyncio.get_running_loop()
        due = told = time.monotonic()

        def tick() -> None:
            nonlocal due, told
            now = time.monotonic()
            late = now - due
            if late > _TOLD or now - told > 1:
                log.write(f"{now:.4f} {max(late, 0):.4f} {_rss()}\n")
                told = now
            due = now + _EVERY
            loop.call_at(loop.time() + _EVERY, tick)

        tick()
        mounted(self)

    TuiqcApp.on_mount = watch  # type: ignore[method-assign]
    return tuiqc(sys.argv[2:])


if __name__ == "__main__":
    raise SystemExit(main())
