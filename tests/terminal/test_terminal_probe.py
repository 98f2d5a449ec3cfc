"""The probe against terminals that answer, answer late, answer nonsense, or never."""

import os
import termios
import time
from dataclasses import replace

import pytest
from fixtures import fake_terminals as fake
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.errors import UsageError
from tuiqc.terminal.capabilities import Protocol
from tuiqc.terminal.probe import QUESTIONS, cell_size, parse, probe

ENVIRON = {"TERM": "xterm-256color"}


def ask(terminal, forced="auto", timeout=2.0, environ=ENVIRON):
    return probe(forced, timeout, input_fd=terminal.fd, output_fd=terminal.fd, environ=environ)


@pytest.mark.parametrize(
    ("behaviour", "protocol", "cell", "registers", "synchronized"),
    [
        (fake.KITTY_026, Protocol.KITTY_DIRECT, (8, 17), 256, True),
        (fake.KITTY_032, Protocol.KITTY, (8, 17), 256, True),
        (fake.GHOSTTY, Protocol.KITTY, (9, 20), 256, True),
        (fake.WEZTERM, Protocol.SIXEL, (8, 16), 256, True),
        (fake.XTERM, Protocol.SIXEL, (8, 17), 256, False),
        (replace(fake.XTERM, registers="0;16"), Protocol.SIXEL, (8, 17), 16, False),
        (fake.XTERM_PLAIN, Protocol.HALFBLOCK, (8, 17), 256, False),
        (fake.TMUX, Protocol.HALFBLOCK, (8, 17), 256, False),
        (replace(fake.TMUX_SIXEL, outside=fake.XTERM), Protocol.SIXEL, (10, 20), 256, False),
        (fake.SLOW, Protocol.SIXEL, (8, 16), 256, False),
        (replace(fake.KITTY_032, dribble=True), Protocol.KITTY, (8, 17), 256, True),
        (
            replace(fake.KITTY_032, noise=b"\xff\x00\x1b[\x1bP\x1b\\jk\x1b]0;t\x07"),
            Protocol.KITTY,
            (8, 17),
            256,
            True,
        ),
    ],
)
def test_finds_what_each_terminal_can(behaviour, protocol, cell, registers, synchronized):
    with fake.running(behaviour) as terminal:
        caps = ask(terminal)
        assert (caps.protocol, (caps.cell_width, caps.cell_height)) == (protocol, cell)
        assert (caps.sixel_registers, caps.synchronized) == (registers, synchronized)
        assert caps.terminal == behaviour.version
        assert behaviour.delay * 1e3 <= caps.round_trip_ms < behaviour.delay * 1e3 + 1500
        assert bytes(terminal.written).startswith(QUESTIONS)


def test_a_terminal_that_takes_a_second_is_waited_for():
    with fake.running(replace(fake.KITTY_032, delay=1.0)) as terminal:
        assert ask(terminal).protocol is Protocol.KITTY


def test_a_mute_terminal_costs_the_timeout_and_gets_half_blocks():
    with fake.running(fake.MUTE) as terminal:
        started = time.monotonic()
        caps = ask(terminal, timeout=0.3)
        assert 0.3 <= time.monotonic() - started < 1.5
        assert caps.protocol is Protocol.HALFBLOCK
        assert caps.round_trip_ms is None
        assert "did not answer" in caps.reasons[0]


def test_late_answers_do_not_arrive_as_typed_keys():
    with fake.running(replace(fake.KITTY_032, delay=0.25, dribble=True)) as terminal:
        caps = ask(terminal, timeout=0.2)
        fake.make_raw(terminal.fd)
        assert caps.protocol is Protocol.HALFBLOCK
        assert terminal.pending(wait=0.3) == b""


def test_answers_in_time_leave_later_keys_alone():
    with fake.running(fake.KITTY_032) as terminal:
        ask(terminal)
        fake.make_raw(terminal.fd)
        terminal.type(b"jk\x1b[A")
        assert terminal.pending(wait=0.2) == b"jk\x1b[A"


@pytest.mark.parametrize("behaviour", [fake.KITTY_032, fake.MUTE, replace(fake.MUTE, noise=b"\x1b[\x1b_G")])
def test_settings_of_the_terminal_are_restored(behaviour):
    with fake.running(behaviour) as terminal:
        before = termios.tcgetattr(terminal.fd)
        ask(terminal, timeout=0.1)
        assert termios.tcgetattr(terminal.fd) == before


def test_settings_are_restored_after_an_interrupt(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    with fake.running(fake.KITTY_032) as terminal:
        before = termios.tcgetattr(terminal.fd)
        monkeypatch.setattr("tuiqc.terminal.probe.is_complete", interrupt)
        with pytest.raises(KeyboardInterrupt):
            ask(terminal)
        monkeypatch.undo()
        assert termios.tcgetattr(terminal.fd) == before


def test_nothing_is_asked_where_there_is_no_terminal():
    reading, writing = os.pipe()
    caps = probe(input_fd=reading, output_fd=writing, environ=ENVIRON)
    os.close(writing)
    assert os.read(reading, 100) == b""
    os.close(reading)
    assert caps.protocol is Protocol.HALFBLOCK
    assert "no terminal to ask" in caps.reasons[0]


@pytest.mark.parametrize(("term", "protocol"), [("dumb", Protocol.ASCII), ("linux", Protocol.HALFBLOCK)])
def test_terminals_that_would_print_the_questions_are_not_asked(term, protocol):
    with fake.running(fake.KITTY_032) as terminal:
        assert ask(terminal, environ={"TERM": term}).protocol is protocol
        assert not terminal.written


def test_a_closed_terminal_is_no_error():
    caps = probe(input_fd=987, output_fd=987, environ=ENVIRON)
    assert caps.protocol is Protocol.HALFBLOCK


def test_a_wrong_wish_is_told_before_anything_is_asked():
    with fake.running(fake.KITTY_032) as terminal:
        with pytest.raises(UsageError, match="--graphics: 'sixels' is none of auto"):
            ask(terminal, forced="sixels")
        with pytest.raises(UsageError, match="TUIQC_GRAPHICS"):
            ask(terminal, environ=ENVIRON | {"TUIQC_GRAPHICS": "x"})
        assert not terminal.written


def test_the_size_of_cells_is_read_again():
    with fake.running(fake.MUTE, (100, 40, 900, 720)) as terminal:
        assert cell_size(terminal.fd) == (9, 18)
    with fake.running(fake.MUTE, (100, 40, 0, 0)) as terminal:
        assert cell_size(terminal.fd) is None
    assert cell_size(-1) is None


@given(st.binary(max_size=200))
def test_parsing_takes_any_bytes(received):
    parse(received)
    parse(b"\x1b[?" + received + b"c\x1b_Gi=31;" + received)


def test_the_questions_themselves_are_no_answers():
    echoed = parse(QUESTIONS)
    assert (echoed.attributes, echoed.kitty_ok, echoed.registers, echoed.sixel_max) == (
        None,
        False,
        None,
        None,
    )
    assert (echoed.synchronized, echoed.version) == (False, "")
