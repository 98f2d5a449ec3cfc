"""A terminal for benchmarks: runs a program in a pseudo-terminal, answers it, and knows when a picture is complete.

Nothing is drawn. Every piece of output is kept with the time at which this terminal took it, the questions are
answered as the named terminal answers them, and the cursor position report (DSR 6) at once, because tuiqc asks for it
behind each picture. A picture counts as complete with

- sixel: the end (ST) of a DCS q string,
- kitty-direct: the end of the last chunk (m=0) of a transmission (a=T), or of the command that places one that the
  terminal holds already (a=p); one that is only sent (a=t) is seen by nobody,
- kitty: the last placeholder cell that was painted in the colour of a picture, for only then is all of it in sight,
- halfblock: the last cell with `▀` before the output was quiet for `QUIET` seconds.

With a `rate` the terminal takes only so many bytes a second, while a buffer in front of it (as sshd and the network
have one, 2 MB) takes what the program writes: times are then those at which the bytes reach the terminal.

    with Terminal(command, KINDS["sixel"], columns=120, rows=40) as terminal:
        terminal.wait_for_picture(after=0.0, timeout=20)
        terminal.press(b"j")

All times are of `time.monotonic()`, in seconds.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import termios
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

QUIET = 0.05
"""Seconds without output after which half-blocks are taken for complete."""
LINK_BUFFER = 2 << 20
"""Bytes that fit between a program and a slow terminal (the window of an SSH channel)."""

REPOSITORY = Path(__file__).resolve().parents[2]
WELLS = REPOSITORY / "../shared/data/batch_qc_practical"
"""The eight wells, beside the repository."""


@dataclass(frozen=True)
class Kind:
    """What a terminal answers; "" for what it ignores. `protocol` is what tuiqc is expected to choose."""

    name: str
    protocol: str
    version: str
    attributes: str
    kitty: bool = False
    registers: str = ""
    sixel_max: str = ""
    mode_2026: str = "0"
    term: str = "xterm-256color"


KINDS: Mapping[str, Kind] = {
    "sixel": Kind("xterm with sixel", "sixel", "XTerm(379)", "?63;1;2;4;6;9;15;22c", False, "0;256"),
    "kitty": Kind("kitty 0.32", "kitty", "kitty(0.32.2)", "?62;c", True, mode_2026="2", term="xterm-kitty"),
    "kitty-direct": Kind(
        "kitty 0.26", "kitty-direct", "kitty(0.26.5)", "?62;c", True, mode_2026="2", term="xterm-kitty"
    ),
    "halfblock": Kind("no graphics", "halfblock", "XTerm(379)", "?64;1;2;6;9;15;16;17;18;21;22;28c"),
}

_QUESTION = re.compile(rb"\x1b_Gi=\d+,s=1,v=1,a=q[^\x1b]*\x1b\\|\x1b\[[?>]?[\d;]*\$?[nqpctS]")
_LONGEST_QUESTION = 64
_APC_END = b"\x1b\\"


@dataclass(frozen=True)
class Picture:
    """A complete picture: when, how many bytes it took, and a digest of what it shows (of a kitty picture its id)."""

    time: float
    nbytes: int
    digest: str


@dataclass
class Terminal:
    """A running program and what it wrote.

    Parameters
    ----------
    command
        Program and arguments.
    kind
        How the terminal answers.
    columns, rows, cell
        Size in cells, and (width, height) of a cell in pixels.
    environ
        Variables on top of this process's environment.
    rate
        Bytes per second that the terminal takes; None for as many as come.
    """

    command: Sequence[str]
    kind: Kind
    columns: int = 120
    rows: int = 40
    cell: tuple[int, int] = (8, 17)
    environ: Mapping[str, str] = field(default_factory=dict)
    rate: float | None = None

    def __post_init__(self) -> None:
        self.pieces: list[tuple[float, bytes]] = []
        self.started = 0.0
        self.ended = False
        self._answers: deque[tuple[float, bytes]] = deque()
        self._tail = b""
        self._dropped = 0
        self._free_at = 0.0
        self._lock = threading.Lock()

    # --- life

    def __enter__(self) -> Self:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("SSH_", "TMUX"))}
        environ |= {"TERM": self.kind.term, "COLORTERM": "truecolor", **self.environ}
        screen = (self.rows, self.columns, self.columns * self.cell[0], self.rows * self.cell[1])
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *screen))
        self.started = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(master)
            _login(slave)
            os.execvpe(self.command[0], list(self.command), environ)
        os.close(slave)
        self._master = master
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for number, patience in ((signal.SIGTERM, 1.0), (signal.SIGKILL, 5.0)):
            if self._gone(0.0):
                break
            os.kill(self.pid, number)
            self._gone(patience)
        self._thread.join(2)
        os.close(self._master)

    def _gone(self, patience: float) -> bool:
        end = time.monotonic() + patience
        while True:
            try:
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    return True
            except ChildProcessError:
                return True
            if time.monotonic() >= end:
                return False
            time.sleep(0.01)

    # --- the terminal's side

    def _serve(self) -> None:
        while True:
            now = time.monotonic()
            while self._answers and self._answers[0][0] <= now:
                os.write(self._master, self._answers.popleft()[1])
            wait = min(self._answers[0][0] - now, 0.2) if self._answers else 0.2
            full = self.rate is not None and (self._free_at - now) * self.rate > LINK_BUFFER
            if full:
                time.sleep(0.01)
                continue
            if not select.select([self._master], [], [], max(wait, 0))[0]:
                continue
            try:
                piece = os.read(self._master, 65536)
            except OSError:
                piece = b""
            if not piece:
                self.ended = True
                return
            now = time.monotonic()
            if self.rate is not None:
                self._free_at = now = max(now, self._free_at) + len(piece) / self.rate
            with self._lock:
                self.pieces.append((now, piece))
            self._look_for_questions(piece, now)

    def _look_for_questions(self, piece: bytes, now: float) -> None:
        text = self._tail + piece
        end = 0
        for match in _QUESTION.finditer(text):
            end = match.end()
            if answer := self._answer(match[0]):
                self._answers.append((now, answer))
        start = text.rfind(b"\x1b", max(end, len(text) - _LONGEST_QUESTION))
        self._tail = text[start:] if start >= 0 else b""

    def _answer(self, question: bytes) -> bytes:
        kind, (width, height) = self.kind, self.cell
        text = ""
        if question.startswith(b"\x1b_G"):
            text = "\x1b_Gi=31;OK\x1b\\" if kind.kitty else ""
        elif question == b"\x1b[16t":
            text = f"\x1b[6;{height};{width}t"
        elif question == b"\x1b[14t":
            text = f"\x1b[4;{self.rows * height};{self.columns * width}t"
        elif question == b"\x1b[?1;1;0S":
            text = kind.registers and f"\x1b[?1;{kind.registers}S"
        elif question == b"\x1b[?2;1;0S":
            text = kind.sixel_max and f"\x1b[?2;{kind.sixel_max}S"
        elif question == b"\x1b[?2026$p":
            text = f"\x1b[?2026;{kind.mode_2026}$y"
        elif question == b"\x1b[?2048$p":
            text = "\x1b[?2048;0$y"
        elif question == b"\x1b[>q":
            text = f"\x1bP>|{kind.version}\x1b\\"
        elif question == b"\x1b[c":
            text = f"\x1b[{kind.attributes}"
        elif question == b"\x1b[6n":
            text = f"\x1b[{self.rows};1R"
        return text.encode()

    # --- the person's side

    def press(self, keys: bytes) -> float:
        """Press keys; returns when."""
        now = time.monotonic()
        os.write(self._master, keys)
        return now

    def taken(self, after: float = 0.0) -> list[tuple[float, bytes]]:
        """Times and pieces of the output that the terminal has taken by now, from `after` on."""
        now = time.monotonic()
        with self._lock:
            first = len(self.pieces)
            while first and self.pieces[first - 1][0] > after:
                first -= 1
            return [piece for piece in self.pieces[first:] if piece[0] <= now]

    def drop(self) -> list[bytes]:
        """The pieces of output that came since the last call; they are forgotten, but for the last."""
        with self._lock:
            kept = self.pieces[-1:]
            found = [piece for _, piece in self.pieces[self._dropped :]]
            self.pieces[:], self._dropped = kept, len(kept)
        return found

    def last_output(self) -> float:
        """When the terminal took (or, with a rate, will have taken) the last piece of output."""
        with self._lock:
            return self.pieces[-1][0] if self.pieces else self.started

    def wait_quiet(self, quiet: float, timeout: float) -> None:
        """Return when there has been no output for `quiet` seconds from now on, or after `timeout`."""
        called = time.monotonic()
        while time.monotonic() < called + timeout and not self.ended:
            rest = max(called, self.last_output()) + quiet - time.monotonic()
            if rest <= 0:
                return
            time.sleep(min(rest, 0.05))

    def pictures(self, after: float) -> list[Picture]:
        """The complete pictures in the output from `after` on."""
        return find_pictures(self.kind.protocol, self.taken(after))

    def wait_for_picture(
        self, after: float, timeout: float, wanted: Callable[[Picture], bool] = lambda picture: True
    ) -> Picture | None:
        """Return the first complete, `wanted` picture from `after` on; None after `timeout` or at the program's end."""
        end = time.monotonic() + timeout
        seen = -1
        while time.monotonic() < end:
            count = len(self.pieces)
            if count != seen or self.kind.protocol in ("halfblock", "kitty") or self.rate is not None:
                seen = count
                for picture in self.pictures(after):
                    if wanted(picture) and self._surely(picture):
                        return picture
            if self.ended:
                return None
            time.sleep(0.002)
        return None

    def _surely(self, picture: Picture) -> bool:
        if self.kind.protocol not in ("halfblock", "kitty"):
            return True
        return time.monotonic() - max(picture.time, self.last_output()) > QUIET

    def text(self, after: float = 0.0) -> str:
        """The output without pictures and escape codes, to look for words in it."""
        raw = b"".join(piece for _, piece in self.taken(after))
        raw = re.sub(rb"\x1b[P_][^\x1b]*\x1b\\", b"", raw)
        return re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]|\x1b.", "", raw.decode("utf-8", "replace"))


