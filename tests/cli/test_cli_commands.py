"""The command line without a screen: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import argparse
import getpass
import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from fixtures.batches import PRACTICAL
from fixtures.review_batches import COUNTS, SHAPE, open_store, small_batch, write_batch
from PIL import Image

from tuiqc.cli import build_parser, main
from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.recent import remember
from tuiqc.qc.record import Annotation, Subject

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    monkeypatch.chdir(tmp_path)
    return small_batch(tmp_path / "data")


@pytest.fixture
def patterns(batch: Batch) -> list[str]:
    root = batch.root
    return [
        *("--images", f"DNA={root}/{{well}}_DNA.tif", "--images", f"ER={root}/{{well}}_ER.tif"),
        *(
            "--labels",
            f"nuclei={root}/{{well}}_nuclei_labels.tif",
            "--table",
            f"nuclei={root}/{{well}}_nuclei.csv",
        ),
    ]


def run(capsys: Captured, *arguments: str | Path) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    capsys.readouterr()
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as end:  # of argparse
        status = int(end.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def refused(capsys: Captured, *arguments: str | Path) -> str:
    """Status 2 and one line on standard error, which is returned."""
    status, out, err = run(capsys, *arguments)
    assert status == 2, out + err
    assert out == ""
    assert err.count("\n") == 1, err
    assert err.startswith("tuiqc: ")
    assert "Traceback" not in err
    return err


# --- open


@pytest.mark.parametrize("arguments", [["open"], ["open", "--layer", "nuclei"], ["demo"]])
def test_open_without_a_terminal_points_elsewhere(
    batch: Batch, capsys: Captured, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    told = refused(capsys, *arguments, *([str(batch.root)] if arguments[0] == "open" else []))
    assert "tuiqc summary" in told
    assert "tuiqc render" in told
    assert not list(batch.root.glob("qc_annotations*"))


def test_open_without_anything_says_what_to_give(batch: Batch, capsys: Captured) -> None:
    assert "nothing to open" in refused(capsys, "open")
    assert "nothing to open" in refused(capsys, "summary")


@pytest.mark.parametrize("error", [KeyError("uid"), OSError("no name")])
def test_a_user_without_a_name_has_one_all_the_same(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuiqc.cli import open as command

    def nameless() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert command.login_name().startswith("user ")


# --- summary


def check_summary(summary: dict[str, object]) -> None:
    assert summary["images"] == 3
    assert summary["channels"] == ["DNA", "ER"]
    layers = summary["layers"]
    assert isinstance(layers, dict)
    nuclei = layers["nuclei"]
    assert (nuclei["objects"], nuclei["per_image"]) == (sum(COUNTS), list(COUNTS))
    assert (nuclei["dialect"], nuclei["label_column"]) == ("CellProfiler", "ObjectNumber") or nuclei[
        "dialect"
    ]
    assert nuclei["problems"] == []


def test_summary_by_patterns_as_json(patterns: list[str], capsys: Captured) -> None:
    status, out, err = run(capsys, "summary", *patterns, "--json")
    assert (status, err) == (0, "")
    summary = json.loads(out)
    check_summary(summary)
    assert summary["join"]["unmatched"] == []
    assert summary["verdicts"] == {"image": {}, "object": {}}
    assert summary["annotations"] is None


def test_summary_by_folder_finds_the_same(batch: Batch, capsys: Captured) -> None:
    status, out, _ = run(capsys, "summary", batch.root, "--json")
    assert status == 0
    summary = json.loads(out)
    check_summary(summary)
    assert summary["layers"]["cells"]["objects"] == sum(COUNTS)
    assert summary["layers"]["cells"]["dialect"] is None


def test_summary_of_many_images_counts_in_masks_when_asked(
    batch: Batch, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 10^5 images without a table it took minutes: what was measured before, or `--masks`, is counted."""
    monkeypatch.setattr("tuiqc.exporters.summary.MOST_MASKS", 0)
    monkeypatch.setattr("tuiqc.measured.mask_tables._MOST_IMAGES", 1)  # written at once, not at the end
    quick = json.loads(run(capsys, "summary", batch.root, "--json")[1])["layers"]
    assert (quick["cells"]["objects"], quick["cells"]["per_image"]) == (None, None)
    assert quick["nuclei"]["objects"] == sum(COUNTS), "it has a table"
    said = run(capsys, "summary", batch.root)[1]
    assert "cells: not counted, there is no table" in said
    asked = json.loads(run(capsys, "summary", batch.root, "--json", "--masks")[1])["layers"]
    assert asked["cells"]["objects"] == sum(COUNTS)
    kept = json.loads(run(capsys, "summary", batch.root, "--json")[1])["layers"]
    assert kept["cells"]["objects"] == sum(COUNTS), "they were measured before"


