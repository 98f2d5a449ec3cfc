"""The program as it is installed, in a real pseudo-terminal; also killed, interrupted and hung up on."""

from __future__ import annotations

import random
import re
import shutil
import signal
from pathlib import Path
from time import sleep

import pytest
from fixtures.desks import csv_rows
from fixtures.review_batches import TOTAL, options, write_batch
from fixtures.terminals import Program

from tuiqc.paths import demo_data_dir
from tuiqc.qc.annotations import AnnotationStore

COUNT = re.compile(r"^\s*(\d+) of (\d+) (\S+)", re.MULTILINE)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small batch as a TOML file to open."""
    folder = tmp_path_factory.mktemp("program")
    options(write_batch(folder / "data")).to_toml(folder / "batch.toml")
    return folder / "batch.toml"


def judged(program: Program) -> int:
    """How many the screen says are reviewed."""
    found = COUNT.search(program.text)
    return int(found[1]) if found else 0


def start(saved: Path, csv: Path) -> Program:
    """Open the batch and go to its objects."""
    program = Program(["open", str(saved), "--annotations", str(csv)], csv.parent)
    try:
        program.wait_for("0 of 3 images")
        program.wait_for(f"nuclei · {TOTAL}")
        program.send(b"\t")
        program.wait_for(f"0 of {TOTAL} nuclei")
    except BaseException:
        program.close()
        raise
    return program


def test_keys_take_effect_in_the_order_in_which_they_are_typed(saved: Path, tmp_path: Path) -> None:
    csv = tmp_path / "annotations.csv"
    with Program(["open", str(saved), "--annotations", str(csv)], tmp_path) as program:
        program.wait_for("0 of 3 images")
        program.wait_for(f"nuclei · {TOTAL}")
        program.send(b"f\tp\x1b[Zu")
        program.wait(lambda: re.search(r"^ 2 of 3 images", program.text, re.MULTILINE), "two images judged")
        program.send(b"q")
        assert program.ended() == 0
    found = [(row["level"], row["verdict"]) for row in csv_rows(csv)]
    assert sorted(found) == [("image", "fail"), ("image", "unsure"), ("object", "pass")]


def test_a_review_of_the_demo_from_start_to_end(tmp_path: Path) -> None:
    source = demo_data_dir()
    assert source is not None
    folder = tmp_path / "demo"
    shutil.copytree(source, folder)
    with Program(["open", str(folder)], tmp_path) as program:
        program.wait_for("0 of 12 images")
        program.wait_for("quit")
        program.wait_for("▀")
        assert "Images · 12" in program.text
        assert "Objects · nuclei" in program.text
        program.send(b"f")
        program.wait(
            lambda: re.search(r"^ 1 of 12 images", program.text, re.MULTILINE), "the verdict on the image"
        )
        program.send(b"\t")
        program.wait_for("nuclei 233 objects")
        program.wait_for("0 of 233 nuclei")
        program.send(b"p")
        program.wait(lambda: re.search(r"1 of \d+ nuclei", program.text), "the verdict")
        program.send(b"q")
        assert program.ended() == 0
        after = program.raw.rpartition(b"\x1b[?1049h")[2]
        assert b"\x1b[?1049l" in after, "the alternate screen was not left"
        last = {
            mode: after.rfind(mode) for mode in (b"\x1b[?25l", b"\x1b[?25h", b"\x1b[?1000h", b"\x1b[?1000l")
        }
        assert last[b"\x1b[?25h"] > last[b"\x1b[?25l"], "the cursor stayed hidden"
        assert last[b"\x1b[?1000l"] > last[b"\x1b[?1000h"], "the mouse stayed on"
        assert b"verdicts in" in after.rpartition(b"\x1b[?1049l")[2]
        assert b"Traceback" not in program.raw
    rows = csv_rows(folder / "qc_annotations.csv")
    assert [(row["level"], row["verdict"]) for row in rows] == [("image", "fail"), ("object", "pass")]
    assert rows[0]["image"] == rows[0]["plate"] + "/" + rows[0]["well"] + "/" + rows[0]["site"]
    assert rows[1]["source_table"].endswith("_nuclei.csv")
    assert not list(folder.glob("*.journal"))


@pytest.mark.parametrize("rounds", [2, pytest.param(8, marks=pytest.mark.thorough)])
def test_no_acknowledged_verdict_is_lost_when_the_program_is_killed(
    saved: Path, tmp_path: Path, rounds: int
) -> None:
    """A verdict counts as acknowledged when the screen shows the new count."""
    chance = random.Random(20261122)
    seen = []
    for number in range(rounds):
        csv = tmp_path / f"round{number}.csv"
        with start(saved, csv) as program:
            presses = chance.randint(1, TOTAL)
            for _ in range(presses):
                program.send(chance.choice([b"p", b"f", b"u"]))
                sleep(chance.random() * 0.03)  # a moment, not a wait: the kill is to come anywhere
            if number % 2 == 0:
                program.wait(lambda program=program: judged(program) >= 1, "the first acknowledgement")
            program.signal(signal.SIGKILL)
            assert program.ended() == -signal.SIGKILL
            acknowledged = judged(program)
        store = AnnotationStore.open(csv, "test")
        kept = sum(store.counts("object").values())
        store.close()
        assert acknowledged <= kept <= presses, f"round {number}"
        seen.append(acknowledged)
    assert sum(seen) > 0, "nothing was acknowledged in any round: the test shows nothing"


@pytest.mark.parametrize(
    "how", ["ctrl+c", *(pytest.param(how, marks=pytest.mark.thorough) for how in ("SIGTERM", "hang up"))]
)
def test_verdicts_stay_however_it_ends(saved: Path, tmp_path: Path, how: str) -> None:
    csv = tmp_path / "annotations.csv"
    with start(saved, csv) as program:
        program.send(b"pf")
        program.wait(lambda: judged(program) == 2, "two verdicts")
        if how == "ctrl+c":
            program.send(b"\x03")
        elif how == "hang up":
            program.hang_up()
        else:
            program.signal(getattr(signal, how))
        status = program.ended()
        if how == "ctrl+c":
            assert status == 0
            assert b"\x1b[?1049l" in program.raw
    with AnnotationStore.open(csv, "test") as store:
        assert store.counts("object") == {"pass": 1, "fail": 1, "unsure": 0}


@pytest.mark.thorough
def test_opening_again_after_a_kill_shows_what_was_decided(saved: Path, tmp_path: Path) -> None:
    csv = tmp_path / "annotations.csv"
    with start(saved, csv) as program:
        program.send(b"fp")
        program.wait(lambda: judged(program) == 2, "two verdicts")
        program.signal(signal.SIGKILL)
        program.ended()
    with Program(["open", str(saved), "--annotations", str(csv)], tmp_path) as program:
        program.wait_for("cut off")
        program.send(b"\t")
        program.wait_for(f"2 of {TOTAL} nuclei")
        program.send(b"q")
        assert program.ended() == 0
    assert [row["verdict"] for row in csv_rows(csv)] == ["fail", "pass"]


@pytest.mark.thorough
def test_the_list_of_recent_batches_opens_one(saved: Path, tmp_path: Path) -> None:
    with start(saved, tmp_path / "annotations.csv") as program:
        program.send(b"q")
        program.ended()
    with Program([], tmp_path) as program:
        program.wait_for("batches opened before")
        program.send(b"\r")
        program.wait_for("0 of 3 images")
        program.send(b"q")
        assert program.ended() == 0
    with Program([], tmp_path) as program:
        program.wait_for("batches opened before")
        program.send(b"q")
        assert program.ended() == 0
        assert "Traceback" not in program.text
