"""What is written: never over an input, never beside its place, read back, and told when it is a part."""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import tifffile
from fixtures.review_batches import write_batch
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.cli import main
from tuiqc.cli.options import _pattern_of
from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.errors import InputError, UsageError
from tuiqc.exporters.guard import Inputs, Output, OutputNames, is_stream, safe_name
from tuiqc.qc import Annotation, AnnotationStore, Subject

Captured = pytest.CaptureFixture[str]
HEAD = (
    "level,image,layer,label,t,verdict,reason,note,annotator,time,source_table,centre_x,centre_y,area,schema"
)


def state(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = write_batch(tmp_path / "data")
    (folder / "qc_annotations.csv").write_text(
        f"{HEAD}\nobject,A1,nuclei,1,0,fail,merged,,ada,2026-01-01T00:00:00+00:00,,,,,1\n"
        "image,A2,,0,0,pass,,,ada,2026-01-01T00:00:00+00:00,,,,,1\n"
    )
    (tmp_path / "more.csv").write_text("image,label,extra\nA1,1,5\n")
    return folder


COMMANDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (".csv", "-o", ("table",)),
    (".parquet", "-o", ("table", "--of", "images")),
    (".png", "-o", ("render",)),
    (".svg", "-o", ("plot", "--histogram", "AreaShape_Area")),
    (".pdf", "-o", ("sheet",)),
    (".html", "-o", ("report",)),
    (".csv", "-o", ("export", "--what", "passing", "--layer", "nuclei")),
    (".csv", "-o", ("export", "--what", "cpa", "--layer", "nuclei")),
    (".tsv", "-o", ("export", "--what", "mobie", "--layer", "nuclei")),
    (".txt", "-o", ("export", "--what", "keep-list")),
    (".csv", "-o", ("rank",)),
    (".json", "--save-model", ("rank",)),
    (".json", "--json", ("check", "--fail-if", "objects < 1")),
    (".csv", "-o", ("compare-layers",)),
    (".toml", "--save", ("open",)),
)
"""What a name must end with, the option that takes it, and the command."""


def by_name(path: Path, place: Path, suffix: str) -> Path:
    return path


def by_dots(path: Path, place: Path, suffix: str) -> Path:
    return path.parent / ".." / path.parent.name / path.name


def by_symlink(path: Path, place: Path, suffix: str) -> Path:
    link = place / f"link{suffix}"
    link.symlink_to(path)
    return link


def by_hard_link(path: Path, place: Path, suffix: str) -> Path:
    link = place / f"hard{suffix}"
    os.link(path, link)
    return link


@pytest.mark.parametrize(
    "way",
    [
        by_name,
        by_hard_link,
        *(pytest.param(way, marks=pytest.mark.thorough) for way in (by_dots, by_symlink)),
    ],
)
def test_no_command_writes_over_an_input(
    data: Path, tmp_path: Path, way: Callable[[Path, Path, str], Path], capsys: Captured
) -> None:
    before = state(tmp_path)
    fits = way in (by_symlink, by_hard_link)
    for number, (suffix, option, command) in enumerate(COMMANDS):
        for name in ("A1_nuclei.csv", "A1_DNA.tif", "qc_annotations.csv", "../more.csv"):
            place = tmp_path / f"links{number}{name[:4].replace('/', '')}"
            place.mkdir()
            target = way((data / name).resolve(), place, suffix)
            more = ["--more-columns", f"nuclei={tmp_path / 'more.csv'}"]
            assert main([command[0], str(data), *command[1:], option, str(target), *more]) == 2, (
                command,
                name,
            )
            said = capsys.readouterr().err
            assert "Traceback" not in said
            assert "part of the input" in said or not fits, (command, name)
    kept = {name: text for name, text in state(tmp_path).items() if name in before}
    assert kept == before


STRANGERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("raw.png", ("render", "{data}", "-o")),
    ("raw.png", ("sheet", "{data}", "-o")),
    ("raw.png", ("look", "{data}/A1_DNA.tif", "-o")),
    ("table.csv", ("merge", "{data}/qc_annotations.csv", "{bob}", "-o")),
    ("table.csv", ("compare", "{data}/qc_annotations.csv", "{bob}", "-o")),
    ("mine.toml", ("open", "{data}", "--keys", "{keys}", "--save")),
    ("mine.json", ("rank", "{data}", "--save-model")),
)
"""A file that the command knows nothing of, and the command that was told to write to its name."""


