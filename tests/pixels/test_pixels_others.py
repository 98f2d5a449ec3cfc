from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from fixtures.images import disc_labels, gradient, write_h5, write_tiff
from PIL import Image

from tuiqc.errors import InputError
from tuiqc.pixels import SUFFIXES, Window, image_info, open_image, read_plane
from tuiqc.pixels.axes import UNKNOWN, decide
from tuiqc.pixels.image_file import check_size
from tuiqc.pixels.image_path import Reading

PRACTICAL = Path(__file__).resolve().parents[2] / "../shared/data/batch_qc_practical"


def save(path, pixels, mode=None, **options):
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "bool"])
def test_png_grey(tmp_path, dtype):
    pixels = gradient(dtype=dtype)
    path = save(tmp_path / "a.png", pixels)
    assert image_info(path).dtype == np.dtype(dtype)
    np.testing.assert_array_equal(read_plane(path), pixels)
    np.testing.assert_array_equal(read_plane(path, window=Window(3, 9, 70, 99)), pixels[3:9, 70:])


def test_png_palette_gives_the_index_which_is_the_label(tmp_path):
    labels = disc_labels(dtype="uint8")
    image = Image.fromarray(labels, "L").convert("P")
    image.putdata(labels.reshape(-1).tolist())
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_plane(tmp_path / "a.png"), labels)


def test_png_rgb_and_alpha(tmp_path):
    pixels = gradient((20, 30, 4), "uint8")
    path = save(tmp_path / "a.png", pixels)
    assert image_info(path).axes == "yxs"
    np.testing.assert_array_equal(read_plane(path), pixels[..., :3])
    grey = save(tmp_path / "la.png", pixels[..., 0], "LA")
    np.testing.assert_array_equal(read_plane(grey), pixels[..., 0])


@pytest.mark.parametrize("samples", [3, 4])
def test_png_of_16_bit_colours(tmp_path, samples):
    import imagecodecs

    pixels = gradient((20, 30, samples))
    path = tmp_path / "a.png"
    path.write_bytes(imagecodecs.png_encode(pixels))
    assert image_info(path).dtype == np.uint16
    np.testing.assert_array_equal(read_plane(path), pixels[..., :3])
    np.testing.assert_array_equal(read_plane(path, window=Window(3, 9, 4, 8)), pixels[3:9, 4:8, :3])


def test_jpeg_bmp_gif(tmp_path):
    smooth = np.add.outer(np.arange(96), np.arange(80)).astype(np.uint8)
    assert np.abs(read_plane(save(tmp_path / "a.jpg", smooth)).astype(int) - smooth).max() < 10
    np.testing.assert_array_equal(read_plane(save(tmp_path / "a.bmp", smooth)), smooth)
    frames = [Image.fromarray(smooth + i) for i in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert image_info(tmp_path / "a.gif").sizes["t"] == 3
    assert read_plane(tmp_path / "a.gif", t=2).shape == (96, 80, 3)


def test_a_picture_cut_off_or_a_bomb_is_named(tmp_path, monkeypatch):
    path = save(tmp_path / "cut.png", gradient(dtype="uint8"))
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(InputError, match=r"cut\.png"):
        read_plane(path)
    path = save(tmp_path / "bomb.png", gradient(dtype="uint8"))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(InputError, match=r"bomb\.png.*more pixels than is safe"):
        open_image(path)


@pytest.mark.parametrize(
    ("axes", "sizes"),
    [("tzyxc", (3, 2, 20, 30, 2)), ("yxc", (20, 30, 3)), ("yx", (20, 30)), ("cxy", (2, 30, 20))],
)
def test_hdf5_axes_come_from_axistags(tmp_path, axes, sizes):
    pixels = gradient(sizes, "uint32")
    path = write_h5(tmp_path / "a.h5", pixels, axes)
    info = image_info(path)
    assert (info.axes, info.format) == (axes, "ilastik HDF5")
    assert info.shape == (20, 30)
    at = {a: info.sizes[a] - 1 for a in "tzc"}
    expected = pixels[tuple(at.get(a, slice(None)) for a in axes)]
    expected = expected.T if axes.index("x") < axes.index("y") else expected
    np.testing.assert_array_equal(read_plane(path, **at), expected)
    np.testing.assert_array_equal(read_plane(path, **at, window=Window(4, 9, 5, 8)), expected[4:9, 5:8])


def test_hdf5_without_axistags_is_guessed_from_the_shape(tmp_path):
    path = write_h5(tmp_path / "a.h5", gradient((7, 20, 30, 1)), None)
    assert image_info(path).sizes == {"t": 7, "c": 1, "z": 1, "y": 20, "x": 30}
    assert image_info(path).format == "HDF5"


def test_hdf5_takes_the_only_image_whatever_its_name(tmp_path):
    path = write_h5(tmp_path / "a.h5", gradient(), "yx", name="group/labels")
    with h5py.File(path, "a") as file:
        file["names"] = ["a", "b"]
        file["vector"] = np.arange(5)
    np.testing.assert_array_equal(read_plane(path), gradient())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda f: f.create_dataset("exported_data", data=["a", "b"]), "exported_data is of type object"),
        (lambda f: f.create_dataset("exported_data", data=np.arange(9)), "of 1 dimensions"),
        (lambda f: [f.create_dataset(n, data=gradient()) for n in "ab"], r"2 datasets.*/a, /b"),
        (lambda f: f.create_dataset("names", data=["a"]), "no dataset that could be an image"),
        (
            lambda f: f.create_dataset(
                "exported_data", shape=(300_000, 300_000), dtype="f4", chunks=(99, 99)
            ),
            "GiB",
        ),
        (lambda f: f.create_dataset("exported_data", shape=(0, 10), dtype="u1"), "is empty"),
    ],
)
def test_hdf5_without_a_fit_dataset_says_what_is_there(tmp_path, make, message):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        make(file)
    with pytest.raises(InputError, match=rf"a\.h5: .*{message}"):
        open_image(tmp_path / "a.h5")


