"""Names: the order in which people count them, a free one, and whether two of them mean the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Hashable, Iterable
from typing import TypeVar
from urllib.parse import unquote_to_bytes

Name = TypeVar("Name", bound=Hashable)

_DIGITS = re.compile("[0-9]+")
_BLANKS = re.compile(r"\s+")
_ESCAPED = re.compile("(?:%[0-9A-Fa-f]{2})+")


def natural_key(text: str) -> str:
    """Return a sort key by which "well 2" comes before "well 10", whatever the case of letters.

    Before each run of the digits 0-9, without its leading zeros, goes a character that tells its length: so
    numbers compare by size, and digits come before letters.
    """
    if text.isdecimal() and text.isascii():
        return _number_key(text)
    return _DIGITS.sub(_by_length, text.casefold())


def _by_length(match: re.Match[str]) -> str:
    return _number_key(match[0])


def _number_key(digits: str) -> str:
    number = digits.lstrip("0")
    return chr(min(48 + len(number), 0xFFFF)) + number


def unique_name(name: str, taken: Container[str], again: Callable[[int], str] | None = None) -> str:
    """Return `name` where it is free, else the first free one of `again(2)`, `again(3)` …

    `again` gives "name (2)", "name (3)" … where nothing else is said; it must not repeat itself.
    """
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})" if again is None else again(number)
    return free


def extended_name(name: str, ending: str, taken: Container[str]) -> str:
    """Return `name` with `ending` added as often as it takes until it is free."""
    return unique_name(name, taken, lambda number: name + ending * (number - 1))


def name_key(text: str, zeros: bool = False) -> str:
    """Return what two spellings of one name have in common: the same text for names that mean the same.

    Left out of account: capitals (`A1`, `a1`), leading zeros of numbers (`1`, `001`), blanks at the ends and how
    many there are between words, how accents are composed (NFC, NFD; Unicode Standard Annex 15), and the
    escapes of web addresses (`%20`, RFC 3986). With `zeros`, leading zeros count. It is for comparing; nothing is
    ever called by it.
    """
    if text.isascii() and "%" not in text:
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFC", _ESCAPED.sub(_unescaped, text))
        folded = unicodedata.normalize("NFC", folded.casefold())
    folded = _BLANKS.sub(" ", folded).strip()
    return folded if zeros else _DIGITS.sub(_without_zeros, folded)


def _unescaped(match: re.Match[str]) -> str:
    try:
        return unquote_to_bytes(match[0]).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def _without_zeros(match: re.Match[str]) -> str:
    return match[0].lstrip("0") or "0"


def counterparts(
    wanted: Iterable[Name], there: Iterable[Name], key: Callable[[Name], Hashable]
) -> dict[Name, Name]:
    """Return for each wanted name the one of `there` that means the same; those without one are left out.

    A name that is there as it is written is its own counterpart. Of the others, two go together only if no
    third is left that means the same: of `A1` and `A01` that both exist none is ever taken for the other.

    Parameters
    ----------
    key
        What names that mean the same have in common: `name_key` for texts.
    """
    names, present = list(dict.fromkeys(wanted)), dict.fromkeys(there)
    found = {name: name for name in names if name in present}
    if len(found) == len(names):
        return found
    spelled: dict[Hashable, list[Name]] = {}
    for name in present:
        if name not in found:
            spelled.setdefault(key(name), []).append(name)
    if not spelled:
        return found
    asked: dict[Hashable, list[Name]] = {}
    for name in names:
        if name not in found:
            asked.setdefault(key(name), []).append(name)
    for common, these in asked.items():
        those = spelled.get(common, [])
        if len(these) == len(those) == 1:
            found[these[0]] = those[0]
    return found
