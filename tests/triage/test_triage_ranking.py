"""Errors planted into a clean batch come first, as what they are, and verdicts are learned from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from fixtures.triage_scenes import RADIUS, clean, plant, write_scenes
from numpy.typing import NDArray
from scipy import ndimage as ndi

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError
from tuiqc.measure.candidates import Candidate, by_score, candidates_of
from tuiqc.measure.object_evidence import TEXTURE
from tuiqc.measure.plane import Plane
from tuiqc.pixels import read_plane
from tuiqc.qc.record import Annotation, Subject
from tuiqc.triage.batch_ranking import rank_batch, rank_steps
from tuiqc.triage.evidence_cache import EvidenceCache
from tuiqc.triage.explanation import SPECK_WORDS
from tuiqc.triage.kind_models import KindModels, expanded, fit_logistic
from tuiqc.triage.kinds import SUSPECTS
from tuiqc.triage.learning_summary import Walked, learning_summary
from tuiqc.triage.object_index import ObjectIndex
from tuiqc.triage.object_ranking import Ranking
from tuiqc.triage.planted_errors import Planter
from tuiqc.triage.population import Norms, Population
from tuiqc.triage.prior import generic_names, shipped_prior
from tuiqc.triage.review_order import next_order
from tuiqc.triage.saved_model import SavedModel, shared_words
from tuiqc.triage.verdicts import is_plain_table, plain_verdicts, verdicts_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six images, errors in the first."""
    out = tmp_path_factory.mktemp("triage")
    write_scenes(out, 6)
    return out


