"""Distributions of measurements by verdict, each as a figure and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.exporters import figures
from tuiqc.exporters.report.measurements import Measured, measured
from tuiqc.exporters.report.pictures import inline_svg
from tuiqc.plots.quantities import numbers_of_column
from tuiqc.qc.verdict import LABELS, NONE
from tuiqc.tables.binning import bins_for, histogram

if TYPE_CHECKING:
    from markupsafe import Markup

    from tuiqc.review.rows import Rows

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
