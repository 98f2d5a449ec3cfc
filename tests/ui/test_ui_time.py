"""Time and depth on the screen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fixtures.desks import NARROW, WIDE, desk_on
from fixtures.stacks import BEST, write_many

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.paths import demo_data_dir
from tuiqc.review.changes import Changes
from tuiqc.review.place import Extent


def batch_in(folder: Path, what: str) -> Batch:
    shipped = demo_data_dir()
    assert shipped is not None
    shutil.copytree(shipped / "tracking" / what, folder / what)
    return open_batch(SourceOptions(sources=(str(folder / what),)))


@pytest.fixture
def movie(tmp_path: Path) -> Batch:
    return batch_in(tmp_path, "movie")


@pytest.fixture
def stack(tmp_path: Path) -> Batch:
    return batch_in(tmp_path, "stack")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_steps_in_time_show_that_time_point(movie: Batch, size: tuple[int, int]) -> None:
    async with desk_on(movie, size=size) as desk:
        assert desk.review.context.status.slider.display
        await desk.press("full_stop", "full_stop", "comma", "full_stop")
        assert desk.session.cursor.t == 2
        shown = desk.review.picture.finished
        assert shown is not None
        assert shown.spec.t == 2
        assert "t  2/23" in desk.review.context.status.slider.render().plain
        await desk.press("comma", "comma", "comma")
        assert desk.session.cursor.t == 0
        assert "first time point" in desk.review.context.status.progress_line.message


@pytest.mark.thorough
async def test_the_object_is_followed_and_the_view_stays_on_it(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        desk.session.cursor.go_track(4, 0)
        desk.review.context.changed(Changes.PLACE)
        await desk.press("tab", "enter")
        desk.session.cursor.go_track(4, 0)
        for t in range(1, 6):
            await desk.press("full_stop")
            spec = desk.review.picture.finished.spec
            assert spec.t == t
            assert spec.label == desk.session.cursor.label_of(4, t)
            view = desk.review.picture.finished.rendered.view
            assert abs(view.centre_x - spec.centre[0]) < 20
            assert len(spec.tail) == t + 1
            row = desk.review.objects_table.row
            assert desk.session.tables.objects.view.row(row) == desk.session.cursor.position


@pytest.mark.thorough
async def test_go_to_a_time_point_by_number(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        await desk.press("ctrl+g", "t", "1", "7", "enter")
        assert desk.session.cursor.t == 17
        await desk.press("ctrl+g", "t", "9", "9", "enter")
        assert desk.session.cursor.t == 17
        await desk.press("escape")


async def test_what_is_asked_of_time_before_the_movie_is_read_waits(
    movie: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk_on(movie) as desk:
        context, waiting = desk.review.context, []
        monkeypatch.setattr(context.pictures, "wait_for_extent", waiting.append)
        monkeypatch.setattr(context.session.cursor, "extents", {})
        monkeypatch.setattr(type(context.session.cursor), "extent", Extent())
        for key in ("y", "full_stop"):
            context.session.cursor.extents.clear()  # a picture that was on its way may have told
            await desk.press(key)
            assert "being read" in desk.message
        assert len(waiting) == 2


async def test_playing_drops_frames_and_stops(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        await desk.press("y")
        await desk.wait(lambda: desk.session.cursor.t >= 2, "the movie to play")
        before = desk.review.context.pictures.number
        await desk.wait(lambda: desk.review.context.pictures.number > before + 1, "pictures")
        # Never more than one picture is on its way.
        finished = desk.review.picture.finished
        assert desk.review.context.pictures.number - finished.number <= 1
        await desk.press("full_stop")
        assert "12 per second" in desk.review.context.status.progress_line.message
        await desk.press("y")
        stopped = desk.session.cursor.t
        await desk.pilot.pause(0.4)
        assert desk.session.cursor.t == stopped


@pytest.mark.thorough
async def test_colours_of_tracks_then_lineages(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        await desk.press("T")
        assert desk.review.context.display.style.colour_by == "trackId"
        colouring = desk.review.picture.finished.spec.colouring
        assert colouring.categorical
        assert (colouring.values < 0).sum() == 1  # the object that was not tracked
        await desk.press("T")
        assert desk.review.context.display.style.colour_by == "lineageId"
        await desk.press("T")
        assert desk.review.context.display.style.colour_by == ""


@pytest.mark.thorough
async def test_events_and_tracks_by_key(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        desk.session.cursor.go_track(6, 0)
        desk.review.context.changed(Changes.PLACE)
        await desk.press("semicolon")
        assert desk.session.cursor.t == 9
        assert "division of track 6" in desk.review.context.status.progress_line.message
        await desk.press("colon", "right_curly_bracket")
        assert desk.session.cursor.t == 0
        assert desk.session.cursor.track > 6


@pytest.mark.thorough
async def test_clicking_takes_the_object_of_that_time_point(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        await desk.press("ctrl+g", "t", "1", "8", "enter")
        picture = desk.review.picture
        view = picture.finished.rendered.view
        objects, session = desk.session.tables.objects, desk.session
        position = int(objects.at_time(0, 18)[3])
        x, y = view.to_display(*objects.centre(position))
        columns, rows = picture.size
        offset = (int(x * columns / view.width) + 1, int(y * rows / view.height) + 1)
        await desk.pilot.click("#picture", offset=offset)
        await desk.wait(lambda: session.cursor.label, "the object")
        assert (session.cursor.t, session.cursor.label) == (18, int(objects.labels[position]))


async def test_slices_and_projections(stack: Batch) -> None:
    async with desk_on(stack) as desk:
        await desk.press("greater_than_sign", "greater_than_sign")
        assert desk.session.cursor.z == 2
        assert desk.review.picture.finished.spec.z == 2
        await desk.press("apostrophe")
        shown = desk.review.picture.finished
        assert shown.spec.projection == "max"
        await desk.press("apostrophe", "apostrophe", "ctrl+g", "z", "5", "enter")
        assert desk.session.cursor.z == 5
        await desk.press("full_stop")
        assert "one time point" in desk.review.context.status.progress_line.message


@pytest.mark.thorough
async def test_going_to_an_object_goes_to_its_slice(stack: Batch) -> None:
    async with desk_on(stack) as desk:
        await desk.press("tab")
        frame = desk.session.tables.objects.view.frame
        for _ in range(5):
            await desk.press("j")
            position = desk.session.cursor.position
            assert frame["min_z"][position] <= desk.session.cursor.z < frame["max_z"][position]


@pytest.mark.thorough
async def test_verdicts_are_of_one_time_point(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        desk.session.cursor.go_track(4, 3)
        desk.review.context.changed(Changes.PLACE)
        label = desk.session.cursor.label
        await desk.press("f")
        subjects = [subject for subject, _ in desk.store.items()]
        assert [(s.level, s.label, s.t) for s in subjects] == [("object", label, 3)]


@pytest.mark.thorough
async def test_an_object_of_very_many_stacks_comes_in_its_slice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose table says no slice: the mask of the image is measured behind the screen when it is come to."""
    monkeypatch.setattr("tuiqc.dataset.objects._MOST_STACKS", 2)
    async with desk_on(open_batch(write_many(tmp_path, 3))) as desk:
        cursor, objects = desk.session.cursor, desk.session.tables.objects
        for row in (0, 4, 8):
            cursor.go_object(row)
            desk.review.context.changed(Changes.PLACE)
            await desk.wait(lambda: cursor.z == BEST[cursor.label], "the slice of the object")
            await desk.settled()
            assert cursor.label == int(objects.labels[row])
            assert desk.review.picture.finished.spec.z == cursor.z
