"""Going through time: objects are followed along their tracks."""

import numpy as np
import pandas as pd
import pytest

from tuiqc.dataset.objects import ObjectLoader
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.paths import demo_data_dir
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.record import Subject
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.place import Extent
from tuiqc.review.session import Session
from tuiqc.review.time_line import slider_text, step_event, step_track, times_with, track_tail
from tuiqc.review.track_rows import TrackRows


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(demo_data_dir() / "tracking" / "movie" / "demo--tracking-table.csv")


@pytest.fixture
def session(tmp_path):
    movie = demo_data_dir() / "tracking" / "movie"
    batch = open_batch(SourceOptions(sources=(str(movie),)))
    session = Session(batch, AnnotationStore.open(tmp_path / "qc.csv", "ann", batch.placeholders), "objects")
    session.set_objects(ObjectRows(batch, "objects", [ObjectLoader(batch).load(0, "objects")]))
    session.cursor.extents[0] = Extent(24, 1)
    return session


def at(table, track, t):
    row = table[(table["trackId"] == track) & (table["frame"] == t)]
    return int(row["labelimageId"].iloc[0]) if len(row) else 0


@pytest.mark.parametrize("track", [2, 4, 6, 9])
def test_every_step_keeps_to_the_track(session, table, track):
    assert session.cursor.go_track(track, 0)
    assert (session.cursor.level, session.cursor.t) == ("object", 0)
    for t in range(1, 24):
        session.cursor.go_time(t)
        assert session.cursor.label == at(table, track, t)
        assert session.cursor.track == track
        subject = session.cursor.subject
        assert (subject is None) == (session.cursor.label == 0)


def test_a_track_that_ended_comes_back_on_the_way_back(session, table):
    session.cursor.go_track(6, 0)
    session.cursor.go_time(20)
    assert session.cursor.label == 0
    assert session.annotator.annotation is None
    session.cursor.go_time(3)
    assert session.cursor.label == at(table, 6, 3)


def test_time_is_held_inside_the_movie(session):
    assert session.cursor.go_time(999)
    assert session.cursor.t == 23
    assert not session.cursor.go_time(24)
    assert session.cursor.go_time(-5)
    assert session.cursor.t == 0


def test_labels_of_other_time_points_are_other_objects(session, table):
    session.cursor.t = 20
    last = int(table[table["frame"] == 20]["labelimageId"].max())
    assert session.cursor.go_label(last)
    assert not session.cursor.go_label(last + 1)


def test_events_of_a_track(session):
    session.cursor.go_track(6, 0)
    said = step_event(session.cursor, 1)
    assert said == "division of track 6 into 7, 8 at t 9"
    assert session.cursor.t == 9
    assert step_event(session.cursor, 1) is None
    assert step_event(session.cursor, -1) == "birth of track 6 at t 0"
    session.cursor.go_track(7)
    assert session.cursor.t == 9
    session.cursor.go_time(11)
    assert step_event(session.cursor, -1) == "birth of track 7 from 6 at t 9"


def test_next_track_is_one_that_is_here(session, table):
    session.cursor.go_track(6, 0)
    session.cursor.go_time(0)
    here = sorted(table[(table["frame"] == 0) & (table["trackId"] > 1)]["trackId"])
    assert step_track(session.cursor, 1) == here[here.index(6) + 1]
    assert step_track(session.cursor, -1) == 6


def test_tail_is_where_it_was(session, table):
    session.cursor.go_track(4, 10)
    tail = track_tail(session.cursor, 5)
    mine = table[(table["trackId"] == 4) & table["frame"].between(6, 10)].sort_values("frame")
    np.testing.assert_allclose(tail, mine[["Center_of_the_object_0", "Center_of_the_object_1"]])


def test_hopping_stays_in_the_time_point(session):
    session.cursor.go_track(4, 7)
    for direction in ("right", "down", "right", "up"):
        session.cursor.hop(direction)
        assert session.cursor.t == 7


def test_verdicts_on_a_track_are_of_a_level_of_their_own(session):
    session.tables.track_rows = TrackRows(session.batch, session.tables.objects)
    session.cursor.go_track(4, 14)
    session.cursor.level = "track"
    outcome = session.annotator.decide("fail", "swap")
    assert outcome.subject == Subject("track", "demo", "objects", 4)
    position = session.tables.track_rows.position(0, 4)
    assert session.tables.track_rows.verdict(position) == "fail"
    session.cursor.level = "object"
    assert session.annotator.annotation is None
    session.annotator.decide("fail", "lost")
    assert session.store.get(Subject("object", "demo", "objects", session.cursor.label, 14)).reason == "lost"
    session.annotator.undo()
    session.annotator.undo()
    assert session.tables.track_rows.verdict(position) == ""
    session.annotator.redo()
    session.store.save()
    again = pd.read_csv(session.store.path)
    assert again[["level", "label", "verdict", "reason"]].to_numpy().tolist() == [
        ["track", 4, "fail", "swap"]
    ]


def test_most_suspicious_tracks_stand_first(session):
    rows = TrackRows(session.batch, session.tables.objects)
    first = [int(rows.tracks[rows.view.row(row)]) for row in range(5)]
    assert {4, 5, 6} <= set(first)
    assert {2, 3} & set(first)


def test_projections_and_slices(session):
    session.cursor.extents[0] = Extent(24, 5)
    assert session.cursor.go_slice(9)
    assert session.cursor.z == 4
    assert [session.cursor.next_projection() for _ in range(3)] == ["max", "mean", "slice"]
    session.cursor.next_projection()
    assert session.cursor.go_slice(4)  # back to slices
    assert session.cursor.projection == "slice"


def test_slider_shows_where_the_track_is_and_its_verdicts(session):
    session.cursor.go_track(6, 3)
    session.annotator.decide("fail", "lost")
    session.cursor.go_time(5)
    there, codes = times_with(session)
    assert np.flatnonzero(there).tolist() == list(range(9))
    assert np.flatnonzero(codes).tolist() == [3]
    line, cell = slider_text(session.cursor.t, there, codes, 24)
    assert line == "━━━✗━●━━━───────────────"
    assert cell == 5


@pytest.mark.parametrize("count", [1, 2, 10, 79, 80, 81, 500, 100_000])
@pytest.mark.parametrize("width", [1, 8, 80])
def test_slider_of_any_length_has_one_place(count, width):
    for now in {0, count // 2, count - 1}:
        line, cell = slider_text(now, np.zeros(count, bool), np.zeros(count, np.uint8), width)
        assert len(line) == width
        assert line.count("●") == 1
        assert line[cell] == "●"
    if count > 1 and width > 1:
        assert cell >= 0
