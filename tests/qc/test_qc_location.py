"""Where annotations go, and what is said when they can't."""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import tempfile
from pathlib import Path

import pytest

from tuiqc.errors import InputError, UsageError
from tuiqc.qc import Annotation, AnnotationStore, Subject, annotations_path, existing_annotations


@pytest.fixture
def places(tmp_path, monkeypatch):
    data, here = tmp_path / "data", tmp_path / "here"
    data.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    return data, here


@pytest.fixture
def read_only(monkeypatch):
    """Folders added to this set refuse new files, as a read-only mount does."""
    folders: set[Path] = set()
    original = tempfile.TemporaryFile

    def temporary(*args, dir, **options):
        if Path(dir) in folders:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return original(*args, dir=dir, **options)

    monkeypatch.setattr(tempfile, "TemporaryFile", temporary)
    return folders


def test_beside_the_data_and_nothing_left_there(places):
    data, _ = places
    assert annotations_path(None, data) == (data / "qc_annotations.csv", None)
    assert list(data.iterdir()) == []


def test_in_the_working_directory_if_the_data_is_read_only_and_it_says_so(places, read_only):
    data, here = places
    read_only.add(data)
    path, told = annotations_path(None, data)
    assert path == here / "qc_annotations.csv"
    assert str(data) in told
    assert str(here) in told
    assert "Read-only file system" in told
    (data / "qc_annotations.csv").touch()
    assert "are not shown" in annotations_path(None, data)[1]


def test_nowhere_to_write(places, read_only):
    data, here = places
    read_only |= {data, here}
    with pytest.raises(UsageError, match="--annotations"):
        annotations_path(None, data)
    with pytest.raises(UsageError, match="Read-only file system"):
        annotations_path(None, here)


def test_asked_for(places, read_only):
    data, here = places
    assert annotations_path(here / "mine.csv", data) == (here / "mine.csv", None)
    assert annotations_path(here, data) == (here / "qc_annotations.csv", None)
    with pytest.raises(InputError, match="no such folder"):
        annotations_path(here / "typo" / "mine.csv", data)
    read_only.add(here)
    with pytest.raises(UsageError, match="can't be written"):
        annotations_path(here / "mine.csv", data)


def test_what_is_there_to_be_read(places):
    data, here = places
    assert existing_annotations(None, data) is None
    (here / "qc_annotations.csv").touch()
    assert existing_annotations(None, data) == here / "qc_annotations.csv"
    (data / "qc_annotations.csv.journal").touch()
    assert existing_annotations(None, data) == data / "qc_annotations.csv"
    assert existing_annotations(here, data) == here / "qc_annotations.csv"
    with pytest.raises(InputError, match="no such file"):
        existing_annotations(data / "other.csv", data)


@pytest.fixture
def without_privileges():
    """A folder that anybody may read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        folder.chmod(0o700)


@contextlib.contextmanager
def as_nobody():
    """Root, whom no permission stops, acts as another user; anybody else as himself."""
    root = os.geteuid() == 0
    codecs.lookup("utf-8-sig")  # nobody may not be let into Python's own folder to import it
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_folder_without_permission(without_privileges, monkeypatch):
    data, here = without_privileges / "data", without_privileges / "here"
    data.mkdir()
    here.mkdir()
    here.chmod(0o777)
    csv = data / "qc_annotations.csv"
    with AnnotationStore.open(csv, "me") as store:
        store.record(Annotation(Subject("image", "1"), "pass"))
    csv.chmod(0o444)
    data.chmod(0o555)
    monkeypatch.chdir(here)
    try:
        with as_nobody():
            path, told = annotations_path(None, data)
            assert len(AnnotationStore.open(csv, read_only=True)) == 1
            with pytest.raises(UsageError, match=r"can't be kept beside .*Permission denied.*--annotations"):
                AnnotationStore.open(csv, "me")
    finally:
        data.chmod(0o755)
    assert path == here / "qc_annotations.csv"
    assert str(csv) in told
