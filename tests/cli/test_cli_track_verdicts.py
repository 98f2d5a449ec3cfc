"""What was decided about whole tracks is counted, reported, and holds for the objects of the track."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pandas as pd
import pytest

from tuiqc.cli import main
from tuiqc.demo.tracking import make_tracking
from tuiqc.qc import Annotation, AnnotationStore, Subject

IMAGE = "demo"
FAILED, PASSED = 2, 3


@pytest.fixture(scope="module")
def movie(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judged") / "made"
    make_tracking(folder, frames=12, size=192, stack=False)
    with AnnotationStore.open(folder / "movie" / "qc_annotations.csv", "ann") as store:
        store.record_many(
            [
                Annotation(Subject("track", IMAGE, "objects", FAILED), "fail", "swap;lost", "two <of> them"),
                Annotation(Subject("track", IMAGE, "objects", PASSED), "pass"),
                Annotation(Subject("track", IMAGE, "objects", 9999), "fail"),
            ]
        )
    return folder / "movie"


@pytest.fixture(scope="module")
def table(movie):
    return pd.read_csv(movie / "demo--tracking-table.csv")


def test_stats_count_tracks(movie, table, capsys):
    assert main(["stats", str(movie), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    tracks = found["kinds"]["objects tracks"]
    assert tracks["total"] == table["trackId"][table["trackId"] > 0].nunique()
    assert (tracks["reviewed"], tracks["pass"], tracks["fail"], tracks["level"]) == (3, 1, 2, "track")
    assert tracks["reasons"] == {"swap": 1, "lost": 1}
    assert found["kinds"]["objects"]["reviewed"] == 0
    assert main(["stats", str(movie)]) == 0
    out = capsys.readouterr().out
    assert f"objects tracks: 3 of {tracks['total']} reviewed" in out
    assert "reasons: swap 1, lost 1" in out


def test_report_lists_failed_tracks(movie, tmp_path, table):
    assert main(["report", str(movie), "-o", str(tmp_path / "r.html")]) == 0
    html = (tmp_path / "r.html").read_text("utf-8")
    section = html[html.index('<section id="tracks"') :]
    section = section[: section.index("</section>")]
    times = table["frame"][table["trackId"] == FAILED]
    assert f">{FAILED}</td>" in section
    assert f"{times.min()} to {times.max()}" in section
    assert "swap;lost" in section
    assert "two &lt;of&gt; them" in section
    assert "not in the table" in section
    assert f">{PASSED}</td>" not in section
    assert "objects track 2" in html  # among the notes
    assert 'aria-label="objects tracks by reason"' in html


def test_export_leaves_out_the_objects_of_failed_tracks(movie, tmp_path, table):
    assert main(["export", str(movie), "--what", "passing", "-o", str(tmp_path / "kept.csv")]) == 0
    kept = pd.read_csv(tmp_path / "kept.csv")
    assert set(table["trackId"]) - set(kept["trackId"]) == {FAILED}
    assert set(kept.loc[kept["trackId"] == PASSED, "qc_track_verdict"]) == {"pass"}
    assert kept.loc[kept["trackId"] != PASSED, "qc_track_verdict"].isna().all()


def test_objects_of_a_reviewed_track_are_reviewed(movie, tmp_path):
    what = ["export", str(movie), "--what", "passing", "--drop", "unreviewed,fail"]
    assert main([*what, "-o", str(tmp_path / "kept.csv")]) == 0
    assert set(pd.read_csv(tmp_path / "kept.csv")["trackId"]) == {PASSED}


def test_masks_lose_failed_tracks(movie, tmp_path, table):
    assert main(["export", str(movie), "--what", "masks", "-o", str(tmp_path / "masks")]) == 0
    (made,) = (tmp_path / "masks").rglob("*.h5")
    with h5py.File(movie / "demo--tracking-oids.h5") as before, h5py.File(made) as after:
        old, new = (file["exported_data"][:, 0, :, :, 0] for file in (before, after))
    for t in range(len(old)):
        gone = table["labelimageId"][(table["frame"] == t) & (table["trackId"] == FAILED)]
        assert np.array_equal(new[t], np.where(np.isin(old[t], gone), 0, old[t]))
    assert (new != old).any()
