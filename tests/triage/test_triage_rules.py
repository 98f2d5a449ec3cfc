"""Rules with names, models that are kept, and what the segmenter said of its objects."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures.triage_scenes import clean, plant, write_scenes

from tuiqc.cli import main
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError, UsageError
from tuiqc.pixels import read_plane
from tuiqc.tables.table_view import TableView
from tuiqc.triage.batch_ranking import rank_batch
from tuiqc.triage.evidence_cache import EvidenceCache
from tuiqc.triage.evidence_columns import evidence_columns, joined, rule_frame
from tuiqc.triage.object_ranking import UNSURE, Ranking
from tuiqc.triage.rule_sets import Rule, flagged, missing_columns, rule_set, shipped_rule_sets
from tuiqc.triage.rule_thresholds import ThresholdScale, moved, thresholds
from tuiqc.triage.saved_model import model_of, model_text, read_model


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    write_scenes(folder, 3)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> EvidenceCache:
    folder = tmp_path_factory.mktemp("evidence")
    return EvidenceCache(folder, folder / "measured")


@pytest.fixture(scope="module")
def ranking(scenes: Path, cache: EvidenceCache) -> Ranking:
    source = SourceOptions(
        images=(("DNA", "w{well}_DNA.tif"),),
        labels=(("nuclei", "w{well}_nuclei_labels.tif"),),
        base_dir=scenes,
    )
    return rank_batch(open_batch(source), "nuclei", read_plane, cache=cache)


@pytest.mark.thorough
def test_shipped_rules_speak_of_evidence_that_there_is(ranking: Ranking) -> None:
    frame = rule_frame(ranking)
    assert shipped_rule_sets() == ["cosmicqc", "mask_sanity", "segmenter"]
    for name in shipped_rule_sets():
        rules = rule_set(name)
        for rule in rules.rules:
            assert rule.about
            assert set(missing_columns(rule, frame.columns)) <= {"segmenter_score"}
        flags = flagged(rules, frame)
        assert list(flags.columns) == rules.columns()
        assert all(flags[column].dtype == bool for column in flags)


def test_rules_flag_as_they_are_written(ranking: Ranking, tmp_path: Path) -> None:
    """Raw values, robust z in each image, quantiles; coSMicQC's conditions hold all at once."""
    frame = rule_frame(ranking)
    file = tmp_path / "mine.toml"
    file.write_text(
        'about = "of mine"\n[[rules]]\nname = "raw"\nwhere = "area < 60"\n'
        '[[rules]]\nname = "z"\nwhere = "robust_z(area by image) > 3.5"\n'
        '[[rules]]\nname = "least"\nwhere = "quantile(edge) < 0.1"\n'
        '[[rules]]\nname = "no"\nwhere = "never_measured > 1"\n'
    )
    flags = flagged(rule_set(str(file)), frame)
    assert flags["mine.raw"].tolist() == (frame["area"] < 60).tolist()
    merged = frame[(frame["image"] == "0") & (frame["label"] == 1)].index
    assert flags.loc[merged, "mine.z"].all()
    assert flags["mine.least"].mean() == pytest.approx(0.1, abs=0.02)
    assert not flags["mine.no"].any()
    cosmic = flagged(rule_set("cosmicqc"), frame)
    z = (frame["area"] - frame["area"].mean()) / frame["area"].std()
    form = (frame["form_factor"] - frame["form_factor"].mean()) / frame["form_factor"].std()
    assert cosmic["cosmicqc.large_nuclei"].tolist() == ((z > 2) & (form < -2)).tolist()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("about = 'x'", "no [[rules]]"),
        ("[[rules]]\nname='a'", "no `where`"),
        ("[[rules]]\nname='a b'\nwhere='area > 1'", "'a b'"),
        ("[[rules]]\nname='a'\nwhere='area >'", "rule 'a'"),
        ("[[rules]]\nname='a'\nwhere='area > 1'\n[[rules]]\nname='a'\nwhere='area > 1'", "two rules"),
        ("rules = 3", "no [[rules]]"),
        ("rules = [3]", "rule 1 is no table"),
        ("not toml", "not TOML"),
        ("a = " + "[" * 5000, "levels"),
    ],
)
def test_what_is_no_set_of_rules_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(InputError) as error:
        rule_set(str(file))
    assert said in str(error.value)
    assert "bad.toml" in str(error.value)
    with pytest.raises(UsageError, match="shipped are cosmicqc"):
        rule_set("none_such")


