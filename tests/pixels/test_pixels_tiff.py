from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import tifffile
from fixtures.images import gradient, write_tiff
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.errors import InputError
from tuiqc.pixels import Window, image_info, open_image, read_plane

WINDOWS = [
    Window(0, 96, 0, 80),
    Window(10, 11, 20, 21),
    Window(13, 61, 7, 79),
    Window(90, 200, 70, 200),
    Window(-5, 4, -5, 4),
]
LOSSLESS = [
    {},
    {"compression": "lzw"},
    {"compression": "zlib"},
    {"compression": "zlib", "predictor": True},
    {"compression": "deflate"},
    {"compression": "packbits"},
    {"compression": "zstd"},
    {"compression": "lzma"},
    {"compression": "jpeg2000", "compressionargs": {"reversible": True, "level": 0}},
    {"rowsperstrip": 7},
    {"rowsperstrip": 7, "compression": "lzw"},
    {"tile": (32, 16)},
    {"tile": (32, 16), "compression": "zlib", "predictor": True},
    {"bigtiff": True},
    {"bigtiff": True, "tile": (32, 32), "compression": "zstd"},
    {"byteorder": ">"},
    {"byteorder": ">", "compression": "zlib"},
    {"byteorder": ">", "tile": (16, 16)},
]


def cut(plane, window):
    w = window.clipped(plane.shape[:2])
    return plane[w.y0 : w.y1, w.x0 : w.x1]


@pytest.mark.parametrize("options", LOSSLESS, ids=str)
def test_every_lossless_compression_gives_the_same_pixels_whole_and_in_windows(tmp_path, options):
    pixels = gradient()
    with open_image(write_tiff(tmp_path / "a.tif", pixels, **options)) as image:
        assert image.info.dtype == np.uint16
        assert image.info.shape == (96, 80)
        whole = image.read()
        assert whole.dtype == np.uint16
        assert whole.dtype.isnative
        np.testing.assert_array_equal(whole, pixels)
        for window in WINDOWS:
            np.testing.assert_array_equal(image.read(window=window), cut(pixels, window))


@pytest.mark.parametrize(
    "dtype",
    ["bool", *(f"{s}int{n}" for s in ("", "u") for n in (8, 16, 32, 64)), "float16", "float32", "float64"],
)
@pytest.mark.parametrize("options", [{}, {"compression": "zlib", "tile": (32, 32)}], ids=["raw", "tiled"])
def test_every_pixel_type(tmp_path, dtype, options):
    pixels = gradient(dtype=dtype)
    path = write_tiff(tmp_path / "a.tif", pixels, photometric="minisblack", **options)
    assert image_info(path).dtype == np.dtype(dtype)
    np.testing.assert_array_equal(read_plane(path), pixels)
    np.testing.assert_array_equal(read_plane(path, window=WINDOWS[2]), cut(pixels, WINDOWS[2]))


@pytest.mark.parametrize(
    "options",
    [{}, {"tile": (32, 32)}, {"planarconfig": "separate"}, {"rowsperstrip": 5, "compression": "lzw"}],
)
@pytest.mark.parametrize("samples", [3, 4])
def test_rgb_comes_as_three_samples_last_and_alpha_is_dropped(tmp_path, options, samples):
    pixels = gradient((96, 80, samples), "uint8")
    stored = np.moveaxis(pixels, -1, 0) if "planarconfig" in options else pixels
    path = write_tiff(tmp_path / "a.tif", stored, photometric="rgb", **options)
    info = image_info(path)
    assert (info.axes, info.sizes["s"], info.rgb) == ("yxs", 3, True)
    np.testing.assert_array_equal(read_plane(path), pixels[..., :3])
    np.testing.assert_array_equal(read_plane(path, window=WINDOWS[2]), cut(pixels, WINDOWS[2])[..., :3])


