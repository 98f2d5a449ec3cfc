"""Text from outside (file names, table cells, notes) made safe to put on a terminal."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls, line and paragraph separators, and the bidirectional controls that reorder what follows
# them ("Trojan Source", CVE-2021-42574); lone surrogates come from undecodable file names.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd"


def printable(text: str) -> str:
    """Return `text` with every character that could steer a terminal replaced by a visible sign.

    C0 controls become their Unicode control pictures (ESC is `␛`); other controls, bidirectional
    overrides and lone surrogates become U+FFFD. The length stays the same.
    """
    return _UNSAFE.sub(_visible, text)


def display_width(text: str) -> int:
    """Number of terminal cells that `text` takes (East Asian wide characters take two, combining none)."""
    if text.isascii():
        return len(text)
    return sum(_cell_width(char) for char in text)


def _cell_width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shorten(text: str, width: int) -> str:
    """Cut `text` to at most `width` terminal cells, with `…` as the last one where something was cut."""
    if display_width(text) <= width:
        return text
    kept, used = [], 0
    for char in text:
        step = _cell_width(char)
        if used + step > width - 1:
            break
        kept.append(char)
        used += step
    return "".join(kept) + "…" if width > 0 else ""
