"""Whatever lies at the name of a file that is written beside data: nothing is written through it, and why is told."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from tuiqc.errors import TuiqcError
from tuiqc.qc import Annotation, AnnotationStore, Subject
from tuiqc.qc.agreement import Repeat, record_repeat
from tuiqc.qc.sample import Sample, save_sample

PRECIOUS = "ssh-ed25519 AAAA key (no newline at end)"
ONE = Subject("image", "A01")


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim.txt"
    path.write_text(PRECIOUS)
    return path


def plant(kind: str, path: Path, victim: Path) -> None:
    match kind:
        case "symbolic link":
            path.symlink_to(os.path.relpath(victim, path.parent))
        case "hard link":
            path.hardlink_to(victim)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()


def review(csv: Path) -> list[str]:
    """A whole session, and all that is written beside the CSV; returns what was said."""
    said = []
    with AnnotationStore.open(csv, "me", ["well"], history=True) as store:
        store.record(Annotation(ONE, "pass", extra={"well": "A01"}))
        store.save()
        store.record(Annotation(ONE, "fail", extra={"well": "A01"}))
        said += store.messages
    return said


@pytest.mark.parametrize("kind", ["symbolic link", "hard link", "pipe", "folder"])
@pytest.mark.parametrize("ending", ["", ".journal", ".history.jsonl", ".lock", ".batch.json"])
def test_a_session_writes_through_nothing(tmp_path, victim, ending, kind):
    (tmp_path / "b").mkdir()
    csv = tmp_path / "b" / "qc_annotations.csv"
    path = csv.with_name(csv.name + ending)
    plant(kind, path, victim)
    before = sorted(path.name for path in csv.parent.iterdir())
    refused = ""
    try:
        review(csv)
    except (TuiqcError, OSError) as error:
        refused = str(error)
    assert victim.read_text() == PRECIOUS
    assert victim.stat().st_size == len(PRECIOUS)
    if ending == ".journal":
        assert kind in refused
        assert "qc_annotations.csv.journal" in refused
        assert sorted(path.name for path in csv.parent.iterdir()) == before, "and nothing else is left"


@pytest.mark.parametrize("kind", ["symbolic link", "hard link", "pipe"])
def test_samples_and_second_answers(tmp_path, victim, kind):
    csv = tmp_path / "qc.csv"
    plant(kind, tmp_path / "qc.csv.repeats.jsonl", victim)
    with pytest.raises(OSError, match=kind):
        record_repeat(csv, Repeat(ONE, "pass", "fail", "me", "2026-01-01"))
    plant(kind, tmp_path / "qc.csv.sample.json", victim)
    with contextlib.suppress(TuiqcError):
        save_sample(csv, Sample((ONE,), ("",), {"": 1}, 1))
    assert victim.read_text() == PRECIOUS


def test_a_link_of_ones_own_to_ones_own_annotations_is_followed_and_no_other(tmp_path, victim):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    review(real)
    link.symlink_to("real.csv")
    review(link)
    assert link.is_symlink()
    empty = tmp_path / "empty"
    empty.touch()
    (tmp_path / "other.csv").symlink_to("empty")
    with pytest.raises(TuiqcError, match="empty file"):
        review(tmp_path / "other.csv")
    assert empty.stat().st_size == 0
    if os.geteuid() == 0:
        os.chown(link, 65534, -1, follow_symlinks=False)
        with pytest.raises(TuiqcError, match="somebody else"):
            review(link)
        assert len(AnnotationStore.open(link, read_only=True)) == 1
