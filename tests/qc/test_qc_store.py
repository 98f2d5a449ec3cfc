"""Recording, undo, counts, writing trouble; the store against a plain dict."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fixtures.disk_faults import Faults
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tuiqc.errors import UsageError
from tuiqc.qc import Annotation, AnnotationStore, AnnotationWriteError, Subject
from tuiqc.qc.csvfile import write_csv
from tuiqc.qc.csvreader import read_csv
from tuiqc.qc.journal import Journal, journal_path

ONE, TWO = Subject("object", "1", "nuclei", 1), Subject("object", "1", "cells", 2)


def names(folder: Path) -> list[str]:
    """Files in the folder, the lock of an open store left out."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "qc_annotations.csv"


def test_a_verdict_is_stamped_and_counted(path):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "fail", "merged"))
    store.record(Annotation(TWO, "pass", time="2020-01-01T00:00:00Z", annotator="you"))
    store.record(Annotation(Subject("image", "1"), note="dark"))
    assert store.get(ONE).annotator == "me"
    assert store.get(ONE).time.endswith("Z")
    assert (store.get(TWO).annotator, store.get(TWO).time) == ("you", "2020-01-01T00:00:00Z")
    assert store.counts("object") == {"pass": 1, "fail": 1, "unsure": 0}
    assert store.counts("object", "nuclei") == {"pass": 0, "fail": 1, "unsure": 0}
    assert store.counts("image") == {"pass": 0, "fail": 0, "unsure": 0}
    assert [subject for subject, _ in store.items()] == [ONE, TWO, Subject("image", "1")]
    assert len(store) == 3


def test_a_changed_copy_gets_a_new_time(path):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "fail", time="2020-01-01T00:00:00Z", annotator="you"))
    store.record(replace(store.get(ONE), note="really"))
    assert store.get(ONE).annotator == "me"
    assert store.get(ONE).time > "2020-01-02"


def test_numpy_numbers_are_taken_and_nan_means_unknown(path):
    with AnnotationStore.open(path, "me") as store:
        subject = Subject("object", "1", "nuclei", np.int64(1), np.uint16(0))
        store.record(Annotation(subject, "fail", centre_x=np.float32(2.5), centre_y=np.nan, area=np.int64(9)))
        assert store.get(ONE) == store.get(subject)
        assert (store.get(ONE).centre_x, store.get(ONE).centre_y, store.get(ONE).area) == (2.5, None, 9.0)


@pytest.mark.parametrize(
    "change",
    [
        Annotation(ONE, "bad"),
        Annotation(Subject("plate", "1"), "pass"),
        Annotation(Subject("object", "1", "nuclei", 1.5), "pass"),
    ],
)
def test_impossible_changes_change_nothing(path, change):
    store = AnnotationStore.open(path, "me")
    with pytest.raises(ValueError):
        store.record_many([Annotation(ONE, "pass"), change])
    assert len(store) == 0
    assert journal_path(path).stat().st_size == 0
    assert store.undo() is None


def test_clear_keeps_the_note_and_else_nothing(path):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "fail", "merged", "look again"))
    store.clear(ONE)
    assert (store.get(ONE).verdict, store.get(ONE).reason, store.get(ONE).note) == ("", "", "look again")
    store.clear(ONE)
    store.record(Annotation(TWO, "fail"))
    store.clear(TWO)
    assert store.get(TWO) is None
    store.undo()
    assert store.get(TWO).verdict == "fail"


def test_undo_and_redo_restore_exactly_and_groups_are_one_step(path):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass", time="2020-01-01T00:00:00Z"))
    first = store.get(ONE)
    store.record_many([Annotation(ONE, "fail"), Annotation(TWO, "unsure")])
    second = store.get(ONE)
    assert store.undo() == ONE
    assert store.last_changed == (ONE, TWO)
    assert store.get(ONE) == first
    assert store.get(TWO) is None
    assert store.redo() == ONE
    assert store.get(ONE) == second
    store.undo()
    store.undo()
    assert store.undo() is None
    assert len(store) == 0
    store.record(Annotation(TWO, "pass"))
    assert store.redo() is None


