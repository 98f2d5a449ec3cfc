"""The terminal as it is left: suspended and back, at the end, after signals and crashes, on a slow link."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from fixtures.review_batches import options, write_batch
from fixtures.terminals import Program

from tuiqc.terminal.farewell import CLEAR, below_all

LATE = 0.25
THOROUGH = pytest.mark.thorough
BREAKS = (
    "from tuiqc.ui.context import ReviewContext\n"
    "ReviewContext.push = lambda *arguments: 1 / 0\n"
    "from tuiqc.cli import main\n"
    "import sys\n"
    "sys.exit(main())\n"
)
"""The program with a key that breaks it."""
SHELL = "{program}; printf '%s\\n' ENDED; IFS= read -rs -t 0.6 -n 60 keys; printf 'TYPED[%q]\\n' \"$keys\""

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash plays the shell")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small batch as a TOML file to open."""
    folder = tmp_path_factory.mktemp("leaving")
    options(write_batch(folder / "data")).to_toml(folder / "batch.toml")
    return folder / "batch.toml"


def in_shell(saved: Path, folder: Path, protocol: str, delay: float) -> Program:
    """The program started by a shell that tells what is typed into it afterwards."""
    script = folder / "program.py"
    script.write_text(BREAKS)
    words = [sys.executable, str(script), "open", str(saved), "--annotations", str(folder / "a.csv")]
    shell = SHELL.format(program=shlex.join([*words, "--graphics", protocol]))
    command = [
        "bash",
        "--norc",
        "--noprofile",
        "-c",
        f"export PYTHONPATH={os.environ.get('PYTHONPATH', '')}; {shell}",
    ]
    return Program([], folder, {"TUIQC_GRAPHICS": ""}, command=command, delay=delay)


def pictured(program: Program) -> bool:
    return bool(re.search(rb"\x1b_G[^;]*a=T|\x1bP[0-9;]*q|\xe2\x96\x80", program.raw))


def child_of(program: Program) -> int:
    """The program that the shell runs."""
    children = Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text().split()
    return int(children[0])


