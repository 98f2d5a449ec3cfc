"""Which axis of a file is which: images and masks of every order, with singletons, and with headers that lie."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.dataset.objects import ObjectLoader
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.pixels import image_info, open_image, read_plane, with_reading
from tuiqc.pixels.axes import UNKNOWN, decide
from tuiqc.pixels.image_path import Reading

SHAPE = (24, 32)


def squares(count: int = 6, first: int = 1) -> np.ndarray:
    plane = np.zeros(SHAPE, np.uint16)
    for number in range(count):
        y, x = 2 + 8 * (number // 3), 2 + 10 * (number % 3)
        plane[y : y + 4, x : x + 6] = first + number
    return plane


CELLS, NUCLEI = squares(), np.where(np.pad(squares(4)[1:, 1:], ((0, 1), (0, 1))) == squares(4), squares(4), 0)
Write = Callable[[Path], None]


def pages(data: np.ndarray, **options: Any) -> tuple[str, Write]:
    return "tif", lambda path: tifffile.imwrite(path, data, **({"photometric": "minisblack"} | options))


def imagej(data: np.ndarray, axes: str) -> tuple[str, Write]:
    return "tif", lambda path: tifffile.imwrite(path, data, imagej=True, metadata={"axes": axes})


def ome(data: np.ndarray, axes: str) -> tuple[str, Write]:
    return "ome.tif", lambda path: tifffile.imwrite(
        path, data, ome=True, photometric="minisblack", metadata={"axes": axes}
    )


def hdf5(data: np.ndarray) -> tuple[str, Write]:
    def write(path: Path) -> None:
        with h5py.File(path, "w") as file:
            file["exported_data"] = data

    return "h5", write


def copied_header(data: np.ndarray, **sizes: int) -> tuple[str, Write]:
    said = {"T": 1, "Z": 1, "C": 1} | sizes
    text = " ".join(f'Size{axis}="{size}"' for axis, size in said.items())
    xml = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
        f'<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="32" SizeY="24" {text}><TiffData/>'
        "</Pixels></Image></OME>"
    )
    return pages(data, description=xml, metadata=None)


def stack(count: int) -> np.ndarray:
    """One object of its own in each plane."""
    return np.stack([np.where(squares(6) == 1 + k % 6, 1 + k, 0).astype(np.uint16) for k in range(count)])


def images(*lengths: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 99, (*lengths, *SHAPE)).astype(np.uint16)


def counted(folder: Path, mask: tuple[str, Write], image: tuple[str, Write]) -> tuple[dict[str, int], str]:
    """Objects of each layer, and what is said."""
    image[1](folder / f"A01.{image[0]}")
    mask[1](folder / f"A01_mask.{mask[0]}")
    batch = open_batch(SourceOptions(sources=(str(folder),), cache=False))
    loader = ObjectLoader(batch)
    parts = {layer: loader.load(0, layer) for layer in batch.layers}
    said = [str(problem) for part in parts.values() for problem in part.problems]
    return {layer: len(part.frame) for layer, part in parts.items()}, " | ".join([*batch.assumptions, *said])


BOTH = np.stack([CELLS, NUCLEI], -1)
PLANE = pages(images())


@pytest.mark.parametrize(
    "mask",
    [
        pages(np.moveaxis(BOTH, -1, 0)),
        pages(BOTH),
        pages(BOTH, planarconfig="contig"),
        pages(BOTH, compression="zlib"),
        pages(BOTH, metadata=None),
        ome(np.moveaxis(BOTH, -1, 0), "CYX"),
        imagej(np.moveaxis(BOTH, -1, 0), "CYX"),
        hdf5(BOTH),
        hdf5(np.moveaxis(BOTH, -1, 0)),
        hdf5(BOTH[None]),
    ],
)
@pytest.mark.parametrize(
    "image",
    [
        PLANE,
        pytest.param(pages(images(2)), marks=pytest.mark.thorough),
        ome(images(3), "CYX"),
    ],
    ids=["one", "two", "three"],
)
def test_two_compartments_are_layers_by_their_names(
    tmp_path: Path, mask: tuple[str, Write], image: tuple[str, Write]
) -> None:
    found, said = counted(tmp_path, mask, image)
    assert sorted(found.values()) == [4, 6]
    assert next(count for name, count in found.items() if "cells" in name) == 6
    assert next(count for name, count in found.items() if "nuclei" in name) == 4
    assert "object layer" in said


@pytest.mark.parametrize(
    "count", [2, 5, *(pytest.param(count, marks=pytest.mark.thorough) for count in (3, 6))]
)
@pytest.mark.parametrize("way", ["pages", "hdf5", "imagej c"])
@pytest.mark.parametrize("axis", ["Z", "T"])
def test_planes_of_a_mask_are_those_of_its_image(tmp_path: Path, count: int, way: str, axis: str) -> None:
    masks = {"pages": pages, "hdf5": hdf5, "imagej c": lambda data: imagej(data, "CYX")}
    found, _ = counted(tmp_path, masks[way](stack(count)), imagej(images(count), f"{axis}YX"))
    assert found == {"objects": count} or list(found.values()) == [count]


@pytest.mark.parametrize(
    ("mask", "image", "objects", "said"),
    [
        (pages(stack(3)), pages(images(3)), [3], "--axes"),
        (pages(stack(4)), PLANE, [1, 1, 1, 1], "object layers"),
        (pages(stack(3)), imagej(images(5), "ZYX"), [3], "3 slices, its image 5"),
        (pages(stack(6)), imagej(images(2, 3), "TZYX"), [6], ""),
        (copied_header(CELLS, T=9), imagej(images(9), "TYX"), [6], "claims 9 planes, and 1 are there"),
        (copied_header(CELLS, Z=5, C=2), PLANE, [6], "claims 10 planes"),
        (copied_header(CELLS, T=1_000_000), PLANE, [6], "claims 1,000,000 planes"),
        (copied_header(stack(4), T=4, C=3), imagej(images(4), "TYX"), [4], "claims 12 planes"),
        (copied_header(stack(3)), imagej(images(3), "ZYX"), [3], "claims 1 planes, and 3 are there"),
    ],
)
def test_masks_whose_planes_are_not_named_or_not_there(
    tmp_path: Path, mask: tuple[str, Write], image: tuple[str, Write], objects: list[int], said: str
) -> None:
    found, told = counted(tmp_path, mask, image)
    assert list(found.values()) == objects
    assert said in told


def test_colours_are_no_layers(tmp_path: Path) -> None:
    colours = np.random.default_rng(1).integers(0, 255, (7, 3)).astype(np.uint8)[CELLS]
    found, said = counted(tmp_path, pages(colours, photometric="rgb"), PLANE)
    assert found == {"objects": 0} or list(found.values()) == [0]
    assert "colour" in said


SINGLETONS = [(1, *SHAPE), (*SHAPE, 1), (1, *SHAPE, 1), (1, 1, *SHAPE, 1), (*SHAPE, 1, 1), (1, 1, 1, *SHAPE)]


@pytest.mark.parametrize("shape", SINGLETONS, ids=str)
@pytest.mark.parametrize(
    "way", [{}, {"compression": "zlib"}, {"ome": True}, {"metadata": None}, None], ids=str
)
def test_axes_of_one_are_left_out(tmp_path: Path, shape: tuple[int, ...], way: dict[str, Any] | None) -> None:
    if way == {"metadata": None} and shape == (*SHAPE, 1, 1):
        pytest.skip("768 pages of one pixel, and nothing says more")
    suffix, write = hdf5(CELLS.reshape(shape)) if way is None else pages(CELLS.reshape(shape), **way)
    path, image = tmp_path / f"a.{suffix}", tmp_path / "image.tif"
    write(path)
    tifffile.imwrite(image, images())
    told = with_reading(path, role="mask", partner=image)
    np.testing.assert_array_equal(read_plane(told), CELLS)
    np.testing.assert_array_equal(read_plane(path, window=None), read_plane(path))


def test_a_short_last_axis_is_channels_not_pixels(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", BOTH)
    info = image_info(tmp_path / "a.tif")
    assert info.shape == SHAPE
    assert info.sizes["c"] == 2
    np.testing.assert_array_equal(read_plane(tmp_path / "a.tif", c=1), NUCLEI)


@given(st.permutations("tczyx"), st.data())
def test_what_a_file_says_holds_in_any_order(axes: list[str], data: st.DataObject) -> None:
    sizes = {axis: data.draw(st.integers(1, 4) if axis in "tcz" else st.integers(6, 9)) for axis in axes}
    found = decide(Path("a"), [sizes[axis] for axis in axes], "".join(axes), Reading())
    assert {role: n for role, n in zip(found.roles, found.shape, strict=True) if role and n > 1} == {
        axis: n for axis, n in sizes.items() if n > 1
    }


@given(st.permutations([("t", 7), ("z", 11), ("", 1), ("", 1)]), st.integers(0, 4))
def test_the_partner_names_what_a_file_does_not(stack_axes: list[tuple[str, int]], keep: int) -> None:
    stack_axes = stack_axes[:keep]
    shape = [n for _, n in stack_axes] + [24, 32]
    partner = image_info_like(t=7, z=11)
    found = decide(Path("a"), shape, UNKNOWN * len(shape), Reading(role="mask"), lambda: partner)
    assert [role for role, n in zip(found.roles, found.shape, strict=True) if n > 1][:-2] == [
        name for name, n in stack_axes if n > 1
    ]
    assert found.note == ""


def image_info_like(**sizes: int) -> Any:
    from dataclasses import replace

    from tuiqc.pixels import ImageInfo

    every = dict.fromkeys("tczyx", 1) | {"y": 24, "x": 32} | sizes
    info = ImageInfo(Path("b"), "tzyx", every, np.dtype("u2"), None, True, "TIFF")
    return replace(info, axes_from="file")


@given(st.lists(st.integers(1, 40), min_size=2, max_size=7), st.data())
def test_any_claim_is_decided_or_told(shape: list[int], data: st.DataObject) -> None:
    from tuiqc.errors import InputError

    letters = data.draw(st.lists(st.sampled_from("tczyxs??"), min_size=len(shape), max_size=len(shape)))
    role = data.draw(st.sampled_from(["", "mask", "channel"]))
    partner = data.draw(st.sampled_from([None, image_info_like(t=3), image_info_like(z=5, t=2)]))
    for letter in "tczyxs":  # a file names an axis once
        for place in [i for i, one in enumerate(letters) if one == letter][1:]:
            letters[place] = UNKNOWN
    if len({"y", "x"} & set(letters)) == 1:
        letters = [UNKNOWN if letter in "yx" else letter for letter in letters]
    try:
        found = decide(Path("a"), shape, "".join(letters), Reading(role=role), lambda: partner)
    except InputError:
        return
    named = [role for role in found.roles if role]
    assert len(named) == len(set(named))
    assert {"y", "x"} <= set(named)
    assert np.prod(found.shape) == np.prod(shape)
    assert all(role or n == 1 for role, n in zip(found.roles, found.shape, strict=True))


# --- series


def written(path: Path, *planes: np.ndarray, **options: Any) -> Path:
    with tifffile.TiffWriter(path, ome=options.pop("ome", False)) as tif:
        for number, plane in enumerate(planes):
            small = plane.shape != planes[-1].shape and options.get("marked")
            tif.write(
                plane,
                subfiletype=1 if small else 0,
                photometric="rgb" if plane.ndim == 3 else "minisblack",
                metadata={"axes": "YXS" if plane.ndim == 3 else "YX", "Name": f"pos{number}"},
            )
    return path


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("is_ome", [True, False])
def test_thumbnails_and_macro_images_are_not_the_image(tmp_path: Path, marked: bool, is_ome: bool) -> None:
    macro = np.zeros((24, 30, 3), np.uint8)
    large = np.kron(CELLS, np.ones((4, 4), np.uint16))
    for number, first in enumerate((CELLS, macro)):
        path = written(tmp_path / f"{number}.tif", first, large, marked=marked, ome=is_ome)
        np.testing.assert_array_equal(read_plane(path), large)


def test_pages_that_were_written_one_by_one_are_a_stack(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tif", *images(7))
    with open_image(path) as image:
        assert image.info.sizes["t"] == 7
        np.testing.assert_array_equal(image.read(t=4), images(7)[4])


def test_positions_of_an_ome_tiff_are_images(tmp_path: Path) -> None:
    written(tmp_path / "A01.ome.tif", *images(3), ome=True)
    written(tmp_path / "A01_mask.ome.tif", *stack(3), ome=True)
    batch = open_batch(SourceOptions(sources=(str(tmp_path),), cache=False))
    assert [record.key for record in batch.images] == ["A01/pos0", "A01/pos1", "A01/pos2"]
    loader = ObjectLoader(batch)
    for index, record in enumerate(batch.images):
        (channel,) = (path for path in record.channels.values() if path)
        np.testing.assert_array_equal(read_plane(channel), images(3)[index])
        assert loader.load(index, batch.layers[0]).frame["label"].tolist() == [index + 1]


def test_two_batches_of_one_process_do_not_share_what_was_told(tmp_path: Path) -> None:
    pages(images(8))[1](tmp_path / "a_raw.tif")
    told = open_batch(SourceOptions(sources=(str(tmp_path),), axes={"": "zyx"}))
    plain = open_batch(SourceOptions(sources=(str(tmp_path),)))
    (one,), (other,) = (list(batch.images[0].channels.values()) for batch in (told, plain))
    assert one == other
    assert (image_info(one).sizes["z"], image_info(other).sizes["z"]) == (8, 1)


def test_all_orders_of_a_hyperstack_are_read(tmp_path: Path) -> None:
    data = images(3, 2)
    for axes in permutations("TZ"):
        name = "".join(axes)
        suffix, write = ome(data if name == "TZ" else data.swapaxes(0, 1), f"{name}YX")
        write(tmp_path / f"{name}.{suffix}")
        np.testing.assert_array_equal(read_plane(tmp_path / f"{name}.{suffix}", t=2, z=1), data[2, 1])


@pytest.mark.parametrize(
    ("options", "lossy"),
    [
        ({"compression": "jpeg"}, True),
        ({"compression": "jpegxl"}, False),
        ({"compression": "jpeg2000", "compressionargs": {"level": 0, "reversible": True}}, False),
        ({"compression": "jpeg2000", "compressionargs": {"level": 30}}, True),
        ({"compression": "zlib"}, False),
    ],
)
def test_codecs_that_change_labels_are_known(tmp_path: Path, options: dict[str, Any], lossy: bool) -> None:
    tifffile.imwrite(tmp_path / "a.tif", CELLS.astype(np.uint8), photometric="minisblack", **options)
    assert image_info(tmp_path / "a.tif").lossy is lossy