@pytest.mark.parametrize(("name", "command"), STRANGERS, ids=lambda value: value[0])
def test_what_tuiqc_did_not_make_stays(
    data: Path, tmp_path: Path, name: str, command: tuple[str, ...], capsys: Captured
) -> None:
    """Data of another batch, that no list of inputs has; what tuiqc made itself is written anew."""
    with AnnotationStore.open(tmp_path / "bob.csv", "bob") as store:
        store.record(Annotation(Subject("object", "A1", "nuclei", 1), "pass"))
    (tmp_path / "k.keys").write_text("press down\n")
    contents = {
        "raw.png": (data / "A1_DNA.tif").read_bytes(),
        "table.csv": b"label,area\n1,5\n",
        "mine.toml": b"[tool]\nx = 1\n",
        "mine.json": b"{}",
    }
    target = tmp_path / name
    target.write_bytes(contents[name])
    places = {"data": str(data), "bob": str(tmp_path / "bob.csv"), "keys": str(tmp_path / "k.keys")}
    words = [*(word.format(**places) for word in command), str(target)]
    assert main(words) == 2
    assert "was not made by tuiqc" in capsys.readouterr().err
    assert target.read_bytes() == contents[name]
    target.unlink()
    if command[0] in ("rank", "open"):
        return
    for _ in range(2):
        assert main(words) == 0, "its own are written anew"


def test_nothing_is_written_into_an_ome_zarr_that_is_read(tmp_path: Path) -> None:
    image = tmp_path / "plate.zarr" / "A" / "1" / "0"
    image.mkdir(parents=True)
    record = ImageRecord(0, "A1", {}, {"DNA": image}, {}, {})
    batch = Batch("plate", tmp_path, [record], [], ["DNA"], [])
    with pytest.raises(UsageError, match="part of the input"):
        Output(tmp_path / "plate.zarr" / "zarr.json", Inputs.of_batch(batch)).checked()


@pytest.mark.parametrize("ending", ["journal", "lock", "history.jsonl", "sample.json", "repeats.jsonl"])
def test_what_belongs_to_the_annotations_is_kept_free(data: Path, ending: str) -> None:
    inputs = Inputs.of(annotations=[data / "qc_annotations.csv"])
    for folder in (data, data / ".." / data.name):
        with pytest.raises(UsageError, match="part of the input"):
            Output(folder / f"QC_annotations.csv.{ending}", inputs).checked()
    Output(data / "qc_summary.csv", inputs).checked()


def test_the_batch_file_is_an_input(data: Path, tmp_path: Path, capsys: Captured) -> None:
    kept = tmp_path / "batch.toml"
    kept.write_text('sources = ["data"]\n')
    before = kept.read_bytes()
    assert main(["export", str(kept), "--what", "keep-list", "-o", str(tmp_path / "keep.txt")]) == 0
    assert main(["open", str(kept), "--save", str(kept)]) == 2
    os.link(kept, tmp_path / "list.txt")
    assert main(["export", str(kept), "--what", "keep-list", "-o", str(tmp_path / "list.txt")]) == 2
    assert kept.read_bytes() == before


@pytest.mark.parametrize("option", ["--style", "--reasons", "--categories", "--queue", "--annotations"])
def test_options_are_not_saved_over_a_file_that_an_option_names(
    data: Path, tmp_path: Path, option: str, capsys: Captured
) -> None:
    named = tmp_path / "named.toml"
    named.write_text("# mine\n")
    assert main(["open", str(data), option, str(named), "--save", str(named)]) == 2
    assert "part of the input" in capsys.readouterr().err
    assert named.read_text() == "# mine\n"


def test_verdicts_of_others_are_not_written_over(data: Path, tmp_path: Path, capsys: Captured) -> None:
    bob = tmp_path / "bob.csv"
    with AnnotationStore.open(bob, "bob") as store:
        store.record(Annotation(Subject("object", "A1", "nuclei", 1), "pass"))
    before = bob.read_bytes()
    assert main(["table", str(data), "-o", str(bob)]) == 2
    assert main(["merge", str(data / "qc_annotations.csv"), str(bob), "-o", str(bob)]) == 2
    assert main(["compare", str(data / "qc_annotations.csv"), str(bob), "-o", str(bob)]) == 2
    assert bob.read_bytes() == before


