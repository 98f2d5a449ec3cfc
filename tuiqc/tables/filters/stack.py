"""Several filters at once, each with a name and a switch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.tables.table_view import TableView

if TYPE_CHECKING:
    from tuiqc.tables.filters.tree import Expression

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class NamedFilter:
    """A filter with a name (its text where nobody gave one), on or off."""

    name: str
    expression: Expression
    on: bool = True


@dataclass(frozen=True, slots=True)
class _Kept:
    """The mask of a filter, and what it rests on: versions of columns, the frame and arrays beside it."""

    versions: tuple[object, ...]
    beside: tuple[object, ...]
    mask: Mask

    def rests_on(self, beside: tuple[object, ...]) -> bool:
        return len(beside) == len(self.beside) and all(
            one is other for one, other in zip(beside, self.beside, strict=True)
        )


class FilterStack:
    """Filters that combine with "and": a row is shown if all that are on hold for it.

    The mask of each filter is kept until a column that it uses changes.
    """

    def __init__(self, filters: Iterable[NamedFilter] = ()) -> None:
        self.filters: list[NamedFilter] = list(filters)
        self._kept: dict[Expression, _Kept] = {}
        self._counts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.filters)

    def add(self, text: str, name: str = "") -> NamedFilter:
        """Add a filter, on; one of the same name is replaced in its place. Raises FilterError."""
        from tuiqc.tables.filters.grammar import parse  # the language is not needed before the first filter

        made = NamedFilter(name.strip() or " ".join(text.split()), parse(text))
        self._counts.pop(made.name, None)
        at = self._find(made.name)
        if at is None:
            self.filters.append(made)
        else:
            self.filters[at] = made
        return made

    def remove(self, name: str) -> None:
        """Take a filter out. Raises KeyError."""
        del self.filters[self._at(name)]

    def toggle(self, name: str) -> bool:
        """Switch a filter on or off; returns whether it is on now. Raises KeyError."""
        at = self._at(name)
        self.filters[at] = replace(self.filters[at], on=not self.filters[at].on)
        self._counts.pop(name, None)
        return self.filters[at].on

    def rename(self, name: str, new: str) -> None:
        """Give a filter another name.

        Raises
        ------
        KeyError
            If there is none of this name.
        ValueError
            If the new name is taken, or empty.
        """
        at, new = self._at(name), new.strip()
        if not new or self._find(new) not in (None, at):
            raise ValueError(f"the name {new!r} is taken" if new else "a name is needed")
        self.filters[at] = replace(self.filters[at], name=new)

    def clear(self) -> None:
        """Take all filters out."""
        self.filters.clear()

    def _find(self, name: str) -> int | None:
        return next((at for at, one in enumerate(self.filters) if one.name == name), None)

    def _at(self, name: str) -> int:
        at = self._find(name)
        if at is None:
            raise KeyError(name)
        return at

    # --- rows

    def mask(self, view: TableView, extra: Mapping[str, NDArray[Any]] | None = None) -> Mask | None:
        """Return the rows for which all filters that are on hold, by position; None if none is on.

        Changes no view, so it can run in a thread; afterwards `chips` has the counts. Raises FilterError.
        """
        result: Mask | None = None
        counts, kept = {}, {}
        for one in list(self.filters):
            if not one.on:
                continue
            made = self._one(one.expression, view, extra)
            kept[one.expression] = made
            counts[one.name] = int(np.count_nonzero(made.mask))
            result = made.mask.copy() if result is None else result & made.mask
        self._kept, self._counts = kept, counts  # whole, not piece by piece: threads ask for masks too
        return result

    def _one(
        self, expression: Expression, view: TableView, extra: Mapping[str, NDArray[Any]] | None
    ) -> _Kept:
        from tuiqc.tables.filters.evaluation import evaluate
        from tuiqc.tables.filters.tree import columns_used

        names = columns_used(expression)
        versions = tuple(view.version(name) for name in names)
        # Kept themselves, not their ids: another array may come to lie where one lay that is no more.
        beside = (view.frame, *(extra[name] for name in names if extra and name in extra))
        kept = self._kept.get(expression)
        if kept is not None and kept.versions == versions and kept.rests_on(beside):
            return kept
        return _Kept(versions, beside, evaluate(expression, view, extra))

    def chips(self) -> list[tuple[str, int | None]]:
        """Return for each filter its name and how many rows it alone lets through when `mask` was asked last.

        None as the count stands for a filter that is off, or not asked yet.
        """
        return [(one.name, self._counts.get(one.name) if one.on else None) for one in self.filters]

    # --- saving

    def to_dicts(self) -> list[dict[str, object]]:
        """Return the filters as plain dictionaries: name, filter (its text), on."""
        return [{"name": one.name, "filter": one.expression.text, "on": one.on} for one in self.filters]