def test_nothing_recorded_leaves_no_file(path):
    AnnotationStore.open(path, "me").close()
    assert names(path.parent) == []


def test_closing_leaves_the_csv_alone_and_closed_stores_refuse(path):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))
    store.close()
    store.close()
    assert names(path.parent) == [path.name]
    with pytest.raises(ValueError, match="closed"):
        store.record(Annotation(ONE, "fail"))


def test_reading_only_writes_nothing_and_shows_the_journal(path):
    first = AnnotationStore.open(path, "me")
    first.record(Annotation(ONE, "pass"))
    before = {name: (path.parent / name).read_bytes() for name in names(path.parent)}
    store = AnnotationStore.open(path, read_only=True)
    assert store.get(ONE).verdict == "pass"
    with pytest.raises(AnnotationWriteError, match="reading only"):
        store.record(Annotation(ONE, "fail"))
    assert store.get(ONE).verdict == "pass"
    store.close()
    assert {name: (path.parent / name).read_bytes() for name in names(path.parent)} == before


class FullDisk:
    """`os.write` on a disk with room for so many bytes."""

    def __init__(self, monkeypatch, room: int) -> None:
        self.room, self.write = room, os.write
        monkeypatch.setattr(os, "write", self)

    def __call__(self, handle, data):
        data = bytes(data)[: self.room]
        if not data:
            raise OSError(28, "No space left on device")
        self.room -= len(data)
        return self.write(handle, data)


@pytest.mark.parametrize("room", [0, 1, 60, 150, 10_000])
def test_a_full_disk_is_told_and_nothing_is_lost(path, monkeypatch, room):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))
    with monkeypatch.context() as patch:
        disk = FullDisk(patch, room)
        refused = 0
        for label in range(10, 15):
            message = ""
            try:
                store.record(Annotation(Subject("object", "1", "nuclei", label), "fail"))
            except AnnotationWriteError as error:
                refused += 1
                message = str(error)
            assert ("No space left on device" in message) == bool(refused)
            assert (f"{refused} change" in message) == bool(refused)
            assert len(store.unsaved) == refused
            assert store.get(Subject("object", "1", "nuclei", label)).verdict == "fail"
        assert bool(refused) == (room < 10_000)
        disk.room = 1 << 20
        store.record(Annotation(TWO, "unsure"))
    assert store.unsaved == ()
    reopened = AnnotationStore.open(path, read_only=True)
    assert reopened.items() == store.items()
    assert not any("can't be read" in message for message in reopened.messages)


def test_a_failed_sync_is_a_failed_write(path, monkeypatch):
    store = AnnotationStore.open(path, "me")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        with pytest.raises(AnnotationWriteError, match="Input/output error"):
            store.record(Annotation(ONE, "pass"))
        assert store.unsaved == (ONE,)
        with pytest.raises(AnnotationWriteError):
            store.save()
    assert names(path.parent) == [journal_path(path).name]
    store.save()
    assert store.unsaved == ()
    assert AnnotationStore.open(path, read_only=True).get(ONE).verdict == "pass"


def test_saving_helps_when_the_journal_is_refused(path, monkeypatch):
    store = AnnotationStore.open(path, "me")
    with monkeypatch.context() as patch:
        patch.setattr(
            Journal, "append", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
        )
        with pytest.raises(AnnotationWriteError):
            store.record(Annotation(ONE, "pass"))
        store.save()
    assert store.unsaved == ()
    store.close()
    assert names(path.parent) == [path.name]
    assert AnnotationStore.open(path, read_only=True).get(ONE).verdict == "pass"


