"""Rows as a table shows them: which columns, how wide, and the text of a cell."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tuiqc.review.rows import SIGNS, Rows
from tuiqc.tables.columns import Kind, header_text
from tuiqc.tables.format import format_value
from tuiqc.text import display_width, printable

_SAMPLE = 100
_WORDS = 18
_FEW = 5
_NUMBERS = {"ImageNumber", "ObjectNumber", "Number_Object_Number", "object_id"}
_WIDEST: dict[Kind, int] = {"text": 22, "path": 26, "integer": 14, "float": 12, "bool": 5}


@dataclass(frozen=True, slots=True)
class ListedColumn:
    """A column as it is shown: `header` fits `width` together with `mark`, the sign of the sort direction."""

    name: str
    header: str
    width: int
    right: bool
    kind: Kind
    mark: str = ""


class Listing:
    """What a table widget asks for: columns, cells and signs of the rows in their present order."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._plain = self._choose()
        self._marked = self._plain
        self._sort: tuple[str, bool] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def columns(self) -> list[ListedColumn]:
        """All columns: identity, reason and note, measurements, and what only names files last."""
        now = self.rows.view.sort
        if now != self._sort:
            self._sort = now
            self._marked = [_marked(c, now[1]) if now and c.name == now[0] else c for c in self._plain]
        return self._marked

    def pinned(self) -> int:
        """The identity columns stay in sight."""
        return len(self.rows.view.identity)

    def cell(self, row: int, column: int) -> str:
        """Printable text of a cell."""
        listed = self._plain[column]
        return format_value(self.rows.view.value(row, listed.name), listed.kind, listed.width)

    def mark(self, row: int) -> tuple[str, str]:
        """Sign and tone of the verdict."""
        verdict = self.rows.verdict(self.rows.view.row(row))
        return SIGNS[verdict], verdict

    def number_of(self, name: str) -> int | None:
        """Where a column stands, None if it is not listed."""
        return next((number for number, column in enumerate(self._plain) if column.name == name), None)

    def _choose(self) -> list[ListedColumn]:
        view, own = self.rows.view, self.rows.own
        names = [name for name in view.columns if name not in view.identity and name not in own.values()]
        listed = [self._listed(name) for name in names]
        identity = [self._listed(name) for name in view.identity]
        words = [self._worded(own[name], name) for name in ("reason", "note")]
        measured = [column for column in listed if not _names_things(column)]
        named = [column for column in listed if _names_things(column)]
        # Behind many measurements nobody would see the words; behind a few they are where one expects them.
        if len(measured) > _FEW:
            return [*identity, *words, *measured, *named]
        return [*identity, *measured, *words, *named]

    def fit_words(self, position: int) -> None:
        """Make the columns of reason and note as wide as what was just written there needs."""
        for number, column in enumerate(self._plain):
            if column.name in (self.rows.own["reason"], self.rows.own["note"]):
                needed = display_width(printable(str(self.rows.view.column(column.name)[position])))
                if needed > column.width < _WORDS:
                    self._plain[number] = replace(column, width=min(needed, _WORDS))
                    self._sort = ("", False)  # what is marked is made anew

    def _worded(self, name: str, header: str) -> ListedColumn:
        texts = {str(text) for text in self.rows.view.column(name)}
        widest = max((display_width(printable(text)) for text in texts), default=0)
        return ListedColumn(name, header, min(max(len(header), widest), _WORDS), False, "text")

    def _listed(self, name: str) -> ListedColumn:
        values, kind = self.rows.view.column(name), self.rows.view.kind(name)
        step = max(1, len(values) // _SAMPLE)
        widest = max((display_width(format_value(value, kind)) for value in values[::step]), default=0)
        width = max(3, min(display_width(printable(name)) + 1, 16), min(widest, _WIDEST[kind]))
        return ListedColumn(name, header_text(name, width), width, kind in ("integer", "float"), kind)


def _marked(column: ListedColumn, descending: bool) -> ListedColumn:
    return replace(column, header=header_text(column.name, column.width - 1), mark="↓" if descending else "↑")


def _names_things(column: ListedColumn) -> bool:
    """Whether a column says which thing a row is, not what was measured: such columns stand last."""
    return (
        column.kind == "path"
        or column.name in _NUMBERS
        or column.name.startswith(("FileName_", "PathName_", "URL_", "Metadata_"))
        or column.name.endswith(" file")
    )
