"""The documents: every command that they print runs, links lead somewhere, and what is made of the code is there."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
import tifffile
from textual.pilot import Pilot
from textual.widgets import Input, Markdown, OptionList

import tuiqc
from tuiqc.cli import build_parser, main
from tuiqc.cli.help_pages import COLUMNS_MEAN, FOLDER, ORDER, found, page, title
from tuiqc.cli.streams import DONE, FAILED, GATE, INTERRUPTED, PARTIAL, UNFORESEEN
from tuiqc.measure.terms import CHANNEL_TERMS, LAYER_TERMS, NEIGHBOUR_TERMS, SHAPE_TERMS
from tuiqc.qc.csvfile import COLUMNS
from tuiqc.ui.help_reader import HelpReader

README = Path(tuiqc.__file__).parents[1] / "README.md"
SCREEN = ("open", "demo", "doctor", "help", "look")
"""Subcommands that take the terminal: of these the arguments are read."""
MEASURING = ("measure", "rank", "check", "report", "sheet", "plot")
"""What measures or draws for seconds runs here only where TUIQC_DOCUMENTS is set (`make site` sets it)."""
HEAD = (
    "level,image,layer,label,t,verdict,reason,note,annotator,time,source_table,centre_x,centre_y,area,schema"
)
Captured = pytest.CaptureFixture[str]


def printed_commands() -> list[list[str]]:
    """All command lines of the pages and of README, each once, without remarks."""
    commands: dict[tuple[str, ...], None] = {}
    for text in [README.read_text("utf-8"), *map(page, ORDER)]:
        # The script of a pipeline is run as a whole by a test of its own.
        text = re.sub(r"<!-- pipeline -->.*?<!-- /pipeline -->", "", text, flags=re.S)
        for block in re.findall(r"```sh\n(.*?)```", text, re.S):
            for line in block.replace("\\\n", " ").splitlines():
                for command in re.split(r" && ", re.sub(r"(^|\s+)#.*", "", line)):
                    words = shlex.split(command)
                    if words[:1] == ["tuiqc"]:
                        commands[tuple(words[1:])] = None
    return [list(words) for words in commands]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the documents have it: results/, next_plate/, and the CSVs of two annotators."""
    place = tmp_path_factory.mktemp("documents")
    results = place / "results"
    results.mkdir()
    y, x = np.mgrid[:96, :128]
    header = (
        "ImageNumber\tObjectNumber\tAreaShape_Area\tAreaShape_Solidity\tLocation_Center_X\tLocation_Center_Y"
    )
    for well in range(1, 6):
        nuclei = np.zeros((96, 128), np.uint16)
        rows = [f"{header}\tChildren_PLA_dots_Count"]
        for label in range(1, 9):
            cy, cx, r = 22 + 48 * ((label - 1) // 4), 16 + 32 * ((label - 1) % 4), 7 + label % 4
            nuclei[(y - cy) ** 2 + (x - cx) ** 2 < r * r] = label
            area = (nuclei == label).sum()
            rows.append(f"{well}\t{label}\t{area * 10}\t0.9{label}\t{cx}\t{cy}\t{label % 3}")
        noise = np.random.default_rng(well).normal(20, 3, nuclei.shape)
        for channel in (0, 1):
            pixels = (noise + 120 * (nuclei > 0)).clip(0, 255).astype(np.uint8)
            tifffile.imwrite(results / f"Well_{well}_C{channel}.tif", pixels)
        tifffile.imwrite(results / f"Well_{well}_nuclei_labels.tiff", nuclei)
        tifffile.imwrite(results / f"Well_{well}_cells_labels.tiff", nuclei)
        (results / f"Well_{well}_nuclei.txt").write_text("\n".join([*rows, ""]))
    given = ((1, 1, "fail"), (2, 3, "pass"))
    said = [f"object,{well},nuclei,{n},,{v},,,%s,2026-01-01T00:00:00Z,,,,,1" for well, n, v in given]
    for name in ("ada.csv", "bob.csv", "results/qc_annotations.csv"):
        (place / name).write_text("\n".join([HEAD, *(one % Path(name).stem for one in said), ""]))
    shutil.copytree(results, place / "next_plate")
    table = ["FileName_DNA\tPathName_DNA\tImageNumber\tObjectNumber\tAreaShape_Area"]
    table += [f"Well_{well}_C0.tif\t/elsewhere/results\t{well}\t1\t200" for well in range(1, 6)]
    (place / "All_Wells_cells.txt").write_text("\n".join([*table, ""]))
    return place


@pytest.mark.timeout(900)  # all of them measure for minutes where TUIQC_DOCUMENTS is set
def test_every_command_that_is_printed_runs(
    bench: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(bench)
    commands = printed_commands()
    assert len(commands) > 40
    parser = build_parser()
    for words in commands:
        words = words[: words.index(">")] if ">" in words else words
        parser.parse_args(words)
        slow = words[0] in MEASURING or "--evidence" in words
        if words[0] in SCREEN or (slow and "TUIQC_DOCUMENTS" not in os.environ):
            continue
        kind = "gates" if "--gates" in words else "rules"
        shipped = next((Path(tuiqc.__file__).parent / "triage" / kind).glob("*.toml"))
        shutil.copy(shipped, "mine.toml")
        words = [{"cellpose": "nuclei", "stardist": "cells"}.get(word, word) for word in words]
        words = [word.replace("focus_DNA", "focus_C0") if word.count("focus") else word for word in words]
        words = ["C0" if word == "DNA" else word for word in words]
        ended = main(words)
        told = capsys.readouterr()
        assert ended in ((DONE, GATE) if words[0] == "check" else (DONE,)), (words, told.err[-600:])
    made = {path.name for path in bench.iterdir()}
    assert {"overlay.png", "look.py", "outlines", "cellpose", "keep.txt", "RoiSet.zip", "joined.csv"} <= made


def test_links_and_pictures_of_the_pages_lead_somewhere() -> None:
    for name in ORDER:
        text = page(name)
        assert "<!-- made" not in text
        assert text.startswith(f"# {title(name)}\n")
        for link in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", text):
            assert (FOLDER / link).is_file(), (name, link)
    assert {path.stem for path in FOLDER.glob("*.md")} == set(ORDER)
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text("utf-8")):
        assert (README.parent / link).exists(), link
    assert len(README.read_text("utf-8").splitlines()) <= 60


def test_the_reference_is_that_of_the_code() -> None:
    from tuiqc.ui.commands import key_table

    assert key_table() in page("keys")
    assert set(COLUMNS_MEAN) == set(COLUMNS)
    evidence = page("evidence")
    for terms in (SHAPE_TERMS, NEIGHBOUR_TERMS, LAYER_TERMS, CHANNEL_TERMS):
        for name, term in terms.items():
            assert f"| `{name}` | {term.formula.replace('|', chr(92) + '|')} |" in evidence
    told = set(map(int, re.findall(r"(?m)^\| (\d+) \|", page("commands"))))
    assert told == {DONE, GATE, FAILED, PARTIAL, UNFORESEEN, INTERRUPTED}


def test_help_prints_a_page_finds_words_and_writes_a_site(tmp_path: Path, capsys: Captured) -> None:
    assert main(["help"]) == 0
    assert capsys.readouterr().out == page("index")
    assert main(["help", "hand-over", "--plain"]) == 0
    assert capsys.readouterr().out.startswith("# Hand-over")
    assert main(["help", "allow-passthrough"]) == 0
    assert capsys.readouterr().out.startswith("# Pictures in your terminal")
    assert main(["help", "zyxwv"]) == 2
    assert "there are: index" in capsys.readouterr().err
    assert main(["help", "--write", str(tmp_path / "site")]) == 0
    assert {path.stem for path in (tmp_path / "site" / "docs").glob("*.md")} == set(ORDER)
    assert "nav:\n  - 'tuiqc': index.md" in (tmp_path / "site" / "mkdocs.yml").read_text()
    assert main(["help", "--write", str(tmp_path / "site")]) == 0, "its own pages are written anew"
    (tmp_path / "site" / "mkdocs.yml").write_text("site_name: mine\n")
    (tmp_path / "site" / "docs" / "index.md").write_text("mine\n")
    assert main(["help", "--write", str(tmp_path / "site")]) == 2
    assert (tmp_path / "site" / "docs" / "index.md").read_text() == "mine\n", "nothing of another site"


async def shows(pilot: Pilot[None], name: str) -> None:
    """Wait until a page is shown."""
    end = monotonic() + 20
    while pilot.app.sub_title != title(name):
        assert monotonic() < end, f"{pilot.app.sub_title!r} and not {name}"
        await asyncio.sleep(0.01)
    await pilot.pause()


@pytest.mark.thorough
async def test_the_reader_shows_pages_with_pictures_and_finds_words() -> None:
    image = pytest.importorskip("textual_image.widget")
    app = HelpReader("index", {name: title(name) for name in ORDER}, page, found, FOLDER)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "index")
        assert len(app.query(image.HalfcellImage)) == 1
        await pilot.press("down", "enter")
        await shows(pilot, "guide")
        await pilot.press("slash", *"qupath")
        await pilot.pause()
        assert "handover" in {option.id for option in app.query_one(OptionList).options}
        await pilot.press("escape")
        assert not app.query_one(Input).display
        text = app.query(Markdown).first()
        text.post_message(Markdown.LinkClicked(text, "keys.md#verdicts"))
        await shows(pilot, "keys")
        await pilot.press("backspace")
        await shows(pilot, "guide")
        await pilot.press("q")
