"""Things that are silently shown a second time, to see how far somebody agrees with themselves.

The second answers are kept in `<csv>.repeats.jsonl`: the annotations have one row per thing and annotator, and
that stays the first answer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tuiqc.files import atomic as disk
from tuiqc.files import read_safely
from tuiqc.qc.record import Subject


@dataclass(frozen=True, slots=True)
class Repeat:
    """A thing that was shown a second time: what was said first and then, by whom and when."""

    subject: Subject
    first: str
    second: str
    annotator: str
    time: str


def repeats_path(csv: Path) -> Path:
    """Return where the second answers are kept: the name of the CSV with ".repeats.jsonl" added."""
    return csv.with_name(csv.name + ".repeats.jsonl")


def record_repeat(csv: Path, repeat: Repeat) -> None:
    """Append a second answer; it is on disk when this returns. The annotations keep the first. Raises OSError."""
    path = repeats_path(csv)
    row = {"subject": list(repeat.subject), "first": repeat.first, "second": repeat.second}
    line = json.dumps({"v": 1, **row, "annotator": repeat.annotator, "time": repeat.time})
    handle = disk.open_to_append(path)
    try:
        # A half-written last line of a killed session must not take this one with it.
        disk.write_all(handle, b"\n" + line.encode("ascii") + b"\n", path)
        disk.fsync(handle, path)
    finally:
        os.close(handle)


def read_repeats(csv: Path, annotator: str | None = None) -> list[Repeat]:
    """Return the second answers (of one annotator, or of all), oldest first; broken lines are left out."""
    try:
        lines: Iterable[bytes] = read_safely(repeats_path(csv)).splitlines()
    except OSError:
        return []
    found = []
    for line in filter(None, lines):
        try:
            row = json.loads(line)
            level, image, layer, label, t = row["subject"]
            repeat = Repeat(
                Subject(str(level), str(image), str(layer), int(label), int(t)),
                str(row["first"]),
                str(row["second"]),
                str(row["annotator"]),
                str(row["time"]),
            )
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            continue
        if annotator in (None, repeat.annotator):
            found.append(repeat)
    return found
