"""The pages of `tuiqc/docs`, with what is made from the code in its place: keys, evidence, columns, exporters."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import tuiqc

FOLDER = Path(tuiqc.__file__).parent / "docs"
ORDER = (
    *("index", "guide", "activities", "recipes", "inputs", "outputs", "worst-first", "quality", "handover"),
    *("commands", "terminals", "keys", "filters", "evidence", "keys-files"),
)
"""The names of all pages, as they follow one another."""
_MADE = re.compile(r"<!-- made: (\w+) -->")

COLUMNS_MEAN = {
    "level": "`image`, `object`, `track` or `candidate` (a place where an object may have been missed)",
    "image": "key of the image: the values of its placeholders",
    "layer": "object layer, empty for images",
    "label": "number of the object in its mask, of the track or of the candidate; 0 for images",
    "t": "time point from 0; 0 where there is no time",
    "verdict": "`pass`, `fail`, `unsure`, or empty where there is only a note",
    "reason": "why, several with `;` between them",
    "note": "free text",
    "annotator": "who said it",
    "time": "when, in UTC (ISO 8601)",
    "source_table": "the table that the object is in",
    "centre_x": "where it was when it was judged, in pixels",
    "centre_y": "the same, downwards",
    "area": "how large it was, in pixels",
    "schema": "version of these columns",
}
"""What each column of the annotation CSV holds."""


def page(name: str) -> str:
    """Return a page as Markdown."""
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    return _MADE.sub(lambda match: _MAKERS[match[1]](), text)


@cache
def title(name: str) -> str:
    """The first heading of a page."""
    with (FOLDER / f"{name}.md").open(encoding="utf-8") as stream:
        return stream.readline().lstrip("# ").strip()


def found(words: str) -> list[tuple[str, str]]:
    """The pages that hold all of some words, those that have them most often first, and a line of each that has one."""
    wanted = words.casefold().split()
    hits: list[tuple[int, str, str]] = []
    for name in ORDER if wanted else ():
        lines = page(name).splitlines()
        text = "\n".join(lines).casefold()
        if all(word in text for word in wanted):
            line = next((line for line in lines if any(word in line.casefold() for word in wanted)), "")
            # The first page only says what stands on the others.
            hits.append((0 if name == ORDER[0] else sum(map(text.count, wanted)), name, line))
    return [(name, line) for _, name, line in sorted(hits, key=lambda hit: -hit[0])]


def _keys() -> str:
    from tuiqc.ui.commands import key_table

    return key_table()


def _evidence() -> str:
    from tuiqc.measure.terms import CHANNEL_TERMS, LAYER_TERMS, NEIGHBOUR_TERMS, SHAPE_TERMS

    groups = {
        "shape": SHAPE_TERMS,
        "neighbours": NEIGHBOUR_TERMS,
        "another object layer": LAYER_TERMS,
        "image, for each channel": CHANNEL_TERMS,
    }
    tables = []
    for heading, terms in groups.items():
        rows = [(f"`{name}`", term.formula.replace("|", "\\|")) for name, term in terms.items()]
        tables.append(_table((heading, "is"), rows))
    return "\n\n".join(tables)


def _columns() -> str:
    from tuiqc.qc.csvfile import COLUMNS

    return _table(("column", "holds"), [(f"`{name}`", COLUMNS_MEAN[name]) for name in COLUMNS])


def _exporters() -> str:
    from tuiqc.exporters.registry import EXPORTERS, dropped

    rows = [
        (f"`{name}`", what, ", ".join(sorted(dropped(name))) or "nothing")
        for name, (_, what) in EXPORTERS.items()
    ]
    return _table(("`--what`", "writes", "leaves out"), rows)


def _terms() -> str:
    from tuiqc.tables.filters.tree import TERMS

    return ", ".join(f"`{name}(column)`" for name in TERMS)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


_MAKERS: dict[str, Callable[[], str]] = {
    "keys": _keys,
    "evidence": _evidence,
    "columns": _columns,
    "exporters": _exporters,
    "terms": _terms,
}
