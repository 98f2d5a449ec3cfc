"""What `tuiqc doctor` advises for which answers and environments: one entry for each trouble."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tuiqc.terminal.advice import advise, better_in_tmux
from tuiqc.terminal.capabilities import CHOICES, Replies, TmuxFacts
from tuiqc.terminal.doctor import doctor_report
from tuiqc.terminal.protocol_choice import choose

SCREEN = (100, 40, 800, 680)
GOOD = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "en_GB.UTF-8"}
KITTY = Replies(asked=True, attributes=(62,), kitty_ok=True, version="kitty(0.41.1)", screen=SCREEN)
OLD_KITTY = replace(KITTY, version="kitty(0.26.5)")
SIXEL = Replies(asked=True, attributes=(63, 1, 2, 4, 6), version="XTerm(379)", screen=SCREEN)
XTERM = replace(SIXEL, attributes=(64, 1, 2, 6))
VTE = Replies(asked=True, attributes=(65, 1, 9), version="VTE(7006)", screen=SCREEN)
MOSH = Replies(asked=True, attributes=(62,), screen=SCREEN)
TMUX_ENV = {**GOOD, "TERM": "tmux-256color", "TMUX": "/tmp/s,1,0"}
OUTSIDE = TmuxFacts(True, "kitty(0.41.1)", False, term="xterm-256color", rgb=True, focus=True)
TMUX = Replies(asked=True, attributes=(1, 2), version="tmux 3.3a", tmux=OUTSIDE, screen=SCREEN)
NEW_TMUX = replace(TMUX, attributes=(1, 2, 4), version="tmux 3.5a")


def outside(replies: Replies, **facts: object) -> Replies:
    return replace(replies, tmux=replace(OUTSIDE, **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("replies", "environ", "about", "remedy"),
    [
        (Replies(), GOOD, "terminal", "ssh -t"),
        (Replies(), {**GOOD, "TERM": "dumb"}, "TERM", "TERM=xterm-256color"),
        (Replies(asked=True, screen=SCREEN), GOOD, "no answer", "TUIQC_GRAPHICS"),
        (KITTY, {**GOOD, "NO_COLOR": "1"}, "NO_COLOR", "unset NO_COLOR"),
        (KITTY, {**GOOD, "LANG": "de_DE.ISO-8859-1"}, "locale", "C.UTF-8"),
        (VTE, {**GOOD, "COLORTERM": ""}, "pictures", "kitty 0.28"),
        (replace(VTE, version=""), {**GOOD, "COLORTERM": ""}, "COLORTERM", "COLORTERM=truecolor"),
        (XTERM, GOOD, "sixel", "decTerminalID: vt340"),
        (replace(SIXEL, registers=16), GOOD, "sixel colours", "numColorRegisters"),
        (replace(SIXEL, sixel_max=(500, 500)), GOOD, "sixel size", "maxGraphicSize"),
        (replace(SIXEL, screen=(100, 40, 0, 0)), GOOD, "cell size", "halfblock"),
        (OLD_KITTY, GOOD, "kitty", "0.28"),
        (outside(TMUX, passthrough=False), TMUX_ENV, "tmux", "allow-passthrough on"),
        (outside(TMUX, client="kitty(0.26.5)"), TMUX_ENV, "kitty", "0.28"),
        (outside(TMUX, client="XTerm(379)"), TMUX_ENV, "sixel in tmux", "3.4"),
        (
            outside(NEW_TMUX, client="XTerm(379)"),
            TMUX_ENV,
            "sixel in tmux",
            "terminal-features ',xterm-256color:sixel'",
        ),
        (outside(TMUX, utf8=False), TMUX_ENV, "tmux", "tmux -u attach"),
        (outside(TMUX, rgb=False), TMUX_ENV, "colours", "terminal-features ',xterm-256color:RGB'"),
        (replace(TMUX, tmux=None), {**TMUX_ENV, "TMUX": ""}, "tmux", "allow-passthrough on"),
        (replace(NEW_TMUX, tmux=None), {**TMUX_ENV, "TMUX": ""}, "tmux", "TUIQC_GRAPHICS=sixel"),
        (replace(VTE, version=""), {**GOOD, "TERM": "screen"}, "screen", "tmux"),
        (MOSH, GOOD, "mosh", "ssh"),
        (VTE, {**GOOD, "TERM_PROGRAM": "vscode"}, "VS Code", "enableImages"),
        (KITTY, {**GOOD, "TUIQC_GRAPHICS": "halfblock"}, "TUIQC_GRAPHICS", "unset TUIQC_GRAPHICS"),
        (KITTY, {**GOOD, "SSH_TTY": "/dev/pts/1"}, "link", "--budget"),
        (replace(KITTY, round_trip_ms=400.0), GOOD, "link", "--budget"),
    ],
)
def test_each_trouble_has_one_entry(
    replies: Replies, environ: dict[str, str], about: str, remedy: str
) -> None:
    found = [one for one in advise(choose(replies, environ), environ) if one.about == about]
    assert len(found) == 1
    assert remedy in found[0].remedy
    assert found[0].finding.endswith(".")


@pytest.mark.parametrize(
    ("replies", "environ"),
    [
        (KITTY, GOOD),
        (SIXEL, GOOD),
        (replace(SIXEL, registers=1024, sixel_max=(4000, 4000)), GOOD),
        (TMUX, TMUX_ENV),
        (outside(NEW_TMUX, client="XTerm(379)", sixel=True), TMUX_ENV),
        (replace(KITTY, version="ghostty 1.3.2"), GOOD),
    ],
)
def test_where_all_is_well_nothing_is_advised(replies: Replies, environ: dict[str, str]) -> None:
    caps = choose(replies, environ)
    assert advise(caps, environ) == ()
    assert "What to set:\n  nothing" in doctor_report(caps, environ)


@pytest.mark.parametrize("forced", ["sixel", "kitty-direct"])
def test_what_passes_through_tmux_over_its_cells_is_warned_of(forced: str) -> None:
    replies = outside(TMUX, client="kitty(0.26.5)")
    remedies = [one.remedy for one in advise(choose(replies, TMUX_ENV, forced), TMUX_ENV)]
    assert any("ctrl+r" in remedy for remedy in remedies)


def test_the_report_says_what_to_set_in_lines_that_fit() -> None:
    replies = outside(TMUX, passthrough=False)
    report = doctor_report(choose(replies, TMUX_ENV), TMUX_ENV, 60)
    assert max(map(len, report[report.index("environment") :].splitlines())) <= 60
    assert "allow-passthrough on" in " ".join(report.split())
    assert "outside tmux  kitty(0.41.1), passthrough off, sixel not handed on" in report


@pytest.mark.parametrize("forced", CHOICES)
def test_every_choice_can_be_told(forced: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tuiqc.terminal.doctor.costs", lambda _: ["encoding a picture, which is not asked here"]
    )
    for replies in (Replies(), KITTY, SIXEL, TMUX, NEW_TMUX, MOSH):
        for environ in ({}, GOOD, TMUX_ENV):
            assert "What to set:" in doctor_report(choose(replies, environ, forced), environ)


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        (outside(TMUX, passthrough=False), "allow-passthrough on"),
        (outside(NEW_TMUX, client="XTerm(379)"), "terminal-features"),
        (outside(TMUX, client="XTerm(379)"), "--graphics sixel"),
        (outside(TMUX, client="xterm-256color"), ""),
        (outside(TMUX, client="alacritty 0.13"), ""),
        (TMUX, ""),
        (VTE, ""),
    ],
)
def test_the_screen_says_what_tmux_keeps_away(replies: Replies, said: str) -> None:
    environ = TMUX_ENV if replies.tmux is not None else GOOD
    found = better_in_tmux(choose(replies, environ), environ)
    assert said in found
    assert bool(found) == bool(said)
