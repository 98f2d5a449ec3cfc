"""The garbage collector and the screen."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from fixtures.desks import desk_on
from textual._styles_cache import StylesCache

from tuiqc.dataset.model import Batch
from tuiqc.ui import garbage


@pytest.fixture
def restored() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()
    gc.callbacks.remove(garbage._let_go)
    garbage._left, garbage._begun, garbage._rested, garbage._unsorted = 0, False, True, False


def test_only_the_program_changes_the_collector() -> None:
    """Many programs are started in one process by these tests: what one leaves must be freed."""
    frozen = gc.get_freeze_count()
    garbage.keep()
    assert gc.get_freeze_count() == frozen


def test_what_is_kept_is_not_looked_at_again(restored: None) -> None:
    garbage.begin()
    garbage.keep()
    first = gc.get_freeze_count()
    assert first > 10_000
    more = [[number] for number in range(1000)]
    garbage.keep()
    second = gc.get_freeze_count()
    assert second >= first + len(more)
    again = [[number] for number in range(1000)]
    garbage.keep()  # rows that take the place of others must not be kept for good
    assert gc.get_freeze_count() <= second + 10
    assert again


class Panel:
    """Like Textual's: it knows its parts, and they know it."""

    def __init__(self) -> None:
        self.part = self


@pytest.mark.thorough
def test_panels_that_were_closed_are_freed_when_nobody_presses_a_key(
    restored: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    made = 100
    monkeypatch.setattr(garbage, "monotonic", lambda: now)
    monkeypatch.setattr(garbage, "_middle_collections", lambda: made)
    monkeypatch.setattr(garbage, "_collected", made)
    garbage.begin()
    gc.set_threshold(0)  # nothing by itself
    closed = weakref.ref(Panel())
    garbage.key_pressed()
    garbage.rest()
    assert closed() is not None, "somebody is at work"
    now += garbage.IDLE
    garbage.rest()
    assert closed() is not None, "one panel is not worth a stop"
    garbage.key_pressed()
    made += garbage._WORTH
    now += garbage.IDLE
    garbage.rest()
    assert closed() is None
    kept = weakref.ref(Panel())
    garbage.keep()
    garbage.keep()  # all rows are read, and a panel was closed meanwhile: it is no part of what is there to stay
    garbage.key_pressed()
    made += garbage._WORTH
    now += garbage.IDLE
    garbage.rest()
    assert kept() is None
    assert gc.get_freeze_count() > 10_000, "the rest is not looked at again"
    later = weakref.ref(Panel())
    made += garbage._WORTH
    now += 10
    garbage.rest()
    assert later() is not None, "once after the keys: a movie that plays is not stopped again and again"


def painted() -> list[StylesCache]:
    """The painted lines of all widgets that are not freed."""
    return [one for one in gc.get_objects() if isinstance(one, StylesCache)]


async def test_nothing_holds_what_was_painted_of_a_closed_panel_or_view(restored: None, batch: Batch) -> None:
    """Textual's cache of colours did: 0.5 MB for each opening of the gallery, up to 1,024 widgets."""
    garbage.begin()
    async with desk_on(batch) as desk:
        held = []
        for key in ("d", "i"):
            before = {id(one) for one in gc.get_objects() if isinstance(one, StylesCache)}
            await desk.press(key)
            held += [
                weakref.ref(one)
                for one in gc.get_objects()
                if isinstance(one, StylesCache) and id(one) not in before
            ]
            await desk.press("escape")
        assert len(held) > 10
        for _ in range(20):  # a panel that was just closed is still going
            gc.collect()
            if sum(one() is not None for one in held) <= 2:
                return
            await desk.pilot.pause(0.05)
        raise AssertionError(f"{sum(one() is not None for one in held)} of {len(held)} are held")
