"""Where annotations go, and what is said when they can't."""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import random
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from tuiqc.dataset.batch_facts import facts_of, kept_batches, read_facts
from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError, UsageError
from tuiqc.qc import Annotation, AnnotationStore, Subject, annotations_path, existing_annotations
from tuiqc.qc.location import unmatched


@pytest.fixture
def places(tmp_path, monkeypatch):
    data, here = tmp_path / "data", tmp_path / "here"
    data.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    return data, here


def batch_in(folder: Path, name: str = "screen", images: int = 6, content: str = "") -> Batch:
    """A batch whose files lie in the folder; made where they are missing."""
    records = []
    for number in range(images):
        path = folder / f"A{number:02}_DNA.tif"
        if not path.exists() and os.access(folder, os.W_OK):
            path.write_bytes(f"{content} {number}".encode() * 999)
        records.append(ImageRecord(number, f"A{number:02}", {}, {"DNA": path}, {}, {}))
    source = SourceOptions(images=(("DNA", "{w}_DNA.tif"),), base_dir=folder)
    return Batch(name, folder, records, ["w"], ["DNA"], [], source=source)


def judged(path: Path, batch: Batch, key: str = "A00") -> None:
    with AnnotationStore.open(path, "me", about=facts_of(batch)) as store:
        store.record(Annotation(Subject("image", key), "pass"))


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
    batch = batch_in(data)
    before = sorted(data.iterdir())
    assert annotations_path(None, batch) == (data / "qc_annotations.csv", None)
    assert sorted(data.iterdir()) == before


def test_two_batches_that_can_not_be_written_never_share_verdicts(places, read_only, tmp_path, monkeypatch):
    data, here = places
    second = tmp_path / "second" / "data"
    second.mkdir(parents=True)
    read_only |= {data, second}
    one, other = batch_in(data, "one", content="1"), batch_in(second, "other", content="2")
    path, told = annotations_path(None, one)
    assert path.is_relative_to(Path(os.environ["TUIQC_STATE_DIR"]))
    for text in (str(data), str(path), "Read-only file system"):
        assert text in told
    judged(path, one)
    assert existing_annotations(None, other) is None
    elsewhere, _ = annotations_path(None, other)
    assert elsewhere != path
    judged(elsewhere, other)
    monkeypatch.chdir(tmp_path)  # found again from anywhere
    assert existing_annotations(None, one) == annotations_path(None, one)[0] == path
    assert {csv for csv, _ in kept_batches()} == {path, elsewhere}
    (data / "qc_annotations.csv").touch()
    assert "are not shown" in annotations_path(None, one)[1]
    assert not list(here.iterdir())


def test_verdicts_that_were_kept_elsewhere_are_found_when_the_folder_can_be_written(places, read_only):
    data, _ = places
    read_only.add(data)
    batch = batch_in(data)
    path, _ = annotations_path(None, batch)
    judged(path, batch)
    read_only.clear()
    again, told = annotations_path(None, batch)
    assert again == path
    assert str(path) in told


def test_another_batch_at_the_same_place(places, read_only):
    data, _ = places
    read_only.add(data)
    batch = batch_in(data, content="first disk")
    path, _ = annotations_path(None, batch)
    judged(path, batch)
    for image in batch.images:
        image.channels["DNA"].write_text("another disk is mounted")
    assert existing_annotations(None, batch_in(data)) is None
    assert annotations_path(None, batch_in(data))[0] != path


def moved(data: Path, to: Path) -> Batch:
    data.rename(to)
    return batch_in(to, "moved")


def copied(data: Path, to: Path) -> Batch:
    shutil.copytree(data, to)
    return batch_in(to, "copied")


def linked(data: Path, to: Path) -> Batch:
    to.symlink_to(data)
    return batch_in(to, "mounted elsewhere")


def grown(data: Path, to: Path) -> Batch:
    shutil.copytree(data, to)
    return batch_in(to, "with images added", 30, "new")


def shrunk(data: Path, to: Path) -> Batch:
    return replace(copied(data, to), images=batch_in(to).images[:2])


def masked(data: Path, to: Path) -> Batch:
    batch = copied(data, to)
    for image in batch.images:
        image.masks["nuclei"] = to / f"{image.key}_mask.tif"
        image.masks["nuclei"].write_text("made anew")
    return batch


@pytest.mark.parametrize("change", [moved, copied, linked, grown, shrunk, masked])
def test_the_same_data_is_the_same_batch(places, tmp_path, change):
    data, here = places
    batch = batch_in(data)
    mine = here / "mine.csv"
    judged(mine, batch)
    again = change(data, tmp_path / "there")
    assert facts_of(again).relation(read_facts(mine)) == "same"
    assert annotations_path(mine, again) == (mine, None)
    judged(mine, again)
    known = read_facts(mine)
    assert (known.name, known.count) == (again.name, len(again.images))
    assert str(data) in known.places


