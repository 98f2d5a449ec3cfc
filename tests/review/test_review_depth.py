"""An object of a movie or a stack is shown at the time and in the slice where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fixtures.stacks import BEST, write, write_many
from PIL import Image

from tuiqc.cli import main
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.dataset.open.batch import open_batch
from tuiqc.review.object_rows import ObjectRows

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


def test_a_table_over_very_many_stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mask is measured once an object of its image is looked at, and never again."""
    monkeypatch.setattr("tuiqc.dataset.objects._MOST_STACKS", 2)
    batch, parts, asked = open_batch(write_many(tmp_path, 3)), list[ObjectPart](), list[int]()
    loader = ObjectLoader(batch)
    loader.load_layer("o", parts.append)
    rows = ObjectRows(batch, "o", parts)
    rows.on_unmeasured = asked.append
    assert [rows.best_slice(position) for position in (3, 4)] == [None, None]
    assert asked == [1, 1]
    rows.put_slices(1, rows.measured_slices(1))
    of_image = range(3, 6)
    assert {int(rows.labels[at]): rows.best_slice(at) for at in of_image} == BEST
    assert asked == [1, 1]
    assert [rows.best_slice(at, sure=True) for at in (6, 0)] == [BEST[int(rows.labels[at])] for at in (6, 0)]
    single = loader.load(2, "o")
    assert dict(zip(single.frame["label"].tolist(), single.geometry.best_z.tolist(), strict=True)) == BEST


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
