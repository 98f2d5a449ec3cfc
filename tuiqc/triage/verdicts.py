"""Verdicts to learn from, read from an annotation CSV or from a plain table of them."""

from __future__ import annotations

import csv
from pathlib import Path

from tuiqc.errors import InputError
from tuiqc.triage.kinds import REASON_SUSPECTS, Suspect

PLAIN = ("image", "label", "verdict")


def verdicts_of_file(path: Path, layer: str) -> dict[tuple[str, int, int], tuple[bool, Suspect | None]]:
    """Passed and failed objects of a layer by image, label and time point; `unsure` ones say nothing.

    Parameters
    ----------
    path
        An annotation CSV, or a CSV with the columns `image`, `label`, `verdict` (and `t`, `reason`, `layer` if it has
        them).

    Raises
    ------
    InputError
        It can't be read, or lacks one of these columns.
    """
    try:
        with path.expanduser().open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            rows = csv.DictReader(file)
            names = rows.fieldnames or []
            if names and (missing := [name for name in PLAIN if name not in names]):
                raise InputError(
                    f"no column {missing[0]!r} among {', '.join(names[:8])}",
                    path=path,
                    expected="an annotation CSV, or a CSV with the columns image, label, verdict",
                )
            found = [_verdict(row) for row in rows if _of_layer(row, layer)]
    except (OSError, csv.Error) as error:
        raise InputError(getattr(error, "strerror", None) or str(error), path=path) from error
    return dict(one for one in found if one is not None)


def _of_layer(row: dict[str, str], layer: str) -> bool:
    return row.get("level", "object") == "object" and row.get("layer") in (None, "", layer)


def _verdict(row: dict[str, str]) -> tuple[tuple[str, int, int], tuple[bool, Suspect | None]] | None:
    verdict = (row.get("verdict") or "").strip().casefold()
    if verdict not in ("pass", "fail"):
        return None
    try:
        label, t = int(float(row["label"])), int(float(row.get("t") or 0))
    except ValueError:
        return None
    suspect = REASON_SUSPECTS.get((row.get("reason") or "").strip().casefold())
    return (row["image"], label, t), (verdict == "fail", suspect)
