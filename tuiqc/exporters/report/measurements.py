"""Which measurements tell the failed from the passed, and how they are distributed by verdict."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tuiqc.exporters import figures
from tuiqc.exporters.report.sheets import inline_svg
from tuiqc.plots.quantities import number_columns, numbers_of_column
from tuiqc.qc.verdict import FAIL, LABELS, NONE, PASS
from tuiqc.tables.distribution import Groups, quantiles
from tuiqc.tables.histograms import bins_for, histogram

if TYPE_CHECKING:
    from markupsafe import Markup

    from tuiqc.review.rows import Rows


FEWEST = 5
"""Failed and passed things that are needed before a measurement can be said to tell them apart."""

_ALIKE = 0.9
_MOST = 4
_PLACE = re.compile(
    r"Location_|BoundingBox(?:Min|Max)imum|_Center_|centroid|^bbox|^center_|^(?:x|y|z|t)$", re.IGNORECASE
)
_NAME = re.compile(
    r"^Metadata_|Parent_|TrackObjects_Label|(?:[a-z]|^|_)(?:Id|ID|id)s?(?:_\d+)?$|^(?:frame|label)$"
)
_SAMPLE = 20_000
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quartiles:
    """Values of the things with one verdict: how many, and their quartiles."""

    verdict: str
    count: int
    first: float
    median: float
    third: float


@dataclass(frozen=True)
class Measured:
    """A measurement.

    Attributes
    ----------
    name
        Its column.
    auc
        Probability that a failed thing has a greater value than a passed one, ties counting half (area under the
        ROC curve); None for fewer than `FEWEST` of either.
    distance
        Greatest difference between the shares of failed and of passed things up to a value, 0 to 1 (Kolmogorov and
        Smirnov); unlike the AUC it sees failures at both ends. None as `auc`.
    quartiles
        For each verdict that was given.
    """

    name: str
    auc: float | None
    distance: float | None
    quartiles: tuple[Quartiles, ...]


def telling_columns(rows: Rows, most: int = _MOST, leave_out: frozenset[str] = frozenset()) -> list[str]:
    """Return the columns that tell failed from passed best, none that says the same as an earlier one.

    Ranked by the Kolmogorov-Smirnov distance, since failures may be at both ends; of columns whose ranks correlate
    by more than 0.9 (Spearman) only the first stays. Columns that say where a thing is or which it is are left out:
    those named, and those of the usual names. Empty for fewer than `FEWEST` failed or passed things.
    """
    judged = np.flatnonzero((rows.codes == PASS.code) | (rows.codes == FAIL.code))
    if len(judged) > _SAMPLE:
        judged = np.sort(np.random.Generator(np.random.PCG64(0)).choice(judged, _SAMPLE, replace=False))
    codes = rows.codes[judged]
    scored = []
    for name in number_columns(rows):
        if name in leave_out or _PLACE.search(name) or _NAME.search(name):
            continue
        values = numbers_of_column(rows, name)[judged]
        score = distance(values[codes == FAIL.code], values[codes == PASS.code])
        if score:
            scored.append((-score, name, values))
    chosen: list[tuple[str, Floats]] = []
    for _, name, values in sorted(scored, key=lambda entry: entry[:2]):
        if len(chosen) == most:
            break
        if all(_correlation(values, other) < _ALIKE for _, other in chosen):
            chosen.append((name, values))
    return [name for name, _ in chosen]


def measured(rows: Rows, name: str) -> Measured:
    """Return a measurement in numbers. Raises UsageError if there is no such column, or it holds text."""
    values = numbers_of_column(rows, name)
    known = np.isfinite(values)
    groups = Groups(np.where(known, rows.codes.astype(np.int64), -1), len(LABELS))
    first, median, third = quantiles(values, groups, 0.25, 0.5, 0.75)
    counts = np.bincount(rows.codes[known], minlength=len(LABELS))
    quartiles = tuple(
        Quartiles(word, int(counts[code]), float(first[code]), float(median[code]), float(third[code]))
        for code, word in enumerate(LABELS)
        if counts[code]
    )
    failed, passed = values[known & (rows.codes == FAIL.code)], values[known & (rows.codes == PASS.code)]
    return Measured(name, auc(failed, passed), distance(failed, passed), quartiles)


def auc(failed: Floats, passed: Floats) -> float | None:
    """Return how probably a failed value is greater than a passed one: the Mann-Whitney U over both counts.

    None for fewer than `FEWEST` finite values of either. J. A. Hanley, B. J. McNeil, Radiology 143 (1982) 29-36.
    """
    failed, passed = failed[np.isfinite(failed)], passed[np.isfinite(passed)]
    if len(failed) < FEWEST or len(passed) < FEWEST:
        return None
    ordered = np.sort(passed)
    below, upto = (np.searchsorted(ordered, failed, side).sum(dtype=np.int64) for side in ("left", "right"))
    return float((int(below) + int(upto)) / 2 / len(failed) / len(passed))


def distance(failed: Floats, passed: Floats) -> float | None:
    """Return the Kolmogorov-Smirnov distance of two samples, 0 to 1; None for fewer than `FEWEST` finite values."""
    failed, passed = np.sort(failed[np.isfinite(failed)]), np.sort(passed[np.isfinite(passed)])
    if len(failed) < FEWEST or len(passed) < FEWEST:
        return None
    places = np.concatenate([failed, passed])
    shares = [np.searchsorted(values, places, "right") / len(values) for values in (failed, passed)]
    return float(np.abs(shares[0] - shares[1]).max())


def _correlation(a: Floats, b: Floats) -> float:
    """Absolute rank correlation of the rows that have both; 0 where it can't be said."""
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < 3:
        return 0.0
    x, y = (_ranks(values[both]) for values in (a, b))
    spread = float(x.std() * y.std())
    found = float(((x - x.mean()) * (y - y.mean())).mean()) / spread if spread > 0 else 0.0
    return abs(found) if math.isfinite(found) else 0.0


def _ranks(values: Floats) -> Floats:
    """Ranks, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse.ravel()], np.float64)


_MOST_BINS = 40
_FEW = 0.5


@dataclass(frozen=True)
class Distribution:
    """A measurement with its histogram; `judged_only` if things without a verdict are left out of the figure."""

    measured: Measured
    figure: Markup
    judged_only: bool


def distribution(rows: Rows, column: str, number: int) -> Distribution:
    """Return the distribution of a column. Raises UsageError if there is no such column, or it holds text.

    Where less than half was reviewed the rest is left out of the figure, in which it would hide the verdicts.
    """
    values, codes = numbers_of_column(rows, column), rows.codes
    reviewed = codes != NONE.code
    judged_only = bool(reviewed.any()) and float(reviewed.mean()) < _FEW
    if judged_only:
        values, codes = values[reviewed], codes[reviewed]
    bins = bins_for(values, _MOST_BINS)
    found = histogram(values, codes, len(LABELS), bins)
    what = "objects" if hasattr(rows, "layer") else "images"
    counts = ", ".join(
        f"{name} {int(count)}"
        for name, count in zip(LABELS, np.asarray(found.counts).sum(axis=1), strict=True)
        if count
    )
    said = f"Histogram of {column} of the {what} by verdict ({counts}); quartiles are in the table below it"
    drawn = inline_svg(lambda: figures.histogram_figure(found, column, ""), f"histogram{number}", said)
    return Distribution(measured(rows, column), drawn, judged_only)
