"""How safe is a verdict, and what does it cost? Prints counts and ratios; ends with status 1 on a loss.

Usage: python tests/benchmarks/durability.py [--trials 500] [--steal 10000] [--program 60] [--large 1000000]
       [--folder DIR]

Each trial is a session of its own process that records verdicts (also in bulk), undoes and saves, and says on
a pipe what `record` has confirmed. It is ended by SIGKILL, SIGTERM or SIGHUP at a random moment, or works on a disk
that refuses writes, syncs, renames and truncations at random (`fixtures/disk_faults.py`), or has a rival: a second
process that wants the same file, or another program that rewrites the CSV. After each trial the file is opened
again and every confirmed verdict must be there, and pandas must read the CSV. A verdict that was refused with an
error but went to the emergency file counts as confirmed, since the person was told where it is.

With `--steal`, 2, 3, 5 and 10 sessions take the lock from each other all the time (`fixtures/rivals.py`), until so
many verdicts were confirmed with each.

Further trials run the program itself in a pseudo-terminal (`program_trials.py`): keys are typed, it is killed, hung up,
refused the disk, given a clock that goes backwards, or meets a second session.

The cost is the time of `AnnotationStore.record` held against a bare write and fsync of a line of the same length
in the same folder, in turns, at 10 annotations and at a large number.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import program_trials

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
sys.path.insert(0, str(TESTS))
Expected = dict[int, set[tuple[str, str] | None]]

SESSION = """
import json, random, sys, time
from pathlib import Path
from tuiqc.qc import Annotation, AnnotationStore, AnnotationWriteError, LockedError, Subject
from fixtures.disk_faults import Faults

path, seed, mode = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
draw = random.Random(seed)
faults = Faults(seed, 0.15, ("open", "write", "fsync", "truncate", "rename", "link"), folder=path.parent.resolve())
deadline = time.monotonic() + 5
while True:
    try:
        store = AnnotationStore.open(path, "me", ["well"], history=seed % 3 == 0)
        break
    except LockedError:
        if mode == "rival" and time.monotonic() > deadline:
            raise
        print("locked", flush=True)
        time.sleep(0.02)
steps = 0
print("ready", flush=True)
if mode == "faults":
    faults.__enter__()
end = time.monotonic() + draw.uniform(0.05, 0.4)
while mode in ("kill", "edited") or time.monotonic() < end:
    labels = [draw.randrange(300) for _ in range(draw.choice([1, 1, 1, 1, 5]))]
    word = draw.choice(["pass", "fail", "unsure"])
    note = f"{seed}.{steps}"
    print(json.dumps(["try", note, word, labels]), flush=True)
    told = True
    try:
        subjects = [Subject("object", "1", "n", n) for n in labels]
        store.record_many(Annotation(one, word, note=note, extra={"well": "1"}) for one in subjects)
    except AnnotationWriteError:
        told = store.emergency is not None
    if told:
        print(json.dumps(["ok", note]), flush=True)
    if draw.random() < 0.1:
        print(json.dumps(["undoing", note]), flush=True)
        try:
            store.undo()
        except AnnotationWriteError:
            told = store.emergency is not None
        print(json.dumps(["undone", note]), flush=True)
    if draw.random() < 0.08:
        try:
            store.save()
        except AnnotationWriteError:
            pass
    steps += 1
if mode == "faults" and draw.random() < 0.5:
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
try:
    store.close()
except AnnotationWriteError:
    pass
