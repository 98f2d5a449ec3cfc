"""Damaged files of every kind that is read: something comes of each, or an error that names it. Nothing else."""

from __future__ import annotations

import os
import re
import signal
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.damage import Reader, broken, outcome
from fixtures.hostile_files import READERS

from tuiqc.cli import main
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError
from tuiqc.qc.journal import parse_journal
from tuiqc.qc.lock import this_process

FILES = int(os.environ.get("TUIQC_TEST_FILES", "500"))
"""Damaged files of each kind, 1 to 5 ms each; `benchmarks/fuzz.py` reads 10,000."""
SECONDS = 5
MEGABYTES = 512


class HangError(BaseException):
    """More processor time than a file may take; no `except Exception` takes it for an error of the file."""


def _hang(*_: object) -> None:
    raise HangError


def _megabytes(kind: str) -> int:
    """Memory of this process now ("VmRSS") or at most ("VmHWM")."""
    found = re.search(rf"{kind}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) >> 10


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
@pytest.mark.timeout(60)
def test_damaged_files_are_read_or_refused(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that loops in itself is ended by the time of the test; `benchmarks/fuzz.py` goes on without it."""
    good = list(reader.make(tmp_path))
    path = reader.place(tmp_path / "bad")
    ends: Counter[str] = Counter()
    for data in good:
        path.write_bytes(reader.pack(data))
        assert outcome(reader, path) == "read", "what is not damaged is read"
    Path("/proc/self/clear_refs").write_text("5")
    before = _megabytes("VmRSS")
    old = signal.signal(signal.SIGVTALRM, _hang)
    try:
        for seed in range(FILES // reader.slow):
            path.write_bytes(broken(reader, good, seed))
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            try:
                ends[outcome(reader, path)] += 1
            except (Exception, HangError) as error:
                pytest.fail(f"seed {seed}: {type(error).__name__}: {error}")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, old)
    assert sum(ends.values()) == FILES // reader.slow
    assert _megabytes("VmHWM") - before < MEGABYTES


def test_a_journal_line_of_other_kinds_is_damage_and_no_end() -> None:
    """Found by 1,500 damaged journals: what is empty and no text was taken for a text."""
    row = '{"v": 1, "at": "", "by": "", "id": "", "changes": [{"level": "object", "image": "A", "layer": "n"'
    rest = ', "label": 1, "t": 0, "who": %s, "to": {"verdict": "pass", "extra": {"well": %s}}}]}'
    for who, extra in (("{}", '"A"'), ("[]", '"A"'), ('"me"', "{}"), ('"me"', "1")):
        assert parse_journal((row + rest % (who, extra) + "\n").encode()).damaged == 1, (who, extra)
    assert parse_journal((row + rest % ('"me"', '"A"') + "\n").encode()).damaged == 0


def test_a_lock_of_a_process_that_no_system_has_is_one_of_somebody_unknown() -> None:
    """Found by 10,000 damaged locks: a number too large for the system ended the program."""
    for pid in (2**31, 10**30, -1, 0):
        assert replace(this_process(), pid=pid).alive is None


def test_what_a_library_says_of_a_damaged_file_is_cut(tmp_path: Path) -> None:
    """Found by 10,000 damaged arrays: a ZIP file whose directory disagrees was quoted whole, 3,000 characters."""
    assert len(str(InputError("x" * 100_000, path=tmp_path / "a.npz", expected="masks"))) < 1_200


def test_the_program_prints_no_warnings_of_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They would stand in the middle of the screen; such a header is NumPy's own of 2008 to 2012."""
    header = b"{'descr': '<u2', 'fortran_order': False, 'shape': (16L, 12L), }".ljust(117) + b"\n"
    data = b"\x93NUMPY\x01\x00v\x00" + header + bytes(384)
    for name in ("a_DNA.npy", "a_masks.npy"):
        (tmp_path / name).write_bytes(data)
    monkeypatch.setattr("sys.argv", ["tuiqc", "summary", str(tmp_path)])
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        main()
    assert not said, capsys.readouterr().out


@pytest.mark.parametrize("name", ["b\0x", "~nobody-is-called-so/data", "a" * 5000])
def test_a_source_that_can_be_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="file name"):
        SourceOptions((name,)).resolve(name)
