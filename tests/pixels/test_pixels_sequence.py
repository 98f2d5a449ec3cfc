"""Many files as one movie or stack."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError, UsageError
from tuiqc.pixels import PlaneSource, image_info, open_image


def plane(t: int, z: int = 0) -> np.ndarray:
    return np.full((6, 7), 10 * t + z, np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for t in (3, 4, 12):
        for z in (0, 1):
            tifffile.imwrite(tmp_path / f"scan_t{t:03}_z{z}.tif", plane(t, z))
    return tmp_path


def test_planes_come_from_their_files(folder: Path) -> None:
    with open_image(folder / "scan_t{t}_z{z}.tif") as image:
        assert image.info.sizes["t"] == 10
        assert image.info.sizes["z"] == 2
        assert image.info.axes.startswith("tz")
        assert (image.read(t=1, z=1) == plane(4, 1)).all()
        assert (image.read(t=9) == plane(12)).all()
        with pytest.raises(InputError, match="no file for t 5"):
            image.read(t=2)
        with pytest.raises(InputError, match="no t"):
            image.read(t=10)


def test_cached_planes_and_what_is_missing(folder: Path) -> None:
    source = PlaneSource(10_000)
    assert (source.plane(folder / "scan_t{t}_z{z}.tif", t=1) == plane(4)).all()
    with pytest.raises(InputError, match="no such files"):
        image_info(folder / "nothing_{t}.tif")


def test_two_files_for_one_time_point(tmp_path: Path) -> None:
    for name in ("a_1.tif", "a_01.tif"):
        tifffile.imwrite(tmp_path / name, plane(1))
    with pytest.raises(InputError, match="same numbers"):
        open_image(tmp_path / "a_{t}.tif")


def test_a_file_that_is_really_called_so(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a_{t}.tif", plane(1))
    assert image_info(tmp_path / "a_{t}.tif").sizes["t"] == 1


def test_patterns_with_time_and_other_parts(tmp_path: Path) -> None:
    for well in ("A01", "B02"):
        for t in range(3):
            tifffile.imwrite(tmp_path / f"{well}_{t:02}.tif", plane(t))
        tifffile.imwrite(tmp_path / f"{well}_final.tif", plane(9))
    batch = open_batch(SourceOptions(images=(("raw", f"{tmp_path}/{{well}}_{{t}}.tif"),)))
    assert [image.key for image in batch.images] == ["A01", "B02"]
    assert image_info(batch.images[1].channels["raw"]).sizes["t"] == 3


def test_time_in_the_name_of_a_folder_is_refused(tmp_path: Path) -> None:
    for t in range(2):
        (tmp_path / f"t{t}").mkdir()
        tifffile.imwrite(tmp_path / f"t{t}" / "a.tif", plane(t))
    with pytest.raises(UsageError, match="file name"):
        open_batch(SourceOptions(images=(("raw", f"{tmp_path}/t{{t}}/a.tif"),)))
