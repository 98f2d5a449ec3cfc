"""A long walk over images and objects: memory before and after, and pictures alive in the terminal. For `preview.py`.

Memory grows as long as there are images that were not read yet and room for them: with the default 512 MB the caches
of random keys took 36 MB between 1,000 and 5,000 steps, of 61 in all (a batch of 48 images). What may not grow is the
rest, so that the caches are to be full at the first mark: `--cache-mb 16`, as `preview.py` has it for random keys.

The walk goes down the object table to its end and up again, then the same over the image table, and round. A key does
not wait for its picture, only for the first sign of life; every tenth is waited for. The stream is decoded as it comes
and dropped, so that this process does not grow instead.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

from picture_session import Session, verdict

DOWN, UP, TAB, BACK = b"\x1b[B", b"\x1b[A", b"\t", b"\x1b[Z"
SCREEN = (120, 30)
EVERY = 10
"""Which step is waited for."""
SIGN = 0.5
"""Seconds in which a key shows something, unless it is at an end of the table."""
BEFORE = 1_000
"""Steps after which memory is taken for the first time."""
REST = 3.0
"""What closed panels left goes after 1.5 s without a key; the watch tells it each second."""

_COMMAND = re.compile(rb"\x1b_G([^;\x1b]*)(?:;[^\x1b]*)?\x1b\\|\x1b\[0;48;2;0;0;0;38;2;(\d+);(\d+);(\d+)m")
_STARTS = {"sixel": rb"\x1bP[\d;]*q", "halfblock": rb"\x1b7\x1b\[0m\x1b\[\d+;\d+H"}
"""With what a picture begins that no terminal holds."""


class Stream:
    """Counts what a program sent: pictures and bytes; for kitty those that the terminal holds after each command, and
    how often what is in sight was none of them.
    """

    def __init__(self, protocol: str) -> None:
        self.kitty = protocol.startswith("kitty")
        self.start = None if self.kitty else re.compile(_STARTS[protocol])
        self.alive: set[bytes] = set()
        self.most = self.sent = self.shown = self.nbytes = self.blank = 0
        self._seen = b""
        self._rest = b""

    def take(self, data: bytes) -> None:
        """Go on with what came; a command that is cut at the end waits for its other half."""
        self.nbytes += len(data)
        data = self._rest + data
        cut = data.rfind(b"\x1b_G" if self.kitty else b"\x1b")
        whole = cut < 0 or b"\x1b\\" in data[cut:] or len(data) - cut > 1 << 20
        self._rest, data = (b"", data) if whole else (data[cut:], data[:cut])
        if self.start is not None:
            self.sent += len(self.start.findall(data))
            self.shown = self.sent
            return
        for match in _COMMAND.finditer(data):
            if match[2] is not None:  # cells in the colour that is the id of their picture
                red, green, blue = map(int, match.groups()[1:])
                self._see(b"%d" % (red << 16 | green << 8 | blue))
            else:
                self._command(dict(pair.split(b"=", 1) for pair in match[1].split(b",") if b"=" in pair))

    def _command(self, keys: dict[bytes, bytes]) -> None:
        action, number = keys.get(b"a"), keys.get(b"i")
        if number is None:
            return
        if action in (b"T", b"t"):
            self.alive.add(number)
            self.sent += 1
        elif action == b"d" and keys.get(b"d") == b"I":
            self.alive.discard(number)
        elif action == b"d" and number == self._seen:
            self._seen = b""  # hidden
        if action in (b"T", b"p") and b"U" not in keys:
            self._see(number)
        self.blank += bool(self._seen) and self._seen not in self.alive
        self.most = max(self.most, len(self.alive))

    def _see(self, number: bytes) -> None:
        self.shown += 1
        self._seen = number
        self.blank += number not in self.alive


def objects_of(folder: Path) -> int:
    """Rows of all object tables."""
    return sum(sum(1 for _ in csv.DictReader(path.open())) for path in folder.glob("*_nuclei.csv"))


def walk(objects: int, images: int) -> Iterator[bytes]:
    """Keys without end, beginning in the object table at its top."""
    for round_ in itertools.count():
        if round_ % 2 == 0:
            yield b"\r"  # centred and enlarged: each object is another picture
        yield from [DOWN] * objects
        yield from [UP] * objects
        yield BACK
        yield from [DOWN] * images
        yield from [UP] * images
        yield TAB


MOVES = (
    DOWN,
    UP,
    TAB,
    BACK,
    b"\x1b[C",
    b"\x1b[D",
    b"j",
    b"k",
    b"]",
    b"[",
    b"+",
    b"-",
    b"w",
    b"b",
    b"0",
    b"\r",
)
MARKS = (b"p", b"f", b"u", b"z", b"o", b"c", b"l", b"1", b" ", b"s")
PANELS = (b"d", b"C", b"a", b"%", b"@", b"!", b"J", b"#", b"?", b"v")
"""Keys that open a view, a panel or a question, each of which `escape` closes."""
VIEWS = (b"g", b"i", b"x", b"P", b"h", b"/", b"n")


def random_keys(seed: int = 1) -> Iterator[bytes]:
    """Keys of all kinds without end; what was opened is closed again."""
    draw = random.Random(seed)
    while True:
        kind = draw.random()
        if kind < 0.6:
            yield draw.choice(MOVES)
        elif kind < 0.8:
            yield draw.choice(MARKS)
        else:
            yield draw.choice(PANELS + VIEWS)
            yield from draw.choices(MOVES[:6], k=draw.randrange(3))
            yield b"\x1b"
            yield b"\x1b"


def held(pid: int) -> tuple[int, int]:
    """Threads and open files of a process."""
    place = Path(f"/proc/{pid}")
    return len(list((place / "task").iterdir())), len(list((place / "fd").iterdir()))


def wait_idle(pid: int, seconds: float = 60) -> None:
    """Wait until a process has done nothing for a second: on a busy machine it is behind the keys, and what it has
    still to close would be taken for memory that it keeps.
    """
    used, end = -1, time.monotonic() + seconds
    while time.monotonic() < end:
        before, fields = used, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used = int(fields[11]) + int(fields[12])
        if used - before <= 2 and before >= 0:
            return
        time.sleep(1)


def long_walk(arguments: argparse.Namespace, folder: Path, protocol: str) -> None:
    """`arguments.long` steps in one protocol, and what they cost."""
    from tuiqc.terminal.picture_store import MAX_IMAGES
    from tuiqc.ui.output import MOST_TILES

    count = arguments.long
    walked = arguments.keys == "walk"
    keys = walk(objects_of(folder), len(list(folder.glob("*_DNA.tif")))) if walked else random_keys()
    things: dict[int, tuple[int, int]] = {}
    stream, marks, silent = Stream(protocol), {}, 0
    with Session(arguments, folder, protocol, SCREEN) as session:
        terminal = session.terminal
        for piece in terminal.drop():
            stream.take(piece)
        start = time.monotonic()
        for number in range(1, count + 1):
            pressed = terminal.press(next(keys))
            while terminal.last_output() < pressed and time.monotonic() - pressed < SIGN:
                time.sleep(0.0005)
            silent += terminal.last_output() < pressed
            if terminal.ended:
                raise SystemExit(f"the program ended by itself at step {number}:\n{terminal.text()[-2000:]}")
            if walked and silent > count // 20:
                raise SystemExit(f"{silent} of {number} keys did nothing: the walk is stuck")
            if number % EVERY == 0:
                terminal.wait_quiet(0.06, 5)
                for piece in terminal.drop():
                    stream.take(piece)
            if number in (min(BEFORE, count // 2), count):
                wait_idle(terminal.pid)
                time.sleep(REST)
                marks[number] = session.watched()[-1][2]
                things[number] = held(terminal.pid)
        seconds = time.monotonic() - start
    (early, first), (late, last) = marks.items()
    print(f"  {protocol:12} {count} steps in {seconds:.0f} s: {stream.sent} pictures sent", end="")
    print(f", {stream.shown} shown, {stream.nbytes / 1e6:.0f} MB")
    print(f"  {'':12} memory at {early} steps {first / 1e3:.0f} MB, at {late} {last / 1e3:.0f} MB", end="")
    print(f": {verdict(last / first, 1.05)}", end="")
    print(f"; threads and files {' then '.join(map(str, things.values()))}", end="")
    # Sheets have a shelf of their own beside that of whole pictures; the walk opens none.
    most = MAX_IMAGES if walked else MAX_IMAGES + MOST_TILES
    alive = f"   alive in the terminal at most {verdict(stream.most, most)}" if stream.kitty else ""
    print(f"{alive}, blank {stream.blank} times" if stream.kitty else "", flush=True)
