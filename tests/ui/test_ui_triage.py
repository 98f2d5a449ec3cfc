"""Worst first: the order comes on a key and stays, says why, marks the place, and learns; missed objects are walked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from fixtures.desks import NARROW, WIDE, Desk, csv_rows, desk_on
from fixtures.triage_scenes import clean, plant

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.review.candidate_rows import CandidateRows
from tuiqc.triage.batch_ranking import Step
from tuiqc.triage.image_suspicion import image_suspicions
from tuiqc.triage.lessons import Lessons, read_lessons
from tuiqc.triage.object_ranking import Ranking
from tuiqc.triage.ranking_process import ImagesFound, RankingProcess, RankingRequest
from tuiqc.triage.rule_sets import rule_set
from tuiqc.triage.saved_model import read_model

LOST = 25
"""A nucleus of the second image without an outline."""


def opened(folder: Path, *, table: bool = False) -> Batch:
    return open_batch(
        SourceOptions(
            images=(("DNA", str(folder / "w{well}_DNA.tif")),),
            labels=(("nuclei", str(folder / "w{well}_nuclei_labels.tif")),),
            tables=(("nuclei", str(folder / "w{well}.csv")),) if table else (),
            base_dir=folder,
        )
    )


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two images: errors in the first, and one object that was missed in the second."""
    folder = tmp_path_factory.mktemp("scenes")
    for number in range(2):
        labels, image = clean(number)
        if number == 0:
            plant(labels)
        else:
            labels[labels == LOST] = 0
        rows = [f"{label},{(labels == label).sum()},0.{50 + label}" for label in np.unique(labels)[1:]]
        (folder / f"w{number}.csv").write_text("\n".join(["label,area,probability", *rows]))
        tifffile.imwrite(folder / f"w{number}_DNA.tif", image)
        tifffile.imwrite(folder / f"w{number}_nuclei_labels.tif", labels.astype(np.uint16))
    return folder


@pytest.fixture(scope="module")
def ranking(scenes: Path) -> Ranking:
    """Of both images, made in a process of its own, as the program does it."""
    answers = list(RankingProcess(RankingRequest(opened(scenes), "nuclei", first=(1,))).steps())
    assert isinstance(answers[-1], ImagesFound)
    assert {one.image for one in answers[-1].images} == {0, 1}
    steps = [step for step in answers if isinstance(step, Step)]
    assert sorted({step.done for step in steps}) == [1, 2]
    found = steps[-1].ranking
    assert found is not None
    assert found.complete
    return found


class Known:
    """Ranks at once: what is known already, first of one image, then of both."""

    def __init__(self, ranking: Ranking) -> None:
        self.ranking, self.stopped = ranking, False
        self.silent = False
        """Whether no ranking comes, as while the first planes are measured."""

    def __call__(self, request: RankingRequest) -> Known:
        self.request = request
        return self

    def steps(self) -> Iterator[Step]:
        yield Step(1, 2)
        if self.silent:
            return
        here = replace(self.ranking, batch=self.request.batch)
        yield Step(2, 2, here.refit(self.request.verdicts))
        yield ImagesFound(image_suspicions(here))

    def stop(self) -> None:
        self.stopped = True


def kept(folder: Path) -> AnnotationStore:
    return AnnotationStore.open(folder / "annotations.csv", annotator="a")


async def in_order(desk: Desk) -> None:
    """Press R once something is known, and wait for the order."""
    session = desk.session
    await desk.wait(lambda: session.ranking.images is not None, "the ranking")
    await desk.settled()
    before = session.ranking.taken
    await desk.press("R")
    await desk.wait(lambda: session.ranking.taken is not before, "the order")
    await desk.wait(lambda: session.tables.objects.order_name == "worst first", "the sorting")  # type: ignore[union-attr]
    await desk.settled()


async def judge(desk: Desk, keys: str) -> None:
    """Judge objects by these keys; candidates among them are left unsure."""
    for key in keys:
        while desk.session.cursor.level == "candidate":
            await desk.press("u")
        await desk.press(key)


