"""The rules with names on the objects of a ranking: what each flags, its thresholds, and how they were moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.errors import TuiqcError
from tuiqc.review.object_rows import rows_in
from tuiqc.review.rows import ColumnGroup, free_column
from tuiqc.tables.filters.evaluation import evaluate
from tuiqc.tables.filters.grammar import parse
from tuiqc.tables.filters.tokens import FilterError
from tuiqc.tables.table_view import TableView
from tuiqc.triage.evidence_columns import rule_frame
from tuiqc.triage.rule_sets import (
    MINE,
    Rule,
    RuleSet,
    keep_rule,
    missing_columns,
    rule_set,
    shipped_rule_sets,
    user_rule_sets,
)
from tuiqc.triage.rule_thresholds import Threshold, ThresholdScale, moved, thresholds

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tuiqc.review.object_rows import ObjectRows
    from tuiqc.tables.store import Prepared
    from tuiqc.triage.object_ranking import Ranking

GROUP = "rules"


@dataclass
class BookedRule:
    """A rule, and what it flags.

    Attributes
    ----------
    column
        Name of its column of flags: `<set>.<rule>`.
    written
        As it stands in its file.
    rule
        As it is now.
    flags
        (n,) of the objects of the ranking.
    trouble
        Why it flags nothing, "" if it can.
    thresholds, scales
        Its numbers that can be moved, each with a histogram of its measure.
    chosen
        The one that is moved.
    """

    column: str
    written: Rule
    rule: Rule
    flags: NDArray[np.bool_]
    trouble: str = ""
    thresholds: tuple[Threshold, ...] = ()
    scales: dict[int, ThresholdScale] = field(default_factory=dict)
    chosen: int = 0

    @property
    def count(self) -> int:
        """How many objects it flags."""
        return int(self.flags.sum())

    @property
    def threshold(self) -> Threshold | None:
        """The number that is moved, None if it has none."""
        return self.thresholds[self.chosen] if self.thresholds else None

    @property
    def scale(self) -> ThresholdScale | None:
        """Its histogram."""
        return self.scales.get(self.chosen)


@dataclass(frozen=True)
class Flagged:
    """What a rule flags.

    Attributes
    ----------
    flags
        (n,) of the objects of the ranking.
    trouble
        Why nothing, "" if it can.
    of_table
        The same of the rows of a table, where that was asked for.
    """

    rule: Rule
    flags: NDArray[np.bool_]
    trouble: str
    of_table: NDArray[np.bool_] | None


@dataclass(frozen=True)
class RuleColumns:
    """The columns of flags for a table that has not got them yet, and their heading."""

    group: ColumnGroup
    made: Prepared

    def put(self, rows: ObjectRows) -> bool:
        """Give the rows the columns; False if their table is another one meanwhile."""
        if not rows.view.take_prepared(self.made):
            return False
        rows.groups[GROUP] = self.group
        return True


@dataclass(frozen=True)
class KeptRule:
    """A rule that was kept: in which file, under which column; and the user's own set as it is now."""

    path: Path
    column: str
    own: RuleSet
    rules: dict[str, BookedRule]


