"""Object tables as CellProfiler's ExportToSpreadsheet writes them (comma separated, one header row)."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tuiqc.demo.faults import Truth
from tuiqc.demo.plan import ImagePlan
from tuiqc.demo.regions import Floats

TRUTH_COLUMNS = Truth._fields


def write_objects(
    path: Path,
    plan: ImagePlan,
    files: Mapping[str, str],
    measurements: Mapping[str, Floats],
    extra: Mapping[str, Floats],
) -> None:
    """Write one table.

    Parameters
    ----------
    path
        The file to write.
    plan
        Image number, plate, well and site.
    files
        File name per CellProfiler name: `DNA`, `ER`, `NucleiLabels`, `CellLabels`; all beside the table.
    measurements, extra
        Column name to one value per object; sorted together by name behind the columns of the image.
    """
    image: dict[str, object] = {f"FileName_{name}": file for name, file in sorted(files.items())}
    image |= {"Metadata_Plate": plan.plate, "Metadata_Site": plan.site, "Metadata_Well": plan.well}
    image |= {f"PathName_{name}": "." for name in sorted(files)}
    columns = dict(sorted({**measurements, **extra}.items()))
    same = [str(value) for value in image.values()]
    values = np.array(list(columns.values())).T
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["ImageNumber", "ObjectNumber", *image, *columns])
        for number, row in enumerate(values.tolist(), 1):
            writer.writerow([plan.index + 1, number, *same, *(_number(value) for value in row)])


def write_truth(path: Path, rows: Sequence[Truth]) -> None:
    """Write `truth.csv`, one row per planted error; positions in pixels, empty where the image is meant.

    The parts of the image's name stand in columns `plate`, `well` and `site` too, as `tuiqc open` finds them: so the
    truth joins on the verdicts by (plate, well, site, layer, label).
    """
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([*TRUTH_COLUMNS, "plate", "well", "site"])
        for row in rows:
            x, y = (f"{value:.2f}" if row.level == "object" else "" for value in (row.x, row.y))
            plate, well, site = row.image.split("_")
            parts = (plate.removeprefix("plate"), well, site.removeprefix("s"))
            writer.writerow([*row._replace(x=x, y=y), *parts])  # type: ignore[arg-type]


def _number(value: float) -> str:
    """Nine digits are more than the measurements hold, and halve the file."""
    return f"{value:.9g}"