def test_pipes_and_devices_are_written_to(data: Path, tmp_path: Path, capsys: Captured) -> None:
    pipe, got = tmp_path / "pipe.csv", []
    os.mkfifo(pipe)
    assert main(["table", str(data), "-o", str(pipe)]) == 2  # nobody reads
    assert "nobody reads" in capsys.readouterr().err
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    while main(["table", str(data), "-o", str(pipe)]) == 2:  # until the reader is there
        pass
    reader.join()
    assert got[0].startswith(b"well\t") or got[0].startswith(b"well,label")
    assert is_stream(pipe)
    assert main(["render", str(data), "-o", "/dev/null"]) == 0
    assert is_stream(Path("/dev/null"))
    assert main(["table", str(data), "-o", "/dev/full"]) == 2
    assert main(["table", str(data), "-o", str(tmp_path)]) == 2  # a folder


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("render",), "x.jpg"),
        (("report",), "x.txt"),
        (("table",), "x.xlsx"),
        (("export", "--what", "passing", "--layer", "nuclei"), "x.png"),
        (("export", "--what", "cpa", "--layer", "nuclei"), "x.parquet"),
        (("export", "--what", "keep-list"), "x.html"),
    ],
)
def test_the_ending_fits_what_is_written(
    data: Path, tmp_path: Path, command: tuple[str, ...], name: str
) -> None:
    assert main([command[0], str(data), *command[1:], "-o", str(tmp_path / name)]) == 2
    assert not (tmp_path / name).exists()


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), min_size=1, max_size=8))
def test_names_of_outputs_are_safe_and_unique(texts: list[str]) -> None:
    names = OutputNames()
    hostile = ["../../evil", "../../evil", "a/../../b", "..", "/etc/passwd"]
    made = [names.free(f"{text}.csv") for text in [*texts, *hostile]]
    assert len({name.casefold() for name in made}) == len(made)
    for name in made:
        assert not name.startswith(("/", "."))
        assert ".." not in name.split("/")
        assert all(len(part.encode()) < 256 for part in name.split("/"))
    assert "/" not in safe_name("../x/y")


# --- masks


def masks_of(
    folder: Path, write: Callable[[Path], None], suffix: str, rows: str, image: np.ndarray
) -> tuple[int, Path]:
    folder.mkdir()
    write(folder / f"A01_labels{suffix}")
    tifffile.imwrite(folder / "A01.tif", image)
    (folder / "qc_annotations.csv").write_text(f"{HEAD}\n{rows}")
    out = folder.parent / f"{folder.name}_out"
    return main(["export", str(folder), "--what", "masks", "-o", str(out)]), out / f"A01_labels{suffix}"


def failed(label: int, t: int = 0, image: str = "A01", layer: str = "objects") -> str:
    return f"object,{image},{layer},{label},{t},fail,,,x,2026-01-01T00:00:00+00:00,,,,,1\n"


PLANE = (np.arange(64 * 64).reshape(64, 64) // 64 // 8 + 1).astype(np.uint16)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zlib", "tile": (32, 32)},
        {"compression": "lzw", "predictor": True, "rowsperstrip": 7},
        {"compression": "packbits"},
        {"compression": "zstd", "byteorder": ">", "bigtiff": True},
        {"description": "µ and \xb5".encode("latin-1"), "metadata": None, "compression": "zlib"},
    ],
)
def test_a_pyramid_stays_a_pyramid_and_all_else_as_it_was(tmp_path: Path, options: dict[str, object]) -> None:
    def write(path: Path) -> None:
        with tifffile.TiffWriter(
            path, **{k: options[k] for k in ("bigtiff", "byteorder") if k in options}
        ) as made:
            how = {k: v for k, v in options.items() if k not in ("bigtiff", "byteorder")}
            made.write(PLANE, subifds=1, extratags=[(65001, "s", 0, "mine", True)], **how)
            made.write(PLANE[::2, ::2], subfiletype=1, **how)

    status, target = masks_of(tmp_path / "d", write, ".tif", failed(2), PLANE)
    assert status == 0
    with tifffile.TiffFile(tmp_path / "d" / "A01_labels.tif") as old, tifffile.TiffFile(target) as new:
        for before, after in zip(old.series[0].levels, new.series[0].levels, strict=True):
            plane = before.asarray()
            assert (after.asarray() == np.where(plane == 2, 0, plane)).all()
        skipped = {273, 279, 324, 325}
        for one, other in ((old.pages[0], new.pages[0]), (old.pages[0].pages[0], new.pages[0].pages[0])):
            assert {t.code: t.value for t in one.tags if t.code not in skipped} == {
                t.code: t.value for t in other.tags if t.code not in skipped
            }


