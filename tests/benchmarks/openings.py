"""Does a panel or view leave something behind that is opened and closed two hundred times? Memory, threads, files.

Usage: python tests/benchmarks/openings.py [--protocols kitty] [--times 200] [--keys % i g …] [--limit 1.05]

Every key that opens something (each view, panel, list and question of the program) is pressed in a session of its own,
and what it opened is closed by `escape`; memory is taken after a tenth of the openings and at the end, each time when
the program had rested. Status 1 if one grew by more than the limit, or kept threads or files.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from long_walk import REST, held, wait_idle
from picture_session import verdict
from terminal import KINDS, Terminal, common_arguments, demo_batch, forget, machine, private_state

OPENING = (
    *"gGxPthvVW",  # views
    *"%@!?#dcCiIaFJEKNABQr*n/",  # panels, lists, questions
    *("\x06", "\x07", "\x0f", "\x10", "\x14"),  # ctrl+f, ctrl+g, ctrl+o, ctrl+p, ctrl+t
)
MOVIES = "t"
"""Keys that want a batch with time."""
SPARE = 2
"""Threads and files that may have been begun since the first openings: workers start when they are needed."""


def resident(pid: int) -> float:
    """Megabytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def openings(arguments: argparse.Namespace, folder: Path, protocol: str, key: str) -> bool:
    """Open and close; tells what it cost, and returns whether that is all right."""
    notes = arguments.scratch / "openings.csv"
    forget(arguments.scratch, notes)
    command = [arguments.python, "-m", "tuiqc", "open", str(folder), "--annotations", str(notes)]
    marks: list[tuple[float, tuple[int, int]]] = []
    early = max(arguments.times // 10, 1)
    with Terminal(
        command, KINDS[protocol], columns=120, rows=30, environ=private_state(arguments.scratch)
    ) as terminal:
        if terminal.wait_for_picture(0.0, 60) is None:
            raise SystemExit(f"no picture; the program wrote:\n{terminal.text()[-2000:]}")
        terminal.wait_quiet(1.0, 60)
        terminal.press(b"\t")
        for number in range(1, arguments.times + 1):
            for pressed in (key.encode(), b"\x1b", b"\x1b"):
                terminal.press(pressed)
                terminal.wait_quiet(0.05, 3)
            terminal.drop()
            if terminal.ended:
                print(f"  {protocol:10} {key!r:7} ended by itself after {number} openings", flush=True)
                return False
            if number in (early, arguments.times):
                wait_idle(terminal.pid)
                time.sleep(REST)
                marks.append((resident(terminal.pid), held(terminal.pid)))
        terminal.press(b"q")
        terminal.wait_quiet(0.3, 3)
    (first, few), (last, many) = marks[0], marks[-1]
    kept = [now - before for before, now in zip(few, many, strict=True)]
    print(
        f"  {protocol:10} {key!r:7} {first:5.0f} -> {last:5.0f} MB: {verdict(last / first, arguments.limit)}"
        f"; threads and files {few} -> {many}",
        flush=True,
    )
    return last / first <= arguments.limit and max(kept) <= SPARE


def main() -> int:
    """Open what the arguments name."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    common_arguments(parser)
    parser.add_argument("--protocols", nargs="+", choices=KINDS, default=["kitty"])
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--keys", nargs="+", default=OPENING)
    parser.add_argument("--limit", type=float, default=1.05)
    arguments = parser.parse_args()
    images = demo_batch(arguments.python, arguments.scratch, 6, 256)
    movie = arguments.scratch / "demo_movie"
    if MOVIES in arguments.keys and not movie.exists():
        subprocess.run(
            [arguments.python, "-m", "tuiqc", "demo", "tracking", "--make", str(movie)], check=True
        )
    print(machine(), flush=True)
    good = [
        openings(arguments, movie if key in MOVIES else images, protocol, key)
        for protocol in arguments.protocols
        for key in arguments.keys
    ]
    print(machine())
    return int(not all(good))


if __name__ == "__main__":
    raise SystemExit(main())