def test_planar_rgb_in_compressed_tiles(tmp_path):
    pixels = gradient((3, 96, 80), "uint8")
    path = write_tiff(
        tmp_path / "a.tif",
        pixels,
        photometric="rgb",
        planarconfig="separate",
        tile=(32, 32),
        compression="zlib",
    )
    expected = np.moveaxis(pixels, 0, -1)
    np.testing.assert_array_equal(read_plane(path), expected)
    np.testing.assert_array_equal(read_plane(path, window=WINDOWS[2]), cut(expected, WINDOWS[2]))


def test_jpeg_is_close(tmp_path):
    smooth = np.add.outer(np.arange(96), np.arange(80)).astype(np.uint8)
    path = write_tiff(tmp_path / "a.tif", smooth, compression="jpeg", tile=(32, 32))
    assert read_plane(path).shape == (96, 80)
    assert np.abs(read_plane(path, window=WINDOWS[2]).astype(int) - cut(smooth, WINDOWS[2])).max() < 20


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_imagej_hyperstack(tmp_path, compression):
    pixels = gradient((3, 4, 2, 20, 30))
    path = write_tiff(
        tmp_path / "a.tif",
        pixels,
        imagej=True,
        compression=compression,
        resolution=(2.0, 4.0),
        metadata={"axes": "TZCYX", "unit": "um"},
    )
    info = image_info(path)
    assert (info.axes, info.format) == ("tzcyx", "ImageJ TIFF")
    assert info.sizes == {"t": 3, "z": 4, "c": 2, "y": 20, "x": 30}
    assert info.pixel_size_um == pytest.approx((0.25, 0.5))
    for t, z, c in ((0, 0, 0), (2, 3, 1), (1, 0, 1)):
        np.testing.assert_array_equal(read_plane(path, t=t, z=z, c=c), pixels[t, z, c])
    window = Window(3, 9, 5, 30)
    np.testing.assert_array_equal(read_plane(path, t=2, z=1, c=1, window=window), pixels[2, 1, 1][3:9, 5:30])


@pytest.mark.parametrize("axes", ["TCZYX", "ZCTYX", "CYX", "TYX", "ZYX"])
@pytest.mark.parametrize("compression", [None, "lzw"])
def test_ome_tiff_in_every_axis_order(tmp_path, axes, compression):
    sizes = {"T": 3, "C": 2, "Z": 4, "Y": 20, "X": 30}
    pixels = gradient(tuple(sizes[a] for a in axes))
    names = ["DAPI & <co>", "PLA µ"]
    metadata = {
        "axes": axes,
        "PhysicalSizeX": 0.5,
        "PhysicalSizeY": 250,
        "PhysicalSizeYUnit": "nm",
        **({"Channel": {"Name": names}} if "C" in axes else {}),
    }
    path = write_tiff(
        tmp_path / "a.ome.tif",
        pixels,
        ome=True,
        photometric="minisblack",
        metadata=metadata,
        compression=compression,
    )
    info = image_info(path)
    assert (info.axes, info.format) == (axes.lower(), "OME-TIFF")
    assert info.pixel_size_um == pytest.approx((0.25, 0.5))
    assert info.channel_names == (tuple(names) if "C" in axes else ("",))
    at = {"t": sizes["T"] - 1, "c": 1, "z": 2}
    at = {k: v for k, v in at.items() if k.upper() in axes}
    expected = pixels[tuple(at.get(a.lower(), slice(None)) for a in axes)]
    np.testing.assert_array_equal(read_plane(path, **at), expected)


def test_ome_rgb_with_time(tmp_path):
    pixels = gradient((3, 20, 30, 3), "uint8")
    path = write_tiff(tmp_path / "a.ome.tif", pixels, ome=True, photometric="rgb", metadata={"axes": "TYXS"})
    np.testing.assert_array_equal(read_plane(path, t=2), pixels[2])


