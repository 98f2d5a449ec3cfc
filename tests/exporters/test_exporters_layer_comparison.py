"""Two segmentations of the same images: partners, kinds, precision, and a table that joins back."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tuiqc.cli import main
from tuiqc.measure.layer_overlap import counterparts, matched, overlap, precision, together


def plane(*boxes: tuple[int, int, int, int, int]) -> np.ndarray:
    """Labels with boxes (label, y0, y1, x0, x1), later ones on top."""
    out = np.zeros((40, 100), np.uint16)
    for label, y0, y1, x0, x1 in boxes:
        out[y0:y1, x0:x1] = label
    return out


FIRST = plane(
    (1, 2, 12, 2, 12), (2, 2, 12, 20, 40), (3, 2, 12, 50, 60), (4, 2, 12, 60, 70), (5, 20, 30, 2, 12),
    (6, 20, 30, 30, 40),
)  # fmt: skip
SECOND = plane(
    (7, 2, 12, 3, 13), (8, 2, 12, 20, 30), (9, 2, 12, 30, 40), (10, 2, 12, 50, 70), (11, 20, 30, 60, 70),
    (12, 26, 30, 37, 47),
)  # fmt: skip


def test_what_became_of_each() -> None:
    one, other = counterparts(overlap(FIRST, SECOND), 0.6)
    assert dict(zip(one.labels.tolist(), one.kind.tolist(), strict=True)) == {
        1: "same", 2: "split", 3: "merged", 4: "merged", 5: "missing", 6: "missing",
    }  # fmt: skip
    assert dict(zip(other.labels.tolist(), other.kind.tolist(), strict=True)) == {
        7: "same", 8: "merged", 9: "merged", 10: "split", 11: "missing", 12: "missing",
    }  # fmt: skip
    assert dict(zip(one.labels.tolist(), one.partner.tolist(), strict=True))[1] == 7
    assert one.iou[0] == pytest.approx(90 / 110)
    assert one.partner[4] == 0


LABELS = arrays.arrays(np.uint8, (6, 7), elements=st.integers(0, 4))


@given(LABELS, LABELS, st.sampled_from([0.1, 0.3, 0.5, 0.51, 0.9]))
def test_matches_are_one_to_one_and_the_best(first: np.ndarray, second: np.ndarray, threshold: float) -> None:
    """Against a count of every pair, and an assignment over all of them at once."""
    from scipy.optimize import linear_sum_assignment

    found = overlap(first, second)
    score = np.zeros((len(found.labels[0]), len(found.labels[1])))
    for row, a in enumerate(found.labels[0]):
        for column, b in enumerate(found.labels[1]):
            both, either = ((first == a) & (second == b)).sum(), ((first == a) | (second == b)).sum()
            score[row, column] = both / either
    assert found.iou == pytest.approx(score[found.first, found.second])
    taken = matched(found, threshold)
    assert len(set(found.first[taken])) == len(set(found.second[taken])) == taken.sum()
    good = np.where(score >= threshold, score, 0)
    rows, columns = linear_sum_assignment(good, maximize=True)
    assert found.iou[taken].sum() == pytest.approx(good[rows, columns].sum())
    one, _ = counterparts(found, threshold)
    assert (one.kind == "same").sum() == taken.sum()


def test_planes_in_parts_are_compared_as_a_whole() -> None:
    whole = overlap(FIRST, SECOND)
    parts = [
        (slice(y, y + 7), slice(x, x + 11))
        for y in range(0, FIRST.shape[0], 7)
        for x in range(0, FIRST.shape[1], 11)
    ]
    found = together(overlap(FIRST[part], SECOND[part]) for part in parts)
    for one, other in zip((found.labels, found.areas), (whole.labels, whole.areas), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    for name in ("first", "second", "pixels"):
        assert np.array_equal(getattr(found, name), getattr(whole, name)), name
    assert not len(together([]).pixels)


def test_precision_of_known_cases() -> None:
    assert precision([overlap(FIRST, FIRST)], 0.95) == 1
    assert precision([overlap(FIRST, FIRST), overlap(FIRST, FIRST * 0)], 0.5) == pytest.approx(6 / 12)
    assert precision([overlap(FIRST, np.where(FIRST == 6, 0, FIRST))], 0.5) == pytest.approx(5 / 6)
    assert np.isnan(precision([overlap(FIRST * 0, FIRST * 0)], 0.5))


def test_planes_of_other_sizes_have_their_corner_in_common() -> None:
    assert overlap(FIRST, FIRST[:30, :45]).pixels.sum() == (FIRST[:30, :45] > 0).sum()
    assert len(overlap(FIRST[:0], FIRST).pixels) == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    for key, second in (("A01", SECOND), ("A02", FIRST)):
        tifffile.imwrite(data / f"{key}.tif", FIRST)
        tifffile.imwrite(data / f"{key}_cellpose_mask.tif", FIRST)
        tifffile.imwrite(data / f"{key}_stardist_mask.tif", second)
    return data


def test_the_command(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, joined = tmp_path / "c.csv", tmp_path / "j.csv"
    layers = ["--layer", "cellpose", "--against", "stardist", "--iou", "0.6"]
    assert main(["compare-layers", str(folder), *layers, "--json", "-o", str(table)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["layers"] == ["cellpose", "stardist"]
    assert found["kinds"] == {"same": 7, "split": 1, "merged": 2, "missing": 2, "extra": 2}
    assert [one["precision"] for one in found["images"]][1] == 1
    rows = list(csv.DictReader(table.open()))
    assert [float(row["iou"]) for row in rows] == sorted(float(row["iou"]) for row in rows)
    assert (
        main(
            [
                "table",
                str(folder),
                "--layer",
                "cellpose",
                "--more-columns",
                f"cellpose={table}",
                "-o",
                str(joined),
            ]
        )
        == 0
    )
    kinds = {(row["well"], row["label"]): row["kind"] for row in csv.DictReader(joined.open())}
    assert {key: kinds[key] for key in (("A01", "1"), ("A01", "5"), ("A02", "5"))} == {
        ("A01", "1"): "same", ("A01", "5"): "missing", ("A02", "5"): "same",
    }  # fmt: skip
    assert main(["compare-layers", str(folder), *layers]) == 0
    assert "cellpose against stardist: 2 images compared" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--layer", "x"], "no object layer 'x'"), (["--layer", "cellpose", "--against", "cellpose"], "another layer"),
        (["--iou", "0"], "--iou 0"), (["--iou", "1.5"], "--iou 1.5"), (["--iou", "nan"], "--iou nan"),
    ],
)  # fmt: skip
def test_mistakes(folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str) -> None:
    assert main(["compare-layers", str(folder), *options]) == 2
    assert said in capsys.readouterr().err


def test_an_image_that_can_not_be_compared_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "A01_stardist_mask.tif").write_bytes(b"II*\0broken")
    assert main(["compare-layers", str(folder), "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert len(found["images"]) == 1
    assert "A01" in found["problems"][0]
    tifffile.imwrite(folder / "A01_stardist_mask.tif", FIRST[:20])
    assert main(["compare-layers", str(folder)]) == 3
    assert "other sizes: 40 x 100 and 20 x 100" in capsys.readouterr().err
    assert main(["compare-layers", str(folder), "--strict"]) == 2
    (folder / "A02_stardist_mask.tif").unlink()
    assert main(["compare-layers", str(folder)]) == 2


def test_movies_and_stacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A time point by itself; the slices of a stack together."""
    for axes, columns in (("TYX", {"t"}), ("ZYX", set())):
        data = tmp_path / axes
        data.mkdir()
        stack, table = np.stack([FIRST, FIRST, FIRST]), tmp_path / f"{axes}.csv"
        for name in ("m", "m_a_mask", "m_b_mask"):
            tifffile.imwrite(data / f"{name}.tif", stack, imagej=True, metadata={"axes": axes})
        assert main(["compare-layers", str(data), "-o", str(table), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["kinds"]["same"] == 6 * (3 if columns else 1)
        assert {"t"} & set(next(csv.reader(table.open()))) == columns