async def test_the_order_comes_on_the_key_and_says_why(
    scenes: Path, ranking: Ranking, tmp_path: Path
) -> None:
    async with desk_on(opened(scenes), WIDE, store=kept(tmp_path), ranks=Known(ranking)) as desk:
        session = desk.session
        await desk.wait(lambda: session.ranking.newest is not None, "the ranking")
        await desk.settled()
        assert desk.message.startswith("R: ")
        assert "look wrong" in desk.message
        assert session.tables.objects.order_name == "file order", "nothing moves by itself"  # type: ignore[union-attr]
        await in_order(desk)
        worst = int(ranking.order[0])
        assert desk.place == ("object", "0", int(ranking.labels[worst]))
        assert desk.names[2:5] == ["suspicion", "suspect", "area"]
        assert desk.names.index("why") < 8
        assert desk.names[-1] == "rank"
        assert ranking.headline(worst).split(" · ")[0] in desk.text
        assert desk.pane == "objects"
        images = session.tables.images
        assert images.order_name == "worst first"
        assert images.view.column("suspicion")[images.view.order].tolist() == [100, 0]
        asked = desk.review.context.pictures.number
        await desk.press("shift+tab")
        assert not desk.review.context.status.why_line.display
        assert desk.review.context.pictures.number == asked + 1, "one picture though the panes get higher"
        await desk.press("tab")
        assert desk.review.context.pictures.number == asked + 2
        await desk.press("slash", *"suspicion>90", "enter")
        assert 0 < len(session.tables.objects) < 10  # type: ignore[arg-type]
        suspect = str(ranking.suspects[worst])
        key = next(one.key for one in desk.review.context.status.reasons.here if one.name == suspect)
        assert f"{key} {suspect}?" in desk.text, "the reason that is suspected stands first"
        assert desk.review.context.status.reason_line.entries[0] == (key, suspect)
        assert not session.annotator.annotation, "nothing is pressed for the person"
        await desk.press(str(key))
        assert session.store.items()[0][1].reason == suspect


async def test_verdicts_are_learned_from_and_the_order_waits_for_the_key(
    scenes: Path, ranking: Ranking, tmp_path: Path
) -> None:
    async with desk_on(opened(scenes), NARROW, store=kept(tmp_path), ranks=Known(ranking)) as desk:
        session = desk.session
        await in_order(desk)
        order = session.tables.objects.view.order.copy()  # type: ignore[union-attr]
        await judge(desk, "pfppf")
        await desk.wait(lambda: session.ranking.learning and session.ranking.learning.learned, "learning")
        await desk.settled()
        assert session.ranking.learning.recent_failed == 2  # type: ignore[union-attr]
        assert "learned 5, 2 of the last 5 failed" in desk.text
        assert (session.tables.objects.view.order == order).all()  # type: ignore[union-attr]
        assert session.ranking.newest.learned == 5  # type: ignore[union-attr]
        await desk.press("N")
        assert "of the last 5 worst first, 2 failed" in desk.text
        assert f"1-5  {'█' * 8}{' ' * 12} 2 of 5 failed" in desk.text
        await desk.press("escape")
        await in_order(desk)
        judged = {subject.label for subject, _ in session.store.items()}
        assert desk.place[2] not in judged or desk.place[1] != "0"
        walked = len(session.ranking.walked("nuclei"))
    async with desk_on(opened(scenes), NARROW, store=kept(tmp_path), ranks=Known(ranking)) as desk:
        await desk.wait(lambda: desk.session.ranking.taken is not None, "the order of the last session")
        assert len(desk.session.ranking.walked("nuclei")) == walked == 5


