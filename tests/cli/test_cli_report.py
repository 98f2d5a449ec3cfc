"""`tuiqc report` from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.batches import PRACTICAL
from fixtures.html_pages import read_page
from fixtures.review_batches import write_batch

from tuiqc.cli import main
from tuiqc.qc import Annotation, AnnotationStore, Subject


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = write_batch(tmp_path / "data")
    with AnnotationStore.open(folder / "qc_annotations.csv", "ann", ["well"]) as store:
        store.record(Annotation(Subject("object", "A1", "nuclei", 1), "fail", "merged"))
        store.record(Annotation(Subject("object", "A1", "nuclei", 2), "pass"))
    return folder


def test_report(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out" / "report.html"
    before = {path: path.read_bytes() for path in folder.iterdir()}
    arguments = [
        "--columns",
        "AreaShape_Area,Location_Center_X",
        "--by",
        "well",
        "--title",
        "Mine",
        "--exact",
    ]
    assert main(["report", str(folder), *arguments, "-o", str(output)]) == 0
    assert "report with 2 pictures" in capsys.readouterr().err
    page = read_page(output.read_text("utf-8"))
    assert "Mine" in page.text
    assert "--title Mine --exact" in page.text
    assert page.text.count("Location_Center_X") >= 2
    assert "Clopper-Pearson" in page.text
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.thorough
def test_one_annotator(folder: Path, tmp_path: Path) -> None:
    with AnnotationStore.open(folder / "qc_annotations.csv", "zoe", ["well"]) as store:
        store.record(Annotation(Subject("object", "A1", "nuclei", 1), "pass", note="looks fine to me"))
    for name in ("ann", "zoe"):
        output = str(tmp_path / f"{name}.html")
        assert main(["report", str(folder), "--annotator", name, "-o", output]) == 0
    pages = [read_page((tmp_path / f"{name}.html").read_text("utf-8")) for name in ("ann", "zoe")]
    assert ["looks fine to me" in page.text for page in pages] == [False, True]
    assert ["merged" in page.text for page in pages] == [True, False]
    assert "only those of ann" in pages[0].text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "report.txt"], "must end with .html"),
        (["-o", "r.html", "--failed", "-1"], "--failed -1"),
        (["-o", "r.html", "--by", "moon"], "there are: well"),
        (["-o", "r.html", "--layer", "moon"], "there are: "),
        (["-o", "r.html", "--annotations", "none.csv"], "none.csv"),
        (["-o", "r.html", "--annotator", "nobody"], "there is: ann"),
    ],
)
def test_what_is_refused(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(folder), *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.thorough
@pytest.mark.skipif(not PRACTICAL.is_dir(), reason="the real wells are not here")
def test_the_real_wells(tmp_path: Path) -> None:
    path = tmp_path / "qc.csv"
    with AnnotationStore.open(path, "ann", ["well"]) as store:
        for label in range(1, 14):
            store.record(
                Annotation(Subject("object", "1", "nuclei", label), "fail" if label in (8, 10) else "pass")
            )
    patterns = {
        "--images": f"DNA={PRACTICAL}/Well_{{well}}_C0.tif",
        "--labels": f"nuclei={PRACTICAL}/Well_{{well}}_nuclei_labels.tiff",
        "--table": f"nuclei={PRACTICAL}/Well_{{well}}_nuclei.txt",
    }
    named = [word for pair in patterns.items() for word in pair]
    assert main(["report", *named, "--annotations", str(path), "-o", str(tmp_path / "r.html")]) == 0
    page = read_page((tmp_path / "r.html").read_text("utf-8"))
    assert "97 objects of nuclei" in page.text
    assert len(page.images) == 2 + 11
    assert page.unbalanced == []
    assert (tmp_path / "r.html").stat().st_size < 2_000_000