def _login(slave: int) -> None:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for number in range(3):
        os.dup2(slave, number)
    if slave > 2:
        os.close(slave)


# --- pictures in the output

_CELL = "▀".encode()
_PLACEHOLDER = "\U0010eeee".encode()
_SIXEL_START = re.compile(rb"\x1bP[\d;]*q")
_CELLS = re.compile(rb"\x1b\[0;48;2;0;0;0;38;2;(\d+);(\d+);(\d+)m[^m]*\x1b\[0m")
_PLACING = re.compile(rb"\x1b_Ga=p,C=1,q=2,i=(\d+)[^\x1b]*\x1b\\")
_TRANSMISSION = re.compile(rb"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")


def find_pictures(protocol: str, pieces: Sequence[tuple[float, bytes]]) -> list[Picture]:
    """Find the complete pictures in timed output, in their order."""
    data = b"".join(piece for _, piece in pieces)
    times = _Times(pieces)
    if protocol == "sixel":
        return list(_sixels(data, times))
    if protocol == "halfblock":
        return _halfblocks(data, times)
    return _kitty(data, times, placeholders=protocol == "kitty")


class _Times:
    """When a byte of the joined output was taken."""

    def __init__(self, pieces: Sequence[tuple[float, bytes]]) -> None:
        self.ends: list[int] = []
        self.times = [moment for moment, _ in pieces]
        total = 0
        for _, piece in pieces:
            total += len(piece)
            self.ends.append(total)

    def of(self, position: int) -> float:
        from bisect import bisect_right

        return self.times[bisect_right(self.ends, position)]


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def _sixels(data: bytes, times: _Times) -> list[Picture]:
    found = []
    for start in _SIXEL_START.finditer(data):
        end = data.find(_APC_END, start.end())
        if end >= 0:
            body = data[start.start() : end + 2]
            found.append(Picture(times.of(end + 1), len(body), _digest(body)))
    return found


