"""What the shipped demo data hold: the planted errors are really there, and named in truth.csv."""

import csv
import re
from collections import Counter

import numpy as np
import pytest
import tifffile
from skimage.measure import label as connected_label

from tuiqc.demo import make_batch
from tuiqc.demo.faults import segment
from tuiqc.demo.nuclei import lay_out
from tuiqc.demo.shapes import draw_scene
from tuiqc.paths import demo_data_dir

SHIPPED = {"images": 12, "size": 384, "seed": 1}


@pytest.fixture(scope="module")
def shipped():
    folder = demo_data_dir()
    assert folder is not None
    return folder


@pytest.fixture(scope="module")
def truth(shipped):
    with (shipped / "truth.csv").open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def keys_of(folder):
    return sorted(path.name.removesuffix("_DNA.tif") for path in folder.glob("*_DNA.tif"))


def masks_of(folder, key):
    return {layer: tifffile.imread(folder / f"{key}_{layer}_labels.tif") for layer in ("nuclei", "cells")}


def rows_of(folder, key, layer):
    with (folder / f"{key}_{layer}.csv").open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_it_is_small_and_complete(shipped):
    files = [path for path in shipped.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 3_000_000
    assert len(keys_of(shipped)) == 12
    types = [tifffile.imread(shipped / f"{key}_DNA.tif").dtype for key in keys_of(shipped)]
    assert {np.dtype("uint8"), np.dtype("uint16")} == set(types)


@pytest.mark.thorough
def test_the_generator_makes_it_again(shipped, tmp_path):
    make_batch(tmp_path, **SHIPPED)
    assert {path.name for path in tmp_path.iterdir()} <= {path.name for path in shipped.iterdir()}
    for path in tmp_path.glob("*_labels.tif"):
        assert (tifffile.imread(path) != tifffile.imread(shipped / path.name)).mean() < 1e-3
    for path in tmp_path.glob("*_s1_DNA.tif"):
        # Another processor may round the last digit of a float differently, and so a grey value.
        made, kept = (tifffile.imread(place).astype(int) for place in (path, shipped / path.name))
        assert (abs(made - kept) > 1).mean() < 1e-3


def test_every_error_is_planted(truth):
    nuclei = Counter(row["error"] for row in truth if row["layer"] == "nuclei")
    assert all(nuclei[error] >= 2 for error in ("merged", "split", "missed", "debris", "border"))
    assert nuclei["split"] % 2 == 0
    images = Counter(row["error"] for row in truth if row["level"] == "image")
    assert images == {"focus": 1, "shifted": 1, "empty": 1}
    cells = Counter(row["error"] for row in truth if row["layer"] == "cells")
    assert all(cells[error] == nuclei[error] for error in ("merged", "split", "missed", "debris"))


def test_rows_lie_where_their_labels_are(shipped, truth):
    for row in truth:
        if row["level"] == "image":
            assert (row["label"], row["layer"], row["x"], row["y"]) == ("0", "", "", "")
            continue
        mask, label = masks_of(shipped, row["image"])[row["layer"]], int(row["label"])
        y, x = np.nonzero(mask == label)
        if label:
            assert (float(row["y"]), float(row["x"])) == pytest.approx((y.mean(), x.mean()), abs=0.006)
        else:
            assert mask[round(float(row["y"])), round(float(row["x"]))] == 0


def test_missed_nuclei_and_debris_are_bright_in_the_picture(shipped, truth):
    for row in truth:
        if row["error"] in ("missed", "debris") and row["layer"] == "nuclei":
            dna = tifffile.imread(shipped / f"{row['image']}_DNA.tif").astype(float)
            y, x = round(float(row["y"])), round(float(row["x"]))
            there = np.median(dna[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3])
            background = np.median(dna)
            assert there - background > 0.3 * (np.percentile(dna, 98) - background)


def test_halves_of_a_split_nucleus_touch(shipped, truth):
    for row in truth:
        if row["error"] != "split":
            continue
        mask, label = masks_of(shipped, row["image"])[row["layer"]], int(row["label"])
        other = int(re.search(r"label (\d+)", row["description"])[1])
        assert connected_label((mask == label) | (mask == other), connectivity=2).max() == 1


def test_border_rows_are_the_objects_at_the_border(shipped, truth):
    for key in keys_of(shipped):
        for layer, mask in masks_of(shipped, key).items():
            edge = set(np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).tolist()) - {0}
            rows = [
                row for row in truth if (row["image"], row["layer"], row["error"]) == (key, layer, "border")
            ]
            assert {int(row["label"]) for row in rows} == edge


