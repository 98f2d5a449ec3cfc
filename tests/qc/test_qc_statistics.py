"""Rates, intervals, plans, samples, agreement: against the field notes' vectors, scipy where it is, and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.errors import InputError
from tuiqc.qc import Subject
from tuiqc.qc.acceptance import plan, plan_for, when_to_stop
from tuiqc.qc.agreement import (
    Repeat,
    agreement,
    confusion,
    krippendorff_alpha,
    read_repeats,
    record_repeat,
    repeats_path,
    verbal,
)
from tuiqc.qc.bootstrap import cluster_bootstrap, korn_graubard
from tuiqc.qc.rates import (
    Stratum,
    beta_quantile,
    binomial_cdf,
    exact_interval,
    failure_rate,
    finite_interval,
    hypergeometric_cdf,
    stratified_rate,
    t_quantile,
    wilson_interval,
    zero_failure_bound,
    zero_failure_size,
)
from tuiqc.qc.sample import count_sample, draw_sample, load_sample, sample_path, save_sample

near = pytest.approx

# Intervals


@pytest.mark.parametrize(
    ("failed", "judged", "low", "high"),
    [(7, 50, 0.06951, 0.26186), (0, 30, 0, 0.11351), (3, 200, 0.00511, 0.04317)],
)
def test_wilson_vectors(failed, judged, low, high):
    assert wilson_interval(failed, judged) == near((low, high), abs=5e-6)


def test_exact_vector_and_ends():
    assert exact_interval(7, 50) == near((0.0581917, 0.2673960), abs=5e-8)
    assert exact_interval(0, 0) == (0, 1)
    # All or nothing has a closed form: (a/2)^(1/n).
    assert exact_interval(0, 30) == near((0, 1 - 0.025 ** (1 / 30)), abs=1e-12)
    assert exact_interval(30, 30) == near((0.025 ** (1 / 30), 1), abs=1e-12)
    with pytest.raises(ValueError):
        exact_interval(3, 2)


def test_distributions_against_scipy():
    stats = pytest.importorskip("scipy.stats")
    draw = np.random.default_rng(1)
    for n in (1, 7, 60, 1000, 50_000):
        for k in {0, 1, n // 3, n - 1}:
            p = float(draw.random())
            assert binomial_cdf(k, n, p) == near(stats.binom.cdf(k, n, p), abs=1e-9)
            assert beta_quantile(p, k + 1, n - k + 0.5) == near(
                stats.beta.ppf(p, k + 1, n - k + 0.5), abs=1e-9
            )
            exact = stats.binomtest(k, n).proportion_ci(method="exact")
            assert exact_interval(k, n) == near((exact.low, exact.high), abs=1e-9)
            wilson = stats.binomtest(k, n).proportion_ci(method="wilson")
            assert wilson_interval(k, n) == near((wilson.low, wilson.high), abs=1e-9)
    for k in range(5):
        assert hypergeometric_cdf(k, 200, 9, 40) == near(stats.hypergeom.cdf(k, 200, 9, 40), abs=1e-10)
    assert t_quantile(0.975, 5) == near(stats.t.ppf(0.975, 5), abs=1e-9)
    with pytest.raises(ValueError):
        beta_quantile(1.5, 1, 1)


@given(st.integers(1, 3000), st.data())
def test_intervals_against_statsmodels(n, data):
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    k = data.draw(st.integers(0, n))
    assert wilson_interval(k, n) == near(proportion.proportion_confint(k, n, method="wilson"), abs=1e-9)
    assert exact_interval(k, n) == near(proportion.proportion_confint(k, n, method="beta"), abs=1e-9)


@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=3, max_size=3))
def test_kappa_against_statsmodels(table):
    raters = pytest.importorskip("statsmodels.stats.inter_rater")
    found = agreement(table, ["a", "b", "c"])
    if found.kappa is not None:
        assert found.kappa == near(raters.cohens_kappa(table, return_results=False), abs=1e-9)


def test_an_exact_interval_of_a_clustered_sample():
    # Worth what was judged, and as many degrees of freedom: Clopper and Pearson's.
    assert korn_graubard(0.14, 50, 50, 49) == near(exact_interval(7, 50), abs=1e-12)
    narrow, wide = korn_graubard(0.14, 50, 50, 49), korn_graubard(0.14, 25, 50, 9)
    assert wide[0] < narrow[0]
    assert wide[1] > narrow[1]


def test_coverage_of_the_cluster_bootstrap_by_simulation():
    """30 images of about 20 objects that fail together: `tests/benchmarks/coverage.py` shows more of it."""
    draw = np.random.default_rng(3)
    covered = []
    for number in range(400):
        judged = 1 + draw.poisson(19, 30)
        failed = draw.binomial(judged, draw.beta(0.9, 8.1, 30))
        found = cluster_bootstrap(failed.tolist(), judged.tolist(), seed=number, draws=300)
        covered.append(found.low <= 0.1 <= found.high)
    assert 0.92 <= np.mean(covered) <= 0.985


def test_a_finite_batch_narrows_the_interval_and_a_whole_one_has_none():
    low, high = wilson_interval(7, 50)
    factor = math.sqrt((200 - 50) / 199)
    assert finite_interval(7, 50, 200) == near((0.14 - (0.14 - low) * factor, 0.14 + (high - 0.14) * factor))
    assert finite_interval(7, 50, 50) == (0.14, 0.14)
    assert finite_interval(7, 50, 10**9) == near((low, high), abs=1e-7)
    assert finite_interval(0, 199, 200)[1] <= 1 / 200
    assert failure_rate({"fail": 7, "pass": 43}, 50).low == 0.14
    with pytest.raises(ValueError):
        finite_interval(1, 3, 2)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200))
def test_intervals_hold_the_rate(failed, passed, unseen):
    judged = failed + passed
    for method in ("wilson", "exact"):
        low, high = finite_interval(failed, judged, judged + unseen, method)
        assert 0 <= low <= high <= 1
        if judged:
            assert low - 1e-12 <= failed / judged <= high + 1e-12


def test_coverage_of_the_intervals_by_simulation():
    draw = np.random.default_rng(7)
    for rate, n, size in ((0.05, 150, None), (0.1, 100, 400)):
        if size is None:
            failures, truth = draw.binomial(n, rate, 4000), rate
        else:
            failing = int(rate * size)
            failures, truth = draw.hypergeometric(failing, size - failing, n, 4000), failing / size
        ends = {int(k): finite_interval(int(k), n, size) for k in set(failures)}
        covered = np.mean([ends[int(k)][0] <= truth <= ends[int(k)][1] for k in failures])
        assert 0.93 <= covered <= 0.975


def test_zero_failures():
    assert [zero_failure_size(rate) for rate in (0.10, 0.05, 0.02, 0.01)] == [29, 59, 149, 299]
    assert zero_failure_bound(149) < 0.02 < zero_failure_bound(148)
    assert zero_failure_bound(0) == 1
    with pytest.raises(ValueError):
        zero_failure_size(0)


def test_strata_are_weighted_by_their_size():
    found = stratified_rate([Stratum(900, 50, 5), Stratum(100, 50, 25)])
    assert found.rate == near(0.9 * 0.1 + 0.1 * 0.5)
    assert found.low < found.rate < found.high
    assert stratified_rate([Stratum(5, 5, 1), Stratum(5, 5, 0)]).high == 0.1
    assert stratified_rate([Stratum(5, 0, 0)]).rate is None
    assert stratified_rate([Stratum(5, 0, 0), Stratum(5, 2, 0)]).missing == 1


def test_images_are_clusters():
    # Whole images fail: the objects say no more than their 20 images do.
    failed, judged = [50] * 4 + [0] * 16, [50] * 20
    found = cluster_bootstrap(failed, judged, seed=3)
    assert found == cluster_bootstrap(failed, judged, seed=3)
    assert found.rate == 0.2
    assert found.design_effect == near(1 + (50 - 1) * 1.0, rel=0.25)
    low, high = wilson_interval(4, 20)
    assert found.high - found.low == near(high - low, rel=0.25)
    assert not cluster_bootstrap([1], [3]).reliable
    assert cluster_bootstrap([], []).rate is None
    assert cluster_bootstrap([0, 0], [5, 5]).high == near(wilson_interval(0, 2)[1])
    with pytest.raises(ValueError):
        cluster_bootstrap([2], [1])


# Acceptance


def test_plans():
    assert plan_for(0.02).n == 149
    found = plan(0.01, 0.05)
    assert binomial_cdf(found.c, found.n, 0.01) >= 0.95
    assert binomial_cdf(found.c, found.n, 0.05) <= 0.10
    # None with fewer to look at does both.
    for c in range(8):
        for n in range(1, found.n):
            assert binomial_cdf(c, n, 0.01) < 0.95 or binomial_cdf(c, n, 0.05) > 0.10
    with pytest.raises(ValueError):
        plan(0.05, 0.01)


def test_when_sampling_can_stop():
    assert when_to_stop(0, 148, 0.02).state == "go on"
    assert when_to_stop(0, 148, 0.02).left == 1
    assert when_to_stop(0, 149, 0.02).state == "accept"
    assert when_to_stop(9, 149, 0.02).state == "refuse"
    assert when_to_stop(0, 0, 0.02).left == 149
    # A small batch needs fewer; a whole one none.
    small = when_to_stop(0, 0, 0.02, 200)
    assert 0 < small.left < 149
    assert when_to_stop(0, small.left, 0.02, 200).state == "accept"
    assert when_to_stop(1, 40, 0.02, 40).state == "refuse"


# Samples

THINGS = [Subject("object", str(i // 10), "n", i % 10 + 1) for i in range(200)]
WELLS = ["A" if i < 150 else "B" if i < 198 else "C" for i in range(200)]


def test_samples_are_seeded_stratified_and_of_each_thing_once(tmp_path):
    sample = draw_sample(THINGS, 40, seed=1, strata=WELLS, stratify="well", repeat=0.05)
    assert len(set(sample.subjects)) == 40
    assert {w: sample.strata.count(w) for w in "ABC"} == {"A": 30, "B": 9, "C": 1}
    assert len(sample.repeats) == 2
    backwards = draw_sample(THINGS[::-1], 40, seed=1, strata=WELLS[::-1], stratify="well", repeat=0.05)
    assert backwards == sample
    assert draw_sample(THINGS, 40, seed=2).subjects != draw_sample(THINGS, 40, seed=1).subjects
    assert set(draw_sample(THINGS, 900, seed=1).subjects) == set(THINGS)
    csv = tmp_path / "a.csv"
    assert load_sample(csv) is None
    save_sample(csv, sample)
    assert load_sample(csv) == sample
    less_than_nothing = '{"v":1,"subjects":[],"population":{"":-5},"repeats":[],"seed":1,"stratify":""}'
    for damage in ("{", '{"v": 2}', '{"v": 1, "subjects": [[1]]}', less_than_nothing):
        sample_path(csv).write_text(damage)
        with pytest.raises(InputError):
            load_sample(csv)


@given(st.lists(st.sampled_from("ABC"), min_size=1, max_size=40), st.integers(1, 50), st.integers(0, 9))
def test_any_sample_has_its_size_and_its_shares(wells, count, seed):
    things = [Subject("image", str(i)) for i in range(len(wells))]
    sample = draw_sample(things, count, seed=seed, strata=wells)
    assert len(set(sample.subjects)) == min(count, len(things))
    for well, size in sample.population.items():
        assert sample.strata.count(well) <= size
        if count >= 3:
            assert sample.strata.count(well) >= 1


def test_only_the_beginning_of_the_queue_counts():
    sample = draw_sample(THINGS, 10, seed=1, strata=WELLS)
    verdicts = dict.fromkeys(sample.subjects[:4], "pass")
    verdicts[sample.subjects[1]] = "fail"
    verdicts[sample.subjects[2]] = "unsure"
    verdicts[sample.subjects[7]] = "fail"  # found by looking at the worst: not random
    found = count_sample(sample, lambda subject: verdicts.get(subject, ""))
    assert (found.reviewed, found.later, found.failed, found.passed, found.unsure) == (4, 1, 1, 2, 1)
    assert sum(stratum.judged for stratum in found.strata) == 3
    assert sample.next_open(lambda subject: subject in verdicts) == sample.subjects[4]


def test_second_answers_are_kept_apart(tmp_path):
    csv = tmp_path / "a.csv"
    first = Repeat(THINGS[0], "pass", "fail", "ann", "2026-01-01T00:00:00Z")
    record_repeat(csv, first)
    with repeats_path(csv).open("ab") as stream:
        stream.write(b'{"half')
    record_repeat(csv, Repeat(THINGS[1], "fail", "fail", "bob", ""))
    assert len(read_repeats(csv)) == 2
    assert read_repeats(csv, "ann") == [first]


# Agreement


def test_kappa_vector():
    found = agreement([[40, 5], [8, 47]], ["fail", "pass"])
    assert (found.raw, found.expected) == near((0.87, 0.502))
    assert found.kappa == near(0.73896, abs=5e-6)
    assert found.kappa_error == near(0.06753, abs=5e-6)
    assert found.pabak == near(0.74)
    assert found.specific == near({"fail": 80 / 93, "pass": 94 / 107})
    assert verbal(found.kappa) == "substantial"


def test_what_is_not_defined_is_none():
    alike = agreement([[5, 0], [0, 0]], ["pass", "fail"])
    assert (alike.raw, alike.kappa, alike.kappa_error) == (1.0, None, None)
    assert alike.specific["fail"] is None
    nothing = agreement([[0, 0], [0, 0]], ["pass", "fail"])
    assert (nothing.items, nothing.raw, nothing.pabak) == (0, None, None)
    assert verbal(None) == "n/a"
    assert [verbal(k) for k in (-0.1, 0, 0.3, 0.5, 0.9)] == [
        "poor", "slight", "fair", "moderate", "almost perfect",
    ]  # fmt: skip
    assert krippendorff_alpha([{1: "a"}, {2: "a"}]) is None
    assert krippendorff_alpha([{1: "a"}, {1: "a"}]) is None


def test_confusion_counts_what_both_judged():
    table = confusion({1: "pass", 2: "fail", 3: "pass"}, {1: "fail", 2: "fail", 4: "pass", 3: ""})
    assert table == ((0, 1, 0), (0, 1, 0), (0, 0, 0))


def test_krippendorff_with_missing_ratings():
    """The example of the article: 4 observers, 12 units, nominal; alpha = 0.743."""
    rows = [
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ]
    ratings = [{unit: word for unit, word in enumerate(row.split()) if word != "."} for row in rows]
    assert krippendorff_alpha(ratings) == near(0.743, abs=5e-4)
