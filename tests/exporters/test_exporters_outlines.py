"""Outlines, crops and training sets, each read back by a library of the tool that it is for."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
import tifffile

from tuiqc.cli import main
from tuiqc.pixels import read_plane

HEAD = (
    "level,image,layer,label,t,verdict,reason,note,annotator,time,source_table,centre_x,centre_y,area,schema"
)
Captured = pytest.CaptureFixture[str]


def plane(shift: int = 0) -> np.ndarray:
    """A ring (1), two squares of one object that touch at a corner (2), a square at the edge (3), a dot (900)."""
    labels = np.zeros((40, 56), np.uint16)
    labels[3:13, 3 + shift : 13 + shift] = 1
    labels[6:9, 6 + shift : 9 + shift] = 0
    labels[20:24, 5:9] = labels[24:28, 9:13] = 2
    labels[30:40, 40:56] = 3
    labels[18, 30] = 900
    return labels


def line(
    label: int, verdict: str, reason: str = "", image: str = "A1", t: int | str = "", note: str = ""
) -> str:
    return f"object,{image},nuclei,{label},{t},{verdict},{reason},{note},ada,2026-01-01T00:00:00+00:00,,,,,1"


def options(folder: Path) -> list[str]:
    return [
        *("--images", f"DNA={folder}/{{well}}_DNA.tif", "--images", f"ER={folder}/{{well}}_ER.tif"),
        *(
            "--labels",
            f"nuclei={folder}/{{well}}_nuclei.tif",
            "--annotations",
            f"{folder}/qc_annotations.csv",
        ),
    ]


def write(folder: Path, lines: list[str], labels: np.ndarray | None = None, **layout: Any) -> list[str]:
    """Two wells of the plane (or of `labels`), with verdicts; returns how they are named to the program."""
    folder.mkdir(exist_ok=True)
    labels = plane() if labels is None else labels
    for well in ("A1", "B2"):
        tifffile.imwrite(folder / f"{well}_nuclei.tif", labels, **layout)
        tifffile.imwrite(folder / f"{well}_DNA.tif", (labels > 0).astype(np.uint16) * 900 + 50, **layout)
        tifffile.imwrite(folder / f"{well}_ER.tif", np.full(labels.shape, 7, np.uint8), **layout)
    (folder / "qc_annotations.csv").write_text("\n".join([HEAD, *lines, ""]))
    return options(folder)


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A ring that failed, an object in two parts that passed, one that is unsure."""
    verdicts = [line(1, "fail", "merged;focus", note="=2+2"), line(2, "pass"), line(3, "unsure")]
    return write(tmp_path_factory.mktemp("outlines") / "data", verdicts)


def export(batch: list[str], what: str, output: Path, *more: str) -> int:
    return main(["export", *batch, "--what", what, "-o", str(output), *more])


def features(path: Path) -> list[dict[str, Any]]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    found: list[dict[str, Any]] = json.loads(text)["features"]
    return found


def test_qupath_has_every_object_with_its_class_measurements_and_exact_area(
    flat: list[str], tmp_path: Path, capsys: Captured
) -> None:
    shapely = pytest.importorskip("shapely.geometry")
    assert export(flat, "qupath", tmp_path / "out") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["A1.geojson", "B2.geojson"]
    found = features(tmp_path / "out" / "A1.geojson")
    named = {one["properties"]["name"]: one for one in found}
    classes = {name: one["properties"].get("classification", {}).get("name") for name, one in named.items()}
    expected = {
        "nuclei 1": "fail: merged: focus",
        "nuclei 2": "pass",
        "nuclei 3": "unsure",
        "nuclei 900": None,
    }
    assert classes == expected
    labels = plane()
    for name, one in named.items():
        shape = shapely.shape(one["geometry"])
        label = int(name.split()[1])
        assert shape.is_valid
        assert (
            shape.area == one["properties"]["measurements"]["area of the outline"] == (labels == label).sum()
        )
    assert named["nuclei 2"]["geometry"]["type"] == "MultiPolygon"
    assert named["nuclei 1"]["properties"]["metadata"] == {"note": "=2+2"}
    assert named["nuclei 3"]["properties"]["measurements"]["area"] == 160
    assert len({one["id"] for one in found + features(tmp_path / "out" / "B2.geojson")}) == 8
    assert "nuclei: 8 objects" in capsys.readouterr().out
    assert export(flat, "qupath", tmp_path / "one.geojson") == 2
    assert "name a folder" in capsys.readouterr().err


