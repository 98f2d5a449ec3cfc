"""The images to keep, for a pipeline."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.exporters.guard import Output
from tuiqc.exporters.request import Request, Written
from tuiqc.qc.csvfile import harmless
from tuiqc.qc.record import Annotation, Subject
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
    write_keep_list(target, request.batch, records, request.annotations, raw=request.raw)
    text = f"{plural(len(records), 'image')} kept, {len(images) - len(records):,} left out"
    unseen = sum(request.verdict(Subject("image", record.key)) == "unreviewed" for record in records)
    if unseen:
        text += (
            f"; {unseen:,} of those kept {'was' if unseen == 1 else 'were'} never looked at (--reviewed-only)"
        )
    return Written([f"{text}: {target.path}"])


def write_keep_list(
    target: Output,
    batch: Batch,
    records: Sequence[ImageRecord],
    annotations: Mapping[Subject, Annotation],
    *,
    raw: bool = False,
) -> None:
    """Write these images of a batch as `export` says. Raises InputError."""
    with target.writing() as temporary:
        if target.suffix in (".csv", ".tsv"):
            cell = escaped if raw else harmless
            delimiter = "\t" if target.suffix == ".tsv" else ","
            _write_table(batch, records, annotations, temporary, delimiter, cell)
        else:
            lines = "".join(f"{record.key}\n" for record in records)
            temporary.write_text(lines, "utf-8", "surrogateescape", newline="")


def _write_table(
    batch: Batch,
    records: Sequence[ImageRecord],
    annotations: Mapping[Subject, Annotation],
    path: Path,
    delimiter: str,
    cell: Callable[[str], str],
) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        files = [f"channel {name}" for name in batch.channels] + [f"mask {name}" for name in batch.layers]
        header = ["image", *batch.placeholders, "verdict", "reason", *files]
        writer.writerow(map(cell, header))
        for record in records:
            annotation = annotations.get(Subject("image", record.key))
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