def _kitty(data: bytes, times: _Times, *, placeholders: bool) -> list[Picture]:
    """As tuiqc shows them; placeholders that another program paints stand for the picture that it sent before."""
    if not placeholders:
        return _placed(data, times)
    sizes = {number: size for number, _, _, size in _sent(data)}
    pictures = []
    for cells in _CELLS.finditer(data):
        red, green, blue = map(int, cells.groups())
        number = red << 16 | green << 8 | blue
        nbytes = len(cells[0]) + sizes.pop(number, 0)
        pictures.append(Picture(times.of(cells.end() - 1), nbytes, str(number)))
    return pictures or _others(data, times)


def _sent(data: bytes) -> list[tuple[int, bytes, int, int]]:
    """Id, action, end and bytes of the complete transmissions."""
    found, begun = [], (0, b"", -1)
    for match in _TRANSMISSION.finditer(data):
        keys = dict(pair.split(b"=", 1) for pair in match[1].split(b",") if b"=" in pair)
        if keys.get(b"a") in (b"T", b"t"):
            begun = (int(keys.get(b"i", 0)), keys[b"a"], match.start())
        if begun[2] >= 0 and keys.get(b"m") == b"0":
            found.append((*begun[:2], match.end(), match.end() - begun[2]))
            begun = (0, b"", -1)
    return found