def test_a_rule_that_asks_numbers_of_a_text_is_told(ranking: Ranking, tmp_path: Path) -> None:
    file = tmp_path / "texts.toml"
    file.write_text("[[rules]]\nname = 'a'\nwhere = 'zscore(word) > 2'\n")
    with pytest.raises(InputError, match=r"rule texts\.a"):
        flagged(rule_set(str(file)), rule_frame(ranking).assign(word="long"))


def test_a_model_of_verdicts_is_used_on_another_batch(
    ranking: Ranking, cache: EvidenceCache, tmp_path: Path
) -> None:
    """Who fails what is long in one batch finds it earlier in the next."""
    aspect = ranking.population.column("aspect")
    long = np.argsort(aspect)[:12]
    verdicts = {
        (str(ranking.images[row]), int(ranking.labels[row]), 0): (row in long, None)
        for row in [*long.tolist(), *np.argsort(-aspect)[:12].tolist()]
    }
    file = tmp_path / "model.json"
    file.write_text(model_text(model_of(ranking.refit(verdicts).ranker)))
    model = read_model(file)
    assert model.failed.sum() == 12
    later = rank_batch(ranking.batch, "nuclei", read_plane, cache=cache, models=[model])
    assert later.learned == 0
    assert later.ranks[long].mean() < ranking.ranks[long].mean()
    both = model_of(later.refit(verdicts).ranker, [model])
    assert len(both.failed) == 48
    with pytest.raises(UsageError, match="no object of the batch has a verdict"):
        model_of(ranking.ranker)


_ONE = {"failed": True, "suspect": "merged", "of_image": [1], "of_batch": [1]}
_GOOD = {"format": "tuiqc model of verdicts", "version": 1, "names": ["size"], "examples": [_ONE]}