@pytest.mark.parametrize("t", [0, 1, 5])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_movie_of_plain_pages_loses_a_label_at_one_time_only(
    tmp_path: Path, t: int, compression: str | None
) -> None:
    movie = np.stack([PLANE] * 6)

    def write(path: Path) -> None:
        tifffile.imwrite(path, movie, photometric="minisblack", compression=compression, metadata=None)

    status, target = masks_of(tmp_path / "d", write, ".tif", failed(3, t), movie)
    expected = movie.copy()
    expected[t][expected[t] == 3] = 0
    assert status == 0
    assert (tifffile.imread(target) == expected).all()


def test_virtual_and_external_datasets_lead_nowhere(tmp_path: Path) -> None:
    folder, source = tmp_path / "d", tmp_path / "source.h5"
    folder.mkdir()
    with h5py.File(source, "w") as file:
        file["d"] = PLANE
    (tmp_path / "raw.bin").write_bytes(PLANE.tobytes())
    layout = h5py.VirtualLayout((64, 64), np.uint16)
    layout[:] = h5py.VirtualSource(str(source), "d", (64, 64))
    for name in ("vds", "raw", "ext"):
        tifffile.imwrite(folder / f"{name}.tif", PLANE)
        with h5py.File(folder / f"{name}_mask.h5", "w") as file:
            if name == "vds":
                file.create_virtual_dataset("exported_data", layout)
            elif name == "raw":
                where = [(str(tmp_path / "raw.bin"), 0, h5py.h5f.UNLIMITED)]
                file.create_dataset("exported_data", (64, 64), np.uint16, external=where)
            else:
                file["exported_data"] = h5py.ExternalLink(str(source), "/d")
            file["other"] = [1, 2, 3]
            file["soft"] = h5py.SoftLink("/other")
            file.attrs["note"] = "µ"
    before = {path: path.read_bytes() for path in (source, tmp_path / "raw.bin")}
    rows = "".join(failed(2, image=name, layer="m") for name in ("vds", "raw", "ext"))
    (tmp_path / "ann.csv").write_text(f"{HEAD}\n{rows}")
    patterns = ["--images", f"DNA={folder}/{{k}}.tif", "--labels", f"m={folder}/{{k}}_mask.h5"]
    more = ["--annotations", str(tmp_path / "ann.csv"), "--what", "masks", "-o", str(tmp_path / "out")]
    status = main(["export", *patterns, *more])
    assert {path: path.read_bytes() for path in before} == before
    written = sorted((tmp_path / "out").glob("*.h5"))
    assert status == 0
    assert len(written) == 3
    for path in written:
        with h5py.File(path) as file:
            assert not file["exported_data"].is_virtual
            assert not file["exported_data"].external
            assert (file["exported_data"][()] == np.where(PLANE == 2, 0, PLANE)).all()
            assert file["soft"][:].tolist() == [1, 2, 3]
            assert file.attrs["note"] == "µ"


def test_masks_that_cannot_be_written(data: Path, tmp_path: Path, capsys: Captured) -> None:
    (data / "A1_nuclei_labels.tif").write_bytes((data / "A1_nuclei_labels.tif").read_bytes()[:200])
    arguments = ["export", str(data), "--what", "masks", "--layer", "nuclei"]
    assert main([*arguments, "-o", str(tmp_path / "a")]) == 3
    assert main([*arguments, "--strict", "-o", str(tmp_path / "b")]) == 2
    for name in ("A2", "A10"):
        (data / f"{name}_nuclei_labels.tif").write_bytes(b"II*\0broken")
    capsys.readouterr()
    assert main([*arguments, "-o", str(tmp_path / "c")]) == 2
    assert "no mask could be written" in capsys.readouterr().err


