"""Work that may take long on long tables, off the event loop; short work is done at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
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
        before this returns.
        """
        ticket = self._tickets[kind] = self._tickets.get(kind, 0) + 1

        def void() -> bool:
            return self._tickets[kind] != ticket

        if rows < LONG:
            try:
                result = work(void)
            except TuiqcError as error:
                failed(error)
                return
            done(result)
            return
        threading.Thread(
            target=self._in_thread, args=(work, done, failed, void), name=f"tuiqc-{kind}", daemon=True
        ).start()

    def _in_thread(
        self,
        work: Callable[[Callable[[], bool]], R],
        done: Callable[[R], None],
        failed: Callable[[TuiqcError], None],
        void: Callable[[], bool],
    ) -> None:
        app = self._app()
        try:
            result = work(void)
        except TuiqcError as error:
            if not void():
                app.call_from_thread(failed, error)
            return
        if not void():
            app.call_from_thread(lambda: None if void() else done(result))
