"""Keeps Python's garbage collector from stopping the screen.

A full collection looks at every object of the program, modules and widgets included: 0.1 to 0.4 s, in which no thread
goes on. What is there once the screen stands, and once all rows are read, is there to stay, so it need not be looked
at again. Reference counts go on to free whatever is not part of a cycle.
"""

from __future__ import annotations

import gc

_THRESHOLDS = (5_000, 10, 20)
_TIMES = 2

_left = 0


def pause() -> None:
    """Collect nothing until `begin`: importing makes no garbage, and is looked through many times."""
    gc.disable()


def begin() -> None:
    """Collect less often from now on, and let `keep` work; called once, by the program (the collector is global)."""
    global _left
    gc.freeze()
    gc.enable()
    gc.set_threshold(*_THRESHOLDS)
    _left = _TIMES


def keep() -> None:
    """Have what is there now never looked at again: takes no time, and counts only the first two times."""
    global _left
    if _left:
        _left -= 1
        gc.freeze()
