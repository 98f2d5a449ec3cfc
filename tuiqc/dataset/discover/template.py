"""Finds the varying parts of file names that belong together, and names them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tuiqc.dataset.words import KNOWN_PARTS, are_wells
from tuiqc.names import unique_name

_PARTS = re.compile(r"([_\-. /]+)")
_PREFIXED = re.compile(r"([A-Za-z]+)(\d+)")


@dataclass(frozen=True, slots=True)
class Template:
    """What a set of names has in common.

    Attributes
    ----------
    text
        The names as a pattern: "Well_{well}".
    names
        The placeholders in `text`.
    values
        For each of the names given to `template`, the text of each placeholder.
    """

    text: str
    names: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]


def template(texts: Sequence[str]) -> Template:
    """Return the template of `texts` (unique). Names of different build, or a single one, get one
    `{name}`."""
    split = [_PARTS.split(text) for text in texts]
    separators = {tuple(parts[1::2]) for parts in split}
    if len(texts) < 2 or len(separators) != 1:
        return Template("{name}", ("name",), tuple((text,) for text in texts))
    names: list[str] = []
    columns: list[list[str]] = []
    out = ""
    for position, words in enumerate(zip(*split, strict=True)):
        if len(set(words)) == 1:
            out += words[0]
            continue
        before = split[0][position - 2] if position >= 2 and "{" not in out[-1:] else ""
        prefix, name, values = _named(before, words)
        name = unique_name(name, names, partial("{}_{}".format, name))
        names.append(name)
        columns.append(values)
        out += prefix + "{" + name + "}"
    return Template(out, tuple(names), tuple(zip(*columns, strict=True)))


def _named(before: str, words: Sequence[str]) -> tuple[str, str, list[str]]:
    """Constant beginning, placeholder name, and values of one varying part."""
    if are_wells(words) and before.casefold() != "c":
        return "", "well", list(words)
    matches = [_PREFIXED.fullmatch(word) for word in words]
    found = [match for match in matches if match is not None]
    if len(found) == len(words) and len({match[1] for match in found}) == 1:
        prefix = found[0][1]
        if known := KNOWN_PARTS.get(prefix.casefold()):
            return prefix, known, [match[2] for match in found]
    if known := KNOWN_PARTS.get(before.casefold()):
        return "", known, list(words)
    return "", "number" if all(word.isdecimal() for word in words) else "name", list(words)