class RuleBook:
    """All rules, shipped and the user's, on the objects of a ranking. Making it takes a while: for a thread.

    Attributes
    ----------
    ranking
        Whose objects they are held against.
    sets
        The sets, in order.
    rules
        By the name of their column.
    broken
        Sets of the user that can't be read, with why.
    """

    def __init__(self, ranking: Ranking, before: RuleBook | None = None) -> None:
        self.ranking = ranking
        self.view = TableView(rule_frame(ranking))
        self.sets: list[RuleSet] = []
        self.rules: dict[str, BookedRule] = {}
        self.broken: dict[str, str] = {}
        self._found: tuple[ObjectRows, NDArray[np.int64]] | None = None
        for name in (*shipped_rule_sets(), *user_rule_sets()):
            try:
                self._add(rule_set(name))
            except TuiqcError as error:
                self.broken[name] = str(error)
        for column, old in (before.rules if before is not None else {}).items():
            mine = self.rules.get(column)
            if mine is not None and mine.written == old.written and mine.rule != old.rule:
                self._change(mine, old.rule)
                mine.chosen = old.chosen
                self.take(mine, self.flagged(old.rule))

    def _add(self, rules: RuleSet) -> None:
        self.sets.append(rules)
        for column, rule in zip(rules.columns(), rules.rules, strict=True):
            self.rules[column] = self._booked(column, rule)

    def _booked(self, column: str, rule: Rule) -> BookedRule:
        found = self.flagged(rule)
        return BookedRule(column, rule, rule, found.flags, found.trouble, thresholds(rule))

    def flagged(self, rule: Rule, rows: ObjectRows | None = None) -> Flagged:
        """What a rule flags of the objects of the ranking, and of the rows of a table; for a thread."""
        flags, trouble = np.zeros(len(self.view.frame), bool), ""
        missing = missing_columns(rule, self.view.columns)
        if missing:
            trouble = f"there is no {', '.join(missing)}"
        else:
            try:
                flags = evaluate(parse(rule.where), self.view)
            except FilterError as error:
                trouble = error.message
        return Flagged(rule, flags, trouble, None if rows is None else self._flags_in(rows, flags))

    def take(self, booked: BookedRule, found: Flagged) -> bool:
        """Have what was found of a rule, if it is still the same rule."""
        if booked.rule != found.rule:
            return False
        booked.flags, booked.trouble = found.flags, found.trouble
        return True

    # --- thresholds: what changes is told at once, what it flags is found by `flagged`

    def scale(self, booked: BookedRule, chosen: int) -> ThresholdScale | None:
        """The histogram of the measure of a threshold, None without one; for a thread."""
        if booked.trouble or chosen >= len(booked.thresholds):
            return None
        threshold = booked.thresholds[chosen]
        return ThresholdScale.of(threshold.values(self.view, booked.rule.where), threshold.value)

    def move(self, booked: BookedRule, steps: float) -> None:
        """Move the chosen threshold of a rule by steps of its scale."""
        threshold, scale = booked.threshold, booked.scale
        if threshold is not None and scale is not None:
            self._change(booked, moved(booked.rule, threshold, scale.moved(threshold.value, steps)))

    def restore(self, booked: BookedRule) -> None:
        """As it is written."""
        self._change(booked, booked.written)

    @staticmethod
    def _change(booked: BookedRule, rule: Rule) -> None:
        booked.rule, booked.thresholds = rule, thresholds(rule)

    def keep(self, booked: BookedRule) -> KeptRule:
        """Keep a rule as it is now in the user's own set; for a thread, and for `take_kept`.

        A shipped set and other files of the user stay as they are. Raises InputError.
        """
        own, _, name = booked.column.partition(".")
        kept = booked.rule if own == MINE else Rule(f"{own}_{name}", booked.rule.where, booked.rule.about)
        path = keep_rule(kept)
        mine = rule_set(MINE)
        rules = {
            column: self._booked(column, rule)
            for column, rule in zip(mine.columns(), mine.rules, strict=True)
        }
        return KeptRule(path, f"{MINE}.{kept.name}", mine, rules)

    def take_kept(self, kept: KeptRule) -> None:
        """Have the user's own set as it is now."""
        self.sets = [*(one for one in self.sets if one.name != MINE), kept.own]
        self.broken.pop(MINE, None)
        self.rules |= kept.rules

    # --- as columns

    def columns(self, rows: ObjectRows) -> RuleColumns:
        """The flags as columns for rows, what is not measured is not flagged; for a thread."""
        names = self.names_in(rows)
        good = {name: one for column, name in names.items() if not (one := self.rules[column]).trouble}
        made = rows.view.prepared({name: self._flags_in(rows, one.flags) for name, one in good.items()})
        about = {name: one.rule.about or one.rule.where for name, one in good.items()}
        return RuleColumns(ColumnGroup("Rules: what each flags", about), made)

    def put(self, rows: ObjectRows) -> None:
        """Give rows the flags as columns."""
        self.columns(rows).put(rows)

    def put_one(self, rows: ObjectRows, booked: BookedRule, flags: NDArray[np.bool_]) -> None:
        """Bring the column of one rule up to date."""
        rows.view.put_columns({self.names_in(rows)[booked.column]: flags})

    def find(self, rows: ObjectRows) -> NDArray[np.int64]:
        """(n,) row in the ranking of each object of the table, -1 for none; kept for the next time."""
        if self._found is None or self._found[0] is not rows:
            self._found = (rows, rows_in(self.ranking, rows))
        return self._found[1]

    def _flags_in(self, rows: ObjectRows, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.append(flags, False)[self.find(rows)]

    def names_in(self, rows: ObjectRows) -> dict[str, str]:
        """The names of the columns of flags beside those that the table brings."""
        known = rows.groups.get(GROUP)
        given = set(rows.view.given) - set(known.about if known is not None else ())
        return {column: free_column(column, given) for column in self.rules}
