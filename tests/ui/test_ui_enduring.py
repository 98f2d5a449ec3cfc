"""Another terminal attaches to tmux while the program runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.desks import Desk, desk_on
from fixtures.review_batches import small_batch
from textual.geometry import Region

from tuiqc.terminal.capabilities import Protocol, Replies, TmuxFacts
from tuiqc.terminal.protocol_choice import choose

KITTY = TmuxFacts(True, "kitty(0.41.1)", False, term="xterm-kitty", rgb=True, focus=False, client_pid=7)
XTERM = replace(KITTY, client="XTerm(379)", term="xterm", client_pid=8)
IN_TMUX = Replies(asked=True, attributes=(1, 2), version="tmux 3.3a", tmux=KITTY)


def put_in_tmux(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have the program believe that it is in tmux in kitty; the list tells when it draws all again."""
    monkeypatch.setenv("TERM", "tmux-256color")
    drawn: list[str] = []
    context = desk.review.context
    monkeypatch.setattr(context.output, "caps", choose(IN_TMUX, {"TERM": "tmux-256color"}))
    monkeypatch.setattr(
        context.work.attach, "draw_all_again", lambda: drawn.append(context.output.caps.protocol)
    )
    return drawn


@pytest.mark.parametrize(
    ("facts", "drawn"),
    [
        (None, []),
        (replace(KITTY, client="", client_pid=0), []),  # nobody is attached
        (KITTY, []),
        (XTERM, [Protocol.HALFBLOCK]),
        (replace(KITTY, client_pid=8), [Protocol.KITTY]),  # the same kind, but it holds no pictures
    ],
)
async def test_what_attaches_gets_pictures_its_own_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: TmuxFacts | None, drawn: list[str]
) -> None:
    async with desk_on(small_batch(tmp_path / "data")) as desk:
        seen = put_in_tmux(desk, monkeypatch)
        desk.review.context.work.attach.seen_outside(facts)
        assert seen == drawn
        desk.review.context.work.attach.seen_outside(facts)
        assert seen == drawn, "the second time it is known"


@pytest.mark.parametrize("key", ["P", "x", "G", "g"])
async def test_views_leave_no_cell_to_the_colours_of_the_terminal(tmp_path: Path, key: str) -> None:
    async with desk_on(small_batch(tmp_path / "data")) as desk:
        await desk.press(key)
        view = desk.review.context.views.view
        assert view is not None
        strips = view.render_lines(Region(0, 0, *view.size))
        bare = [one.text for strip in strips for one in strip if not (one.style and one.style.bgcolor)]
        assert not bare
        assert all(one.style and one.style.color for strip in strips for one in strip if one.text.strip())