def _placed(data: bytes, times: _Times) -> list[Picture]:
    """Those that were sent to be seen at once, and those that were placed again."""
    shown = [(end, size, number) for number, action, end, size in _sent(data) if action == b"T"]
    shown += [(match.end(), len(match[0]), int(match[1])) for match in _PLACING.finditer(data)]
    return [Picture(times.of(end - 1), size, str(number)) for end, size, number in sorted(shown)]


def _others(data: bytes, times: _Times) -> list[Picture]:
    found: list[tuple[int, int, str]] = []
    start, payload = -1, b""
    for match in _TRANSMISSION.finditer(data):
        keys = match[1].split(b",")
        actions = [key for key in keys if key.startswith(b"a=")]
        if start < 0 and (actions in ([b"a=T"], [b"a=t"]) or (not actions and keys[0].startswith(b"i="))):
            start, payload = match.start(), b""
        if start < 0 or (actions and match.start() != start):
            continue
        payload += match[2] or b""
        if b"m=0" in keys:
            found.append((start, match.end(), _digest(payload)))
            start = -1
    pictures = []
    for number, (start, end, digest) in enumerate(found):
        limit = found[number + 1][0] if number + 1 < len(found) else len(data)
        last = data.rfind(_PLACEHOLDER, end, limit)
        if last < 0:
            continue  # its cells are not painted yet
        first = data.find(_PLACEHOLDER, end, limit)
        complete, nbytes = last + len(_PLACEHOLDER), end - start + last + len(_PLACEHOLDER) - first
        pictures.append(Picture(times.of(complete - 1), nbytes, digest))
    return pictures


def _halfblocks(data: bytes, times: _Times) -> list[Picture]:
    """Bursts of `▀` cells: two belong together unless the output rested between them for `QUIET` seconds."""
    pictures: list[Picture] = []
    start = last = -1
    at = data.find(_CELL)
    while at >= 0:
        if start >= 0 and times.of(at) - times.of(last) > QUIET:
            pictures.append(_burst(data, start, last, times))
            start = -1
        start = at if start < 0 else start
        last = at
        at = data.find(_CELL, at + 3)
    if start >= 0:
        pictures.append(_burst(data, start, last, times))
    return pictures


def _burst(data: bytes, start: int, last: int, times: _Times) -> Picture:
    body = data[start : last + 3]
    return Picture(times.of(last + 2), len(body), _digest(body))


# --- what every benchmark needs


def bytecode(scratch: Path) -> dict[str, str]:
    """Variables with which Python keeps compiled modules in `scratch`, as an installed program has them beside it."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(scratch / "bytecode")}


def private_state(scratch: Path) -> dict[str, str]:
    """Those, and variables that keep tuiqc's settings and recent batches of a benchmark out of the user's own."""
    return bytecode(scratch) | {
        name: str(scratch / "home" / folder)
        for name, folder in (
            ("XDG_STATE_HOME", "state"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_DATA_HOME", "data"),
        )
    }


def forget(scratch: Path, annotations: Path) -> None:
    """Remove what a session left, so that the next begins at the first image and not where that one stopped."""
    shutil.rmtree(scratch / "home", ignore_errors=True)
    for left in annotations.parent.glob(f"{annotations.name}*"):
        left.unlink()


def demo_batch(python: str, scratch: Path, images: int, size: int) -> Path:
    """A demo batch of that many images in `scratch`; made when it is not there."""
    import subprocess

    folder = scratch / f"demo_{images}_{size}"
    if not (folder / "truth.csv").exists():
        print(f"making {images} images of {size} x {size} in {folder}", flush=True)
        command = [python, "-m", "tuiqc", "demo", "--make", str(folder)]
        subprocess.run([*command, "--images", str(images), "--size", str(size)], check=True)
    return folder


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Median and range of some values."""
    if not values:
        return "none"
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f}, n={len(values)})"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def machine() -> str:
    """Load and cores: a figure taken beside other work is worth less, so every report begins with this."""
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, load {load} (1, 5, 15 minutes)"


def common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that every benchmark has."""
    import sys
    import tempfile

    default = Path(tempfile.gettempdir()) / "tuiqc-benchmarks"
    parser.add_argument(
        "--scratch",
        type=Path,
        default=default,
        metavar="DIR",
        help=f"folder for demo batches and annotations; what is there is used again (default: {default})",
    )
    parser.add_argument(
        "--python",
        default=sys.executable,
        metavar="PATH",
        help="Python that has tuiqc (default: the one that runs this)",
    )
