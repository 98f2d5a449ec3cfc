"""The exporters by name. To add one: a file with `export(request) -> list[str]`, and a line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuiqc.exporters.request import Exporter

EXPORTERS: dict[str, tuple[str, str]] = {
    "passing": (
        "tuiqc.exporters.passed_objects",
        "object tables with all measurements, without failed objects",
    ),
    "masks": ("tuiqc.exporters.masks", "label masks without failed objects (into a folder)"),
    "cpa": ("tuiqc.exporters.cpa", "training set for the Classifier of CellProfiler Analyst (.csv or .txt)"),
    "mobie": ("tuiqc.exporters.mobie", "table that Fiji MoBIE reads, with verdicts"),
    "keep-list": ("tuiqc.exporters.keep_list", "images to keep, for a pipeline (.txt or .csv)"),
}
"""Name -> module and what it writes."""


def exporter(name: str) -> Exporter:
    """Return the exporter; KeyError if there is none of that name."""
    export: Exporter = import_module(EXPORTERS[name][0]).export
    return export
