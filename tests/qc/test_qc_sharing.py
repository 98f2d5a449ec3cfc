"""Several sessions, several annotators, several programs on one file; emergency files; undo after a restart."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from fixtures.disk_faults import Faults
from fixtures.histories import read_history

from tuiqc.paths import state_dir
from tuiqc.qc import Annotation, AnnotationStore, AnnotationWriteError, LockedError, Subject
from tuiqc.qc import lock as holders
from tuiqc.qc.conflicts import conflicts_path
from tuiqc.qc.history import history_path
from tuiqc.qc.journal import journal_path
from tuiqc.qc.lock import lock_path, read_holder

ROOT = Path(__file__).resolve().parents[2]
ONE, TWO, THREE = (Subject("object", "1", "nuclei", label) for label in (1, 2, 3))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.csv"


def emergencies() -> list[Path]:
    return sorted((state_dir() / "emergency").glob("*"))


# Locks

HOLD = """
import sys, time
from pathlib import Path
from tuiqc.qc import Annotation, AnnotationStore, Subject
store = AnnotationStore.open(Path(sys.argv[1]), "other")
store.record(Annotation(Subject("object", "1", "nuclei", 9), "pass"))
print("open", flush=True)
sys.stdin.readline()
store.close()
"""


@contextlib.contextmanager
def other_session(path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    try:
        assert process.stdout.readline() == b"open\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_second_session_is_told_who_has_it_and_can_read(path):
    with other_session(path) as process:
        with pytest.raises(LockedError) as caught:
            AnnotationStore.open(path, "me")
        assert caught.value.holder.pid == process.pid
        assert f"process {process.pid}" in str(caught.value)
        store = AnnotationStore.open(path, "me", on_locked="read-only")
        assert store.read_only
        assert store.locked_by.pid == process.pid
        assert len(store) == 1
        assert any("reading only" in text for text in store.messages)
        with pytest.raises(AnnotationWriteError):
            store.record(Annotation(ONE, "pass"))
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.wait(10)
    AnnotationStore.open(path, "me").close()
    assert [file.name for file in path.parent.iterdir()] == ["a.csv"]


def test_a_lock_of_a_killed_process_is_taken_over(path):
    with other_session(path) as process:
        process.kill()
        process.wait()
        assert lock_path(path).exists()
        store = AnnotationStore.open(path, "me")
        assert len(store) == 1
        assert read_holder(lock_path(path)).pid == os.getpid()


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ({}, False),
        ({"host": "elsewhere"}, False),
        ({"machine": "another"}, False),
        ({"namespace": "pid:[1]"}, False),
        ({"boot": "an earlier one"}, True),
        ({"started": 1}, True),
        ({"pid": 2**22 + 1}, True),
    ],
)
def test_only_a_lock_that_is_surely_dead_is_taken_over(path, change, taken):
    # Process 1 runs as long as the machine does.
    alive = {"pid": 1, "started": holders._started(1)}
    document = {**vars_of(holders.this_process()), **alive, **change}
    lock_path(path).write_text(json.dumps(document))
    if taken:
        AnnotationStore.open(path, "me").close()
    else:
        with pytest.raises(LockedError):
            AnnotationStore.open(path, "me")
        AnnotationStore.open(path, "me", on_locked="steal").close()
    assert not lock_path(path).exists()


def vars_of(holder):
    return {name: getattr(holder, name) for name in holder.__slots__}


@pytest.mark.parametrize("data", ["", "{", "[]", '{"pid": "x"}'])
def test_a_damaged_lock_is_nobodys_to_take(path, data):
    lock_path(path).write_text(data)
    with pytest.raises(LockedError, match="somebody on an unknown host"):
        AnnotationStore.open(path, "me")


def test_without_hard_links_the_lock_is_made_exclusively(path, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    with AnnotationStore.open(path, "me") as store:
        assert read_holder(lock_path(path)).pid == os.getpid()
        store.record(Annotation(ONE, "pass"))
    assert not lock_path(path).exists()


def test_a_robbed_session_keeps_its_verdicts_out_of_the_file_and_loses_none(path):
    robbed = AnnotationStore.open(path, "me")
    robbed.record(Annotation(ONE, "pass"))
    document = {**vars_of(holders.this_process()), "host": "elsewhere"}
    lock_path(path).unlink()
    lock_path(path).write_text(json.dumps(document))
    journal = journal_path(path).read_bytes()
    with pytest.raises(AnnotationWriteError, match="is not ours any more"):
        robbed.record(Annotation(TWO, "fail"))
    assert robbed.emergency is not None
    assert journal_path(path).read_bytes() == journal
    with pytest.raises(AnnotationWriteError):
        robbed.close()
    lock_path(path).unlink()
    store = AnnotationStore.open(path, "me")
    assert store.get(TWO).verdict == "fail"
    assert emergencies() == []


def test_a_lock_file_that_was_removed_is_made_again(path):
    store = AnnotationStore.open(path, "me")
    lock_path(path).unlink()
    store.record(Annotation(ONE, "pass"))
    assert read_holder(lock_path(path)).pid == os.getpid()


# Emergency files


@pytest.mark.parametrize("operation", ["write", "fsync"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_what_the_folder_refuses_goes_to_the_emergency_file(path, operation, number):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))
    folder = Path(os.path.realpath(path.parent))
    with Faults(1, 1.0, [operation], [number], folder):
        for subject in (TWO, THREE):
            with pytest.raises(AnnotationWriteError) as caught:
                store.record(Annotation(subject, "fail"))
        assert os.strerror(number) in str(caught.value)
        assert str(store.emergency) in store.trouble
        assert store.unsaved == (TWO, THREE)
        # Killed here: whoever opens it next has all.
        seen = AnnotationStore.open(path, read_only=True)
        assert seen.items() == store.items()
        with pytest.raises(AnnotationWriteError):
            store.save()
    store.record(Annotation(ONE, "unsure"))
    assert (store.emergency, store.trouble, store.unsaved) == (None, "", ())
    assert emergencies() == []


def test_an_emergency_file_is_taken_over_on_opening(path):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))
    with Faults(1, 1.0, ["write"], [errno.EIO], Path(os.path.realpath(path.parent))):
        with pytest.raises(AnnotationWriteError):
            store.record(Annotation(ONE, "fail"))
        with pytest.raises(AnnotationWriteError):
            store.record(Annotation(TWO, "fail"))
    again = AnnotationStore.open(path, "me")
    assert [row.verdict for _, row in again.items()] == ["fail", "fail"]
    assert any("taken over from an emergency file" in text for text in again.messages)
    assert emergencies() == []
    assert again.undo() == TWO
    again.close()
    assert AnnotationStore.open(path, read_only=True).get(ONE).verdict == "fail"


def test_an_emergency_file_that_somebody_overtook_does_not_overwrite(path):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))
    store.save()
    faults = Faults(1, 1.0, ["write"], [errno.EIO], Path(os.path.realpath(path.parent)))
    with faults, pytest.raises(AnnotationWriteError):
        store.record(Annotation(ONE, "fail"))
    # Later, elsewhere, the same row was decided anew.
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[0, ["verdict", "time"]] = ["unsure", "2999-01-01T00:00:00Z"]
    frame.to_csv(path, index=False)
    journal_path(path).unlink()
    again = AnnotationStore.open(path, "me")
    assert again.get(ONE).verdict == "unsure"
    assert [conflict.theirs.verdict for conflict in again.conflicts] == ["fail"]
    assert pd.read_csv(conflicts_path(path))["verdict"].tolist() == ["fail"]


def test_a_folder_that_vanishes_and_comes_back(tmp_path):
    folder, away = tmp_path / "data", tmp_path / "away"
    folder.mkdir()
    store = AnnotationStore.open(folder / "a.csv", "me")
    store.record(Annotation(ONE, "pass"))
    folder.rename(away)
    with pytest.raises(AnnotationWriteError, match=r"2 changes in memory and in .*emergency"):
        store.record(Annotation(TWO, "fail"))
    # Even the verdict whose journal went away with the folder.
    assert len(AnnotationStore.open(folder / "a.csv", read_only=True)) == 2
    away.rename(folder)
    store.record(Annotation(THREE, "pass"))
    assert store.unsaved == ()
    store.close()
    assert len(AnnotationStore.open(folder / "a.csv", read_only=True)) == 3
    assert emergencies() == []
    # Gone for good: a new folder gets everything.
    store = AnnotationStore.open(folder / "a.csv", "me")
    shutil.rmtree(folder)
    folder.mkdir()
    store.record(Annotation(THREE, "fail"))
    assert len(pd.read_csv(folder / "a.csv")) == 3


def test_a_journal_that_can_not_be_emptied_does_not_take_back_what_it_lacks(path):
    """Found by the fault trials: old line in the journal, newer verdict in the CSV only, journal left as it was."""
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))
    folder = Path(os.path.realpath(path.parent))
    journal = journal_path(path)

    class Fault(Faults):
        def __call__(self, operation, path, size):
            return super().__call__(operation, path, size) if path.name == journal.name else size

    with Fault(1, 1.0, ["write", "truncate"], [errno.EIO], folder):
        with pytest.raises(AnnotationWriteError):
            store.record(Annotation(ONE, "fail"))
        store.save()
    assert pd.read_csv(path)["verdict"].tolist() == ["fail"]
    assert AnnotationStore.open(path, read_only=True).get(ONE).verdict == "fail"
    store.close()
    assert AnnotationStore.open(path, read_only=True).get(ONE).verdict == "fail"


# Another program


def edit(path, change):
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame = change(frame)
    frame.to_csv(path, index=False)


def test_what_another_program_changed_is_merged(path):
    store = AnnotationStore.open(path, "me")
    store.record_many([Annotation(ONE, "pass"), Annotation(TWO, "pass"), Annotation(THREE, "pass")])
    store.save()

    def theirs(frame):
        frame.loc[frame["label"] == "1", "note"] = "seen"
        frame.loc[frame["label"] == "2", "verdict"] = "unsure"
        frame["plate"] = "P7"
        more = frame[frame["label"] == "1"].assign(label="4", verdict="fail")
        return pd.concat([more, frame[frame["label"] != "3"]])

    edit(path, theirs)
    store.record(Annotation(TWO, "fail"))
    store.save()
    found = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert found["label"].tolist() == ["4", "1", "2"]
    assert found["verdict"].tolist() == ["fail", "pass", "fail"]
    assert found["plate"].tolist() == ["P7"] * 3
    assert store.get(ONE).note == "seen"
    assert store.get(THREE) is None
    assert set(store.take_merged()) == {ONE, THREE, Subject("object", "1", "nuclei", 4)}
    assert store.take_merged() == ()
    (conflict,) = store.conflicts
    assert (conflict.subject, conflict.ours.verdict, conflict.theirs.verdict) == (TWO, "fail", "unsure")
    assert pd.read_csv(conflicts_path(path))["verdict"].tolist() == ["unsure"]
    assert "1 conflict" in store.messages[-1]


def test_an_old_copy_that_is_written_back_takes_nothing_away(path):
    """Another program read the file, we saved, it wrote: found by the trials."""
    store = AnnotationStore.open(path, "me")
    store.record_many([Annotation(ONE, "pass", time="1"), Annotation(TWO, "pass", time="2")])
    store.save()
    old = pd.read_csv(path, dtype=str, keep_default_na=False)
    store.record_many([Annotation(ONE, "fail", time="3"), Annotation(THREE, "fail", time="4")])
    store.save()
    old.assign(remark="seen", note=["", "mine"]).to_csv(path, index=False)
    store.record(Annotation(Subject("image", "1"), "pass"))
    store.close()
    found = pd.read_csv(path, keep_default_na=False)
    assert found["verdict"].tolist() == ["fail", "pass", "fail", "pass"]
    assert found["note"].tolist()[:2] == ["", "mine"]
    assert found["remark"].tolist()[:2] == ["seen", "seen"]
    assert store.conflicts == ()


def test_a_change_right_before_the_rename_is_merged_too(path, monkeypatch):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))
    store.save()
    store.record(Annotation(TWO, "fail"))
    original, done = os.fsync, []

    def fsync(handle):
        original(handle)
        if not done and Path(f"/proc/self/fd/{handle}").readlink().suffix == ".tmp":
            done.append(1)
            edit(path, lambda frame: frame.assign(note="late"))

    monkeypatch.setattr(os, "fsync", fsync)
    store.save()
    assert store.get(ONE).note == "late"
    assert pd.read_csv(path, keep_default_na=False)["note"].tolist() == ["late", ""]


def test_conflicts_that_can_not_be_kept_aside_leave_their_file_alone(path):
    store = AnnotationStore.open(path, "me")
    store.record(Annotation(ONE, "pass"))
    store.save()
    edit(path, lambda frame: frame.assign(verdict="unsure"))
    theirs = path.read_bytes()
    store.record(Annotation(ONE, "fail"))
    with Faults(1, 1.0, ["rename"], [errno.EIO]), pytest.raises(AnnotationWriteError):
        store.save()
    assert path.read_bytes() == theirs
    assert store.conflicts == ()
    store.save()
    assert pd.read_csv(conflicts_path(path))["verdict"].tolist() == ["unsure"]
    assert len(store.conflicts) == 1


# Annotators


def test_each_annotator_has_a_row(path):
    with AnnotationStore.open(path, "ann") as store:
        store.record_many([Annotation(ONE, "pass"), Annotation(TWO, "fail")])
    with AnnotationStore.open(path, "bob") as store:
        assert store.get(ONE).annotator == "ann"
        store.record(replace(store.get(ONE), verdict="fail"))
        assert [row.verdict for row in store.others(ONE)] == ["pass"]
        assert store.counts("object") == {"pass": 0, "fail": 2, "unsure": 0}
    found = pd.read_csv(path)
    assert sorted(zip(found["label"], found["annotator"], found["verdict"], strict=True)) == [
        (1, "ann", "pass"), (1, "bob", "fail"), (2, "ann", "fail"),
    ]  # fmt: skip
    with AnnotationStore.open(path, "ann") as store:
        assert store.get(ONE).verdict == "pass"
        assert {who: len(rows) for who, rows in store.by_annotator().items()} == {"ann": 2, "bob": 1}
    blind = AnnotationStore.open(path, "bob", blind=True)
    assert blind.get(TWO) is None
    assert len(blind) == 1
    assert blind.others(TWO)[0].verdict == "fail"


def test_taking_back_what_another_said_leaves_their_row(path):
    with AnnotationStore.open(path, "ann") as store:
        store.record(Annotation(ONE, "pass"))
    with AnnotationStore.open(path, "bob") as store:
        store.clear(ONE)
        assert store.get(ONE) is None
        assert len(store) == 0
        assert [row.verdict for row in store.others(ONE)] == ["pass"]
        store.undo()
        assert store.get(ONE).verdict == "pass"
        store.redo()
    assert AnnotationStore.open(path, "bob", read_only=True).get(ONE) is None
    assert AnnotationStore.open(path, "ann", read_only=True).get(ONE).verdict == "pass"


def test_own_categories_are_a_column_that_can_be_continued(path):
    with AnnotationStore.open(path, "me", categories=["cell_type"]) as store:
        store.record(Annotation(ONE, categories={"cell_type": "neuron"}))
        assert store.get(ONE).categories == {"cell_type": "neuron"}
    with AnnotationStore.open(path, "me") as store:
        store.record(Annotation(TWO, "pass"))  # opened without: the column survives as foreign
    with AnnotationStore.open(path, "me", categories=["cell_type"]) as store:
        assert store.get(ONE).categories == {"cell_type": "neuron"}
        assert store.counts("object")["pass"] == 1
    frame = pd.read_csv(path, keep_default_na=False)
    assert frame["cell_type"].tolist() == ["neuron", ""]
    assert set(frame["schema"]) == {1}


# Undo after a restart, history


def test_undo_goes_on_after_a_restart_and_stops_at_foreign_changes(path):
    with AnnotationStore.open(path, "me") as store:
        store.record(Annotation(ONE, "pass"))
        store.record(Annotation(ONE, "fail"))
        store.record_many([Annotation(TWO, "fail"), Annotation(THREE, "fail")])
        store.record(Annotation(TWO, "pass"))
        store.undo()
    with AnnotationStore.open(path, "me") as store:
        assert store.redo() == TWO
        assert store.undo() == TWO
        assert store.undo() == TWO
        assert store.last_changed == (TWO, THREE)
    edit(path, lambda frame: frame.assign(note="x"))
    with AnnotationStore.open(path, "me") as store:
        assert store.undo() is None
    with AnnotationStore.open(path, "you") as store:
        assert store.undo() is None


def test_the_history_has_every_step_once(path):
    for who in ("ann", "bob"):
        with AnnotationStore.open(path, who, history=True) as store:
            store.record(Annotation(ONE, "pass"))
            store.save()
            store.record(Annotation(ONE, "fail"))
            store.undo()
    steps = list(read_history(path))
    assert [(step.by, step.kind) for step in steps] == [
        ("ann", ""), ("ann", ""), ("ann", "undo"), ("bob", ""), ("bob", ""), ("bob", "undo"),
    ]  # fmt: skip
    assert steps[2].changes[0].was.verdict == "fail"
    assert steps[2].changes[0].to.verdict == "pass"


def test_a_crash_after_the_history_was_written_doubles_nothing(path):
    store = AnnotationStore.open(path, "me", history=True)
    store.record(Annotation(ONE, "pass"))
    journal = journal_path(path).read_bytes()
    store.save()
    journal_path(path).write_bytes(journal)
    with AnnotationStore.open(path, "me", history=True) as again:
        again.record(Annotation(TWO, "pass"))
    assert len(list(read_history(path))) == 2
    assert history_path(path).read_bytes().startswith(journal)