@pytest.mark.thorough
async def test_evidence_is_columns_that_are_chosen_and_what_was_learned_is_kept(
    scenes: Path, ranking: Ranking, tmp_path: Path
) -> None:
    known, store = Known(ranking), kept(tmp_path)
    async with desk_on(opened(scenes, table=True), WIDE, store=store, ranks=known) as desk:
        session = desk.session
        session.ranking.lessons = Lessons("nuclei", {("0", 2, 0): (True, "merged")}, ())
        await in_order(desk)
        scores = known.request.scores
        assert scores is not None
        assert scores.by_object()[0, 1, 0] == 0.51
        assert desk.names[2:5] == ["suspicion", "suspect", "area"]
        assert desk.names.index("why") < 8
        assert not [name for name in desk.names if name.startswith("evidence_")], "off until they are chosen"
        await desk.press("I", *"hull (24")
        assert "Evidence: what the order worst first looks at (1)" in desk.text
        assert "[ ] evidence_solidity  area / area of the convex hull" in desk.text
        await desk.press("down", "down", "space", "enter")
        assert "evidence_solidity" in desk.names
        objects = session.tables.objects
        assert objects is not None
        await desk.press("slash", *"evidence_solidity<0.8", "enter")
        assert 0 < len(objects) < 5
        assert (objects.view.column("evidence_solidity")[objects.view.order] < 0.8).all()
        await desk.press("backslash")
        await judge(desk, "pfppf")
        await desk.wait(lambda: session.ranking.learning and session.ranking.learning.learned, "learning")
        await desk.settled()
        await desk.press("N")
        assert "--learn-from: 1 verdicts of others, 0 models" in desk.text
        await desk.press("s", "enter")
        await desk.wait(lambda: "kept in" in desk.message, "the model")
    model = read_model(tmp_path / "annotations_nuclei_model.json")
    assert model.failed.sum() == 2
    assert read_lessons([tmp_path / "annotations_nuclei_model.json"], "nuclei").models[0].names == model.names
    async with desk_on(opened(scenes, table=True), WIDE, store=kept(tmp_path), ranks=known) as desk:
        await desk.wait(lambda: "evidence_solidity" in desk.names, "the column of the last session")


@pytest.mark.thorough
async def test_an_order_that_comes_late_leaves_the_keys_where_they_were(
    scenes: Path, ranking: Ranking, tmp_path: Path
) -> None:
    batch, known = opened(scenes), Known(ranking)
    known.silent = True
    async with desk_on(batch, NARROW, store=kept(tmp_path), ranks=known) as desk:
        session = desk.session
        await desk.wait(lambda: session.ranking.done == 1, "the first step")
        await desk.wait(lambda: not session.ranking.making, "the end of the work that says no more")
        session.ranking.making = True
        await desk.press("ctrl+t")
        assert "it is being measured (1 of 2)" in desk.message
        await desk.press("R")
        assert session.cursor.level == "object"
        await desk.press("w", "p")
        assert [subject.level for subject, _ in session.store.items()] == ["object"]
        assert desk.pane == "objects"
        await desk.press("shift+tab")
        assert session.cursor.level == "image"
        desk.review.context.work.ranking._newer(replace(ranking, batch=batch))
        await desk.wait(lambda: session.tables.objects.order_name == "worst first", "the order")  # type: ignore[union-attr]
        await desk.settled()
        await desk.press("p")
        assert sorted(subject.level for subject, _ in session.store.items()) == ["image", "object"]


async def test_an_order_that_comes_under_a_dialog_leaves_what_it_is_about(
    scenes: Path, ranking: Ranking, tmp_path: Path
) -> None:
    """A note on one nucleus stood beside the picture of another: the order had gone to the worst one meanwhile."""
    batch, known = opened(scenes), Known(ranking)
    known.silent = True
    async with desk_on(batch, WIDE, store=kept(tmp_path), ranks=known) as desk:
        session = desk.session
        await desk.wait(lambda: session.ranking.done == 1 and not session.ranking.making, "the first step")
        session.ranking.making = True
        await desk.press("R", "end")
        before = session.cursor.place
        assert before.label != ranking.labels[int(ranking.order[0])]
        await desk.press("n")
        desk.review.context.work.ranking._newer(replace(ranking, batch=batch))
        await desk.wait(lambda: session.tables.objects.order_name == "worst first", "the order")  # type: ignore[union-attr]
        for _ in range(20):
            await desk.pilot.pause(0.01)
        assert session.cursor.place == before
        await desk.press("o", "enter")
        assert [(subject.label, one.note) for subject, one in session.store.items()] == [(before.label, "o")]


