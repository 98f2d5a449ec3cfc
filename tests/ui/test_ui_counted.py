"""What a key costs: one picture asked for, one pass over tables and tiles, no line of the screen drawn twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures.desks import Desk, desk_on, painted
from fixtures.review_batches import small_batch
from textual._compositor import Compositor

from tuiqc.dataset.model import Batch
from tuiqc.ui.views.tile_view import TileView

LINES = ("top_line", "chip_line", "reason_line", "progress_line")


@pytest.fixture(autouse=True)
def all_is_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redraws are counted: other tests paint only what they read."""
    monkeypatch.setattr(Compositor, "render_update", painted)


class Work:
    """Counts of what was done since the last `clear`."""

    def __init__(self, desk: Desk) -> None:
        self.counts: Counter[str] = Counter()
        self.rows: Counter[tuple[str, int]] = Counter()
        self.tiles: Counter[int] = Counter()
        review, context = desk.review, desk.review.context
        self._count(desk.review._changes, "_show", "events")
        self._count(context.tables, "follow", "tables")
        self._count(context.views, "follow", "views")
        self._count(context.pictures._worker, "request", "pictures")
        for name in LINES:
            self._count(getattr(context.status, name), "render", name)
        for table in (review.images_table, review.objects_table):
            self._rows(table)
        if isinstance(context.views.view, TileView):
            self._count(context.views.view, "follow", "passes")
            self._tiles(context.views.view.source)

    def _count(self, owner: Any, method: str, name: str) -> None:
        inner: Callable[..., Any] = getattr(owner, method)

        def counted(*arguments: Any, **named: Any) -> Any:
            self.counts[name] += 1
            return inner(*arguments, **named)

        setattr(owner, method, counted)

    def _rows(self, table: Any) -> None:
        inner = table.render_line

        def counted(y: int) -> Any:
            self.rows[table.id, y] += 1
            return inner(y)

        table.render_line = counted

    def _tiles(self, source: Any) -> None:
        inner = source.spec

        def counted(position: int, cells: tuple[int, int]) -> Any:
            self.tiles[position] += 1
            return inner(position, cells)

        source.spec = counted

    def clear(self) -> None:
        """Begin to count anew."""
        self.counts.clear()
        self.rows.clear()
        self.tiles.clear()

    def holds(self, what: str, pictures: int, *, events: int = 1, rows: int = 1) -> None:
        """Everything was done once at most; the top line tells how the picture came as well."""
        assert self.counts["pictures"] == pictures, what
        assert self.counts["events"] == self.counts["tables"] == self.counts["views"] == events, what
        assert self.counts["passes"] <= 1, what
        assert max(self.tiles.values(), default=1) == 1, what
        assert max(self.rows.values(), default=1) <= rows, what
        for name in LINES:
            assert self.counts[name] <= 1 + (name == "top_line"), (what, name)


async def test_at_home_each_key_is_done_once(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "home")
        await desk.calm()
        work = Work(desk)
        for key in ("p", "down", "p", "down", "p", "up"):
            work.clear()
            await desk.press(key)
            work.holds(key, 1)


async def test_a_filter_asks_for_one_picture_though_the_panes_get_lower(batch: Batch) -> None:
    """The contrast of the batch is told to draw anew at times in between: one of a few turns has to hold."""
    for text in ("label > 1", "label > 2", "label < 3"):
        async with desk_on(batch) as desk:
            await desk.press("tab", "home")
            await desk.calm()
            work = Work(desk)
            await desk.press("slash", *text)
            work.clear()
            await desk.press("enter")
            assert text in desk.text
        if work.counts["pictures"] == 1:
            break
    work.holds("filter", 1, events=work.counts["events"])
    assert work.counts["events"] <= 2, "one for the rows, one for the lower panes"


async def test_another_size_of_the_window_asks_for_one_picture(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.calm()
        work = Work(desk)
        await desk.resize(110, 36)
        work.holds("resize", 1, events=work.counts["events"])


async def test_in_the_gallery_a_key_is_one_pass_over_the_tiles(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("g")
        view = desk.review.context.views.view
        assert isinstance(view, TileView)
        await desk.wait(lambda: all(view.maker.get(slot.key) for slot in view.board.slots), "the tiles")
        work = Work(desk)
        for key in ("p", "right", "p"):
            work.clear()
            await desk.press(key)
            work.holds(key, 0)
            assert work.counts["passes"] == 1, key


@pytest.mark.parametrize("count", [1000])
async def test_a_verdict_on_a_selection_is_done_once(tmp_path: Path, count: int) -> None:
    batch = small_batch(tmp_path / "many", ("A1",), (count,))
    async with desk_on(batch) as desk:
        await desk.press("tab", "asterisk", "a", "p")
        work = Work(desk)
        await desk.press("y")
        assert desk.store.items()
        # The question goes, which uncovers the rows, and they change; columns of images are computed in a thread.
        work.holds("selection", 1, events=work.counts["events"], rows=2)
        assert work.counts["events"] <= 2
        assert len(desk.store.items()) == count
