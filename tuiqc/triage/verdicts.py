"""Verdicts to learn from: what was annotated, or a plain table of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from tuiqc.budget import regular_file
from tuiqc.errors import InputError
from tuiqc.qc.record import Annotation, Subject
from tuiqc.triage.kinds import REASON_SUSPECTS, Suspect

Verdicts = Mapping[tuple[str, int, int], tuple[bool, Suspect | None]]
"""(image key, label, time point): whether it failed, and of what kind of error its reason speaks."""

PLAIN = ("image", "label", "verdict")
"""Columns of a plain table of verdicts; an annotation CSV has `level` too."""


def verdicts_of(items: Iterable[tuple[Subject, Annotation]], layer: str) -> Verdicts:
    """Passed and failed objects of a layer; `unsure` ones say nothing."""
    return {
        (subject.image, subject.label, subject.t): (said.verdict == "fail", _suspect(said.reason))
        for subject, said in items
        if subject.level == "object" and subject.layer == layer and said.verdict in ("pass", "fail")
    }


def is_plain_table(path: Path) -> bool:
    """Whether a CSV has verdicts by image and label without being an annotation CSV.

    Raises
    ------
    InputError
        It can't be read.
    """
    names = _rows(path)[0]
    return "level" not in names and all(name in names for name in PLAIN)


def plain_verdicts(path: Path) -> Verdicts:
    """Verdicts of a CSV with the columns `image`, `label`, `verdict` (and `t`, `reason` if it has them).

    Raises
    ------
    InputError
        It can't be read, or lacks one of these columns.
    """
    names, rows = _rows(path)
    missing = [name for name in PLAIN if name not in names]
    if missing:
        raise InputError(
            f"no column {missing[0]!r} among {', '.join(names[:8])}",
            path=path,
            expected="an annotation CSV, or a CSV with the columns image, label, verdict",
        )
    found = (_verdict(row, number, path) for number, row in enumerate(rows, 2))
    return dict(one for one in found if one is not None)


def _rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Names of the columns, and the rows; commas, semicolons or tabs stand between them."""
    expected = "a CSV with verdicts"
    path = path.expanduser()
    regular_file(path, expected)
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            head = file.readline()
            file.seek(0)
            between = max(",;\t", key=lambda one: len(set(PLAIN) & set(head.strip().split(one))))
            reader = csv.DictReader(file, delimiter=between)
            return list(reader.fieldnames or []), list(reader)
    except (OSError, csv.Error) as error:
        raise InputError(
            getattr(error, "strerror", None) or str(error), path=path, expected=expected
        ) from error


def _verdict(
    row: dict[str, str], number: int, path: Path
) -> tuple[tuple[str, int, int], tuple[bool, Suspect | None]] | None:
    """What a row says; None for `unsure` and for none, which are nothing to learn from."""
    verdict = (row.get("verdict") or "").strip().casefold()
    if verdict not in ("pass", "fail", "unsure", ""):
        raise InputError(f"verdict {verdict!r} in row {number}", path=path, expected="pass, fail or unsure")
    if verdict not in ("pass", "fail"):
        return None
    label, t = (
        _whole(row.get(name) or without, name, number, path) for name, without in (("label", ""), ("t", "0"))
    )
    return (row["image"], label, t), (verdict == "fail", _suspect(row.get("reason") or ""))


def _whole(text: str, name: str, number: int, path: Path) -> int:
    try:
        value = float(text)
        if value == int(value):
            return int(value)
    except (ValueError, OverflowError):
        pass
    raise InputError(f"{name} {text!r} in row {number}", path=path, expected="a whole number")


def _suspect(reason: str) -> Suspect | None:
    return REASON_SUSPECTS.get(reason.strip().casefold())