@pytest.mark.parametrize("tags", ["{", "[]", '{"axes": 3}', '{"axes": [{"key": "y"}]}', '{"axes": [{}, {}]}'])
def test_hdf5_with_unreadable_axistags(tmp_path, tags):
    path = write_h5(tmp_path / "a.h5", gradient(), "yx")
    with h5py.File(path, "a") as file:
        file["exported_data"].attrs["axistags"] = tags
    with pytest.raises(InputError, match="axistags"):
        open_image(path)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((20, 30), "yx"),
        ((20, 30, 3), "yxc"),
        ((3, 20, 30), "cyx"),
        ((9, 20, 30), "tyx"),
        ((9, 8, 20, 30), "tzyx"),
        ((9, 2, 20, 30), "tcyx"),
        ((9, 8, 20, 30, 1), "tzyx"),
        ((9, 8, 2, 20, 30), "tzcyx"),
    ],
)
def test_guessed_axes(shape, axes):
    assert "".join(decide(Path(), shape, UNKNOWN * len(shape), Reading()).roles) == axes


def test_sizes_are_checked_at_their_bounds():
    check_size(Path("a"), 16 * 2**30, None)
    check_size(Path("a"), 2**30, 0)
    with pytest.raises(InputError, match="at most 16 GiB"):
        check_size(Path("a"), 16 * 2**30 + 1, None)
    with pytest.raises(InputError, match="holds 100 bytes"):
        check_size(Path("a"), 2**30 + 1, 100)


def test_content_counts_and_not_the_suffix(tmp_path):
    np.testing.assert_array_equal(read_plane(write_tiff(tmp_path / "a.png", gradient())), gradient())
    png = save(tmp_path / "b.png", gradient(dtype="uint8")).rename(tmp_path / "b.tif")
    assert image_info(png).format == "PNG"


def test_what_is_no_image_is_named(tmp_path):
    (tmp_path / "text.tif").write_text("well,label\n1,2\n")
    (tmp_path / "empty.tif").write_bytes(b"")
    (tmp_path / "bad.h5").write_text("no HDF5")
    (tmp_path / "folder.tif").mkdir()
    os.mkfifo(tmp_path / "pipe.tif")
    for name, found in {
        "text.tif": "not an image",
        "empty.tif": "is empty",
        "bad.h5": "not a readable HDF5",
        "folder.tif": "a folder",
        "pipe.tif": "not a regular file",
        "missing.tif": "no such file",
    }.items():
        with pytest.raises(InputError, match=f"{name}: {found}"):
            open_image(tmp_path / name)


def test_suffixes_are_lower_case_with_their_dot():
    assert {".tif", ".tiff", ".png", ".jpg", ".h5"} <= set(SUFFIXES)
    assert all(s == s.lower() and s.startswith(".") for s in SUFFIXES)


def test_the_package_imports_nothing_heavy():
    code = (
        "import sys, tuiqc.pixels\n"
        "print([m for m in ('numpy', 'tifffile', 'PIL', 'h5py', 'pandas') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.skipif(not PRACTICAL.is_dir(), reason="the training data are not beside the repository")
def test_the_practical_has_97_nuclei():
    counts = []
    for well in range(1, 9):
        mask = read_plane(PRACTICAL / f"Well_{well}_nuclei_labels.tiff")
        assert (mask.shape, mask.dtype) == ((512, 512), np.uint16)
        assert read_plane(PRACTICAL / f"Well_{well}_C0.tif").dtype == np.uint8
        counts.append(len(np.unique(mask)) - 1)
    assert counts == [13, 7, 13, 10, 18, 11, 10, 15]
