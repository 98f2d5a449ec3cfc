"""Do two pairs of eyes see the same? Agreement of raters on what both (or all) judged.

Categories are the verdicts, "unsure" among them as one of its own. A figure that is not defined is None ("n/a"
for a reader), never 0 or 1.

Kappa and its relatives are one line each and are written out: statsmodels has the same kappa (the tests hold ours
against it) with the error of another approximation, and takes 0.7 s to import. Krippendorff's alpha is that of
the package of its name.

Some things are silently shown a second time, to see how far somebody agrees with themselves. The second answers are
kept in `<csv>.repeats.jsonl`: the annotations have one row per thing and annotator, and that stays the first answer.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tuiqc.files import atomic as disk
from tuiqc.files import read_safely
from tuiqc.qc.record import Subject
from tuiqc.qc.verdict import VERDICTS

Thing = TypeVar("Thing")

_SCALE = ((0.2, "slight"), (0.4, "fair"), (0.6, "moderate"), (0.8, "substantial"))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two raters agree.

    Attributes
    ----------
    items
        How many things both judged.
    raw
        Share on which they agree.
    expected
        Share on which they would by chance, given how often each says what.
    kappa, kappa_error
        Cohen's kappa and its approximate standard error.
    pabak
        Prevalence- and bias-adjusted kappa.
    specific
        Category -> how often one says it where the other does.
    table
        Confusion: `table[i][j]` things that the first put into `categories[i]` and the second into `[j]`.
    """

    categories: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    items: int
    raw: float | None
    expected: float | None
    kappa: float | None
    kappa_error: float | None
    pabak: float | None
    specific: Mapping[str, float | None]


def confusion(
    first: Mapping[Thing, str], second: Mapping[Thing, str], categories: Sequence[str] = VERDICTS
) -> tuple[tuple[int, ...], ...]:
    """Return how many things (of those that both judged) the first put into which row, the second into which
    column."""
    pairs = Counter((said, second[thing]) for thing, said in first.items() if said and second.get(thing))
    return tuple(tuple(pairs[row, column] for column in categories) for row in categories)


def agreement(table: Sequence[Sequence[int]], categories: Sequence[str] = VERDICTS) -> Agreement:
    """Return the agreement that a square confusion table shows.

    kappa = (po - pe)/(1 - pe), SE = sqrt(po(1 - po)/(n(1 - pe)²)) (J. Cohen, Educ. Psychol. Meas. 20 (1960)
    37-46); undefined when pe = 1. PABAK = (q·po - 1)/(q - 1), which is 2·po - 1 for the q = 2 categories of
    T. Byrt, J. Bishop, J. B. Carlin, J. Clin. Epidemiol. 46 (1993) 423-429; q counts the categories that occur, at
    least two. Specific agreement 2a/(2a + b + c) (D. V. Cicchetti, A. R. Feinstein, J. Clin. Epidemiol. 43 (1990)
    551-558).

    Raises
    ------
    ValueError
        If the table is not square or does not fit the categories.
    """
    q = len(categories)
    if len(table) != q or any(len(row) != q for row in table):
        raise ValueError("the table does not fit its categories")
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]
    n = sum(rows)
    kept = tuple(tuple(row) for row in table)
    specific = {
        name: 2 * table[i][i] / (rows[i] + columns[i]) if rows[i] + columns[i] else None
        for i, name in enumerate(categories)
    }
    if not n:
        return Agreement(tuple(categories), kept, 0, None, None, None, None, None, specific)
    agreed = sum(table[i][i] for i in range(q))
    by_chance = sum(row * column for row, column in zip(rows, columns, strict=True))
    po, pe = agreed / n, by_chance / (n * n)
    kappa = error = None
    if by_chance != n * n:
        kappa = (po - pe) / (1 - pe)
        error = math.sqrt(po * (1 - po) / (n * (1 - pe) ** 2))
    occurring = max(2, sum(1 for row, column in zip(rows, columns, strict=True) if row or column))
    pabak = (occurring * po - 1) / (occurring - 1)
    return Agreement(tuple(categories), kept, n, po, pe, kappa, error, pabak, specific)


def krippendorff_alpha(ratings: Sequence[Mapping[Thing, str]]) -> float | None:
    """Return Krippendorff's alpha for nominal data and any number of raters, missing ratings allowed.

    `ratings` has one mapping (thing -> category; "" or absent is missing) per rater. Things with fewer than two
    ratings don't count. Computed by the package `krippendorff` (K. Krippendorff, Computing Krippendorff's
    Alpha-Reliability, 2011, section C). None when it is undefined: nothing rated twice, or one category only.
    """
    things: dict[Thing, Counter[str]] = {}
    for rater in ratings:
        for thing, said in rater.items():
            if said:
                things.setdefault(thing, Counter())[said] += 1
    twice = [counts for counts in things.values() if counts.total() > 1]
    categories = sorted({said for counts in twice for said in counts})
    if len(categories) < 2:
        return None
    import krippendorff
    import numpy as np

    table = np.array([[counts[name] for name in categories] for counts in twice], dtype=np.float64)
    return float(krippendorff.alpha(value_counts=table, level_of_measurement="nominal"))


def verbal(kappa: float | None) -> str:
    """Return the word of J. R. Landis and G. G. Koch (Biometrics 33 (1977) 159-174) for a kappa; "n/a" for None."""
    if kappa is None:
        return "n/a"
    if kappa < 0:
        return "poor"
    return next((word for limit, word in _SCALE if kappa <= limit), "almost perfect")


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
