"""The garbage collector and the screen."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tuiqc.ui import garbage


@pytest.fixture
def restored() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()
    garbage._left = 0


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
