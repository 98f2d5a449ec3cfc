"""Asking the tmux server, played by a script, and the envelopes."""

import os

import pytest

from tuiqc.terminal import tmux
from tuiqc.terminal.capabilities import TmuxFacts

ENVIRON = {"TMUX": "/nowhere/socket,1,0", "TMUX_PANE": "%3"}


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Give a shell script that stands for tmux its body."""

    def play(body):
        script = tmp_path / "tmux"
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return play


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        (
            r"on\tkitty(0.41.1)\txterm-kitty\t256,RGB,title\t0\t0\ton\tbottom\ton\t71\t0",
            TmuxFacts(
                True,
                "kitty(0.41.1)",
                False,
                term="xterm-kitty",
                rgb=True,
                focus=True,
                client_pid=71,
                utf8=False,
            ),
        ),
        (r"all\t\txterm-kitty\t\t0\t0\toff\ttop\t\t\t", TmuxFacts(True, "xterm-kitty", term="xterm-kitty")),
        (
            r"off\tXTerm(379)\txterm-256color\t256,sixel\t41\t7\t2\ttop\t0\t\t",
            TmuxFacts(False, "XTerm(379)", True, (41, 9), "xterm-256color", rgb=False, focus=False),
        ),
        (r"1\tx\ty\tRGB\t0\t3\ton\ttop\t\t\t", TmuxFacts(True, "x", False, (0, 4), "y", rgb=True)),
        (r"\t\t\t\t\t\t\t\t\t\t", TmuxFacts(False, "")),
        (r"on\tkitty(0.41.1)\txterm-kitty", None),
        (r"no server running", None),
    ],
)
def test_the_server_tells_of_the_terminal_outside(server, answer, facts):
    server(f"printf '{answer}\\n'")
    assert tmux.ask_server(ENVIRON) == facts


def test_the_question_is_about_this_pane(server):
    server('[ "$4" = %3 ] && printf "on\\tx\\ty\\t\\t\\t\\t\\t\\t\\t\\t"')
    assert tmux.ask_server(ENVIRON) == TmuxFacts(True, "x", term="y")


@pytest.mark.parametrize("body", ["exit 1", "exec sleep 5"])
def test_a_server_that_fails_or_hangs_is_no_server(server, body):
    server(body)
    assert tmux.ask_server(ENVIRON, timeout=0.2) is None


def test_outside_of_tmux_nothing_is_asked(server):
    server("printf 'on\\tx\\ty'")
    assert tmux.ask_server({}) is None


def test_envelopes_double_every_escape():
    assert tmux.wrap(b"\x1b[1m") == b"\x1bPtmux;\x1b\x1b[1m\x1b\\"
    assert tmux.wrap(b"") == b""
    two = b"\x1b_Ga=1;AA\x1b\\" + b"\x1b_Gm=0;BB\x1b\\"
    assert tmux.wrap_each(two) == tmux.wrap(two[: len(two) // 2]) + tmux.wrap(two[len(two) // 2 :])
    assert tmux.wrap_each(two).count(b"\x1bPtmux;") == 2
