"""More columns from other files: joined on image and label as brute force does it, and everything else told."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fixtures.batches import make_batch
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.dataset.geometry import Geometry
from tuiqc.dataset.join import join_parts
from tuiqc.dataset.model import Batch
from tuiqc.dataset.more_columns import MoreColumns
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError, UsageError


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Images 0, 1, 2 are wells 1, 2, 10, with labels 1, 2, 3 each."""
    return open_batch(SourceOptions(sources=(str(make_batch(tmp_path_factory.mktemp("batch"))),)))


def objects(batch: Batch) -> tuple[Any, Any]:
    frame, _ = join_parts([ObjectLoader(batch).load(n, "nuclei") for n in range(len(batch.images))])
    return frame["image"].to_numpy(), frame["label"].to_numpy()


def table(folder: Path, text: str, name: str = "extra.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


WELLS = ["1", "2", "10", "99"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(WELLS), st.sampled_from(["1", "2", "3", "7", "", "0", "1.5"]), st.integers(0, 99)
        ),
        max_size=14,
    )
)
def test_the_join_is_that_of_brute_force(
    tmp_path_factory: pytest.TempPathFactory, batch: Batch, rows: list[tuple[str, str, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "brute.csv"
    path.write_text("Well,ObjectNumber,score\n" + "".join(f"{w},{n},{v}\n" for w, n, v in rows))
    images, labels = objects(batch)
    if not any(well != "99" for well, _, _ in rows):
        if rows:
            with pytest.raises(InputError, match="image"):
                MoreColumns.read(path, batch, "nuclei")
        return
    values, report = MoreColumns.read(path, batch, "nuclei").attach(images, labels)

    wanted: dict[tuple[int, int], int] = {}
    no_image = no_label = repeated = 0
    for well, label, value in rows:
        if well == "99":
            no_image += 1
        elif label in ("", "0", "1.5"):
            no_label += 1
        elif (key := (WELLS.index(well), int(label))) in wanted:
            repeated += 1
        else:
            wanted[key] = value
    keys = list(zip(images.tolist(), labels.tolist(), strict=True))
    assert list(values) == ["score"]
    got = pd.Series(values["score"])
    assert [None if pd.isna(v) else int(v) for v in got] == [wanted.get(key) for key in keys]
    assert (report.no_image, report.no_label, report.repeated) == (no_image, no_label, repeated)
    assert report.matched == sum(key in wanted for key in keys)
    assert report.unused == len(set(wanted) - set(keys))
    assert report.missed == report.objects - report.matched
    assert report.clean == (len(report.lines()) == 1)


def test_types_stay_and_names_are_free(tmp_path: Path, batch: Batch) -> None:
    path = table(
        tmp_path, "image,label,area,big,flag,word\n1,1,1.5,9007199254740993,True,a\n2,3,2.5,1,False,é\n"
    )
    values, report = MoreColumns.read(path, batch, "nuclei").attach(*objects(batch), taken=["area", "word"])
    assert list(values) == ["area (extra)", "big", "flag", "word (extra)"]
    assert report.renamed == {"area": "area (extra)", "word": "word (extra)"}
    assert pd.Series(values["big"]).dropna().tolist() == [9007199254740993, 1]
    assert pd.Series(values["flag"]).dropna().tolist() == [True, False]
    assert pd.isna(values["word (extra)"][1])
    assert len(values["area (extra)"]) == 9


@pytest.mark.parametrize("head", ["FileName_DNA,ObjectNumber", "image,label_id", "well,cell_id"])
def test_images_and_labels_are_recognised(tmp_path: Path, batch: Batch, head: str) -> None:
    word = "C:\\x\\Well_2_DNA.tif" if "FileName" in head else "2"
    path = table(tmp_path, f"{head},v\n{word},3,5\n")
    values, _ = MoreColumns.read(path, batch, "nuclei").attach(np.array([1, 1]), np.array([3, 1]))
    assert list(values) == ["v"]
    assert pd.Series(values["v"]).tolist()[0] == 5


def test_columns_can_be_named_and_wrong_names_are_told(tmp_path: Path, batch: Batch) -> None:
    path = table(tmp_path, "wo,wer,v\n10,2,5\n")
    with pytest.raises(InputError, match="image=COLUMN"):
        MoreColumns.read(path, batch, "nuclei")
    with pytest.raises(InputError, match="no column 'x'"):
        MoreColumns.read(path, batch, "nuclei", label="x")
    more = MoreColumns.read(path, batch, "nuclei", label="wer", image="wo")
    values, report = more.attach(*objects(batch))
    assert report.matched == 1
    assert pd.Series(values["v"])[7] == 5


def test_a_plate_layout_goes_to_all_objects_of_an_image(tmp_path: Path, batch: Batch) -> None:
    path = table(tmp_path, "well,drug\n1,DMSO\n2,X\n10,Y\n")
    values, report = MoreColumns.read(path, batch, "nuclei").attach(*objects(batch))
    assert list(values["drug"]) == ["DMSO"] * 3 + ["X"] * 3 + ["Y"] * 3
    assert report.clean
    again = table(tmp_path, "well,drug\n1,DMSO\n1,X\n", "twice.csv")
    with pytest.raises(InputError, match="several rows per image"):
        MoreColumns.read(again, batch, "nuclei")


def test_time_is_a_key_where_both_have_it(tmp_path: Path, batch: Batch) -> None:
    path = table(tmp_path, "well,label,frame,v\n1,1,0,5\n1,1,1,6\n")
    more = MoreColumns.read(path, batch, "nuclei")
    images, labels = np.array([0, 0, 0]), np.array([1, 1, 1])
    values, _ = more.attach(images, labels, np.array([1, 0, 2]))
    assert pd.Series(values["v"]).tolist()[:2] == [6, 5]
    assert np.isnan(values["v"][2])
    without = table(tmp_path, "well,label,v\n1,1,5\n", "without.csv")
    values, _ = MoreColumns.read(without, batch, "nuclei").attach(images, labels, np.array([0, 1, 2]))
    assert pd.Series(values["v"]).tolist() == [5, 5, 5]


# --- in the loader


def opened(folder: Path, *columns: tuple[str, str], **options: Any) -> Batch:
    return open_batch(SourceOptions(sources=(str(folder),), columns=columns, **options))


def test_every_consumer_gets_the_columns_and_the_report(tmp_path: Path) -> None:
    make_batch(tmp_path / "d")
    path = table(tmp_path, "well,label,AreaShape_Area,v\n1,1,7,5\n10,9,8,6\n99,1,1,1\n")
    loader = ObjectLoader(opened(tmp_path / "d", ("nuclei", str(path))))
    parts: list[ObjectPart] = []
    loader.load_layer("nuclei", parts.append)
    frame, _ = join_parts(parts)
    single, _ = join_parts([loader.load(n, "nuclei") for n in range(3)])
    pd.testing.assert_frame_equal(frame, single)
    assert frame["AreaShape_Area"].tolist() == [16] * 9
    assert frame["AreaShape_Area (extra)"].tolist()[0] == 7
    assert frame["v"].notna().sum() == 1
    said = [str(problem) for part in parts for problem in part.problems]
    assert len(said) == 1
    assert all(text in said[0] for text in ("1 of 9", "8 objects", "10:9", "1 rows are about no image"))
    (report,) = loader.more.reports["nuclei"]
    assert (report.objects, report.matched, report.unused, report.no_image) == (9, 1, 1, 1)


def test_files_that_can_not_be_used(tmp_path: Path) -> None:
    make_batch(tmp_path / "d")
    path = table(tmp_path, "")
    loader = ObjectLoader(opened(tmp_path / "d", ("", str(path))))
    parts: list[ObjectPart] = []
    loader.load_layer("nuclei", parts.append)
    assert len(join_parts(parts)[0]) == 9
    assert any("empty" in problem.text for problem in parts[-1].problems)
    with pytest.raises(InputError, match=r"(?i)no such file"):
        opened(tmp_path / "d", ("", "none.csv"))
    with pytest.raises(UsageError, match="no object layer"):
        opened(tmp_path / "d", ("dots", str(path)))


def test_the_options_are_kept_in_the_toml(tmp_path: Path) -> None:
    make_batch(tmp_path / "d")
    table(tmp_path, "wo,wer,v\n1,1,5\n")
    options = SourceOptions(
        sources=("d",), columns=(("nuclei", "extra.csv;label=wer;image=wo"),), base_dir=tmp_path
    )
    options.to_toml(tmp_path / "b.toml")
    kept = SourceOptions.from_toml(tmp_path / "b.toml")
    assert kept.columns == options.columns
    part = ObjectLoader(open_batch(kept)).load(0, "nuclei")
    assert join_parts([part])[0]["v"].tolist()[0] == 5


# --- joining parts


def part(image: int, **columns: Any) -> ObjectPart:
    count = len(next(iter(columns.values())))
    frame = pd.DataFrame({"image": [image] * count, "label": range(1, count + 1), **columns})
    return ObjectPart(image, "x", frame, Geometry.unknown(count))


BIG = 9007199254740993


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"y": [1]}, [BIG, None]),
        ({"id": [np.nan]}, [BIG, None]),
        ({"id": [2.0]}, [BIG, 2]),
        ({"id": [2.5]}, [str(BIG), "2.5"]),
        ({"id": np.array([2**64 - 1], np.uint64)}, [str(BIG), str(2**64 - 1)]),
        ({"id": ["a"]}, [str(BIG), "a"]),
    ],
)
def test_large_whole_numbers_stay_exact_when_tables_are_joined(other: Any, expected: list[Any]) -> None:
    frame, _ = join_parts([part(0, id=[BIG]), part(1, **other)])
    assert [None if pd.isna(value) else value for value in frame["id"].tolist()] == expected