def test_summary_of_one_table_with_its_images(batch: Batch, capsys: Captured) -> None:
    rows = [
        "ImageNumber,ObjectNumber,FileName_DNA,PathName_DNA,FileName_NucleiLabels,PathName_NucleiLabels,AreaShape_Area"
    ]
    for number, (record, count) in enumerate(zip(batch.images, COUNTS, strict=True), 1):
        files = f"{record.key}_DNA.tif,C:\\else\\where,{record.key}_nuclei_labels.tif,C:\\else\\where"
        rows += [f"{number},{label},{files},{label * 10}" for label in range(1, count + 1)]
    table = batch.root / "All_nuclei.csv"
    table.write_text("\n".join(rows) + "\n")
    status, out, _ = run(capsys, "summary", table, "--json")
    assert status == 0
    summary = json.loads(out)
    assert summary["images"] == 3
    assert summary["channels"] == ["DNA"]
    (layer,) = summary["layers"].values()
    assert layer["per_image"] == list(COUNTS)
    apart = batch.root.with_name("apart")
    apart.mkdir()
    moved = table.rename(apart / table.name)
    status, out, _ = run(capsys, "summary", moved, "--data-root", batch.root, "--json")
    assert status == 0
    assert json.loads(out)["images"] == 3


def test_summary_in_words_has_verdicts(batch: Batch, patterns: list[str], capsys: Captured) -> None:
    with open_store(batch) as store:
        store.record(Annotation(Subject("image", "A1"), "pass"))
        for label, verdict in ((1, "fail"), (2, "pass"), (3, "unsure")):
            store.record(Annotation(Subject("object", "A1", "nuclei", label), verdict))
    status, out, _ = run(capsys, "summary", *patterns)
    assert status == 0
    assert "3 images" in out
    assert "nuclei: 9 objects" in out
    assert "per image 3, 2, 4" in out
    assert "image verdicts: pass 1" in out
    assert "object verdicts: pass 1, fail 1, unsure 1; failed 50.0% of 2" in out
    assert not list(batch.root.glob("*.journal"))
    status, out, _ = run(capsys, "summary", *patterns, "--json")
    assert json.loads(out)["verdicts"] == {
        "image": {"pass": 1},
        "object": {"pass": 1, "fail": 1, "unsure": 1},
    }


def test_options_saved_as_toml_open_the_same(batch: Batch, patterns: list[str], capsys: Captured) -> None:
    file = batch.root / "batch.toml"
    status, _, err = run(capsys, "open", *patterns, "--dialect", "nuclei=cellprofiler", "--save", file)
    assert status == 2, "there is no terminal here"
    assert "options kept in" in err
    assert str(batch.root) not in file.read_text(), "paths below the file are kept relative"
    elsewhere = batch.root.rename(batch.root.with_name("moved"))
    status, out, err = run(capsys, "summary", elsewhere / "batch.toml", "--json")
    assert status == 0, err
    check_summary(json.loads(out))


