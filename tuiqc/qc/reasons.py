"""Why did it fail? The reasons of the user, their keys, and the verdict that each implies.

A thing can have several reasons: in the CSV they stand in the column `reason`, joined by ";". A reasons file is
TOML:

    [[reason]]
    name = "merged"
    key = 1            # 1 to 9; may be left out
    verdict = "fail"   # pass, fail or unsure; fail where left out
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuiqc.errors import InputError
from tuiqc.files import read_toml
from tuiqc.qc.verdict import VERDICTS

SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason: its name, the number key that gives it (1-9, 0 for none) and the verdict that comes with it."""

    name: str
    key: int = 0
    verdict: str = "fail"


DEFAULT_REASONS = (
    Reason("merged", 1),
    Reason("split", 2),
    Reason("missed", 3),
    Reason("border", 4),
    Reason("debris", 5),
    Reason("focus", 6),
    Reason("outline", 7),
    Reason("background", 8),
    Reason("ambiguous", 9, "unsure"),
)


TRACK_REASONS = (
    Reason("swap", 1),
    Reason("lost", 2),
    Reason("false division", 3),
    Reason("missed division", 4),
    Reason("merged", 5),
    Reason("split", 6),
    Reason("debris", 7),
    Reason("border", 8),
    Reason("ambiguous", 9, "unsure"),
)
"""What is wrong with a track, or with an object at one time point of a movie."""


def load_reasons(path: Path) -> tuple[Reason, ...]:
    """Read a reasons file.

    Raises
    ------
    InputError
        If it can't be read or says something impossible: names the entry and what is expected.
    """
    document = read_toml(path)
    entries = document.get("reason")
    if not isinstance(entries, list) or not entries:
        raise InputError("no reasons", path=path, expected='entries such as [[reason]] with name = "merged"')
    unknown = sorted(set(document) - {"reason"})
    if unknown:
        raise InputError(f"unknown setting {unknown[0]!r}", path=path, expected="[[reason]] entries only")
    reasons = tuple(_reason(entry, number, path) for number, entry in enumerate(entries, start=1))
    return _checked(reasons, path)


def _reason(entry: Any, number: int, path: Path) -> Reason:
    where = f"reason {number}"
    if not isinstance(entry, dict):
        raise InputError(f"{where} is {entry!r}", path=path, expected="a [[reason]] entry")
    name, key, verdict = entry.get("name"), entry.get("key", 0), entry.get("verdict", "fail")
    unknown = sorted(set(entry) - {"name", "key", "verdict"})
    if unknown:
        raise InputError(
            f"{where} has the unknown setting {unknown[0]!r}", path=path, expected="name, key, verdict"
        )
    if not isinstance(name, str) or not name.strip() or SEPARATOR in name:
        raise InputError(
            f"{where} has the name {name!r}", path=path, expected=f"a text without {SEPARATOR!r}"
        )
    if type(key) is not int or not (1 <= key <= 9 or "key" not in entry):
        raise InputError(f"reason {name!r} has the key {key!r}", path=path, expected="a number from 1 to 9")
    if verdict not in VERDICTS:
        raise InputError(
            f"reason {name!r} has the verdict {verdict!r}", path=path, expected=" or ".join(VERDICTS)
        )
    return Reason(name.strip(), key, verdict)


def _checked(reasons: tuple[Reason, ...], path: Path) -> tuple[Reason, ...]:
    for what, values in (
        ("name", [reason.name for reason in reasons]),
        ("key", [reason.key for reason in reasons if reason.key]),
    ):
        double = next((value for value, count in Counter(values).items() if count > 1), None)
        if double is not None:
            raise InputError(f"two reasons have the {what} {double!r}", path=path, expected="one of each")
    return reasons


def by_key(reasons: Sequence[Reason], key: int) -> Reason | None:
    """Return the reason of a number key, None if it has none."""
    return next((reason for reason in reasons if key and reason.key == key), None)


def with_keys(names: Iterable[str]) -> tuple[Reason, ...]:
    """Return reasons for a plain list of names, the first nine on the keys 1 to 9; those known keep their
    verdict."""
    known = {reason.name: reason.verdict for reason in DEFAULT_REASONS}
    return tuple(
        Reason(name, number if number <= 9 else 0, known.get(name, "fail"))
        for number, name in enumerate(dict.fromkeys(names), start=1)
    )


def parse_reasons(cell: str) -> tuple[str, ...]:
    """Return the names in the column `reason`, each once, blanks around them left out."""
    return tuple(dict.fromkeys(name.strip() for name in cell.split(SEPARATOR) if name.strip()))


def format_reasons(names: Iterable[str]) -> str:
    """Return names as they stand in the column `reason`: "merged;focus". A ";" within a name becomes ","."""
    return SEPARATOR.join(
        dict.fromkeys(name.strip().replace(SEPARATOR, ",") for name in names if name.strip())
    )


def toggled(cell: str, name: str) -> str:
    """Return the column `reason` with the name added, or taken away if it is there."""
    names = parse_reasons(cell)
    return (
        format_reasons(one for one in names if one != name)
        if name in names
        else format_reasons([*names, name])
    )


def implied_verdict(cell: str, reasons: Sequence[Reason]) -> str:
    """Return the verdict that the reasons of a thing imply: the worst (fail, unsure, pass); "" for none.

    A reason that is not in the list means fail, as one that was typed does.
    """
    known = {reason.name: reason.verdict for reason in reasons}
    found = {known.get(name, "fail") for name in parse_reasons(cell)}
    return next((verdict for verdict in ("fail", "unsure", "pass") if verdict in found), "")