@pytest.mark.parametrize(
    ("protocol", "how", "delay"),
    [
        pytest.param("kitty", "q", LATE, marks=THOROUGH),
        pytest.param("kitty", "SIGHUP", 0.0, marks=THOROUGH),
        pytest.param("kitty-direct", "q", 0.0, marks=THOROUGH),
        pytest.param("kitty-direct", "crash", 0.0, marks=THOROUGH),
        ("kitty-direct", "SIGTERM", LATE),
        pytest.param("sixel", "SIGHUP", LATE, marks=THOROUGH),
        pytest.param("sixel", "ctrl+c", 0.0, marks=THOROUGH),
        ("halfblock", "crash", LATE),
    ],
)
def test_the_screen_is_clean_and_nothing_is_typed_into_the_shell(
    saved: Path, tmp_path: Path, protocol: str, how: str, delay: float
) -> None:
    with in_shell(saved, tmp_path, protocol, delay) as program:
        program.wait_for("0 of 3 images")
        program.wait(lambda: pictured(program), "a picture")
        program.send(b"]")
        sleep(0.1 + delay)
        program.send(b"]")  # its picture and the question behind it are on their way
        if how.startswith("SIG"):
            os.kill(child_of(program), signal.Signals[how])
        else:
            program.send({"q": b"q", "ctrl+c": b"\x03", "crash": b"?"}[how])
        program.wait(lambda: b"TYPED[" in program.raw, "the shell")
        assert program.ended() == 0
        raw = program.raw
    typed = re.search(rb"TYPED\[(.*?)\]", raw)
    assert typed is not None
    assert typed[1] == b"''", "nothing came to the shell"
    last = raw[raw.rindex(b"\x1b[?1049l") :]
    for mode in (b"1000", b"1003", b"1006", b"2004"):
        assert raw.rfind(b"\x1b[?" + mode + b"l") > raw.rfind(b"\x1b[?" + mode + b"h"), (
            f"mode {mode!r} is off"
        )
    assert b"\x1b[?25h" in last, "the cursor is back"
    clear = raw.rfind(CLEAR.encode())
    assert raw.rindex(b"\x1b[?1049h") < clear, "mosh and GNU screen have no other screen to go back to"
    shown = re.sub(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]|\x1b_G.*?\x1b\\", b"", raw[clear:].split(b"\x1b[?1049l")[0])
    assert not shown.strip(), "nothing is drawn after that"
    assert CLEAR.encode() not in last, "the shell's screen is as it was"
    assert not re.search(rb"\x1b_G[^;]*a=[Tp]|\x1bP[0-9;]*q", last), "no picture behind the end"
    assert not re.search(rb"\^\[\[\d+;\d+R", raw), "no answer was echoed"
    sent = set(re.findall(rb"\x1b_G[^;\x1b]*\bi=(\d+)[^;\x1b]*;", raw)) - {b"31"}
    freed = {found for found in re.findall(rb"\x1b_G([^;\x1b]*)", raw) if b"d=I" in found}
    gone = {match[1] for one in freed if (match := re.search(rb"\bi=(\d+)", one))}
    assert sent <= gone, f"pictures {sent - gone} stay in the terminal"
    assert bool(sent) == protocol.startswith("kitty")


def stopped(program: Program) -> bool:
    """Whether the program was suspended."""
    pid, status = os.waitpid(program.pid, os.WNOHANG | os.WUNTRACED)
    return pid == program.pid and os.WIFSTOPPED(status)


@pytest.mark.parametrize(
    ("protocol", "mark"),
    [
        pytest.param("halfblock", "▀".encode(), marks=THOROUGH),
        pytest.param("kitty", b"a=T", marks=THOROUGH),
        ("sixel", b"\x1bP"),
    ],
)
def test_suspended_and_brought_back_all_is_drawn_again(
    saved: Path, tmp_path: Path, protocol: str, mark: bytes
) -> None:
    environment = {"TUIQC_GRAPHICS": protocol}
    arguments = ["open", str(saved), "--annotations", str(tmp_path / "a.csv")]
    with Program(arguments, tmp_path, environment, delay=0.05) as program:
        program.wait_for("0 of 3 images")
        program.wait(lambda: mark in program.raw, "a picture")
        for _ in range(2):
            program.send(b"p")
            sleep(0.3)
            program.send(b"\x1a")
            program.wait(lambda: stopped(program), "the suspension")
            sleep(0.05)
            before = program.raw
            size = len(before)
            assert before.rfind(b"\x1b[?1049l") > before.rfind(b"\x1b[?1049h"), "the shell's screen"
            assert before.rfind(b"\x1b[?1049l") > before.rfind(CLEAR.encode()) > before.rfind(b"\x1b[?1049h")
            if protocol == "kitty":
                assert before.rfind(b"d=I") > before.rfind(b"a=T"), "pictures are gone"
            program.signal(signal.SIGCONT)
            program.wait(lambda n=size: program.raw.rfind(b"\x1b[?1049h") >= n, "our screen")
            program.wait(lambda n=size: mark in program.raw[n:], "the picture again")
            program.wait(lambda n=size: b"images" in program.raw[n:], "the text again")
            assert b"\x1b[?1000h" in program.raw[len(before) :], "the mouse again"
        end = monotonic() + 1
        while monotonic() < end and "2 of 3 images" not in program.text:
            sleep(0.01)
        assert "2 of 3 images" in program.text, "keys are read again"
        program.send(b"q")
        assert program.ended() == 0


def test_stopping_from_outside_leaks_no_thread_and_it_ends(saved: Path, tmp_path: Path) -> None:
    """SIGSTOP gives no chance to hand the screen back; what goes on must not start its input anew each time."""
    threads: list[int] = []
    with Program(["open", str(saved), "--annotations", str(tmp_path / "a.csv")], tmp_path) as program:
        program.wait_for("0 of 3 images")
        program.wait(lambda: "reading" not in program.text, "the objects, whose reader is a thread too")
        for _ in range(1, 6):
            program.signal(signal.SIGSTOP)
            program.wait(lambda: stopped(program), "the stop")
            size = len(program.raw)
            program.signal(signal.SIGCONT)
            program.wait(lambda n=size: program.raw.rfind(b"\x1b[?1049h") >= n, "our screen")
            program.wait(lambda n=size: b"images" in program.raw[n:], "the text again")
            threads.append(len(list(Path(f"/proc/{program.pid}/task").iterdir())))
        assert threads[-1] <= threads[0] + 2, threads
        program.send(b"p")
        program.wait_for("1 of 3 images")
        program.send(b"q")
        assert program.ended() == 0


def held(raw: bytes) -> set[bytes]:
    """Ids of the pictures that a kitty terminal holds after these bytes."""
    alive: set[bytes] = set()
    for keys in re.findall(rb"\x1b_G([^;\x1b]*)", raw):
        named = re.search(rb"\bi=(\d+)", keys)
        if named and re.search(rb"\ba=[tT]\b", keys):
            alive.add(named[1])
        elif named and b"d=I" in keys:
            alive.discard(named[1])
    return alive


@pytest.mark.parametrize("protocol", ["kitty", pytest.param("kitty-direct", marks=THOROUGH)])
def test_tiles_are_freed_when_suspended_and_sent_again(saved: Path, tmp_path: Path, protocol: str) -> None:
    arguments = ["open", str(saved), "--gallery", "--annotations", str(tmp_path / "a.csv")]
    with Program(arguments, tmp_path, {"TUIQC_GRAPHICS": protocol}) as program:
        program.wait(lambda: len(held(program.raw)) >= 5, "tiles")
        sleep(0.4)
        program.send(b"\x1a")
        program.wait(lambda: stopped(program), "the suspension")
        sleep(0.05)
        size = len(program.raw)
        assert not held(program.raw), "the shell's screen has no pictures"
        program.signal(signal.SIGCONT)
        program.wait(lambda: len(held(program.raw[size:])) >= 5, "the tiles again")
        program.send(b"q")
        assert program.ended() == 0
        assert not held(program.raw)


@pytest.mark.thorough
def test_ctrl_r_draws_all_again(saved: Path, tmp_path: Path) -> None:
    arguments = ["open", str(saved), "--annotations", str(tmp_path / "a.csv")]
    with Program(arguments, tmp_path, {"TUIQC_GRAPHICS": "kitty"}) as program:
        program.wait_for("0 of 3 images")
        program.wait(lambda: b"a=T" in program.raw, "a picture")
        sleep(0.4)
        before = len(program.raw)
        program.send(b"\x12")
        program.wait(lambda: b"a=T" in program.raw[before:], "the picture again")
        program.wait(lambda: b"images" in program.raw[before:], "the text again")
        program.send(b"q")
        assert program.ended() == 0


@pytest.mark.parametrize(
    ("terminal", "after", "moved"),
    [
        ("kitty(0.26.5)", (90, 24), True),
        ("xterm-kitty", (120, 40), True),
        ("kitty(0.26.5)", (110, 30), False),
        ("XTerm(379)", (90, 24), False),
        ("", (90, 24), False),
    ],
)
def test_the_last_words_are_written_over_no_line_of_the_shell(
    terminal: str, after: tuple[int, int], moved: bool
) -> None:
    """Seen in kitty 0.26: after a resize they stood on the last line of what had been there before."""
    assert below_all(terminal, (110, 30), after) == ("\x1b[999;1H\n" if moved else "")
