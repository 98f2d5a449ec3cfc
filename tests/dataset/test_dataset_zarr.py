"""Hierarchies of OME-Zarr as batches: plates, series, collections; on disk, packed and on a server."""

from __future__ import annotations

import json
import re
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

import tensorstore
import tifffile
import zarr
from fixtures.zarr_images import group_at, scene, tell, write_image, write_pixels, write_plate, write_table
from RangeHTTPServer import RangeRequestHandler

from tuiqc.cli import main
from tuiqc.dataset.batch_facts import facts_of
from tuiqc.dataset.discover import found_files
from tuiqc.dataset.model import Batch
from tuiqc.dataset.open import by_zarr
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError
from tuiqc.pixels import Window, open_image, read_plane, zarr_array
from tuiqc.pixels.image_identity import file_identity
from tuiqc.pixels.plane_source import PlaneSource
from tuiqc.pixels.zarr_node import forget
from tuiqc.pixels.zarr_store import store_of


def opened(*sources: object, **kept: Any) -> Batch:
    return open_batch(SourceOptions(tuple(map(str, sources)), **kept))


def keys(batch: Batch) -> list[str]:
    return [record.key for record in batch.images]


@pytest.mark.parametrize(
    ("version", "quick"), [("0.4", 1), ("0.5", 1), pytest.param("0.5", -1, marks=pytest.mark.thorough)]
)
def test_a_plate(tmp_path: Path, version: str, quick: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_zarr, "_QUICK", quick)
    monkeypatch.setattr(by_zarr, "_AT_ONCE", 2)  # the others are asked after the first two, or side by side
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


FEATURES = {"label": [1, 2, 3, 4], "area": [250.0, 251.0, 252.0, 253.0], "kind": ["a", "b", "a", "b"]}


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("backend", ["csv", "parquet", "json", "anndata_v1", "experimental_json_v1", "odd"])
def test_tables_of_the_labels(
    tmp_path: Path, backend: str, version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "image.zarr"
    group = group_at(place, version)
    write_image(group, version)
    about = {"region": {"path": "../labels/nuclei"}, "type": "feature_table", "index_key": "label"}
    kept = backend.removeprefix("experimental_").removesuffix("_v1")
    write_table(group, "features", "json" if kept == "odd" else kept, FEATURES, index="label", **about)
    group["tables/features"].attrs["backend"] = backend
    write_table(group, "rois", "csv", {"x_micrometer": [1.0]}, type="roi_table")
    write_table(group, "cells", "json", FEATURES, type="feature_table", region={"path": "../labels/cells"})
    group["tables"].attrs["tables"] = [*group["tables"].attrs["tables"], "gone"]
    batch = opened(place)
    assert {entry.key for entry in batch.unmatched} == {"rois", "cells"}, "said, not dropped in silence"
    out = tmp_path / "out.csv"
    if backend == "odd":
        assert main(["table", str(place), "-o", str(out)]) == 2
        assert "is kept as 'odd'" in capsys.readouterr().err
        return
    assert main(["table", str(place), "-o", str(out)]) == 0
    rows = pd.read_csv(out)
    assert rows["area"].tolist() == [250, 251, 252, 253]
    assert rows["kind"].tolist() == FEATURES["kind"]
    assert rows["label"].tolist() == FEATURES["label"]


@pytest.mark.thorough
def test_tables_in_a_packed_hierarchy_and_on_a_server(tmp_path: Path, server: tuple[str, list[str]]) -> None:
    about = {"region": {"path": "../labels/nuclei"}, "type": "feature_table", "index_key": "label"}
    for backend in ("csv", "anndata"):
        place = tmp_path / f"{backend}.zarr"
        group = group_at(place)
        write_image(group)
        write_table(group, "features", backend, FEATURES, index="label", **about)
        shutil.make_archive(str(place), "zip", place)
        for source in (f"{place}.zip", f"{server[0]}/{backend}.zarr"):
            out = tmp_path / "out" / "o.csv"
            out.parent.mkdir(exist_ok=True)
            assert main(["table", source, "-o", str(out)]) == 0
            assert pd.read_csv(out)["kind"].tolist() == FEATURES["kind"], source


@pytest.mark.thorough
def test_conditions_are_columns_of_the_images(tmp_path: Path) -> None:
    place = tmp_path / "plate.zarr"
    write_plate(place, fields=("0", "reg"), columns=2)
    plate = zarr.open_group(place, mode="r+")
    conditions = {
        "row": ["A", "A", "B"],
        "column": [1, 2, 1],
        "drug": ["none", "taxol", "none"],
        "dose": [0, 5, 0],
    }
    write_table(plate, "conditions", "csv", conditions, type="condition_table")
    batch = opened(place)
    assert batch.image_values == {
        "drug": ["none", "none", "taxol", "taxol", "none", "none"], "dose": [0, 0, 5, 5, 0, 0]
    }  # fmt: skip
    out = tmp_path / "out.csv"
    assert main(["table", str(place), "--of", "images", "--where", "drug == 'taxol'", "-o", str(out)]) == 0
    assert pd.read_csv(out)["well"].tolist() == ["A02", "A02"]
    for well, dose in (("A/1", 7), ("B/1", 9)):
        write_table(plate[f"{well}/0"], "c", "json", {"dose": [dose]}, type="condition_table")
    del plate["tables"]
    assert opened(place, fields=("0",)).image_values == {"dose": [7, None, 9]}


def test_a_table_of_a_whole_plate(tmp_path: Path) -> None:
    place = tmp_path / "plate.zarr"
    write_plate(place, columns=2)
    rows = {
        "row": ["A", "B", "A", "C"], "column": ["02", "1", "1", "1"], "path_in_well": ["0", "0", "0", "0"],
        "label": [1, 2, 3, 4], "area": [1.0, 2.0, 3.0, 4.0],
    }  # fmt: skip
    about = {"region": {"path": "labels/nuclei"}, "type": "feature_table", "index_key": "label"}
    write_table(zarr.open_group(place, mode="r+"), "all", "parquet", rows, **about)
    assert main(["table", str(place), "-o", str(tmp_path / "o.csv")]) == 0
    frame = pd.read_csv(tmp_path / "o.csv")
    assert dict(zip(frame["well"], frame["area"], strict=True)) == {"A01": 3, "A02": 1, "B01": 2}


@pytest.mark.thorough
def test_one_image_of_each_well_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_plate(tmp_path / "plate.zarr", fields=("0", "0_registered"))
    batch = opened(tmp_path / "plate.zarr", fields=("0_registered",))
    assert keys(batch) == ["A01", "A02", "A03", "B01", "B02"]
    assert {path.name for one in batch.images if (path := one.channels["DAPI"]) is not None} == {
        "0_registered"
    }
    batch.source.to_toml(tmp_path / "kept.toml")
    assert keys(opened(tmp_path / "kept.toml")) == keys(batch)
    assert main(["summary", str(tmp_path / "plate.zarr"), "--fields", "1"]) == 2
    assert "there are: 0, 0_registered" in capsys.readouterr().err


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

        def end_headers(self) -> None:
            self.send_header("ETag", '"1"')
            super().end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path))) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}", asked
        http.shutdown()


