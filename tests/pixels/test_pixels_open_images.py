"""Movies stay open; a step in time reads one plane and no more."""

from __future__ import annotations

import threading
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile

from tuiqc.pixels import PlaneSource
from tuiqc.pixels.open_images import OpenImages

SHAPE = (40, 64, 96)


def movie() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, SHAPE).astype(np.uint8)


def write(folder: Path, kind: str, data: np.ndarray) -> Path:
    path = folder / f"movie.{'h5' if kind == 'hdf5' else 'tif'}"
    if kind == "hdf5":
        with h5py.File(path, "w") as file:
            made = file.create_dataset(
                "exported_data", data=data[:, None, ..., None], chunks=(1, 1, 32, 32, 1)
            )
            axes = ",".join(f'{{"key":"{axis}"}}' for axis in "tzyxc")
            made.attrs["axistags"] = f'{{"axes":[{axes}]}}'
    elif kind == "imagej":
        tifffile.imwrite(path, data, imagej=True, metadata={"axes": "TYX"})
    else:
        with tifffile.TiffWriter(path) as tif:
            for plane in data:
                tif.write(plane, metadata=None, compression="zlib", contiguous=False)
    return path


def bytes_read() -> int:
    text = Path("/proc/self/io").read_text()
    return int(text.split("rchar:")[1].split()[0])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="the system does not count what is read")
@pytest.mark.parametrize("kind", ["hdf5", "imagej", "pages"])
def test_a_step_in_time_reads_one_plane(tmp_path: Path, kind: str) -> None:
    data = movie()
    path = write(tmp_path, kind, data)
    source = PlaneSource(1 << 16)  # too small for two steps back
    source.plane(path, t=30)
    for t in (31, 12, 13, 2):
        before = bytes_read()
        plane = source.plane(path, t=t)
        counted = bytes_read() - before
        assert (plane == data[t]).all()
        # The counting itself reads a little; noise does not compress, so a plane takes about its size.
        assert counted < 1.6 * data[t].nbytes + 2000, f"{counted} bytes for a plane of {data[t].nbytes}"
    assert source.nbytes <= 1 << 16


def test_images_of_one_plane_are_not_kept_open(tmp_path: Path) -> None:
    files = OpenImages()
    path = tmp_path / "one.tif"
    tifffile.imwrite(path, movie()[0])
    with files.use(path, "one"):
        pass
    assert len(files) == 0


def test_a_file_that_was_asked_about_is_opened_once_to_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuiqc.pixels import open_images
    from tuiqc.pixels.formats import open_image

    made = []
    monkeypatch.setattr(open_images, "open_image", lambda path: made.append(open_image(path)) or made[-1])
    files, paths = OpenImages(), [tmp_path / f"{number}.tif" for number in range(5)]
    for path in paths:
        tifffile.imwrite(path, movie()[0])
        assert files.info(path, path).shape == movie()[0].shape
    assert len(made) == 5
    with files.use(paths[-1], paths[-1]) as image:
        assert image is made[-1]
        assert (image.read() == movie()[0]).all()
    files.clear()
    assert all(one._handle.closed for one in made)


def test_few_are_open_and_those_in_use_stay_so(tmp_path: Path) -> None:
    data = movie()[:2]
    files = OpenImages(most=2)
    paths = [tmp_path / f"{number}.tif" for number in range(5)]
    for path in paths:
        tifffile.imwrite(path, data, imagej=True, metadata={"axes": "TYX"})
    with files.use(paths[0], 0) as first:
        for number, path in enumerate(paths[1:], 1):
            with files.use(path, number) as image:
                assert (image.read(t=1) == data[1]).all()
        assert len(files) == 2
        assert (first.read(t=0) == data[0]).all()  # put out of the list, and still open
    files.clear()
    assert len(files) == 0


def test_a_movie_that_was_replaced_is_opened_anew(tmp_path: Path) -> None:
    data = movie()
    source = PlaneSource(1 << 20)
    path = write(tmp_path, "imagej", data)
    assert (source.plane(path, t=3) == data[3]).all()
    path.unlink()
    write(tmp_path, "imagej", data[:, ::-1, :-1])
    assert (source.plane(path, t=3) == data[3, ::-1, :-1]).all()


@pytest.mark.parametrize("kind", ["hdf5", "pages"])
def test_several_threads_read_one_movie(tmp_path: Path, kind: str) -> None:
    data = movie()
    path = write(tmp_path, kind, data)
    source = PlaneSource(1 << 14)
    wrong: list[int] = []

    def look(first: int) -> None:
        times = range(first, len(data), 4)
        wrong.extend(t for t in times if not (source.plane(path, t=t) == data[t]).all())

    threads = [threading.Thread(target=look, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
