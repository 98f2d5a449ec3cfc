"""Rows of images and objects, the text of their cells, the bookmark, and the reading of objects in the background."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures.review_batches import (
    COUNTS,
    TOTAL,
    WELLS,
    object_rows,
    open_store,
    options,
    session_of,
    small_batch,
)
from fixtures.review_batches import write_batch as write

from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.dataset.open.batch import open_batch
from tuiqc.demo import make_batch
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.bookmark import Bookmark, bookmark_of, load_bookmark, save_bookmark
from tuiqc.review.image_rows import ImageRows
from tuiqc.review.listing import Listing
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.object_stream import ObjectStream, RowsBatch
from tuiqc.review.rows import Rows
from tuiqc.tables.aggregate import Aggregate


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return small_batch(tmp_path / "data")


# --- objects


def test_objects_stand_in_image_order_however_they_were_read(batch: Batch) -> None:
    loader = ObjectLoader(batch)
    rows = ObjectRows(batch, "nuclei", [loader.load(index, "nuclei") for index in (2, 0, 1)])
    assert list(rows.images) == [0] * 3 + [1] * 2 + [2] * 4
    assert [rows.span(index) for index in range(3)] == [slice(0, 3), slice(3, 5), slice(5, 9)]
    assert list(rows.view.column("well")) == ["A1"] * 3 + ["A2"] * 2 + ["A10"] * 4
    assert rows.loaded == {0, 1, 2}


def test_an_object_is_found_by_image_and_label(batch: Batch) -> None:
    rows = object_rows(batch)
    assert rows.position(2, 4) == 8
    assert rows.position(1, 4) is None
    assert rows.position(7, 1) is None
    assert rows.subject(8, batch) == Subject("object", "A10", "nuclei", 4)


def test_objects_of_images_that_were_not_read_are_not_there(batch: Batch) -> None:
    rows = ObjectRows(batch, "nuclei", [ObjectLoader(batch).load(1, "nuclei")])
    assert rows.loaded == {1}
    assert rows.span(0) == slice(0, 0)
    assert rows.position(0, 1) is None
    rows.decide_all(
        [(Subject("object", "A1", "nuclei", 1), Annotation(Subject("object", "A1", "nuclei", 1)))], batch
    )


def test_no_objects_at_all(batch: Batch) -> None:
    rows = ObjectRows(batch, "nuclei", [])
    assert (len(rows), rows.total) == (0, 0)
    listing = Listing(rows)
    assert len(listing) == 0
    assert [column.name for column in listing.columns()][:2] == ["well", "label"]


def test_verdicts_of_other_layers_images_and_labels_are_left_alone(batch: Batch) -> None:
    rows = object_rows(batch)
    for subject in (
        Subject("object", "A1", "cells", 1),
        Subject("object", "elsewhere", "nuclei", 1),
        Subject("object", "A1", "nuclei", 99),
        Subject("image", "A1"),
    ):
        rows.decide_all([(subject, Annotation(subject, verdict="fail"))], batch)
    assert rows.counts()[""] == TOTAL


def test_boxes_and_centres_where_they_are_known(batch: Batch) -> None:
    measured = object_rows(batch, "cells")
    assert measured.centre(0) == (6.5, 8.5)
    assert measured.box(0) == (1.0, 3.0, 13.0, 15.0)
    from_table = object_rows(batch)
    assert from_table.centre(1) == (25.5, 7.5)
    from_table.geometry.centre_x[1] = np.nan
    assert from_table.centre(1) is None


def test_a_broken_table_is_a_problem_not_an_end(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    (folder / "A2_nuclei.csv").write_bytes(b"\x00\x01\x02")
    batch = open_batch(options(folder), None)
    rows = object_rows(batch)
    assert set(rows.images.tolist()) >= {0, 2}
    assert rows.problems
    assert any("A2_nuclei.csv" in problem for problem in rows.problems)


def test_a_table_with_columns_named_as_ours_keeps_them() -> None:
    rows = Rows(pd.DataFrame({"label": [1, 2], "verdict": ["x", "y"], "note": ["a", "b"]}), ["label"])
    rows.decide(0, Annotation(Subject("object", "k", "n", 1), verdict="fail", note="mine"))
    assert list(rows.view.column("verdict")) == ["x", "y"]
    assert rows.view.column(rows.own["verdict"])[0] == "fail"
    assert rows.view.column(rows.own["note"])[0] == "mine"
    assert list(rows.view.column("note")) == ["a", "b"]


def test_the_order_names_itself(batch: Batch) -> None:
    rows = object_rows(batch)
    assert rows.order_name == "file order"
    rows.view.sort_by_keys([("AreaShape_Area", False)])
    assert rows.order_name == "AreaShape_Area ↑"
    rows.view.sort_by_keys([("Class", True), ("label", False)])
    assert rows.order_name == "Class ↓, then label ↑"


def test_an_order_is_restored_as_far_as_its_columns_are_there(batch: Batch) -> None:
    rows = object_rows(batch)
    rows.restore_sort([("Class", True), ("no such column", True), ("AreaShape_Area", False)])
    assert rows.view.sort_keys == [("Class", True), ("AreaShape_Area", False)]
    areas, classes = rows.view.column("AreaShape_Area"), rows.view.column("Class")
    shown = [(classes[position], areas[position]) for position in rows.view.order]
    assert shown == sorted(sorted(shown, key=lambda pair: pair[1]), key=lambda pair: pair[0], reverse=True)
    rows.restore_sort([("no such column", True)])
    assert rows.order_name == "file order"


# --- images


def test_images_have_counts_and_the_wanted_aggregates(batch: Batch) -> None:
    wanted = [
        Aggregate("AreaShape_Area", "mean"),
        Aggregate("AreaShape_Area", "max"),
        Aggregate("Class", "mean"),
    ]
    rows = ImageRows(batch, object_rows(batch), wanted)
    assert list(rows.view.column("nuclei")) == list(COUNTS)
    assert list(rows.view.column("failed")) == [0, 0, 0]
    expected = [np.mean([(12 - 2 * label) ** 2 for label in range(1, count + 1)]) for count in COUNTS]
    assert list(rows.view.column("mean AreaShape_Area")) == pytest.approx(expected)
    assert list(rows.view.column("max AreaShape_Area")) == [100, 100, 100]
    assert "mean Class" not in rows.view.columns, "text has no mean"
    assert ImageRows(batch, object_rows(batch), [Aggregate("nothing", "sum")]).view.columns


def test_counts_and_the_share_failed_follow_the_verdicts_of_the_objects(batch: Batch) -> None:
    session = session_of(batch)
    session.tables.aggregates.append(Aggregate("", "fraction failed"))
    session.tables.rebuild_images()

    def counts() -> list[list[float]]:
        names = ("failed", "reviewed", "fraction failed")
        return [list(session.tables.images.view.column(name)) for name in names]

    assert counts() == [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
    session.cursor.go_object(0)
    assert session.tables.objects is not None
    session.tables.objects.selection.all(session.tables.objects.view)
    session.annotator.decide_selected(verdict="fail")
    session.tables.count_again()
    assert counts() == [[3, 2, 4], [3, 2, 4], [1, 1, 1]], "of all images that the selection had rows of"
    session.annotator.undo()
    session.tables.count_again()
    assert counts() == [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
    session.cursor.go_object(4)
    session.annotator.decide(verdict="fail")
    session.cursor.go_object(3)
    session.annotator.decide(verdict="pass")
    session.tables.count_again()
    assert counts() == [[0, 1, 0], [0, 2, 0], [0, 0.5, 0]]


def test_verdicts_given_while_image_rows_are_made_are_counted(batch: Batch) -> None:
    session = session_of(batch)
    session.cursor.go_object(0)
    made = session.tables.made_images()
    session.annotator.decide(verdict="fail")
    session.tables.count_again()  # counts in the rows that are shown now
    session.tables.take_images(made)
    assert list(session.tables.images.view.column("failed")) == [1, 0, 0]


def test_images_whose_objects_are_not_read_yet_have_no_count(batch: Batch) -> None:
    rows = ImageRows(batch, ObjectRows(batch, "nuclei", [ObjectLoader(batch).load(1, "nuclei")]))
    counts = rows.view.column("nuclei")
    assert counts[1] == 2
    assert np.isnan(counts[0])
    assert Listing(rows).cell(0, 3).strip() == ""


def test_a_placeholder_named_like_a_count_keeps_its_name(tmp_path: Path) -> None:
    from tuiqc.dataset.source_options import SourceOptions

    folder = write(tmp_path / "data")
    source = SourceOptions(
        images=(("DNA", str(folder / "{failed}_DNA.tif")),),
        labels=(("nuclei", str(folder / "{failed}_nuclei_labels.tif")),),
        base_dir=folder,
    )
    batch = open_batch(source, None)
    session = session_of(batch)
    session.cursor.go_object(0)
    session.annotator.decide(verdict="fail")
    session.tables.count_again()
    assert list(session.tables.images.view.column("failed")) == list(WELLS)
    assert list(session.tables.images.view.column("failed (objects)")) == [1, 0, 0]


# --- listing


def test_cells_are_printable_and_no_wider_than_their_column(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    table = folder / "A1_nuclei.csv"
    table.write_text(table.read_text().replace("odd", "[red]\x1b[31m").replace("Class", "Cl\x1bass[/]"))
    for other in ("A2", "A10"):
        path = folder / f"{other}_nuclei.csv"
        path.write_text(path.read_text().replace("Class", "Cl\x1bass[/]"))
    rows = object_rows(open_batch(options(folder), None))
    rows.decide(0, Annotation(Subject("object", "A1", "nuclei", 1), note="two\nlines\x1b]0;t\x07"))
    listing = Listing(rows)
    listing.fit_words()
    cells = [listing.cell(0, number) for number in range(len(listing.columns()))]
    headers = [column.header for column in listing.columns()]
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for text in cells + headers for char in text)
    assert any("[red]␛[31m" in cell for cell in cells)
    assert any("Cl␛ass[/]" in header for header in headers)
    assert any("two␊lines" in cell for cell in cells)
    assert all(len(cell) <= column.width for cell, column in zip(cells, listing.columns(), strict=True))


def test_columns_stand_identity_measurements_words_names(batch: Batch) -> None:
    names = [column.name for column in Listing(object_rows(batch)).columns()]
    assert names[:2] == ["well", "label"]
    assert names[-6:] == ["reason", "note", "verdict", "annotator", "ImageNumber", "ObjectNumber"]
    assert Listing(object_rows(batch)).pinned() == 2
    assert Listing(object_rows(batch)).number_of("note") == names.index("note")
    assert Listing(object_rows(batch)).number_of("nothing") is None


def test_behind_many_measurements_the_words_come_first_once_there_are_some() -> None:
    frame = pd.DataFrame({"label": [1], **{f"m{number}": [0.5] for number in range(20)}})
    rows = Rows(frame, ["label"])
    names = [column.name for column in Listing(rows).columns()]
    assert names[6:10] == ["m5", "reason", "note", "m6"]
    rows.decide(0, Annotation(Subject("image", "a"), verdict="fail", reason="merged"))
    names = [column.name for column in Listing(rows).columns()]
    assert names[:4] == ["label", "reason", "note", "m0"]


def test_the_sorted_column_has_its_sign_and_nothing_else_moves(batch: Batch) -> None:
    rows = object_rows(batch)
    listing = Listing(rows)
    before = [(column.name, column.width) for column in listing.columns()]
    rows.view.sort_by_keys([("AreaShape_Area", False)])
    marks = {column.name: column.mark for column in listing.columns() if column.mark}
    assert marks == {"AreaShape_Area": "↑"}
    rows.view.sort_by_keys([("AreaShape_Area", True)])
    assert {c.name: c.mark for c in listing.columns() if c.mark} == {"AreaShape_Area": "↓"}
    assert [(column.name, column.width) for column in listing.columns()] == before
    assert all(len(c.header + c.mark) <= c.width for c in listing.columns())
    rows.view.sort_by_keys([])
    assert not any(column.mark for column in listing.columns())
    rows.view.sort_by_keys([("Class", True), ("AreaShape_Area", False)])
    assert {c.name: c.mark for c in listing.columns() if c.mark} == {"Class": "↓1", "AreaShape_Area": "↑2"}
    # With several keys the rank needs a cell more: the name of a narrow column must not go for it.
    assert {c.name: c.header.strip() for c in listing.columns() if c.mark} == {
        "Class": "Class",
        "AreaShape_Area": "Area",
    }
    assert all(len(c.header + c.mark) <= c.width for c in listing.columns())
    assert all(len(c.header + c.mark) <= c.width for c in listing.columns())


def test_the_sign_of_a_row_follows_the_order_and_the_verdict(batch: Batch) -> None:
    rows = object_rows(batch)
    rows.decide(8, Annotation(Subject("object", "A10", "nuclei", 4), verdict="fail"))
    listing = Listing(rows)
    assert listing.mark(8) == ("✗", "fail")
    rows.view.sort_by_keys([("AreaShape_Area", False)])
    assert listing.mark(0) == ("✗", "fail")
    assert listing.mark(1) == ("·", "")


def test_the_note_column_grows_with_a_note_up_to_a_bound(batch: Batch) -> None:
    rows = object_rows(batch)
    listing = Listing(rows)
    note = listing.number_of("note")
    assert note is not None
    assert listing.columns()[note].width == len("note")
    rows.decide(0, Annotation(Subject("object", "A1", "nuclei", 1), note="eleven text"))
    listing.fit_words()
    assert listing.columns()[note].width == 11
    assert listing.cell(0, note) == "eleven text"
    rows.decide(0, Annotation(Subject("object", "A1", "nuclei", 1), note="x" * 100))
    listing.fit_words()
    assert listing.columns()[note].width == 18
    assert listing.cell(0, note) == "x" * 17 + "…"


# --- bookmark


def test_a_bookmark_comes_back_as_it_was(batch: Batch, tmp_path: Path) -> None:
    session = session_of(batch)
    session.tables.images.view.sort_by_keys([("failed", False)])
    assert session.tables.objects is not None
    session.tables.objects.view.sort_by_keys([("Class", False), ("AreaShape_Area", True)])
    session.cursor.go_object(2)
    session.cursor.toggle_only_image()
    kept = bookmark_of(session)
    save_bookmark(session.store.path, kept)
    assert load_bookmark(session.store.path) == kept
    assert kept.image_sort == (("failed", False),)
    assert kept.object_sort == (("Class", False), ("AreaShape_Area", True))
    assert kept.only_image
    assert load_bookmark(tmp_path / "other.csv") is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"level": 1}', '{"level":"image","layer":"","image":"","label":"x"}']
)
def test_a_spoilt_bookmark_is_none(batch: Batch, own_folders: Path, content: str) -> None:
    csv = batch.root / "a.csv"
    save_bookmark(csv, Bookmark())
    (file,) = (own_folders / "state").rglob("*.json")
    file.write_text(content)
    assert load_bookmark(csv) is None


def test_a_bookmark_with_odd_sorts_is_read_without_them(batch: Batch, own_folders: Path) -> None:
    csv = batch.root / "a.csv"
    save_bookmark(csv, Bookmark(image="A2", label=3))
    (file,) = (own_folders / "state").rglob("*.json")
    raw = json.loads(file.read_text())
    file.write_text(json.dumps({**raw, "image_sort": [1, 2, 3], "object_sort": {"a": 1}}))
    assert load_bookmark(csv) == Bookmark(image="A2", label=3)


def test_a_state_folder_that_can_t_be_written_is_no_trouble(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TUIQC_STATE_DIR", str(tmp_path / "file"))
    save_bookmark(batch.root / "a.csv", Bookmark())
    assert load_bookmark(batch.root / "a.csv") is None


# --- feed


def test_the_feed_hands_over_the_wanted_image_first_and_all_in_the_end(batch: Batch) -> None:
    store, fed = open_store(batch), list[RowsBatch]()
    subject = Subject("object", "A2", "nuclei", 2)
    store.record(Annotation(subject, verdict="fail"))
    ObjectStream(batch, ObjectLoader(batch), store, "nuclei", [1, 0, 2], fed.append).run()
    assert 1 in fed[0].rows.loaded
    assert fed[0].rows.position(1, 2) is not None
    assert fed[-1].complete
    assert (len(fed[-1].rows), fed[-1].images, fed[-1].total) == (TOTAL, 3, 3)
    assert fed[-1].rows.verdict(fed[-1].rows.position(1, 2) or 0) == "fail"
    assert [len(f.rows) for f in fed] == sorted(len(f.rows) for f in fed)


def test_a_stopped_feed_hands_over_nothing_more(batch: Batch) -> None:
    fed: list[RowsBatch] = []

    def stop_at_first(one: RowsBatch) -> None:
        fed.append(one)
        feed.stop()

    feed = ObjectStream(batch, ObjectLoader(batch), open_store(batch), "cells", [0, 1, 2], stop_at_first)
    feed.run()
    assert len(fed) == 1
    again = ObjectStream(
        batch, ObjectLoader(batch), open_store(batch, read_only=True), "cells", [0, 1, 2], fed.append
    )
    again.stop()
    again.run()
    assert len(fed) == 1


def test_a_layer_without_any_object_is_handed_over_too(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "empty", ("A1", "A2"), (0, 0))
    fed: list[RowsBatch] = []
    ObjectStream(batch, ObjectLoader(batch), open_store(batch), "nuclei", [0, 1], fed.append).run()
    assert fed[-1].complete
    assert len(fed[-1].rows) == 0


def test_the_demo_is_read_completely_in_a_thread(tmp_path: Path) -> None:
    from tuiqc.dataset.source_options import SourceOptions

    make_batch(tmp_path / "demo", images=3, size=96, workers=1)
    batch = open_batch(SourceOptions(sources=(str(tmp_path / "demo"),)), None)
    for layer in batch.layers:
        fed: list[RowsBatch] = []
        feed = ObjectStream(
            batch, ObjectLoader(batch), open_store(batch, read_only=True), layer, [2, 0, 1], fed.append
        )
        thread = threading.Thread(target=feed.run)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
        assert fed[-1].complete
        assert fed[-1].rows.problems == []
        loader = ObjectLoader(batch)
        assert len(fed[-1].rows) == sum(len(loader.load(i, layer).frame) for i in range(3))