def test_a_verdict_that_is_refused_while_the_csv_is_written_stays_unsaved(path, monkeypatch):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))

    def write_while_somebody_judges(*args):
        with monkeypatch.context() as patch:
            FullDisk(patch, 0)
            with pytest.raises(AnnotationWriteError):
                store.record(Annotation(TWO, "fail"))
        write_csv(*args)

    with monkeypatch.context() as patch:
        patch.setattr("tuiqc.qc.annotation_file.write_csv", write_while_somebody_judges)
        store.save()
    assert store.unsaved == (TWO,)
    assert store.dirty
    store.close()
    assert AnnotationStore.open(path, read_only=True).get(TWO).verdict == "fail"


def test_the_names_of_new_files_are_synced_too(path, monkeypatch):
    synced: list[str] = []
    original = os.fsync

    def fsync(handle: int) -> None:
        original(handle)
        target = Path(f"/proc/self/fd/{handle}").readlink()
        synced.append("folder" if target == path.parent else target.suffix)

    if not Path("/proc/self/fd").exists():
        pytest.skip("what a file descriptor stands for can't be asked here")
    monkeypatch.setattr(os, "fsync", fsync)
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))
    store.save()
    assert synced == ["folder", ".journal", ".tmp", "folder"]


def test_a_failed_rename_leaves_the_old_file_and_the_journal(path, monkeypatch):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))
    store.save()
    old = path.read_bytes()
    store.record(Annotation(TWO, "fail"))
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(5, "I/O error")))
        with pytest.raises(AnnotationWriteError, match="safe in the journal"):
            store.close()
    assert path.read_bytes() == old
    assert names(path.parent) == [path.name, journal_path(path).name]
    assert AnnotationStore.open(path, read_only=True).get(TWO).verdict == "fail"


def test_a_journal_that_was_removed_is_made_again_with_everything(path):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))
    journal_path(path).unlink()
    store.record(Annotation(TWO, "fail"))
    found = AnnotationStore.open(path, read_only=True)
    assert [subject for subject, _ in found.items()] == [ONE, TWO]


def test_a_csv_changed_by_somebody_else_is_kept_aside(path):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))
    store.save()
    path.write_text("theirs")
    store.record(Annotation(ONE, "fail"))
    store.save()
    assert (path.parent / "qc_annotations.changed.csv").read_text() == "theirs"
    assert "qc_annotations.changed.csv" in store.messages[-1]
    assert AnnotationStore.open(path, read_only=True).get(ONE).verdict == "fail"


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="--annotations"):
        AnnotationStore.open(tmp_path / "no" / "a.csv", "me")


def test_saving_in_a_thread_while_verdicts_go_on(path):
    store = AnnotationStore.open(path, "me")
    done = threading.Event()
    trouble: list[BaseException] = []

    def saver() -> None:
        try:
            while not done.is_set():
                store.save()
        except BaseException as error:
            trouble.append(error)

    thread = threading.Thread(target=saver)
    thread.start()
    for label in range(300):
        store.record(Annotation(Subject("object", "1", "nuclei", label), "pass"))
        if label % 5 == 0:
            store.undo()
    done.set()
    thread.join()
    assert trouble == []
    assert AnnotationStore.open(path, read_only=True).items() == store.items()
    store.close()
    assert names(path.parent) == [path.name]


