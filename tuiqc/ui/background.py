"""Work that may take long on long tables, off the event loop; short work is done at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from textual.app import App

from tuiqc.errors import TuiqcError

R = TypeVar("R")

LONG = 50_000
"""Rows from which on sorting, filtering and searching go into a thread."""


class Background:
    """Runs one piece of work of a kind at a time; a newer one makes the result of the older one void."""

    def __init__(self, app: Callable[[], App[Any]]) -> None:
        self._app = app
        self._tickets: dict[str, int] = {}

    def run(
        self,
        kind: str,
        rows: int,
        work: Callable[[Callable[[], bool]], R],
        done: Callable[[R], None],
        failed: Callable[[TuiqcError], None],
    ) -> None:
        """Do `work(void)` and hand its result to `done` on the event loop, or a user's mistake to `failed`.

        `void()` is true as soon as the result is not wanted any more. With fewer than `LONG` rows all of it happens
        before this returns. Any other error comes to `failed` as a `TuiqcError` with its name.
        """
        ticket = self._tickets[kind] = self._tickets.get(kind, 0) + 1

        def void() -> bool:
            return self._tickets[kind] != ticket

        if rows < LONG:
            self._work(work, done, failed, void)()
            return
        app = self._app()

        def in_thread() -> None:
            tell = self._work(work, done, failed, void)
            with contextlib.suppress(RuntimeError):  # the program has ended meanwhile
                app.call_later(lambda: None if void() else tell())

        threading.Thread(target=in_thread, name=f"tuiqc-{kind}", daemon=True).start()

    @staticmethod
    def _work(
        work: Callable[[Callable[[], bool]], R],
        done: Callable[[R], None],
        failed: Callable[[TuiqcError], None],
        void: Callable[[], bool],
    ) -> Callable[[], None]:
        """Do the work; returns what is to be done on the event loop then."""
        try:
            return partial(done, work(void))
        except TuiqcError as error:
            return partial(failed, error)
        except Exception as error:  # one table with something unheard of in it must not end the session
            return partial(failed, TuiqcError(f"{type(error).__name__}: {error}"))
