"""What is chosen for which answers, wishes and environments."""

from dataclasses import replace

import pytest

from tuiqc.terminal.capabilities import Protocol, Replies, TmuxFacts
from tuiqc.terminal.emulators import has_placeholders, has_truecolor, parse_version
from tuiqc.terminal.protocol_choice import choose, choose_again

SIXEL = Replies(asked=True, attributes=(63, 1, 2, 4, 6), version="XTerm(379)")
KITTY = Replies(asked=True, attributes=(62,), kitty_ok=True, version="kitty(0.32.2)")
OLD_KITTY = replace(KITTY, version="kitty(0.26.5)")
PLAIN = Replies(asked=True, attributes=(1, 2), version="VTE(7006)")
TMUX = Replies(asked=True, attributes=(1, 2), version="tmux 3.3a", tmux=TmuxFacts(True, "kitty(0.41.1)"))
TMUX_ENV = {"TERM": "tmux-256color", "TMUX": "/tmp/s,1,0"}


@pytest.mark.parametrize(
    ("replies", "environ", "protocol", "reason"),
    [
        (KITTY, {}, Protocol.KITTY, "kitty(0.32.2) has them"),
        (replace(KITTY, version="kitty(0.28.0)"), {}, Protocol.KITTY, ""),
        (replace(KITTY, version="kitty(0.27.1)"), {}, Protocol.KITTY_DIRECT, "has no placeholders"),
        (OLD_KITTY, {"TERM": "xterm-kitty"}, Protocol.KITTY_DIRECT, "kitty(0.26.5) has no placeholders"),
        (replace(KITTY, version=""), {"TERM": "xterm-kitty"}, Protocol.KITTY_DIRECT, "not known"),
        (replace(KITTY, version=""), {"TERM": "xterm-ghostty"}, Protocol.KITTY, ""),
        (
            replace(KITTY, version=""),
            {"TERM": "xterm-kitty", "TERM_PROGRAM": "kitty", "TERM_PROGRAM_VERSION": "0.35.1"},
            Protocol.KITTY,
            "",
        ),
        (replace(KITTY, version="Konsole 22.12.3"), {}, Protocol.KITTY_DIRECT, ""),
        (replace(KITTY, version="WezTerm 20240203", attributes=(65, 4, 6)), {}, Protocol.SIXEL, ""),
        (replace(KITTY, version="Warp v0.2025"), {}, Protocol.KITTY_DIRECT, ""),
        (replace(KITTY, kitty_ok=False), {}, Protocol.SEXTANT, "neither"),
        (SIXEL, {}, Protocol.SIXEL, "DA1: 4"),
        (replace(SIXEL, attributes=(64, 1, 2, 14, 24, 44)), {}, Protocol.HALFBLOCK, ""),
        (replace(SIXEL, attributes=(4, 1)), {}, Protocol.HALFBLOCK, ""),
        (PLAIN, {}, Protocol.SEXTANT, "offers neither"),
        (Replies(asked=True), {}, Protocol.HALFBLOCK, "did not answer"),
        (Replies(), {}, Protocol.HALFBLOCK, "no terminal to ask"),
        (Replies(), {"TERM": "dumb"}, Protocol.ASCII, "TERM=dumb"),
        (PLAIN, {"NO_COLOR": "1"}, Protocol.ASCII, "NO_COLOR"),
        (PLAIN, {"TERM": "vt220"}, Protocol.ASCII, "TERM=vt220 has no colours"),
        (PLAIN, {"LANG": "de_DE.ISO-8859-1"}, Protocol.ASCII, "not UTF-8"),
        (PLAIN, {"LC_ALL": "en_GB.utf8", "LANG": "de_DE.ISO-8859-1"}, Protocol.SEXTANT, ""),
        (PLAIN, {"LANG": "C"}, Protocol.ASCII, "ASCII only"),
        (PLAIN, {"LC_ALL": "", "LANG": ""}, Protocol.SEXTANT, ""),
        (SIXEL, {"NO_COLOR": "1"}, Protocol.SIXEL, ""),
        (KITTY, {"NO_COLOR": "1"}, Protocol.KITTY_DIRECT, ""),
        (TMUX, TMUX_ENV, Protocol.KITTY, "outside of tmux has them"),
        (
            replace(TMUX, tmux=TmuxFacts(False, "kitty(0.41.1)")),
            TMUX_ENV,
            Protocol.SEXTANT,
            "allow-passthrough on",
        ),
        (
            replace(TMUX, tmux=TmuxFacts(True, "kitty(0.41.1)", utf8=False)),
            TMUX_ENV,
            Protocol.HALFBLOCK,
            "without UTF-8",
        ),
        (replace(TMUX, tmux=TmuxFacts(True, "kitty(0.26.5)")), TMUX_ENV, Protocol.SEXTANT, "kitty(0.26.5)"),
        (
            replace(TMUX, tmux=TmuxFacts(True, "xterm-256color")),
            TMUX_ENV,
            Protocol.HALFBLOCK,
            "xterm-256color",
        ),
        (replace(TMUX, tmux=TmuxFacts(True, "ghostty 1.3.1")), TMUX_ENV, Protocol.SEXTANT, "ghostty"),
        (replace(TMUX, tmux=TmuxFacts(True, "ghostty 1.4.0")), TMUX_ENV, Protocol.KITTY, ""),
        (replace(TMUX, tmux=None), {"TERM": "tmux-256color"}, Protocol.HALFBLOCK, "can't be asked"),
        (
            replace(TMUX, tmux=None, attributes=(1, 2, 4)),
            {"TERM": "screen"},
            Protocol.HALFBLOCK,
            "can't be asked",
        ),
        (
            replace(TMUX, attributes=(1, 2, 4), tmux=TmuxFacts(True, "XTerm(379)", True)),
            TMUX_ENV,
            Protocol.SIXEL,
            "tmux lists it",
        ),
        (
            replace(TMUX, attributes=(1, 2, 4), tmux=TmuxFacts(True, "kitty(0.26.5)", True)),
            TMUX_ENV,
            Protocol.SEXTANT,
            "kitty(0.26.5)",
        ),
        (
            replace(TMUX, attributes=(1, 2, 4), tmux=TmuxFacts(True, "VTE(7006)", False)),
            TMUX_ENV,
            Protocol.SEXTANT,
            "VTE(7006)",
        ),
        (replace(SIXEL, version=""), {"TERM": "screen.xterm-256color"}, Protocol.HALFBLOCK, "GNU screen"),
        (replace(SIXEL, version=""), {"TERM": "xterm", "STY": "1.pts-0"}, Protocol.HALFBLOCK, "GNU screen"),
    ],
)
def test_choice(replies, environ, protocol, reason):
    caps = choose(replies, environ)
    assert caps.protocol is protocol
    assert reason in caps.reasons[0]