def test_pages_without_axes_are_time_or_channels(tmp_path):
    many = write_tiff(tmp_path / "many.tif", gradient((9, 20, 30)), metadata=None)
    few = write_tiff(tmp_path / "few.tif", gradient((2, 20, 30)), metadata=None)
    assert image_info(many).sizes["t"] == 9
    assert image_info(few).sizes["c"] == 2
    np.testing.assert_array_equal(read_plane(many, t=8), gradient((9, 20, 30))[8])


def test_five_float_samples_are_channels(tmp_path):
    pixels = gradient((20, 30, 5), "float32")
    path = write_tiff(tmp_path / "a.tif", pixels, photometric="minisblack", planarconfig="contig")
    assert image_info(path).sizes["c"] == 5
    np.testing.assert_array_equal(read_plane(path, c=3), pixels[..., 3])


def test_pyramid_gives_the_full_resolution(tmp_path):
    pixels = gradient((128, 128))
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path) as tif:
        tif.write(pixels, subifds=1, tile=(32, 32))
        tif.write(pixels[::2, ::2], subfiletype=1, tile=(32, 32))
    np.testing.assert_array_equal(read_plane(path), pixels)


def test_sparse_tiles_are_zero(tmp_path):
    full = gradient((64, 64))
    path = tmp_path / "a.tif"
    tiles = [full[:32, :32], None, None, full[32:, 32:]]
    tifffile.imwrite(path, iter(tiles), shape=(64, 64), dtype="uint16", tile=(32, 32), compression="zlib")
    window = read_plane(path, window=Window(0, 64, 10, 60))
    np.testing.assert_array_equal(window[:32, :22], full[:32, 10:32])
    assert not window[:32, 22:].any()
    np.testing.assert_array_equal(window, read_plane(path)[:, 10:60])


def test_a_narrow_window_of_wide_uncompressed_rows(tmp_path):
    pixels = gradient((12, 20_000))
    path = write_tiff(tmp_path / "a.tif", pixels)
    np.testing.assert_array_equal(
        read_plane(path, window=Window(2, 9, 11_111, 11_222)), pixels[2:9, 11_111:11_222]
    )


def test_partial_says_whether_regions_are_read_alone(tmp_path):
    one_strip = write_tiff(tmp_path / "s.tif", gradient(), compression="zlib", rowsperstrip=96)
    assert not image_info(one_strip).partial
    assert image_info(write_tiff(tmp_path / "t.tif", gradient(), tile=(16, 16), compression="zlib")).partial
    assert image_info(write_tiff(tmp_path / "r.tif", gradient())).partial


@pytest.mark.parametrize("at", [{"t": 1}, {"z": -1}, {"c": 7}])
def test_an_index_outside_names_the_axis(tmp_path, at):
    path = write_tiff(tmp_path / "a.tif", gradient())
    with pytest.raises(InputError, match=rf"a\.tif: has no {next(iter(at))} = "):
        read_plane(path, **at)


@pytest.mark.parametrize("options", LOSSLESS, ids=str)
@pytest.mark.parametrize("part", [0.02, 0.5, 0.98])
def test_a_file_cut_off_is_named(tmp_path, options, part):
    path = write_tiff(tmp_path / "cut.tif", gradient(), **options)
    os.truncate(path, int(path.stat().st_size * part))
    message = ""
    try:
        pixels = read_plane(path)
    except InputError as error:
        message = str(error)
    else:  # only where what was lost was not pixels
        np.testing.assert_array_equal(pixels, gradient())
    assert not message or "cut.tif" in message


def huge_header(path, width, height, compression=1, counts=64):
    """A TIFF of a few bytes that claims width x height uint8 pixels in one strip."""
    tags = [(256, width), (257, height), (258, 8), (259, compression), (262, 1), (273, 200), (277, 1)]
    tags += [(278, height), (279, counts)]
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + body + struct.pack("<I", 0)
    path.write_bytes(head.ljust(200, b"\0") + bytes(64))
    return path