def test_annotations_of_another_batch_are_refused_with_both_names_and_taken_on_purpose(places, tmp_path):
    data, here = places
    mine = here / "mine.csv"
    judged(mine, batch_in(data, "screen one", content="1"))
    (tmp_path / "other").mkdir()
    other = batch_in(tmp_path / "other", "screen two", content="2")  # of the same names and sizes
    for find in (annotations_path, existing_annotations):
        with pytest.raises(InputError, match=r"screen one.*screen two.*--adopt"):
            find(mine, other)
    assert existing_annotations(mine, other, adopt=True) == mine
    assert annotations_path(mine, other, adopt=True) == (mine, None)
    judged(mine, other)
    assert annotations_path(mine, other) == (mine, None)
    with pytest.raises(InputError, match=r"screen two.*screen one"):
        annotations_path(mine, batch_in(data, "screen one"))
    # The CSV of one lies in the folder of another, with what is noted beside it.
    for name in ("", ".batch.json"):
        shutil.copy(f"{mine}{name}", f"{data / 'qc_annotations.csv'}{name}")
    with pytest.raises(InputError, match="screen two"):
        annotations_path(None, batch_in(data, "screen one"))


def test_a_large_batch_is_known_by_a_part_of_its_images(places, tmp_path):
    data, here = places
    batch = batch_in(data, images=1200)
    mine = here / "mine.csv"
    judged(mine, batch)
    assert len(read_facts(mine).images) == 512
    fewer = replace(
        copied(data, tmp_path / "there"), images=batch_in(tmp_path / "there", images=1200).images[:100]
    )
    assert facts_of(fewer).relation(read_facts(mine)) == "same"
    (tmp_path / "other").mkdir()
    other = batch_in(tmp_path / "other", images=900, content="other")
    assert facts_of(other).relation(read_facts(mine)) == "other"


def test_verdicts_that_match_nothing_are_told_with_what_they_matched_and_how_to_get_back(places):
    data, _ = places
    batch, csv = batch_in(data), data / "qc_annotations.csv"
    judged(csv, batch)
    with AnnotationStore.open(csv, read_only=True) as store:
        assert unmatched(store.items(), batch, csv) == ""
        renamed = replace(batch, images=[replace(image, key=f"{image.key}_DNA") for image in batch.images])
        said = unmatched(store.items(), renamed, csv)
    for text in ("NONE", "A00", "A00_DNA", "Nothing is lost", "--images 'DNA={w}_DNA.tif'"):
        assert text in said


def test_damaged_facts_are_like_none(places):
    data, _ = places
    batch, csv = batch_in(data), data / "qc_annotations.csv"
    judged(csv, batch)
    facts = csv.with_name("qc_annotations.csv.batch.json")
    good, draw = facts.read_bytes(), random.Random(4)
    for _ in range(300):
        cut = draw.randrange(len(good))
        facts.write_bytes(
            good[:cut] + draw.choice([b"", b"\0", b"[", b"9", b'"']) + good[cut + draw.randrange(5) :]
        )
        known = read_facts(csv)
        assert known is None or facts_of(batch).relation(known) in ("same", "other", "unknown")
        assert annotations_path(None, batch)[0] == csv
    judged(csv, batch, "A01")
    assert read_facts(csv) == facts_of(batch)


def test_nowhere_to_write(places, read_only, monkeypatch):
    data, here = places
    monkeypatch.setenv("TUIQC_STATE_DIR", str(here / "state"))
    read_only |= {data, here / "state" / "annotations"}
    with pytest.raises(UsageError, match=r"Read-only file system.*--annotations"):
        annotations_path(None, batch_in(data))


def test_asked_for(places, read_only):
    data, here = places
    batch = batch_in(data)
    assert annotations_path(here / "mine.csv", batch) == (here / "mine.csv", None)
    assert annotations_path(here, batch) == (here / "qc_annotations.csv", None)
    with pytest.raises(InputError, match="no such folder"):
        annotations_path(here / "typo" / "mine.csv", batch)
    read_only.add(here)
    with pytest.raises(UsageError, match="can't be written"):
        annotations_path(here / "mine.csv", batch)


def test_what_is_there_to_be_read(places):
    data, here = places
    batch = batch_in(data)
    (here / "qc_annotations.csv").touch()  # whoever's that is
    assert existing_annotations(None, batch) is None
    (data / "qc_annotations.csv.journal").touch()
    assert existing_annotations(None, batch) == data / "qc_annotations.csv"
    assert existing_annotations(here, batch) == here / "qc_annotations.csv"
    with pytest.raises(InputError, match="no such file"):
        existing_annotations(data / "other.csv", batch)


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
    batch = batch_in(data)
    csv = data / "qc_annotations.csv"
    with AnnotationStore.open(csv, "me") as store:
        store.record(Annotation(Subject("image", "1"), "pass"))
    csv.chmod(0o444)
    data.chmod(0o555)
    monkeypatch.setenv("TUIQC_STATE_DIR", str(here / "state"))
    monkeypatch.chdir(here)
    try:
        with as_nobody():
            path, told = annotations_path(None, batch)
            assert len(AnnotationStore.open(csv, read_only=True)) == 1
            with pytest.raises(UsageError, match=r"can't be kept beside .*Permission denied.*--annotations"):
                AnnotationStore.open(csv, "me")
    finally:
        data.chmod(0o755)
    assert path.parent == here / "state" / "annotations"
    assert str(csv) in told
