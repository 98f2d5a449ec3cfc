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
                self._have(mine, old.rule, old.chosen)

    def _add(self, rules: RuleSet) -> None:
        self.sets.append(rules)
        for column, rule in zip(rules.columns(), rules.rules, strict=True):
            booked = self.rules[column] = BookedRule(column, rule, rule, np.zeros(len(self.view.frame), bool))
            self._have(booked, rule)

    def _have(self, booked: BookedRule, rule: Rule, chosen: int = 0) -> None:
        """Let it be this rule from now on."""
        booked.rule, booked.chosen, booked.thresholds = rule, chosen, thresholds(rule)
        missing = missing_columns(rule, self.view.columns)
        booked.trouble = f"there is no {', '.join(missing)}" if missing else ""
        if booked.trouble:
            return
        try:
            booked.flags = evaluate(parse(rule.where), self.view)
        except FilterError as error:
            booked.trouble = error.message

    # --- thresholds

    def measure(self, booked: BookedRule) -> None:
        """Make the histogram of the chosen threshold's measure, unless it is there."""
        threshold = booked.threshold
        if threshold is None or booked.trouble or booked.chosen in booked.scales:
            return
        values = threshold.values(self.view, booked.rule.where)
        booked.scales[booked.chosen] = ThresholdScale.of(values, threshold.value)

    def move(self, booked: BookedRule, steps: float) -> None:
        """Move the chosen threshold of a rule by steps of its scale, and flag by it."""
        threshold, scale = booked.threshold, booked.scale
        if threshold is not None and scale is not None:
            self._have(
                booked,
                moved(booked.rule, threshold, scale.moved(threshold.value, steps)),
                booked.chosen,
            )

    def restore(self, booked: BookedRule) -> None:
        """As it is written."""
        self._have(booked, booked.written, booked.chosen)

    def next_threshold(self, booked: BookedRule) -> None:
        """Move another one from now on."""
        if booked.thresholds:
            booked.chosen = (booked.chosen + 1) % len(booked.thresholds)
            self.measure(booked)

    def keep(self, booked: BookedRule) -> tuple[Path, str]:
        """Keep a rule as it is now in the user's own set; returns the file and the name of its column.

        A shipped set and other files of the user stay as they are. Raises InputError.
        """
        own, _, name = booked.column.partition(".")
        kept = booked.rule if own == MINE else Rule(f"{own}_{name}", booked.rule.where, booked.rule.about)
        path = keep_rule(kept)
        self.sets = [one for one in self.sets if one.name != MINE]
        self.broken.pop(MINE, None)
        self._add(rule_set(MINE))
        return path, f"{MINE}.{kept.name}"

    # --- as columns

    def put(self, rows: ObjectRows) -> None:
        """Give rows the flags as columns; what is not measured is not flagged."""
        names = self.names_in(rows)
        good = {name: one for column, name in names.items() if not (one := self.rules[column]).trouble}
        rows.view.put_columns({name: self._flags_in(rows, one) for name, one in good.items()})
        about = {name: one.rule.about or one.rule.where for name, one in good.items()}
        rows.groups[GROUP] = ColumnGroup("Rules: what each flags", about)

    def put_one(self, rows: ObjectRows, booked: BookedRule) -> None:
        """Bring the column of one rule up to date."""
        rows.view.put_columns({self.names_in(rows)[booked.column]: self._flags_in(rows, booked)})

    def find(self, rows: ObjectRows) -> NDArray[np.int64]:
        """(n,) row in the ranking of each object of the table, -1 for none; kept for the next time."""
        if self._found is None or self._found[0] is not rows:
            self._found = (rows, rows_in(self.ranking, rows))
        return self._found[1]

    def _flags_in(self, rows: ObjectRows, booked: BookedRule) -> NDArray[np.bool_]:
        return np.append(booked.flags, False)[self.find(rows)]

    def names_in(self, rows: ObjectRows) -> dict[str, str]:
        """The names of the columns of flags beside those that the table brings."""
        known = rows.groups.get(GROUP)
        given = set(rows.view.given) - set(known.about if known is not None else ())
        return {column: free_column(column, given) for column in self.rules}
