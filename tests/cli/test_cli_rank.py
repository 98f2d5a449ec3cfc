"""`tuiqc rank`: what it writes, what it learns from, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures.triage_scenes import clean, plant, write_scenes

from tuiqc.cli import main
from tuiqc.cli.table import add_evidence
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.exporters.sheet import SheetOptions, write_sheet
from tuiqc.qc import Annotation, AnnotationStore, Subject
from tuiqc.review.headless import whole_objects
from tuiqc.review.mixed_rows import worst_of


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rank")
    write_scenes(folder, 4)
    return folder


def rank(scenes: Path, *arguments: str) -> int:
    return main(["rank", str(scenes), *arguments])


def test_planted_errors_come_first(scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "worst.csv"
    assert rank(scenes, "--candidates", "-o", str(out), "--json") == 0
    said = capsys.readouterr()
    summary = json.loads(said.out)
    table = pd.read_csv(out, dtype={"image": str})
    assert list(table.columns) == [
        "image", "label", "rank", "score", "suspicion", "suspect", "why", "y", "x",
    ]  # fmt: skip
    objects = table[table["label"].notna()]
    assert summary["objects"] == len(objects)
    assert f"{summary['look_wrong']} of {len(objects)} nuclei look wrong" in said.err
    wanted = set(plant(clean(0)[0]))
    first = objects.head(len(objects) // 8)
    assert wanted <= set(first[first["image"] == "0"]["label"].astype(int))
    missed = table[table["label"].isna()]
    assert len(missed)
    assert set(missed["suspect"]) == {"missed"}


def test_names_that_are_no_text_are_written_escaped(scenes: Path, tmp_path: Path) -> None:
    """A name of a file that is no UTF-8 ended `rank` and `check` with a fault of the program."""
    folder = tmp_path / "odd"
    folder.mkdir()
    for path in scenes.glob("w0_*"):
        if path.is_file():
            (folder / f"x\udcb5{path.name}").symlink_to(path)
    out = tmp_path / "r.csv"
    for more in (["--candidates", "--rules", "mask_sanity"], ["--level", "image"]):
        assert rank(folder, *more, "-o", str(out)) == 0
        names = set(pd.read_csv(out)["image"])
        assert names
        assert all(name.startswith("x\\udcb5") for name in names)
    assert main(["check", str(folder)]) in (0, 1)


@pytest.mark.parametrize(
    "option", ["--annotations", pytest.param("--learn-from", marks=pytest.mark.thorough)]
)
def test_a_plain_table_of_verdicts_is_learned_from(
    scenes: Path, tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts = tmp_path / "v.csv"
    counts = []
    for rows in ("", "0,1,pass\n0,2,fail\n0,9999,fail\n3,5,fail\n3,6,unsure\n"):
        verdicts.write_text(f"image,label,verdict\n{rows}")
        assert rank(scenes, option, str(verdicts), "--json") == 0
        counts.append(json.loads(capsys.readouterr().out)["verdicts_learned"])
    assert counts == [0, 2]  # label 2 is in no mask any more
    verdicts.write_text("label;verdict;image\n3.0;FAIL;0\n999;pass;0\n")
    assert rank(scenes, option, str(verdicts), "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["verdicts_learned"] == 1
    assert "1 of 2 verdicts are of objects that are not in the masks of nuclei" in said.err
    for row, words in (("0,3,failed", "verdict 'failed' in row 2"), ("0,3.5,fail", "label '3.5' in row 2")):
        verdicts.write_text(f"image,label,verdict\n{row}\n")
        assert rank(scenes, option, str(verdicts)) == 2
        assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", ["--annotations", pytest.param("--learn-from", marks=pytest.mark.thorough)]
)
def test_verdicts_that_are_only_in_the_journal_are_learned_from(
    scenes: Path, tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    store = AnnotationStore.open(path, "ada", ["well"])
    for label in (3, 4):
        store.record(Annotation(Subject("object", "1", "nuclei", label), "fail", extra={"well": "1"}))
        if label == 3:
            store.save()
    assert len(path.read_text().splitlines()) == 2
    assert rank(scenes, option, str(path), "--json") == 0
    assert json.loads(capsys.readouterr().out)["verdicts_learned"] == 2
    store.close()


@pytest.mark.thorough
def test_a_broken_mask_is_told_and_the_rest_is_ranked(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    write_scenes(tmp_path, 3)
    (tmp_path / "w2_nuclei_labels.tif").write_bytes(b"II*\0 no image")
    assert rank(tmp_path, "-o", "-") == 3
    said = capfdbinary.readouterr()
    assert b"w2_nuclei_labels.tif" in said.err
    assert said.out.splitlines()[0].startswith(b"image\tlabel\trank")
    assert rank(tmp_path, "-o", "-", "--strict") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seed", "-1"], "'-1' is not a whole number from 0"),
        (["--layer", "nucleus"], "no object layer 'nucleus' with masks"),
        (["-o", "worst.jpg"], "worst.jpg"),
        (["--learn-from", "none.csv"], "none.csv"),
        (["-o", "w0_DNA.tif"], "w0_DNA.tif"),
    ],
)
def test_what_can_t_be_done_is_said(
    scenes: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):  # an option that can't be read ends at once
        raise SystemExit(rank(scenes, *arguments))
    assert said in capsys.readouterr().err


@pytest.mark.thorough
def test_evidence_is_columns_of_tables(scenes: Path, tmp_path: Path) -> None:
    out = tmp_path / "objects.csv"
    where = ["--where", "suspicion > 90 and evidence_solidity < 2", "--sort", "suspicion", "--descending"]
    assert main(["table", str(scenes), "--evidence", *where, "-o", str(out)]) == 0
    table = pd.read_csv(out)
    assert 0 < len(table) < 15
    assert table["suspicion"].is_monotonic_decreasing
    assert {"area", "suspect", "why", "evidence_edge_DNA"} <= set(table.columns)
    assert main(["table", str(scenes), "-o", str(out)]) == 0
    assert not [name for name in pd.read_csv(out).columns if name.startswith("evidence_")]


@pytest.mark.thorough
def test_the_worst_are_drawn(scenes: Path, tmp_path: Path) -> None:
    out = tmp_path / "worst.png"
    assert main(["sheet", str(scenes), "--worst", "6", "--columns", "3", "--tile", "64", "-o", str(out)]) == 0
    assert out.stat().st_size > 2000
    objects = whole_objects(batch := open_batch(SourceOptions(sources=(str(scenes),))), "nuclei", [])
    add_evidence(batch, objects, [])
    assert objects.missed is not None
    among = worst_of(objects, objects.missed, 40)
    there = among.positions >= objects.total
    assert there.any(), "places of missed objects are tiles"
    assert np.diff(np.flatnonzero(there)).tolist() == [1] * (int(there.sum()) - 1), "and a group of their own"
    kinds = [objects.view.column("suspect")[at] for at in among.positions[~there].tolist()]
    assert kinds == sorted(kinds)
    options = SheetOptions(columns=8, tile=48)
    written = write_sheet(batch, objects, objects, tmp_path / "among.png", options, among=among)
    assert not written.missing
    assert main(["sheet", str(scenes), "--worst", "0", "-o", str(out)]) == 2
    assert main(["sheet", str(scenes), "--worst", "6", "--sort", "area", "-o", str(out)]) == 2


@pytest.mark.thorough
def test_images_are_rows_too(scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "images.csv"
    assert rank(scenes, "--level", "image", "-o", str(out), "--json") == 0
    table = pd.read_csv(out, dtype={"image": str})
    summary = json.loads(capsys.readouterr().out)
    assert list(table.columns[:6]) == ["image", "rank", "score", "suspicion", "looks_wrong", "why"]
    assert set(table["image"]) == {"0", "1", "2", "3"}
    assert table["suspicion"].is_monotonic_decreasing
    assert [row["image"] for row in summary["images"]] == table["image"].tolist()
    assert (table["fit"] > 0.3).all()


@pytest.mark.thorough
def test_a_report_shows_the_worst_of_each_kind(
    scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.html"
    assert main(["report", str(scenes), "--worst", "3", "-o", str(out)]) == 0
    page = out.read_text()
    assert "nuclei look wrong" in page
    for kind in ("Merged?", "Split?", "Outline?"):
        assert f"<h3>{kind}</h3>" in page
    assert page.count("<img") >= 4
    assert f"report with {page.count('<img')} pictures" in capsys.readouterr().err
    assert main(["report", str(scenes), "--worst", "0", "-o", str(out)]) == 0
    assert "Suspected" not in out.read_text()
    assert main(["report", str(scenes), "--worst", "-1", "-o", str(out)]) == 2


def test_candidates_are_counted_apart_in_statistics_and_report(
    scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """How many there are is not known without ranking: the report ended with a fault."""
    path = tmp_path / "a.csv"
    store = AnnotationStore.open(path, "ada", ["well"])
    store.record(Annotation(Subject("candidate", "1", "nuclei", 1), "fail", extra={"well": "1"}))
    store.close()
    assert main(["stats", str(scenes), "--annotations", str(path)]) == 0
    assert "nuclei missed: 1 reviewed; pass 0, fail 1" in capsys.readouterr().out
    page = tmp_path / "report.html"
    assert main(["report", str(scenes), "--annotations", str(path), "-o", str(page)]) == 0
    assert '<th scope="row">nuclei missed</th><td class="n">–</td><td class="n">1</td>' in page.read_text(
        "utf-8"
    )
