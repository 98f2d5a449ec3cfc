"""The palette finds what the review is about, not commands only."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.desks import Desk, desk_on
from fixtures.review_batches import small_batch
from textual.command import Hit

from tuiqc.ui.palette import CommandProvider, ThingProvider, bonus, keep_recent, rank, recent_names


async def found(desk: Desk, query: str) -> dict[str, Hit]:
    """What the palette has for a query, the best first."""
    hits: list[Hit] = []
    for provider in (CommandProvider(desk.review), ThingProvider(desk.review)):
        provider._init_success = True
        hits += [one async for one in provider.search(query) if isinstance(one, Hit)]
    return {str(one.text): one for one in sorted(hits, key=lambda one: -one.score)}


async def test_things_are_found_by_name_and_something_is_done_with_them(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data")) as desk:
        session, context = desk.session, desk.review.context
        await desk.press("tab")

        async def choose(query: str, name: str) -> None:
            hits = await found(desk, query)
            assert name in list(hits)[:4], list(hits)[:6]
            await hits[name].command()  # type: ignore[misc]
            await desk.press()

        assert session.tables.objects is not None
        await choose("sort area", "sort by Area")
        assert session.tables.objects.view.sort_keys == [("AreaShape_Area", False)]
        await choose("colour area", "colour by Area")
        assert context.display.style.colour_by == "AreaShape_Area"
        await choose("filter area", "filter by Area")
        assert context.status.ask_line.input.value == "AreaShape_Area "
        context.status.ask_line.input.value += "> 20"
        await desk.press("enter")
        await choose("filter off", "filter AreaShape_Area > 20: off")
        assert not session.tables.objects.stack.filters[0].on
        await choose("image A10", "image A10")
        assert session.cursor.record.key == "A10"
        await choose("object 2", "object 2 of image A10")
        assert (session.cursor.level, session.cursor.label) == ("object", 2)
        await choose("merged", "fail: merged (1)")
        assert [one.reason for _, one in desk.store.items()] == ["merged"]
        await choose("theme nord", "theme nord")
        assert desk.app.theme == "nord"
        await choose("plot area", "plot Area")
        assert "Area" in desk.text
        assert context.views.view is not None


async def test_a_name_ranks_before_the_words_of_help(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data")) as desk:
        for query, first in (
            ("undo", "Verdicts: undo"),
            ("gallery", "Views: gallery"),
            ("note", "Verdicts: note"),
        ):
            hits = [name for name in await found(desk, query) if ": " in name]
            assert hits[0].startswith(first), hits[:4]


@pytest.mark.parametrize("query", ["zzzz", "[bold]", "9" * 40])
async def test_what_is_not_there_is_not_found(tmp_path: Path, query: str) -> None:
    async with desk_on(small_batch(tmp_path / "data")) as desk:
        assert (
            not [name for name in await found(desk, query) if name.startswith(("object", "[", "image"))]
            or not query
        )


@pytest.mark.parametrize(
    ("query", "best_first"),
    [
        ("so", ["sort", "add sort", "reason", "snow folder"]),
        ("sort area", ["sort area", "add sort of area", "resort area", "s o r t a r e a"]),
        ("über", ["Übersicht", "zur Übersicht", "darüber"]),
    ],
)
def test_beginnings_rank_before_scattered_letters(query: str, best_first: list[str]) -> None:
    scores = [rank(query, name, 1.0) for name in best_first]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    assert rank("x", "sort", 0.0) == 0


def test_what_was_chosen_lately_comes_first_among_equals() -> None:
    for name in ("sort by A", "sort by B"):
        keep_recent(name)
    recent = recent_names()
    assert recent == ["sort by B", "sort by A"]
    assert bonus("sort by B", recent) > bonus("sort by A", recent) > bonus("sort by C", recent) == 0
    assert rank("sor", "sort", 1) > rank("sor", "resort", 1) + bonus("sort by B", recent)