@pytest.mark.parametrize("compression", [1, 5, 8, 50000])
@pytest.mark.parametrize(("width", "height"), [(2**31, 2**31), (100_000, 100_000), (200_000, 200_000)])
def test_absurd_dimensions_are_refused_at_once(tmp_path, width, height, compression):
    path = huge_header(tmp_path / "huge.tif", width, height, compression)
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
        "from pathlib import Path; from tuiqc.pixels import read_plane; from tuiqc.errors import InputError\n"
        "try: read_plane(Path(sys.argv[1]))\n"
        "except InputError as e: print(e)\n"
        # not ru_maxrss, which begins with that of the process that started it
        "print(*[l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')])"
    )
    if compression == 5:  # once with a limit on memory; in-process is enough for the others
        run = subprocess.run(
            [sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60, check=True
        )
        message, peak_kib = run.stdout.strip().splitlines()
        assert "huge.tif" in message
        assert int(peak_kib) < 500_000
    else:
        with pytest.raises(InputError, match=r"huge\.tif.*(GiB|cut off|damaged)"):
            read_plane(path)


def test_a_header_that_claims_more_strips_than_it_lists_is_refused_at_once(tmp_path):
    path = write_tiff(tmp_path / "a.tif", gradient(), compression="lzw", rowsperstrip=8)
    with tifffile.TiffFile(path, mode="r+") as tif:
        tif.pages[0].tags["ImageLength"].overwrite(6_000_000)
    with pytest.raises(InputError, match=r"a\.tif: lists 12 of the 750,000 strips"):
        read_plane(path)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_damaged_bytes_never_raise_anything_else(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    options = data.draw(st.sampled_from(LOSSLESS))
    path = write_tiff(folder / "damaged.tif", gradient((24, 20)), **options)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    message = ""
    try:
        with open_image(path) as image:
            # a damaged header may still make sense as a larger image: no need to read that one here
            if image.info.plane_bytes < 2**24:
                image.read()
                image.read(window=Window(1, 9, 2, 7))
    except InputError as error:
        message = str(error)
    assert not message or "damaged.tif" in message


def test_reading_from_several_threads(tmp_path):
    pixels = gradient((6, 64, 64))
    failures = []
    for options in ({"compression": "zlib"}, {"tile": (16, 16), "compression": "lzw"}, {}):
        path = write_tiff(tmp_path / "a.tif", pixels, metadata={"axes": "TYX"}, **options)
        with open_image(path) as image:

            def work(t, image=image):
                for _ in range(15):
                    window = Window(t, 60, 3, 50)
                    if not np.array_equal(image.read(t=t), pixels[t]) or not np.array_equal(
                        image.read(t=t, window=window), pixels[t][t:60, 3:50]
                    ):
                        failures.append(t)

            threads = [threading.Thread(target=work, args=(t,)) for t in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert not failures


def test_channels_of_a_qptiff_are_called_by_their_markers(tmp_path: Path) -> None:
    """Channels page by page, a coloured preview between the levels: as Phenoptics scanners write it."""
    path = tmp_path / "slide.qptiff"
    marks = ("<Biomarker>CD3 &amp; CD4</Biomarker><Name>Opal 520</Name>", "<Name>DAPI</Name>", "")
    with tifffile.TiffWriter(path) as tif:
        for side in (64, 32):
            for number, mark in enumerate(marks):
                tif.write(
                    np.full((side, side), number, np.uint8), software="PerkinElmer-QPI", metadata=None, tile=(16, 16),
                    description=f"<PerkinElmer-QPI-ImageDescription>{mark}</PerkinElmer-QPI-ImageDescription>",
                    subfiletype=0 if side == 64 else 1,
                )  # fmt: skip
            if side == 64:
                tif.write(
                    np.zeros((20, 20, 3), np.uint8),
                    software="PerkinElmer-QPI",
                    metadata=None,
                    photometric="rgb",
                )
    info = image_info(path)
    assert info.channel_names == ("CD3 & CD4", "DAPI", "")
    assert [level.scale for level in info.levels] == [1, 2]
    assert read_plane(path, c=1).tolist() == np.full((64, 64), 1).tolist()