def ranking_of(folder: Path, **options: object) -> Ranking:
    source = SourceOptions(
        images=(("DNA", "w{well}_DNA.tif"),),
        labels=(("nuclei", "w{well}_nuclei_labels.tif"),),
        base_dir=folder,
    )
    return rank_batch(open_batch(source), "nuclei", read_plane, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ranking(folder: Path) -> Ranking:
    return ranking_of(folder)


def test_planted_errors_come_first_as_what_they_are(ranking: Ranking) -> None:
    frame = ranking.frame()
    labels, _ = clean(0)
    truth = plant(labels)
    first = frame.iloc[: len(frame) // 20]
    found = {int(row.label): (row.suspect, row.why) for row in first.itertuples() if row.image == "0"}
    assert found.keys() >= truth.keys()
    for label, kind in truth.items():
        assert found[label][0] == kind, (label, found[label])
        assert found[label][1]
    assert "7" in found[90][1] or "90" in found[7][1]  # the half names the other
    assert frame["rank"].tolist() == list(range(1, len(frame) + 1))
    assert frame["suspicion"].iloc[0] == 100
    assert frame["suspicion"].iloc[-1] == 0
    assert frame["suspicion"].is_monotonic_decreasing


@pytest.mark.thorough
def test_the_same_seed_gives_the_same_order(folder: Path, ranking: Ranking) -> None:
    again = ranking_of(folder, seed=0)
    assert again.frame().equals(ranking.frame())


def test_verdicts_move_objects(ranking: Ranking) -> None:
    """Passing the worst and failing a sound one is learned from, and taken back with the verdicts."""
    before = ranking.frame()
    worst, sound = before.iloc[0], before.iloc[len(before) // 2]
    verdicts = {
        (worst.image, int(worst.label), 0): (False, None),
        (sound.image, int(sound.label), 0): (True, None),
    }
    learned = ranking.refit(verdicts)
    assert learned.learned == 2
    after = learned.frame().set_index(["image", "label"])["rank"]
    assert after[sound.image, sound.label] < sound["rank"]
    assert after[worst.image, worst.label] > worst["rank"]
    assert learned.refit({}).frame().equals(before)


def test_few_objects_are_ranked_by_the_prior_alone(tmp_path: Path) -> None:
    labels, image = clean(0)
    plant(labels)
    tifffile.imwrite(tmp_path / "w0_DNA.tif", image)
    tifffile.imwrite(tmp_path / "w0_nuclei_labels.tif", labels.astype(np.uint16))
    ranking = ranking_of(tmp_path)
    assert ranking.ranker.models is None
    assert set(ranking.frame().head(8)["label"]) & {1, 7, 90, 91, 13, 19}


@pytest.mark.thorough
def test_specks_are_a_group_of_their_own(tmp_path: Path) -> None:
    """More specks than nuclei: they are first, as false, and do not turn the rest upside down."""
    random = np.random.default_rng(0)
    for number in range(3):
        labels, image = clean(number)
        truth = plant(labels) if number == 0 else {}
        free = np.argwhere(ndi.binary_erosion(labels == 0, iterations=3))
        for extra, at in enumerate(random.choice(len(free), 60, replace=False)):
            labels[tuple(free[at])] = 200 + extra
        tifffile.imwrite(tmp_path / f"w{number}_DNA.tif", image)
        tifffile.imwrite(tmp_path / f"w{number}_nuclei_labels.tif", labels.astype(np.uint16))
        if number == 0:
            wanted = set(truth)
    frame = ranking_of(tmp_path).frame()
    specks = frame[frame["label"] >= 200]
    assert specks["rank"].max() == len(specks) == 180
    assert set(specks["suspect"]) == {"false"}
    assert set(specks["why"]) == {SPECK_WORDS}
    rest = frame[frame["label"] < 200]
    assert len(wanted & set(rest[rest["image"] == "0"]["label"].head(9))) >= 5


def test_masks_without_images_and_broken_ones_are_ranked(tmp_path: Path) -> None:
    for number in range(3):
        labels, _ = clean(number)
        truth = plant(labels) if number == 0 else {}
        tifffile.imwrite(tmp_path / f"w{number}_nuclei_labels.tif", labels.astype(np.uint16))
        if number == 0:
            wanted = {label for label, kind in truth.items() if kind != "outline"}
    (tmp_path / "w9_nuclei_labels.tif").write_bytes(b"no image at all")
    source = SourceOptions(labels=(("nuclei", "w{well}_nuclei_labels.tif"),), base_dir=tmp_path)
    ranking = rank_batch(open_batch(source), "nuclei", read_plane)
    assert [path.name for path in ranking.problems] == ["w9_nuclei_labels.tif"]
    assert wanted <= set(ranking.frame().head(12)["label"])


def test_planting_says_what_it_did() -> None:
    labels, image = clean(3)
    planting = Planter(labels, [image], RADIUS, np.random.default_rng(1)).plant(0.6)
    changed = set(np.unique(labels[planting.labels != labels])) | set(
        np.unique(planting.labels[planting.labels != labels])
    )
    assert set(planting.suspects.values()) == set(SUSPECTS)
    assert planting.suspects.keys() <= set(np.unique(planting.labels))
    untouched = set(np.unique(planting.labels)) - planting.touched - planting.suspects.keys() - {0}
    assert not untouched & changed & set(np.unique(labels))
    assert np.array_equal(labels, clean(3)[0])


def find_candidates(plane: Plane, typical: float) -> list[Candidate]:
    return by_score(one for part in plane.parts(typical) for one in candidates_of(part))


def test_missed_objects_are_candidates() -> None:
    labels, image = clean(2)
    gone = [4, 12, 21]
    middles = [ndi.center_of_mass(labels == label) for label in gone]
    kept = np.where(np.isin(labels, gone), 0, labels)
    found = find_candidates(Plane(kept, {"DNA": image}), RADIUS)
    assert len(found) == 3
    for y, x in middles:
        assert min(np.hypot(one.y - y, one.x - x) for one in found) < 4
    assert find_candidates(Plane(labels, {"DNA": image}), RADIUS) == []
    assert find_candidates(Plane(labels, {}), RADIUS) == []
    assert find_candidates(Plane(np.zeros_like(labels), {"DNA": image}), RADIUS) == []
    dark = find_candidates(Plane(kept, {"DNA": 255 - image}), RADIUS)
    assert len(dark) == 3


def test_missed_objects_as_bright_as_the_ground_are_candidates() -> None:
    """What tells an object is that it is rough; the discriminant of the others' insides finds that."""
    labels, _ = clean(2)
    random = np.random.default_rng(0)
    image = 100 + random.normal(0, 1, labels.shape) * np.where(labels > 0, 12, 3)
    gone = [4, 12, 21]
    middles = [ndi.center_of_mass(labels == label) for label in gone]
    kept = np.where(np.isin(labels, gone), 0, labels)
    found = find_candidates(Plane(kept, {"DNA": image}), RADIUS)
    assert len(found) == 3
    for y, x in middles:
        assert min(np.hypot(one.y - y, one.x - x) for one in found) < RADIUS
    assert find_candidates(Plane(labels, {"DNA": image}), RADIUS) == []


def test_a_logistic_regression_is_where_its_gradient_vanishes() -> None:
    random = np.random.default_rng(0)
    terms = np.hstack([np.ones((400, 1)), random.normal(size=(400, 6))])
    positive = random.random(400) < 1 / (1 + np.exp(-terms @ np.array([0.5, 1, -1, 0, 0, 2, 0])))
    weights = random.uniform(0.5, 2, 400)
    found = fit_logistic(terms, positive, weights, ridge=2.0)
    chance = 1 / (1 + np.exp(-terms @ found))
    penalty = np.r_[1e-3, np.full(6, 2.0)]
    assert np.abs(terms.T @ (weights * (chance - positive)) + penalty * found).max() < 0.05
    again = fit_logistic(terms, positive, weights, ridge=2.0, start=found + 0.05)
    assert np.allclose(found, again, atol=0.01)


def test_norms_shrink_small_images_to_the_batch() -> None:
    values = np.r_[np.zeros(200), [10.0]][:, None] + np.random.default_rng(0).normal(0, 1, (201, 1))
    images = np.r_[np.zeros(200, int), [1]]
    of_image, of_batch = Norms(images, values).within(images, values)
    assert of_batch[-1] == 6
    assert of_image[-1] > 4  # its own image says that it is usual, but one object says little
    assert abs(np.median(of_image[:200])) < 0.05


def test_the_prior_knows_its_evidence_and_only_the_first_channel() -> None:
    labels, image = clean(0)
    evidence = Plane(labels, {"DNA": image, "PLA": image}).evidence(RADIUS)
    names = generic_names(evidence.names)
    prior = shipped_prior()
    assert set(prior.any_error) <= set(names)
    assert "channel edge" in names
    assert "PLA edge" in names
    assert any(name.startswith(TEXTURE) for name in prior.any_error)
    assert tuple(prior.by_kind) == SUSPECTS


def test_models_of_kinds_that_were_not_seen_say_nothing() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(900, 3))
    suspects = np.where(rows[:, 0] > 0.5, "split", "")
    models = KindModels.fit(expanded(rows, rows), suspects, np.ones(900))
    scores = models.scores(rows, rows)
    assert (scores[:, [0, 2, 3]] == -30).all()
    assert scores[suspects == "split", 1].mean() > scores[suspects == "", 1].mean() + 1


def test_evidence_of_different_channels_is_not_put_together() -> None:
    labels, image = clean(0)
    with pytest.raises(ValueError, match="different channels"):
        Population.of([Plane(labels, {}).evidence(RADIUS), Plane(labels, {"DNA": image}).evidence(RADIUS)])


def test_verdicts_are_read_from_plain_tables(tmp_path: Path) -> None:
    file = tmp_path / "v.csv"
    file.write_text("image,label,verdict,reason\nA,1,fail,debris\nA,2,Pass,\nA,3,unsure,\nB,4.0,fail,focus\n")
    assert is_plain_table(file)
    assert plain_verdicts(file) == {
        ("A", 1, 0): (True, "false"),
        ("A", 2, 0): (False, None),
        ("B", 4, 0): (True, None),
    }
    file.write_text("image,label,verdict\n")
    assert plain_verdicts(file) == {}
    file.write_text("picture,label,verdict\nA,1,fail\n")
    with pytest.raises(InputError, match="no column 'image'"):
        plain_verdicts(file)
    with pytest.raises(InputError, match=r"none\.csv"):
        plain_verdicts(tmp_path / "none.csv")


def test_verdicts_of_annotations_are_those_of_objects_of_the_layer() -> None:
    said = [
        (Subject("object", "A", "nuclei", 1), "fail", "merged"),
        (Subject("object", "A", "nuclei", 2, 3), "pass", ""),
        (Subject("object", "A", "nuclei", 4), "unsure", ""),
        (Subject("object", "A", "cells", 5), "fail", ""),
        (Subject("image", "A"), "fail", "focus"),
    ]
    items = [(subject, Annotation(subject, verdict, reason)) for subject, verdict, reason in said]
    assert verdicts_of(items, "nuclei") == {("A", 1, 0): (True, "merged"), ("A", 2, 3): (False, None)}


@pytest.mark.thorough
def test_rankings_grow_and_end_as_one_made_at_once(
    ranking: Ranking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in sight comes first; the last ranking is that of the whole batch, measured or from the cache."""
    monkeypatch.setattr("tuiqc.triage.batch_ranking._EARLY", 30)
    cache = EvidenceCache(tmp_path / "evidence", tmp_path / "measured")
    planes: list[Path] = []

    def read(path: Path, **place: int) -> NDArray[np.generic]:
        planes.append(path)
        return read_plane(path, **place)

    steps = list(rank_steps(ranking.batch, "nuclei", read, first=(4, 5), cache=cache))
    made = [step.ranking for step in steps if step.ranking is not None]
    assert [step.done for step in steps] == [1, 2, 3, 4, 5, 6, 6]
    assert set(made[0].images.tolist()) == {4, 5}
    assert not made[0].complete
    assert made[-1].complete
    pd.testing.assert_frame_equal(made[-1].frame(), ranking.frame())
    planes.clear()
    again = rank_batch(
        ranking.batch, "nuclei", read, cache=EvidenceCache(tmp_path / "evidence", tmp_path / "measured")
    )
    assert not planes  # how large objects are is kept, too
    pd.testing.assert_frame_equal(again.frame(), ranking.frame())


def test_a_ranking_that_is_not_wanted_any_more_stops(ranking: Ranking) -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 10

    steps = list(rank_steps(ranking.batch, "nuclei", read_plane, cancelled=cancelled))
    assert all(step.ranking is None for step in steps)
    assert 0 < len(steps) < 6


def test_rows_places_and_words_of_an_object(ranking: Ranking) -> None:
    labels, _ = clean(0)
    truth = plant(labels)
    kinds = {"merged": "concavity", "split": "border", "false": "whole", "outline": "stretch"}
    for label, kind in truth.items():
        row = ranking.row_of(0, label)
        assert row is not None
        assert ranking.headline(row).startswith(f"{kind}? ")
        place = ranking.place(row)
        assert place is not None
        assert place.kind == kinds[kind]
        assert all(labels[int(y), int(x)] == label for y, x in place.points)
    border = ranking.place(ranking.row_of(0, 7) or 0)
    assert border is not None
    middle = np.abs(border.points[:, 1] - ndi.center_of_mass(np.isin(labels, (7, 90)))[1])
    assert middle.max() < 4  # it was cut through the middle
    assert ranking.row_of(0, 7000) is None
    assert ranking.rows_of([("0", 1, 0), ("none", 1, 0)]).tolist() == [ranking.row_of(0, 1)]


def test_the_order_mixes_worst_uncertain_and_random(ranking: Ranking) -> None:
    fresh = next_order(ranking, {}, 0)
    assert fresh.rows[:20].tolist() == ranking.order[:20].tolist()
    assert fresh.arms[:20] == ("worst",) * 20
    assert fresh.arms[20:40] == ("uncertain", "random") * 10
    assert set(fresh.arms[40:]) == {"worst"}
    assert sorted(fresh.rows.tolist()) == list(range(len(ranking)))
    judged = {
        (str(ranking.images[row]), int(ranking.labels[row]), 0): (False, None)
        for row in fresh.rows[:25].tolist()
    }
    later = next_order(ranking, judged, 25)
    assert len(later.rows) == len(ranking) - 25
    assert later.arms[:15] == (("random", "uncertain") * 8)[:15]
    score = ranking.score
    uncertain = later.rows[1]
    assert abs(score[uncertain] - np.quantile(score[later.rows], 0.85)) < 1
    assert next_order(ranking, judged, 60).arms[0] == "worst"


def test_only_random_objects_say_how_good_the_batch_is() -> None:
    walked = [Walked("worst", True)] * 15 + [Walked("worst", False)] * 45 + [Walked("random", False)] * 9
    said = learning_summary([*walked, Walked("random", True)], 70, 1070, 70, 16)
    assert (said.recent, said.recent_failed) == (50, 5)
    assert (said.drawn, said.drawn_failed, said.left) == (10, 1, 100)
    assert said.left_low is not None
    assert said.left_high is not None
    assert said.left_low < 100 < said.left_high
    assert said.low < (16 + 100) / 1070 < said.high
    assert said.advice.startswith("of the last 40, 0 failed")
    assert len(said.lines()) == 6
    nothing = learning_summary([Walked("worst", True)], 1, 100, 1, 1)
    assert nothing.left is None
    assert (nothing.low, nothing.high) == (0, 1)
    assert not nothing.advice


def test_rows_are_found_by_image_time_and_label() -> None:
    random = np.random.default_rng(0)
    places = [(0, 0), (0, 1), (3, 0), (3, 0), (7, 2)]  # two slices of a stack
    planes, labels = random.integers(0, 5, 400), random.integers(1, 1 << 40, 400)
    index = ObjectIndex(places, planes, labels)
    rows = {
        (places[plane], label): row
        for row, (plane, label) in enumerate(zip(planes, labels.tolist(), strict=True))
    }
    wanted = [*rows, ((0, 0), 1 << 41), ((9, 0), int(labels[0])), ((0, 0), -1), ((0, 0), 1 << 70)]
    found = index.rows([place for place, _ in wanted], [label for _, label in wanted])
    assert found.tolist() == [rows.get(one, -1) for one in wanted]
    assert ObjectIndex([], np.zeros(0, np.int64), np.zeros(0, np.int64)).rows([(0, 0)], [1]).tolist() == [-1]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (("size", "aspect", "channel edge"), ""),
        (
            ("size", "aspect"),
            "knows 2 of the 3 kinds of evidence measured here (not C edge): the others count as usual",
        ),
        (("length",), "knows none of the 3 kinds of evidence measured here: nothing is learned from it"),
    ],
)
def test_a_model_says_what_it_does_not_know(known: tuple[str, ...], said: str) -> None:
    numbers = np.zeros((1, len(known)))
    model = SavedModel(known, numbers, numbers, np.array([True]), np.array([""]))
    names = ("size", "aspect", "C edge")
    assert [said] * bool(said) == [words.partition("the model ")[2] for words in shared_words([model], names)]
    assert "model 2 " in "".join(shared_words([model, replace(model, names=("length",))], names))
