"""What keys do on the review screen, as a person would press them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.desks import NARROW, WIDE, Desk, csv_rows, desk_on, verdicts
from fixtures.review_batches import TOTAL, small_batch

from tuiqc.dataset.model import Batch
from tuiqc.ui import autosave

CSV = "qc_annotations.csv"

# --- moving


async def test_the_first_picture_is_there_and_the_lines_tell_where_one_is(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        assert desk.place == ("image", "A1", 0)
        assert desk.pane == "images"
        assert desk.spec.record.key == "A1"
        assert desk.title == "image A1"
        assert "0 of 3 images" in desk.progress
        top = desk.review.context.status.top_line.render().plain
        assert "data" in top
        assert f"nuclei {TOTAL} objects" in top
        assert "halfblock" in top
        assert "p pass" in desk.lines[-1]
        assert "q quit" in desk.lines[-1]
        assert "▀" in desk.text


async def test_moving_in_the_image_table_moves_the_picture_and_the_object_table(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("down")
        assert desk.place == ("image", "A2", 0)
        assert desk.spec.record.key == "A2"
        assert desk.cursor("objects")[:2] == ["A2", "1"]
        await desk.press("end")
        assert desk.spec.record.key == "A10"
        assert desk.cursor("objects")[:2] == ["A10", "1"]
        await desk.press("home", "up")
        assert desk.place[1] == "A1"


@pytest.mark.thorough
async def test_the_tables_are_scrolled_as_before_when_one_comes_back_to_them(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "down", "down")
        before = desk.text
        await desk.press("g", "escape")
        await desk.wait(lambda: "Objects" in desk.text, "the home screen")
        assert [line[:40] for line in desk.lines[1:-3]] == [line[:40] for line in before.split("\n")[1:-3]]


async def test_moving_in_the_object_table_moves_the_picture_and_the_image_table(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab")
        assert desk.pane == "objects"
        assert desk.place == ("object", "A1", 1)
        assert desk.spec.label == 1
        await desk.press("down", "down", "down")
        assert desk.place == ("object", "A2", 1)
        assert desk.spec.record.key == "A2"
        assert desk.cursor("images")[0] == "A2"
        assert desk.title == "image A2 · nuclei 1"
        await desk.press("pagedown")
        assert desk.place == ("object", "A10", 4)
        assert desk.spec.label == 4


@pytest.mark.thorough
async def test_rows_move_from_the_picture_too(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "tab")
        assert desk.pane == "picture"
        await desk.press("j", "j")
        assert desk.place == ("object", "A1", 3)
        await desk.press("k")
        assert desk.place == ("object", "A1", 2)


@pytest.mark.thorough
async def test_brackets_go_from_image_to_image(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("right_square_bracket", "right_square_bracket")
        assert desk.place[1] == "A10"
        await desk.press("right_square_bracket")
        assert "last image" in desk.message
        await desk.press("left_square_bracket", "tab", "right_square_bracket")
        assert desk.place == ("object", "A10", 1)


async def test_an_image_without_objects_does_not_get_the_verdict_of_an_object(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "data", ("A1", "A2", "A3"), (2, 0, 2))
    async with desk_on(batch) as desk:
        await desk.press("tab", "right_square_bracket")
        assert desk.pane == "objects"
        assert desk.session.cursor.record.key == "A2"
        await desk.press("p")
        assert desk.store.items() == []
        assert "nothing is chosen" in desk.message
        await desk.press("right_square_bracket", "p")
    assert verdicts(batch.root / CSV) == {("A3", "nuclei", "1"): "pass"}


@pytest.mark.thorough
async def test_an_empty_table_with_the_focus_is_not_the_image(tmp_path: Path) -> None:
    """Only the objects of an image that has none: the focus is among objects, so no image may be judged."""
    batch = small_batch(tmp_path / "data", ("A1", "A2"), (0, 2))
    async with desk_on(batch) as desk:
        await desk.press("enter", "tab")
        assert desk.pane == "objects"
        await desk.press("p")
        assert desk.store.items() == []


# --- order and filter


@pytest.mark.thorough
async def test_sorting_by_the_column_under_the_cursor_goes_round(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "right", "right")  # well, label, then the area
        await desk.press("s")
        assert desk.review.objects_table.border_subtitle == "AreaShape_Area ↑"
        assert desk.place == ("object", "A10", 4), "the smallest one comes first"
        await desk.press("s")
        assert desk.review.objects_table.border_subtitle == "AreaShape_Area ↓"
        assert desk.place == ("object", "A1", 1)
        assert desk.session.tables.images.view.columns.count("mean AreaShape_Area") == 1
        await desk.press("s")
        assert desk.review.objects_table.border_subtitle == "file order"
        assert "mean AreaShape_Area" not in desk.session.tables.images.view.columns


async def test_images_are_sorted_when_they_have_the_focus(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("right", "s", "s")
        assert [desk.session.batch.images[desk.session.tables.images.view.row(i)].key for i in range(3)] == [
            "A10",
            "A1",
            "A2",
        ]
        assert desk.place == ("image", "A10", 0)
        assert desk.session.tables.objects is not None
        assert desk.session.tables.objects.view.sort is None


@pytest.mark.thorough
async def test_enter_shows_one_image_only_and_all_again(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("down", "enter")
        assert len(desk.review.objects_table.content) == 2
        assert "image A2 only" in str(desk.review.objects_table.border_title)
        await desk.press("down")
        assert len(desk.review.objects_table.content) == 4, "the filter follows the image"
        await desk.press("enter")
        assert len(desk.review.objects_table.content) == TOTAL


async def test_enter_on_an_object_centres_and_enlarges_it(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        before = desk.review.picture.finished.rendered.view  # type: ignore[union-attr]
        await desk.press("tab", "down", "enter")
        view = desk.review.picture.finished.rendered.view  # type: ignore[union-attr]
        assert view.zoom > before.zoom
        assert desk.spec.viewport.kind == "object"
        await desk.press("0")
        assert desk.review.picture.finished.rendered.view == before  # type: ignore[union-attr]


# --- verdicts


async def test_verdicts_reach_the_file(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autosave, "IDLE", 3600.0)  # the journal is emptied when nothing happens
    async with desk_on(batch) as desk:
        await desk.press("p")  # image A1, goes on to A2
        assert desk.place == ("image", "A2", 0)
        await desk.press("tab")
        await desk.press("f", "u", "p")  # of A2, A2, A10
        assert desk.place == ("object", "A10", 2)
        assert "3 of 9 nuclei" in desk.progress
        assert desk.progress.count("1") >= 3
        assert "failed 50.0%" in desk.progress
        journal = (batch.root / f"{CSV}.journal").read_text()
        assert journal.count("\n") == 4, "each verdict is on disk before the next key"
    assert verdicts(batch.root / CSV) == {
        ("A1", "", "0"): "pass",
        ("A2", "nuclei", "1"): "fail",
        ("A2", "nuclei", "2"): "unsure",
        ("A10", "nuclei", "1"): "pass",
    }
    rows = {(row["image"], row["label"]): row for row in csv_rows(batch.root / CSV)}
    failed = rows["A2", "1"]
    assert (failed["level"], failed["well"], failed["annotator"]) == ("object", "A2", "ann")
    place = [float(failed[name]) for name in ("centre_x", "centre_y", "area")]
    assert (failed["source_table"], place) == ("A2_nuclei.csv", [6.5, 8.5, 100])
    assert failed["time"].endswith("Z")


async def test_clear_undo_and_redo(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "f", "p")
        await desk.press("z")
        assert desk.place == ("object", "A1", 2)
        assert desk.session.annotator.annotation is None
        assert "undone: nuclei 2 of image A1" in desk.message
        await desk.press("z", "z")
        assert "nothing to undo" in desk.message
        assert desk.store.items() == []
        await desk.press("Z", "Z", "Z")
        assert "nothing to redo" in desk.message
        await desk.press("up", "up", "backspace")
        assert desk.place == ("object", "A1", 1)
        assert "cleared" in desk.message
        await desk.press("backspace")
        assert "nothing was decided here" in desk.message
    assert verdicts(batch.root / CSV) == {("A1", "nuclei", "2"): "pass"}


@pytest.mark.thorough
async def test_undo_takes_the_focus_to_what_it_undid(batch: Batch) -> None:
    """Else the next verdict would go to the image while the focus is among objects."""
    async with desk_on(batch) as desk:
        await desk.press("p", "tab")
        await desk.press("z")
        assert desk.place == ("image", "A1", 0)
        assert desk.pane == "images"
        await desk.press("tab", "f", "shift+tab", "z")
        assert desk.place == ("object", "A1", 1)
        assert desk.pane == "objects"


@pytest.mark.thorough
async def test_undo_of_an_object_out_of_sight_shows_it(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "f", "shift+tab", "down", "enter")
        await desk.press("z")
        assert desk.place == ("object", "A1", 1)
        assert desk.cursor("objects")[:2] == ["A1", "1"]
        assert desk.cursor("images")[0] == "A1"


async def test_walking_the_open_ones(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "down", "p", "down", "p")  # labels 2 of A1, 2 of A2 by now
        judged = {(s.image, s.label) for s, _ in desk.store.items()}
        assert judged == {("A1", 2), ("A2", 1)}
        await desk.press("home", "m")
        assert desk.place == ("object", "A1", 3)
        await desk.press("m")
        assert desk.place == ("object", "A2", 2)
        await desk.press("M", "M")
        assert desk.place == ("object", "A1", 1)
        for _ in range(TOTAL - 2):
            await desk.press("p")
        assert "all are reviewed" in desk.message
        assert "9 of 9 nuclei" in desk.progress


@pytest.mark.thorough
async def test_the_walk_stays_within_the_image_that_is_shown_alone(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("enter", "tab", "p", "p", "p")
        assert desk.session.cursor.record.key == "A1"
        assert "all of this image are reviewed" in desk.message


@pytest.mark.thorough
async def test_a_note_is_kept_taken_away_and_left(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("n")
        await desk.press(*"=1+1", "enter")
        assert desk.message == "noted"
        assert desk.title == "image A1 · =1+1"
        assert desk.place == ("image", "A1", 0), "a note does not go on to the next"
        await desk.press("n", "x", "escape")
        assert desk.session.annotator.annotation is not None
        assert desk.session.annotator.annotation.note == "=1+1"
        await desk.press("tab", "n", *"odd", "enter")
        await desk.press("n", "ctrl+u", "enter")
        assert desk.message == "note taken away"
    (row,) = csv_rows(batch.root / CSV)
    assert (row["level"], row["verdict"]) == ("image", "")
    assert row["note"] == "'=1+1", "no formula for a spreadsheet"


async def test_a_reason_fails_and_goes_on(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "r")
        assert "Why did nuclei 1 of image A1 fail?" in desk.text
        await desk.press("2")
        assert desk.place == ("object", "A1", 2)
        await desk.press("r", "tab", *"too dim", "enter")
        await desk.press("r", "escape")
        assert desk.place == ("object", "A1", 3)
        await desk.press("u", "up", "r")
        await desk.press("1")
    rows = {row["label"]: (row["verdict"], row["reason"]) for row in csv_rows(batch.root / CSV)}
    assert rows == {"1": ("fail", "split"), "2": ("fail", "too dim"), "3": ("unsure", "merged")}


@pytest.mark.thorough
async def test_space_types_in_a_note_and_letters_do_not_judge(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("n", "p", "space", "f", "q", "enter")
        assert desk.app.is_running
    (row,) = csv_rows(batch.root / CSV)
    assert (row["verdict"], row["note"]) == ("", "p fq")


async def test_saving_now_writes_the_file(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("f", "ctrl+s")
        await desk.wait(lambda: desk.message == "saved", "saved")
        assert [row["verdict"] for row in csv_rows(batch.root / CSV)] == ["fail"]
        assert (batch.root / f"{CSV}.journal").read_text() == ""


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_quitting_saves(batch: Batch, key: str) -> None:
    async with desk_on(batch) as desk:
        await desk.press("p")
        await desk.pilot.press(key)
        await desk.wait(lambda: not desk.app.is_running, "the end")
    assert [row["verdict"] for row in csv_rows(batch.root / CSV)] == ["pass"]
    assert not (batch.root / f"{CSV}.journal").exists()


# --- going on


@pytest.mark.thorough
async def test_it_goes_on_where_it_stopped(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "right", "right", "s", "s", "down", "down", "down", "down")
        await desk.press("f")
        left = desk.place
        assert left[0] == "object"
        await desk.pilot.press("q")
    async with desk_on(batch) as desk:
        assert desk.place == left
        assert desk.pane == "objects"
        assert desk.review.objects_table.border_subtitle == "AreaShape_Area ↓"
        assert desk.cursor("objects")[1] == str(left[2])
        assert desk.spec.label == left[2]
        assert "1 of 9 nuclei" in desk.progress


@pytest.mark.thorough
async def test_it_goes_on_at_an_image_with_its_filter_and_layer(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("L", "down", "enter")
        assert desk.session.cursor.layer == "cells"
    async with desk_on(batch) as desk:
        assert desk.place == ("image", "A2", 0)
        assert desk.session.cursor.layer == "cells"
        assert len(desk.review.objects_table.content) == 2


@pytest.mark.thorough
async def test_a_session_that_was_killed_is_told_of(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autosave, "IDLE", 3600.0)  # the journal is emptied when nothing happens
    async with desk_on(batch) as desk:
        await desk.press("p")
        journal = (batch.root / f"{CSV}.journal").read_bytes()
    (batch.root / CSV).unlink()
    (batch.root / f"{CSV}.journal").write_bytes(journal)
    from fixtures.review_batches import open_store

    store = open_store(batch)
    async with desk_on(batch, store=store, messages=store.messages) as desk:
        assert "cut off" in desk.text
        assert desk.session.tables.images.verdict(0) == "pass"


# --- panes


@pytest.mark.thorough
async def test_tab_goes_round_the_panes(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        seen = []
        for _ in range(4):
            seen.append(desk.pane)
            await desk.press("tab")
        assert seen == ["images", "objects", "picture", "images"]
        await desk.press("shift+tab", "shift+tab")
        assert desk.pane == "picture"


@pytest.mark.thorough
async def test_w_swaps_table_and_picture(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "w")
        assert desk.pane == "picture"
        assert desk.session.cursor.level == "object"
        await desk.press("w")
        assert desk.pane == "objects"


async def test_a_narrow_window_has_one_pane_at_a_time(batch: Batch) -> None:
    async with desk_on(batch, NARROW) as desk:
        assert desk.review.picture.display
        assert desk.review.picture.size.width > 70
        assert "▀" in desk.text
        await desk.press("w")
        assert not desk.review.picture.display
        assert desk.review.images_table.size.width > 70
        assert "Images · 3" in desk.text
        assert "Objects · nuclei" in desk.text
        assert "quit" in desk.lines[-1]
        assert "0 of 3" in desk.lines[-2]
        await desk.press("down", "tab", "down", "f")
        assert desk.place[0] == "object"
        await desk.press("tab")
        assert desk.pane == "picture"
        assert desk.review.picture.display
        assert desk.spec.record == desk.session.cursor.record
        assert desk.spec.label == desk.session.cursor.label
        await desk.press("tab")
        assert desk.pane == "images"


@pytest.mark.thorough
async def test_enter_on_an_object_shows_it_in_a_narrow_window(batch: Batch) -> None:
    async with desk_on(batch, NARROW) as desk:
        await desk.press("w", "tab", "down", "enter")
        assert desk.pane == "picture"
        assert desk.spec.label == 2
        assert desk.spec.viewport.kind == "object"


@pytest.mark.thorough
async def test_the_window_may_change_its_size(batch: Batch) -> None:
    async with desk_on(batch, WIDE) as desk:
        await desk.press("tab", "down")
        await desk.resize(80, 24)
        assert not desk.review.picture.display
        assert desk.pane == "objects"
        await desk.resize(140, 50)
        await desk.wait(lambda: _fits(desk), "a picture of the new size")
        assert desk.place == ("object", "A1", 2)


async def test_a_window_of_almost_nothing_does_not_end_it(batch: Batch) -> None:
    async with desk_on(batch, NARROW) as desk:
        for size in ((20, 6), (3, 3), (1, 1), (120, 40)):
            await desk.resize(*size)
            await desk.press("down", "w")
        await desk.settled()
        assert desk.app.is_running


def _fits(desk: Desk) -> bool:
    finished, size = desk.review.picture.finished, desk.review.picture.size
    return finished is not None and (finished.frame.columns, finished.frame.rows) == tuple(size)


@pytest.mark.thorough
async def test_another_layer_has_a_current_object_at_once(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("down", "tab", "L")
        assert desk.session.cursor.layer == "cells"
        assert desk.place == ("object", "A2", 1)
        await desk.press("f")
    assert verdicts(batch.root / CSV) == {("A2", "cells", "1"): "fail"}


@pytest.mark.thorough
async def test_objects_that_come_late_are_judged_as_objects(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who goes to the object table before it is read must not judge the image."""
    import threading

    from tuiqc.review.object_stream import ObjectStream

    gate, run = threading.Event(), ObjectStream.run

    def waiting(feed: ObjectStream) -> None:
        gate.wait(20)
        run(feed)

    monkeypatch.setattr(ObjectStream, "run", waiting)
    monkeypatch.setattr(Desk, "_complete", lambda self: True)
    async with desk_on(batch) as desk:
        await desk.press("tab", "p")
        assert "nothing is chosen" in desk.message
        assert "reading" in desk.text
        gate.set()
        await desk.wait(lambda: desk.session.tables.objects is not None, "objects")
        await desk.press("p")
    assert verdicts(batch.root / CSV) == {("A1", "nuclei", "1"): "pass"}
