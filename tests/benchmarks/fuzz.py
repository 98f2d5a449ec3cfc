"""What becomes of damaged files? Reads so many of each kind, prints how it ended; status 1 if one ended badly.

Usage: python tests/benchmarks/fuzz.py [--files 10000] [--only NAME] [--seed 0] [--seconds 5] [--mb 512] [--keep DIR]

Each kind (`fixtures/hostile_files.py`) is read in a process of its own, which is started again when a file ends it.
Counted are: read, refused (with an error of ours that names the file), traceback, hang (more processor time than
`--seconds`, or ten times as long by the clock), crash, and more memory than `--mb`.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

FAULTS = ("traceback", "hang", "crash", "memory")


class HangError(BaseException):
    """No `except Exception` may take it for an error of the file."""


def _resident(kind: str) -> int:
    """Kilobytes that this process has now ("VmRSS") or had at most ("VmHWM")."""
    found = re.search(rf"{kind}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1])


def child(arguments: argparse.Namespace, folder: Path) -> None:
    """Read files from a number on; a line for each that tells its number and how it ended."""
    from fixtures.damage import broken, outcome
    from fixtures.hostile_files import READERS

    def hang(*_: object) -> None:
        raise HangError

    signal.signal(signal.SIGPROF, hang)
    signal.signal(signal.SIGALRM, hang)
    reader = next(one for one in READERS if one.name == arguments.only)
    for name in ("CONFIG", "STATE", "CACHE"):
        os.environ[f"TUIQC_{name}_DIR"] = str(folder / name.lower())
    (folder / "good").mkdir(exist_ok=True)
    good = list(reader.make(folder))
    path = reader.place(folder / "bad")
    for data in good:
        path.write_bytes(reader.pack(data))
        assert outcome(reader, path) == "read"
    clear = Path("/proc/self/clear_refs")
    for number in range(arguments.first, arguments.files):
        path.write_bytes(broken(reader, good, arguments.seed * 1_000_003 + number))
        print(f"{number} begin", flush=True)
        clear.write_text("5")
        before = _resident("VmRSS")
        signal.setitimer(signal.ITIMER_PROF, arguments.seconds)
        signal.setitimer(signal.ITIMER_REAL, arguments.seconds * 10)
        try:
            said = outcome(reader, path)
        except HangError:
            said = "hang"
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            said = (
                f"traceback {type(error).__name__}: {str(error)[:200]!r} at {where.filename}:{where.lineno}"
            )
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
        if _resident("VmHWM") - before > arguments.mb * 1024:
            said = f"memory {(_resident('VmHWM') - before) >> 10} MB"
        print(f"{number} {said}", flush=True)
        if said.split()[0] in FAULTS and arguments.keep:
            arguments.keep.mkdir(parents=True, exist_ok=True)
            (arguments.keep / f"{number}_{path.name}").write_bytes(path.read_bytes())


def run(name: str, arguments: argparse.Namespace) -> Counter[str]:
    """Read all files of one kind; prints the first faults of each sort."""
    counts: Counter[str] = Counter()
    told: Counter[str] = Counter()
    first = 0
    with tempfile.TemporaryDirectory() as folder:
        while first < arguments.files:
            options = ["--only", name, "--first", str(first), "--child", folder]
            for option in ("files", "seed", "seconds", "mb", "keep"):
                if getattr(arguments, option) is not None:
                    options += [f"--{option}", str(getattr(arguments, option))]
            last, ended = first, True
            for line in _lines([sys.executable, __file__, *options], arguments.seconds * 12):
                number, _, said = line.partition(" ")
                last, ended = int(number), said != "begin"
                if ended:
                    _count(counts, told, last, said)
            if not ended:
                _count(counts, told, last, "crash or hang outside of Python")
            elif last == first < arguments.files - 1:
                raise SystemExit(f"{name}: nothing was read")
            first = last + 1
    return counts


def _lines(command: list[str], seconds: float) -> Iterator[str]:
    """Lines of a child; one that says nothing for so long is ended."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        timer = Timer(seconds, process.kill)
        timer.start()
        for line in process.stdout:
            timer.cancel()
            timer = Timer(seconds, process.kill)
            timer.start()
            yield line.rstrip()
        timer.cancel()


def _count(counts: Counter[str], told: Counter[str], number: int, said: str) -> None:
    sort = said.split()[0]
    counts[sort] += 1
    if sort in FAULTS:
        told[said] += 1
        if told[said] == 1 and len(told) <= 12:
            print(f"    {number}: {said}", flush=True)


def main() -> None:
    """Read what the arguments ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--only")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--mb", type=int, default=512)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        child(arguments, arguments.child)
        return
    from fixtures.hostile_files import READERS

    total: Counter[str] = Counter()
    print(
        f"{'kind':16}{'files':>8}{'read':>8}{'refused':>9}{'traceback':>11}{'hang':>6}{'crash':>7}{'memory':>8}    s"
    )
    for reader in READERS:
        if arguments.only not in (None, reader.name):
            continue
        start = time.monotonic()
        counts = run(reader.name, arguments)
        total += counts
        _line(reader.name, counts, time.monotonic() - start)
    _line("all", total, 0)
    sys.exit(any(total[fault] for fault in FAULTS))


def _line(name: str, counts: Counter[str], seconds: float) -> None:
    widths = (("read", 8), ("refused", 9), ("traceback", 11), ("hang", 6), ("crash", 7), ("memory", 8))
    cells = "".join(f"{counts[sort]:>{width}}" for sort, width in widths)
    print(f"{name:16}{sum(counts.values()):>8}{cells}{seconds:>5.0f}", flush=True)


if __name__ == "__main__":
    main()
