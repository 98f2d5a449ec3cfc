"""A pipe in the place of any file that is read: nobody would ever write into it, so it is refused at once."""

from __future__ import annotations

import errno
import os
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile

from tuiqc.cli import main
from tuiqc.config import load_config
from tuiqc.errors import InputError
from tuiqc.picture.display import Display
from tuiqc.picture.styles import load_style
from tuiqc.qc import AnnotationStore
from tuiqc.qc.agreement import read_repeats


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small batch as the working folder, and a pipe for each kind of file."""
    labels = np.zeros((16, 16), np.uint16)
    labels[2:6, 2:6] = 1
    for well in ("A01", "A02"):
        tifffile.imwrite(tmp_path / f"{well}_DNA.tif", np.arange(256, dtype=np.uint16).reshape(16, 16))
        tifffile.imwrite(tmp_path / f"{well}_nuclei_labels.tif", labels)
        (tmp_path / f"{well}_nuclei.csv").write_text("label,area\n1,16\n")
    (tmp_path / "pipes").mkdir()
    for suffix in ("csv", "toml", "tif", "h5", "png", "parquet", "csv.gz", "npy", "xlsx"):
        os.mkfifo(tmp_path / "pipes" / f"p.{suffix}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


IN_PLACE_OF_FILES = [
    "open pipes/p.csv",
    "open pipes/p.toml",
    "summary pipes/p.csv",
    "summary pipes/p.csv.gz",
    "summary pipes/p.parquet",
    "summary pipes/p.toml",
    "summary pipes/p.tif",
    "summary pipes/p.npy",
    "summary pipes/p.xlsx",
    "summary --images pipes/p.tif",
    "summary --images pipes/p.h5 --labels pipes/p.h5",
    "summary --images A01_DNA.tif --labels pipes/p.png",
    "summary --images A01_DNA.tif --labels A01_nuclei_labels.tif --table pipes/p.csv",
    "summary . --annotations pipes/p.csv",
    "table . --more-columns pipes/p.csv",
    "table . --more-columns pipes/p.parquet",
    "rank . --learn-from pipes/p.csv -o r.csv",
    "render . --style pipes/p.toml -o o.png",
    "open . --style pipes/p.toml",
    "open . --reasons pipes/p.toml",
    "open . --categories pipes/p.toml",
    "open . --queue pipes/p.csv",
    "open . --adjudicate pipes/p.csv",
    "open . --annotations pipes/p.csv",
    "compare pipes/p.csv pipes/p.csv",
    "merge pipes/p.csv -o o.csv",
]


@pytest.mark.parametrize("line", IN_PLACE_OF_FILES)
@pytest.mark.timeout(20)
def test_a_pipe_in_place_of_any_file_is_refused(
    folder: Path, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    status = main(line.split())
    said = capsys.readouterr().err
    assert status == 2, said
    assert any(words in said for words in ("not a regular file", "is a pipe", "matches no file")), said


@pytest.mark.timeout(20)
def test_pipes_among_the_files_beside_annotations_are_not_waited_for(folder: Path) -> None:
    csv = folder / "qc_annotations.csv"
    for ending in (".sample.json", ".repeats.jsonl", ".history.jsonl", ".batch.json"):
        os.mkfifo(folder / f"{csv.name}{ending}")
    assert read_repeats(csv) == []
    assert AnnotationStore.open(csv, "me", read_only=True).items() is not None
    assert main(["summary", "."]) == 0


@pytest.mark.timeout(20)
def test_settings_and_styles_are_no_pipes(folder: Path) -> None:
    with pytest.raises(InputError, match="not a regular file"):
        load_config(folder / "pipes" / "p.toml")
    with pytest.raises(InputError, match="not a regular file"):
        load_style(str(folder / "pipes" / "p.toml"), Display((), ()))


class _Full(StringIO):
    """Standard output on a full disk: with `late`, only flushing tells it."""

    def __init__(self, late: bool) -> None:
        super().__init__()
        self.late = late
        self.buffer = self  # tables are written as bytes

    def write(self, text: str | bytes) -> int:
        if not self.late:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return len(text)

    def flush(self) -> None:
        if self.late:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("late", [False, True])
def test_a_full_standard_output_is_told_by_every_command(
    folder: Path, late: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "qc_annotations.csv").write_text(
        "level,image,layer,label,t,verdict,reason,note,annotator,time\nobject,A01,nuclei,1,,fail,,,me,\n"
    )
    lines = ["--help", "--version", "rank --help", "doctor", "summary .", "summary . --json", "stats ."]
    lines += ["stats . --json", "table .", "compare qc_annotations.csv qc_annotations.csv", "rank . --json"]
    for line in lines:
        with monkeypatch.context() as patch:
            patch.setattr("sys.stdout", _Full(late))
            assert main(line.split()) == 2, line
        assert capfd.readouterr().err.endswith(
            "standard output can't be written (No space left on device)\n"
        ), line
