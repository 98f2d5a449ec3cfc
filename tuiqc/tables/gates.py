"""Gates: conditions on the figures of a whole batch, in the language of filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np

from tuiqc.tables.filters import tree
from tuiqc.tables.filters.evaluation import evaluate, value_of
from tuiqc.tables.filters.grammar import parse
from tuiqc.tables.filters.tokens import FilterError
from tuiqc.tables.filters.tree import Expression, Node
from tuiqc.tables.table_view import TableView

Severity = Literal["fail", "warn"]
Level = Literal["batch", "image"]

_OF_ALL = ("mean", "median", "sd", "min", "max")
"""Terms that have one value for all rows of a table."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition that must not hold, of the batch or of any of its images.

    Attributes
    ----------
    where
        The condition: `suspicious_share > 0.2`, `median(AreaShape_Area) < 500`.
    severity
        `fail`: the batch does not pass; `warn`: it is said.
    level
        What the names in it are of: figures of the batch, or columns of its images.
    name, about
        What it is called and for, "" where nobody said.
    """

    where: str
    severity: Severity = "fail"
    level: Level = "batch"
    name: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a gate's condition holds, and the figures that it speaks of, by their text."""

    holds: bool
    values: dict[str, float]


def batch_figures_used(where: str) -> list[str]:
    """Names of the figures of the batch in a condition: the columns outside of `mean(…)`, `median(…)` and the like."""
    names: dict[str, None] = {}

    def visit(node: Node) -> None:
        if isinstance(node, tree.Term) and node.name in _OF_ALL:
            return
        if isinstance(node, tree.Column):
            names[node.name] = None
        for child in tree.children(node):
            visit(child)

    visit(parse(where).root)
    return list(names)


def speaks_of_objects(where: str) -> bool:
    """Whether a condition takes `mean(…)`, `median(…)` or the like of a column of objects."""
    return bool(_terms(parse(where).root))


def _terms(node: Node) -> list[tree.Term]:
    if isinstance(node, tree.Term) and node.name in _OF_ALL:
        return [node]
    return [term for child in tree.children(node) for term in _terms(child)]


def ask(where: str, figures: Mapping[str, float], objects: TableView | None) -> Answer:
    """Say whether a condition holds for a batch.

    Parameters
    ----------
    figures
        Of the batch, by name.
    objects
        The table that `mean(…)`, `median(…)`, `sd(…)`, `min(…)`, `max(…)` are of; None if there is none.

    Raises
    ------
    FilterError
        It can't be understood, speaks of what there is not, or has a term of single objects (`zscore`).
    """
    import pandas as pd

    expression = parse(where)
    values: dict[str, float] = {}
    for term in _terms(expression.root):
        if objects is None:
            raise FilterError("there is no table of objects to take this of", *term.at, where)
        text = where[term.at[0] : term.at[0] + term.at[1]]
        values[text] = value_of(term, objects, where)
    for name in batch_figures_used(where):
        if name in figures:
            values[name] = figures[name]
    constant = Expression(_without_terms(expression.root, objects, where), where)
    view = TableView(pd.DataFrame({name: [value] for name, value in figures.items()}, index=[0]))
    return Answer(bool(evaluate(constant, view)[0]), values)


def _without_terms(node: Node, objects: TableView | None, text: str) -> Node:
    """The same tree with numbers in the place of terms."""
    if isinstance(node, tree.Term) and node.name in _OF_ALL and objects is not None:
        value = value_of(node, objects, text)
        # Of no object there is nothing to compare: as a missing value anywhere else.
        return tree.Number(value) if np.isfinite(value) else tree.Number(float("nan"))
    changed: dict[str, Any] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, Node):
            changed[part.name] = _without_terms(value, objects, text)
        elif isinstance(value, tuple) and any(isinstance(one, Node) for one in value):
            changed[part.name] = tuple(_without_terms(one, objects, text) for one in value)
    return replace(node, **changed) if changed else node
