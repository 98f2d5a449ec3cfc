"""From a batch and its verdicts to the HTML file."""

from __future__ import annotations

from pathlib import Path

from tuiqc.dataset.model import Batch, Progress
from tuiqc.exporters.guard import Inputs, Output
from tuiqc.exporters.report.asked import ReportOptions
from tuiqc.exporters.report.contents import contents
from tuiqc.exporters.report.page import page
from tuiqc.exporters.request import Written
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.record import utc_now
from tuiqc.text import plural, size_text

SUFFIXES = (".html", ".htm")


def write_report(
    batch: Batch,
    store: AnnotationStore,
    output: Path,
    options: ReportOptions,
    created: str = "",
    progress: Progress | None = None,
) -> Written:
    """Write a report on what `store` says about `batch`; returns sentences about what was written and what is missing.

    `created` is when, UTC in ISO 8601; "" for now. The same input and time give the same file.

    Raises
    ------
    UsageError
        If `output` is part of the input or no HTML file, or there is no such layer or column.
    InputError
        If it can't be written, or an input can't be read.
    """
    options.check()
    target = Output(output, Inputs.of_batch(batch, [store.path]), SUFFIXES, folders=True).checked()
    found = contents(batch, store, options, created or utc_now(), progress)
    html = page(found).encode("utf-8")
    with target.writing() as temporary:
        temporary.write_bytes(html)
    crops = sum(len(sheet.crops) for sheet in (*found.object_sheets, *found.image_sheets))
    lines = [f"report with {plural(crops, 'picture')} ({size_text(len(html))}): {target.path}"]
    if not any(found.found["kinds"][name]["reviewed"] for name in found.found["kinds"]):
        lines.append("nothing was reviewed yet: it says what there is")
    lines += [f"{one.heading.lower()}: {len(one.lines) + one.left_out}" for one in found.troubles]
    return Written(lines, missing=found.missing)
