"""The full history of an annotation file: every step ever taken, kept beside the CSV where that is wanted.

`<csv>.history.jsonl` takes the lines of the journal (`tuiqc.qc.journal`: who, when, what was before and after)
before the journal is emptied. Nothing in it is needed to open the annotations; it is append-only, and reading it
is reading JSON lines.
"""

from __future__ import annotations

import os
from pathlib import Path

from tuiqc.files import atomic as disk


def history_path(csv: Path) -> Path:
    """Return the history that belongs to the annotation CSV: its name with ".history.jsonl" added."""
    return csv.with_name(csv.name + ".history.jsonl")


def append_history(csv: Path, lines: bytes) -> None:
    """Append journal lines and return when they are on disk; those that it ends with already are left out.

    They are there already when the program was killed after this and before it emptied the journal.

    Raises
    ------
    OSError
        If it can't be written; what was there before stays readable.
    """
    if not lines:
        return
    path = history_path(csv)
    handle = disk.open_to_append(path)
    try:
        size = os.fstat(handle).st_size
        if not size:
            disk.sync_folder(path.parent)
        tail = os.pread(handle, len(lines) + 1, max(0, size - len(lines) - 1))
        new = lines[_already(tail, lines) :]
        if tail and not tail.endswith(b"\n"):
            new = b"\n" + new
        disk.write_all(handle, new, path)
        disk.fsync(handle, path)
    finally:
        os.close(handle)


def _already(tail: bytes, lines: bytes) -> int:
    """Return how many bytes of `lines`, up to the end of a line, `tail` ends with."""
    end = len(lines)
    while end > 0:
        if tail.endswith(lines[:end]):
            return end
        end = lines.rfind(b"\n", 0, end - 1) + 1
    return 0
