"""Files of microscopes. CZI is written by the library that reads it; LIF by hand; of ND2 the library is played."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fixtures.vendor_files import plane, write_czi, write_lif, write_nd2

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError
from tuiqc.pixels import Window, image_info, open_image, read_plane, with_reading

# --- CZI


@pytest.fixture
def czi_file(tmp_path: Path) -> Path:
    """Two scenes of two channels, apart from each other."""
    pytest.importorskip("pylibCZIrw.czi", reason="the extra vendor is not installed")
    write_czi(tmp_path / "a.czi")
    return tmp_path / "a.czi"


def test_czi_scenes_windows_and_zoom(czi_file: Path) -> None:
    info = image_info(czi_file)
    assert (info.axes, info.shape, info.sizes["c"], info.dtype) == ("cyx", (60, 80), 2, np.uint16)
    assert (info.channel_names, info.series, info.pixel_size_um) == (("DAPI", "GFP"), ("1", "2"), (0.25, 0.5))
    for scene in (0, 1):
        path = with_reading(czi_file, series=scene)
        for c in (0, 1):
            assert np.array_equal(read_plane(path, c=c), plane(10 * scene + c))
    window = Window(11, 40, 20, 77)
    assert np.array_equal(read_plane(czi_file, window=window), plane(0)[11:40, 20:77])
    batch = open_batch(SourceOptions((str(czi_file),)))
    assert [record.key for record in batch.images] == ["a/1", "a/2"]
    assert batch.channels == ["DAPI", "GFP"]
    with pytest.raises(InputError, match="has no image 3"):
        image_info(with_reading(czi_file, series=2))


def test_czi_levels_are_read_at_their_zoom(tmp_path: Path) -> None:
    czi = pytest.importorskip("pylibCZIrw.czi", reason="the extra vendor is not installed")
    path = tmp_path / "large.czi"
    pixels = np.kron(plane(3, (65, 80)), np.ones((32, 32), np.uint16))
    with czi.create_czi(str(path)) as file:
        file.write(pixels[..., None], plane={"C": 0, "T": 0, "Z": 0})
    with open_image(path) as image:
        assert [level.scale for level in image.levels] == [1, 2, 4]
        assert image.info.series == ()
        small = image.read(level=1, window=Window(100, 300, 40, 240))
        assert small.shape == (200, 200)
        assert np.array_equal(small[8::16, 8::16], pixels[200:600, 80:480][16::32, 16::32])


def test_czi_colour(tmp_path: Path) -> None:
    czi = pytest.importorskip("pylibCZIrw.czi", reason="the extra vendor is not installed")
    path, pixels = (
        tmp_path / "rgb.czi",
        np.random.default_rng(0).integers(0, 255, (20, 30, 3)).astype(np.uint8),
    )
    with czi.create_czi(str(path)) as file:
        file.write(pixels[..., ::-1].copy(), plane={"C": 0, "T": 0, "Z": 0})
    assert np.array_equal(read_plane(path), pixels), "the library's order is blue, green, red"


# --- ND2


def test_nd2_positions_and_frames(tmp_path: Path) -> None:
    """2 time points, 2 positions, 3 slices and 2 channels, the innermost loop first."""
    pytest.importorskip("nd2", reason="the extra vendor is not installed")
    path = tmp_path / "a.nd2"
    write_nd2(path, {"T": 2, "P": 2, "Z": 3}, ("BF", "GFP"))
    info = image_info(path)
    assert (info.axes, info.series, info.channel_names) == ("tzcyx", ("1", "2"), ("BF", "GFP"))
    assert info.pixel_size_um == (0.3, 0.3)
    for position in (0, 1):
        read = read_plane(with_reading(path, series=position), t=1, z=2, c=1, window=Window(3, 9, 5, 70))
        frame = (1 * 2 + position) * 3 + 2
        assert np.array_equal(read, plane(100 * frame + 1)[3:9, 5:70])
    batch = open_batch(SourceOptions((str(path),)))
    assert [record.key for record in batch.images] == ["a/1", "a/2"]


# --- LIF


def test_lif_holds_many_images(tmp_path: Path) -> None:
    pytest.importorskip("liffile", reason="the extra vendor is not installed")
    path = tmp_path / "a.lif"
    write_lif(path, (2, 2, 1))
    info = image_info(path)
    assert (info.axes, info.shape, info.series) == ("cyx", (60, 80), ("im0", "im1"))
    assert "1 of its images" in info.note
    assert info.pixel_size_um == pytest.approx((0.5, 0.5))
    for number in (0, 1):
        read = read_plane(with_reading(path, series=number), c=1, window=Window(3, 9, 5, 70))
        assert np.array_equal(read, plane(10 * number + 1)[3:9, 5:70])
    assert [one.key for one in open_batch(SourceOptions((str(path),))).images] == ["a/im0", "a/im1"]


# --- without


@pytest.mark.parametrize("name", ["a.czi", "a.nd2", "a.lif"])
def test_without_its_library_the_way_is_said(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_bytes(
        {"a.czi": b"ZISRAWFILE", "a.nd2": b"\xda\xce\xbe\x0a", "a.lif": b"\x70\0\0\0"}[name] + bytes(99)
    )
    monkeypatch.setattr("tuiqc.pixels.vendor_library.find_spec", lambda name: None)
    with pytest.raises(InputError) as refused:
        image_info(path)
    assert 'pip install "tuiqc[vendor]"' in str(refused.value)
    assert f"bioformats2raw {name} a.zarr" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "library", "head"),
    [
        ("a.czi", "pylibCZIrw", b"ZISRAWFILE"),
        ("a.nd2", "nd2", b"\xda\xce\xbe\x0a"),
        ("a.lif", "liffile", b"\x70\0\0\0"),
    ],
)
@pytest.mark.parametrize("rest", [b"", bytes(200), b"\xff" * 500])
def test_damaged_ones_are_refused(tmp_path: Path, name: str, library: str, head: bytes, rest: bytes) -> None:
    pytest.importorskip(library, reason="the extra vendor is not installed")
    path = tmp_path / name
    path.write_bytes(head + rest)
    with pytest.raises(InputError, match=r"that can be read|bioformats2raw") as refused:
        image_info(path)
    assert name in str(refused.value)


def test_a_tile_that_lies_miles_away_costs_nothing(tmp_path: Path) -> None:
    """One of 5,000 damaged files claimed a scene of 80 x 10,747,964 pixels, and took 3 GB."""
    pytest.importorskip("pylibCZIrw", reason="the extra vendor is not installed")
    path = tmp_path / "a.czi"
    write_czi(path)
    data = path.read_bytes()
    place = (1007).to_bytes(4, "little")  # where the second scene begins, in each list of tiles
    at = data.rindex(place)
    path.write_bytes(data[:at] + (90_000_000).to_bytes(4, "little") + data[at + 4 :])
    with pytest.raises(InputError, match="claims"):
        image_info(with_reading(path, series=1))


def test_raw_data_beside_images_are_said_and_change_nothing(tmp_path: Path) -> None:
    import tifffile

    for key in ("A01", "A02"):
        tifffile.imwrite(tmp_path / f"{key}.tif", plane(1))
        tifffile.imwrite(tmp_path / f"{key}_mask.tif", plane(1))
        (tmp_path / f"{key}.czi").write_bytes(b"ZISRAWFILE")
    (tmp_path / "old.oib").write_bytes(b"x")
    batch = open_batch(SourceOptions((str(tmp_path),)))
    assert [record.key for record in batch.images] == ["A01", "A02"]
    assert len(batch.channels) == 1
    told = {entry.key: entry.why for entry in batch.unmatched}
    assert "by itself: tuiqc open A01.czi" in told["A01.czi"]
    assert "bioformats2raw old.oib old.zarr" in told["old.oib"]
