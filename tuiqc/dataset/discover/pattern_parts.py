"""Parts of a file name pattern as regular expressions whose groups `k0`, `k1` … hold the key, matched in bounded time.

A regular expression can need more steps than there are atoms for a name of 40 letters (Cox, "Regular Expression
Matching Can Be Simple And Fast", 2007), and Python's module can't be told to stop. What could take long is therefore
matched in a process of its own that can be ended.

A template is the other way round: what varies among file names that belong together is found, and named.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from tuiqc.dataset.words import KNOWN_PARTS, are_wells
from tuiqc.errors import UsageError
from tuiqc.names import unique_name

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
# One wildcard of a regular expression: an escaped class, a bracket or a dot, with its quantifier.
_ATOM = re.compile(r"(\\.|\[\^?\]?[^\]]*\]|.)((?:[*+?]|\{\d+(?:,\d*)?\})[?+]?)?", re.DOTALL)


class KeyNames:
    """Names of the key's parts in the order in which they are met, unique."""

    def __init__(self, keep_wildcards: bool) -> None:
        self.names: list[str] = []
        self.keep_wildcards = keep_wildcards

    def add(self, name: str) -> int:
        """Return the number of the name, which is a new one or known."""
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def make_up(self, before: str) -> int:
        """Name a wildcard by the literal text before it: `well` after "Well_"."""
        words = re.findall(r"[A-Za-z]+", before)
        name = KNOWN_PARTS.get(words[-1].casefold(), "key") if words and len(words[-1]) > 1 else "key"
        return self.add(unique_name(name, self.names, lambda number: f"{name}_{number}"))


def wildcard_part(part: str, names: KeyNames) -> str | None:
    """Regular expression for a part with `{placeholders}` and shell wildcards; None for `**`."""
    if part == "**":
        return None
    out, last, seen = "", 0, set[int]()
    for match in re.finditer(rf"{PLACEHOLDER.pattern}|\*+|\?|\[!?\]?[^\]]*\]", part):
        literal = part[last : match.start()]
        out += re.escape(literal)
        last = match.end()
        if match[1]:
            number = names.add(match[1])
            # The same name in a later folder or file is compared in `_walk`, in this part by a
            # back-reference.
            out += f"(?P=k{number})" if number in seen else f"(?P<k{number}>[^/]+)"
            seen.add(number)
            continue
        sign = match[0]
        body = "[^/]*" if sign[0] == "*" else "[^/]" if sign == "?" else _bracket(sign)
        out += f"(?P<k{names.make_up(literal)}>{body})" if names.keep_wildcards else f"(?:{body})"
    return out + re.escape(part[last:])


def any_case_suffix(part: str, source: str | None) -> str | None:
    """Return the regular expression of a part with the ending of the file name in capitals or not."""
    ending = re.search(r"\.[A-Za-z][A-Za-z0-9]*$", part)
    if source is None or ending is None or not source.endswith(re.escape(ending[0])):
        return source
    return f"{source[: -len(re.escape(ending[0]))]}(?i:{re.escape(ending[0])})"


def _bracket(sign: str) -> str:
    inside = sign[1:-1].replace("\\", r"\\").replace("[", r"\[")
    return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside.replace('^', chr(92) + '^', 1)}]"


def regex_part(part: str, names: KeyNames, named: bool, grouped: bool) -> str:
    """Regular expression of the user, with the groups that hold the key renamed to `k0`, `k1` ..."""
    if named:
        renamed = re.sub(r"\(\?P<(\w+)>", lambda match: f"(?P<k{names.add(match[1])}>", part)
        return re.sub(r"\(\?P=(\w+)\)", lambda match: f"(?P=k{names.add(match[1])})", renamed)
    out, before = "", ""
    if grouped:
        for piece in re.split(r"(\\.|\[[^\]]*\]|\((?!\?))", part):
            out += f"(?P<k{names.make_up(before)}>" if piece == "(" else piece
            before = before + piece if piece != "(" else ""
        return out
    for match in _ATOM.finditer(part):
        atom, quantifier = match[1], match[2]
        is_wild = (
            (atom == "." and quantifier)
            or atom[0] == "["
            or (atom[0] == "\\" and atom[1:] in tuple("dDwWsS"))
        )
        if is_wild:
            out, before = out + f"(?P<k{names.make_up(before)}>{match[0]})", ""
        else:
            out, before = out + match[0], before + match[0]
    return out


SECONDS = 5.0
"""For so long the names of one folder may take."""
_MOST_STEPS = 1e7
_UNBOUNDED = re.compile(r"(?<!\\)(?:[*+]|\{\d+,(?:\d{2,})?\})")
_REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{\d*,?\d*\})")
_CHILD = """
import json, re, sys, warnings
warnings.simplefilter("ignore")
source, names = json.load(sys.stdin)
part = re.compile(source, re.DOTALL)
found = (part.fullmatch(name) for name in names)
json.dump([None if match is None else list(match.groupdict("").values()) for match in found], sys.stdout)
"""

Groups = tuple[str, ...]
"""The text of each named group of a match."""


@dataclass(frozen=True)
class GroupsOf:
    """Matches names with one part of a pattern.

    Attributes
    ----------
    part
        The regular expression; all of a name has to match.
    """

    part: re.Pattern[str]

    @cached_property
    def numbers(self) -> list[int]:
        """The number of each named group: 0 of `k0`."""
        return [int(name[1:]) for name in self.part.groupindex]

    def __call__(self, names: Sequence[str]) -> list[Groups | None]:
        """Return for each name the text of each named group ("" where it took no part), None if it does not match.

        Raises
        ------
        UsageError
            It takes longer than `SECONDS`.
        """
        if self._may_take_long(names):
            return self._in_a_process(names)
        fullmatch = self.part.fullmatch
        places = list(self.part.groupindex.values())
        if len(places) == self.part.groups:  # in this order
            return [None if (match := fullmatch(name)) is None else match.groups("") for name in names]
        return [None if (match := fullmatch(name)) is None else _at(match, places) for name in names]

    def _may_take_long(self, names: Sequence[str]) -> bool:
        """Whether a repeated group, or many repeats one after the other, allow too many ways to match a name."""
        source = self.part.pattern
        if _REPEATED_GROUP.search(source):
            return True
        repeats = len(_UNBOUNDED.findall(source))
        if repeats < 4:
            return False
        longest = max(map(len, names), default=0)
        return math.comb(longest + repeats, repeats) > _MOST_STEPS

    def _in_a_process(self, names: Sequence[str]) -> list[Groups | None]:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", _CHILD],
                input=json.dumps([self.part.pattern, list(names)]),
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=True,
            )
        except subprocess.TimeoutExpired as error:
            raise UsageError(
                f"{self.part.pattern}: {len(names)} names could not be matched within {SECONDS:g} s: it can match "
                "in too many ways; leave out a repeat inside of a repeat, such as (a+)+, or use {placeholders}"
            ) from error
        return [None if groups is None else tuple(groups) for groups in json.loads(done.stdout)]


def _at(match: re.Match[str], places: Sequence[int]) -> Groups:
    return tuple([match[place] or "" for place in places])


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
