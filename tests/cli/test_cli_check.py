"""`tuiqc check`: gates of a batch, and an exit status that says nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from fixtures.triage_scenes import write_scenes

from tuiqc.cli import main
from tuiqc.cli.streams import DONE, FAILED, GATE, INTERRUPTED, UNFORESEEN
from tuiqc.review.batch_figures import ABOUT
from tuiqc.tables.filters.tokens import FilterError
from tuiqc.tables.gates import ask
from tuiqc.tables.table_view import TableView
from tuiqc.triage.gate_sets import gate_set, shipped_gate_sets


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four images, errors in the first; the last has no object; a table that lacks a label of the second."""
    out = tmp_path_factory.mktemp("check")
    write_scenes(out, 3)
    empty = np.zeros_like(tifffile.imread(out / "w0_nuclei_labels.tif"))
    tifffile.imwrite(out / "w3_nuclei_labels.tif", empty)
    tifffile.imwrite(out / "w3_DNA.tif", tifffile.imread(out / "w2_DNA.tif"))
    return out


@pytest.fixture(autouse=True)
def _measured_once(own_folders: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence that one test measured is there for the next."""
    monkeypatch.setenv("TUIQC_CACHE_DIR", str(folder.parent / "kept"))


def check(folder: Path, *more: str) -> int:
    images = ["--images", f"DNA={folder}/w{{well}}_DNA.tif"]
    return main(["check", *images, "--labels", f"nuclei={folder}/w{{well}}_nuclei_labels.tif", *more])


def answers(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("gate", "status"),
    [
        (["--fail-if", "empty_images > 0"], GATE),
        (["--fail-if", "empty_images > 1"], DONE),
        (["--warn-if", "empty_images > 0"], DONE),
        (["--fail-if", "empty_images > 0", "--no-fail"], DONE),
        (["--fail-if", "suspicious_share > 0.02 and candidates >= 0"], GATE),
        (["--fail-if", "suspicious_share > 0.9"], DONE),
        (["--fail-if", "failure_rate.low > 0.1"], DONE),  # nothing is judged: nothing is known
        (["--fail-if", "min(evidence_solidity) < 0.9"], GATE),
        (["--fail-if", "median(label) > 1000"], DONE),
        (["--image-fail-if", "count == 0"], GATE),
        (["--image-fail-if", "count > 1000 or fit < -1"], DONE),
        (["--image-fail-if", "ImageQuality_PercentMaximal_DNA > 99"], DONE),
        (["--rules", "mask_sanity", "--fail-if", "mask_sanity.ragged > 0.9"], DONE),
        (["--rules", "mask_sanity", "--fail-if", "mask_sanity.in_pieces > 0"], GATE),
        (["--gates", "batch_sanity"], DONE),
        (["--fail-if", "nonsense > 1"], FAILED),
        (["--fail-if", "images >"], FAILED),
        (["--fail-if", "zscore(evidence_size) > 1"], FAILED),
        (["--fail-if", "median(nonsense) > 1"], FAILED),
        (["--image-fail-if", "nonsense > 1"], FAILED),
        (["--gates", "no/such.toml"], FAILED),
        (["--rules", "no_such_rules", "--fail-if", "images > 0"], FAILED),
        (["--layer", "cells", "--fail-if", "images > 0"], FAILED),
    ],
)
def test_the_exit_status_is_that_of_the_gates(folder: Path, gate: list[str], status: int) -> None:
    assert check(folder, *gate) == status


def test_all_figures_are_named_where_one_is_unknown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(folder, "--fail-if", "nonsense > 1")
    said = capsys.readouterr().err
    assert all(name in said for name in ABOUT)


def test_all_is_told_as_json(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gates = [
        "--fail-if",
        "empty_images > 0",
        "--warn-if",
        "max(evidence_size) > 99",
        "--image-fail-if",
        "count == 0",
    ]
    assert check(folder, *gates, "--json", "-") == GATE
    found = answers(capsys)
    assert found["passed"] is False
    assert [gate["holds"] for gate in found["gates"]] == [True, False, True]
    assert found["gates"][0]["values"] == {"empty_images": 1}
    assert found["gates"][2]["images"] == ["3"]
    assert found["figures"]["failure_rate.rate"] is None
    assert check(folder, "--json", str(tmp_path / "out.json")) == DONE
    figures = json.loads((tmp_path / "out.json").read_text())["figures"]
    assert figures["images"] == 4
    assert figures["suspicious"] == sum(
        figures[f"suspicious.{kind}"] for kind in ("merged", "split", "false", "outline")
    )
    assert check(folder, "--json", str(folder / "w0_DNA.tif")) == FAILED  # an input is never written over


def test_verdicts_are_figures(folder: Path, tmp_path: Path) -> None:
    said = tmp_path / "said.csv"
    rows = "".join(f"object,0,nuclei,{label},{'fail' if label < 5 else 'pass'}\n" for label in range(1, 21))
    said.write_text(f"level,image,layer,label,verdict\n{rows}")
    given = ["--annotations", str(said), "--adopt"]
    assert check(folder, *given, "--fail-if", "failure_rate.rate > 0.15 and judged == 20") == GATE
    assert check(folder, *given, "--fail-if", "failure_rate.high < 0.3") == DONE
    assert check(folder, *given, "--gates", "segmentation_quality") in (DONE, GATE)


def test_one_is_the_status_of_gates_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check(tmp_path, "--fail-if", "images > 0") == FAILED  # nothing there
    for error, status in ((RuntimeError("?"), UNFORESEEN), (KeyboardInterrupt(), INTERRUPTED)):

        def fail(*_: object, error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr("tuiqc.cli.check._asked", fail)
        assert check(folder, "--fail-if", "images > 0") == status


def test_broken_files_are_figures(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_scenes(tmp_path, 2)
    (tmp_path / "w1_nuclei_labels.tif").write_bytes(b"no mask")
    assert check(tmp_path, "--fail-if", "unreadable_images > 0", "--json", "-") == GATE
    assert answers(capsys)["figures"]["unreadable_images"] == 1
    more = ["--fail-if", "unreadable_images > 1"]
    assert [check(tmp_path, *more), check(tmp_path, *more, "--strict")] == [3, 2], "a part was asked"


@pytest.mark.parametrize("name", shipped_gate_sets())
def test_shipped_gates_are_understood(name: str) -> None:
    gates = gate_set(name)
    assert gates
    assert all(gate.name and gate.about for gate in gates)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no \\[\\[gates\\]\\]"),
        ("gates = 3", "no \\[\\[gates\\]\\]"),
        ("[[gates]]\nname = 'a'", "has 0 conditions"),
        ("[[gates]]\nfail_if = 'a > 1'\nwarn_if = 'a > 1'", "has 2 conditions"),
        ("[[gates]]\nfail_if = 'a >'", "gate 1"),
        ("[[gates]]\nfail_if = 3", "no table of texts"),
        ("[[gates]]\nfail_when = 'a > 1'", "fail_when"),
        ("[[gates", "not TOML"),
    ],
)
def test_what_is_wrong_with_a_file_of_gates_is_said(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "gates.toml").write_text(text)
    with pytest.raises(Exception, match=said):
        gate_set(str(tmp_path / "gates.toml"))


def test_terms_of_objects_are_figures() -> None:
    objects = TableView(pd.DataFrame({"area": [1.0, 2.0, 9.0], "name": ["a", "b", "c"]}))
    found = ask(
        "median(area) < 3 and images == 2 and not max(area) > mean(area) * 3", {"images": 2.0}, objects
    )
    assert found.holds
    assert found.values == {"median(area)": 2.0, "max(area)": 9.0, "mean(area)": 4.0, "images": 2.0}
    assert not ask(
        "median(area) < 3", {}, TableView(pd.DataFrame({"area": []}))
    ).holds  # of no object: no answer
    for text in ("median(area by name) < 3", "median(name) < 3", "median(nothing) < 3"):
        with pytest.raises(FilterError):
            ask(text, {}, objects)
    with pytest.raises(FilterError, match="no table"):
        ask("median(area) < 3", {}, None)


def test_files_for_multiqc_and_the_images_to_keep(folder: Path, tmp_path: Path) -> None:
    said = tmp_path / "said.csv"
    said.write_text(
        "level,image,layer,label,verdict,reason\nobject,0,nuclei,1,fail,merged\nobject,0,nuclei,3,pass,\n"
    )
    out, kept = tmp_path / "mqc", tmp_path / "keep.txt"
    more = ["--multiqc", str(out), "--keep-list", str(kept), "--annotations", str(said), "--adopt"]
    assert check(folder, *more, "--image-fail-if", "count == 0") == GATE
    assert kept.read_text() == "0\n1\n2\n"
    found = {path.name: json.loads(path.read_text()) for path in out.glob("*_mqc.json")}
    assert found.keys() == {
        f"tuiqc_{name}_mqc.json" for name in ("qc", "general", "suspects", "reasons", "gates")
    }
    rows = found["tuiqc_qc_mqc.json"]["data"]
    assert list(rows) == ["0", "1", "2", "3"]
    assert rows["0"]["reviewed"] == 2
    assert rows["0"]["failure_rate"] == 0.5
    assert "no object" in rows["3"]["why"]
    assert rows["0"].keys() <= found["tuiqc_qc_mqc.json"]["headers"].keys()
    assert sum(sum(one.values()) for one in found["tuiqc_reasons_mqc.json"]["data"].values()) == 1
    assert found["tuiqc_gates_mqc.json"]["data"]["gate 1"]["answer"] == "failed"
    assert (out / "tuiqc_worst_mqc.png").read_bytes().startswith(b"\x89PNG")
    multiqc = shutil.which("multiqc")
    if multiqc is None:
        pytest.skip("the files are right; MultiQC itself is not installed")
    ended = subprocess.run(
        [multiqc, "-f", str(out)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "tuiqc_qc: Found 4 samples" in ended.stderr + ended.stdout
    assert "tuiqc_worst: Found 1 sample" in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    "names", [("image.tif", "mask.tif", "t.csv"), ("b.tif", "a.tif"), ("x.tif", "y.tif", "q.tsv")]
)
def test_single_files_under_whatever_names(
    folder: Path, tmp_path: Path, names: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Links of a work folder, as Nextflow stages them."""
    labels = tifffile.imread(folder / "w1_nuclei_labels.tif")
    table = tmp_path / "table"
    pd.DataFrame({"label": np.unique(labels)[1:-1], "area": 1.0}).to_csv(
        table, sep="\t" if names[-1].endswith("tsv") else ",", index=False
    )
    for name, file in zip(
        names, (folder / "w1_DNA.tif", folder / "w1_nuclei_labels.tif", table), strict=False
    ):
        (tmp_path / name).symlink_to(file)
    files = [str(tmp_path / name) for name in names]
    assert main(["check", *files, "--json", "-"]) == DONE
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert (figures["images"], figures["images_without_mask"], figures["empty_images"]) == (1, 0, 0)
    assert figures["labels_without_rows"] == (1 if len(names) == 3 else 0)
