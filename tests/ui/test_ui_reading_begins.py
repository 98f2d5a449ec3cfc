"""Tables are read behind the first picture, but not for ever. No time passes: what is to be done later is called."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tuiqc.ui.object_reader import ObjectReader


class Waiting:
    """What the reader needs of the program; `later` has what it wants done after a while."""

    def __init__(self, number: int, pending: bool, note: str = "") -> None:
        self.later: list[Callable[[], None]] = []
        self.pictures = SimpleNamespace(number=number, pending=pending, pane=SimpleNamespace(note=note))
        jobs = SimpleNamespace(after=lambda seconds, work: self.later.append(work))
        session = SimpleNamespace(cursor=SimpleNamespace(layer="nuclei"))
        tables = SimpleNamespace(objects=SimpleNamespace(empty=""))
        self.begun = 0
        given: list[Any] = [session, self.pictures, tables, jobs]
        self.reader = ObjectReader(*given, lambda text: None, lambda changes: None)
        cast("Any", self.reader).read = self._read
        self.reader.begin_soon()

    def _read(self) -> None:
        self.begun += 1
        self.reader._to_read = False

    def rounds(self) -> int:
        """How often it is waited until the reading begins."""
        for count in range(1, 20):
            self.later.pop()()
            if self.begun:
                return count
        raise AssertionError("it never begins")


@pytest.mark.parametrize(
    ("number", "pending", "note", "expected"),
    [(1, True, "", 4), (1, False, "", 1), (0, True, "", 1), (1, True, "it is broken", 1)],
)
def test_waiting_for_the_first_picture_ends(number: int, pending: bool, note: str, expected: int) -> None:
    assert Waiting(number, pending, note).rounds() == expected


def test_a_picture_that_came_begins_the_reading_at_once_and_only_once() -> None:
    waiting = Waiting(1, True)
    waiting.reader.begin()
    waiting.later.pop()()
    assert (waiting.begun, waiting.later) == (1, [])