def test_a_filter_and_a_verdict_choose_the_objects(flat: list[str], tmp_path: Path, capsys: Captured) -> None:
    assert export(flat, "qupath", tmp_path, "--where", "area > 50", "--drop", "fail,unreviewed") == 0
    assert [one["properties"]["name"] for one in features(tmp_path / "A1.geojson")] == ["nuclei 3"]
    assert features(tmp_path / "B2.geojson") == []
    assert export(flat, "qupath", tmp_path, "--where", "moon > 50") == 2
    assert "moon" in capsys.readouterr().err
    assert export(flat, "mobie", tmp_path / "m.tsv", "--where", "area > 50") == 2
    assert export(flat, "crops", tmp_path / "c", "--channel", "moon") == 2


def test_fiji_has_what_failed_or_is_unsure_as_its_own_library_reads_it(
    flat: list[str], tmp_path: Path
) -> None:
    roifile = pytest.importorskip("roifile")
    shapely = pytest.importorskip("shapely")
    assert export(flat, "fiji", tmp_path / "RoiSet.zip") == 0
    rois = {one.name: one for one in roifile.roiread(tmp_path / "RoiSet.zip")}
    assert sorted(rois) == ["A1-1-merged+focus", "A1-3-unsure"]
    ring, square = rois["A1-1-merged+focus"], rois["A1-3-unsure"]
    outer, hole = ring.coordinates(multi=True)
    assert shapely.Polygon(outer, [hole]).area == (plane() == 1).sum() == 91
    assert (square.roitype.name, shapely.Polygon(square.coordinates()).area) == ("TRACED", 160)
    assert ring.properties["note"] == "=2+2"
    assert export(flat, "fiji", tmp_path / "sets", "--drop", "none") == 0
    assert {path.name for path in (tmp_path / "sets").iterdir()} == {"A1.zip", "B2.zip"}
    assert len(roifile.roiread(tmp_path / "sets" / "B2.zip")) == 4


