"""Files: replaced whole, told apart by what they are, opened only where that is safe; caches that stop nobody."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest

from tuiqc.errors import InputError
from tuiqc.files import (
    DiskCache,
    KnownFiles,
    UnsafeFileError,
    open_safely,
    read_safely,
    replace_text,
    replacing,
    same_file,
)
from tuiqc.files.atomic import open_to_append
from tuiqc.pixels.facts import HeaderFacts
from tuiqc.pixels.image_file import ImageInfo
from tuiqc.pixels.overviews import OverviewFolder


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim"
    path.write_text("precious, without an end of line")
    return path


def in_the_way(kind: str, path: Path, victim: Path) -> None:
    """Put something at `path` that must not be written through."""
    match kind:
        case "symbolic link":
            path.symlink_to(victim)
        case "dangling link":
            path.symlink_to(victim.with_name("not there"))
        case "hard link":
            path.hardlink_to(victim)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "socket":
            import socket

            socket.socket(socket.AF_UNIX).bind(os.path.relpath(path))


KINDS = ["symbolic link", "dangling link", "hard link", "pipe", "folder", "socket"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_in_the_way_is_neither_written_nor_waited_for(kind, tmp_path, victim, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "qc.csv.journal"
    in_the_way(kind, path, victim)
    with pytest.raises(UnsafeFileError, match=kind.split()[-1]):
        open_to_append(path)
    if kind != "hard link":
        with pytest.raises(UnsafeFileError):
            read_safely(path)
    assert victim.read_text() == "precious, without an end of line"
    assert not victim.with_name("not there").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_not_written(tmp_path):
    path = tmp_path / "a"
    path.touch()
    os.chown(path, 65534, -1)
    with pytest.raises(UnsafeFileError, match="another user"):
        open_safely(path, os.O_WRONLY)
    assert read_safely(path) == b""


def test_what_is_larger_than_expected_is_not_read(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert read_safely(path, 5) == b"12345"
    with pytest.raises(UnsafeFileError):
        read_safely(path, 4)


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_only_a_file_is_replaced(kind, tmp_path, victim):
    path = tmp_path / "out.csv"
    in_the_way(kind, path, victim)
    with pytest.raises(OSError, match=kind):
        replace_text(path, lambda stream: None)
    with pytest.raises(InputError, match=kind), replacing(path) as temporary:
        temporary.write_text("x")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out.csv", "victim"]


def test_one_file_by_any_name(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    path = tmp_path / "a.tif"
    path.touch()
    (tmp_path / "soft").symlink_to("a.tif")
    (tmp_path / "hard").hardlink_to(path)
    (tmp_path / "folder").symlink_to("sub")
    monkeypatch.chdir(tmp_path / "sub")
    known = KnownFiles([path, Path("new.csv")])
    for name in ("soft", "hard", "sub/../a.tif", "../" + tmp_path.name + "/a.tif"):
        assert known.find(tmp_path / name) == path, name
    assert tmp_path / "folder" / "new.csv" in known, "also one that is still to be made"
    assert tmp_path / "new.csv" not in known
    assert same_file(Path("x"), tmp_path / "folder/x")


def test_an_existing_file_keeps_its_permissions_and_a_new_one_gets_the_usual(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    old.chmod(0o640)
    for path in (old, new):
        with replacing(path) as temporary:
            temporary.write_text("x")
    umask = os.umask(0)
    os.umask(umask)
    assert (old.stat().st_mode & 0o777, new.stat().st_mode & 0o777) == (0o640, 0o666 & ~umask)


def test_a_cache_stays_within_its_bound_and_never_stops_anybody(tmp_path, victim):
    cache = DiskCache(tmp_path / "c", 1000, ".x")
    for number in range(20):
        cache.put(str(number), bytes(100))
        os.utime(cache.path(str(number)), (number, number))
    cache.tidy()
    kept = {path.name for path in (tmp_path / "c").iterdir()}
    assert kept == {f"{number}.x" for number in range(10, 20)}
    cache.path("link").symlink_to(victim)
    cache.put("link", b"other")
    assert cache.get("link", bytes) == b"other"
    assert victim.read_text().startswith("precious")
    assert DiskCache(victim / "no folder", 1000, ".x").get("a", bytes) is None
    DiskCache(victim / "no folder", 1000, ".x").put("a", b"1")


def mutated(data: bytes, draw: random.Random) -> bytes:
    changed, at = bytearray(data), draw.randrange(len(data))
    match draw.randrange(4):
        case 0:
            changed[at] ^= 1 << draw.randrange(8)
        case 1:
            changed[at] = draw.choice(b'\0\xff",\n\r\\[{9')
        case 2:
            del changed[at:]
        case _:
            del changed[at : at + draw.choice([1, 2, 8])]
    return bytes(changed)


def test_damaged_caches_are_made_anew_without_a_word(tmp_path):
    draw = random.Random(3)
    folder = OverviewFolder(tmp_path / "o")
    folder.put("k", np.arange(64, dtype=np.uint16).reshape(8, 8))
    (file,) = (tmp_path / "o").iterdir()
    good = file.read_bytes()
    sizes = {"t": 1, "c": 1, "z": 1, "y": 64, "x": 64}
    info = ImageInfo(Path("/a.tif"), "yx", sizes, np.dtype("u2"), (0.5, 0.5), True, "TIFF")
    facts = tmp_path / "facts"
    HeaderFacts(facts).put(("/a.tif", 1, 2), info)
    line = facts.read_bytes()
    gone = 0
    for _ in range(1500):
        file.write_bytes(mutated(good, draw))
        found = OverviewFolder(tmp_path / "o").get("k")
        gone += found is None and not file.exists()
        facts.write_bytes(mutated(line, draw))
        known = HeaderFacts(facts).get(("/a.tif", 1, 2), Path("/a.tif"))
        if known is not None:
            assert known.shape
            assert known.levels
            assert known.plane_bytes
    assert gone > 300
