"""Views that are opened while objects are read: they open at once, say so, fill, and nothing unseen is judged."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.desks import Desk, desk_on, verdicts
from fixtures.review_batches import small_batch

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.paths import demo_data_dir
from tuiqc.review.object_stream import ObjectStream


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    monkeypatch.setenv("TUIQC_CACHE_DIR", str(tmp_path / "cache"))
    return small_batch(tmp_path / "data")


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Objects are not read before it is set."""
    gate, run = threading.Event(), ObjectStream.run

    def waiting(feed: ObjectStream) -> None:
        gate.wait(20)
        run(feed)

    monkeypatch.setattr(ObjectStream, "run", waiting)
    monkeypatch.setattr(Desk, "_complete", lambda self: True)
    yield gate
    gate.set()


@pytest.mark.thorough
@pytest.mark.parametrize(("key", "name"), [("x", "plot"), ("g", "gallery")])
async def test_a_view_of_objects_opens_before_they_are_read(
    batch: Batch, gate: threading.Event, key: str, name: str
) -> None:
    async with desk_on(batch) as desk:
        await desk.pilot.press(key, "f", "1", "n", "backspace", "p")
        assert desk.review.context.views.view is not None
        assert desk.review.context.views.view.id == name
        assert desk.app.screen is desk.review, "no dialog asks for a note on what is not there"
        assert "reading" in desk.text
        assert "nothing was judged" in desk.message
        gate.set()
        await desk.wait(
            lambda: desk.review.context.views.view is not None and desk.review.context.views.view.seen,
            "the view",
        )
        assert not desk.store.items()
        label = desk.place
        await desk.press("f")
    assert verdicts(desk.store.path) == {(label[1], "nuclei", str(label[2])): "fail"}


async def test_keys_typed_behind_the_key_of_a_view_judge_nothing_unseen(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        assert desk.place[0] == "image"
        # The keys come before anything is painted in between.
        for key in ("x", "f"):
            desk.app.simulate_key(key)
        await desk.settled()
        assert not desk.store.items()
        assert "nothing was judged" in desk.message
        await desk.press("f")
        assert [subject.level for subject, _ in desk.store.items()] == ["object"]


@pytest.mark.thorough
async def test_the_plate_shows_objects_when_they_are_there(batch: Batch, gate: threading.Event) -> None:
    async with desk_on(batch) as desk:
        await desk.press("P")
        assert desk.review.context.views.view is not None
        gate.set()
        await desk.wait(lambda: "nuclei" in desk.text and "count" in desk.text, "the count of objects")


@pytest.mark.thorough
async def test_tracks_say_that_they_are_being_found(tmp_path: Path, gate: threading.Event) -> None:
    shipped = demo_data_dir()
    assert shipped is not None
    shutil.copytree(shipped / "tracking" / "movie", tmp_path / "movie")
    movie = open_batch(SourceOptions(sources=(str(tmp_path / "movie"),)))
    async with desk_on(movie) as desk:
        await desk.pilot.press("t", "f")
        assert desk.review.context.views.view is not None
        assert "finding tracks" in desk.text
        assert not desk.store.items()
        gate.set()
        await desk.wait(
            lambda: desk.session.cursor.level == "track" and desk.session.cursor.row is not None, "tracks"
        )
        await desk.wait(
            lambda: desk.review.context.views.view is not None and desk.review.context.views.view.seen,
            "the view",
        )
        assert "lineage" in desk.text
        await desk.press("f")
        assert [subject.level for subject, _ in desk.store.items()] == ["track"]
