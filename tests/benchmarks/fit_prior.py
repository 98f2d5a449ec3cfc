"""Fits the prior of the ranking to the errors of real segmenters, and writes `tuiqc/triage/prior.json`.

    python tests/benchmarks/fit_prior.py FOLDER [--without GROUP] [-o FILE.json]

`--without` leaves the images of a group out: a ranking with that prior (`triage.py --prior FILE.json`) on that group is
what can be expected of images that the prior was not fitted to.

FOLDER has one folder per group of images with `K_image.tif`, the masks `K_SEGMENTER.tif` and `truth_SEGMENTER.csv`
(columns image, label, iou, kind). An error is what was merged, split or false, or has a best IoU under 0.5; doubtful
objects, those between 0.5 and 0.7 and those at the border are left out. Every set of a group and a segmenter weighs the
same, sound objects and errors one half each.

The prior belongs to exactly the formulas of `tuiqc.measure`: fit it anew when one of them changes.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import tifffile

from tuiqc.measure.plane import Plane
from tuiqc.measure.working_plane import typical_radius
from tuiqc.triage.kind_models import TERMS, KindModels, expanded, fit_logistic
from tuiqc.triage.population import Norms, Population
from tuiqc.triage.prior import Prior, generic_names

SOURCE = "errors of four classical segmenters on images of the 2018 Data Science Bowl, stage 1 (CC0)"
KINDS = {"merged": "merged", "split": "split", "false": "false", "small": "outline", "large": "outline"}


def as_json(prior: Prior, source: str) -> str:
    """The text of the file that is shipped, as `read_prior` takes it."""
    kinds = {
        kind: {"intercept": intercept, "terms": terms} for kind, (intercept, terms) in prior.by_kind.items()
    }
    content = {"source": source, "intercept": prior.intercept, "terms": prior.any_error, "kinds": kinds}
    return json.dumps(content, indent=1) + "\n"


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--without", default="")
    shipped = Path(__file__).parents[2] / "tuiqc" / "triage" / "prior.json"
    parser.add_argument("-o", "--output", type=Path, default=shipped)
    arguments = parser.parse_args()
    prior = fitted(arguments.folder, arguments.without)
    arguments.output.write_text(as_json(prior, SOURCE), encoding="utf-8")
    print(f"written to {arguments.output}")


def fitted(folder: Path, without: str = "") -> Prior:
    """The prior of all groups of a folder but one."""
    terms, wrong, weights, suspects = [], [], [], []
    names: list[str] = []
    for truth in sorted(folder.glob("*/truth_*.csv")):
        if truth.parent.name == without:
            continue
        of_image, of_batch, kinds, names = read_set(truth)
        failed = kinds != ""
        terms.append(expanded(of_image, of_batch))
        wrong.append(failed)
        weights.append(np.where(failed, 0.5 / max(failed.sum(), 1), 0.5 / max((~failed).sum(), 1)))
        suspects.append(kinds)
        print(f"{truth.parent.name} {truth.stem}: {len(kinds)} objects, {failed.sum()} errors")
    every = np.concatenate(weights)
    every *= len(every) / every.sum()
    matrix, kinds = np.concatenate(terms), np.concatenate(suspects)
    any_error = fit_logistic(matrix, np.concatenate(wrong), every)
    by_kind = KindModels.fit(matrix, kinds, every)
    return Prior(
        round(float(any_error[0]), 5),
        by_name(any_error, names),
        {kind: (round(float(one[0]), 5), by_name(one, names)) for kind, one in by_kind.coefficients.items()},
    )


def by_name(coefficients: np.ndarray, names: list[str]) -> dict[str, list[float]]:
    """Coefficients of the terms of each kind of evidence."""
    columns = coefficients[1:].reshape(TERMS, -1)
    return {name: [round(float(one), 5) for one in columns[:, at]] for at, name in enumerate(names)}


def read_set(truth: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Deviations and kinds of error ("" for sound) of one segmenter's objects, without doubtful and cut ones."""
    segmenter = truth.stem.removeprefix("truth_")
    with truth.open() as file:
        rows = list(csv.DictReader(file))
    images = sorted({row["image"] for row in rows})
    planes = [
        Plane(
            tifffile.imread(truth.parent / f"{image}_{segmenter}.tif").astype(np.int32),
            {"image": tifffile.imread(truth.parent / f"{image}_image.tif")},
        )
        for image in images
    ]
    typical = typical_radius([np.bincount(plane.labels.ravel())[1:] for plane in planes])
    population = Population.of([plane.evidence(typical) for plane in planes])
    objects = ~population.specks
    norms = Norms(population.images[objects], population.values[objects])
    of_image, of_batch = norms.within(population.images, population.values)
    known = {(row["image"], int(row["label"])): row for row in rows}
    kinds, keep = [], []
    for at, (number, label) in enumerate(zip(population.images, population.labels, strict=True)):
        row = known.get((images[number], int(label)))
        kind = None if row is None or population.column("border")[at] else kind_of(row)
        keep.append(kind is not None and bool(objects[at]))
        kinds.append(kind or "")
    chosen = np.array(keep)
    return of_image[chosen], of_batch[chosen], np.array(kinds)[chosen], generic_names(population.names)


def kind_of(row: dict[str, str]) -> str | None:
    """The suspect of an error, "" for a sound object, None for what is neither."""
    overlap = float(row["iou"])
    if row["kind"] == "doubtful":
        return None
    if overlap >= 0.5 and row["kind"] not in ("merged", "split", "false"):
        return "" if overlap >= 0.7 else None
    return KINDS.get(row["kind"], "outline")


if __name__ == "__main__":
    main()
