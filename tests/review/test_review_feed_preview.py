"""The first rows of one big table are there to work with while the others are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures.review_batches import WELLS, open_store, options, session_of, write_batch

from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.tables.reader import HEAD_ROWS
from tuiqc.review.bookmark import Bookmark
from tuiqc.review.object_stream import ObjectStream, RowsBatch
from tuiqc.review.session import Session

ROWS = HEAD_ROWS + 30_000
AREA = "AreaShape_Area"


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    """Three images whose objects stand in one table of more rows than are handed over first."""
    from dataclasses import replace

    folder = write_batch(tmp_path / "data")
    for file in folder.glob("*.csv"):
        file.unlink()
    rng = np.random.default_rng(0)
    images = np.sort(rng.integers(0, 3, ROWS))
    labels = np.concatenate([np.arange(1, (images == image).sum() + 1) for image in range(3)])
    frame = pd.DataFrame({"FileName_DNA": np.array([f"{well}_DNA.tif" for well in WELLS])[images]})
    frame["ImageNumber"] = images + 1
    frame["ObjectNumber"], frame[AREA] = labels, rng.lognormal(5, 1, ROWS)
    for name in ("Location_Center_X", "Location_Center_Y"):
        frame[name] = rng.uniform(0, 48, ROWS)
    frame.to_csv(folder / "all.csv", index=False)
    source = replace(options(folder), tables=(("nuclei", str(folder / "all.csv")),), cache=False)
    return open_batch(source, None)


def feed(
    batch: Batch, session: Session, take: list[RowsBatch], told: list[float] | None = None
) -> ObjectStream:
    return ObjectStream(
        batch,
        ObjectLoader(batch),
        session.store,
        "nuclei",
        range(len(batch.images)),
        take.append,
        session.tables.prepare,
        (told if told is not None else []).append,
    )


def test_first_rows_come_first_then_all_and_nothing_is_counted_before(batch: Batch) -> None:
    session, fed, told = session_of(batch, store=open_store(batch)), list[RowsBatch](), list[float]()
    session.set_objects(None)
    feed(batch, session, fed, told).run()
    first, last = fed[0], fed[-1]
    assert first.rows.preview
    assert not first.complete
    assert HEAD_ROWS <= first.rows.total < ROWS
    assert (last.rows.total, last.complete, last.done) == (ROWS, True, 1.0)
    # An image may have further objects in the rest: a count would be wrong.
    assert np.isnan(first.image_rows.view.column("nuclei").astype(float)).all()
    assert int(last.image_rows.view.column("nuclei").sum()) == ROWS
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1, abs=0.01)


@pytest.mark.thorough
def test_place_order_filter_selection_and_verdicts_stay_when_the_rest_comes(batch: Batch) -> None:
    session, fed = session_of(batch, store=open_store(batch)), list[RowsBatch]()
    session.set_objects(None)
    feed(batch, session, fed).run()
    first, last = fed[0].rows, fed[-1].rows
    session.set_objects(first, fed[0].image_rows)
    session.cursor.go_object(5)
    session.annotator.decide(verdict="fail", reason="merged")
    first.stack.add(f"{AREA} > 100")
    first.take_filter(first.filter_mask())
    first.view.sort_by_keys([(AREA, True)])
    chosen = first.view.row(3)
    subject = first.subject(chosen, batch)
    first.selection.toggle(chosen)
    place = session.cursor.subject
    session.set_objects(last, fed[-1].image_rows)
    assert session.cursor.subject == place
    assert last.view.sort_keys == [(AREA, True)]
    areas = [last.view.value(row, AREA) for row in range(len(last))]
    assert len(last) == int((last.view.column(AREA) > 100).sum())
    assert areas == sorted(areas, reverse=True)
    assert [last.subject(at, batch) for at in last.selection.positions()] == [subject]
    assert session.annotator.annotation is not None
    assert session.annotator.annotation.verdict == "fail"
    position = session.cursor.position
    assert position is not None
    assert last.verdict(position) == "fail"
    assert session.tables.images.view.column("failed").sum() == 1


@pytest.mark.thorough
def test_the_order_of_the_last_session_waits_for_its_column(batch: Batch) -> None:
    from tuiqc.dataset.geometry import Geometry
    from tuiqc.dataset.parts import ObjectPart, empty_frame
    from tuiqc.review.bookmark import bookmark_of
    from tuiqc.review.object_rows import ObjectRows

    session, fed = session_of(batch, store=open_store(batch)), list[RowsBatch]()
    session.set_objects(None)
    session.tables.first_order = [(AREA, True)]
    nothing = ObjectRows(batch, "nuclei", [ObjectPart(0, "nuclei", empty_frame(), Geometry.unknown(0))])
    session.set_objects(nothing, session.tables.prepare(nothing))
    kept: Bookmark = bookmark_of(session)
    assert kept.object_sort == ((AREA, True),)  # quitting now does not forget it
    feed(batch, session, fed).run()
    session.set_objects(fed[-1].rows, fed[-1].image_rows)
    assert fed[-1].rows.view.sort_keys == [(AREA, True)]
