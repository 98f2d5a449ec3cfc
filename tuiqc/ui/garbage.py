"""Keeps Python's garbage collector from stopping the screen.

A full collection looks at every object of the program, modules and widgets included: 0.1 to 0.4 s, in which no thread
goes on. What is there once the screen stands, and once all rows are read, is there to stay, so it need not be looked
at again. Reference counts go on to free whatever is not part of a cycle.

Panels and views are cycles, 0.2 MB each, and by themselves are collected after some 70 of them: they are when nobody
presses a key, and enough has been made for it (`rest`). Nothing else may hold them then (`forget_lines`).

Arrays are not Python's but the C library's: it is told to have few heaps, and to give back what is free.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

from tuiqc.ui.textual_private import forget_lines

if TYPE_CHECKING:
    import ctypes

_THRESHOLDS = (5_000, 10, 20)
_TIMES = 2

IDLE = 1.5
"""Seconds without a key after which a stop of a tenth of a second is not noticed."""

_WORTH = 2
"""Collections of the middle generation, 50,000 objects or 4 MB each, that a full one is worth: some four panels."""

_ARENA_MAX = -8
"""The number of `M_ARENA_MAX` in mallopt(3)."""

_HEAPS = 2
"""For the loop and for all threads beside it: of 16, as many as glibc has on two cores, each keeps its own gaps."""

_left = 0
_begun = False
_unsorted = False
_last_key = 0.0
_rested = True
_collected = 0


def pause() -> None:
    """Collect nothing until `begin`: importing makes no garbage, and is looked through many times."""
    gc.disable()


def begin() -> None:
    """Collect less often from now on, and let `keep` work; called once, by the program (the collector is global)."""
    global _left, _begun
    gc.freeze()
    gc.enable()
    gc.set_threshold(*_THRESHOLDS)
    if _let_go not in gc.callbacks:
        gc.callbacks.append(_let_go)
    _left, _begun = _TIMES, True
    with suppress(OSError, AttributeError):
        _c_library().mallopt(_ARENA_MAX, _HEAPS)


def _let_go(phase: str, info: dict[str, int]) -> None:
    """Before older objects are looked through, whoever does it."""
    if phase == "start" and info["generation"]:
        forget_lines()


def keep() -> None:
    """Have what is there now never looked at again: takes no time, and counts only the first two times.

    What was garbage then is kept with it, until the next `rest` sorts it out: panels that were opened and closed
    while rows were still read, 10 MB of some.
    """
    global _left, _unsorted
    if _left:
        _left -= 1
        _unsorted = True
        gc.freeze()


def key_pressed() -> None:
    """Somebody is at work: nothing is collected at once."""
    global _last_key, _rested
    _last_key, _rested = monotonic(), False


def seconds_to_rest() -> float:
    """Return the seconds until `rest` has something to do if no further key comes, 0 where it is time."""
    return max(0.0, _last_key + IDLE - monotonic())


def rest() -> None:
    """Collect what many keys left behind, once after the last of them."""
    global _rested, _collected, _unsorted
    if not _begun or _rested or monotonic() - _last_key < IDLE:
        return
    _rested = True
    middle = _middle_collections()
    if middle - _collected >= _WORTH:
        _collected = middle
        if _unsorted:
            gc.unfreeze()
        gc.collect()
        if _unsorted and not _left:  # once: it looks at every object of the program
            _unsorted = False
            gc.freeze()
        Thread(target=_give_back, name="give back").start()


def _give_back() -> None:
    """Give the system what lies free between what is in use: pictures of all sizes come and go, and leave gaps.

    Takes 50 ms, and does not hold Python meanwhile: so not on the loop.
    """
    with suppress(OSError, AttributeError):
        _c_library().malloc_trim(0)


def _c_library() -> ctypes.CDLL:
    """The C library that is loaded; only GNU's has the functions that are asked of it."""
    import ctypes

    return ctypes.CDLL(None)


def _middle_collections() -> int:
    """How often Python has collected its middle generation: it grows with what was made and not freed."""
    return int(gc.get_stats()[1]["collections"])