def test_a_plate_on_a_server(
    tmp_path: Path, server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = server
    write_plate(tmp_path / "plate.zarr", columns=6)
    monkeypatch.setattr(by_zarr, "_SAMPLED", 4)
    batch = opened(f"{address}/plate.zarr/")
    assert len(batch.images) == 11, "one of those that were asked about is not there: then all are asked"
    forget()
    asked.clear()
    write_plate(tmp_path / "full.zarr", columns=7)
    shutil.copytree(tmp_path / "full.zarr" / "A" / "1", tmp_path / "full.zarr" / "B" / "7")
    assert len(opened(f"{address}/full.zarr").images) == 14
    wells = [path for path in asked if re.search(r"/[AB]/\d/zarr.json", path)]
    assert len(wells) == 5, "the others are taken for alike"
    asked.clear()
    batch = opened(f"{address}/plate.zarr/")
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


def test_a_folder_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_image(group_at(tmp_path / "in" / "A01.zarr"), labels=False)
    tifffile.imwrite(tmp_path / "in" / "A01_mask.tif", scene()[1].astype(np.uint16))
    count, listed = [0], found_files.listed

    def counted(folder: Path) -> list[found_files.FoundFile]:
        count[0] += 1
        return listed(folder)

    monkeypatch.setattr(found_files, "listed", counted)
    monkeypatch.setattr("tuiqc.dataset.discover.folder.listed", counted)
    assert keys(opened(tmp_path / "in")) == ["A01"]
    assert count == [1]


@pytest.fixture
def flaky(tmp_path: Path) -> Iterator[tuple[str, dict[str, int]]]:
    """A server that fails as often as it is told for a path that ends so, and then answers."""
    fails: dict[str, int] = {}

    class Handler(RangeRequestHandler):  # type: ignore[misc]
        def do_GET(self) -> None:  # noqa: N802
            ending = next((one for one in fails if self.path.endswith(one)), "")
            if fails.get(ending, 0) > 0:
                fails[ending] -= 1
                self.send_error(503)
                return
            super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path))) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}", fails
        http.shutdown()


