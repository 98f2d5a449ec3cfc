"""`export --what masks`: labels go from the planes that they were judged in, and from no other place of the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile

from tuiqc.cli import main
from tuiqc.errors import InputError
from tuiqc.exporters.eraser import Eraser, MaskInFile
from tuiqc.exporters.masks import copy_masks
from tuiqc.pixels import ImagePath, open_image
from tuiqc.pixels.image_path import Reading

HEAD = (
    "level,image,layer,label,t,verdict,reason,note,annotator,time,source_table,centre_x,centre_y,area,schema"
)


def failed(image: str, layer: str, label: int, t: int | str = "") -> str:
    return f"object,{image},{layer},{label},{t},fail,,,x,2026-01-01T00:00:00+00:00,,,,,1\n"


def planes(*lead: int, dtype: str = "uint16") -> np.ndarray:
    """Labels 1 to 8 in every plane, each plane with them in other places."""
    shape = (*lead, 40, 48)
    return (np.arange(np.prod(shape)).reshape(shape) // 31 % 9).astype(dtype)


def tiff(**options: object) -> Callable[[Path, np.ndarray], None]:
    def write(path: Path, data: np.ndarray) -> None:
        tifffile.imwrite(path, data, **{"photometric": "minisblack", **options})

    return write


def by_page(**options: object) -> Callable[[Path, np.ndarray], None]:
    """Each page with a description of its own."""

    def write(path: Path, data: np.ndarray) -> None:
        with tifffile.TiffWriter(path) as file:
            for number, plane in enumerate(data.reshape(-1, *data.shape[-2:])):
                text = f"page {number} of 0.5 \xb5m".encode("latin-1")
                file.write(plane, description=text, metadata=None, photometric="minisblack", **options)

    return write


def positions(path: Path, data: np.ndarray) -> None:
    with tifffile.TiffWriter(path, ome=True) as file:
        for plane in data:
            file.write(plane, photometric="minisblack", compression="zlib")


def pyramid(axes: str, **options: object) -> Callable[[Path, np.ndarray], None]:
    def write(path: Path, data: np.ndarray) -> None:
        with tifffile.TiffWriter(path, ome=True) as file:
            more = {"tile": (16, 16), "photometric": "minisblack", **options}
            file.write(data, subifds=1, metadata={"axes": axes}, **more)
            file.write(data[..., ::2, ::2], subfiletype=1, **more)

    return write


def hdf5(axes: str, **options: object) -> Callable[[Path, np.ndarray], None]:
    def write(path: Path, data: np.ndarray) -> None:
        with h5py.File(path, "w") as file:
            made = file.create_dataset("exported_data", data=data, **options)
            made.attrs["axistags"] = json.dumps({"axes": [{"key": key} for key in axes]})
            file["again"] = made
            file["other"] = [1, 2, 3]

    return write


LAYER, MOVIE, PLAIN = Reading(role="mask", channel=1), Reading(role="mask"), Reading(role="mask")
SECOND = Reading(role="mask", series=1)

KINDS: dict[str, tuple[str, Callable[[Path, np.ndarray], None], np.ndarray, Reading]] = {
    "layers, ImageJ": (".tif", tiff(imagej=True, metadata={"axes": "CYX"}), planes(2), LAYER),
    "layers, OME": (".tif", tiff(ome=True, compression="zlib", metadata={"axes": "CYX"}), planes(2), LAYER),
    "layers, samples": (".tif", tiff(planarconfig="contig"), np.moveaxis(planes(2), 0, -1), LAYER),
    "layers, samples in tiles": (
        ".tif", tiff(planarconfig="contig", tile=(16, 16), compression="lzw"), np.moveaxis(planes(2), 0, -1), LAYER,
    ),
    "layers, planar": (".tif", tiff(planarconfig="separate", compression="zlib", rowsperstrip=7), planes(2), LAYER),
    "layers of a movie": (".tif", tiff(imagej=True, metadata={"axes": "TCYX"}), planes(3, 2), LAYER),
    "layers of a movie, deflated": (
        ".tif", tiff(ome=True, compression="zlib", metadata={"axes": "TCYX"}), planes(3, 2), LAYER,
    ),
    "layers of a pyramid": (".tif", pyramid("CYX", compression="zlib"), planes(2), LAYER),
    "positions": (".tif", positions, planes(2), SECOND),
    "movie, plain pages": (".tif", tiff(), planes(6), MOVIE),
    "movie, pages one by one": (".tif", by_page(), planes(6), MOVIE),
    "movie, pages one by one, deflated": (".tif", by_page(compression="zlib"), planes(6), MOVIE),
    "movie with a pyramid": (".tif", pyramid("TYX"), planes(6), MOVIE),
    "stack": (".tif", tiff(ome=True, metadata={"axes": "ZYX"}), planes(6), PLAIN),
    "told axes": (".tif", tiff(imagej=True, metadata={"axes": "TYX"}), planes(6), Reading("zyx", "mask")),
    "across pages": (".tif", tiff(metadata=None), np.moveaxis(planes(2), 0, -1), LAYER),
    "BigTIFF, big-endian": (".tif", tiff(bigtiff=True, byteorder=">"), planes(6, dtype="uint32"), MOVIE),
    "float": (".tif", tiff(compression="zlib", predictor=True), planes(6, dtype="float32"), MOVIE),
    "HDF5, layers": (".h5", hdf5("yxc", chunks=(16, 16, 1)), np.moveaxis(planes(2), 0, -1), LAYER),
    "HDF5, movie": (".h5", hdf5("tyxc", compression="gzip"), planes(6)[..., None], MOVIE),
    "HDF5, x first": (".h5", hdf5("txy"), np.swapaxes(planes(6), 1, 2).copy(), MOVIE),
}  # fmt: skip


def contents(path: Path, reading: Reading) -> dict[tuple[int, ...], np.ndarray]:
    """Every plane of every level, of all layers and positions."""
    with open_image(ImagePath.of(path, reading._replace(channel=-1, series=0))) as image:
        count = max(1, len(image.info.series))
    found = {}
    for series in range(count):
        with open_image(ImagePath.of(path, reading._replace(channel=-1, series=series))) as image:
            sizes = image.info.sizes
            for level, t, z, c in product(range(len(image.levels)), *(range(sizes[axis]) for axis in "tzc")):
                found[series, level, t, z, c] = image.read(t=t, z=z, c=c, level=level)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_labels_go_from_the_planes_of_their_mask_only(tmp_path: Path, kind: str) -> None:
    suffix, write, data, reading = KINDS[kind]
    source, target = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    write(source, data)
    before = source.read_bytes()
    t = 1 if any(place[2] for place in contents(source, reading)) else 0
    erase = Eraser({t: {3, 7, 100}})
    copy_masks(source, target, [MaskInFile(reading, erase)])
    old, new = contents(source, reading), contents(target, reading)
    assert old.keys() == new.keys()
    for place, plane in old.items():
        series, _, at, _, c = place
        here = series == reading.series and at == t and c == max(reading.channel, 0)
        assert (new[place] == np.where(here & np.isin(plane, (3, 7)), 0, plane)).all(), place
    assert erase.removed == {(t, 3), (t, 7)}
    assert source.read_bytes() == before
    if suffix == ".tif":
        with tifffile.TiffFile(source) as was, tifffile.TiffFile(target) as now:
            told = [[page.aspage().tags.valueof(270) for page in file.pages] for file in (was, now)]
            assert told[0] == told[1]
            assert [len(one.levels) for one in was.series] == [len(one.levels) for one in now.series]
    else:
        with h5py.File(target) as file:  # the other name of the mask leads to the new one
            assert file["again"].id.get_offset() == file["exported_data"].id.get_offset()
            assert (file["again"][()] == file["exported_data"][()]).all()


def test_all_masks_of_a_file_are_written_into_one(tmp_path: Path) -> None:
    data = planes(2)
    tifffile.imwrite(tmp_path / "a.tif", data, imagej=True, metadata={"axes": "CYX"})
    masks = [MaskInFile(LAYER._replace(channel=c), Eraser({0: {c + 1}})) for c in (0, 1)]
    copy_masks(tmp_path / "a.tif", tmp_path / "b.tif", masks)
    written = tifffile.imread(tmp_path / "b.tif")
    assert (written[0] == np.where(data[0] == 1, 0, data[0])).all()
    assert (written[1] == np.where(data[1] == 2, 0, data[1])).all()


@pytest.mark.parametrize("label", [2**53 + 1, 2**63 + 5])
def test_labels_that_no_double_holds(tmp_path: Path, label: int) -> None:
    data = np.full((8, 8), label, np.uint64)
    data[:2] = label - 1
    tifffile.imwrite(tmp_path / "a.tif", data)
    copy_masks(tmp_path / "a.tif", tmp_path / "b.tif", [MaskInFile(PLAIN, Eraser({0: {label}}))])
    assert np.unique(tifffile.imread(tmp_path / "b.tif")).tolist() == [0, label - 1]


def test_what_was_not_written_as_it_must_be_is_no_mask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuiqc.exporters.tiff_copy._erase_contiguous", lambda *_: None)
    tifffile.imwrite(tmp_path / "a.tif", planes())
    with pytest.raises(InputError, match="other labels were read back"):
        copy_masks(tmp_path / "a.tif", tmp_path / "b.tif", [MaskInFile(PLAIN, Eraser({0: {3}}))])


def compartments(folder: Path) -> list[str]:
    """One image whose mask holds cells and nuclei."""
    cells, nuclei = np.zeros((2, 40, 48), np.uint16)
    for label, x in ((1, 2), (2, 25)):
        cells[4:30, x : x + 20], nuclei[8:18, x + 4 : x + 12] = label, label
    tifffile.imwrite(folder / "A01.tif", cells)
    tifffile.imwrite(
        folder / "A01_labels.tif", np.stack([cells, nuclei]), imagej=True, metadata={"axes": "CYX"}
    )
    return [str(folder)]


def two_positions(folder: Path) -> list[str]:
    for name, dtype in (("A01", "uint8"), ("A01_labels", "uint16")):
        positions(folder / f"{name}.tif", planes(2, dtype=dtype))
    return [str(folder)]


def files_of_a_movie(folder: Path) -> list[str]:
    for t in range(4):
        tifffile.imwrite(folder / f"raw_t{t + 7}.tif", planes(dtype="uint8"))
        tifffile.imwrite(folder / f"mask_t{t + 7}.tif", planes())
    return ["--images", f"raw={folder}/raw_t{{t}}.tif", "--labels", f"cells={folder}/mask_t{{t}}.tif"]


def slices_of_a_stack(folder: Path) -> list[str]:
    for z in range(3):
        tifffile.imwrite(folder / f"raw_z{z}.tif", planes(dtype="uint8"))
        tifffile.imwrite(folder / f"mask_z{z}.tif", planes())
    return ["--images", f"raw={folder}/raw_z{{z}}.tif", "--labels", f"cells={folder}/mask_z{{z}}.tif"]


@pytest.mark.parametrize(
    ("make", "layer", "which", "t", "gone"),
    [
        (compartments, "nuclei", 0, "", {("A01_labels.tif", 1)}),
        (compartments, "cells", 0, "", {("A01_labels.tif", 0)}),
        (two_positions, "objects", 1, "", {("A01_labels.tif", 1)}),
        (files_of_a_movie, "cells", 0, 2, {("mask_t9.tif", 0)}),
        (slices_of_a_stack, "cells", 0, "", {(f"mask_z{z}.tif", 0) for z in range(3)}),
    ],
)
def test_from_the_command_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], list[str]],
    layer: str,
    which: int,
    t: int | str,
    gone: set[tuple[str, int]],
) -> None:
    (tmp_path / "data").mkdir()
    batch = make(tmp_path / "data")
    assert main(["summary", *batch, "--json"]) == 0
    keys = json.loads(capsys.readouterr().out)["image_keys"]
    verdicts = tmp_path / "v.csv"
    verdicts.write_text(f"{HEAD}\n" + failed(keys[which], layer, 2, t))
    out = tmp_path / "out"
    assert main(["export", *batch, "--annotations", str(verdicts), "--what", "masks", "-o", str(out)]) == 0
    assert "1 object taken out" in capsys.readouterr().out
    for path in sorted(out.iterdir()):
        with tifffile.TiffFile(tmp_path / "data" / path.name) as was, tifffile.TiffFile(path) as now:
            for number, (old, new) in enumerate(zip(was.pages, now.pages, strict=True)):
                taken = (path.name, number) in gone
                assert (new.asarray() == np.where(taken & (old.asarray() == 2), 0, old.asarray())).all()