def test_masks_tables_and_images_join(shipped):
    for key in keys_of(shipped):
        masks = masks_of(shipped, key)
        labels = {layer: np.unique(mask[mask > 0]).tolist() for layer, mask in masks.items()}
        assert labels["nuclei"] == labels["cells"] == list(range(1, len(labels["nuclei"]) + 1))
        assert (masks["cells"] == masks["nuclei"])[masks["nuclei"] > 0].all()
        for layer, mask in masks.items():
            assert all(connected_label(mask == label, connectivity=1).max() == 1 for label in labels[layer])
            rows = rows_of(shipped, key, layer)
            assert [int(row["ObjectNumber"]) for row in rows] == labels[layer]
            for row in rows[:1]:
                files = [value for name, value in row.items() if name.startswith("FileName_")]
                assert len(files) == 4
                assert all((shipped / row["PathName_DNA"] / file).is_file() for file in files)


def test_children_and_parents(shipped):
    key = keys_of(shipped)[0]
    cells = rows_of(shipped, key, "cells")
    assert all(row["Parent_nuclei"] == row["ObjectNumber"] for row in cells)
    counts = [int(row["Children_spots_Count"]) for row in cells]
    assert max(counts) > 20
    assert len(set(counts)) > 5


def test_images_with_an_error_as_a_whole(shipped, truth):
    at_fault = {row["error"]: row["image"] for row in truth if row["level"] == "image"}
    empty = masks_of(shipped, at_fault["empty"])
    assert not empty["nuclei"].any()
    assert not empty["cells"].any()
    assert rows_of(shipped, at_fault["empty"], "nuclei") == []
    background = tifffile.imread(shipped / f"{at_fault['empty']}_ER.tif")
    assert background.std() > 0.5
    assert sharpness(shipped, at_fault["focus"]) < 0.75 * min(
        sharpness(shipped, key)
        for key in keys_of(shipped)
        if key not in (at_fault["focus"], at_fault["empty"])
    )
    contrast = {key: mask_contrast(shipped, key) for key in keys_of(shipped) if key != at_fault["empty"]}
    shifted = contrast.pop(at_fault["shifted"])
    assert shifted < 0.6 * min(contrast.values())


def sharpness(folder, key):
    """Steepest slopes relative to the range of grey values, over blocks of 2 x 2 pixels against noise."""
    dna = tifffile.imread(folder / f"{key}_DNA.tif").astype(float)
    dna = dna.reshape(dna.shape[0] // 2, 2, -1, 2).mean((1, 3))
    slope = np.hypot(*np.gradient(dna))
    return np.percentile(slope, 98) / (np.percentile(dna, 98) - np.median(dna))


def mask_contrast(folder, key):
    """Share of the light above background that falls on the mask of the nuclei."""
    dna = tifffile.imread(folder / f"{key}_DNA.tif").astype(float)
    light = np.maximum(dna - 1.3 * np.median(dna), 0)
    return light[masks_of(folder, key)["nuclei"] > 0].sum() / light.sum()


@pytest.mark.parametrize("seed", range(4))
def test_planted_errors_against_the_scene(seed):
    nuclei = lay_out(400, ("merged", "split", "missed", "debris"), np.random.default_rng(seed))
    scene = draw_scene(nuclei, 400, np.random.default_rng(seed))
    made = segment(scene, ("merged", "split", "missed", "debris"), np.random.default_rng(seed))
    rows = [row for row in made.truth("key") if row.layer == "nuclei" and row.error != "border"]
    assert Counter(row.error for row in rows) == {"merged": 1, "split": 2, "missed": 1, "debris": 1}

    def covered(label):
        """Nuclei of the scene of which the mask's label covers a good part."""
        found = np.bincount(scene.labels[made.nuclei == label], minlength=len(nuclei) + 1)
        return set(np.flatnonzero(found > 100) if found.sum() > 100 else np.flatnonzero(found))

    labels = {row.error: row.label for row in rows}
    assert len(covered(labels["merged"])) == 2
    first, second = (covered(row.label) for row in rows if row.error == "split")
    assert first == second
    assert len(first) == 1
    missed = next(row for row in rows if row.error == "missed")
    there = scene.labels[round(missed.y), round(missed.x)]
    assert there > 0
    assert not made.nuclei[scene.labels == there].any()
    (speck,) = covered(labels["debris"])
    assert nuclei[speck - 1].kind == "debris"
    right = [covered(label) for label in range(1, made.nuclei.max() + 1) if label not in labels.values()]
    assert all(len(found) == 1 for found in right)


def test_shift_moves_both_masks():
    nuclei = lay_out(300, (), np.random.default_rng(1))
    scene = draw_scene(nuclei, 300, np.random.default_rng(1))
    still, moved = (segment(scene, (), np.random.default_rng(1), shift) for shift in ((0, 0), (15, -20)))
    assert not moved.nuclei[:15].any()
    assert not moved.cells[:, -20:].any()
    here, there = still.nuclei[:-15, 20:] > 0, moved.nuclei[15:, :-20] > 0
    assert (here == there).mean() > 0.995
