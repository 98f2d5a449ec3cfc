"""stats, compare, merge and export on a small batch, from the command line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import tifffile
from fixtures.review_batches import WELLS, write_batch

from tuiqc.cli import main
from tuiqc.exporters.eraser import Eraser, MaskInFile
from tuiqc.exporters.registry import EXPORTERS
from tuiqc.pixels import read_plane
from tuiqc.pixels.image_path import PLAIN
from tuiqc.qc import Annotation, AnnotationStore, Subject
from tuiqc.qc.compare import read_queue
from tuiqc.qc.sample import draw_sample, save_sample
from tuiqc.review.walked import save_walked


def _only_mask(erase: Eraser) -> MaskInFile:
    """The only mask of a file that says itself how it is read."""
    return MaskInFile(PLAIN._replace(role="mask"), erase)


def nucleus(well, label):
    return Subject("object", well, "nuclei", label)


@pytest.fixture
def data(tmp_path):
    folder = write_batch(tmp_path / "data")
    with AnnotationStore.open(folder / "qc_annotations.csv", "ann") as store:
        store.record_many(
            [
                Annotation(nucleus("A1", 1), "fail", "merged;focus"),
                Annotation(nucleus("A1", 2), "pass"),
                Annotation(nucleus("A10", 1), "unsure", note="=odd"),
                Annotation(Subject("image", "A2"), "fail"),
            ]
        )
    return folder


def state(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_stats(data, capsys):
    sample = draw_sample([nucleus("A1", i) for i in (1, 2, 3)], 2, seed=1)
    save_sample(data / "qc_annotations.csv", sample)
    assert main(["stats", str(data), "--json", "--exact", "--accept", "0.5"]) == 0
    found = json.loads(capsys.readouterr().out)
    nuclei = found["kinds"]["nuclei"]
    assert (nuclei["total"], nuclei["reviewed"], nuclei["fail"], nuclei["rate"]) == (9, 3, 1, 0.5)
    assert nuclei["reasons"] == {"merged": 1, "focus": 1}
    assert nuclei["failed_area"] == pytest.approx(100 / 164)
    assert found["kinds"]["images"]["fail"] == 1
    assert found["sample"]["population"] == 3
    assert found["sample"]["method"] == "exact"
    assert main(["stats", str(data)]) == 0
    assert "nuclei: 3 of 9 reviewed" in capsys.readouterr().out
    assert main(["stats", str(data), "--by", "moon"]) == 2
    assert main(["stats", str(data), "--accept", "2"]) == 2
    assert main(["stats", str(data), "--annotations", str(data / "none.csv")]) == 2


def test_stats_have_the_curve_of_what_was_judged_worst_first(data, capsys):
    """Twelve objects in the order of a ranking, the first nine failed; the eleventh was drawn at random."""
    said = [Annotation(nucleus("A1", label), "fail" if label < 10 else "pass") for label in range(1, 13)]
    with AnnotationStore.open(data / "walked.csv", "ada") as store:
        store.record_many(said)
    save_walked(
        data / "walked.csv", {one.subject: "random" if one.subject.label == 11 else "worst" for one in said}
    )
    assert main(["stats", str(data), "--annotations", str(data / "walked.csv"), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["learning"]["nuclei"]
    assert (first["worst"], first["worst_failed"], first["failed"]) == (10, 9, 9)
    assert (second["judged"], second["worst"], second["drawn"], second["drawn_failed"]) == (12, 1, 1, 0)
    assert main(["stats", str(data), "--annotations", str(data / "walked.csv")]) == 0
    assert (
        "nuclei judged worst first: 12, 9 failed; ten by ten 9 of 10, 0 of 1; at random 0 of 1"
        in capsys.readouterr().out
    )


def test_passing_objects_with_all_measurements(data, tmp_path):
    before = state(data)
    output = tmp_path / "good.csv"
    assert main(["export", str(data), "--what", "passing", "--layer", "nuclei", "-o", str(output)]) == 0
    frame = pd.read_csv(output, keep_default_na=False)
    assert list(zip(frame["image"], frame["label"], strict=True)) == [
        ("A1", 2), ("A1", 3), ("A10", 1), ("A10", 2), ("A10", 3), ("A10", 4),
    ]  # fmt: skip
    assert frame["AreaShape_Area"].tolist() == [64, 36, 100, 64, 36, 16]
    assert frame["qc_verdict"].tolist() == ["pass", "", "unsure", "", "", ""]
    both = tmp_path / "both"
    assert (
        main(["export", str(data), "--what", "passing", "--drop", "fail,unreviewed,unsure", "-o", str(both)])
        == 0
    )
    assert len(pd.read_csv(both / "nuclei.csv")) == 1
    assert len(pd.read_csv(both / "cells.csv")) == 0
    assert state(data) == before


def test_two_layers_do_not_go_into_one_table(data, tmp_path, capsys):
    output = tmp_path / "good.csv"
    assert main(["export", str(data), "--what", "passing", "-o", str(output)]) == 2
    assert "--layer (nuclei, cells), or name a folder" in capsys.readouterr().err
    assert not output.exists()


def test_masks_without_failed_objects(data, tmp_path):
    before = state(data)
    assert main(["export", str(data), "--what", "masks", "-o", str(tmp_path / "out")]) == 0
    for well in WELLS:
        for layer in ("nuclei", "cells"):
            name = f"{well}_{layer}_labels.tif"
            old, new = tifffile.imread(data / name), tifffile.imread(tmp_path / "out" / name)
            assert new.dtype == old.dtype
            gone = (old == 1) & (well == "A1" and layer == "nuclei") | np.full(old.shape, well == "A2")
            assert (new == np.where(gone, 0, old)).all()
    assert state(data) == before


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "zlib", "predictor": True, "tile": (16, 16), "software": "x"},
        {"compression": "lzw", "bigtiff": True, "byteorder": ">"},
        {"imagej": True, "metadata": {"axes": "TYX", "unit": "um"}, "resolution": (2.0, 2.0)},
        {"ome": True, "metadata": {"axes": "TYX", "PhysicalSizeX": 0.5}},
    ],
)
def test_a_tiff_is_written_again_as_it_was(tmp_path, options):
    from tuiqc.exporters.masks import copy_masks

    data = np.arange(3 * 32 * 48, dtype=np.uint16).reshape(3, 32, 48) % 7
    source, target = tmp_path / "a.tif", tmp_path / "b.tif"
    tifffile.imwrite(source, data, photometric="minisblack", **options)
    copy_masks(source, target, [_only_mask(Eraser({0: set(), 1: {3}}))])
    with tifffile.TiffFile(source) as old, tifffile.TiffFile(target) as new:
        assert new.series[0].axes == old.series[0].axes
        expected = data.copy()
        expected[1][expected[1] == 3] = 0  # planes that nobody names are time points of a mask
        assert (new.asarray() == expected).all()
        assert new.asarray().dtype == data.dtype
        assert (new.byteorder, new.is_bigtiff) == (old.byteorder, old.is_bigtiff)
        for name in ("compression", "predictor", "is_tiled", "description", "software", "resolutionunit"):
            assert getattr(new.pages[0], name) == getattr(old.pages[0], name), name
        assert new.imagej_metadata == old.imagej_metadata
        assert new.ome_metadata == old.ome_metadata
        assert new.pages[0].tags["XResolution"].value == old.pages[0].tags["XResolution"].value
        assert len(new.pages) == len(old.pages)


def test_masks_as_png_and_hdf5(tmp_path):
    import h5py
    from PIL import Image

    from tuiqc.exporters.masks import copy_masks

    data = (np.arange(60, dtype=np.uint16).reshape(6, 10) % 5) * 300
    Image.fromarray(data).save(tmp_path / "a.png")
    copy_masks(tmp_path / "a.png", tmp_path / "b.png", [_only_mask(Eraser({0: {600}}))])
    assert (read_plane(tmp_path / "b.png") == np.where(data == 600, 0, data)).all()
    movie = np.stack([data, data]).astype(np.uint32)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        made = file.create_dataset("exported_data", data=movie, chunks=(1, 6, 10), compression="gzip")
        made.attrs["axistags"] = json.dumps({"axes": [{"key": key} for key in "tyx"]})
        file["other"] = [1, 2, 3]
    copy_masks(tmp_path / "a.h5", tmp_path / "b.h5", [_only_mask(Eraser({1: {600}}))])
    with h5py.File(tmp_path / "b.h5") as file:
        assert (file["exported_data"][0] == data).all()
        assert (file["exported_data"][1] == np.where(data == 600, 0, data)).all()
        assert file["exported_data"].compression == "gzip"
        assert file["other"][:].tolist() == [1, 2, 3]


def test_training_sets_of_cellprofiler_analyst(data, tmp_path, capsys):
    table, text = tmp_path / "t.csv", tmp_path / "t.txt"
    arguments = [
        "export",
        str(data),
        "--what",
        "cpa",
        "--layer",
        "nuclei",
        "--properties",
        "p.properties",
        "-o",
    ]
    assert main([*arguments, str(table)]) == 0
    assert main([*arguments, str(text)]) == 0
    frame = pd.read_csv(table)
    assert list(frame.columns)[:3] == ["ImageNumber", "ObjectNumber", "Class"]
    assert frame["Class"].tolist() == ["fail", "pass"]
    assert text.read_text().splitlines() == [
        "# Training set created while using properties: p.properties",
        "label pass fail",
        "fail 1 1 6 8",
        "pass 1 2 26 8",
    ]


def test_a_table_for_mobie_has_its_columns(data, tmp_path):
    output = tmp_path / "m.tsv"
    assert main(["export", str(data), "--what", "mobie", "--layer", "nuclei", "-o", str(output)]) == 0
    frame = pd.read_csv(output, sep="\t", keep_default_na=False)
    # What MoBIE looks for before it tries other dialects.
    assert list(frame.columns)[:4] == ["label_image_id", "label_id", "anchor_x", "anchor_y"]
    assert frame["label_id"].tolist() == [2, 3, 1, 2, 3, 4]
    assert frame["label_image_id"][0] == "A1_nuclei_labels"
    assert frame["note"].tolist()[2] == "'=odd"
    assert (
        main(["export", str(data), "--what", "mobie", "--layer", "nuclei", "--raw", "-o", str(output)]) == 0
    )
    assert pd.read_csv(output, sep="\t", keep_default_na=False)["note"].tolist()[2] == "=odd"


def test_keep_lists(data, tmp_path):
    for name in ("keep.txt", "keep.csv"):
        assert main(["export", str(data), "--what", "keep-list", "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / "keep.txt").read_text() == "A1\nA10\n"
    frame = pd.read_csv(tmp_path / "keep.csv")
    assert frame["image"].tolist() == ["A1", "A10"]
    assert frame["mask nuclei"][0].endswith("A1_nuclei_labels.tif")


@pytest.mark.parametrize("what", sorted(EXPORTERS))
def test_no_export_writes_over_its_input(data, what, capsys):
    before = state(data)
    target = data if what == "masks" else data / "A1_nuclei.csv"
    assert main(["export", str(data), "--what", what, "--layer", "nuclei", "-o", str(target)]) == 2
    assert "part of the input" in capsys.readouterr().err
    assert state(data) == before


def test_compare_and_the_queue_of_disagreements(data, tmp_path, capsys):
    mine, yours = data / "qc_annotations.csv", tmp_path / "bob.csv"
    with AnnotationStore.open(yours, "bob") as store:
        store.record_many([Annotation(nucleus("A1", 1), "pass"), Annotation(nucleus("A1", 2), "pass")])
    queue = tmp_path / "queue.csv"
    assert main(["compare", str(mine), str(yours), "--json", "-o", str(queue)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["raters"] == ["ann", "bob"]
    (pair,) = found["comparisons"][0]["pairs"]
    assert (pair["items"], pair["raw"], pair["kappa"]) == (2, 0.5, 0.0)
    assert [row["verdicts"] for row in found["disagreements"]] == [{"ann": "fail", "bob": "pass"}]
    assert read_queue(queue) == [nucleus("A1", 1)]
    with AnnotationStore.open(queue, "judge") as store:
        assert len(store) == 0
        store.record(Annotation(nucleus("A1", 1), "fail"))
    frame = pd.read_csv(queue, keep_default_na=False)
    assert frame.loc[0, ["verdict", "verdict ann", "verdict bob"]].tolist() == ["fail", "fail", "pass"]
    assert read_queue(queue) == [nucleus("A1", 1)]
    assert main(["compare", str(mine), str(yours)]) == 0
    assert "kappa 0.000" in capsys.readouterr().out
    assert main(["compare", str(mine)]) == 2
    assert main(["compare", str(mine), str(yours), "-o", str(yours)]) == 2


def test_merge_policies(tmp_path):
    words = {"ann": ("fail", "pass"), "bob": ("pass", "pass"), "cy": ("unsure", "fail")}
    paths = []
    for minute, (who, said) in enumerate(words.items()):
        paths.append(tmp_path / f"{who}.csv")
        with AnnotationStore.open(paths[-1], who) as store:
            for label, word in enumerate(said, start=1):
                time = f"2026-01-01T00:0{minute}:00Z"
                store.record(Annotation(nucleus("A1", label), word, f"r{minute}", f"n{minute}", who, time))
    expected = {
        "majority": ["unsure", "pass"],
        "strictest": ["fail", "fail"],
        "last": ["unsure", "fail"],
    }
    for policy, verdicts in expected.items():
        output = tmp_path / f"{policy}.csv"
        assert main(["merge", *map(str, paths), "--policy", policy, "-o", str(output)]) == 0
        frame = pd.read_csv(output, keep_default_na=False)
        assert frame["verdict"].tolist() == verdicts
    majority = pd.read_csv(tmp_path / "majority.csv", keep_default_na=False)
    assert majority["annotator"].tolist() == ["ann+bob+cy"] * 2
    assert majority["reason"].tolist() == ["r2", "r0;r1"]
    assert majority["note"][0] == "ann: n0; bob: n1; cy: n2"
    assert main(["merge", *map(str, paths), "-o", str(tmp_path / "union.csv")]) == 0
    assert len(pd.read_csv(tmp_path / "union.csv")) == 6
    assert main(["merge", *map(str, paths), "-o", str(paths[0])]) == 2
