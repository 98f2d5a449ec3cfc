"""What is shown of a track: its measurement over time, the crops of its film strip."""

from pathlib import Path

import numpy as np
import pytest

from tuiqc.dataset.objects import ObjectLoader
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.paths import demo_data_dir
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.place import Extent
from tuiqc.review.session import Session
from tuiqc.review.time_line import measured, strip_crops, usual_measurement


@pytest.fixture
def session(tmp_path: Path) -> Session:
    movie = demo_data_dir() / "tracking" / "movie"
    batch = open_batch(SourceOptions(sources=(str(movie),)))
    session = Session(batch, AnnotationStore.open(tmp_path / "qc.csv", "ann", batch.placeholders), "objects")
    session.set_objects(ObjectRows(batch, "objects", [ObjectLoader(batch).load(0, "objects")]))
    session.cursor.extents[0] = Extent(24, 1)
    return session


def test_values_are_those_of_the_track_one_per_time_point(session: Session) -> None:
    session.cursor.go_track(2, 3)
    name, values = measured(session, "Mean_Intensity")
    frame = session.tables.objects.view.frame
    assert name in frame.columns
    own = frame[frame["trackId"] == 2].sort_values("frame")
    assert values.tolist() == own[name].tolist()


def test_a_column_that_is_not_there_gives_the_area(session: Session) -> None:
    session.cursor.go_track(2, 3)
    name, values = measured(session, "no such column")
    assert name == usual_measurement(session) == "Size_in_pixels"
    assert np.isfinite(values).all()


def test_crops_lie_around_the_present_time_and_tell_where_the_track_is_absent(session: Session) -> None:
    frame = session.tables.objects.view.frame
    ends = frame.groupby("trackId")["frame"].max()
    mothers = set(frame["parentTrackId"])
    track = next(
        t for t, end in ends.items() if t > 0 and t not in mothers and end + 2 <= frame["frame"].max()
    )
    last = int(ends[track])
    session.cursor.go_track(track, last)
    session.cursor.go_time(last)
    crops, side = strip_crops(session, 5)
    assert [crop.t for crop in crops] == list(range(last - 2, last + 3))
    assert [bool(crop.label) for crop in crops][2:] == [True, False, False]
    assert (crops[3].x, crops[3].y) == (crops[2].x, crops[2].y)
    assert (crops[4].x, crops[4].y) == (crops[2].x, crops[2].y)
    area = frame[frame["trackId"] == track]["Size_in_pixels"].max()
    assert side == pytest.approx(2 * (area / np.pi) ** 0.5, rel=1e-3)


def test_nothing_is_shown_without_a_track(session: Session) -> None:
    session.set_objects(None)
    assert strip_crops(session, 5) == ((), 0.0)
    assert measured(session, "") == ("", None)
