"""Rows as a table shows them: which columns, how wide, and the text of a cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import overload

from tuiqc.qc.verdict import SIGNS
from tuiqc.review.column_choice import ColumnChoice
from tuiqc.review.mixed_rows import MixedRows
from tuiqc.review.rows import STALE, Rows
from tuiqc.tables.columns import Kind, header_text, short_head, short_titles, telling
from tuiqc.tables.number_format import ColumnFormat, column_format, format_value, narrow_format
from tuiqc.text import display_width, printable, shorten

_SAMPLE = 100
_WORDS = 18
_HEADER = 8
_FEW = 5
_WHY, _SOME = 40, 12
_MEASURED = 6
"""Measurements before the columns of reason and note, while nothing is written in them."""
_BEFORE_WORDS = 3
"""Measurements of objects before long words: those of the order worst first, and notes."""
_NAMING = 11
"""Cells that columns which name an object share, with the gaps: longer titles lose letters down to their values."""
_LOOKED_AT = 40
"""Measurements whose values are looked at, whether they differ at all: there may be thousands."""
_TITLE, _NUMBER_TITLE, _HEAD = 16, 8, 5
_NUMBERS = {"ImageNumber", "ObjectNumber", "Number_Object_Number", "object_id"}
_FILES = ("FileName_", "PathName_", "URL_", "Metadata_")
_WIDEST: dict[Kind, int] = {"text": 22, "path": 26, "integer": 14, "float": 12, "bool": 5}


@dataclass(frozen=True, slots=True)
class ListedColumn:
    """A column as it is shown: `header` fits `width` together with `mark`, the sign of the sort direction.

    `least` is the width that its numbers (or the first words of a reason) need, 0 for other columns: with that much the
    `title` alone is shortened.
    """

    name: str
    header: str
    width: int
    right: bool
    kind: Kind
    mark: str = ""
    title: str = ""
    least: int = 0

    def squeezed(self, room: int) -> ListedColumn | None:
        """The column in `room` cells, None where its values or a readable header have no place."""
        if not self.least or room < max(self.least, _HEADER):
            return None
        header = header_text(self.title, room - display_width(self.mark))
        return replace(self, header=header, width=min(room, self.width))


CellColours = dict[str, Callable[[int], tuple[int, int, int] | None]]
"""Colours of the cells of some columns, by position in the frame."""


class Listing:
    """What a table widget asks for: columns, cells and signs of the rows in their present order.

    Parameters
    ----------
    choice
        Columns that the person has hidden, pinned, moved or widened.
    mixed
        Says what is shown among the rows, if something is: candidates among objects.
    """

    def __init__(
        self,
        rows: Rows,
        choice: ColumnChoice | None = None,
        mixed: Callable[[], MixedRows | None] = lambda: None,
    ) -> None:
        self.rows, self.mixed = rows, mixed
        self.choice = choice or ColumnChoice()
        self.colours: CellColours = {}
        self._made: dict[str, ListedColumn] = {}
        self._formats: dict[str, ColumnFormat] = {}
        self._arrange()

    def __len__(self) -> int:
        mixed = self.mixed()
        return len(self.rows if mixed is None else mixed)

    # --- columns

    @property
    def names(self) -> list[str]:
        """Names of the columns as they are shown: identity, pinned ones, then the others."""
        return self._names

    def columns(self) -> Sequence[ListedColumn]:
        """The columns; each is measured when it is first asked for, since there may be thousands."""
        return _Lazy(self)

    def column(self, name: str) -> ListedColumn:
        """One column with the mark of the present sort."""
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = self._listed(name)
        mark = sort_mark(self.rows, name)
        if not mark:
            return made
        if name in self._heads or name in self._naming:
            # Of short heads one letter goes for the mark, so that no other column moves, but no more.
            letters = min(len(made.header), _HEAD if mark[1:] else _HEAD - 1) if name in self._heads else 0
            width = max(made.width, letters + len(mark))
            return replace(made, header=made.header[: width - len(mark)], width=width, mark=mark)
        # The mark comes on top of the name, so that a narrow column does not lose its name to it.
        width = max(made.width, display_width(made.header) + len(mark))
        return replace(made, header=self._head(name, width - len(mark)), width=width, mark=mark)

    def measure(self, count: int) -> None:
        """Measure the first columns, which takes its time with long tables: in a thread, before they are shown."""
        choice = self.choice
        for name in self._names[:count]:
            if self.choice is choice:
                self.column(name)

    def pinned(self) -> int:
        """How many of the first columns stay in sight: those that name the row, and those that were pinned."""
        return self._pinned

    def number_of(self, name: str) -> int | None:
        """Where a column stands, None if it is not shown."""
        return self._names.index(name) if name in self._names else None

    def choose(self, choice: ColumnChoice) -> None:
        """Show other columns, or the same in another way."""
        self.choice = choice
        self._made.clear()
        self._formats.clear()
        self._arrange()

    def hides(self, name: str) -> bool:
        """Whether a column is not in sight."""
        return self.choice.hides(name, self.rows.off)

    def toggled(self, name: str) -> ColumnChoice:
        """The choice with a column hidden, or shown again."""
        return self.choice.toggled(name, self.rows.off)

    def fit_words(self) -> None:
        """Make the columns of reason and note as wide as their words need, and show them with the first one."""
        if self._written != self._written_now():
            self._arrange()
        for name in (self.rows.own["reason"], self.rows.own["note"], self.rows.category_column):
            self._made.pop(name, None)

    def _written_now(self) -> list[str]:
        """Which of the columns of reason and note have a word."""
        own, widths = self.rows.own, self.rows.word_widths
        return [name for name in (own["reason"], own["note"]) if widths[name]]

    def _arrange(self) -> None:
        view, own = self.rows.view, self.rows.own
        words = [own["reason"], own["note"]]
        off, choice = self.rows.off, self.choice
        unseen = {name for name in off if choice.hides(name, off)}
        elsewhere = {*view.identity, *words, *unseen}
        others = [name for name in view.columns if name not in elsewhere]
        named = [name for name in others if self._names_things(name)]
        apart = set(named)
        measured = [name for name in others if name not in apart]
        self._written = self._written_now()
        self._heads: dict[str, str] = {}
        if self.rows.level == "object":
            natural = self._objects_arranged(self._telling_first(measured), words, named)
        else:
            # Behind many measurements nobody would see the words; behind a few they are where one expects them.
            before = 0 if self._written and len(measured) > _FEW else _MEASURED
            natural = [*measured[:before], *words, *measured[before:], *named]
            natural = self._with_first(natural, list(self.rows.leading))
        pinned, rest = choice.arranged(natural, off)
        self._names = [*view.identity, *pinned, *rest]
        self._pinned = len(view.identity) + len(pinned)
        self._titles = short_titles(self._names)
        self._naming = self._naming_widths() if self.rows.level == "object" else {}

    def _objects_arranged(self, measured: list[str], words: list[str], named: list[str]) -> list[str]:
        """Short words before the measurements, long ones behind the first of them, none where none are written."""
        written = self._written if len(measured) > _FEW else []
        long = [name for name, title in self.rows.leading.items() if title == "why"]
        leading = [name for name in self.rows.leading if name not in long]
        long += [name for name in written if name == self.rows.own["note"]]
        empty = [name for name in words if name not in written]
        measured = [name for name in measured if name not in (*long, *leading)]
        self._heads = self._short_heads(measured[:_MEASURED])
        few, some = measured[:_BEFORE_WORDS], measured[_BEFORE_WORDS:_MEASURED]
        natural = [*few, *long, *some, *empty, *measured[_MEASURED:], *named]
        return self._with_first(natural, [*leading, *(name for name in written if name not in long)])

    def _with_first(self, natural: list[str], leading: list[str]) -> list[str]:
        """What one annotates by, and what is wrong, stands where one looks."""
        known = {*natural, *leading}
        first = [name for name in (self.rows.category_column, STALE, *leading) if name in known]
        return [*first, *(name for name in natural if name not in first)]

    def _short_heads(self, measured: list[str]) -> dict[str, str]:
        """Short titles of these, where no two would have the same."""
        heads = {name: short_head(name, _HEAD) for name in measured}
        taken = Counter(heads.values())
        return {name: head for name, head in heads.items() if head and taken[head] == 1}

    def _naming_widths(self) -> dict[str, int]:
        """Cells of the columns that name an object: as many as their titles, unless together these take too many."""
        view = self.rows.view
        least = {name: self._value_width(name) for name in view.identity}
        widths = {name: max(least[name], display_width(self._title(name))) for name in view.identity}
        while sum(widths.values()) + len(widths) > _NAMING:
            wide = [name for name in view.identity if widths[name] > least[name]]
            if not wide:
                break
            widths[max(wide, key=lambda name: widths[name])] -= 1
        return widths

    def _value_width(self, name: str) -> int:
        kind = self.rows.view.kind(name)
        return min(self._widest(name, kind), _WIDEST[kind])

    def _telling_first(self, names: list[str]) -> list[str]:
        """Measurements in the order in which they tell something of an object; those of one value only at the end."""
        ordered = sorted(names, key=telling)
        same = {name for name in ordered[:_LOOKED_AT] if self._is_constant(name)}
        return [name for name in ordered if name not in same] + [name for name in ordered if name in same]

    def _is_constant(self, name: str) -> bool:
        values = self.rows.view.sample(name, _SAMPLE)
        return len(values) > 1 and len({str(value) for value in values}) == 1

    def _names_things(self, name: str) -> bool:
        """Whether a column says which thing a row is, not what was measured: such columns stand last."""
        if name in (self.rows.own["verdict"], self.rows.own["annotator"]):
            return True  # the sign in front says the one; the other is the same in most rows
        if name in self.rows.order_words:
            return True  # the order itself says it
        if name in _NUMBERS or name.startswith(_FILES) or name.endswith(" file"):
            return True
        view = self.rows.view
        return not view.plainly_numeric(name) and view.kind(name) == "path"

    def _title(self, name: str) -> str:
        """What stands over a column: our own ones by their plain word, measurements without their category."""
        own = next((own for own, real in self.rows.own.items() if real == name), None)
        return own or self.rows.leading.get(name) or self._titles.get(name, name)

    def _head(self, name: str, width: int) -> str:
        """What stands over a column of so many cells: the title if it fits, else a short one or its ends."""
        title = self._title(name)
        if display_width(title) <= width or name in self.choice.widths:
            return header_text(title, width)
        if name in self._naming:
            return printable(title)[:width]
        return self._heads.get(name) or header_text(title, width)

    def _listed(self, name: str) -> ListedColumn:
        view = self.rows.view
        title = self._title(name)
        if name in self.rows.own.values() or name == self.rows.category_column:
            width = min(max(display_width(title), self.rows.word_widths[name]), _WORDS)
            kind = view.kind(name)
        else:
            kind = view.kind(name)
            widest = self._widest(name, kind)
            most = _WHY if name in self.rows.leading else _WIDEST[kind]
            width = max(self._title_width(name, title), min(widest, most))
        width = self.choice.widths.get(name, width)
        form = self._formats.get(name)
        least = form.width if form is not None and name not in self.choice.widths else 0
        if kind == "text" and name in self.rows.leading:
            least = min(width, _SOME)  # words that are cut still say something
        right = kind in ("integer", "float")
        return ListedColumn(name, self._head(name, width), width, right, kind, title=title, least=least)

    def _title_width(self, name: str, title: str) -> int:
        """Cells that the title of a column has by itself."""
        if name in self._naming:
            return self._naming[name]
        if name in self._heads:
            return max(_HEAD, display_width(self._heads[name]))
        own = display_width(printable(title))
        return max(3, min(own, _NUMBER_TITLE) if self._is_measured(name) else min(own + 1, _TITLE))

    def _is_measured(self, name: str) -> bool:
        """Whether a column has numbers of objects, whose titles are shortened so that more of them are in sight."""
        return self.rows.level == "object" and name in self._formats

    def _widest(self, name: str, kind: Kind) -> int:
        """Cells that the values need; numbers also get their form, so that they stand under each other."""
        view = self.rows.view
        numbers = view.numbers(name) if kind in ("integer", "float") else None
        if numbers is not None:
            most = self.choice.widths.get(name, _WIDEST[kind])
            narrow = self.rows.level == "object" and name not in self.choice.widths
            form_of = narrow_format if narrow else column_format
            self._formats[name] = form_of(numbers.floats(), kind, most)
            return self._formats[name].width
        return max(
            (display_width(format_value(value, kind)) for value in view.sample(name, _SAMPLE)), default=0
        )

    # --- cells

    def _at(self, row: int) -> tuple[Rows, int]:
        """Of what a row is, and its position there."""
        mixed = self.mixed()
        return (self.rows, self.rows.view.row(row)) if mixed is None else mixed.at(row)

    def cell(self, row: int, column: int) -> str:
        """Printable text of a cell."""
        listed = self.column(self._names[column])
        rows, position = self._at(row)
        if rows is not self.rows:
            return self._cell_of_other(rows, position, listed)
        value, form = rows.view.columns_store.value(position, listed.name), self._formats.get(listed.name)
        return format_value(value, listed.kind, listed.width) if form is None else form.format(value)

    def _cell_of_other(self, rows: Rows, position: int, listed: ListedColumn) -> str:
        """Of a row that is among these, what it has to say in a column: little of what is measured of these."""
        words = rows.words_among(position)
        said = words.get(listed.name, words.get(listed.title))
        own = next((name for own, name in rows.own.items() if self.rows.own[own] == listed.name), None)
        if said is None and own is not None:
            said = str(rows.view.columns_store.value(position, own))
        return shorten(printable(said), listed.width) if said else ""

    def selected(self, row: int) -> bool:
        """Whether a row is selected."""
        rows, position = self._at(row)
        return position in rows.selection

    def background(self, row: int, column: int) -> tuple[int, int, int] | None:
        """Colour behind a cell, None for none."""
        colour = self.colours.get(self._names[column]) if self.colours else None
        if colour is None:
            return None
        rows, position = self._at(row)
        return colour(position) if rows is self.rows else None

    def mark(self, row: int) -> tuple[str, str]:
        """Sign and tone of the verdict."""
        rows, position = self._at(row)
        verdict = rows.verdict(position)
        return SIGNS[verdict], verdict


class _Lazy(Sequence[ListedColumn]):
    """The columns of a listing as a sequence that makes its items when they are asked for."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    def __len__(self) -> int:
        return len(self._listing.names)

    @overload
    def __getitem__(self, index: int) -> ListedColumn: ...

    @overload
    def __getitem__(self, index: slice) -> list[ListedColumn]: ...

    def __getitem__(self, index: int | slice) -> ListedColumn | list[ListedColumn]:
        names = self._listing.names[index]
        return (
            [self._listing.column(name) for name in names]
            if isinstance(names, list)
            else self._listing.column(names)
        )


def sort_mark(rows: Rows, name: str) -> str:
    """Sign of the direction if the rows are sorted by the column, with its rank where there are several keys."""
    keys = rows.view.sort_keys
    for rank, (key, descending) in enumerate(keys, 1):
        if key == name:
            return ("↓" if descending else "↑") + (str(rank) if len(keys) > 1 else "")
    return ""
