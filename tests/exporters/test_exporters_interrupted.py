"""Ctrl+c while an exporter writes: status 130, one line, no half of a file, and every input as it was."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from fixtures.review_batches import open_store, small_batch

from tuiqc.cli import main
from tuiqc.cli.streams import INTERRUPTED
from tuiqc.exporters.registry import EXPORTERS
from tuiqc.files import atomic
from tuiqc.qc.record import Annotation, Subject

OUTPUTS = {
    "passing": "x.csv",
    "cpa": "x.csv",
    "mobie": "x.tsv",
    "napari": "x.py",
    "mobie-collection": "x.tsv",
    "fiji": "x.zip",
    "coco": "x.json",
    "keep-list": "x.txt",
}
"""Names of outputs; the others write into a folder."""
NEEDS = {"fiji": "roifile", "ome-zarr": "tensorstore"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("interrupted") / "data"
    batch = small_batch(folder)
    with open_store(batch) as store:
        for image in batch.images:
            store.record(Annotation(Subject("object", image.key, "nuclei", 1), "fail", "merged"))
            store.record(Annotation(Subject("object", image.key, "nuclei", 2), "pass"))
    return folder


def state(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("what", EXPORTERS)
def test_an_interrupted_exporter_leaves_nothing_behind(
    what: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if what in NEEDS:
        pytest.importorskip(NEEDS[what])
    before, asked = state(data), list[str]()

    def interrupted(*names: object, **more: object) -> None:
        asked.append(str(names[0]))
        raise KeyboardInterrupt

    # All is written by then, and nothing has its name yet.
    monkeypatch.setattr(Path, "replace", interrupted)
    monkeypatch.setattr(atomic, "rename", interrupted)
    monkeypatch.setattr(os, "replace", interrupted)
    output = tmp_path / "out" / OUTPUTS.get(what, "folder")
    output.parent.mkdir()
    line = ["export", str(data), "--what", what, "--layer", "nuclei", "-o", str(output), "--no-cache"]
    assert main(line) == INTERRUPTED
    assert asked, "it was in the middle of writing"
    assert "interrupted" in capsys.readouterr().err
    assert [path for path in output.parent.rglob("*") if path.is_file()] == []
    assert state(data) == before
