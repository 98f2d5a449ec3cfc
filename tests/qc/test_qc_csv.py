"""The annotation CSV: exact round trips, and what spreadsheets make of it."""

from __future__ import annotations

import contextlib
import csv
import os
import stat
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.errors import InputError
from tuiqc.qc import Annotation, AnnotationStore, Subject
from tuiqc.qc.csvfile import COLUMNS, from_cell, to_cell, write_csv
from tuiqc.qc.csvreader import read_csv

HEADER = ",".join(COLUMNS)
NUCLEUS = Subject("object", "A/1", "nuclei", 7)

# Everything Python takes for text, lone surrogates of undecodable file names included.
wild = st.text(st.characters(), max_size=30) | st.text(st.sampled_from("'=+-@\t\r\n\",;\\udc80 1.e\ud800"))
numbers = st.none() | st.floats(allow_nan=False)
annotations = st.builds(
    Annotation,
    st.builds(
        Subject,
        st.sampled_from(["image", "object"]),
        wild,
        wild,
        st.integers(0, 2**40),
        st.integers(0, 9),
    ),
    st.sampled_from(["pass", "fail", "unsure", ""]),
    wild,
    wild,
    wild,
    wild,
    wild,
    numbers,
    numbers,
    numbers,
    st.fixed_dictionaries({"well": wild, "label": wild}),
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@given(wild)
def test_cell_text_comes_back_exactly(text):
    cell = to_cell(text)
    assert from_cell(cell) == text
    cell.encode("utf-8")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_text_becomes_a_formula(start):
    assert to_cell(start + "cmd|' /C calc'!A0")[0] == "'"


@pytest.mark.parametrize("text", ["-1", "+2.5e-3", "-.5", "'quoted'", "a=b", ""])
def test_numbers_and_harmless_text_stay(text):
    assert to_cell(text) == text


@settings(max_examples=30, deadline=None)
@given(st.lists(annotations, max_size=6, unique_by=lambda row: row.subject))
def test_any_annotation_survives_the_file(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_csv(path, ["well", "label"], [], [(row, {}) for row in rows])
    contents = read_csv(path, ["well", "label"])
    assert [row for row, _ in contents.rows] == rows
    assert contents.messages == []
    assert contents.foreign == []


def test_columns_line_ends_and_readers(tmp_path):
    path = tmp_path / "a.csv"
    with AnnotationStore.open(path, "me", ["well", "t"]) as store:
        extra = {"well": "A01", "t": "T7"}
        store.record(Annotation(NUCLEUS, "fail", "merged", '=1, "two"\nlines', area=12.0, extra=extra))
        store.record(Annotation(Subject("image", "A/1"), "pass"))
    data = path.read_bytes()
    assert data.split(b"\r\n")[0].decode() == f"{HEADER},well,t_placeholder"
    assert b"\n" not in data.replace(b"\r\n", b"").replace(b'two""\nlines', b"")
    frame = pd.read_csv(path)
    assert frame["label"].tolist() == [7, 0]
    assert frame["t"].dtype == "int64"
    assert frame["note"][0] == '\'=1, "two"\nlines'
    assert frame["t_placeholder"][0] == "T7"
    assert AnnotationStore.open(path, "me", ["well", "t"]).get(NUCLEUS).extra == extra


SPREADSHEET = (
    "note;verdict;level;priority;image;layer;label;t;centre_x;area;well;;\r\n"
    '"vu; relu";Fail;object;haute;A/1;nuclei;7;0;12,5;1000;A01;;\r\n'
    ";PASS;image;;A/1;;;;;;A01;;\r\n"
    ";;;;;;;;;;;;\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_from_a_spreadsheet_opens_and_keeps_foreign_columns(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(SPREADSHEET.encode(encoding))
    with AnnotationStore.open(path, "me", ["well"]) as store:
        found = store.get(NUCLEUS)
        assert (found.verdict, found.note, found.centre_x, found.area) == ("fail", "vu; relu", 12.5, 1000)
        assert found.extra == {"well": "A01"}
        assert store.get(Subject("image", "A/1")).verdict == "pass"
        assert any("semicolons" in message for message in store.messages)
        store.record(Annotation(Subject("object", "A/1", "nuclei", 9), "pass"))
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == [*COLUMNS, "well", "priority"] or list(rows[0]) == [*COLUMNS, "priority", "well"]
    assert [row["priority"] for row in rows] == ["haute", "", ""]
    assert rows[0]["centre_x"] == "12.5"


def test_windows_text_excel_line_and_tabs(tmp_path):
    path = tmp_path / "a.csv"
    text = (
        "sep=\t\r\nlevel\timage\tlayer\tlabel\tverdict\treason\r\nobject\t1\tZellkörper\t7.0\tfail\tgroß\r\n"
    )
    path.write_bytes(text.encode("cp1252"))
    store = AnnotationStore.open(path, "me", [], read_only=True)
    assert store.get(Subject("object", "1", "Zellkörper", 7)).reason == "groß"
    assert any("Windows-1252" in message for message in store.messages)


def test_rows_that_are_no_annotation_stay_where_they_are(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "level,image,layer,label,verdict,remark\n"
        "object,1,nuclei,one,fail,=SUM(A1)\n"
        "object,1,nuclei,2,pass,x\n"
        "object,1,nuclei,3,perhaps,\n"
        "total,,,,,5,surplus\n"
    )
    with AnnotationStore.open(path, "me") as store:
        assert len(store) == 1
        assert any("3 rows" in text and "row 2 ('one'" in text for text in store.messages)
        store.record(Annotation(Subject("object", "1", "nuclei", 2), "fail"))
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert frame["label"].tolist() == ["one", "2", "3", ""]
    assert frame["verdict"].tolist() == ["fail", "fail", "perhaps", ""]
    assert frame["remark"].tolist() == ["=SUM(A1)", "x", "", "5"]
    assert frame["column 7"].tolist() == ["", "", "", "surplus"]


def test_several_rows_of_one_thing_the_last_counts_and_none_is_lost(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("level,image,layer,label,verdict,annotator\nobject,1,n,1,pass,a\nobject,1,n,1,fail,a\n")
    subject = Subject("object", "1", "n", 1)
    with AnnotationStore.open(path, "me") as store:
        assert store.get(subject).verdict == "fail"
        assert store.counts("object") == {"pass": 0, "fail": 1, "unsure": 0}
        assert "several rows" in store.messages[0]
        store.clear(subject)
    with AnnotationStore.open(path, "me") as store:
        assert store.get(subject) is None  # the earlier row does not come back to life
    assert pd.read_csv(path)["annotator"].tolist()[0] == "a"


def test_clearing_keeps_what_somebody_else_wrote_beside_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("level,image,layer,label,verdict,plate\nobject,1,n,1,pass,P7\nobject,1,n,2,pass,\n")
    with AnnotationStore.open(path, "me") as store:
        store.clear(Subject("object", "1", "n", 1))
        store.clear(Subject("object", "1", "n", 2))
        assert len(store) == 0
    frame = pd.read_csv(path)
    assert frame["label"].tolist() == [1]
    assert frame["plate"].tolist() == ["P7"]


def test_a_number_that_is_none_is_told_and_the_verdict_counts(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("level,image,layer,label,verdict,area\nobject,1,n,1,pass,large\n")
    store = AnnotationStore.open(path, "me", read_only=True)
    assert store.get(Subject("object", "1", "n", 1)).area is None
    assert "row 2 ('large')" in store.messages[0]


def test_a_very_long_note(tmp_path):
    path = tmp_path / "a.csv"
    limit = csv.field_size_limit()
    with AnnotationStore.open(path, "me") as store:
        store.record(Annotation(NUCLEUS, note="n" * 300_000))
    assert len(AnnotationStore.open(path, "me", read_only=True).get(NUCLEUS).note) == 300_000
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("ImageNumber,ObjectNumber,AreaShape_Area\n1,1,50\n", "ImageNumber, ObjectNumber, AreaShape_Area"),
        ("\x1b[31mred\n", "␛[31mred"),
        (",".join(f"c{i}" for i in range(40)), "and 28 more"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_and_left_alone(tmp_path, content, named):
    path = tmp_path / "Nuclei.csv"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        AnnotationStore.open(path, "me")
    message = str(caught.value)
    assert named in message
    assert "level, image, layer, label, verdict" in message
    assert "--annotations" in message
    assert path.read_text() == content
    assert names(tmp_path) == ["Nuclei.csv"]


@settings(max_examples=30, deadline=None)
@given(
    data=st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: HEADER.encode() + b"\n" + tail)
)
def test_no_file_ends_in_a_traceback(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("wild") / "a.csv"
    path.write_bytes(data)
    with contextlib.suppress(InputError):
        read_csv(path, ["well"])


def test_an_empty_file_and_a_folder(tmp_path):
    empty = tmp_path / "a.csv"
    empty.touch()
    assert len(AnnotationStore.open(empty, "me", read_only=True)) == 0
    with pytest.raises(InputError):
        AnnotationStore.open(tmp_path, "me")


def test_permissions_of_the_file_stay_and_new_ones_follow_the_umask(tmp_path):
    path = tmp_path / "a.csv"
    for mode in (None, 0o640):
        if mode is not None:
            path.chmod(mode)
        with AnnotationStore.open(path, "me") as store:
            store.record(Annotation(NUCLEUS, "pass"))
        expected = 0o666 & ~_umask() if mode is None else mode
        assert stat.S_IMODE(path.stat().st_mode) == expected


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_symbolic_link_stays_one(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "a.csv"
    link.symlink_to(Path("there") / "real.csv")
    with AnnotationStore.open(link, "me") as store:
        store.record(Annotation(NUCLEUS, "pass"))
    assert link.is_symlink()
    assert len(AnnotationStore.open(tmp_path / "there" / "real.csv", read_only=True)) == 1


def test_placeholders_of_another_pattern_stay_as_columns(tmp_path):
    path = tmp_path / "a.csv"
    with AnnotationStore.open(path, "me", ["well"]) as store:
        store.record(Annotation(NUCLEUS, "pass", extra={"well": "A01"}))
    with AnnotationStore.open(path, "me", ["plate"]) as store:
        store.record(Annotation(Subject("object", "B", "nuclei", 1), "fail", extra={"plate": "P1"}))
    frame = pd.read_csv(path, keep_default_na=False)
    assert list(frame.columns) == [*COLUMNS, "plate", "well"]
    assert frame["well"].tolist() == ["A01", ""]
    assert frame["plate"].tolist() == ["", "P1"]