# --- told


@pytest.mark.thorough
def test_tables_are_held_against_masks_and_verdicts_against_the_batch(
    data: Path, tmp_path: Path, capsys: Captured
) -> None:
    for path in data.glob("*_nuclei.csv"):
        frame = pd.read_csv(path)
        frame["ObjectNumber"] += 1
        frame.to_csv(path, index=False)
    with (data / "qc_annotations.csv").open("a") as file:
        file.write("object,007,nuclei,1,0,fail,,,ada,2026-01-01T00:00:00+00:00,,,,,1\n")
        file.write("object,A1,nuclei,99,0,fail,,,ada,2026-01-01T00:00:00+00:00,,,,,1\n")
    output = str(tmp_path / "o.csv")
    commands = (
        ["summary"],
        ["table", "-o", output],
        ["stats"],
        ["plot", "--histogram", "AreaShape_Area", "-o", str(tmp_path / "o.svg")],
        ["export", "--what", "passing", "--layer", "nuclei", "-o", output],
    )
    for command in commands:
        assert main([command[0], str(data), *command[1:]]) == 0
        said = "".join(capsys.readouterr())
        assert "one off" in said, command
        assert "not in this batch" in said, command
        assert command[0] in ("summary", "stats") or "A1: 99" in said, command


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda mask: mask * 0, "holds no object"),
        (lambda mask: np.where(mask > 0, mask + 100, 0), "no label in common"),
        (lambda mask: np.where(mask == 1, 0, mask), "are not in the masks"),
        (lambda mask: mask[::2, ::2], "32 x 24 pixels, the image 64 x 48"),
    ],
)
def test_masks_that_do_not_fit_their_tables(
    data: Path, change: Callable[[np.ndarray], np.ndarray], words: str, capsys: Captured
) -> None:
    for path in data.glob("*_nuclei_labels.tif"):
        tifffile.imwrite(path, np.ascontiguousarray(change(tifffile.imread(path))).astype(np.uint16))
    assert main(["summary", str(data), "--json"]) == 0
    assert words in " ".join(json.loads(capsys.readouterr().out)["layers"]["nuclei"]["problems"])


def test_names_that_are_no_text(tmp_path: Path, capsys: Captured) -> None:
    folder = write_batch(tmp_path / "b\udcb5", wells=("10\udcb5M", "A2"), counts=(2, 1))
    (tmp_path / "ann.csv").write_text(f"{HEAD}\n" + failed(1, image="10\\udcb5M", layer="nuclei"))
    said = ["--annotations", str(tmp_path / "ann.csv")]
    for number, (suffix, option, command) in enumerate(COMMANDS[:-1]):
        target = tmp_path / f"o{number}\udcb5{suffix}"
        more = [] if command[0] in ("render", "compare-layers") else said
        asked = [command[0], str(folder), *command[1:], *more, option, str(target)]
        assert main(asked) == 0, (command, capsys.readouterr().err)
    frame = pd.read_csv(io.BytesIO((tmp_path / "o6\udcb5.csv").read_bytes()))
    assert frame[["image", "label"]].values.tolist() == [["10\\udcb5M", 2], ["A2", 1]]
    assert main(["export", str(folder), "--what", "keep-list", *said, "-o", str(tmp_path / "k.txt")]) == 0
    assert (tmp_path / "k.txt").read_bytes() == b"10\xb5M\nA2\n"
    assert main(["render", str(folder), "--image", "10\\udcb5M", "-o", str(tmp_path / "r.png")]) == 0


