"""What is done in one view is seen in all of them: filter, order, selection and verdicts are one state."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.desks import Desk, desk_on
from fixtures.review_batches import TOTAL, small_batch

from tuiqc.dataset.model import Batch
from tuiqc.ui.views.plot import PlotView
from tuiqc.ui.views.tile_view import TileView


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    monkeypatch.setenv("TUIQC_CACHE_DIR", str(tmp_path / "cache"))
    return small_batch(tmp_path / "data")


def gallery(desk: Desk) -> TileView:
    view = desk.review.context.views.view
    assert isinstance(view, TileView)
    return view


@pytest.mark.thorough
async def test_filter_selection_and_verdict_go_through_all_views(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        # A filter made in the gallery, a selection of two there.
        await desk.press("g", "slash")
        desk.review.context.status.ask_line.input.value = "label < 3"
        await desk.press("enter")
        objects = desk.session.tables.objects
        assert objects is not None
        left = len(objects)
        assert 0 < left < TOTAL
        await desk.press("home", "space", "right", "space")
        assert objects.selection.count == 2
        selected = {index for index, one in gallery(desk)._shown.items() if one.selected}
        assert len(selected) == 2
        await desk.press("escape")
        assert objects.selection.count == 2, "at home too"
        # The plot counts what the filter lets through and marks the selection; both are failed there.
        await desk.press("x")
        plot = desk.review.context.views.view
        assert isinstance(plot, PlotView)
        await desk.wait(
            lambda: plot.subject.plot is not None and len(plot.subject.plot.points.codes) == left, "the plot"
        )
        assert plot.subject.plot is not None
        assert int(plot.subject.plot.points.selected.sum()) == 2
        await desk.press("f", "y")
        assert "✗ fail 2" in desk.text
        # The plate, the table of tracks or its refusal, the sheet: the same verdicts, filter and order.
        await desk.press("t")
        await desk.press("P")
        assert desk.session.tables.objects is objects
        assert len(objects) == left
        await desk.press("G")
        assert "· A1 · 3 · ✗ 1" in desk.text, "captions of images tell of their failed objects"
        assert "· A2 · 2 · ✗ 1" in desk.text
        await desk.press("g")
        assert len([one for one in gallery(desk)._shown.values() if one.caption.startswith("✗")]) == 2
        assert len(gallery(desk)._shown) == left
        # And at home, where undoing takes it back everywhere.
        await desk.press("escape")
        assert desk.review.context.views.view is None
        assert len(objects) == left
        assert objects.selection.count == 0, "what was judged is no longer selected, in any view"
        assert "✗" in desk.text
        assert len(desk.store.items()) == 2
        await desk.press("z", "g")
        assert not [one for one in gallery(desk)._shown.values() if one.caption.startswith("✗")]


async def test_a_verdict_in_the_gallery_is_one_pass_over_the_tiles(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk_on(batch) as desk:
        await desk.press("g")
        view = gallery(desk)
        await desk.wait(lambda: all(view.maker.get(slot.key) for slot in view.board.slots), "the tiles")
        followed, asked, shown = [], [], []
        follow, spec, show = view.follow, view.source.spec, view.board.show
        monkeypatch.setattr(view, "follow", lambda *flags: (followed.append(flags), follow(*flags))[1])
        monkeypatch.setattr(view.source, "spec", lambda at, cells: (asked.append(at), spec(at, cells))[1])
        monkeypatch.setattr(view.board, "show", lambda *a, **k: (shown.append(a), show(*a, **k))[1])
        for key in ("p", "right", "f"):
            followed.clear(), asked.clear(), shown.clear()
            await desk.press(key)
            assert (len(followed), len(shown)) == (1, 1), key
            assert len(asked) == len(set(asked)), key