async def test_the_place_of_the_evidence_is_marked(scenes: Path, ranking: Ranking, tmp_path: Path) -> None:
    async with desk_on(opened(scenes), WIDE, store=kept(tmp_path), ranks=Known(ranking)) as desk:
        await in_order(desk)
        await desk.press("B")
        await desk.wait(lambda: desk.session.ranking.places, "the place")
        await desk.settled()
        assert "marked: " in desk.message
        points = np.array(desk.spec.place)
        at = ranking.place(int(ranking.order[0]))
        assert at is not None
        assert sorted(map(tuple, points[:, ::-1])) == sorted(map(tuple, at.points))
        await desk.press("B")
        await desk.settled()
        assert not desk.spec.place


async def test_candidates_stand_among_the_objects(scenes: Path, ranking: Ranking, tmp_path: Path) -> None:
    async with desk_on(opened(scenes), WIDE, store=kept(tmp_path), ranks=Known(ranking)) as desk:
        session, tables = desk.session, desk.review.context.tables
        await in_order(desk)
        objects, rows = session.tables.objects, session.tables.candidates
        assert objects is not None
        assert rows is not None
        assert f"{len(objects):,} + {len(rows)} missed?" in desk.text
        await desk.press("down")
        assert (session.cursor.level, tables.objects.row) == ("candidate", 1)
        assert "missed? looks like an object" in desk.text
        assert "fail: an object was missed here" in desk.text
        assert any("+1" in line and "missed?" in line for line in desk.lines)
        assert "3 missed?" in desk.text, "the reason that says it"
        await desk.press("f")
        assert session.cursor.level == "object", "on to the next in the order"
        assert tables.objects.row == 2
        assert "objects" not in desk.progress
        await desk.press("up")
        assert session.cursor.level == "candidate"
        assert f"1 of {len(rows)} missed nuclei" in desk.progress
        await desk.press("z", "f", "up", "up", "m")
        assert tables.objects.row == 2, "m leaves out the candidate that was judged"
        await desk.press("m", "down", "tab", "shift+tab")
        await desk.press("home", "down", "j", "k")
        assert session.cursor.level == "candidate"
        await desk.press("tab", "shift+tab", "enter")
        assert session.cursor.level == "candidate", "another pane and back"
        assert objects.image_filter is None, "enter enlarges it"
        await desk.press("U")
        assert session.tables.covered
        await desk.press("escape")
        await desk.press("end")
        assert tables.objects.row == len(objects) + len(rows) - 1
        await desk.press("home", "down", "slash", *"suspicion>90", "enter")
        assert session.tables.mixed is None, "a filter speaks of objects"
        assert session.cursor.level == "object"
        await desk.press("backslash", "home", "down", "s")
        assert session.tables.mixed is None, "nor in another order"
        assert session.cursor.level == "object"
        path = session.store.path
    assert [(row["level"], row["verdict"]) for row in csv_rows(path)] == [("candidate", "fail")]


