"""tuiqc in a pseudo-terminal, walked through key by key: what `preview.py` and `long_walk.py` share."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from terminal import KINDS, Picture, Terminal, forget, private_state

COLUMNS, ROWS, CELL = 100, 40, (8, 15)
SCREEN = (189, 46)
"""Cells of the terminal in which the picture's pane is 100 x 40."""
FIRST_ROW = 4
"""Line of the terminal, from 1, in which the image table's first row stands."""
SILENCE = 0.12
TIMEOUT = 20.0
HERE = Path(__file__).resolve().parent


def verdict(value: float, target: float, *, least: bool = False) -> str:
    """`value (target, met or MISSED)`."""
    met = value >= target if least else value <= target
    return f"{value:.2f} ({'>=' if least else '<='} {target:g}: {'met' if met else 'MISSED'})"


class Steps(NamedTuple):
    """Milliseconds to the last byte, bytes, the longest stall (ms) and milliseconds to the first new picture."""

    times: list[float]
    sizes: list[int]
    stalls: list[float]
    firsts: list[float]


class Session:
    """tuiqc in a terminal, watched."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        folder: Path,
        protocol: str,
        screen: tuple[int, int] = SCREEN,
        *,
        objects: bool = True,
    ):
        scratch, self.objects = arguments.scratch, objects
        notes = scratch / "preview_annotations.csv"
        forget(scratch, notes)
        self.log = scratch / "watch.log"
        command = [arguments.python, str(HERE / "watched.py"), str(self.log), "open"]
        for option, name in (
            ("--images", "DNA={well}_DNA.tif"),
            ("--labels", "nuclei={well}_nuclei_labels.tif"),
            ("--table", "nuclei={well}_nuclei.csv"),
        ):
            left, _, right = name.partition("=")
            command += [option, f"{left}={folder}/{right}"]
        command += ["--annotations", str(notes), "--budget", "none", "--dialect", "cellprofiler"]
        if cache := getattr(arguments, "cache_mb", None):
            command += ["--cache-mb", str(cache)]
        self.terminal = Terminal(
            command,
            KINDS[protocol],
            columns=screen[0],
            rows=screen[1],
            cell=CELL,
            environ=private_state(scratch),
        )

    def __enter__(self) -> Session:
        self.terminal.__enter__()
        terminal = self.terminal
        if terminal.wait_for_picture(0.0, 60) is None:
            raise SystemExit(f"no picture; the program wrote:\n{terminal.text()[-2000:]}")
        terminal.wait_quiet(1.5, 60)
        for _ in range(4 if self.objects else 0):  # to the object table
            pressed = terminal.press(b"\x1b[B")
            terminal.wait_quiet(0.4, 20)
            if re.search(r" · nuclei \d+ (?!objects)", terminal.text(pressed)):
                break
            terminal.press(b"\t")
            terminal.wait_quiet(0.4, 20)
        return self

    def __exit__(self, *error: object) -> None:
        self.terminal.press(b"q")
        self.terminal.wait_quiet(0.3, 3)
        self.terminal.__exit__(*error)

    def steps(self, keys: Iterable[bytes], rest: float) -> Steps:
        """Press these keys, each when all was quiet for `rest` seconds after the new picture."""
        terminal, steps = self.terminal, Steps([], [], [], [])
        for key in keys:
            seen = terminal.pictures(0.0)
            pressed = terminal.press(key)
            first = terminal.wait_for_picture(pressed, TIMEOUT, other_than(seen, terminal.kind.protocol))
            terminal.wait_quiet(max(SILENCE, rest), TIMEOUT)
            if first is None:
                continue
            taken = before_ahead(terminal.taken(pressed))
            last = last_of_burst(taken, pressed, first.time)
            steps.firsts.append((first.time - pressed) * 1e3)
            steps.times.append((last - pressed) * 1e3)
            steps.sizes.append(sum(len(data) for moment, data in taken if moment <= last))
            steps.stalls.append(
                1e3 * max((s for m, s, _ in self.watched() if pressed <= m <= last + 0.05), default=0)
            )
        return steps

    def watched(self) -> list[tuple[float, float, int]]:
        """Lines of the log: time, stall in seconds, kB of memory."""
        if not self.log.exists():
            return []
        lines = re.findall(r"^([\d.]+) ([\d.]+) (\d+)$", self.log.read_text(), re.MULTILINE)
        return [(float(a), float(b), int(c)) for a, b, c in lines]


def before_ahead(pieces: Iterable[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
    """Output up to the picture that is sent before it is wanted: it belongs to the next step."""
    found = []
    for moment, data in pieces:
        cut = data.find(b"\x1b_Ga=t,")
        if cut >= 0:
            return [*found, (moment, data[:cut])] if cut else found
        found.append((moment, data))
    return found


def click_on(row: int) -> bytes:
    """A click on a row of the image table, which nobody foresees (SGR, as xterm encodes it)."""
    place = f"\x1b[<0;20;{row + FIRST_ROW}"
    return f"{place}M{place}m".encode()


def other_than(seen: Sequence[Picture], protocol: str) -> Callable[[Picture], bool]:
    """Whether a picture is not the one that was seen last; half-blocks are painted anew only for another one."""
    last = seen[-1].digest if seen and protocol != "halfblock" else ""
    return lambda picture: picture.digest != last


def last_of_burst(taken: list[tuple[float, bytes]], pressed: float, shown: float) -> float:
    """When the last byte before a silence came; what came before the picture was `shown` has no end of its own.

    A picture may come long after the rows, whose silence is not the end; a coarse one is not the last.
    """
    last = pressed
    for moment, _ in taken:
        if moment > shown and moment - last > SILENCE:
            break
        last = moment
    return last
