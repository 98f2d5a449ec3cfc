"""Text as it stands in a cell of the annotation CSV: harmless in a spreadsheet, and reversible.

Two things are changed on writing and undone on reading, so that every text comes back exactly:

- A cell that a spreadsheet would take for a formula (it begins with ``=``, ``+``, ``-``, ``@``, tab,
  carriage return or line feed) gets an apostrophe before it. Plain numbers such as ``-1`` stay, so that they
  still join. A text that begins with apostrophes followed by such a thing gets one more, which tells the
  two apart.
- Lone surrogates (undecodable bytes of file names) can't be written in UTF-8: they are written as
  ``\\udcff``, and a text that has such a sequence of its own gets its backslash written as ``\\u005c``.
"""

from __future__ import annotations

import re

from tuiqc.text import escaped

# OWASP "CSV Injection" lists the first characters that spreadsheets act on, the full-width ones included.
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z"
_FORMULA = re.compile(rf"'*(?!{_NUMBER})[=+\-@\t\r\n＝＋－＠]", re.ASCII)
_ESCAPE = re.compile(r"\\u(d[89a-f][0-9a-f]{2}|005c)")


def to_cell(text: str) -> str:
    """Return `text` as it is written into the CSV."""
    if not text:
        return text
    if "\\u" in text:
        text = _ESCAPE.sub(lambda match: "\\u005c" + match[0][1:], text)
    text = escaped(text)
    return "'" + text if _FORMULA.match(text) else text


def harmless(text: str) -> str:
    """Return `text` as it is written into a table that is not read back by us: no formula, no lone surrogate.

    Unlike `to_cell` it leaves a backslash as it is, so that names which were escaped before stay the same.
    """
    text = escaped(text)
    return "'" + text if text and _FORMULA.match(text) else text


def from_cell(cell: str) -> str:
    """Return the text that `to_cell` wrote as `cell`; a cell that needs no change comes back as it is."""
    if not cell:
        return cell
    if cell[0] == "'" and _FORMULA.match(cell):
        cell = cell[1:]
    if "\\u" in cell:
        cell = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), cell)
    return cell
