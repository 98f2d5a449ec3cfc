"""Text from outside (file names, table cells, notes) made safe to put on a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# C0 and C1 controls, line and paragraph separators, and the bidirectional controls that reorder what follows
# them ("Trojan Source", CVE-2021-42574); lone surrogates come from undecodable file names.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


_SURROGATE = re.compile("[\ud800-\udfff]")


def escaped(text: str) -> str:
    """Return `text` with each undecodable byte of a file name as `\\udcb5`, so that it can be encoded anywhere.

    That is how the annotation CSV, JSON and tables that are written have it; two names stay two.
    """
    return text if text.isascii() else _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def plural(number: int, noun: str, many: str = "") -> str:
    """Return "1 image", "2,000 images"; `many` for a noun that does not take an s."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def percent(value: float | None, digits: int = 1) -> str:
    """Return a fraction as "12.3 %", with a space that does not break; "–" for none."""
    return "–" if value is None else f"{value * 100:.{digits}f}\N{NO-BREAK SPACE}%"


def size_text(count: int) -> str:
    """Return a number of bytes as kB or MB."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def some(names: Sequence[str], shown: int = 5) -> str:
    """Return the first names, and how many there are if they are more: "A1, A2 … (96 in all)"."""
    return ", ".join(names[:shown]) + (f" … ({len(names):,} in all)" if len(names) > shown else "")


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


def shown_path(path: str) -> str:
    """A path for people: an address has the second slash back, which is none to `pathlib`."""
    return re.sub(r"^(https?|s3|gs):/(?!/)", r"\1://", path)