def test_added_columns_never_mix_with_those_of_another_table() -> None:
    one, two = part(0, area=[1.5]), part(1, other=[2.5])
    for each, value in ((one, 10), (two, 20)):
        each.more = (("extra", {"area": np.array([value])}),)
    frame, _ = join_parts([one, two])
    assert frame["area (extra)"].tolist() == [10, 20]
    assert frame["area"].tolist()[0] == 1.5
    assert np.isnan(frame["area"].tolist()[1])


def test_the_first_rows_of_a_big_table_are_shown_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuiqc.dataset.tables import reader

    make_batch(tmp_path, tables=False)
    rows = [f"{well},{label},{label / 2},3,4\n" for well in (1, 2, 10) for label in range(1, 900)]
    (tmp_path / "nuclei.csv").write_text("well,cell_id,size,x,y\n" + "".join(rows))
    monkeypatch.setattr(reader, "BIG", 1)
    monkeypatch.setattr(reader, "HEAD_ROWS", 10)
    monkeypatch.setattr(reader, "_BLOCK", 2000)
    batch = open_batch(
        SourceOptions(
            images=(("DNA", str(tmp_path / "Well_{well}_DNA.tif")),),
            labels=(("nuclei", str(tmp_path / "Well_{well}_nuclei_labels.tif")),),
            tables=(("nuclei", str(tmp_path / "nuclei.csv")),),
        )
    )
    previews: list[ObjectPart] = []
    parts: list[ObjectPart] = []
    monkeypatch.setattr(reader.read_text, "__defaults__", (2000, None, None, None))
    ObjectLoader(batch).load_layer("nuclei", parts.append, on_preview=previews.append)
    assert len(previews) == 1
    assert 10 <= len(previews[0].frame) < len(parts[0].frame) == 3 * 899
    head = parts[0].frame.head(len(previews[0].frame))
    pd.testing.assert_frame_equal(previews[0].frame, head, check_exact=True)
