"""Reasons and their keys, own categories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.errors import InputError
from tuiqc.qc import Annotation, Subject
from tuiqc.qc.categories import categorised, load_categories
from tuiqc.qc.reasons import (
    DEFAULT_REASONS,
    Reason,
    by_key,
    format_reasons,
    implied_verdict,
    load_reasons,
    parse_reasons,
    toggled,
    with_keys,
)


@pytest.fixture
def toml(tmp_path):
    def write(text):
        path = tmp_path / "r.toml"
        path.write_text(text)
        return path

    return write


def test_a_reasons_file(toml):
    text = '[[reason]]\nname = "dim"\nkey = 3\nverdict = "unsure"\n[[reason]]\nname = "torn"\n'
    assert load_reasons(toml(text)) == (Reason("dim", 3, "unsure"), Reason("torn", 0, "fail"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no reasons"),
        ("reason = [", "not TOML"),
        ("reason = [1]", "reason 1 is 1"),
        ('x = 1\n[[reason]]\nname = "a"', "unknown setting 'x'"),
        ("[[reason]]\nkey = 1", "name None"),
        ('[[reason]]\nname = "a;b"', "without ';'"),
        ('[[reason]]\nname = "a"\nkey = 0', "key 0"),
        ('[[reason]]\nname = "a"\nkey = true', "key True"),
        ('[[reason]]\nname = "a"\nverdict = "bad"', "pass or fail or unsure"),
        ('[[reason]]\nname = "a"\ncolour = 1', "'colour'"),
        ('[[reason]]\nname = "a"\n[[reason]]\nname = "a"', "two reasons have the name 'a'"),
        ('[[reason]]\nname = "a"\nkey=1\n[[reason]]\nname = "b"\nkey=1', "the key 1"),
    ],
)
def test_what_is_wrong_with_a_reasons_file_is_told(toml, text, told):
    path = toml(text)
    with pytest.raises(InputError, match=told) as caught:
        load_reasons(path)
    assert str(path) in str(caught.value)


def test_keys_and_implied_verdicts():
    assert by_key(DEFAULT_REASONS, 1).name == "merged"
    assert by_key(DEFAULT_REASONS, 0) is None
    assert [reason.key for reason in with_keys("abcdefghijk")] == [*range(1, 10), 0, 0]
    assert implied_verdict("", DEFAULT_REASONS) == ""
    assert implied_verdict("ambiguous", DEFAULT_REASONS) == "unsure"
    assert implied_verdict("ambiguous; typed by hand", DEFAULT_REASONS) == "fail"
    assert toggled("a;b", "a") == "b"
    assert toggled("b", "a") == "b;a"


@given(st.lists(st.text(max_size=8), max_size=5))
def test_reasons_survive_their_cell(names):
    cell = format_reasons(names)
    assert format_reasons(parse_reasons(cell)) == cell
    assert len(parse_reasons(cell)) == len({n.strip().replace(";", ",") for n in names if n.strip()})


def test_a_categories_file(toml):
    found = load_categories(
        toml('column = "kind"\n[[category]]\nname = "neuron"\ncolour = "#0a0B0c"\nkey = 1\n')
    )
    assert (found.column, found.colour("neuron"), found.categories[0].key) == ("kind", (10, 11, 12), 1)
    more = found.with_categories(["muscle", "neuron", "muscle", ""])
    assert [one.name for one in more.categories] == ["neuron", "muscle"]
    assert more.colour("muscle") != more.colour("neuron")
    assert found.colour("glia") is None
    for text in ('column = "verdict"', "[[category]]\nkey = 1", '[[category]]\nname = "a"\ncolour = "red"'):
        with pytest.raises(InputError):
            load_categories(toml(text))


def test_categories_of_a_thing():
    one = categorised(Annotation(Subject("image", "1")), "kind", "neuron")
    assert not one.empty
    assert categorised(one, "kind", "").empty
