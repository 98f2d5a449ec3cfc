from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from fixtures.images import gradient, write_tiff
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.errors import InputError
from tuiqc.pixels import ByteCache, PlaneSource, Window, formats


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 60)), max_size=60))
def test_the_bound_holds_and_the_last_used_stay(puts):
    cache: ByteCache[int, int] = ByteCache(100)
    model: list[tuple[int, int]] = []
    for key, size in puts:
        cache.put(key, key, size)
        model = [item for item in model if item[0] != key] + [(key, size)]
        while sum(s for _, s in model) > 100:
            model.pop(0)
        assert cache.nbytes == sum(s for _, s in model) <= 100
        assert len(cache) == len(model)
        assert all(cache.get(k) == k for k, _ in model)


def test_looking_up_makes_a_value_young():
    cache: ByteCache[str, int] = ByteCache(2)
    cache.put("a", 1, 1)
    cache.put("b", 2, 1)
    assert cache.get("a") == 1
    cache.put("c", 3, 1)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_too_large_a_value_is_returned_but_not_kept():
    cache: ByteCache[str, int] = ByteCache(10)
    assert cache.get_or_make("a", lambda: 7, lambda _: 11) == 7
    assert cache.get("a") is None
    assert cache.nbytes == 0


def test_several_threads_make_one_value_once():
    cache: ByteCache[int, int] = ByteCache(100)
    made = []

    def make():
        time.sleep(0.02)
        made.append(1)
        return 5

    threads = [threading.Thread(target=cache.get_or_make, args=(1, make, lambda _: 1)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_a_failure_reaches_its_caller_and_the_next_tries_again():
    cache: ByteCache[int, int] = ByteCache(100)

    def fail():
        raise InputError("no")

    with pytest.raises(InputError):
        cache.get_or_make(1, fail, lambda _: 1)
    assert cache.get_or_make(1, lambda: 2, lambda _: 1) == 2


@pytest.fixture
def opened(monkeypatch):
    """Every file that is opened."""
    paths = []
    real = formats._open
    monkeypatch.setattr(formats, "_open", lambda path: (paths.append(path), real(path))[1])
    return paths


def test_planes_are_read_once_and_read_only(tmp_path, opened):
    path = write_tiff(tmp_path / "a.tif", gradient())
    source = PlaneSource(10**6)
    first = source.plane(path)
    assert source.plane(path) is first
    window = source.plane(path, window=Window(2, 5, 3, 90))
    np.testing.assert_array_equal(window, gradient()[2:5, 3:])
    assert len(opened) == 1
    assert source.info(path).shape == (96, 80)
    assert len(opened) == 1
    with pytest.raises(ValueError, match="read-only"):
        window[0, 0] = 1


def test_a_file_that_changed_is_read_again(tmp_path):
    path = write_tiff(tmp_path / "a.tif", gradient())
    source = PlaneSource(10**6)
    source.plane(path)
    write_tiff(path, gradient(seed=5))
    os.utime(path, ns=(1, 1))  # even where the clock is too coarse to tell
    np.testing.assert_array_equal(source.plane(path), gradient(seed=5))


def test_only_the_blocks_that_a_window_of_a_large_plane_touches_are_kept(tmp_path):
    path = write_tiff(tmp_path / "a.tif", gradient((512, 512)), tile=(64, 64), compression="zlib")
    source = PlaneSource(4 * 10**5)  # the plane has 524,288 bytes
    window = Window(100, 150, 200, 260)
    np.testing.assert_array_equal(source.plane(path, window=window), gradient((512, 512))[100:150, 200:260])
    assert source.nbytes == 2 * 256 * 256 * 2, "the window reaches into two of the four"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.tif: no such file"):
        PlaneSource().plane(tmp_path / "gone.tif")


def test_a_picture_looks_at_each_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pieces of an OME-Zarr are a tree of folders; what is written between two pictures is seen."""
    from tuiqc.pixels import image_identity

    path = tmp_path / "a.tif"
    path.write_bytes(b"1")
    asked: list[Path] = []
    looked_at = image_identity._looked_at
    monkeypatch.setattr(image_identity, "_looked_at", lambda path: asked.append(path) or looked_at(path))
    with image_identity.files_asked_once():
        first = image_identity.file_identity(path)
        path.write_bytes(b"22")
        with image_identity.files_asked_once():
            assert image_identity.file_identity(path) == first
    assert asked == [path]
    assert image_identity.file_identity(path) != first