def test_a_server_that_fails_for_a_moment_is_asked_again(
    tmp_path: Path, flaky: tuple[str, dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    retries = {"http_request_retries": {"max_retries": 1, "initial_delay": "1ms", "max_delay": "1ms"}}
    made = tensorstore.Context(retries)
    monkeypatch.setattr(zarr_array, "context", lambda: made)
    address, fails = flaky
    write_image(group_at(tmp_path / "image.zarr"), labels=False)
    fails["0/c/0/0/0"] = 1
    path = Path(f"{address}/image.zarr")
    assert np.array_equal(read_plane(path), scene()[0][0])
    fails["0/c/0/0/0"] = 9
    with pytest.raises(InputError, match="503"):
        read_plane(path)


def test_a_server_that_is_too_slow_is_said_to_be(
    tmp_path: Path, server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_image(group_at(tmp_path / "image.zarr"), labels=False)
    with open_image(Path(f"{server[0]}/image.zarr")) as image:
        image.read()
        monkeypatch.setattr(zarr_array, "PATIENCE", 0.0)
        with pytest.raises(InputError, match="did not answer within 0 s"):
            image.read(c=1)


def test_who_waits_for_a_server_is_told_and_may_stop(tmp_path: Path, server: tuple[str, list[str]]) -> None:
    write_image(group_at(tmp_path / "image.zarr"), labels=False)
    path, told = Path(f"{server[0]}/image.zarr"), []
    source = PlaneSource()
    whole = Window(0, 64, 0, 64)
    slow = zarr_array._LOOK
    try:
        zarr_array._LOOK = 0.0
        piece = source.piece(path, whole, 1.0, progress=lambda done, total: told.append((done, total)))
        assert piece is not None
        assert np.array_equal(piece.pixels, scene()[0][0])
        assert told, "of a slow server"
        assert {total for _, total in told} == {4}, "pieces of 32 x 32"
        assert source.piece(path, whole, 1.0, c=1, stop=lambda: True) is None
    finally:
        zarr_array._LOOK = slow


@pytest.mark.parametrize(
    ("set_to", "expected"),
    [
        ({}, {"aws_credentials": {"type": "anonymous"}}),
        ({"AWS_ACCESS_KEY_ID": "k"}, {}),
        ({"AWS_PROFILE": "p", "AWS_REGION": "eu"}, {"aws_region": "eu"}),
        ({"AWS_ENDPOINT_URL": "http://e", "AWS_PROFILE": "p"}, {"endpoint": "http://e"}),
    ],
)
def test_credentials_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, set_to: dict[str, str], expected: dict[str, Any]
) -> None:
    for name in ("ACCESS_KEY_ID", "PROFILE", "REGION", "DEFAULT_REGION", "ENDPOINT_URL", "ENDPOINT_URL_S3"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    for name, value in set_to.items():
        monkeypatch.setenv(name, value)
    found = store_of(Path("s3://bucket/a/b.zarr"))
    assert found is not None
    spec = {"driver": "s3", "bucket": "bucket", "path": "a/b.zarr/0/", **expected}
    assert found[0].kvstore("0") == spec


def test_an_s3_store(tmp_path: Path, server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of a folder answers as S3 does to who asks for an object by its name."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server[0])
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    write_image(group_at(tmp_path / "bucket" / "image.zarr"))
    batch = opened("s3://bucket/image.zarr")
    assert batch.layers == ["nuclei"]
    path = batch.images[0].channels["Actin"]
    assert path is not None
    assert np.array_equal(read_plane(path, c=1), scene()[0][1])


def test_sloppy_metadata_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    write_image(group_at(path, "0.5"), "0.5")
    for place, name, value in ((path, "version", "0.9.dev"), (path / "labels", "labels", ["nuclei", "gone"])):
        document = json.loads((place / "zarr.json").read_text())
        document["attributes"]["ome"][name] = value
        (place / "zarr.json").write_text(json.dumps(document))
    batch = open_batch(SourceOptions((f"{path}/",)))
    said = "\n".join(batch.assumptions)
    assert batch.layers == ["nuclei"]
    assert "a.zarr is OME-Zarr of version '0.9.dev', which is not known" in said
    assert "labels names labels that are not there: gone" in said
    (path / "labels" / "zarr.json").unlink()
    batch = open_batch(SourceOptions((str(path),)))
    assert batch.layers == ["nuclei"]
    assert any("has no list of labels: the images in it were taken" in one for one in batch.assumptions)
