"""tuiqc in a pseudo-terminal, walked through key by key: what `preview.py` and `long_walk.py` share."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from terminal import KINDS, Terminal, forget, private_state

COLUMNS, ROWS, CELL = 100, 40, (8, 15)
SCREEN = (189, 46)
"""Cells of the terminal in which the picture's pane is 100 x 40."""
SILENCE = 0.12
HERE = Path(__file__).resolve().parent


def verdict(value: float, target: float, *, least: bool = False) -> str:
    """`value (target, met or MISSED)`."""
    met = value >= target if least else value <= target
    return f"{value:.2f} ({'>=' if least else '<='} {target:g}: {'met' if met else 'MISSED'})"


class Steps(NamedTuple):
    """Milliseconds to the last byte, bytes, and the longest stall (ms) of each step."""

    times: list[float]
    sizes: list[int]
    stalls: list[float]


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

    def steps(self, key: bytes, count: int, rest: float) -> Steps:
        """Press a key so often, each time when all was quiet for `rest` seconds."""
        times, sizes, stalls = steps = Steps([], [], [])
        for _ in range(count):
            pressed = self.terminal.press(key)
            self.terminal.wait_quiet(max(SILENCE, rest), 20)
            taken = before_ahead(p for p in self.terminal.taken(pressed) if p[0] <= pressed + 20)
            last = last_of_burst(taken, pressed)
            if last is None:
                continue
            times.append((last - pressed) * 1e3)
            sizes.append(sum(len(data) for moment, data in taken if moment <= last))
            stalls.append(
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


def last_of_burst(taken: list[tuple[float, bytes]], pressed: float) -> float | None:
    """When the last byte before a silence came."""
    last = None
    for moment, _ in taken:
        if last is not None and moment - last > SILENCE:
            break
        last = moment
    return last if last is not None and last - pressed < 15 else None
