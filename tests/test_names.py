"""Free names, the order of names, and whether two of them mean the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiqc.names import counterparts, extended_name, name_key, natural_key, unique_name

NAMES = st.text(st.sampled_from("aAbB019 _-%20üÜ\u0308é."), max_size=8)
SPELLINGS = ("{}", " {}", "{} ", "0{}", "00{}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A1", "A01"), ("A01", "a01"), ("A01", "A01 "), ("1", "001"), ("s1_w10", "s01_W010"), ("0", "000"),
        (unicodedata.normalize("NFC", "Prüfung Zellé"), unicodedata.normalize("NFD", "Prüfung Zellé")),
        ("my well A01", "my%20well%20A01"), ("Pr%C3%BCf", "Prüf"), ("10\u00b5m", "10\u03bcm"), ("STRASSE", "straße"),
        ("a  b", "a b"), ("x.TIF", "x.tif"), ("B\u00fc", "b%C3%9c"), ("%", "%25"),
    ],
)  # fmt: skip
def test_two_spellings_mean_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)
    assert counterparts([one], [other], name_key) == {one: other}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A1", "A10"),
        ("A1", "A11"),
        ("1", "10"),
        ("A1B", "AB1"),
        ("a-b", "a_b"),
        ("a", ""),
        ("%zz", "zz"),
    ],
)
def test_other_names_do_not(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.sets(NAMES, max_size=6), st.sets(NAMES, max_size=6))
def test_counterparts_are_one_to_one_and_never_merge_two_that_exist(one: set[str], other: set[str]) -> None:
    found = counterparts(one, other, name_key)
    assert len(set(found.values())) == len(found)
    for name, match in found.items():
        assert name in one
        assert match in other
        assert name_key(name) == name_key(match)
        assert match == name or (name not in other and match not in one)
    assert all(found.get(name) == name for name in one & other)


@given(NAMES, st.sampled_from(SPELLINGS), st.sampled_from(["NFC", "NFD"]))
def test_a_name_found_in_another_spelling_alone_is_found(text: str, spelling: str, form: str) -> None:
    if spelling.startswith("0") and not text[:1].isdigit():
        spelling = "{}"
    other = unicodedata.normalize(form, spelling.format(text).swapcase())
    assert counterparts([text], [other], name_key) == {text: other}


@given(st.lists(NAMES, max_size=8))
def test_unique_names_are_unique(names: list[str]) -> None:
    taken: set[str] = set()
    for name in names:
        for free in (unique_name(name, taken), extended_name(name, "_x", taken)):
            assert free not in taken
        taken.add(free)


def test_what_a_free_name_is_called() -> None:
    assert unique_name("a", {"b"}) == "a"
    assert unique_name("a", {"a", "a (2)"}) == "a (3)"
    assert unique_name("a", ["a"], lambda number: f"a-{number}") == "a-2"
    assert extended_name("t", "_placeholder", {"t", "t_placeholder"}) == "t_placeholder_placeholder"


def test_numbers_count_by_their_size() -> None:
    texts = ["Well_10", "well_2", "Well_1", "well_002b", "A", "10", "9"]
    assert sorted(texts, key=natural_key) == ["9", "10", "A", "Well_1", "well_2", "well_002b", "Well_10"]
