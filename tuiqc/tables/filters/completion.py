"""What could be typed next in a filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from tuiqc.tables.filters import tree
from tuiqc.tables.filters.tokens import Token, column_name, quoted_text, tokenize

Values = Mapping[str, Sequence[str]] | Callable[[str], Sequence[str]]

_BEHIND_VALUE = [
    "and",
    "or",
    "in (",
    "not in (",
    "is missing",
    "is not missing",
    "contains",
    "matches",
    "between",
    "by",
]
_COMPARED = {*tree.COMPARISONS, "contains", "matches", "in"}
_MOST = 100


def completion_start(text: str, cursor: int) -> int:
    """Return where the word under the cursor begins: what is chosen replaces `text[start:cursor]`."""
    token = _under(tokenize(text[:cursor], tolerant=True), cursor)
    return cursor if token is None else token.start


def complete(text: str, cursor: int, columns: Iterable[str], values: Values | None = None) -> list[str]:
    """Return at most 100 words that could stand at the cursor, the likeliest first, quoted where need be.

    `values` gives the texts of a column (a mapping or a function; an empty sequence for columns of numbers
    or too many texts). Behind a value come operators, elsewhere columns and terms, and behind a comparison
    with a column its values. Names that begin with what was typed come first, then those with a part that
    does, then those that have it anywhere; the case does not matter.
    """
    tokens = tokenize(text[:cursor], tolerant=True)
    token = _under(tokens, cursor)
    before = [one for one in tokens[:-1] if one is not token]
    typed = "" if token is None else token.value
    texts = _values(before, values)
    if token is not None and token.kind == "text":
        return [quoted_text(value) for value in _ranked(typed, texts)]
    if token is not None and token.kind == "quoted":
        return [column_name(name) for name in _ranked(typed, columns)]
    if _value_is_before(before):
        return _ranked(typed, _BEHIND_VALUE)
    found = [quoted_text(value) for value in _ranked(typed, texts)]
    found += [column_name(name) for name in _ranked(typed, columns)]
    if not (before and (before[-1].value in tree.COMPARISONS or before[-1].word == "by")):
        found += _ranked(typed, [*(f"{name}(" for name in tree.TERMS), "not"])
    return found[:_MOST]


def _under(tokens: list[Token], cursor: int) -> Token | None:
    """The word that ends at the cursor and could go on."""
    words = tokens[:-1]
    if not words or words[-1].end != cursor or words[-1].kind in ("sign", "number"):
        return None
    last = words[-1]
    return None if last.kind in ("text", "quoted") and last.closed else last


def _value_is_before(before: list[Token]) -> bool:
    if not before:
        return False
    last = before[-1]
    if last.word in ("missing", "true", "false"):
        return True
    return (last.kind != "sign" and not last.word) or last.value == ")"


def _values(before: list[Token], values: Values | None) -> Sequence[str]:
    """Texts of the column that is compared with what comes now."""
    while (
        before
        and before[-1].kind in ("text", "number")
        and len(before) > 1
        and before[-2].value in (",", "(")
    ):
        before = before[:-1]  # within in ('a', 'b', …
        while (
            before and before[-1].value == "," and len(before) > 1 and before[-2].kind in ("text", "number")
        ):
            before = before[:-2]
    while before and before[-1].value == "," and len(before) > 1 and before[-2].kind in ("text", "number"):
        before = before[:-2]
    if before and before[-1].value == "(" and len(before) > 1 and before[-2].word == "in":
        before = before[:-1]
    if not before or (before[-1].value not in _COMPARED and before[-1].word not in _COMPARED):
        return ()
    before = before[:-1]
    if before and before[-1].word == "not":
        before = before[:-1]
    if not before or before[-1].kind not in ("name", "quoted") or values is None:
        return ()
    name = before[-1].value
    return values(name) if callable(values) else values.get(name, ())


def _ranked(typed: str, words: Iterable[str]) -> list[str]:
    wanted = typed.casefold()
    ranks: tuple[list[str], list[str], list[str]] = ([], [], [])
    for word in words:
        folded = word.casefold()
        at = folded.find(wanted)
        if at == 0:
            ranks[0].append(word)
        elif at > 0:
            inside = any(
                folded.startswith(wanted, i + 1) for i, char in enumerate(folded) if not char.isalnum()
            )
            ranks[1 if inside else 2].append(word)
    return [word for rank in ranks for word in rank][:_MOST]
