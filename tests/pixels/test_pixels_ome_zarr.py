"""OME-Zarr: images of all versions, wherever they lie."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorstore", reason="the extra zarr is not installed")
pytest.importorskip("zarr", reason="what writes the files of these tests is not installed")

from fixtures.zarr_images import UM, group_at, scene, tell, write_image, write_pixels

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter, PictureSpec
from tuiqc.pixels import Window, image_info, open_image, read_plane, zarr_store
from tuiqc.pixels.plane_source import PlaneSource
from tuiqc.pixels.zarr_node import forget
from tuiqc.pixels.zarr_store import is_hierarchy


@pytest.fixture(autouse=True)
def anew() -> None:
    forget()


@pytest.mark.parametrize(
    ("version", "kept"),
    [
        ("0.4", {"separator": "/"}),
        ("0.4", {"separator": "."}),
        ("0.5", {}),
        ("0.5", {"sharded": True}),
        ("0.6rc0", {}),
        ("0.7", {}),
    ],
)
def test_images_of_every_version(tmp_path: Path, version: str, kept: dict[str, Any]) -> None:
    place = tmp_path / "image.ome.zarr"
    write_image(group_at(place, version), version, **kept)
    image, mask = scene()
    with open_image(place) as file:
        info = file.info
        assert (info.axes, info.sizes["c"], info.shape, info.dtype) == ("cyx", 2, (64, 64), np.uint16)
        assert info.channel_names == ("DAPI", "Actin")
        assert info.pixel_size_um == (UM, UM)
        assert [(level.shape, level.scale) for level in info.levels] == [((64, 64), 1), ((32, 32), 2)]
        assert np.array_equal(file.read(c=1), image[1])
        window = Window(5, 41, 20, 63)
        assert np.array_equal(file.read(window=window), image[0, 5:41, 20:63])
        assert np.array_equal(file.read(c=1, level=1), image[1, ::2, ::2])
        with pytest.raises(InputError, match="has no c = 2"):
            file.read(c=2)
    assert np.array_equal(read_plane(place / "labels" / "nuclei"), mask)


@pytest.mark.parametrize("axes", ["tczyx", "zcyx", "yx", "tyx", "cxy", "zyx"])
def test_axes_are_those_of_the_metadata(tmp_path: Path, axes: str) -> None:
    sizes = dict(zip("tczyx", (2, 3, 4, 8, 6), strict=True))
    pixels = np.arange(np.prod([sizes[one] for one in axes]), dtype=np.uint32).reshape(
        [sizes[one] for one in axes]
    )
    write_pixels(group_at(tmp_path / "a.zarr"), pixels, axes, levels=1)
    with open_image(tmp_path / "a.zarr") as file:
        assert file.info.axes == axes
        at = {axis: sizes[axis] - 1 for axis in axes if axis in "tcz"}
        plane = pixels[tuple(at.get(axis, slice(None)) for axis in axes)]
        assert np.array_equal(file.read(**at), plane.T if axes.index("x") < axes.index("y") else plane)


@pytest.mark.parametrize(("version", "piece"), [("0.4", "0/0/0"), ("0.5", "0/c/0/0")])
def test_a_piece_that_is_written_anew_is_read_anew(tmp_path: Path, version: str, piece: str) -> None:
    """Ten thousand damaged pieces were all read: what tensorstore had kept of the first came again."""
    for name, value in (("a.zarr", 7), ("b.zarr", 9)):
        pixels = np.full((8, 6), value, np.uint16)
        write_pixels(group_at(tmp_path / name, version), pixels, "yx", version=version, levels=1)
    assert read_plane(tmp_path / "a.zarr").max() == 7
    (tmp_path / "a.zarr" / piece).write_bytes((tmp_path / "b.zarr" / piece).read_bytes())
    assert read_plane(tmp_path / "a.zarr").max() == 9


def test_folders_of_pieces_are_listed_once_and_what_is_new_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.zarr"
    write_pixels(group_at(place, "0.5"), scene()[1], "yx", levels=2)
    for folder in (place, *(one for one in place.rglob("*") if one.is_dir())):
        os.utime(folder, (1, 1))
    asked: list[Path] = []
    listed = zarr_store._list
    monkeypatch.setattr(zarr_store, "_list", lambda folder: asked.append(folder) or listed(folder))
    first = zarr_store.changed_at(place)
    assert len(asked) == len(set(asked)) > 4
    assert zarr_store.changed_at(place) == first
    assert len(asked) == len(set(asked)), "a folder that has not changed has the same names in it"
    pieces = place / "1" / "c"
    (pieces / "new").mkdir()
    changed = zarr_store.changed_at(place)
    assert changed != first
    (pieces / "new" / "0").write_bytes(b"1")
    os.utime(pieces / "new", (2, 2))
    assert zarr_store.changed_at(place) != changed, "of a folder that was just changed nothing is kept"


@pytest.mark.thorough
def test_blocks_are_read_together_of_an_image_that_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuiqc.pixels import open_images

    pixels = np.random.default_rng(1).integers(0, 60_000, (600, 700)).astype(np.uint16)
    write_pixels(group_at(tmp_path / "a.zarr"), pixels, "yx", levels=1)
    opened: list[Path] = []
    monkeypatch.setattr(open_images, "open_image", lambda path: opened.append(path) or open_image(path))
    source = PlaneSource(1 << 20)
    for window in (Window(10, 300, 20, 400), Window(200, 600, 300, 700), Window(0, 1, 0, 1)):
        found = source.plane(tmp_path / "a.zarr", window=window)
        assert np.array_equal(found, pixels[window.y0 : window.y1, window.x0 : window.x1])
    assert not source.kept_whole(source.info(tmp_path / "a.zarr"))
    assert len(opened) == 1


def test_packed_bare_and_boolean(tmp_path: Path) -> None:
    folder = tmp_path / "in" / "image.zarr"
    write_image(group_at(folder))
    with zipfile.ZipFile(tmp_path / "image.zarr.zip", "w") as packed:
        for file in folder.rglob("*"):
            if file.is_file():
                packed.write(file, file.relative_to(folder.parent))
    image, mask = scene()
    assert np.array_equal(read_plane(tmp_path / "image.zarr.zip"), image[0])
    assert np.array_equal(read_plane(tmp_path / "image.zarr.zip" / "labels" / "nuclei"), mask)
    assert np.array_equal(read_plane(folder / "1", c=1), image[1, ::2, ::2]), "an array without OME metadata"
    write_pixels(group_at(tmp_path / "b.zarr"), mask > 0, "yx", levels=1)
    assert image_info(tmp_path / "b.zarr").dtype == np.uint8
    assert read_plane(tmp_path / "b.zarr").max() == 1


def test_codecs_that_tensorstore_refuses(tmp_path: Path) -> None:
    import numcodecs
    import zarr

    group = group_at(tmp_path / "image.zarr", "0.4")
    image, _ = scene()
    write_pixels(group, image, "cyx", version="0.4", levels=1)
    shutil.rmtree(tmp_path / "image.zarr" / "0")
    array = zarr.create_array(
        tmp_path / "image.zarr" / "0",
        shape=image.shape,
        dtype=image.dtype,
        chunks=(1, 32, 32),
        zarr_format=2,
        compressors=numcodecs.LZ4(),
        filters=None,
    )
    array[...] = image
    assert np.array_equal(read_plane(tmp_path / "image.zarr", c=1), image[1])


def _without(key: str) -> Callable[[Path], None]:
    def change(place: Path) -> None:
        file = place / "zarr.json"
        document = json.loads(file.read_text())
        document["attributes"]["ome"]["multiscales"][0].pop(key)
        file.write_text(json.dumps(document))

    return change


def _text(text: str, *names: str) -> Callable[[Path], None]:
    return lambda place: (place.joinpath(*names) / "zarr.json").write_text(text) and None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_text("{"), "is no JSON"),
        (_text("[1]"), "holds a list"),
        (_text('{"node_type": "group"}'), "is a group of Zarr without an image"),
        (_text("[" * 5000), "levels|no JSON"),
        (_without("datasets"), "its multiscales name no datasets"),
        (lambda place: shutil.rmtree(place / "0"), "its level '0' is not there"),
        (_text('{"node_type": "array", "shape": [2, 64], "data_type": "uint16"}', "0"), "no sense"),
        (
            _text(
                '{"node_type": "array", "shape": [2, 1e9, 1e9], "data_type": "uint16", '
                '"chunk_grid": {"configuration": {"chunk_shape": [1, 9, 9]}}}',
                "0",
            ),
            "claims|GiB",
        ),
        (
            _text(
                '{"node_type": "array", "shape": [2, 64, 64], "data_type": "r16", '
                '"chunk_grid": {"configuration": {"chunk_shape": [1, 9, 9]}}}',
                "0",
            ),
            "no sense",
        ),
    ],
)
def test_damaged_metadata_is_named(tmp_path: Path, change: Callable[[Path], None], said: str) -> None:
    write_image(group_at(tmp_path / "image.zarr"), labels=False)
    change(tmp_path / "image.zarr")
    with pytest.raises(InputError, match=said) as refused:
        image_info(tmp_path / "image.zarr")
    assert "image.zarr" in str(refused.value)


def test_a_damaged_piece_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    write_image(group_at(tmp_path / "image.zarr"), labels=False)
    piece = next((tmp_path / "image.zarr" / "0" / "c" / "0").rglob("0"))
    piece = piece if piece.is_file() else piece / "0"
    piece.write_bytes(b"nonsense")
    with open_image(tmp_path / "image.zarr") as file:
        assert file.read(c=1).shape == (64, 64)
        with pytest.raises(InputError, match="can't be read"):
            file.read(c=0)  # what is measured must not take the gap for background
    good = scene()[0][0]
    source = PlaneSource()
    for _ in range(2):
        shown = source.piece(tmp_path / "image.zarr", Window(0, 64, 0, 64), 1.0)
        assert shown is not None
        assert [one.window for one in shown.damage] == [Window(0, 32, 0, 32)]
        assert "can't be read" in shown.damage[0].why
        assert not shown.pixels[:32, :32].any()
        assert np.array_equal(shown.pixels[32:], good[32:])
    beside = source.piece(tmp_path / "image.zarr", Window(40, 64, 40, 64), 1.0)
    assert beside is not None
    assert not beside.damage
    half = source.piece(tmp_path / "image.zarr", Window(0, 64, 0, 64), 0.5)
    assert half is not None
    assert not half.damage, "its own level is whole"


def test_a_picture_shows_a_damaged_piece_in_its_place(tmp_path: Path) -> None:
    write_image(group_at(tmp_path / "image.zarr"), labels=False, levels=1)
    (tmp_path / "image.zarr" / "0" / "c" / "0" / "1" / "1").write_bytes(b"nonsense")
    batch = open_batch(SourceOptions((str(tmp_path / "image.zarr"),)))
    display = Display.of(batch.channels, batch.layers, "")
    spec = PictureSpec(batch.images[0], display, width=64, height=64)
    made = Painter().paint(spec)
    assert made is not None
    assert any("hatched" in line and "can't be read" in line for line in made.problems)
    hatched = (made.rgb == (150, 60, 60)).all(-1) | (made.rgb == (52, 26, 30)).all(-1)
    assert hatched[32:, 32:].all()
    assert not hatched[:32].any()
    assert not hatched[:, :32].any()


def test_what_is_needed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_image(group_at(tmp_path / "image.zarr"), labels=False)
    monkeypatch.setattr("tuiqc.pixels.zarr_store.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install .tuiqc\[zarr\]"):
        image_info(tmp_path / "image.zarr")


def test_metadata_without_axes_units_or_omero(tmp_path: Path) -> None:
    group = group_at(tmp_path / "image.zarr")
    image, _ = scene()
    write_pixels(group, image[0], "yx", levels=1)
    tell(group, "0.5", {"multiscales": [{"datasets": [{"path": "/0/"}]}]})
    info = image_info(tmp_path / "image.zarr")
    assert (info.axes, info.pixel_size_um, info.channel_names) == ("yx", None, ())
    assert not is_hierarchy(tmp_path)
