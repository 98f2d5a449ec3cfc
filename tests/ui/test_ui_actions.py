"""The one registry of commands: every command has its keys, in the palette, the help and the footer."""

from __future__ import annotations

import pytest
from fixtures.desks import NARROW, desk_on, verdicts
from fixtures.review_batches import HALFBLOCK, open_store
from textual.widgets import Input, OptionList

from tuiqc.config import Config
from tuiqc.dataset.model import Batch
from tuiqc.errors import InputError
from tuiqc.review.session import Session
from tuiqc.ui.app import TuiqcApp
from tuiqc.ui.keys import ANY, HOME, PANES, PICTURE, TABLES, Command, Keymap, registry, shown_key
from tuiqc.ui.screens.dialogs import HelpScreen
from tuiqc.ui.screens.review import ReviewScreen


def test_names_and_footer_ranks_are_unique_and_every_command_has_words_and_a_key() -> None:
    assert len({one.name for one in registry}) == len(registry) > 130
    for places in (HOME, *((place,) for place in {one.place for one in registry} - set(HOME))):
        ranks = [one.footer for one in registry if one.footer and one.place in places]
        assert len(set(ranks)) == len(ranks), places
    for one in registry:
        assert one.keys
        assert one.label
        assert one.help[0].isupper()
        assert one.run.__doc__ or getattr(one.run, "func", one.run).__doc__, one.name


