"""How soon errors come: the ranking beside isolation forest, area at both ends, 1 - solidity and coSMicQC's rules.

    python tests/benchmarks/triage.py FOLDER [NAME…] [--prior FILE.json] [--speed-only]

FOLDER has one folder per case (`SET#3`, or `SET` alone) with `K_image.tif`, `K_labels.tif` and, where there is another
layer, `K_other.tif`; and `.truth.json`: by case and `K:label` the kind of error, "" for a sound object, `ignore` for
what is neither. Printed per set, as a mean over its cases: the share of the errors among the first 10 % and 20 % of the
objects, average precision, and for the ranking the share of each kind in 20 %, and whether the kind was named. At the
end, of the same images, how many objects a second are measured (once read), beside scikit-image's `regionprops_table`
with the same properties as far as it has them.

`--prior` ranks with another prior: one of `fit_prior.py --without GROUP` says what to expect of images unknown to it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from skimage.measure import regionprops_table

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.measure.object_evidence import measure_evidence
from tuiqc.measure.shape_evidence import Outlines, shape_evidence
from tuiqc.measure.working_plane import WorkingPlane, numbered, typical_radius
from tuiqc.pixels import read_plane
from tuiqc.triage.batch_ranking import rank_batch
from tuiqc.triage.evidence_columns import rule_frame
from tuiqc.triage.kinds import REASON_SUSPECTS
from tuiqc.triage.object_ranking import Ranking
from tuiqc.triage.prior import Prior, read_prior
from tuiqc.triage.rule_sets import flagged, rule_set

Floats = NDArray[np.float64]
PROPERTIES = (
    "label",
    "area",
    "area_convex",
    "axis_major_length",
    "axis_minor_length",
    "bbox",
    "centroid",
    "eccentricity",
    "euler_number",
    "extent",
    "perimeter",
    "perimeter_crofton",
    "solidity",
    "orientation",
    "intensity_mean",
    "intensity_max",
    "intensity_min",
    "intensity_std",
)
"""What evidence has too, or is made of: area, hull, axes, places, pieces, perimeters, intensities."""

_EULER = 0.5772156649
_TREES, _SAMPLE = 100, 256


def main() -> None:
    """Rank all cases and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--prior", type=Path)
    parser.add_argument("--speed-only", action="store_true")
    arguments = parser.parse_args()
    folder, names = arguments.folder, arguments.names
    prior = read_prior(arguments.prior.read_text("utf-8")) if arguments.prior else None
    truth = json.loads((folder / ".truth.json").read_text())
    figures: dict[str, dict[str, list[Floats]]] = {}
    kinds: dict[str, dict[str, list[tuple[float, float]]]] = {}
    started, objects = time.process_time(), 0
    for case, known in truth.items() if not arguments.speed_only else ():
        name = case.split("#")[0]
        if names and not any(name.startswith(one) for one in names):
            continue
        ranking = ranked(folder / case, prior)
        objects += len(ranking)
        rows, said = judged(ranking, known)
        for way, score in SCORES.items():
            values = figures_of(score(ranking)[rows], said != "")
            if values is not None:
                figures.setdefault(name, {}).setdefault(way, []).append(values)
        for kind, found in by_kind(ranking, rows, said).items():
            kinds.setdefault(name, {}).setdefault(kind, []).append(found)
    for name, ways in figures.items():
        print(f"\n{name} ({len(next(iter(ways.values())))} cases)")
        for way, found in ways.items():
            first, second, precision, best = np.mean(found, axis=0)
            print(f"  {way:18} {first:.2f} {second:.2f}  AP {precision:.2f}  (best in 10 %: {best:.2f})")
        parts = [
            f"{kind} {np.mean([one for one, _ in found]):.2f} (named {np.mean([one for _, one in found]):.2f})"
            for kind, found in sorted(kinds.get(name, {}).items())
        ]
        print("  in 20 %: " + ", ".join(parts))
    print(
        f"\n{objects} objects in {time.process_time() - started:.0f} s of one core, reading and training too"
    )
    first = {case.split("#")[0]: folder / case for case in reversed(truth)}
    for name, case in first.items():
        if not name.startswith("real") and (not names or any(name.startswith(one) for one in names)):
            print(f"{name:20} {speed(case)}")


def speed(case: Path) -> str:
    """Objects a second of all evidence and of `regionprops_table`, the best of three each, by turns."""
    planes = [
        (tifffile.imread(mask), tifffile.imread(str(mask).replace("_labels", "_image")))
        for mask in sorted(case.glob("*_labels.tif"))
    ]
    typical = typical_radius([numbered(labels)[2] for labels, _ in planes])
    count = sum(len(numbered(labels)[0]) for labels, _ in planes)
    ours, alike, theirs = [], [], []
    for _ in range(3):
        for way, times in (
            (lambda labels, image: measure_evidence(labels, {"C": image}, typical), ours),
            (lambda labels, image: same_properties(labels, image, typical), alike),
            (lambda labels, image: regionprops_table(labels, image, properties=PROPERTIES), theirs),
        ):
            started = time.process_time()
            for labels, image in planes:
                way(labels, image)
            times.append(time.process_time() - started)
    best, same, peer = min(ours), min(alike), min(theirs)
    return (
        f"{count / best:6.0f} objects/s, regionprops_table {count / peer:5.0f}: {peer / best:.1f} times as fast with "
        f"all evidence, {peer / same:.1f} with the same properties ({count / same:.0f})"
    )