"""


class Session:
    """A process of a trial, and what it confirmed."""

    def __init__(self, path: Path, seed: int, mode: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SESSION, str(path), str(seed), mode],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=environment,
            bufsize=0,
        )

    def wait_ready(self) -> None:
        while self.process.stdout.readline() not in (b"ready\n", b""):
            pass

    def replay(self, expected: Expected, locked: Counter[str]) -> int:
        """Take what it told into account; returns the confirmed verdicts."""
        out, error = self.process.communicate(timeout=120)
        if error.strip():
            print(error.decode(), file=sys.stderr)
            locked["sessions that ended with an error"] += 1
        return replay(out, expected, locked)


def replay(out: bytes, expected: Expected, counts: Counter[str]) -> int:
    """Bring `expected` (label -> states that are allowed) up to date; returns how many verdicts were confirmed."""
    confirmed = 0
    before: Expected = {}
    for line in out.decode().splitlines(keepends=True):
        if line == "locked\n":
            counts["told that the file is locked"] += 1
        if not line.endswith("\n") or not line.startswith("["):
            continue
        what, note, *rest = json.loads(line)
        if what == "try":
            word, labels = rest
            before = {label: expected.get(label, {None}) for label in labels}
            for label in labels:
                expected[label] = before[label] | {(word, note)}
            tried = (word, labels)
        elif what == "ok":
            confirmed += len(set(tried[1]))
            for label in tried[1]:
                expected[label] = {(tried[0], note)}
        elif what in ("undoing", "undone") and isinstance(note, list):
            for label, was in note:
                kept = expected.get(label, {None}) if what == "undoing" else set()
                expected[label] = kept | {tuple(was) if was else None}
        elif what == "undoing":
            for label in before:
                expected[label] = before[label] | expected[label]
        elif what == "undone":
            expected.update(before)
        else:
            counts[what] += 1
    return confirmed


def look(path: Path, state: Path, expected: Expected) -> tuple[list[str], bool]:
    """What is lost, and whether the CSV can be read."""
    from tuiqc.qc import AnnotationStore

    os.environ["TUIQC_STATE_DIR"] = str(state)
    store = AnnotationStore.open(path, read_only=True)
    found: dict[int, tuple[str, str]] = {s.label: (row.verdict, row.note) for s, row in store.items()}
    lost = [
        f"label {label}: {found.get(label)} instead of one of {allowed}"
        for label, allowed in expected.items()
        if found.get(label) not in allowed
    ]
    for label in expected:
        expected[label] = {found.get(label)}
    readable = True
    if path.exists():
        import pandas as pd

        try:
            frame = pd.read_csv(path, dtype=str, keep_default_na=False)
            readable = {"level", "image", "label", "verdict"} <= set(frame.columns)
            readable &= frame["verdict"].isin(["", "pass", "fail", "unsure"]).all()
        except Exception as error:
            print(error, file=sys.stderr)
            readable = False
    return lost, bool(readable)


def rewrite(path: Path) -> None:
    """What a careful spreadsheet does: read the CSV, add a column, write it over if it is still the one it read.

    One that is not careful may write an old copy over what a session that is killed right then had just saved; no
    program can get that back. Sessions that go on do (`tests/qc/test_qc_sharing.py`).
    """
    import pandas as pd

    from tuiqc.files.identity import signature

    read = signature(path)
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError):
        return
    frame["remark"] = "seen"
    temporary = path.with_name("spreadsheet.tmp")
    frame.to_csv(temporary, index=False)
    if signature(path) == read:
        temporary.replace(path)


def trials(count: int, folder: Path, seed: int) -> int:
    """Run the trials; returns how many verdicts were lost or CSVs unreadable."""
    draw = random.Random(seed)
    counts: Counter[str] = Counter()
    confirmed = lost_in_all = unreadable = 0
    expected: dict[int, set[tuple[str, str] | None]] = {}
    path, state = folder / "a" / "qc_annotations.csv", folder / "state"
    path.parent.mkdir()
    environment = {**os.environ, "TUIQC_STATE_DIR": str(state), "PYTHONPATH": str(TESTS)}
    for number in range(count):
        mode = ("kill", "kill", "faults", "faults", "rival", "edited")[number % 6]
        session = Session(path, seed * 100_000 + number, mode, environment)
        session.wait_ready()
        sessions = [session]
        if mode == "rival":
            sessions.append(Session(path, seed * 100_000 + 50_000 + number, mode, environment))
        elif mode in ("kill", "edited"):
            time.sleep(draw.random() * 0.15)
            if mode == "edited":
                rewrite(path)
                time.sleep(draw.random() * 0.15)
            sign = draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
            session.process.send_signal(sign)
            counts[sign.name] += 1
        for one in sessions:
            confirmed += one.replay(expected, counts)
        counts[mode] += 1
        lost, readable = look(path, state, expected)
        for text in lost:
            print(f"trial {number} ({mode}): LOST {text}")
        lost_in_all += len(lost)
        unreadable += not readable
    kinds = ", ".join(f"{name} {n}" for name, n in counts.items())
    print(f"{count} trials ({kinds})")
    print(f"{confirmed} confirmed verdicts, {lost_in_all} lost, {unreadable} unreadable CSVs")
    return lost_in_all + unreadable


def stealing(count: int, folder: Path, seed: int) -> int:
    """Let sessions take the lock from each other; returns how many confirmed verdicts were lost."""
    from fixtures.rivals import compete, lost

    os.environ["TUIQC_STATE_DIR"] = str(folder / "state")
    lost_in_all = 0
    for sessions in (2, 3, 5, 10):
        counts: Counter[str] = Counter()
        confirmed = gone = files = 0
        while confirmed < count:
            path = folder / f"steal{sessions}" / str(files) / "q.csv"
            path.parent.mkdir(parents=True)
            found = compete(path, sessions, 1.5, seed * 1000 + files, counts)
            missing = lost(path, found)
            if missing:
                print(f"{path}: LOST {sorted(missing)[:5]}")
            confirmed, gone, files = confirmed + len(found), gone + len(missing), files + 1
        print(
            f"{sessions:2} sessions stealing at once: {files} files, {counts['closed']} openings, "
            f"{counts['robbed']} verdicts refused to the robbed and kept, {confirmed} confirmed, {gone} lost, "
            f"{counts['sessions that ended with an error']} sessions ended with an error",
            flush=True,
        )
        lost_in_all += gone + counts["sessions that ended with an error"]
    return lost_in_all


def in_the_program(count: int, folder: Path, seed: int) -> int:
    """Run trials of the program on the screen; returns how many verdicts were lost or CSVs unreadable."""
    from tuiqc.demo.demo_batch import make_batch

    batch, path, state = folder / "batch", folder / "b" / "qc_annotations.csv", folder / "state"
    make_batch(batch, images=1, size=256, workers=1)
    path.parent.mkdir()
    environment = {**os.environ, "TUIQC_STATE_DIR": str(state), "PYTHONPATH": str(TESTS)}
    expected: Expected = {}
    counts: Counter[str] = Counter()
    confirmed = lost_in_all = unreadable = 0
    for number in range(count):
        mode = ("kill", "faults", "kill", "clock", "rival")[number % 5]
        told = program_trials.run_one(batch, path, seed * 1000 + 2 * number, mode, environment, counts)
        confirmed += replay(told, expected, counts)
        counts[mode] += 1
        lost, readable = look(path, state, expected)
        for text in lost:
            print(f"program trial {number} ({mode}): LOST {text}")
        lost_in_all += len(lost)
        unreadable += not readable
    kinds = ", ".join(f"{name} {n}" for name, n in counts.items())
    print(f"{count} trials of the program in a pseudo-terminal ({kinds})")
    print(f"{confirmed} confirmed verdicts, {lost_in_all} lost, {unreadable} unreadable CSVs")
    return lost_in_all + unreadable + counts["hung"]


def cost(large: int, folder: Path, rounds: int = 400) -> None:
    """Print the cost of a verdict at 10 annotations and at `large`."""
    os.environ["TUIQC_STATE_DIR"] = str(folder / "state")
    from tuiqc.qc import Annotation, AnnotationStore, Subject
    from tuiqc.qc.csvfile import write_csv

    stores = {}
    for count in (10, large):
        path = folder / f"cost{count}.csv"
        rows = (
            (Annotation(Subject("object", str(i % 1000), "n", i), "pass", annotator="me"), {})
            for i in range(count)
        )
        write_csv(path, (), (), rows)
        start = time.perf_counter()
        stores[count] = AnnotationStore.open(path, "me")
        print(f"{count:,} annotations opened in {time.perf_counter() - start:.2f} s")
    draw = random.Random(1)

    def record(count: int) -> float:
        label = draw.randrange(count)
        change = Annotation(
            Subject("object", str(label % 1000), "n", label), "fail", centre_x=1.5, centre_y=2.5, area=99
        )
        start = time.perf_counter()
        stores[count].record(change)
        return time.perf_counter() - start

    record(10), record(large)
    journal = stores[10].path.with_name(stores[10].path.name + ".journal")
    line = b"x" * (journal.stat().st_size - 1) + b"\n"
    handle = os.open(folder / "bare", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def bare() -> float:
        start = time.perf_counter()
        os.write(handle, line)
        os.fsync(handle)
        return time.perf_counter() - start

    times: dict[str, list[float]] = {"bare": [], "10": [], "large": []}
    for _ in range(rounds):
        times["bare"].append(bare())
        times["10"].append(record(10))
        times["large"].append(record(large))
    for name, values in times.items():
        ordered = sorted(values)
        median, late = ordered[len(ordered) // 2] * 1e6, ordered[int(len(ordered) * 0.95)] * 1e6
        print(f"{name:>6}: median {median:7.0f} µs, p95 {late:7.0f} µs")
    middle = {name: statistics.median(values) for name, values in times.items()}
    tail = {name: sorted(values)[int(len(values) * 0.95)] for name, values in times.items()}
    print(
        f"ratio to bare write+fsync: median {middle['10'] / middle['bare']:.2f} at 10, "
        f"{middle['large'] / middle['bare']:.2f} at {large:,}; p95 {tail['10'] / tail['bare']:.2f} and "
        f"{tail['large'] / tail['bare']:.2f}; {large:,} to 10: {middle['large'] / middle['10']:.2f}"
    )
    os.close(handle)


def main() -> int:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--steal", type=int, default=0, help="verdicts of sessions that rob each other")
    parser.add_argument("--program", type=int, default=60, help="trials of the program in a pseudo-terminal")
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to write (default: a temporary folder)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        bad = trials(arguments.trials, Path(name), arguments.seed) if arguments.trials else 0
        if arguments.steal:
            bad += stealing(arguments.steal, Path(name), arguments.seed)
        if arguments.program:
            bad += in_the_program(arguments.program, Path(name), arguments.seed)
        if arguments.large:
            cost(arguments.large, Path(name))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