@pytest.mark.thorough
@pytest.mark.skipif(not PRACTICAL.is_dir(), reason="the practical's data is not here")
def test_summary_of_the_practical(capsys: Captured) -> None:
    root = PRACTICAL.resolve()
    status, out, _ = run(
        capsys,
        *("summary", "--json", "--images", f"DNA={root}/Well_{{well}}_C0.tif"),
        *(
            "--labels",
            f"nuclei={root}/Well_{{well}}_nuclei_labels.tiff",
            "--table",
            f"nuclei={root}/Well_{{well}}_nuclei.txt",
        ),
    )
    assert status == 0
    nuclei = json.loads(out)["layers"]["nuclei"]
    assert (nuclei["objects"], nuclei["per_image"]) == (97, [13, 7, 13, 10, 18, 11, 10, 15])
    status, out, _ = run(capsys, "summary", "--json", root / "All_Wells_cells.txt")
    summary = json.loads(out)
    assert (status, summary["images"], summary["channels"]) == (0, 8, ["DNA", "PLA"])
    assert len(summary["layers"]) == 3
    assert sum(layer["objects"] for layer in summary["layers"].values() if layer["dialect"]) == 97


# --- render


def test_render_an_image_and_an_object(batch: Batch, patterns: list[str], capsys: Captured) -> None:
    out = batch.root / "whole.png"
    assert run(capsys, "render", *patterns, "--image", "A2", "--size", "128x96", "-o", out)[0] == 0
    whole = np.asarray(Image.open(out))
    assert whole.shape == (96, 128, 3)
    assert whole.max() > 150
    near = batch.root / "near.png"
    arguments = ("--image", "A2", "--object", "nuclei:2", "--size", "128x96", "-o", near)
    assert run(capsys, "render", *patterns, *arguments)[0] == 0
    assert (np.asarray(Image.open(near)) != whole).any()
    assert run(capsys, "render", *patterns, "--object", "4", "-o", near)[0] == 0, "only one image has it"


def test_render_without_choices_draws_the_first_image(
    batch: Batch, patterns: list[str], capsys: Captured
) -> None:
    first, named = batch.root / "1.png", batch.root / "2.png"
    size = ("--size", f"{SHAPE[1]}x{SHAPE[0]}")
    assert run(capsys, "render", *patterns, *size, "-o", first)[0] == 0
    assert run(capsys, "render", *patterns, *size, "--image", "A1", "-o", named)[0] == 0
    assert first.read_bytes() == named.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--image", "B9"], "B9"),
        (["--object", "cytoplasm:1"], "cytoplasm"),
        (["--object", "nuclei:99"], "nuclei:99"),
        (["--object", "nuclei:1"], "--image"),
        (["--object", "nuclei:x"], "LABEL"),
        (["--object", "nuclei:0"], "LABEL"),
        (["--object", "nuclei:²"], "LABEL"),
        (["--layers", "cytoplasm"], "cytoplasm"),
        (["--channels", "PLA"], "PLA"),
        (["--colour-by", "Mood"], "Mood"),
        (["--size", "10x10"], "10x10"),
        (["--size", "big"], "big"),
        (["--size", "²00x200"], "²00"),
    ],
)
def test_render_refuses_what_is_not_there(
    batch: Batch, patterns: list[str], capsys: Captured, arguments: list[str], words: str
) -> None:
    out = batch.root / "out.png"
    assert words in refused(capsys, "render", *patterns, *arguments, "-o", out)
    assert not out.exists()


def test_render_into_a_folder_that_is_not_there(batch: Batch, patterns: list[str], capsys: Captured) -> None:
    assert "no/where.png" in refused(capsys, "render", *patterns, "-o", batch.root / "no/where.png")


def test_render_tells_what_it_left_out(batch: Batch, patterns: list[str], capsys: Captured) -> None:
    (batch.root / "A1_ER.tif").write_bytes(b"broken")
    out = batch.root / "out.png"
    status, _, err = run(capsys, "render", *patterns, "-o", out)
    assert status == 3
    assert out.exists()
    assert "A1_ER.tif" in err


# --- what can't be opened


