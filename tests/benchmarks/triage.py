"""How soon errors come: the ranking beside isolation forest, area at both ends, 1 - solidity and coSMicQC's rules.

    python tests/benchmarks/triage.py FOLDER [NAME…] [--results FILE.json] [--prior FILE.json] [--speed-only]

FOLDER has one folder per case (`SET#3`, or `SET` alone) with `K_image.tif`, `K_labels.tif` and, where there is another
layer, `K_other.tif`; and `.truth.json`: by case and `K:label` the kind of error, "" for a sound object, `ignore` for
what is neither. Printed per set, as a mean over its cases: the share of the errors among the first 10 % and 20 % of the
objects (in brackets of the best possible share), average precision; the same after 40 verdicts, what was judged a
failure first and what passed last; and for the ranking the share of each kind in 20 %, and whether the kind was named.
At the end, of the same images, how many objects a second are measured (once read), beside scikit-image's
`regionprops_table` with the same properties as far as it has them.

`--results` keeps what was found of each case, and leaves out those that it has: a long run can be made in pieces.
`--prior` ranks with another prior: one of `fit_prior.py --without GROUP` says what to expect of images unknown to it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from tuiqc.triage.verdicts import Verdicts

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
VERDICTS = 40

Result = dict[str, Any]
"""Of a case: `ways`, the figures of each way to order it; `kinds`, the share of each kind in 20 %, and that named."""


def main() -> None:
    """Rank all cases and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--prior", type=Path)
    parser.add_argument("--speed-only", action="store_true")
    arguments = parser.parse_args()
    prior = read_prior(arguments.prior.read_text("utf-8")) if arguments.prior else None
    truth = json.loads((arguments.folder / ".truth.json").read_text("utf-8"))
    names = tuple(arguments.names) or ("",)
    wanted = {case: known for case, known in truth.items() if case.startswith(names)}
    if not arguments.speed_only:
        print_table(results_of(arguments.folder, wanted, prior, arguments.results), wanted)
    first = {case.split("#")[0]: arguments.folder / case for case in reversed(wanted)}
    for name, case in first.items():
        if not name.startswith("real"):
            print(f"{name:20} {speed(case)}")


def results_of(
    folder: Path, wanted: dict[str, dict[str, str]], prior: Prior | None, kept: Path | None
) -> dict[str, Result]:
    """What was found of each case, now or before."""
    results: dict[str, Result] = {}
    if kept is not None and kept.is_file():
        results = json.loads(kept.read_text("utf-8"))
    for case, known in wanted.items():
        if case not in results:
            results[case] = result_of(ranked(folder / case, prior), known)
            if kept is not None:
                kept.write_text(json.dumps(results), encoding="utf-8")
    return results


def result_of(ranking: Ranking, known: dict[str, str]) -> Result:
    """The figures of each way to order one case, and of each kind of error."""
    rows, said = judged(ranking, known)
    wrong = said != ""
    ways = {way: figures_of(score(ranking)[rows], wrong) for way, score in SCORES.items()}
    ways[f"{VERDICTS} verdicts"] = after_verdicts(ranking, rows, said)
    found = {way: values.tolist() for way, values in ways.items() if values is not None}
    return {"ways": found, "kinds": by_kind(ranking, rows, said)}


def print_table(results: dict[str, Result], wanted: Iterable[str]) -> None:
    """A paragraph for each set."""
    sets: dict[str, list[Result]] = {}
    for case in wanted:
        sets.setdefault(case.split("#")[0], []).append(results[case])
    for name, found in sets.items():
        print(f"\n{name} ({len(found)} cases)")
        for way in found[0]["ways"]:
            values = np.array([one["ways"][way] for one in found if way in one["ways"]])
            first, second, precision = values.mean(axis=0)[:3]
            of_best = (
                f"({(values[:, 0] / values[:, 3]).mean():.2f} {(values[:, 1] / values[:, 4]).mean():.2f})"
            )
            print(f"  {way:18} {first:.2f} {second:.2f} {of_best}  AP {precision:.2f}")
        kinds = sorted({kind for one in found for kind in one["kinds"]})
        parts = []
        for kind in kinds:
            early, named = np.mean([one["kinds"][kind] for one in found if kind in one["kinds"]], axis=0)
            parts.append(f"{kind} {early:.2f} (named {named:.2f})")
        print("  in 20 %: " + ", ".join(parts))


def after_verdicts(ranking: Ranking, rows: NDArray[np.int64], said: NDArray[np.str_]) -> Floats | None:
    """The figures after 20 verdicts worst first, and 20 by turns on uncertain and on random objects, five at a time."""
    random = np.random.default_rng(0)
    done = rows[np.argsort(-ranking.score[rows], kind="stable")][: VERDICTS // 2].tolist()
    wrong = dict(zip(rows.tolist(), (said != "").tolist(), strict=True))
    keys = [ranking.batch.images[image].key for image in ranking.images.tolist()]
    newest = ranking
    for at in range(VERDICTS - len(done) + 1):
        if at % 5 == 0:
            verdicts: Verdicts = {
                (keys[row], int(ranking.labels[row]), 0): (wrong[row], None) for row in done
            }
            newest = ranking.refit(verdicts)
        left = np.setdiff1d(rows, done)
        if len(left):
            near = np.abs(newest.score[left] - np.quantile(newest.score[left], 0.85)).argmin()
            done.append(int(left[near]) if at % 2 == 0 else int(random.choice(left)))
    score = newest.score.copy()
    done = done[:VERDICTS]
    score[done] = [1e9 if wrong[row] else -1e9 for row in done]
    return figures_of(score[rows], said != "")


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
            (lambda labels, image: same_properties(labels, [image], typical), alike),
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


def same_properties(labels: NDArray[np.integer], channels: list[NDArray[Any]], typical: float) -> None:
    """What `PROPERTIES` say, and all else of the shape: no neighbours, no texture, nothing along the outline."""
    plane = WorkingPlane.of(labels, channels, typical)
    outlines = Outlines(plane)
    shape_evidence(outlines)
    for channel in plane.channels:
        inside = channel.ravel()[plane.where]
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
    """Shares of the errors in 10 and 20 %, average precision, the best possible shares; None without errors."""
    if not wrong.any():
        return None
    ties = np.random.default_rng(0).random(len(score))
    hits = wrong[np.lexsort((ties, -score))]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    looked = [round(share * len(hits)) for share in (0.1, 0.2)]
    first, second = (hits[:count].sum() / hits.sum() for count in looked)
    best = [min(1, count / hits.sum()) for count in looked]
    return np.array([first, second, precision[hits].sum() / hits.sum(), *best])


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
