"""What does `tuiqc look` cost beside the first picture of `tuiqc open`? Both of the same image and mask, in turns.

Usage: python tests/benchmarks/look.py [--repeats 7] [--terminal sixel]

Reported are seconds by the clock and of the processor from exec to the last byte of the picture, as medians, and the
ratios look / open as medians of those of each repeat. Target: under 0.5.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import os

from picture_session import verdict
from terminal import KINDS, Terminal, common_arguments, demo_batch, forget, machine, private_state, spread


def processor_seconds(pid: int) -> float:
    """Seconds of the processor that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_picture(command: list[str], kind: str, scratch: Path) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    with Terminal(command, KINDS[kind], columns=120, rows=40, environ=private_state(scratch)) as terminal:
        picture = terminal.wait_for_picture(0.0, 60)
        if picture is None:
            raise SystemExit(f"no picture; the program wrote:\n{terminal.text()[-2000:]}")
        return picture.time - terminal.started, processor_seconds(terminal.pid)


def main() -> None:
    """Measure, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    common_arguments(parser)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--terminal", choices=KINDS, default="sixel")
    arguments = parser.parse_args()
    folder = demo_batch(arguments.python, arguments.scratch, 6, 512)
    image = sorted(folder.glob("*_DNA.tif"))[0]
    mask = sorted(folder.glob("*_nuclei_labels.tif"))[0]
    notes = arguments.scratch / "look.csv"
    program = [arguments.python, "-m", "tuiqc"]
    commands = {
        "open": [
            *program,
            "open",
            "--images",
            str(image),
            "--labels",
            str(mask),
            "--annotations",
            str(notes),
        ],
        "look": [*program, "look", str(image), str(mask)],
    }
    print(machine(), flush=True)
    times: dict[str, list[tuple[float, float]]] = {"open": [], "look": []}
    for repeat in range(arguments.repeats + 1):
        for name, command in commands.items():
            forget(arguments.scratch, notes)
            taken = first_picture(command, arguments.terminal, arguments.scratch)
            if repeat:  # the first fills caches
                times[name].append(taken)
            time.sleep(0.2)
    for at, what in enumerate(("clock", "processor")):
        found = {name: [one[at] for one in taken] for name, taken in times.items()}
        ratio = statistics.median(a / b for a, b in zip(found["look"], found["open"], strict=True))
        print(f"{what:10} open {spread(found['open'])}  look {spread(found['look'])}  {verdict(ratio, 0.5)}")
    print(machine())


if __name__ == "__main__":
    main()