@pytest.mark.thorough
async def test_missed_objects_are_judged_apart(scenes: Path, ranking: Ranking, tmp_path: Path) -> None:
    batch = opened(scenes)
    async with desk_on(batch, WIDE, store=kept(tmp_path), ranks=Known(ranking)) as desk:
        await desk.wait(lambda: desk.session.ranking.newest is not None, "the ranking")
        await desk.settled()
        await desk.press("U")
        assert desk.session.cursor.level == "candidate"
        assert "missed 1" in desk.text
        assert f"0 of {len(ranking.found)} missed nuclei" in desk.progress
        await desk.press("f")
        assert "✗ 1" in desk.progress, "short beside the hint"
        rows = desk.session.tables.candidates
        assert rows is not None
        first = ranking.found[0]
        moved_on = first._replace(candidate=replace(first.candidate, y=first.candidate.y + 1, score=0.01))
        new = first._replace(
            number=2, key=replace(first.key, image=0), candidate=replace(first.candidate, score=9.0)
        )
        here = replace(ranking, batch=batch, found=(new, moved_on, *ranking.found[1:]))
        desk.session.ranking.take_in(here)
        await desk.wait(lambda: desk.session.tables.candidates is not rows, "the rows made anew")
        await desk.settled()
        rows = desk.session.tables.candidates
        assert rows is not None
        assert len(rows) == len(ranking.found) + 1
        assert rows.counts()["fail"] == 1, "the verdict stays at its place"
        await desk.press("escape")
        assert desk.session.cursor.level != "candidate"
        assert not desk.session.tables.objects.counts()["fail"], "not counted among the objects"  # type: ignore[union-attr]
        path, judged = desk.store.path, [said for _, said in desk.store.items()]
    row = csv_rows(path)[0]
    lost = np.argwhere(clean(1)[0] == LOST).mean(axis=0)
    assert (row["level"], row["image"], row["label"], row["verdict"]) == ("candidate", "1", "1", "fail")
    assert abs(float(row["centre_y"]) - lost[0]) < 3
    assert abs(float(row["centre_x"]) - lost[1]) < 3
    moved = [replace(judged[0], subject=judged[0].subject._replace(label=4))]
    assert CandidateRows(batch, ranking, moved).numbers[0] == 4, "known again by its place"


@pytest.mark.thorough
async def test_a_blind_reviewer_sees_what_was_suspected_after_the_verdict(
    scenes: Path, ranking: Ranking, tmp_path: Path
) -> None:
    batch = opened(scenes)
    store = AnnotationStore.open(tmp_path / "blind.csv", annotator="b", blind=True)
    async with desk_on(batch, WIDE, store=store, ranks=Known(ranking)) as desk:
        await in_order(desk)
        objects = desk.session.tables.objects
        assert objects is not None
        assert "hidden until the verdict" in desk.text
        assert not (objects.view.column("suspect") != "").any()
        first = desk.session.cursor.position
        await desk.press("f")
        assert objects.view.column("suspect")[first] == f"{ranking.suspects[ranking.order[0]]}?"
        await desk.press("z")
        assert not (objects.view.column("suspect") != "").any()


async def test_the_gallery_is_grouped_by_kind(scenes: Path, ranking: Ranking, tmp_path: Path) -> None:
    async with desk_on(opened(scenes), WIDE, store=kept(tmp_path), ranks=Known(ranking)) as desk:
        await desk.wait(lambda: desk.session.ranking.newest is not None, "the ranking")
        await desk.settled()
        await desk.press("g", "R")
        await desk.wait(lambda: "suspect: merged?" in desk.text, "the groups")
        session = desk.session
        objects, rows, mixed = session.tables.objects, session.tables.candidates, session.tables.mixed
        assert objects is not None
        assert rows is not None
        assert mixed is not None, "candidates are a group of their own"
        source = desk.review.context.views.view.source  # type: ignore[union-attr]
        headings = [source.heading(number) for number in range(len(source.starts()))]
        assert "suspect: missed?" in headings
        assert headings == [*sorted(headings[:-1]), "suspect: none"]
        first = int(source.starts()[headings.index("suspect: missed?")])
        source.go(first)
        await desk.settled()
        assert (session.cursor.level, session.cursor.candidate) == ("candidate", int(rows.numbers[0]))
        assert "+1 · missed?" in desk.text
        await desk.press("f")
        assert rows.counts()["fail"] == 1
        assert source.cursor == first + 1, "on to the next tile"
        await desk.press("z")
        assert (source.cursor, rows.counts()["fail"]) == (first, 0)
        await desk.press("ctrl+a")
        assert objects.selection.count
        assert session.cursor.level == "candidate"
        assert all(position < objects.total for position in objects.selection.positions())
        await desk.press("escape", "escape", "R", "g")
        await desk.wait(lambda: len(objects.view.sort_keys) == 1, "the order")
        await desk.settled()
        assert source.count == len(objects) + len(rows)
        assert source.position(1) == objects.total, "behind the very worst object"


