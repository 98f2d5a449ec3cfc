"""Trials of the program in a pseudo-terminal: keys go in, and it is ended or refused the disk at random moments.

The program is started by a launcher that wraps `AnnotationStore.record_many` and `undo`, so that every verdict is
announced on a pipe before it is given, and after the program was told that it is on disk (or in the emergency file);
the launcher also installs faults (`fixtures/disk_faults.py`) or a clock that goes backwards. Nothing of this can be
switched on in the program itself.
"""

from __future__ import annotations

import os
import pty
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LAUNCHER = """
import json, os, random, sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

seed, mode, pipe, arguments = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:]
from tuiqc.qc import annotations, AnnotationStore, AnnotationWriteError
from fixtures.disk_faults import Faults

draw, count = random.Random(seed), 0

def tell(*what):
    os.write(pipe, (json.dumps(what) + "\\n").encode())

record_many, undo, opened = AnnotationStore.record_many, AnnotationStore.undo, AnnotationStore.open.__func__

def recording(self, changes):
    global count
    count += 1
    note = f"p{seed}.{count}"
    changes = [replace(one, note=note) for one in changes]
    tell("try", note, changes[0].verdict, [one.subject.label for one in changes])
    try:
        record_many(self, changes)
    except AnnotationWriteError:
        if self.emergency is not None:
            tell("ok", note)
        raise
    tell("ok", note)

def undoing(self):
    # It may be a step of an earlier session: what comes back is said.
    back = [
        [one.subject.label, one.was and [one.was.verdict, one.was.note]]
        for step in self._stacks.undo[-1:]
        for one in step.changes
    ]
    tell("undoing", back)
    try:
        return undo(self)
    finally:
        tell("undone", back)

def opening(cls, *given, **named):
    store = opened(cls, *given, **named)
    if mode == "faults":
        operations = ("open", "write", "fsync", "truncate", "rename", "link")
        Faults(seed, 0.2, operations, folder=store.path.parent).__enter__()
    os.write(pipe, b"ready\\n")
    return store

AnnotationStore.record_many, AnnotationStore.undo = recording, undoing
AnnotationStore.open = classmethod(opening)
if mode == "clock":
    def backwards():
        now = datetime.now(UTC) - timedelta(seconds=draw.uniform(0, 86400))
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    annotations.utc_now = backwards
from tuiqc.cli import main
sys.exit(main(arguments))
"""

VERDICTS = (b"p", b"f", b"u")


class Program:
    """The program in a pseudo-terminal of its own."""

    def __init__(
        self, batch: Path, csv: Path, seed: int, mode: str, environment: dict[str, str], *more: str
    ) -> None:
        self.terminal, slave = pty.openpty()
        self.pipe, told = os.pipe()
        arguments = [
            "open",
            str(batch),
            "--layer",
            "nuclei",
            "--annotations",
            str(csv),
            "--annotator",
            "me",
            *more,
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, str(seed), mode, str(told), *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            pass_fds=(told,),
            start_new_session=True,
            cwd=ROOT,
            env={
                **environment,
                "TUIQC_GRAPHICS": "halfblock",
                "TERM": "xterm-256color",
                "COLUMNS": "120",
                "LINES": "40",
            },
        )
        os.close(slave)
        os.close(told)
        self.heard = b""
        self.screen = b""

    def listen(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Take what the program writes for a time; a full terminal would hold it up."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            ready, _, _ = select.select([self.terminal, self.pipe], [], [], 0.01)
            for handle in ready:
                try:
                    data = os.read(handle, 65536)
                except OSError:
                    data = b""
                if handle == self.pipe:
                    self.heard += data
                else:
                    self.screen = (self.screen + data)[-200_000:]
            if self.process.poll() is not None and not ready:
                return

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self.terminal, keys)

    def end(self) -> bytes:
        """Take the rest of what was told, and see that nothing is left behind."""
        end = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < end:
            self.listen(0.1)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
            self.heard += b'["hung", ""]\n'
        self.listen(0.2)
        os.close(self.terminal)
        os.close(self.pipe)
        return self.heard


def run_one(
    batch: Path, csv: Path, seed: int, mode: str, environment: dict[str, str], counts: Counter[str]
) -> bytes:
    """One session: verdicts, now and then an undo or a save, and then its end. Returns what was told on the pipe."""
    draw = random.Random(seed)
    program = Program(batch, csv, seed, mode, environment)
    program.listen(30, lambda: b"ready\n" in program.heard)
    if draw.random() < 0.9:  # else keys are typed, and it may be ended, before the screen is there
        program.listen(30, lambda: b"quit" in program.screen)
        program.listen(0.3)
    program.press(b"\t")
    program.listen(0.1)
    if mode == "rival":
        rival = Program(batch, csv, seed + 1, "kill", environment)
        rival.listen(30, lambda: b"which?" in rival.screen)
        counts["rivals that were told who has the file"] += b"is open in a session of" in rival.screen
        rival.press(b"q\n")
        rival.end()
    for _ in range(draw.randrange(3, 14)):
        program.press(draw.choice(VERDICTS))
        if draw.random() < 0.15:
            program.listen(0.15)
            program.press(b"z")
        elif draw.random() < 0.1:
            program.press(b"\x13")
        program.listen(draw.choice([0.0, 0.02, 0.1, 0.2]))
    if mode == "faults" and draw.random() < 0.5:
        program.listen(0.5)
        program.press(b"q")
    else:
        program.listen(draw.uniform(0, 0.4))
        sign = draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
        counts[f"{sign.name} to the program"] += 1
        program.process.send_signal(sign)
    return program.end()