@pytest.mark.thorough
def test_names_of_layers_and_caches_that_are_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """What libraries are given is text in UTF-8, or the bytes of a name."""
    folder = write_batch(tmp_path / "b\udcb5", wells=("A1",), counts=(2,))
    (folder / "qc_annotations.csv").write_text(f"{HEAD}\n" + failed(1, image="A1", layer="l\\udcb5"))
    monkeypatch.setenv("TUIQC_CACHE_DIR", str(tmp_path / "c\udcb5"))
    files = [
        "--images",
        f"c\udcb5={folder}/{{well}}_DNA.tif",
        "--labels",
        f"l\udcb5={folder}/{{well}}_nuclei_labels.tif",
    ]
    for command in (
        ["summary"],
        ["table", "--layer", "l\udcb5", "-o", "t\udcb5.parquet"],
        ["measure", "-o", "m\udcb5"],
        ["table", "--measured", str(tmp_path / "m\udcb5"), "-o", "m.csv"],
        ["export", "--what", "masks", "--layer", "l\udcb5", "-o", "masks"],
        ["export", "--what", "cellpose-train", "--channel", "c\udcb5", "-o", "train"],
        ["render", "--image", "A1", "--layers", "l\udcb5", "--channels", "c\udcb5", "-o", "o.png"],
    ):
        *most, last = command
        asked = [*most, str(tmp_path / last)] if most else command
        assert main([asked[0], *files, *asked[1:]]) == 0, (command, capsys.readouterr().err)
    assert (tmp_path / "masks" / "A1_nuclei_labels.tif").exists()


def test_an_unquoted_pattern_is_refused(data: Path, capsys: Captured) -> None:
    names = sorted(map(str, data.glob("*_DNA.tif")))
    assert main(["summary", "--images", *names]) == 2
    assert "in quotes" in capsys.readouterr().err
    assert _pattern_of("Well_1_C0.tif", ["Well_22_C0.tif", "Well_3_C0.tif"]) == "Well_*_C0.tif"
    assert main(["demo", "trackin"]) == 2
    assert "demo tracking" in capsys.readouterr().err
    assert not Path("trackin").exists()


def test_short_names_are_taken_wherever_a_column_is_named(
    data: Path, tmp_path: Path, capsys: Captured
) -> None:
    commands = (
        ["table", "--sort", "area", "--columns", "label,Area", "--where", "Area > 50", "-o", "o.csv"],
        ["plot", "--scatter", "Area", "Center_X", "-o", "o.svg"],
        ["plot", "--box", "Area", "-o", "o.svg"],
        ["sheet", "--of", "objects", "--colour-by", "Area", "-o", "o.png"],
        ["render", "--image", "A1", "--colour-by", "Area", "-o", "o.png"],
    )
    for command in commands:
        *most, name = command
        assert main([most[0], str(data), *most[1:], str(tmp_path / name)]) == 0, command
        wrong = ["Aera" if text in ("area", "Area") else text for text in most]
        assert main([wrong[0], str(data), *wrong[1:], str(tmp_path / name)]) == 2
        assert "AreaShape_Area" in capsys.readouterr().err
    assert list(pd.read_csv(tmp_path / "o.csv").columns) == ["label", "AreaShape_Area"]


def test_reviewed_only(data: Path, tmp_path: Path, capsys: Captured) -> None:
    arguments = ["export", str(data), "--what", "passing", "--layer", "nuclei", "-o", str(tmp_path / "o.csv")]
    assert main(arguments) == 0
    assert "6 of those kept were never looked at" in capsys.readouterr().out
    assert main([*arguments, "--reviewed-only"]) == 0
    assert "never looked at" not in capsys.readouterr().out


def test_a_fault_of_the_program_is_one_line(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def broken(*_: object, **how: object) -> None:
        raise RuntimeError("boom\x1b[2J")

    monkeypatch.setattr("tuiqc.exporters.summary.summarise", broken)
    assert main(["summary", str(data)]) == 70
    said = capsys.readouterr().err
    assert "boom" in said
    assert "\x1b" not in said
    assert "Traceback" not in said
    with pytest.raises(InputError):
        Output(data / "no" / "where.csv").checked()


def test_masks_of_another_segmentation_are_not_replaced(data: Path, tmp_path: Path, capsys: Captured) -> None:
    """They have the same names; what this command wrote before is written anew, whatever the verdicts were then."""
    command = ["export", str(data), "--what", "masks", "--layer", "nuclei", "-o"]
    assert main([*command, str(tmp_path / "clean")]) == 0
    assert main([*command, str(tmp_path / "clean"), "--drop", "unreviewed"]) == 0
    other = tmp_path / "other"
    other.mkdir()
    for path in data.glob("*_nuclei_labels.tif"):
        tifffile.imwrite(other / path.name, np.roll(tifffile.imread(path), 3, axis=1))
    before = state(other)
    assert main([*command, str(other)]) == 2
    assert "was not made by tuiqc" in capsys.readouterr().err
    assert state(other) == before