def test_a_process_that_is_stopped_ends_at_once_and_what_is_broken_is_said(
    scenes: Path, tmp_path: Path
) -> None:
    process = RankingProcess(RankingRequest(opened(scenes), "nuclei"))
    process.stop()
    assert list(process.steps()) == []


@pytest.mark.thorough
async def test_rules_are_listed_with_their_share_moved_filtered_by_and_kept(
    scenes: Path, ranking: Ranking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUIQC_CONFIG_DIR", str(tmp_path / "settings"))
    async with desk_on(opened(scenes), NARROW, store=kept(tmp_path), ranks=Known(ranking)) as desk:
        session = desk.session
        await in_order(desk)
        await desk.press("ctrl+t")
        await desk.wait(lambda: f"Rules on {len(ranking)} nuclei" in desk.text, "the rules")
        await desk.press("t")
        assert "threshold 2 of 2: flags what is below -1 in zscore(form_factor)" in desk.text
        await desk.press(*["down"] * 6, "right", "space")
        book = session.ranking.rules
        assert book is not None
        rule = book.rules["mask_sanity.ragged"]
        value = rule.threshold.value  # type: ignore[union-attr]
        assert value > 0.8
        assert rule.rule.where == f"solidity < {value:.10g}"
        assert f"flags what is below {value:g} in solidity" in desk.text
        objects = session.tables.objects
        assert objects is not None
        await desk.wait(lambda: len(objects) == rule.count > 0, "the filter")
        before = rule.count
        assert f"[x]  ragged*  {before:>24,}" in desk.text
        await desk.press("shift+right", *["right"] * 12)
        assert len(objects) == rule.count > before, "rows and share follow"
        assert "◄▲" in desk.text
        await desk.press("c", "k")
        assert "mask_sanity.ragged" in desk.names
        assert objects.stack.chips() == [("mask_sanity.ragged", len(objects))]
        path = tmp_path / "settings" / "rules" / "mine.toml"
        assert rule_set("mine").rules == (replace(rule.rule, name="mask_sanity_ragged"),)
        path.write_text("# by hand\n" + path.read_text())
        await desk.press("0", "k")
        assert rule_set("mine").rules[0].where == "solidity < 0.8"
        assert path.read_text().startswith("# by hand\n")
        await desk.press("escape")
        assert objects.view.kind("mine.mask_sanity_ragged") == "bool"


class Silent:
    """Ranks nothing, and keeps what it was asked."""

    request: RankingRequest | None = None

    def __call__(self, request: RankingRequest) -> Silent:
        self.request = request
        return self

    def steps(self) -> Iterator[Step]:
        return iter(())

    def stop(self) -> None:
        pass


@pytest.mark.thorough
async def test_what_tracks_say_of_objects_goes_to_the_ranking(tmp_path: Path) -> None:
    """And comes back as words: before, the screen ranked movies without it."""
    labels, image = clean(0)
    masks = np.stack([labels] * 4)
    masks[2][masks[2] == 2] = 1
    for name, planes in (("DNA", np.stack([image] * 4)), ("nuclei_labels", masks.astype(np.uint16))):
        tifffile.imwrite(tmp_path / f"a_{name}.tif", planes, imagej=True, metadata={"axes": "TYX"})
    batch, silent = open_batch(SourceOptions(sources=(str(tmp_path),))), Silent()
    async with desk_on(batch, NARROW, store=kept(tmp_path), ranks=silent) as desk:
        await desk.wait(lambda: silent.request is not None, "the request")
    assert silent.request is not None
    assert silent.request.moments[0, 1, 2][1] == "area"
    *_, last = (step for step in silent.request.steps() if isinstance(step, Step))
    assert last.ranking is not None
    row = last.ranking.row_of(0, 1, 2)
    assert row is not None
    assert "its track changes its area here" in last.ranking.headline(row)
