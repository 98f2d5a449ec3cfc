"""How often does the 95 % interval hold the true rate? Prints the share of simulated batches for each interval.

Usage: python tests/benchmarks/coverage.py [--batches 10000] [--draws 500]

Simple samples (binomial, and hypergeometric from finite batches) check `finite_interval` and `stratified_rate`;
clustered ones (each image has a failure rate of its own, beta distributed, so that objects of one image are alike)
check `cluster_bootstrap`, and beside it what its plain percentiles would do. The aim is 93 to 97.5 %; exact
intervals cover more by their nature.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from tuiqc.qc.bootstrap import cluster_bootstrap
from tuiqc.qc.rates import Stratum, finite_interval, stratified_rate

LOW, HIGH = 0.93, 0.975


def simple(rate: float, judged: int, population: int | None, method: str, batches: int) -> float:
    """Coverage of the interval of a simple random sample."""
    draw = np.random.default_rng(1)
    if population is None:
        failures, truth = draw.binomial(judged, rate, batches), rate
    else:
        failing = round(rate * population)
        failures = draw.hypergeometric(failing, population - failing, judged, batches)
        truth = failing / population
    ends = {int(k): finite_interval(int(k), judged, population, method) for k in np.unique(failures)}
    return float(np.mean([ends[int(k)][0] <= truth <= ends[int(k)][1] for k in failures]))


def stratified(batches: int) -> float:
    """Coverage of the weighted interval: four wells of different size and rate."""
    draw = np.random.default_rng(2)
    sizes, rates, judged = (400, 300, 200, 100), (0.02, 0.05, 0.10, 0.30), (40, 30, 20, 10)
    failing = [round(size * rate) for size, rate in zip(sizes, rates, strict=True)]
    truth, covered = sum(failing) / sum(sizes), 0
    parts = [
        draw.hypergeometric(f, size - f, n, batches)
        for f, size, n in zip(failing, sizes, judged, strict=True)
    ]
    for failed in zip(*parts, strict=True):
        found = stratified_rate([Stratum(*row) for row in zip(sizes, judged, map(int, failed), strict=True)])
        covered += found.low <= truth <= found.high
    return covered / batches


def clustered(
    images: int, objects: int, rate: float, alike: float, batches: int, draws: int
) -> tuple[float, float]:
    """Coverage of `cluster_bootstrap`, and of plain percentiles of the same draws."""
    draw = np.random.default_rng(3)
    weights = draw.multinomial(images, np.full(images, 1 / images), draws)
    spread = (1 - alike) / alike
    covered = plain = 0
    for number in range(batches):
        judged = 1 + draw.poisson(objects - 1, images)
        failed = draw.binomial(judged, draw.beta(rate * spread, (1 - rate) * spread, images))
        found = cluster_bootstrap(failed.tolist(), judged.tolist(), seed=number, draws=draws)
        covered += found.low <= rate <= found.high
        low, high = np.quantile((weights @ failed) / (weights @ judged), [0.025, 0.975])
        plain += low <= rate <= high
    return covered / batches, plain / batches


def main() -> int:
    """Print the table; status 1 if Wilson or the bootstrap is out of the aim."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, default=10_000)
    parser.add_argument("--draws", type=int, default=500, help="bootstrap draws (the program uses 2000)")
    arguments = parser.parse_args()
    missed = 0

    def tell(what: str, share: float, more: str = "", aim: bool = True) -> None:
        nonlocal missed
        out = aim and not LOW <= share <= HIGH
        missed += out
        print(f"{what:<70} {share:6.1%}{more}{'  OUT OF THE AIM' if out else ''}", flush=True)

    for rate, judged, population in ((0.05, 150, None), (0.10, 100, 400), (0.02, 200, 2000), (0.3, 50, None)):
        of = "endless" if population is None else f"{population}"
        for method in ("wilson", "exact"):
            share = simple(rate, judged, population, method, arguments.batches)
            tell(f"{method}: {judged} judged of {of}, {rate:.0%} fail", share, aim=method == "wilson")
    tell("strata: 100 judged of 1000 in four wells", stratified(arguments.batches))
    for images, objects, rate, alike in (
        (10, 20, 0.10, 0.10),
        (20, 20, 0.10, 0.10),
        (30, 20, 0.05, 0.10),
        (30, 20, 0.10, 0.10),
        (30, 10, 0.10, 0.30),
        (30, 50, 0.02, 0.05),
        (100, 20, 0.10, 0.10),
    ):
        share, plain = clustered(images, objects, rate, alike, arguments.batches, arguments.draws)
        what = f"bootstrap: {images} images of {objects} objects, {rate:.0%} fail, correlation {alike}"
        tell(what, share, f"  (plain percentiles {plain:.1%})")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