@pytest.mark.parametrize(
    ("forced", "replies", "environ", "protocol", "wrapped"),
    [
        ("halfblock", KITTY, {}, Protocol.HALFBLOCK, False),
        ("sixel", KITTY, {}, Protocol.SIXEL, False),
        (
            "kitty",
            SIXEL,
            {},
            Protocol.KITTY_DIRECT if has_placeholders("XTerm(379)") is False else Protocol.KITTY,
            False,
        ),
        ("kitty", OLD_KITTY, {}, Protocol.KITTY_DIRECT, False),
        ("KITTY ", Replies(), {}, Protocol.KITTY, False),
        ("kitty-direct", KITTY, {}, Protocol.KITTY_DIRECT, False),
        ("auto", KITTY, {"TUIQC_GRAPHICS": "sixel"}, Protocol.SIXEL, False),
        ("auto", KITTY, {"TUIQC_GRAPHICS": ""}, Protocol.KITTY, False),
        ("halfblock", KITTY, {"TUIQC_GRAPHICS": "sixel"}, Protocol.HALFBLOCK, False),
        ("kitty", replace(TMUX, tmux=None), TMUX_ENV, Protocol.KITTY, True),
        (
            "kitty",
            replace(TMUX, tmux=TmuxFacts(True, "kitty(0.26.5)")),
            TMUX_ENV,
            Protocol.KITTY_DIRECT,
            True,
        ),
        ("sixel", TMUX, TMUX_ENV, Protocol.SIXEL, True),
        ("sixel", replace(TMUX, attributes=(1, 2, 4)), TMUX_ENV, Protocol.SIXEL, False),
    ],
)
def test_wishes_win(forced, replies, environ, protocol, wrapped):
    caps = choose(replies, environ, forced)
    assert (caps.protocol, caps.passthrough) == (protocol, wrapped)


def test_the_origin_of_a_wish_is_told():
    assert "--graphics" in choose(KITTY, {}, "sixel").reasons[0]
    assert "TUIQC_GRAPHICS" in choose(KITTY, {"TUIQC_GRAPHICS": "sixel"}).reasons[0]


