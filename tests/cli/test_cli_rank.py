"""`tuiqc rank` on the demo data, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tuiqc.cli import main
from tuiqc.paths import demo_data_dir


def rank(*arguments: str) -> int:
    source = demo_data_dir()
    assert source is not None
    return main(["rank", str(source), *arguments])


def test_the_demo_s_planted_errors_come_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "worst.csv"
    assert rank("--layer", "nuclei", "--candidates", "-o", str(out), "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    table = pd.read_csv(out, dtype={"image": str})
    objects = table[table["label"].notna()]
    assert summary["objects"] == len(objects) > 200
    assert list(table.columns) == ["image", "label", "rank", "score", "suspicion", "suspect", "why", "y", "x"]
    assert table.loc[table["label"].isna(), "suspect"].eq("missed").all()
    source = demo_data_dir()
    assert source is not None
    truth = pd.read_csv(source / "truth.csv", dtype=str)
    truth = truth[(truth["layer"] == "nuclei") & truth["error"].isin(["merged", "split", "debris"])]
    keys = truth["plate"] + "/" + truth["well"] + "/" + truth["site"]
    wanted = set(zip(keys, truth["label"].astype(int), strict=True))
    assert len(wanted) > 5
    first = objects.head(len(objects) // 5)
    found = wanted & set(zip(first["image"], first["label"].astype(int), strict=True))
    assert len(found) >= 0.85 * len(wanted), wanted - found


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--layer", "nucleus"], "no object layer 'nucleus' with masks"),
        (["-o", "worst.jpg"], "worst.jpg"),
        (["--learn-from", "none.csv"], "none.csv"),
    ],
)
def test_what_can_t_be_done_is_said(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rank(*arguments) == 2
    assert said in capsys.readouterr().err