@pytest.mark.parametrize("command", ["summary", "render"])
def test_sources_that_are_not_there(batch: Batch, capsys: Captured, command: str) -> None:
    more = ["-o", "x.png"] if command == "render" else []
    assert "nowhere" in refused(capsys, command, "nowhere", *more)
    assert "none_{well}.tif" in refused(capsys, command, "--images", "DNA=none_{well}.tif", *more)
    empty = batch.root.with_name("empty")
    empty.mkdir()
    assert "empty" in refused(capsys, command, empty, *more)
    (empty / "a.toml").write_text("x = [")
    assert "a.toml" in refused(capsys, command, empty / "a.toml", *more)


def test_messages_can_t_steer_the_terminal(batch: Batch, patterns: list[str], capsys: Captured) -> None:
    for arguments in (["--object", "\x1b[31mx:1"], ["--image", "\x1b]0;t\x07"], ["--layers", "a\nb\x1b[2J"]):
        told = refused(capsys, "render", *patterns, *arguments, "-o", "x.png")
        assert not any(ord(char) < 32 and char != "\n" for char in told)


def test_unknown_subcommands_and_options_are_usage_errors(capsys: Captured) -> None:
    assert run(capsys, "fly")[0] == 2
    assert run(capsys, "open", "--nonsense")[0] == 2
    assert run(capsys, "render", "x")[0] == 2
    for command in ([], ["open"], ["summary"], ["render"], ["demo"], ["doctor"]):
        status, out, _ = run(capsys, *command, "--help")
        assert status == 0
        assert "usage: tuiqc" in out
    assert run(capsys, "--version")[1].startswith("tuiqc ")


# --- the others


def test_demo_makes_a_batch(tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "made"
    make = ("demo", "--make", folder, "--images", "2", "--size", "96", "--seed", "3", "--workers", "1")
    status, out, err = run(capsys, *make)
    assert status == 0
    assert "2 images" in out
    assert "tuiqc open" in err
    assert len(list(folder.glob("*_DNA.tif"))) == 2
    assert "is not empty" in refused(capsys, *make)
    (tmp_path / "file").write_text("")
    assert "is a file" in refused(capsys, "demo", "--make", tmp_path / "file")
    assert run(capsys, "demo", "--make", tmp_path / "x", "--images", "0")[0] == 2
    assert run(capsys, "demo", "--make", tmp_path / "x", "--size", "many")[0] == 2


def test_doctor_without_a_terminal_says_so_and_draws_nothing(capsys: Captured) -> None:
    status, out, _ = run(capsys, "doctor")
    assert status == 0
    assert "halfblock" in out
    assert "\x1b" not in out
    assert "sixel" in run(capsys, "doctor", "--graphics", "sixel")[1]


def test_alone_it_lists_recent_batches_or_says_how_to_begin(batch: Batch, capsys: Captured) -> None:
    status, out, _ = run(capsys)
    assert status == 0
    assert "tuiqc demo" in out
    remember("fir\x1bst", batch.source)
    remember("second", batch.source)
    status, out, _ = run(capsys)
    assert status == 0
    assert "second" in out
    assert "fir" in out
    assert "\x1b" not in out


def test_a_closed_pipe_is_no_error(batch: Batch) -> None:
    import subprocess
    import sys

    line = f"{sys.executable} -m tuiqc summary '{batch.root}' --json | head -c 1"
    ended = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, timeout=30, check=False
    )
    assert ended.returncode == 0
    assert ended.stderr == b""


def test_examples_of_the_help_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_batch(tmp_path / "results")
    (tmp_path / "results" / "qc_annotations.csv").write_text(
        "level,image,layer,label,t,verdict\nimage,A1,,,,fail\n"
    )
    monkeypatch.chdir(tmp_path)
    parser = build_parser()
    commands = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    examples = 0
    for command in commands.choices.values():
        _, _, said = (command.epilog or "").replace("%%", "%").partition("examples:\n")
        lines = said.replace("\\\n", " ").splitlines()
        for number, line in enumerate(filter(None, map(str.strip, lines))):
            words = shlex.split(line.rpartition("| ")[2].partition(" > ")[0])[1:]
            parser.parse_args(words)
            examples += 1
            if number == 0 and "-o" in words:
                assert main(words) == 0, (line, capsys.readouterr().err)
    assert examples >= 36
