"""Parsed tables in the cache: the same again, never an old or a damaged one, never an error."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures.batches import cellprofiler_table, make_batch
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.dataset.objects import ObjectLoader, ObjectPart, join_parts
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.tables import cache_file, reader, table_cache
from tuiqc.dataset.tables.loaded_table import Table
from tuiqc.dataset.tables.reader import load_table
from tuiqc.files import DiskCache


@pytest.fixture(autouse=True)
def small_tables_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "BIG", 1)


def written(path: Path, text: str, age: float = 100.0) -> Path:
    path.write_text(text)
    os.utime(path, (time.time() - age,) * 2)
    return path


def loaded(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Table, bool]:
    """The table, and whether the file itself was read."""
    read: list[Path] = []
    real = reader.read_text

    def watched(path: Path, **more: object) -> Table:
        read.append(path)
        return real(path, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "read_text", watched)
    table = load_table(path, cached=True)
    table_cache.flush()
    monkeypatch.setattr(reader, "read_text", real)
    return table, bool(read)


def cached_files() -> list[Path]:
    return sorted(table_cache.folder().glob("*")) if table_cache.folder().exists() else []


TEXT = (
    "a,a,id,x,ok,maybe,name,none,big\n"
    "1,2.5,9007199254740993,-0.0,True,True,é,,18446744073709551615\n"
    "2,,,inf,False,,NA,,1\n"
)


def test_the_second_reading_is_the_same_as_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "t.csv", TEXT)
    first, fresh = loaded(path, monkeypatch)
    second, again = loaded(path, monkeypatch)
    assert (fresh, again) == (True, False)
    assert list(second.frame.columns) == ["a", "a (2)", "id", "x", "ok", "maybe", "name", "none", "big"]
    pd.testing.assert_frame_equal(second.frame, first.frame, check_exact=True)
    assert second.frame.dtypes.tolist() == first.frame.dtypes.tolist()
    assert np.signbit(second.frame["x"].iloc[0])
    assert second.notes == first.notes != []
    second.frame.loc[0, "a"] = 77  # what is read can be changed
    assert second.frame["a"].tolist() == [77, 2]


VALUES = {
    "float64": st.floats(),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint64": st.integers(0, 2**64 - 1),
    "bool": st.booleans(),
    "str": st.one_of(st.none(), st.text(st.characters(blacklist_categories=["Cs"]), max_size=4)),
    "Int64": st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    "object": st.one_of(st.just(float("nan")), st.booleans()),
    "float32": st.floats(width=32),
}


@settings(max_examples=30, deadline=None)
@given(
    st.data(), st.lists(st.tuples(st.text(max_size=3), st.sampled_from(list(VALUES))), min_size=1, max_size=4)
)
def test_any_frame_comes_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, columns: list[tuple[str, str]]
) -> None:
    rows = data.draw(st.integers(0, 4))
    arrays = [
        pd.Series(data.draw(st.lists(VALUES[kind], min_size=rows, max_size=rows)), dtype=kind)
        for _, kind in columns
    ]
    frame = pd.DataFrame(dict(enumerate(arrays)), index=pd.RangeIndex(rows))
    frame.columns = pd.Index([name for name, _ in columns], dtype=object)  # repeated names too
    path = tmp_path_factory.getbasetemp() / "frame.parquet"
    cache_file.write(path, frame, "state", {"notes": ["x"]})
    back, facts = cache_file.read(path, "state")
    assert facts == {"notes": ["x"]}
    assert list(back.columns) == list(frame.columns)
    for at, (_, kind) in enumerate(columns):
        one, other = frame.iloc[:, at], back.iloc[:, at]
        assert one.dtype == other.dtype
        pd.testing.assert_series_equal(one, other, check_exact=True)
        if kind.startswith("float"):
            unsigned = np.uint32 if kind == "float32" else np.uint64
            np.testing.assert_array_equal(one.to_numpy().view(unsigned), other.to_numpy().view(unsigned))


def test_strange_objects_are_not_kept(tmp_path: Path) -> None:
    for value in (object(), (1, 2), b"x"):
        with pytest.raises(TypeError):
            cache_file.write(tmp_path / "x", pd.DataFrame({"a": [value, 1]}), "", {})


@pytest.mark.parametrize("what", ["mtime", "size", "version"])
def test_a_changed_file_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    path = written(tmp_path / "t.csv", "a,b\n1,2\n")
    loaded(path, monkeypatch)
    if what == "version":
        monkeypatch.setattr(table_cache, "READER", table_cache.READER + 1)
    else:
        written(path, "a,b\n7,2\n" if what == "mtime" else "a,b\n7,22\n", age=50 if what == "mtime" else 100)
    table, fresh = loaded(path, monkeypatch)
    assert fresh
    assert table.frame["a"].tolist() == ([1] if what == "version" else [7])
    assert loaded(path, monkeypatch)[1] is False


def test_a_file_that_was_just_written_is_not_trusted_to_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "t.csv", "a,b\n1,2\n", age=0)
    loaded(path, monkeypatch)
    assert cached_files() == []


def damaged(data: bytes, how: str) -> bytes:
    middle = len(data) // 2
    return {
        "empty": b"",
        "garbage": b"no parquet at all" * 50,
        "short": data[:middle],
        "without its end": data[:-20],
        "zeros": data[:200] + bytes(200) + data[400:],
    }[how]


@pytest.mark.parametrize("how", ["empty", "garbage", "short", "without its end", "zeros", "foreign"])
def test_a_damaged_cache_is_made_again_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "a,b\n" + "".join(f"{n},{n / 7}\n" for n in range(400))
    path = written(tmp_path / "t.csv", text)
    first, _ = loaded(path, monkeypatch)
    (file,) = cached_files()
    if how == "foreign":
        first.frame.head(3).to_parquet(file)
    else:
        file.write_bytes(damaged(file.read_bytes(), how))
    second, fresh = loaded(path, monkeypatch)
    assert fresh
    pd.testing.assert_frame_equal(second.frame, first.frame, check_exact=True)
    assert loaded(path, monkeypatch)[1] is False
    assert capsys.readouterr() == ("", "")


def test_no_flipped_bit_gives_a_wrong_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "t.csv", "a,b,c\n" + "".join(f"{n},{n / 7},w{n % 5}\n" for n in range(300)))
    first, _ = loaded(path, monkeypatch)
    (file,) = cached_files()
    good = file.read_bytes()
    rng = np.random.default_rng(3)
    for place in rng.integers(0, len(good), 60):
        bad = bytearray(good)
        bad[place] ^= 1 << int(rng.integers(0, 8))
        file.write_bytes(bad)
        table = load_table(path, cached=True)
        pd.testing.assert_frame_equal(table.frame, first.frame, check_exact=True)
    table_cache.flush()


def test_a_cache_that_can_not_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TUIQC_CACHE_DIR", str(tmp_path / "file"))  # a file where a folder should be
    path = written(tmp_path / "t.csv", "a,b\n1,2\n")
    for _ in range(2):
        table, fresh = loaded(path, monkeypatch)
        assert fresh
        assert table.frame["a"].tolist() == [1]


def test_the_least_recently_used_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [written(tmp_path / f"{n}.csv", "a,b\n" + f"{n},2\n" * 500) for n in range(4)]
    for age, path in zip((400, 300, 200), paths[:3], strict=True):
        before = set(cached_files())
        loaded(path, monkeypatch)
        (new,) = set(cached_files()) - before
        os.utime(new, (time.time() - age,) * 2)
    assert loaded(paths[0], monkeypatch)[1] is False  # used just now
    sizes = [file.stat().st_size for file in cached_files()]
    DiskCache(table_cache.folder(), sum(sizes) - 1, ".parquet").tidy()
    assert [loaded(path, monkeypatch)[1] for path in paths[:3]] == [False, True, False]


def test_no_limit_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Path(os.environ["TUIQC_CONFIG_DIR"])
    config.mkdir(parents=True)
    (config / "config.toml").write_text("table_cache_mb = 0\n")
    path = written(tmp_path / "t.csv", "a,b\n1,2\n")
    assert [loaded(path, monkeypatch)[1] for _ in range(2)] == [True, True]
    assert cached_files() == []


@pytest.mark.thorough
def test_several_at_once_read_whole_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "t.csv", "a,b\n" + "".join(f"{n},{n / 3}\n" for n in range(2000)))
    exact = load_table(path).frame
    wrong: list[str] = []

    def work() -> None:
        for _ in range(4):
            try:
                pd.testing.assert_frame_equal(load_table(path, cached=True).frame, exact, check_exact=True)
            except AssertionError as error:
                wrong.append(str(error))
            for file in cached_files()[:1]:
                file.unlink(missing_ok=True)

    code = (
        "import sys; from pathlib import Path; from tuiqc.dataset.tables import reader; reader.BIG = 1\n"
        "for _ in range(5): print(reader.load_table(Path(sys.argv[1]), cached=True).frame['b'].sum())"
    )
    command = [sys.executable, "-c", code, str(path)]
    others = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in "ab"
    ]
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        out, err = other.communicate(timeout=60)
        assert err == ""
        assert set(out.split()) == {str(exact["b"].sum())}
    table_cache.flush()
    assert wrong == []
    assert not [file for file in cached_files() if file.suffix != ".parquet"]


# --- layers of many small tables


@pytest.fixture
def usual_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "BIG", 2 << 20)


def parts_of(folder: Path, **options: object) -> list[ObjectPart]:
    batch = open_batch(SourceOptions(sources=(str(folder),), **options))  # type: ignore[arg-type]
    parts: list[ObjectPart] = []
    ObjectLoader(batch).load_layer("nuclei", parts.append)
    table_cache.flush()
    return parts


def old(folder: Path) -> Path:
    for path in folder.glob("*.csv"):
        os.utime(path, (time.time() - 100,) * 2)
    return folder


@pytest.mark.usefixtures("usual_size")
def test_a_layer_of_many_tables_is_one_cached_file(tmp_path: Path) -> None:
    make_batch(tmp_path, wells=tuple(str(n) for n in range(1, 41)))
    cellprofiler_table(tmp_path / "Well_5_nuclei.csv", number=5, extra={"only": 1.5})
    (tmp_path / "Well_7_nuclei.csv").write_text("ImageNumber,ObjectNumber,ObjectNumber\n7,1,1\n")
    old(tmp_path)
    first, second = parts_of(tmp_path), parts_of(tmp_path)
    assert len(cached_files()) == 1
    assert len(first) > len(second) == 1
    assert second[0].images == tuple(range(40))
    frames = [join_parts(parts) for parts in (first, second)]
    pd.testing.assert_frame_equal(frames[1][0], frames[0][0], check_exact=True)
    np.testing.assert_array_equal(frames[1][1].centre_x, frames[0][1].centre_x)
    said = [sorted(str(p) for part in parts for p in part.problems) for parts in (first, second)]
    assert said[0] == said[1] != []

    cellprofiler_table(tmp_path / "Well_5_nuclei.csv", number=5, count=2)
    old(tmp_path)
    os.utime(tmp_path / "Well_5_nuclei.csv", (time.time() - 50,) * 2)
    changed = parts_of(tmp_path)
    assert len(join_parts(changed)[0]) == len(frames[0][0]) - 1
    assert len(parts_of(tmp_path, cache=False)) > 1


@pytest.mark.usefixtures("usual_size")
def test_a_table_that_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    make_batch(tmp_path, wells=tuple(str(n) for n in range(1, 41)))
    (tmp_path / "Well_3_nuclei.csv").write_text("")
    old(tmp_path)
    parts_of(tmp_path)
    assert cached_files() == []


@pytest.mark.usefixtures("usual_size")
def test_any_order_can_be_had_from_the_cache(tmp_path: Path) -> None:
    make_batch(tmp_path, wells=tuple(str(n) for n in range(1, 41)))
    old(tmp_path)
    parts_of(tmp_path)
    batch = open_batch(SourceOptions(sources=(str(tmp_path),)))
    order = [7, *(n for n in range(40) if n != 7)]
    parts: list[ObjectPart] = []
    ObjectLoader(batch).load_layer("nuclei", parts.append, order=order)
    assert len(parts) == 1
    assert parts[0].images == tuple(order)
    assert parts[0].frame["image"].tolist() == [image for image in order for _ in range(3)]
