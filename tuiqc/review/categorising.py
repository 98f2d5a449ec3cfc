"""Free annotation: things get a category in a column of the annotators' own, such as `cell_type`."""

from __future__ import annotations

from tuiqc.qc.categories import CategoryColumn, categorised, with_number_keys
from tuiqc.qc.record import Annotation
from tuiqc.review.deciding import Deciding, Outcome
from tuiqc.review.state import Skip

_SKIPS: tuple[Skip, ...] = ("annotated", "missing", "nothing")


class Categorising(Deciding):
    """Gives categories, and says what is left out when walking."""

    def set_categories(self, column: CategoryColumn) -> None:
        """Start a column, or continue one: the categories that the annotations have already are among it."""
        names = (row.categories.get(column.column, "") for _, row in self.store.items())
        self.categories = with_number_keys(column.with_categories(sorted(set(names))))
        for rows in filter(None, (self.images, self.objects)):
            self.put_category(rows)

    def add_category(self, name: str) -> None:
        """Let a new name be one of the categories."""
        if self.categories is not None:
            self.categories = with_number_keys(self.categories.with_categories([name]))

    @property
    def category(self) -> str:
        """Category of the current thing, "" for none."""
        annotation, column = self.annotation, self.categories
        return annotation.categories.get(column.column, "") if annotation and column else ""

    def categorise(self, name: str) -> Outcome | None:
        """Give the selected things, else the current one, a category; "" takes it away. None if nothing is current."""
        column, rows, subject = self.categories, self.rows, self.subject
        if column is None or rows is None:
            return None
        self.add_category(name)
        positions = rows.selection.positions().tolist()
        if positions:
            things = [(self.subject_at(position), position) for position in positions]
        elif subject is not None:
            things = [(subject, self.position)]
        else:
            return None
        changes = [
            self.described(categorised(self.store.get(one) or Annotation(one), column.column, name), position)
            for one, position in things
        ]
        return self._record_many(changes)

    def next_skip(self) -> Skip:
        """Leave out other things when walking: those that are annotated, those that are not, or nothing."""
        self.skip = _SKIPS[(_SKIPS.index(self.skip) + 1) % len(_SKIPS)]
        return self.skip
