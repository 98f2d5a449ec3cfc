"""Hierarchies of OME-Zarr as batches: plates, series, collections; on disk, packed and on a server."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("tensorstore", reason="the extra zarr is not installed")
pytest.importorskip("zarr", reason="what writes the files of these tests is not installed")
pytest.importorskip("RangeHTTPServer", reason="a server of pieces is not installed")

import tifffile
from fixtures.zarr_images import group_at, scene, tell, write_image, write_pixels, write_plate
from RangeHTTPServer import RangeRequestHandler

from tuiqc.cli import main
from tuiqc.dataset.batch_facts import facts_of
from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError
from tuiqc.pixels import read_plane
from tuiqc.pixels.plane_source import file_identity


def opened(*sources: object, **kept: Any) -> Batch:
    return open_batch(SourceOptions(tuple(map(str, sources)), **kept))


def keys(batch: Batch) -> list[str]:
    return [record.key for record in batch.images]


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_a_plate(tmp_path: Path, version: str) -> None:
    write_plate(tmp_path / "plate.zarr", version, ("0", "0_registered"))
    batch = opened(f"{tmp_path}/plate.zarr/")
    assert (
        keys(batch)
        == [f"{row}0{n}/{field}" for row in "AB" for n in (1, 2, 3) for field in ("0", "0_registered")][:10]
    )
    assert batch.placeholders == ["well", "field"]
    assert (batch.channels, batch.layers, batch.root) == (["DAPI", "Actin"], ["nuclei"], tmp_path)
    assert [entry.key for entry in batch.unmatched] == ["B03"], "named, but there is nothing in it"
    assert any("0, 0_registered" in line for line in batch.assumptions), "which image is a choice"
    assert batch.looks["DAPI"] == ((0, 0, 255), (90, 400), False)
    assert batch.looks["Actin"] == ((0, 255, 0), None, False), (
        "limits that are all of uint16 were chosen by nobody"
    )
    last = batch.images[-1]
    assert last.plane_of("Actin") == 1
    mask = last.masks["nuclei"]
    assert mask is not None
    assert np.array_equal(read_plane(mask), scene()[1])


def test_images_series_collections_and_bare_labels(tmp_path: Path) -> None:
    write_image(group_at(tmp_path / "one.ome.zarr"))
    assert keys(opened(tmp_path / "one.ome.zarr")) == ["one"]
    raw = group_at(tmp_path / "raw.zarr")
    raw.attrs["ome"] = {"version": "0.5", "bioformats2raw.layout": 3}
    for name in ("0", "1", "2"):
        write_image(raw.create_group(name), labels=name == "1")
    batch = opened(tmp_path / "raw.zarr")
    assert keys(batch) == ["0", "1", "2"]
    assert batch.layers == ["nuclei"], "those of the first image that has any"
    assert [record.masks["nuclei"] is not None for record in batch.images] == [False, True, False]
    both = opened(tmp_path / "one.ome.zarr", tmp_path / "raw.zarr")
    assert keys(both) == ["one/", "raw/0", "raw/1", "raw/2"]
    many = group_at(tmp_path / "many.zarr")
    write_image(many.create_group("b"))
    write_image(many.create_group("a"))
    assert keys(opened(tmp_path / "many.zarr")) == ["a", "b"]
    bare = opened(tmp_path / "many.zarr" / "a" / "labels" / "nuclei")
    assert (bare.channels, bare.layers) == ([], ["nuclei"])


def test_labels_beside_their_list_and_through_groups(tmp_path: Path) -> None:
    group = group_at(tmp_path / "image.zarr")
    write_image(group)
    labels = group["labels"]
    write_pixels(labels.create_group("deep/cells"), scene()[1], "yx", levels=1)
    tell(labels, "0.5", {"labels": ["nuclei", "deep/cells", "gone"]})
    assert opened(tmp_path / "image.zarr").layers == ["nuclei", "deep-cells"]
    labels.attrs["ome"] = {}
    batch = opened(tmp_path / "image.zarr")
    assert batch.layers == ["nuclei"], "a group without pixels is none"
    assert any("no list of labels" in line for line in batch.assumptions)


def test_labels_lie_on_every_slice_of_a_stack(tmp_path: Path) -> None:
    group, (image, mask) = group_at(tmp_path / "stack.zarr"), scene()
    write_pixels(group, np.stack([image, image, image], 1), "czyx", levels=3)
    labels = group.create_group("labels")
    tell(labels, "0.5", {"labels": ["nuclei"]})
    write_pixels(labels.create_group("nuclei"), mask, "yx", levels=1)
    batch = opened(tmp_path / "stack.zarr")
    assert batch.channels == ["image-1", "image-2"], "no names without omero"
    out = tmp_path / "out.png"
    assert (
        main(["render", str(tmp_path / "stack.zarr"), "--image", "stack", "--object", "3", "-o", str(out)])
        == 0
    )
    assert out.exists()


@pytest.mark.parametrize(
    ("backend", "file"), [("csv", "table.csv"), ("experimental_parquet_v1", "table.parquet")]
)
def test_tables_of_the_labels(tmp_path: Path, backend: str, file: str) -> None:
    place = tmp_path / "image.zarr"
    group = group_at(place)
    write_image(group)
    tables = group.create_group("tables")
    tables.attrs["tables"] = ["features", "rois", "gone"]
    features = tables.create_group("features")
    features.attrs.update(
        {
            "type": "feature_table",
            "backend": backend,
            "region": {"path": "../labels/nuclei"},
            "index_key": "label",
        }
    )
    tables.create_group("rois").attrs.update({"type": "roi_table", "backend": "csv"})
    frame = pd.DataFrame({"label": [1, 2, 3, 4], "area": [250.0, 251, 252, 253]})
    target = place / "tables" / "features" / file
    frame.to_csv(target, index=False) if file.endswith("csv") else frame.to_parquet(target, index=False)
    batch = opened(place)
    assert batch.images[0].tables["nuclei"] == target
    assert [entry.key for entry in batch.unmatched] == ["rois"], "said, not dropped in silence"
    out = tmp_path / "out.csv"
    assert main(["table", str(place), "-o", str(out)]) == 0
    assert pd.read_csv(out)["area"].tolist() == [250, 251, 252, 253]


def test_folders_and_patterns_find_hierarchies_as_files(tmp_path: Path) -> None:
    for well in ("A01", "A02"):
        write_image(group_at(tmp_path / "some" / f"{well}.zarr"), labels=False)
        tifffile.imwrite(tmp_path / "some" / f"{well}_mask.tif", scene()[1].astype(np.uint16))
    batch = opened(tmp_path / "some")
    assert keys(batch) == ["A01", "A02"]
    assert [record.masks for record in batch.images] == [
        {batch.layers[0]: tmp_path / "some" / f"{well}_mask.tif"} for well in ("A01", "A02")
    ]
    by_pattern = opened(images=(("", f"{tmp_path}/some/{{well}}.zarr"),))
    assert keys(by_pattern) == ["A01", "A02"]
    assert by_pattern.channels == ["DAPI", "Actin"]
    write_plate(tmp_path / "alone" / "plate.zarr")
    assert keys(opened(tmp_path / "alone")) == ["A01", "A02", "A03", "B01", "B02"]


def test_nothing_is_written_into_a_hierarchy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_image(group_at(tmp_path / "image.zarr"))
    target = tmp_path / "image.zarr" / "labels" / "nuclei" / "x.csv"
    assert main(["table", str(tmp_path / "image.zarr"), "-o", str(target)]) == 2
    assert "part of the input" in capsys.readouterr().err
    assert not target.exists()


def test_one_well_that_cannot_be_read_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    write_plate(tmp_path / "plate.zarr")
    (tmp_path / "plate.zarr" / "A" / "2" / "zarr.json").write_text("{")
    shutil.rmtree(tmp_path / "plate.zarr" / "A" / "3" / "0")
    batch = opened(tmp_path / "plate.zarr")
    assert keys(batch) == ["A01", "A03", "B01", "B02"]
    assert {entry.key for entry in batch.unmatched} >= {"A02", "B03"}
    with pytest.raises(InputError, match="no such file or folder"):
        opened(tmp_path / "plate.zarr" / "A" / "3" / "0")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """Address of a server of the temporary folder, and what is asked of it."""
    asked: list[str] = []

    class Handler(RangeRequestHandler):  # type: ignore[misc]
        def log_request(self, *_: object) -> None:
            asked.append(self.path)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path))) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}", asked
        http.shutdown()


def test_a_plate_on_a_server(tmp_path: Path, server: tuple[str, list[str]]) -> None:
    address, asked = server
    write_plate(tmp_path / "plate.zarr", columns=6)
    batch = opened(f"{address}/plate.zarr/")
    assert len(batch.images) == 11
    assert not [path for path in asked if path.endswith("/")], "nothing is listed"
    assert len([path for path in asked if "/0/zarr.json" in path and "/A/1/" not in path]) == 0, (
        "wells' images wait"
    )
    path, mask = batch.images[-1].channels["Actin"], batch.images[-1].masks["nuclei"]
    assert path is not None
    assert mask is not None
    assert np.array_equal(read_plane(path, c=1), scene(10)[0][1])
    assert np.array_equal(read_plane(mask), scene()[1])
    with pytest.raises(InputError, match="http://127") as refused:
        opened(f"{address}/nothing.zarr")
    assert "no group of Zarr" in str(refused.value)


def test_the_metadata_may_be_of_any_order(tmp_path: Path) -> None:
    write_plate(tmp_path / "plate.zarr")
    file = tmp_path / "plate.zarr" / "zarr.json"
    document = json.loads(file.read_text())
    document["attributes"]["ome"]["plate"]["wells"].reverse()
    document["attributes"]["ome"]["plate"]["wells"].append({"path": 7})
    file.write_text(json.dumps(document))
    assert keys(opened(tmp_path / "plate.zarr")) == ["A01", "A02", "A03", "B01", "B02"]


def test_pixels_that_are_written_anew_are_seen(tmp_path: Path) -> None:
    import zarr

    write_image(group_at(tmp_path / "image.zarr"))
    for below in ("", "labels/nuclei"):
        place = tmp_path / "image.zarr" / below
        before = file_identity(place)
        assert file_identity(place) == before
        array = zarr.open_array(place / "0", mode="r+")
        array[...] = np.asarray(array[...]) + 1
        assert file_identity(place) != before, "nothing that was kept of it counts any more"


def test_an_address_is_the_same_from_every_folder(
    tmp_path: Path, server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = server
    write_image(group_at(tmp_path / "image.zarr"))
    places = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        batch = opened(f"{address}/image.zarr")
        places.add(facts_of(batch).places)
    assert len(places) == 1, "its verdicts are found again"
    assert "http" in next(iter(places))[0]
    batch.source.to_toml(tmp_path / "kept.toml")
    assert keys(opened(tmp_path / "kept.toml")) == ["image"]
