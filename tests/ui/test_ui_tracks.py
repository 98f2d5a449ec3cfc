"""The view of tracks: table, film strip, chart, lineage, verdicts on whole tracks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fixtures.desks import NARROW, WIDE, Desk, desk_on
from fixtures.review_batches import small_batch

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.paths import demo_data_dir
from tuiqc.qc.record import Subject
from tuiqc.ui.views.tracks import TracksView


@pytest.fixture
def movie(tmp_path: Path) -> Batch:
    shipped = demo_data_dir()
    assert shipped is not None
    shutil.copytree(shipped / "tracking" / "movie", tmp_path / "movie")
    return open_batch(SourceOptions(sources=(str(tmp_path / "movie"),)))


async def opened(desk: Desk) -> TracksView:
    await desk.press("t")
    view = desk.review.context.views.view
    assert isinstance(view, TracksView)
    await desk.wait(lambda: desk.session.tables.track_rows, "tracks")
    await stripped(desk, view)
    return view


async def stripped(desk: Desk, view: TracksView) -> None:
    """Wait until the film strip is that of the present place."""
    await desk.wait(
        lambda: view.strip.finished is not None and view.strip.finished.number == view.strip.number,
        "the strip",
    )


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_opens_at_the_most_suspicious_track(movie: Batch, size: tuple[int, int]) -> None:
    async with desk_on(movie, size=size) as desk:
        view = await opened(desk)
        assert desk.session.cursor.level == "track"
        assert desk.session.cursor.track in (4, 5)
        assert desk.session.cursor.t == 14
        assert "jump" in str(view.details.border_title)
        assert "▶ t 14 ◀" in view.times.render().plain
        assert "Size_in_pixels" in view.chart.render().plain
        assert str(desk.session.cursor.track) in view.family.render().plain


@pytest.mark.thorough
async def test_steps_in_time_and_rows_bring_the_strip_along(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        view = await opened(desk)
        await desk.press("full_stop")
        await stripped(desk, view)
        assert view.strip.finished.spec.t == 15
        before = desk.session.cursor.track
        await desk.press("down")
        await stripped(desk, view)
        assert desk.session.cursor.track != before
        await desk.press("semicolon")
        assert desk.review.context.status.progress_line.message


@pytest.mark.thorough
async def test_verdicts_and_reasons_are_those_of_tracks(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        await opened(desk)
        track = desk.session.cursor.track
        await desk.press("1")
        assert desk.store.get(Subject("track", "demo", "objects", track)).reason == "swap"
        assert desk.session.cursor.track != track  # on to the next one without a verdict
        await desk.press("p", "z", "z")
        assert not [1 for subject, _ in desk.store.items() if subject.level == "track"]
        assert desk.session.cursor.level == "track"
    async with desk_on(movie) as desk:
        await opened(desk)


@pytest.mark.thorough
async def test_going_home_at_the_object_of_the_track(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        await opened(desk)
        track, t = desk.session.cursor.track, desk.session.cursor.t
        await desk.press("enter")
        assert desk.review.context.views.view is None
        assert (desk.session.cursor.level, desk.session.cursor.t, desk.session.cursor.track) == (
            "object",
            t,
            track,
        )
        assert desk.session.cursor.label == desk.session.cursor.label_of(track, t)
        assert desk.review.picture.finished.spec.label == desk.session.cursor.label


@pytest.mark.thorough
async def test_escape_goes_back_to_where_one_was(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        await desk.press("tab", "down")
        before = (desk.session.cursor.level, desk.session.cursor.label, desk.session.cursor.t)
        await opened(desk)
        await desk.press("escape")
        assert (desk.session.cursor.level, desk.session.cursor.label, desk.session.cursor.t) == before
        await desk.press("f")
        assert [s.level for s, _ in desk.store.items()] == ["object"]


@pytest.mark.thorough
async def test_the_table_is_sorted_and_filtered_like_the_others(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        view = await opened(desk)
        rows = desk.session.tables.track_rows
        await desk.press("right", "right", "right", "s")
        assert rows.view.sort_keys != [("suspicion", True)]
        await desk.press("slash", *"suspicion", "space", "greater_than_sign", "space", "0", "enter")
        await desk.wait(lambda: len(rows) < rows.total, "the filter")
        shown = [rows.view.row(row) for row in range(len(rows))]
        assert (rows.view.frame["suspicion"].iloc[shown] > 0).all()
        assert view.table.row < len(rows)


@pytest.mark.thorough
async def test_the_film_strip_is_coloured_by_what_the_outlines_are(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        view = await opened(desk)
        await desk.wait(lambda: view.strip.finished is not None, "the film")
        before = view.strip.finished
        await desk.press("T")
        await desk.wait(lambda: view.strip.finished is not before, "the film in other colours")
        pixels = [one.rgb for one in (before, view.strip.finished)]
        assert pixels[0].shape == pixels[1].shape
        assert (pixels[0] != pixels[1]).any()


@pytest.mark.thorough
async def test_another_measurement_is_drawn(movie: Batch) -> None:
    async with desk_on(movie) as desk:
        view = await opened(desk)
        await desk.press("c", *"Mean_Int", "enter")
        await desk.wait(lambda: "Mean_Intensity" in view.chart.render().plain, "the chart")


async def test_without_tracks_it_says_so(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data")) as desk:
        await desk.press("t")
        assert desk.review.context.views.view is None
        assert "nothing here has tracks" in desk.review.context.status.progress_line.message
        await desk.press("full_stop", "T", "semicolon", "right_curly_bracket", "y", "greater_than_sign")
        assert desk.session.cursor.t == 0
