"""Turns one part of a file name pattern into a regular expression whose groups `k0`, `k1` … hold the key."""

from __future__ import annotations

import re

from tuiqc.dataset.words import KNOWN_PARTS
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