async def test_every_key_runs_its_command(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    async def note(self: ReviewScreen, command: Command) -> None:
        ran.append(command.name)

    monkeypatch.setattr(ReviewScreen, "run_command", note)
    async with desk_on(batch) as desk:
        for place, pane in ((TABLES, desk.review.objects_table), (PICTURE, desk.review.picture)):
            pane.focus()
            await desk.pilot.pause()
            here = [one for one in registry if one.place in (ANY, place)]
            # Without ctrl+q: it is Textual's own, which ends the program as well.
            wanted = [(key, one.name) for one in here for key in one.keys if key != "ctrl+q"]
            ran.clear()
            await desk.pilot.press(*(key for key, _ in wanted))
            assert ran == [name for _, name in wanted], f"with the focus on {pane.id}"


@pytest.mark.thorough
async def test_the_keys_of_tables_move_their_cursor(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        table = desk.review.objects_table
        table.focus()
        for command in registry.of(TABLES):
            for key in command.keys:
                table.go(1, 1)
                await desk.pilot.press(key)
                assert (table.row, table.column) != (1, 1), f"{key} should {command.name}"


async def test_a_person_s_own_keys_are_in_force_everywhere(batch: Batch) -> None:
    config = Config(keys={"verdict_pass": "f8", "verdict_fail": "$,F2", "help": "f1", "pan_left": "f7"})
    async with desk_on(batch, config=config) as desk:
        await desk.press("p", "f")
        assert desk.store.items() == []
        await desk.press("f8", "$")
        assert "f8 pass" in desk.lines[-1]
        assert "$ fail" in desk.lines[-1]
        await desk.press("question_mark")
        assert desk.app.screen is desk.review
        await desk.press("f1")
        assert isinstance(desk.app.screen, HelpScreen)
        (line,) = [line for line in desk.lines if "Pass the current object" in line]
        assert line.split("Pass")[0].replace("│", "").strip().endswith("f8")
    assert list(verdicts(batch.root / "qc_annotations.csv").values()) == ["pass", "fail"]


@pytest.mark.thorough
async def test_a_key_may_be_taken_away(batch: Batch) -> None:
    async with desk_on(batch, config=Config(keys={"verdict_clear": "", "quit": "f8"})) as desk:
        await desk.press("p", "up", "backspace", "q")
        assert desk.app.is_running
        assert "f8 quit" in desk.lines[-1]
    assert list(verdicts(batch.root / "qc_annotations.csv").values()) == ["pass"]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"no_such": "x"}, "no_such"),
        ({"note": "p"}, "'p'"),
        ({"note": "y", "reason": "y"}, "'y'"),
        ({"note": "!"}, "stale"),
    ],
)
def test_impossible_keys_are_refused_before_the_screen_is_taken(
    batch: Batch, keys: dict[str, str], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        TuiqcApp(Session(batch, open_store(batch), "nuclei"), HALFBLOCK, Config(keys=keys))


def test_keys_may_change_places() -> None:
    keys = Keymap({"verdict_pass": "f", "verdict_fail": "p"})
    assert (keys["verdict_pass"], keys["verdict_fail"]) == (("f",), ("p",))
    assert keys["note"] == registry.named("note").keys


async def test_the_palette_lists_and_runs_every_action(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("ctrl+p")
        await desk.wait(lambda: desk.app.screen is not desk.review, "the palette")
        options = desk.app.screen.query_one(OptionList)
        actions = [one for one in registry if one.place in PANES]
        await desk.wait(lambda: options.option_count >= len(actions), "all actions")
        shown = "\n".join(
            _plain(options.get_option_at_index(at).prompt) for at in range(options.option_count)
        )
        for action in actions:
            assert f"{action.group}: {action.name.replace('_', ' ')} (" in shown
            assert action.help in shown
        assert "next image (])" in shown
        assert "previous image ([)" in shown
        desk.app.screen.query_one(Input).value = "undo"
        await desk.pilot.press("escape")
        await desk.wait(lambda: desk.app.screen is desk.review, "the review")
        await desk.press("p", "ctrl+p", *"undo the last")
        await desk.wait(lambda: _first(desk.app.screen).startswith("Verdicts: undo"), "the match")
        await desk.press("down", "enter")
        if desk.app.screen is not desk.review:
            await desk.press("enter")
        await desk.wait(lambda: desk.store.items() == [], "the undo")


@pytest.mark.thorough
async def test_the_help_shows_every_key_and_scrolls(batch: Batch) -> None:
    async with desk_on(batch, NARROW) as desk:
        await desk.press("question_mark")
        seen = set(desk.lines)
        for _ in range(30):
            await desk.press("pagedown")
            seen |= set(desk.lines)
        text = " ".join("\n".join(sorted(seen)).split())
        for action in [one for one in registry if one.listed]:
            assert action.help.split(",")[0].split("(")[0].strip()[:28] in text, action.name
            assert shown_key(action.keys[0]) in text
        await desk.press("escape")
        assert desk.app.screen is desk.review


@pytest.mark.thorough
async def test_the_help_is_searched_by_words_and_by_keys(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("question_mark", "slash", *"undo the last")
        await desk.wait(lambda: "Undo the last verdict" in desk.text and "Fit the" not in desk.text, "fewer")
        line = desk.app.screen.query_one(Input)
        line.value = "0"
        await desk.wait(lambda: "Fit the image to the pane" in desk.text, "what the key does")
        assert "Undo the last verdict" not in desk.text
        line.value = "nothing has this"
        await desk.wait(lambda: "no key has this" in desk.text, "that nothing was found")
        await desk.press("escape")
        assert desk.app.screen is desk.review


async def test_the_footer_always_has_help_and_quit(batch: Batch) -> None:
    async with desk_on(batch, NARROW) as desk:
        for width in (200, 120, 80, 60):
            await desk.resize(width, 24)
            line = desk.lines[-1]
            assert "? keys" in line
            assert "q quit" in line
            assert "p pass" in line
            assert len(line.rstrip()) <= width
        assert len(registry.of(PICTURE)) == 9


def _plain(prompt: object) -> str:
    return str(getattr(prompt, "plain", prompt))


def _first(screen: object) -> str:
    options = screen.query_one(OptionList)  # type: ignore[attr-defined]
    return _plain(options.get_option_at_index(0).prompt) if options.option_count else ""


@pytest.mark.thorough
async def test_the_keys_of_the_open_view_stand_first(batch: Batch) -> None:
    async with desk_on(batch) as desk:
        await desk.press("g", "question_mark")
        shown = [line for line in desk.lines if "Gallery" in line or "Group by a column" in line]
        assert len(shown) >= 2
        assert "Verdicts" not in "".join(desk.lines[: desk.lines.index(shown[1])])
        text = "\n".join(desk.lines)
        assert text.index("Group by a column") < text.index("Move from tile to tile")