def same_properties(labels: NDArray[np.integer], image: NDArray[np.generic], typical: float) -> None:
    """What `PROPERTIES` say, and all else of the shape: no neighbours, no texture, nothing along the outline."""
    plane = WorkingPlane.of(labels, [image], typical)
    outlines = Outlines(plane)
    shape_evidence(outlines)
    inside = plane.channels[0].ravel()[plane.where]
    for values in (inside, inside * inside):
        plane.total(values)
    for values in (inside, -inside):
        plane.highest(values)


def ranked(case: Path, prior: Prior | None = None) -> Ranking:
    """Rank one case."""
    layers = [("objects", "{k}_labels.tif")]
    other = "other" if any(case.glob("*_other.tif")) else ""
    if other:
        layers.append(("other", "{k}_other.tif"))
    source = SourceOptions(images=(("C", "{k}_image.tif"),), labels=tuple(layers), base_dir=case)
    ranking = rank_batch(open_batch(source), "objects", read_plane, other=other)
    if prior is None:
        return ranking
    basis = replace(ranking.ranker.basis, prior=prior)
    return replace(ranking, ranker=replace(ranking.ranker, basis=basis))


def judged(ranking: Ranking, known: dict[str, str]) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Rows of objects that are errors or sound, and what they are."""
    rows, said = [], []
    for row, (image, label) in enumerate(zip(ranking.images.tolist(), ranking.labels.tolist(), strict=True)):
        kind = known.get(f"{int(ranking.batch.images[image].key)}:{label}", "ignore")
        if kind != "ignore":
            rows.append(row)
            said.append(kind)
    return np.array(rows, np.int64), np.array(said, np.str_)


def figures_of(score: Floats, wrong: NDArray[np.bool_]) -> Floats | None:
    """Shares of the errors in 10 and 20 %, average precision, the best possible share in 10 %; None without errors."""
    if not wrong.any():
        return None
    ties = np.random.default_rng(0).random(len(score))
    hits = wrong[np.lexsort((ties, -score))]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    first, second = (hits[: round(share * len(hits))].sum() / hits.sum() for share in (0.1, 0.2))
    return np.array([first, second, precision[hits].sum() / hits.sum(), min(1, 0.1 * len(hits) / hits.sum())])


def by_kind(
    ranking: Ranking, rows: NDArray[np.int64], said: NDArray[np.str_]
) -> dict[str, tuple[float, float]]:
    """Of each kind of error the share in the first 20 %, and the share of those whose kind was named."""
    order = np.argsort(-ranking.score[rows], kind="stable")
    early = np.zeros(len(rows), bool)
    early[order[: round(0.2 * len(rows))]] = True
    out = {}
    for kind in np.unique(said[said != ""]).tolist():
        of_kind = said == kind
        named = ranking.suspects[rows[of_kind & early]] == REASON_SUSPECTS.get(kind, kind)
        out[kind] = (float(early[of_kind].mean()), float(named.mean()) if len(named) else 0.0)
    return out


def isolation(ranking: Ranking) -> Floats:
    """Isolation forest on all evidence (Liu, Ting and Zhou, 2008): 100 trees of 256 objects, written out here."""
    values = ranking.population.values
    random = np.random.default_rng(0)
    size = min(_SAMPLE, len(values))
    depth = np.zeros(len(values))
    for _ in range(_TREES):
        sample = random.choice(len(values), size, replace=False)
        depth += _depths(
            values, np.arange(len(values)), values[sample], 0, int(np.ceil(np.log2(size))), random
        )
    return np.asarray(2.0 ** (-depth / _TREES / _average(size)))


def _average(count: int) -> float:
    return 2 * (np.log(count - 1) + _EULER) - 2 * (count - 1) / count if count > 2 else float(count == 2)


def _depths(
    values: Floats,
    rows: NDArray[np.int64],
    sample: Floats,
    depth: int,
    most: int,
    random: np.random.Generator,
) -> Floats:
    """How deep each of these rows comes to lie in a tree of this sample; 0 for the others."""
    out = np.zeros(len(values))
    low, high = (sample.min(axis=0), sample.max(axis=0)) if len(sample) else (np.zeros(1), np.zeros(1))
    varying = np.flatnonzero(high > low)
    if depth >= most or len(sample) <= 1 or not len(varying) or not len(rows):
        out[rows] = depth + _average(len(sample))
        return out
    column = int(random.choice(varying))
    cut = random.uniform(low[column], high[column])
    below = values[rows, column] < cut
    for side, part in ((below, sample[:, column] < cut), (~below, sample[:, column] >= cut)):
        out += _depths(values, rows[side], sample[part], depth + 1, most, random)
    return out


def both_ends(ranking: Ranking) -> Floats:
    """Area, the largest and the smallest first."""
    size = ranking.population.column("size")
    return np.asarray(np.abs(size - np.median(size)))


def cosmicqc(ranking: Ranking) -> Floats:
    """How many of coSMicQC's rules flag an object."""
    flags = flagged(rule_set("cosmicqc"), rule_frame(ranking))
    return flags.to_numpy(np.float64).sum(axis=1)


SCORES: dict[str, Callable[[Ranking], Floats]] = {
    "tuiqc rank": lambda ranking: ranking.score,
    "isolation forest": isolation,
    "area, both ends": both_ends,
    "1 - solidity": lambda ranking: -ranking.population.column("solidity"),
    "coSMicQC's rules": cosmicqc,
}


if __name__ == "__main__":
    main()
