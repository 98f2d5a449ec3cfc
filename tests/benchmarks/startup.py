"""How long from exec to the first complete picture?

Measured, in alternating repeats of one run, each a fresh process with a warm page cache and compiled modules:

- `tuiqc open` on the 8 wells by named patterns, and on 1,000 demo images with 1,000 tables in each of two layers: from
  fork to the last byte of the first complete picture, in a pseudo-terminal of 120 x 40 cells of 8 x 17 pixels that
  answers as xterm with sixel does (`--terminal` for others; `terminal.py` says what counts as complete);
- `python -c "import textual.app, pandas"` with the same Python: from fork to its end. It is the floor of any program
  with such a screen and such tables;
- with `--napari-python`, napari showing the same first image, mask and table: from fork to its first paint.

Reported: medians and ranges in seconds, and the ratios tuiqc / floor and tuiqc / napari as medians of the ratios within
each repeat. Targets: at most 1.6 x the floor for the wells, 2.0 x for the 1,000 images, 0.3 x napari.

Also told, without a target: when the screen has come to rest, how many pictures were sent until then, and for the 1,000
images when all tables have been read.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from terminal import (
    KINDS,
    WELLS,
    Terminal,
    bytecode,
    common_arguments,
    demo_batch,
    forget,
    machine,
    private_state,
    spread,
)

FLOOR = "import textual.app, pandas"
TIMEOUT = 60.0
NAPARI = Path(__file__).with_name("napari_first_paint.py")


@dataclass
class Case:
    """A batch that is opened: how tuiqc gets it, and the image, mask and table that napari gets."""

    name: str
    target: float
    arguments: list[str]
    first: tuple[Path, Path, Path]
    tuiqc: list[float] = field(default_factory=list)
    at_rest: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    napari: list[float] = field(default_factory=list)


def cases(wells: Path, demo: Path | None) -> list[Case]:
    """The batches; the wells are left out when they are not there."""
    found = []
    if wells.is_dir():
        found.append(
            Case(
                "8 wells",
                1.6,
                [
                    "--images", f"DNA={wells}/Well_{{well}}_C0.tif",
                    "--images", f"PLA={wells}/Well_{{well}}_C1.tif",
                    "--labels", f"nuclei={wells}/Well_{{well}}_nuclei_labels.tiff",
                    "--table", f"nuclei={wells}/Well_{{well}}_nuclei.txt",
                ],
                (
                    wells / "Well_1_C0.tif",
                    wells / "Well_1_nuclei_labels.tiff",
                    wells / "Well_1_nuclei.txt",
                ),
            )
        )  # fmt: skip
    else:
        print(f"8 wells: skipped, no folder {wells}")
    if demo is not None:
        stem = demo / "plate1_A01_s1"
        found.append(
            Case(
                "1,000 images",
                2.0,
                [str(demo)],
                (Path(f"{stem}_DNA.tif"), Path(f"{stem}_nuclei_labels.tif"), Path(f"{stem}_nuclei.csv")),
            )
        )
    return found


def time_floor(python: str, scratch: Path) -> float:
    """Seconds of the floor, whole process."""
    environ = os.environ | bytecode(scratch)
    start = time.monotonic()
    subprocess.run([python, "-c", FLOOR], check=True, stdin=subprocess.DEVNULL, env=environ)
    return time.monotonic() - start


def time_tuiqc(case: Case, python: str, terminal: str, scratch: Path, settle: float) -> None:
    """Open once; append what was seen to the case."""
    annotations = scratch / "startup_annotations.csv"
    forget(scratch, annotations)
    command = [python, "-m", "tuiqc", "open", *case.arguments, "--annotations", str(annotations)]
    with Terminal(command, KINDS[terminal], environ=private_state(scratch)) as running:
        picture = running.wait_for_picture(0.0, TIMEOUT)
        if picture is None:
            raise SystemExit(f"{case.name}: no picture; the program wrote:\n{running.text()[-2000:]}")
        running.wait_quiet(settle, TIMEOUT)
        case.tuiqc.append(picture.time - running.started)
        case.at_rest.append(running.last_output() - running.started)
        pictures = running.pictures(0.0)
        case.sent.append(len(pictures))
        running.press(b"q")
        running.wait_quiet(0.2, 5.0)


def time_napari(case: Case, python: str, environ: dict[str, str]) -> None:
    """Show the first image in napari once."""
    start = time.monotonic()
    command = [python, str(NAPARI), repr(start), *map(str, case.first)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **environ})
    case.napari.append(float(told.stdout.split()[-1]))


@contextlib.contextmanager
def display() -> Iterator[dict[str, str]]:
    """Variables with a display: the present one, or an Xvfb of our own for the time of the benchmark."""
    if os.environ.get("DISPLAY"):
        yield {}
        return
    if shutil.which("Xvfb") is None:
        raise SystemExit("napari needs a display: set DISPLAY or install xvfb")
    receive, send = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(send), "-screen", "0", "1600x1000x24"],
        pass_fds=[send],
        stderr=subprocess.DEVNULL,
    )
    os.close(send)
    try:
        with os.fdopen(receive) as answer:
            yield {"DISPLAY": f":{answer.readline().strip()}"}
    finally:
        server.terminate()
        server.wait()


def ratios(values: list[float], floor: list[float]) -> list[float]:
    """Ratios within each repeat."""
    return [value / other for value, other in zip(values, floor, strict=True)]


def report(found: list[Case], floor: list[float]) -> None:
    """Print medians, ranges and ratios."""
    print(f"floor            {spread(floor)} s   python -c {FLOOR!r}")
    for case in found:
        ratio = ratios(case.tuiqc, floor)
        verdict = "met" if statistics.median(ratio) <= case.target else "MISSED"
        print(f"\n{case.name}")
        print(f"  first picture  {spread(case.tuiqc)} s")
        print(f"  / floor        {spread(ratio, 2)}   target {case.target}: {verdict}")
        if case.napari:
            share = ratios(case.tuiqc, case.napari)
            verdict = "met" if statistics.median(share) <= 0.3 else "MISSED"
            print(f"  napari paints  {spread(case.napari)} s")
            print(f"  / napari       {spread(share, 2)}   target 0.3: {verdict}")
        print(f"  at rest        {spread(case.at_rest)} s, pictures sent until then: {case.sent}")


def main() -> None:
    """Parse the arguments, measure, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    common_arguments(parser)
    parser.add_argument("--wells", type=Path, default=WELLS, metavar="DIR", help="folder of the 8 wells")
    parser.add_argument("--images", type=int, default=1000, help="demo images; 0 for none (default: 1000)")
    parser.add_argument("--size", type=int, default=512, help="their rows and columns (default: 512)")
    parser.add_argument("--repeats", type=int, default=7, help="(default: 7)")
    parser.add_argument("--terminal", choices=KINDS, default="sixel", help="(default: sixel)")
    parser.add_argument(
        "--settle", type=float, default=1.0, help="seconds of quiet that count as rest (default: 1)"
    )
    parser.add_argument("--napari-python", metavar="PATH", help="Python that has napari; without: no napari")
    arguments = parser.parse_args()
    arguments.scratch.mkdir(parents=True, exist_ok=True)
    napari = (
        arguments.napari_python if arguments.napari_python and Path(arguments.napari_python).exists() else ""
    )
    print(machine())
    if not napari:
        asked = arguments.napari_python
        print(f"napari: skipped, {f'{asked} is not there' if asked else 'no --napari-python'}")
    demo = None
    if arguments.images:
        demo = demo_batch(arguments.python, arguments.scratch, arguments.images, arguments.size)
    found = cases(arguments.wells.resolve(), demo)
    floor: list[float] = []
    with display() if napari else contextlib.nullcontext({}) as environ:
        for repeat in range(-1, arguments.repeats):  # the first warms the page cache and is not counted
            if repeat == 0:
                floor.clear()
                for case in found:
                    for values in (case.tuiqc, case.at_rest, case.sent, case.napari):
                        values.clear()
            floor.append(time_floor(arguments.python, arguments.scratch))
            for case in found:
                time_tuiqc(case, arguments.python, arguments.terminal, arguments.scratch, arguments.settle)
                if napari:
                    time_napari(case, napari, environ)
    report(found, floor)
    print(machine())


if __name__ == "__main__":
    main()