@pytest.mark.parametrize(
    "change",
    [
        {"format": "pickle"},
        {"version": 2},
        {"names": "size"},
        {"names": ["size", "size"]},
        {"examples": []},
        {"examples": [_ONE | {"failed": 1}]},
        {"examples": [_ONE | {"suspect": "__import__"}]},
        {"examples": [_ONE | {"of_image": [1, 2]}]},
        {"examples": [_ONE | {"of_image": ["1"]}]},
        {"examples": [_ONE | {"of_batch": [float("nan")]}]},
        {"examples": [_ONE | {"of_batch": [1e400]}]},
        {"examples": [None]},
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    file = tmp_path / "m.json"
    file.write_text(json.dumps(_GOOD))
    assert read_model(file).names == ("size",)
    file.write_text(json.dumps(_GOOD | change))
    with pytest.raises(InputError, match=r"m\.json"):
        read_model(file)


def test_hostile_files_are_no_models(tmp_path: Path) -> None:
    file = tmp_path / "m.json"
    for data in (b"\x80\x04cos\nsystem\n", b"[" * 100_000, b"", b"{}", b'{"a": 1}'):
        file.write_bytes(data)
        with pytest.raises(InputError):
            read_model(file)
    with pytest.raises(InputError):
        read_model(tmp_path)


def test_what_the_segmenter_was_unsure_of_comes_earlier(ranking: Ranking, cache: EvidenceCache) -> None:
    random = np.random.default_rng(0)
    keys = list(zip(ranking.images.tolist(), ranking.labels.tolist(), strict=True))
    scores = {(image, label, 0): float(random.uniform(0.9, 1)) for image, label in keys}
    doubted = int(ranking.order[len(ranking) // 2])
    scores[(*keys[doubted], 0)] = 0.1
    found = rank_batch(ranking.batch, "nuclei", read_plane, cache=cache, segmenter=scores)
    assert found.ranks[doubted] < ranking.ranks[doubted]
    assert UNSURE in found.why(np.array([doubted]))[0]
    assert "segmenter_score" in rule_frame(found)
    assert not any(UNSURE in words for words in ranking.why(ranking.order))


def test_evidence_joins_the_rows_of_a_table(ranking: Ranking) -> None:
    columns = joined(ranking, np.array([0, 1, 0]), np.array([1.0, 2.0, np.nan]))
    row = ranking.row_of(1, 2)
    assert columns["suspicion"][1] == ranking.suspicion[row]
    assert np.isnan(columns["suspicion"][2])
    assert columns["suspect"].tolist() == ["merged", str(ranking.suspects[row]), ""]
    assert columns["why"][0]
    assert columns["evidence_solidity"][1] == evidence_columns(ranking)["evidence_solidity"][row]
    assert "evidence_edge_DNA" in columns


@pytest.mark.thorough
def test_the_command_line_writes_models_flags_and_evidence(
    scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts, model, table = (tmp_path / name for name in ("v.csv", "m.json", "t.csv"))
    verdicts.write_text("image,label,verdict\n0,1,fail\n1,3,pass\n")
    patterns = [
        "--images",
        f"DNA={scenes}/w{{w}}_DNA.tif",
        "--labels",
        f"nuclei={scenes}/w{{w}}_nuclei_labels.tif",
    ]
    call = ["rank", *patterns, "-o", str(table), "--json"]
    more = ["--learn-from", str(verdicts), "--save-model", str(model), "--rules", "mask_sanity", "--evidence"]
    assert main([*call, *more]) == 0
    said = json.loads(capsys.readouterr().out)
    written = pd.read_csv(table)
    assert said["rules"]["mask_sanity.ragged"]["flagged"] == written["mask_sanity.ragged"].sum()
    assert "evidence_edge_DNA" in written
    assert len(read_model(model).failed) == 2
    assert main([*call, "--learn-from", str(model)]) == 0
    assert "the model knows" not in capsys.readouterr().err
    assert main([*call[:1], *patterns[2:], *call[-3:], "--learn-from", str(model)]) == 0  # it knows more
    assert "the model knows" not in capsys.readouterr().err
    other = json.loads(model.read_text())
    model.with_name("o.json").write_text(
        json.dumps({**other, "names": [f"x{at}" for at in range(len(other["names"]))]})
    )
    assert main([*call, "--learn-from", str(model.with_name("o.json"))]) == 0
    assert "the model knows none of the" in capsys.readouterr().err
    assert main([*call, "--learn-from", str(model), "--save-model", str(model)]) == 2  # an input
    assert main([*call, "--rules", "nothing"]) == 2
    assert set(plant(clean(0)[0])) <= set(written.head(16)["label"])


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (
            "zscore(area) < -1 and not form_factor > 0.5",
            [("zscore(area)", "below", -1), ("form_factor", "below", 0.5)],
        ),
        (
            "10 < area or area between 3 and 5",
            [("area", "above", 10), ("area", "above", 3), ("area", "below", 5)],
        ),
        ("outlier(area, 3 by image) or border == 1", [(None, "above", 3)]),
        ("outlier(area)", [(None, "above", 1.5)]),
        ("border == 1", []),
    ],
)
def test_the_thresholds_of_a_rule_are_found_and_moved(
    where: str, found: list[tuple[str | None, str, float]]
) -> None:
    rule, frame = (
        Rule("r", where),
        pd.DataFrame({"area": np.arange(1.0, 101), "form_factor": 0.6, "border": 0}),
    )
    frame["image"], view = 1, TableView(frame)
    seen = thresholds(rule)
    assert [(one.flags, one.value) for one in seen] == [(flags, value) for _, flags, value in found]
    for one, (words, flags, value) in zip(seen, found, strict=True):
        assert words in (None, one.words)
        other = moved(rule, one, value + 0.25)
        again = thresholds(other)[seen.index(one)]
        assert (again.value, again.words, again.flags) == (value + 0.25, one.words, flags)
        scale = ThresholdScale.of(one.values(view, where), value)
        assert scale.low <= value <= scale.high
        assert scale.counts.sum() == 100
        further = scale.moved(value, 1)
        assert 0 < further - value < 2.1 * scale.step
        assert scale.moved(further, -0.1) == pytest.approx(further - scale.step / 10, abs=scale.step / 10)
