"""What is walked, and what the second session on a file is asked."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from fixtures.review_batches import open_store, small_batch

from tuiqc.cli import build_parser
from tuiqc.cli.open import ask_what_to_do, own_file
from tuiqc.cli.options import category_column
from tuiqc.cli.queue_options import check_queue_options, make_queue, share
from tuiqc.errors import InputError, UsageError
from tuiqc.qc.lock import LockedError, LockOwner, this_process

ELSEWHERE = LockOwner(host="node7", machine="other", pid=4711, user="ann", since="2026-11-22T17:00:00.000Z")


def parsed(*more: str) -> argparse.Namespace:
    return build_parser().parse_args(["open", "somewhere", *more])


def test_shares_are_read_in_both_spellings() -> None:
    assert share("5%") == share("0.05") == share("5 %") == 0.05
    for wrong in ("0", "100%", "7"):
        with pytest.raises(argparse.ArgumentTypeError):
            share(wrong)


@pytest.mark.parametrize(
    "more",
    [
        ("--sample", "5", "--queue", "a.csv"),
        ("--sample", "0"),
        ("--adjudicate", "a.csv", "--annotations", "b.csv"),
        ("--adjudicate", "a.csv", "--blind"),
        ("--stratify", "well"),
        ("--new-sample",),
    ],
)
def test_options_that_do_not_go_together(more: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        check_queue_options(parsed(*more))


def test_the_queue_that_is_asked_for(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "data")
    with open_store(batch) as store:
        assert make_queue(parsed(), batch, store) == (None, False)
        queue, walk = make_queue(parsed("--sample", "4", "--repeat", "25%", "--accept", "2%"), batch, store)
        assert walk
        assert queue is not None
        assert (len(queue.subjects), queue.layer, queue.accept) == (4, "nuclei", 0.02)
        kept, walk = make_queue(parsed(), batch, store)
        assert kept is not None
        assert (kept.subjects, walk) == (queue.subjects, False)
        assert make_queue(parsed("--blind"), batch, store) == (kept, False), (
            "only what is suspected is hidden"
        )
        with pytest.raises(UsageError, match="no object layer 'x'"):
            make_queue(parsed("--sample", "4", "--of", "x"), batch, store)
        images, _ = make_queue(parsed("--sample", "2", "--of", "images", "--new-sample"), batch, store)
        assert images is not None
        assert images.level == "image"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [(["x", "r"], ("read-only", "a.csv")), (["own"], ("own", "a.bob_1.csv")), (["t"], ("steal", "a.csv"))],
)
def test_the_second_session_is_asked(
    tmp_path: Path, answers: list[str], expected: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    error = LockedError(tmp_path / "a.csv", ELSEWHERE)
    what, path = ask_what_to_do(error, "bob 1", lambda _: answers.pop(0))
    assert (what, path.name) == expected
    assert "ann on node7 (process 4711" in " ".join(capsys.readouterr().out.split())


def test_the_question_fits_into_80_columns_and_a_wrong_answer_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    answers = ["x", "r"]
    ask_what_to_do(LockedError(tmp_path / "annotations.csv", ELSEWHERE), "bob", lambda _: answers.pop(0))
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines if str(tmp_path) not in line) < 80
    assert lines[-1] == "r, o, t or q"
    assert [line[2] for line in lines if line.startswith("  ") and line[2] != " "] == ["r", "o", "t", "q"]


def test_a_session_that_surely_runs_is_not_robbed(tmp_path: Path) -> None:
    error = LockedError(tmp_path / "a.csv", this_process())
    answers = ["t", "q"]
    with pytest.raises(UsageError, match="--read-only"):
        ask_what_to_do(error, "bob", lambda _: answers.pop(0))
    assert not answers

    def gone(_: str) -> str:
        raise EOFError

    with pytest.raises(UsageError):
        ask_what_to_do(error, "bob", gone)
    assert own_file(tmp_path / "a.csv", "").name == "a.mine.csv"


def test_categories_from_a_line_or_a_file(tmp_path: Path) -> None:
    assert category_column(None) is None
    column = category_column("cell_type: neuron, muscle, neuron")
    assert column is not None
    assert [(one.key, one.name) for one in column.categories] == [(1, "neuron"), (2, "muscle")]
    path = tmp_path / "own.toml"
    path.write_text('column = "stage"\n[[category]]\nname = "G1"\ncolour = "#102030"\n')
    stage = category_column(str(path))
    assert stage is not None
    assert stage.colour("G1") == (16, 32, 48)
    with pytest.raises(InputError):
        category_column("verdict: a, b")
