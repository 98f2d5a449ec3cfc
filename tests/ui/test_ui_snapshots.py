"""Pictures of the screens as they were when a person last looked at them (`--snapshot-update` after looking again)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.desks import NARROW, WIDE, Desk
from fixtures.review_batches import HALFBLOCK, small_batch
from textual.pilot import Pilot

from tuiqc.qc.annotations import AnnotationStore
from tuiqc.review.session import Session
from tuiqc.ui.app import TuiqcApp
from tuiqc.ui.widgets.lines import TopLine

Compare = Callable[..., bool]
ViewportSpec = Callable[..., bool]


@pytest.fixture
def looks_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snap_compare: Compare
) -> Iterator[ViewportSpec]:
    """Run the program on the small batch, press keys, compare. Nothing of time or place is on the screen."""
    # A column of paths shows their ends: with a folder of this length they are the same on every machine.
    batch = small_batch(tmp_path / "folder_of_the_snapshots" / "data")
    batch.root = Path("/data")
    tell = TopLine.tell

    def without_time(self: TopLine, *, size: str | None = None, picture: str | None = None) -> None:
        tell(self, size=size, picture=None if picture is None else "halfblock")

    monkeypatch.setattr(TopLine, "tell", without_time)
    (tmp_path / "verdicts").mkdir()
    store = AnnotationStore.open(tmp_path / "verdicts" / "qc.csv", "ann", batch.placeholders)
    session = Session(batch, store, "nuclei")
    app = TuiqcApp(session, HALFBLOCK)

    def compare(size: tuple[int, int], *keys: str) -> bool:
        async def before(pilot: Pilot[Any]) -> None:
            desk = Desk(app, pilot, session, store)
            await desk.settled()
            await desk.wait(
                lambda: ("nuclei", 0) in session.tables.label_checks,
                "the comparison of labels, which the join report tells",
            )
            await desk.press(*keys)

        run: Callable[[Pilot[Any]], Awaitable[None]] = before
        return snap_compare(app, terminal_size=size, run_before=run)

    yield compare
    store.close()


def test_wide_review(looks_as_before: ViewportSpec) -> None:
    assert looks_as_before(WIDE, "p", "tab", "f", "p", "u", "right", "right", "s", "c")


def test_narrow_table(looks_as_before: ViewportSpec) -> None:
    assert looks_as_before(NARROW, "w", "tab", "f", "down")


def test_narrow_picture(looks_as_before: ViewportSpec) -> None:
    assert looks_as_before(NARROW, "w", "tab", "down", "enter")


def test_help(looks_as_before: ViewportSpec) -> None:
    assert looks_as_before(WIDE, "question_mark")


def test_reason_dialog(looks_as_before: ViewportSpec) -> None:
    assert looks_as_before(WIDE, "tab", "f", "up", "r")


def test_join_report(looks_as_before: ViewportSpec) -> None:
    assert looks_as_before(WIDE, "J")
