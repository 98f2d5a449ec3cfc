"""Answers of the terminal that come apart must not be read as keys."""

import pytest
from fixtures.review_batches import HALFBLOCK

from tuiqc.ui.output import Output


class FakeApp:
    is_headless = False

    class _driver:  # noqa: N801 - the name that Textual gives it
        @staticmethod
        def write(text):
            pass


@pytest.fixture
def output():
    made = Output(FakeApp(), HALFBLOCK)
    made.ask_when_done()
    return made


def typed(output, text):
    """The keys of a text that would reach the program."""
    names = {"\x1b": "escape"}
    return "".join(char for char in text if not output.swallows(names.get(char, char), char))


def test_a_split_answer_is_taken_for_the_answer(output):
    assert typed(output, "\x1b[12;40R") == "\x1b"
    assert output.answers
    assert typed(output, "1") == "1"  # nothing is due any more


def test_a_person_who_types_while_an_answer_is_due_keeps_the_keys(output):
    assert typed(output, "1pf2[") == "1pf2["
    assert typed(output, "\x1bp1") == "\x1bp1"


def test_nothing_is_swallowed_when_no_answer_is_due():
    assert typed(Output(FakeApp(), HALFBLOCK), "\x1b[1;1R") == "\x1b[1;1R"


def test_a_lost_answer_is_given_up(output, monkeypatch):
    output.answered()
    output.ask_when_done()
    assert output.busy
    clock = output._questions[-1].asked + 60
    monkeypatch.setattr("tuiqc.ui.output.monotonic", lambda: clock)
    assert not output.busy
    monkeypatch.undo()
    output.ask_when_done()
    assert not output.busy  # until it answers again
    output.answered()
    output.ask_when_done()
    assert output.busy


def test_a_picture_waits_for_a_picture_but_not_for_text(output):
    output.answered()
    output.ask_when_done()
    assert output.busy
    assert not output.picture_due
    output.write(b"x" * 50_000)
    output.ask_when_done()
    assert output.picture_due
    output.answered()
    assert output.picture_due
    output.ask_when_done()
    output.answered()
    assert output.busy
    assert not output.picture_due
    output.answered()
    assert not output.busy


def test_one_text_follows_what_is_small_or_a_picture_on_a_fast_link(output):
    output.answered()
    output.ask_when_done()
    assert not output.text_due  # behind a line of text
    output.ask_when_done()
    assert output.text_due  # not behind two
    output.answered()
    output.answered()
    output.write(b"x" * 50_000)
    output.ask_when_done()
    assert output.text_due
    output.link.bytes_per_second = 50e6
    assert not output.text_due
    output.ask_when_done()
    assert output.text_due


def test_only_what_was_alone_on_the_link_measures_it(output, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("tuiqc.ui.output.monotonic", lambda: clock[0])
    output.answered()
    output.answered()
    output.write(b"x" * 50_000)
    output.ask_when_done()
    output.write(b"x" * 50_000)
    output.ask_when_done()
    clock[0] += 0.1
    output.answered()
    assert output.link.bytes_per_second == pytest.approx(500e3, rel=1e-3)
    output.answered()  # in no time: it was under way already
    assert output.link.bytes_per_second == pytest.approx(500e3, rel=1e-3)
