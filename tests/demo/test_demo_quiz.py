"""The quiz: what is planted, how answers are held against it, and one that is played on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.desks import desk_on
from fixtures.review_batches import options

from tuiqc.cli.demo import answers_of
from tuiqc.dataset.open.batch import open_batch
from tuiqc.demo.quiz import Answer, Planted, Score, make_quiz, scored


@pytest.fixture(scope="module")
def quiz(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Planted]]:
    folder = tmp_path_factory.mktemp("quiz") / "images"
    return folder, make_quiz(folder, 3, size=256)


def test_twelve_errors_are_planted_and_nothing_names_them(quiz: tuple[Path, list[Planted]]) -> None:
    folder, planted = quiz
    assert len(planted) == 12
    assert {one.error for one in planted} == {"merged", "split", "missed", "debris"}
    assert len(list(folder.glob("*_nuclei_labels.tif"))) == 6
    assert not (folder / "truth.csv").exists()


def test_answers_are_held_against_what_was_planted() -> None:
    planted = [
        Planted("a", "split", (3, 4), 10, 10, "cut in two"),
        Planted("a", "missed", (), 50, 50, "no label"),
        Planted("b", "missed", (), 5, 5, "no label"),
        Planted("b", "debris", (7,), 90, 90, "dirt"),
    ]
    answers = [
        Answer("a", 4),
        Answer("a", 3, "split"),  # the other part of the same
        Answer("a", 0, "missed", 45.0, 52.0),
        Answer("b", 0, "missed"),
        Answer("b", 2, "merged"),
        Answer("a", 0, "focus"),
    ]
    score = scored(planted, answers)
    assert [one.error for one in score.found] == ["split", "missed", "missed"]
    assert [one.error for one in score.missed] == ["debris"]
    assert {(one.image, one.label) for one in score.false} == {("b", 2), ("a", 0)}
    text = "\n".join(score.lines(372))
    assert "3 of 4 planted errors found in 6:12\n" in text
    assert "missed  debris  image b, nuclei 7: dirt" in text
    assert "10 minutes are meant" in Score(missed=planted).lines(601)[0]


async def test_a_quiz_is_played_on_the_screen(quiz: tuple[Path, list[Planted]]) -> None:
    folder, planted = quiz
    batch = open_batch(options(folder))
    merged = next(one for one in planted if one.error == "merged")
    async with desk_on(batch, layer="nuclei") as desk:
        images = [
            image.index for image in batch.images if image.masks["nuclei"].name.startswith(merged.image)
        ]
        desk.session.cursor.show_image(images[0])
        assert desk.session.cursor.go_label(merged.labels[0])
        await desk.press("f", "ctrl+s")
        path = desk.store.path
    score = scored(planted, answers_of(batch, path))
    assert score.found == [merged]
    assert not score.false
    assert len(score.missed) == 11