@pytest.mark.parametrize(
    ("replies", "cell", "origin"),
    [
        (replace(SIXEL, screen=(100, 40, 800, 680), cell=(9, 9)), (8, 17), "kernel"),
        (replace(SIXEL, screen=(100, 40, 0, 0), cell=(9, 18)), (9, 18), "16 t"),
        (replace(SIXEL, screen=(100, 40, 100, 40), cell=(9, 18)), (9, 18), "16 t"),
        (replace(SIXEL, screen=(100, 40, 0, 0), text_area=(805, 690)), (8, 17), "14 t"),
        (replace(SIXEL, screen=(0, 0, 0, 0), text_area=(805, 690)), (10, 20), "assumed"),
        (SIXEL, (10, 20), "assumed"),
    ],
)
def test_cell_size(replies, cell, origin):
    caps = choose(replies, {})
    assert (caps.cell_width, caps.cell_height) == cell
    assert any(origin in reason for reason in caps.reasons)


@pytest.mark.parametrize(
    ("replies", "environ", "truecolor"),
    [
        (PLAIN, {"TERM": "xterm-256color"}, True),
        (SIXEL, {}, True),
        (replace(SIXEL, version="XTerm(330)"), {}, False),
        (Replies(), {"TERM": "xterm-256color"}, False),
        (Replies(), {"TERM": "xterm-256color", "COLORTERM": "truecolor"}, True),
        (Replies(), {"TERM": "xterm-direct"}, True),
        (TMUX, TMUX_ENV, True),
    ],
)
def test_truecolor(replies, environ, truecolor):
    assert choose(replies, environ).truecolor is truecolor


def test_over_ssh_pictures_have_fewer_greys():
    assert choose(KITTY, {}).grey_levels > choose(KITTY, {"SSH_TTY": "/dev/pts/1"}).grey_levels
    assert choose(SIXEL, {}).grey_levels == 32, "every grey of a sixel picture costs"


@pytest.mark.parametrize(("told", "used"), [(None, 256), (16, 16), (1024, 256), (1, 4)])
def test_registers(told, used):
    assert choose(replace(SIXEL, registers=told), {}).sixel_registers == used


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("kitty(0.26.5)", "kitty", (0, 26, 5)),
        ("ghostty 1.1.0-main+abc", "ghostty", (1, 1, 0)),
        ("tmux 3.3a", "tmux", (3, 3)),
        ("xterm-kitty", "kitty", ()),
        ("", "", ()),
        ("(((", "", ()),
        ("x 99999999999999999999", "x", (999999999,)),
    ],
)
def test_versions(text, name, version):
    assert parse_version(text) == (name, version)


def test_names_that_tell_nothing():
    assert has_placeholders("xterm-256color") is None
    assert has_placeholders("foot(1.13.1)") is False
    assert not has_truecolor("linux")


@pytest.mark.parametrize(
    ("outside", "protocol"),
    [
        (TmuxFacts(True, "XTerm(379)", True), Protocol.SIXEL),
        (TmuxFacts(True, "VTE(7006)", False), Protocol.SEXTANT),
        (TmuxFacts(False, "kitty(0.41.1)", False), Protocol.SEXTANT),
        (TmuxFacts(True, "kitty(0.41.1)", False), Protocol.KITTY),
    ],
)
def test_another_terminal_attaches_to_tmux(outside, protocol):
    before = replace(choose(replace(TMUX, attributes=(1, 2, 4)), TMUX_ENV), cell_width=7, cell_height=15)
    after = choose_again(before, outside, TMUX_ENV)
    assert after.protocol is protocol
    assert (after.cell_width, after.cell_height) == (7, 15), "the kernel tells of cells, not tmux"
    assert choose_again(after, TMUX.tmux, TMUX_ENV).protocol is Protocol.KITTY, "and back"


def test_a_wish_outlives_another_terminal():
    before = choose(TMUX, TMUX_ENV, "halfblock")
    assert choose_again(before, TmuxFacts(True, "XTerm(379)", True), TMUX_ENV).protocol is Protocol.HALFBLOCK


def test_what_passes_through_tmux_begins_at_the_pane():
    pane = TmuxFacts(True, "XTerm(379)", None, (41, 9))
    assert choose(replace(TMUX, tmux=pane), TMUX_ENV, "sixel").pane == (41, 9)
    assert choose(replace(TMUX, tmux=pane), TMUX_ENV, "halfblock").pane == (0, 0)
