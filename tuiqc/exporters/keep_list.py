"""The images to keep, for a pipeline."""

from __future__ import annotations

import csv
from pathlib import Path

from tuiqc.dataset.model import ImageRecord
from tuiqc.exporters.request import Request, Written
from tuiqc.qc.csvfile import harmless
from tuiqc.qc.record import Subject
from tuiqc.text import escaped, plural

SUFFIXES = (".txt", ".csv", ".tsv", ".list", ".lst", "")


def export(request: Request) -> Written:
    """Write the images that are not dropped by their own verdict.

    A .csv (or .tsv) has the columns `image`, the placeholders, `verdict`, `reason`, and the path of each channel
    (`channel NAME`) and mask (`mask NAME`); anything else is a text file with one key per line, byte for byte as the
    file names have it.
    """
    images = request.batch.images
    records = [one for one in images if request.verdict(Subject("image", one.key)) not in request.drop]
    target = request.to(request.output, SUFFIXES)
    with target.writing() as temporary:
        if target.suffix in (".csv", ".tsv"):
            _write_table(request, records, temporary, "\t" if target.suffix == ".tsv" else ",")
        else:
            lines = "".join(f"{record.key}\n" for record in records)
            temporary.write_text(lines, "utf-8", "surrogateescape", newline="")
    text = f"{plural(len(records), 'image')} kept, {len(images) - len(records):,} left out"
    unseen = sum(request.verdict(Subject("image", record.key)) == "unreviewed" for record in records)
    if unseen:
        text += (
            f"; {unseen:,} of those kept {'was' if unseen == 1 else 'were'} never looked at (--reviewed-only)"
        )
    return Written([f"{text}: {target.path}"])


def _write_table(request: Request, records: list[ImageRecord], path: Path, delimiter: str) -> None:
    batch, cell = request.batch, escaped if request.raw else harmless
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        files = [f"channel {name}" for name in batch.channels] + [f"mask {name}" for name in batch.layers]
        header = ["image", *batch.placeholders, "verdict", "reason", *files]
        writer.writerow(map(cell, header))
        for record in records:
            annotation = request.annotations.get(Subject("image", record.key))
            paths = [record.channels.get(name) for name in batch.channels]
            paths += [record.masks.get(name) for name in batch.layers]
            row = [
                record.key,
                *(record.placeholders.get(name, "") for name in batch.placeholders),
                annotation.verdict if annotation else "",
                annotation.reason if annotation else "",
                *("" if path is None else str(path) for path in paths),
            ]
            writer.writerow(map(cell, row))
