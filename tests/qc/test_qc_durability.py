"""What was acknowledged is found again, whatever ended the session."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tuiqc.qc import Annotation, AnnotationStore, Subject
from tuiqc.qc.journal import Journal, encode_step, journal_path, read_journal

ROOT = Path(__file__).resolve().parents[2]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


SESSION = """
import random, sys
from pathlib import Path
from tuiqc.qc import Annotation, AnnotationStore, Subject

seed = int(sys.argv[2])
draw = random.Random(seed)
store = AnnotationStore.open(Path(sys.argv[1]), "me", ["well"])
while True:
    label, verdict = draw.randrange(200), draw.choice(["pass", "fail", "unsure"])
    note = f"{seed} " + "x" * draw.randrange(300)
    store.record(Annotation(Subject("object", "1", "nuclei", label), verdict, note=note, extra={"well": "1"}))
    sys.stdout.write(f"{label} {verdict} {len(note)}\\n")
    sys.stdout.flush()
    if draw.random() < 0.1:
        store.save()
"""


def test_killed_at_random_moments_every_acknowledged_verdict_is_found(tmp_path):
    path = tmp_path / "qc_annotations.csv"
    acknowledged: dict[int, tuple[str, int]] = {}
    draw = random.Random(1)
    for seed in range(12):
        session = subprocess.Popen(
            [sys.executable, "-c", SESSION, str(path), str(seed)], stdout=subprocess.PIPE, cwd=ROOT
        )
        first = session.stdout.readline()
        time.sleep(draw.random() * 0.05)
        session.send_signal(signal.SIGKILL)
        lines = (first + session.communicate()[0]).decode().splitlines(keepends=True)
        order: dict[int, tuple[str, int]] = {}
        for line in lines:
            if line.endswith("\n"):
                label, verdict, length = line.split()
                order[int(label)] = (verdict, int(length))
        assert order
        acknowledged |= order
        store = AnnotationStore.open(path, read_only=True)
        found = {subject.label: (row.verdict, len(row.note)) for subject, row in store.items()}
        wrong = {label for label in acknowledged if found.get(label) != acknowledged[label]}
        # One verdict may have been put on disk without having been acknowledged any more.
        assert len(wrong) <= 1, wrong
        assert set(found) >= set(acknowledged)
        for label in wrong:
            assert store.get(Subject("object", "1", "nuclei", label)).note.startswith(f"{seed} ")
        acknowledged = found
        assert not any("can't be read" in message for message in store.messages)


def steps(count: int) -> list[bytes]:
    changes = [
        Annotation(Subject("object", "é", "nuclei", label), "fail", note="\n") for label in range(count)
    ]
    return [encode_step([(change.subject, change)], "2026-01-01T00:00:00Z", "me") for change in changes]


@pytest.mark.thorough
def test_a_last_line_cut_at_every_byte(tmp_path):
    path = tmp_path / "a.csv"
    lines = steps(3)
    whole = b"".join(lines)
    kept = len(whole) - len(lines[2])
    for cut in range(kept, len(whole) + 1):
        journal_path(path).write_bytes(whole[:cut])
        store = AnnotationStore.open(path, "me")
        complete = cut >= len(whole) - 1  # only the line feed is missing
        assert len(store) == (3 if complete else 2)
        half = kept < cut and not complete
        assert any("half-written" in message for message in store.messages) == half
        # A verdict after that is not glued to the half line.
        store.record(Annotation(Subject("object", "later", "nuclei", 1), "pass"))
        again = AnnotationStore.open(path, read_only=True)
        assert len(again) == len(store)
        assert not any("can't be read" in message for message in again.messages)
        assert not any("half-written" in message for message in again.messages)
        path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "damage", [b"\x00" * 50, b"{}", b"[1]", b'{"v":2,"changes":[]}', b"\xff\xfe", b"[" * 5000]
)
def test_a_damaged_line_is_told_kept_aside_and_the_others_count(tmp_path, damage):
    path = tmp_path / "a.csv"
    first, second = steps(2)
    data = first + damage + b"\n" + second
    journal_path(path).write_bytes(data)
    with AnnotationStore.open(path, "me") as store:
        assert len(store) == 2
        assert any("1 line of the journal can't be read" in message for message in store.messages)
    assert (tmp_path / "a.csv.journal.damaged").read_bytes() == data
    assert not journal_path(path).exists()


def test_a_crash_between_rename_and_emptying_changes_nothing(tmp_path):
    path = tmp_path / "a.csv"
    store = AnnotationStore.open(path, "me", ["well"])
    subjects = [Subject("object", "1", "nuclei", label) for label in range(4)]
    for subject in subjects:
        store.record(Annotation(subject, "fail", extra={"well": "1"}))
    store.clear(subjects[0])
    store.undo()
    store.clear(subjects[1])
    journal = journal_path(path).read_bytes()
    store.save()
    csv = path.read_bytes()
    assert journal_path(path).stat().st_size == 0
    journal_path(path).write_bytes(journal)
    for _ in range(2):
        again = AnnotationStore.open(path, "me", ["well"])
        assert again.items() == store.items()
        again.save()
        assert sorted(path.read_bytes().splitlines()) == sorted(csv.splitlines())
        journal_path(path).write_bytes(journal)


def test_a_line_that_comes_while_the_csv_is_written_keeps_the_journal(tmp_path):
    journal = Journal(tmp_path / "j")
    first, second = steps(2)
    journal.append(first)
    size = journal.size
    journal.append(second)
    assert not journal.clear(size)
    assert len(read_journal(tmp_path / "j").steps) == 2
    other = Journal(tmp_path / "j")
    other.append(first)
    journal.clear(journal.size)  # a file of its own by now
    assert len(read_journal(tmp_path / "j").steps) == 3


def test_temporary_files_of_killed_sessions_are_removed(tmp_path):
    old, new = tmp_path / ".a.csv.x1.tmp", tmp_path / ".a.csv.x2.tmp"
    other = tmp_path / ".b.csv.x3.tmp"
    for left in (old, new, other):
        left.touch()
    for left in (old, other):
        os.utime(left, (1, 1))
    AnnotationStore.open(tmp_path / "a.csv", "me").close()
    assert names(tmp_path) == [new.name, other.name]


def test_an_open_store_survives_a_copy_of_its_folder(tmp_path):
    """A backup taken at any time is itself a state that opens."""
    (tmp_path / "data").mkdir()
    store = AnnotationStore.open(tmp_path / "data" / "a.csv", "me")
    for label in range(5):
        store.record(Annotation(Subject("object", "1", "nuclei", label), "fail"))
        if label == 2:
            store.save()
        copy = tmp_path / f"copy{label}"
        shutil.copytree(tmp_path / "data", copy)
        assert len(AnnotationStore.open(copy / "a.csv", read_only=True)) == label + 1


@pytest.mark.thorough
def test_many_annotations_open_soon_and_recording_does_not_slow_down(tmp_path):
    path = tmp_path / "a.csv"
    count = 30_000
    with AnnotationStore.open(path, "me", ["well"]) as store:
        store.record_many(
            Annotation(Subject("object", str(i % 100), "nuclei", i), "pass", extra={"well": str(i % 100)})
            for i in range(count)
        )
    # Processor time: the clock tells of the disk, and of what else the machine does.
    start = time.process_time()
    store = AnnotationStore.open(path, "me", ["well"])
    opened = time.process_time() - start
    assert len(store) == count
    assert opened < 1.5  # 0.2 s here
    empty = AnnotationStore.open(tmp_path / "b.csv", "me", ["well"])

    def median_time(store: AnnotationStore) -> float:
        times = []
        for label in range(60):
            start = time.thread_time()
            store.record(Annotation(Subject("object", "1", "cells", label), "fail"))
            times.append(time.thread_time() - start)
        return sorted(times)[30]

    assert median_time(store) < 4 * median_time(empty) + 0.001
