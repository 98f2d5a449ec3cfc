"""The images to keep, for a pipeline."""

from __future__ import annotations

import csv

from tuiqc.exporters.request import Request
from tuiqc.qc.record import Subject


def export(request: Request) -> list[str]:
    """Write the images that are not dropped by their own verdict.

    A .csv (or .tsv) has the columns `image`, the placeholders, `verdict`, `reason`, and the path of each channel
    (`channel NAME`) and mask (`mask NAME`); anything else is a text file with one key per line.
    """
    records = [
        r for r in request.batch.images if request.verdict(Subject("image", r.key)) not in request.drop
    ]
    path = request.output
    suffix = path.suffix.lower()
    with request.writing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        if suffix not in (".csv", ".tsv"):
            stream.writelines(f"{record.key}\n" for record in records)
        else:
            batch = request.batch
            writer = csv.writer(stream, delimiter="\t" if suffix == ".tsv" else ",")
            channels = [f"channel {name}" for name in batch.channels]
            masks = [f"mask {name}" for name in batch.layers]
            writer.writerow(["image", *batch.placeholders, "verdict", "reason", *channels, *masks])
            for record in records:
                annotation = request.annotations.get(Subject("image", record.key))
                files = [record.channels.get(name) for name in batch.channels]
                files += [record.masks.get(name) for name in batch.layers]
                writer.writerow(
                    [
                        record.key,
                        *(record.placeholders.get(name, "") for name in batch.placeholders),
                        annotation.verdict if annotation else "",
                        annotation.reason if annotation else "",
                        *("" if file is None else file for file in files),
                    ]
                )
    left_out = len(request.batch.images) - len(records)
    return [f"{len(records)} images kept, {left_out} left out: {path}"]
