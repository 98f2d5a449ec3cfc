"""What helps a newcomer: the tour played through, hints behind the first verdicts, words where there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.desks import NARROW, WIDE, desk_on
from fixtures.review_batches import small_batch

from tuiqc.cli import main
from tuiqc.preferences import preference
from tuiqc.ui.keys import Keymap
from tuiqc.ui.tour import STEPS, Tour

Captured = pytest.CaptureFixture[str]


async def test_the_tour_is_played_through(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data"), NARROW) as desk:
        tour = Tour(desk.review.context)
        desk.review.when_ran = tour.ran
        tour.begin()
        await desk.settled()
        keymap = Keymap()
        played = []
        for number, step in enumerate(STEPS):
            assert f"{number + 1} of {len(STEPS)}" in desk.text
            name = "reason_1" if step.command == "reason_" else step.command
            key = keymap[name][0]
            if number == 2:
                await desk.press("right", "s")  # what was not asked for does not count
                assert tour.at == number
            for _ in range(3):  # from pane to pane takes more than one
                await desk.press(key)
                if tour.at > number:
                    break
            assert tour.at == number + 1, step
            played.append(key)
        assert len(set(played)) == 10
        assert "These were ten keys" in desk.text
        counts = desk.store.counts("object")
        assert (counts["pass"], counts["fail"]) == (1, 1), "one was undone"
        await desk.press("escape", "p")
        assert tour.at == len(STEPS)


@pytest.mark.thorough
def test_tour_and_quiz_by_a_file_of_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("keys.txt").write_text("size 100x30\nshot one.txt\npress tab\nshot two.txt\npress f\n")
    assert main(["demo", "--tour", "--keys", "keys.txt"]) == 0
    assert "1 of 10" in Path("one.txt").read_text()
    assert "2 of 10" in Path("two.txt").read_text()
    told = capsys.readouterr().out
    assert "nothing of the tour was kept" in told
    assert "verdicts in" not in told
    Path("keys.txt").write_text("size 100x30\npress tab f\n")
    assert main(["demo", "quiz", "--keys", "keys.txt"]) == 0
    assert "planted errors found" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys.txt", "one.txt", "two.txt"]
    assert main(["demo", "tracking", "--tour"]) == 2


# --- hints


async def test_hints_are_said_three_times_and_then_never(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data", ("A1",), (6,))) as desk:
        await desk.press("tab")
        said = []
        for _ in range(4):
            await desk.press("p")
            said.append("z takes it back" in desk.message)
        assert said == [True, True, True, False]
        await desk.press("1")
        assert "has all reasons" in desk.message
    assert preference("hints") == {"pass": 3, "reason": 1}
    async with desk_on(small_batch(tmp_path / "next", ("A1",), (3,))) as desk:
        await desk.press("tab", "p")
        assert "takes it back" not in desk.message
        await desk.press("f")
        assert "fail with a reason" in desk.message


# --- where there is nothing


async def test_every_empty_state_says_what_to_do_next(tmp_path: Path) -> None:
    for size in (WIDE, NARROW):
        batch = small_batch(tmp_path / f"data_{size[0]}", ("A1", "A2"), (3, 0))
        async with desk_on(batch, size) as desk:
            context = desk.review.context
            context.views.panes.focus(desk.review.images_table)
            await desk.press("end", "enter")
            context.views.panes.focus(desk.review.objects_table)
            await desk.settled()
            assert "image A2 has no nuclei: enter" in " ".join(desk.text.split())
            context.views.panes.focus(desk.review.images_table)
            await desk.press("enter", "tab", "slash", *"label > 99", "enter")
            words = " ".join(desk.review.objects_table.when_empty().split())
            assert words == "the filter lets none of 3 through: \\ takes it away, F shows all filters"
            assert "the filter lets none of 3" in desk.text
            await desk.press("g")
            assert "the filter lets none of 3 through" in desk.text
            await desk.press("escape", "backslash", "m")