class AgainstADict(RuleBasedStateMachine):
    """The store does what a dict with a history does, across saves, crashes, reopenings and others' edits."""

    subjects = st.builds(Subject, st.just("object"), st.sampled_from("ab"), st.just("n"), st.integers(1, 3))
    changes = st.builds(
        Annotation,
        subjects,
        st.sampled_from(["pass", "fail", ""]),
        note=st.sampled_from(["", "=x", "\r\n"]),
        time=st.integers(1, 10**6).map(str),
        annotator=st.just("me"),
    )

    @initialize()
    def start(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "a.csv"
        self.store = AnnotationStore.open(self.path, "me")
        self.model: dict = {}
        self.touched: set = set()
        self.done: list = []
        self.undone: list = []

    def _apply(self, changes):
        before = dict(self.model)
        for change in changes:
            self.model.pop(change.subject, None) if change.empty else self.model.update(
                {change.subject: change}
            )
        if changes:
            # A step counts as one for its subjects, whatever somebody else does to others meanwhile.
            self.done.append({c.subject: (before.get(c.subject), self.model.get(c.subject)) for c in changes})
            self.undone.clear()
            self.touched |= {change.subject for change in changes}

    def _put(self, step, which):
        for subject, states in step.items():
            self.model.pop(subject, None)
            if states[which] is not None:
                self.model[subject] = states[which]
            self.touched.add(subject)

    @rule(changes=st.lists(changes, max_size=3, unique_by=lambda c: (c.subject, c.time)))
    def record(self, changes):
        for change in changes:
            known = self.store.get(change.subject)
            if known is not None and known.time == change.time:
                return
        if len({change.subject for change in changes}) == len(changes):
            self.store.record_many(changes)
            self._apply(changes)

    @rule(
        changes=st.lists(changes, min_size=1, max_size=2, unique_by=lambda c: c.subject),
        seed=st.integers(0, 99),
    )
    def record_on_a_bad_disk(self, changes, seed):
        if any((known := self.store.get(c.subject)) is not None and known.time == c.time for c in changes):
            return
        faults = Faults(seed, 0.5, ("open", "write", "fsync"), folder=self.path.parent.resolve())
        with faults, contextlib.suppress(AnnotationWriteError):
            self.store.record_many(changes)
        self._apply(changes)

    @rule()
    def undo(self):
        moved = self.store.undo()
        assert (moved is None) == (not self.done)
        if self.done:
            self._put(self.done[-1], 0)
            self.undone.append(self.done.pop())

    @rule()
    def redo(self):
        moved = self.store.redo()
        assert (moved is None) == (not self.undone)
        if self.undone:
            self._put(self.undone[-1], 1)
            self.done.append(self.undone.pop())

    @rule()
    def save(self):
        self.store.save()
        self.touched.clear()

    @rule(seed=st.integers(0, 99))
    def save_on_a_bad_disk(self, seed):
        with Faults(seed, 0.4, folder=self.path.parent.resolve()):
            try:
                self.store.save()
            except AnnotationWriteError:
                return
        self.touched.clear()

    @rule(change=changes)
    def somebody_else(self, change):
        """Another program rewrites the CSV; what we did not touch since is theirs."""
        if not self.path.exists():
            return
        rows = {row.subject: (row, kept) for row, kept in read_csv(self.path, ()).rows}
        rows[change.subject] = (change, {})
        write_csv(self.path, (), [], rows.values())
        self.store._keeper.dirty = True
        self.store.save()
        if change.subject not in self.touched:
            self.model.pop(change.subject, None)
            if not change.empty:
                self.model[change.subject] = change
            # What is undone from now on is absolute, as the store's steps are.
        self.touched.clear()

    @rule(how=st.sampled_from(["closed", "killed"]))
    def reopen(self, how):
        if how == "closed":
            self.store.close()
            self.touched.clear()
        self.store = AnnotationStore.open(self.path, "me")
        # Undo goes on, as far as it still leads to what is there.
        self.done = self._valid(self.done, 1)
        self.undone = self._valid(self.undone, 0)

    def _valid(self, steps, end):
        overlay, kept = dict(self.model), []
        for step in reversed(steps):
            if any(overlay.get(subject) != states[end] for subject, states in step.items()):
                break
            for subject, states in step.items():
                overlay[subject] = states[1 - end]
            kept.append(step)
        return kept[::-1]

    @invariant()
    def same(self):
        if hasattr(self, "store"):
            assert dict(self.store.items()) == self.model
            verdicts = [row.verdict for row in self.model.values()]
            assert self.store.counts("object", "n") == {
                v: verdicts.count(v) for v in ("pass", "fail", "unsure")
            }

    @invariant()
    def on_disk(self):
        """Whoever opens it now (or after a power cut) sees the same."""
        if hasattr(self, "store"):
            assert dict(AnnotationStore.open(self.path, "me", read_only=True).items()) == self.model

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


TestAgainstADict = AgainstADict.TestCase
TestAgainstADict.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