def test_coco_is_read_back_pixel_for_pixel(flat: list[str], tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    from PIL import Image

    assert export(flat, "coco", tmp_path / "set") == 0
    assert (
        export(flat, "coco", tmp_path / "alone.json", "--map", f"{flat[1][4:].rpartition('/')[0]}=Z:\\data")
        == 0
    )
    read = coco.COCO(tmp_path / "set" / "annotations.json")
    entries = read.loadImgs(read.getImgIds())
    with Image.open(tmp_path / "set" / "images" / entries[0]["file_name"]) as picture:
        assert (picture.size, picture.mode) == ((56, 40), "RGB")
        assert np.asarray(picture)[20, 6].sum() > np.asarray(picture)[0, 0].sum()
    labels = plane()
    found = read.loadAnns(read.getAnnIds(imgIds=[entries[0]["id"]]))
    assert {one["attributes"]["label"]: one["attributes"]["verdict"] for one in found} == {
        **{1: "fail", 2: "pass", 3: "unsure", 900: "unreviewed"},
    }
    for one in found:
        mask = read.annToMask(one)
        assert np.array_equal(mask > 0, labels == one["attributes"]["label"])
        assert one["area"] == mask.sum()
    names = [one["file_name"] for one in json.loads((tmp_path / "alone.json").read_text())["images"]]
    assert names == ["Z:\\data\\A1_DNA.tif", "Z:\\data\\B2_DNA.tif"]


def test_training_sets_hold_what_did_not_fail(flat: list[str], tmp_path: Path, capsys: Captured) -> None:
    kept = np.where(plane() == 1, 0, plane())
    assert export(flat, "cellpose-train", tmp_path / "cp", "--channel", "DNA", "--channel", "ER") == 0
    assert np.array_equal(tifffile.imread(tmp_path / "cp" / "A1_masks.tif"), kept)
    image = tifffile.imread(tmp_path / "cp" / "A1.tif")
    assert (image.shape, image.dtype, image[:, 4, 4].tolist()) == ((2, 40, 56), np.uint16, [950, 7])
    assert "learns that there is background" in capsys.readouterr().err
    assert export(flat, "stardist-train", tmp_path / "sd", "--whole") == 0
    assert [path.name for path in sorted((tmp_path / "sd").rglob("*.tif"))] == ["B2.tif", "B2.tif"]
    assert np.array_equal(tifffile.imread(tmp_path / "sd" / "masks" / "B2.tif"), plane())
    assert tifffile.imread(tmp_path / "sd" / "images" / "B2.tif").max() == 950
    assert "1 left out for an object" in capsys.readouterr().out


def test_crops_lie_in_folders_of_their_verdict(flat: list[str], tmp_path: Path) -> None:
    assert export(flat, "crops", tmp_path, "--margin", "2") == 0
    table = pd.read_csv(tmp_path / "crops.csv", keep_default_na=False)
    assert Counter(table["verdict"]) == {"unreviewed": 5, "fail": 1, "pass": 1, "unsure": 1}
    row = table[table["verdict"] == "fail"].iloc[0]
    assert (row["file"], row["note"], row["x"], row["y"]) == ("fail/A1-nuclei-1.tif", "'=2+2", 1, 1)
    crop, mask = tifffile.imread(tmp_path / row["file"]), tifffile.imread(tmp_path / row["mask"])
    assert (crop.shape, mask.shape, (mask > 0).sum(), set(np.unique(mask))) == (
        (2, 14, 14),
        (14, 14),
        91,
        {0, 255},
    )
    at_the_edge = table[(table["label"] == 3) & (table["image"] == "A1")].iloc[0]
    assert tifffile.imread(tmp_path / at_the_edge["mask"]).shape == (12, 18)


@pytest.mark.thorough
def test_stacks_and_movies_keep_their_planes(tmp_path: Path) -> None:
    roifile = pytest.importorskip("roifile")
    stack = np.stack([np.where(plane() == 900, 0, plane()), plane(4), plane() * 0])
    verdicts = [line(1, "fail"), line(3, "pass")]
    zed = write(tmp_path / "z", verdicts, stack, imagej=True, metadata={"axes": "ZYX"})
    assert export(zed, "qupath", tmp_path / "q") == 0
    places = Counter(
        (one["geometry"]["plane"]["z"], one["properties"]["name"])
        for one in features(tmp_path / "q" / "A1.geojson")
    )
    assert (len(places), places[1, "nuclei 900"]) == (7, 1)
    assert export(zed, "fiji", tmp_path / "z.zip") == 0
    assert [one.position for one in roifile.roiread(tmp_path / "z.zip")] == [1, 2]
    assert export(zed, "cellpose-train", tmp_path / "cp") == 0
    assert len(list((tmp_path / "cp").glob("*_masks.tif"))) == 4
    assert export(zed, "stardist-train", tmp_path / "sd") == 0
    assert tifffile.imread(tmp_path / "sd" / "masks" / "A1.tif").shape == (3, 40, 56)
    assert tifffile.imread(tmp_path / "sd" / "images" / "A1.tif").shape == (3, 40, 56)
    assert export(zed, "crops", tmp_path / "c") == 0
    assert set(pd.read_csv(tmp_path / "c" / "crops.csv").query("label == 900")["z"]) == {1}
    assert export(zed, "coco", tmp_path / "c.json") == 2
    assert export(zed, "coco", tmp_path / "coco") == 0
    assert len(list((tmp_path / "coco" / "images").iterdir())) == 6
    movie = write(tmp_path / "t", [line(1, "fail", t=1)], stack, imagej=True, metadata={"axes": "TYX"})
    assert export(movie, "fiji", tmp_path / "t.zip") == 0
    assert [(one.position, one.name) for one in roifile.roiread(tmp_path / "t.zip")] == [(2, "A1-1-t1-fail")]


@pytest.mark.thorough
def test_an_image_that_cannot_be_read_is_told_and_the_others_go_on(tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "data"
    batch = write(folder, [line(1, "fail")])
    broken = os.fsencode(folder) + b"/C\xb53_nuclei.tif"
    Path(os.fsdecode(broken)).write_bytes(b"II*\0garbage")
    for channel in ("DNA", "ER"):
        tifffile.imwrite(
            os.fsdecode(os.fsencode(folder) + f"/C\udcb53_{channel}.tif".encode("utf-8", "surrogateescape")),
            plane(),
        )
    with h5py.File(folder / "masks.h5", "w") as file:
        file["exported_data"] = plane()
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for what in ("qupath", "fiji", "coco", "cellpose-train", "stardist-train", "crops"):
        assert export(batch, what, tmp_path / what) == 3, what
        assert "_nuclei.tif" in capsys.readouterr().err
        assert any(path.is_file() for path in (tmp_path / what).rglob("*"))
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    solid = ["--images", f"DNA={folder}/A1_DNA.tif", "--labels", f"nuclei={folder}/masks.h5"]
    assert export(solid, "qupath", tmp_path / "h5.geojson.gz") == 0
    assert len(features(tmp_path / "h5.geojson.gz")) == 4


def test_ome_zarr_has_new_label_images_of_what_did_not_fail(
    flat: list[str], tmp_path: Path, capsys: Captured
) -> None:
    pytest.importorskip("tensorstore")
    zarr = pytest.importorskip("zarr")
    assert export(flat, "ome-zarr", tmp_path / "out") == 0
    group = zarr.open_group(tmp_path / "out" / "A1.zarr" / "labels", mode="r")
    assert group.attrs["labels"] == ["nuclei"]
    labels = group["nuclei"]
    kept = np.where(plane() == 1, 0, plane())
    assert np.array_equal(labels["0"][:], kept)
    said = {one["label-value"]: one["verdict"] for one in labels.attrs["image-label"]["properties"]}
    assert said == {2: "pass", 3: "unsure", 900: "unreviewed"}
    node = tmp_path / "out" / "A1.zarr" / "labels" / "nuclei"
    assert np.array_equal(read_plane(node), kept)
    assert export(flat, "ome-zarr", tmp_path / "out") == 2
    assert "is there" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob(".*"))
    (tmp_path / "qc.csv").write_text(f"{HEAD}\n{line(2, 'fail', image='nuclei')}\n")
    judged = ["--annotations", str(tmp_path / "qc.csv"), "--adopt"]
    assert export([str(node)], "masks", tmp_path / "m", *judged) == 2
    assert "is OME-Zarr, which is not copied file by file" in capsys.readouterr().err


@pytest.mark.thorough
def test_ome_zarr_of_a_stack_has_its_version_planes_and_levels(tmp_path: Path) -> None:
    zarr, ngff = pytest.importorskip("zarr"), pytest.importorskip("yaozarrs")
    from fixtures.zarr_images import write_pixels

    stack = np.zeros((2, 600, 1100), np.int32)
    stack[0, 10:300, 20:900], stack[1, 100:200, 100:200] = 7, 70_000
    group = zarr.open_group(tmp_path / "in.zarr", mode="w", zarr_format=3)
    write_pixels(group, stack, "zyx", levels=1)
    (tmp_path / "qc.csv").write_text(f"{HEAD}\n{line(7, 'fail', image='in')}\n")
    named = ["--labels", f"nuclei={tmp_path}/{{well}}.zarr", "--annotations", f"{tmp_path}/qc.csv"]
    assert export(named, "ome-zarr", tmp_path / "out") == 0
    place = tmp_path / "out" / "in.zarr" / "labels" / "nuclei"
    assert ngff.open_group(place).ome_metadata().version == "0.5"
    made = zarr.open_group(place, mode="r")
    assert [made[name].shape for name in ("0", "1")] == [(2, 600, 1100), (2, 300, 550)]
    assert np.array_equal(made["0"][:], np.where(stack == 7, 0, stack))


def test_a_mobie_collection_keeps_the_rules_of_mobie(flat: list[str], tmp_path: Path) -> None:
    root = flat[1][4:].rpartition("/")[0]
    assert export(flat, "mobie-collection", tmp_path / "c.csv", "--map", f"{root}=Z:/data") == 0
    table = pd.read_csv(tmp_path / "c.csv", keep_default_na=False)
    assert len(table) == 6
    assert set(table["view"]) == {"batch"}
    assert table["name"].is_unique
    assert "batch" not in set(table["name"])
    assert all(text.startswith("Z:/data/") for text in table["uri"])
    for _, rows in table.groupby("display"):
        assert len(rows[["color", "contrast_limits"]].drop_duplicates()) == 1
    for _, rows in table.groupby("grid_position"):
        assert rows["type"].tolist() == ["intensities", "intensities", "labels"]
    assert dict(zip(table["well"], table["grid_position"], strict=True)) == {"A1": "(0;0)", "B2": "(1;1)"}
    mask = table[(table["type"] == "labels") & (table["well"] == "A1")].iloc[0]
    assert mask["tuiqc_failed"] == "1"
    objects = pd.read_csv(mask["labels_table"], sep="\t", keep_default_na=False)
    assert set(objects["label_image_id"]) == {mask["name"]}
    assert dict(zip(objects["label_id"], objects["verdict"], strict=True))[1] == "fail"
