"""An object of a movie or a stack is shown at the time and in the slice where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tuiqc.cli import main
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.review.object_rows import ObjectRows

DEPTH, BEST = 6, {1: 1, 2: 4, 3: 3}
"""The slice with most of each object."""


def stack() -> np.ndarray:
    """Three objects of three slices each, the middle one the largest; the first slice is empty."""
    mask = np.zeros((DEPTH, 48, 64), np.uint16)
    for label, z in BEST.items():
        x = 20 * label - 8
        mask[z, 14:34, x - 8 : x + 8] = label
        for beside in (z - 1, z + 1):
            if 0 < beside < DEPTH:
                mask[beside, 20:28, x - 3 : x + 3] = label
    return mask


def write(folder: Path, axes: str, head: str = "", row: str = "") -> SourceOptions:
    mask = stack()
    image = np.where(mask > 0, 200, 20).astype(np.uint8)
    for name, data in (("i", image), ("m", mask)):
        tifffile.imwrite(folder / f"{name}.tif", data, imagej=True, metadata={"axes": axes})
    tables: tuple[tuple[str, str], ...] = ()
    if head:
        rows = [row.format(label=label, x=20 * label - 8, z=z) for label, z in BEST.items()]
        (folder / "t.csv").write_text("\n".join([head, *rows]) + "\n")
        tables = (("o", str(folder / "t.csv")),)
    return SourceOptions(
        images=(("i", str(folder / "i.tif")),), labels=(("o", str(folder / "m.tif")),), tables=tables
    )


TABLES = {
    "no table": ("", ""),
    "skimage": ("label,centroid-0,centroid-1,centroid-2,area", "{label},{z}.2,23.5,{x},300"),
    "generic": ("id,x,y,z,size", "{label},{x},23.5,{z},300"),
    "generic without z": ("id,x,y,size", "{label},{x},23.5,300"),
    "generic, z in um": ("id,x,y,z,size", "{label},{x},23.5,{z}00.5,300"),
    "CellProfiler": (
        "ImageNumber,ObjectNumber,AreaShape_Area,Location_Center_X,Location_Center_Y,Location_Center_Z",
        "1,{label},300,{x},23.5,{z}.1",
    ),
    "ilastik": (
        "object_id,timestep,labelimage_oid,Size in pixels,"
        "Center of the object_0,Center of the object_1,Center of the object_2",
        "{label},0,{label},300,{x},23.5,{z}",
    ),
    "MoBIE": ("label_id,anchor_x,anchor_y,anchor_z,n_pixels", "{label},{x},23.5,{z}.9,300"),
    "MorphoLibJ": ("Label,Volume,Centroid.X,Centroid.Y,Centroid.Z", "{label},300,{x},23.5,{z}"),
    "mcquant": ("CellID,X_centroid,Y_centroid,Area", "{label},{x},23.5,300"),
}


@pytest.mark.parametrize("dialect", TABLES)
def test_the_slice_of_an_object(tmp_path: Path, dialect: str) -> None:
    """From the z of its table where that is one of slices, else from its mask."""
    batch = open_batch(write(tmp_path, "ZYX", *TABLES[dialect]))
    parts: list = []
    ObjectLoader(batch).load_layer("o", parts.append)
    rows = ObjectRows(batch, "o", parts)
    assert {int(label): rows.best_slice(position) for position, label in enumerate(rows.labels)} == BEST, (
        batch.dialects
    )


@pytest.mark.parametrize("axes", ["ZYX", "TYX"])
@pytest.mark.parametrize("label", [1, 2, 3])
def test_render_finds_the_slice_or_time_of_an_object(
    tmp_path: Path, axes: str, label: int, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, axes)
    batch = ["--images", f"i={tmp_path}/i.tif", "--labels", f"o={tmp_path}/m.tif"]
    out = tmp_path / "o.png"
    assert main(["render", *batch, "--object", str(label), "--size", "80x80", "-o", str(out)]) == 0
    picture = np.asarray(Image.open(out).convert("L")).astype(int)
    assert picture[38:42, 38:42].mean() > 150
    if axes == "TYX" and label == 2:
        assert main(["render", *batch, "--object", "2", "--time", "0", "-o", str(out)]) == 2
        assert "it is at 3 to 5" in capsys.readouterr().err
        assert main(["render", *batch, "--object", "9", "-o", str(out)]) == 2
        assert "no object" in capsys.readouterr().err


@pytest.mark.parametrize("of", ["objects", "images"])
def test_a_sheet_shows_what_is_there(tmp_path: Path, of: str) -> None:
    """No tile is that of an empty slice."""
    write(tmp_path, "ZYX")
    batch = ["--images", f"i={tmp_path}/i.tif", "--labels", f"o={tmp_path}/m.tif"]
    out = tmp_path / "o.png"
    assert main(["sheet", *batch, "--of", of, "--tile", "64", "--columns", "3", "-o", str(out)]) == 0
    picture = np.asarray(Image.open(out).convert("L"))[36:90]
    tiles = [picture[:, 16 + 80 * k : 70 + 80 * k] for k in range(3 if of == "objects" else 1)]
    assert all(tile.max() > 150 for tile in tiles)
