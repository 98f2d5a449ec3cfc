"""`export --what joined`: the person's own tables with verdicts, everything else as it was, in every dialect."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from fixtures.anndata_files import write_anndata

from tuiqc.cli import main
from tuiqc.dataset.tables.reader import load_table
from tuiqc.dataset.tables.record_lines import RecordLines

HEAD = (
    "level,image,layer,label,t,verdict,reason,note,annotator,time,source_table,centre_x,centre_y,area,schema"
)
SAID = '2,fail,merged,"=cmd, ""x"""'
Captured = pytest.CaptureFixture[str]

TABLES: dict[str, tuple[str, bytes, bytes]] = {
    "comma": (
        "t.csv",
        b'label,area,name\r\n1,2.50,"a,b"\r\n\r\n2,1E5,"two\nlines"\r\n',
        b'label,area,name,qc_verdict,qc_reason,qc_note\r\n1,2.50,"a,b",pass,,\r\n\r\n'
        b'2,1E5,"two\nlines",fail,merged,"\'=cmd, ""x"""\r\n',
    ),
    "semicolon, Windows-1252, no line end": (
        "t.csv",
        b"label;fl\xe4che;n\n1;2,5;x\n2;3,5;y",
        b"label;fl\xe4che;n;qc_verdict;qc_reason;qc_note\n1;2,5;x;pass;;\n2;3,5;y;fail;merged;\"'=cmd, \"\"x\"\"\"",
    ),
    "tabs, comments, units": (
        "t.tsv",
        b"# made by hand\nlabel\tarea\n\tpx\n2\t3\n1\t4\n",
        b"# made by hand\nlabel\tarea\tqc_verdict\tqc_reason\tqc_note\n\tpx\t\t\t\n"
        b"2\t3\tfail\tmerged\t\"'=cmd, \"\"x\"\"\"\n1\t4\tpass\t\t\n",
    ),
    "names of rows, as R writes them": (
        "t.csv",
        b'"label","area"\n"r1",1,5\n"r2",2,6\n',
        b'"label","area",qc_verdict,qc_reason,qc_note\n"r1",1,5,pass,,\n"r2",2,6,fail,merged,"\'=cmd, ""x"""\n',
    ),
    "a delimiter at the end, the header again": (
        "t.csv",
        b"label,area\n1,5,\nlabel,area,\n2,6,\n",
        b"label,area,qc_verdict,qc_reason,qc_note\n1,5,pass,,\nlabel,area,qc_verdict,qc_reason,qc_note\n"
        b"2,6,fail,merged,\"'=cmd, \"\"x\"\"\"\n",
    ),
    "UTF-16": (
        "t.csv",
        "\ufefflabel,µm\n1,5\n2,6\n".encode("utf-16-be"),
        (
            "\ufefflabel,µm,qc_verdict,qc_reason,qc_note\n"
            "1,5,pass,,\n2,6,fail,merged,\"'=cmd, \"\"x\"\"\"\n"
        ).encode("utf-16-be"),
    ),
    "object and feature in two rows": (
        "t.csv",
        b"Image,Nuclei,Nuclei\nImageNumber,ObjectNumber,AreaShape_Area\n1,1,5\n1,2,6\n",
        b"Image,Nuclei,Nuclei,qc,qc,qc\nImageNumber,ObjectNumber,AreaShape_Area,verdict,reason,note\n"
        b"1,1,5,pass,,\n1,2,6,fail,merged,\"'=cmd, \"\"x\"\"\"\n",
    ),
    "packed": (
        "t.csv.gz",
        gzip.compress(b"label,area\n1,5\n2,6\n"),
        b"label,area,qc_verdict,qc_reason,qc_note\n1,5,pass,,\n2,6,fail,merged,\"'=cmd, \"\"x\"\"\"\n",
    ),
}  # fmt: skip


def batch(folder: Path, name: str, more: str = "") -> list[str]:
    """An image with two objects, one of which failed, and its table."""
    labels = np.zeros((20, 20), np.uint8)
    labels[2:8, 2:8], labels[10:16, 10:16] = 1, 2
    tifffile.imwrite(folder / "a_mask.tif", labels)
    rows = [
        f"object,a,n,{one},ada,2026-01-01T00:00:00+00:00,,,,,1" for one in ("1,0,pass,,", f"2,0,{SAID[2:]}")
    ]
    (folder / "qc.csv").write_text("\n".join([HEAD, *rows, more, ""]))
    return [
        *(
            "export",
            "--labels",
            f"n={folder}/{{i}}_mask.tif",
            "--table",
            f"n={folder}/{name.replace('t.', '{i}_t.')}",
        ),
        *("--annotations", f"{folder}/qc.csv", "--what", "joined"),
    ]


@pytest.mark.parametrize("kind", TABLES)
def test_a_text_stays_as_it_was_with_verdicts_behind_each_row(tmp_path: Path, kind: str) -> None:
    name, before, after = TABLES[kind]
    name = name.replace("t.", "a_t.")
    (tmp_path / name).write_bytes(before)
    assert main([*batch(tmp_path, name.replace("a_t.", "t.")), "-o", str(tmp_path / "out")]) == 0
    made = (tmp_path / "out" / name).read_bytes()
    assert (gzip.decompress(made) if name.endswith(".gz") else made) == after
    assert (tmp_path / name).read_bytes() == before
    assert main([*batch(tmp_path, name.replace("a_t.", "t.")), "-o", str(tmp_path / name)]) == 2


def test_stored_columns_are_read_by_their_own_programs(tmp_path: Path, capsys: Captured) -> None:
    frame = pd.DataFrame(
        {"label": [2, 1, 9], "area": [1.5, 2.5, 3.5]}, index=pd.Index(["x", "y", "z"], name="cell")
    )
    frame.to_parquet(tmp_path / "a_t.parquet")
    whole = "image,a,,0,0,unsure,focus,,ada,2026-01-01T00:00:00+00:00,,,,,1"
    assert main([*batch(tmp_path, "t.parquet", whole), "-o", str(tmp_path / "new.parquet")]) == 0
    made = pd.read_parquet(tmp_path / "new.parquet")
    pd.testing.assert_frame_equal(made[["label", "area"]], frame)
    assert made["qc_verdict"].fillna("").tolist() == ["fail", "pass", ""]
    assert made["qc_image_verdict"].tolist() == ["unsure"] * 3
    assert main([*batch(tmp_path, "t.parquet"), "--drop", "fail", "-o", str(tmp_path / "new.parquet")]) == 0
    assert pd.read_parquet(tmp_path / "new.parquet")["label"].tolist() == [1, 9]
    assert main([*batch(tmp_path, "t.parquet"), "-o", str(tmp_path / "new.csv")]) == 2
    assert "must end with .parquet" in capsys.readouterr().err
    write_anndata(tmp_path / "a_t.h5ad", {"label": [1, 2], "area": [4.0, 5.0]})
    before = (tmp_path / "a_t.h5ad").read_bytes()
    assert main([*batch(tmp_path, "t.h5ad"), "-o", str(tmp_path / "new.h5ad")]) == 0
    assert (tmp_path / "a_t.h5ad").read_bytes() == before
    read = load_table(tmp_path / "new.h5ad").frame
    assert (read["qc_verdict"].tolist(), read["qc_reason"].tolist()[1]) == (["pass", "fail"], "merged")


def test_a_quote_that_does_not_end_is_told(tmp_path: Path) -> None:
    from tuiqc.errors import InputError

    (tmp_path / "t.csv").write_text('label,a\n1,"x\n')
    with pytest.raises(InputError, match="does not end"):
        RecordLines.read(tmp_path / "t.csv")
