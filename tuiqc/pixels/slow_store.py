"""What is told, and asked, while a reader waits for a slow store: the reader is called through many hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


class Stopped(Exception):  # noqa: N818 - not an error
    """What was asked for is not wanted any more."""


@dataclass(frozen=True)
class Waiting:
    """Somebody who waits: `stop` is true when it is not wanted any more, `progress` is told (done, total) pieces."""

    stop: Callable[[], bool] = lambda: False
    progress: Callable[[int, int], None] = lambda done, total: None


_NOBODY = Waiting()
_now: ContextVar[Waiting] = ContextVar("waiting", default=_NOBODY)


def waiting() -> Waiting:
    """Who waits in this thread."""
    return _now.get()


@contextmanager
def told_while_waiting(stop: Callable[[], bool], progress: Callable[[int, int], None]) -> Iterator[None]:
    """Within it readers ask `stop` and tell `progress` where their store is slow."""
    token = _now.set(Waiting(stop, progress))
    try:
        yield
    finally:
        _now.reset(token)
