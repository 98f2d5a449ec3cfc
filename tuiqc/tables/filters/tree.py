"""What a filter means: a tree of frozen nodes. Equal trees mean the same, wherever they were typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Literal, get_args

Comparison = Literal["==", "!=", "<", "<=", ">", ">="]
Operator = Literal["+", "-", "*", "/"]
MaskTerm = Literal["top", "bottom", "outlier"]
NumberTerm = Literal["zscore", "robust_z", "quantile", "mean", "median", "sd", "min", "max"]

COMPARISONS: tuple[str, ...] = get_args(Comparison)
MASK_TERMS: tuple[str, ...] = get_args(MaskTerm)
NUMBER_TERMS: tuple[str, ...] = get_args(NumberTerm)
TERMS = (*MASK_TERMS, *NUMBER_TERMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Part of a filter. `at` is its place in the text: position and length."""

    at: tuple[int, int] = field(default=(0, 1), compare=False)


@dataclass(frozen=True, slots=True)
class Column(Node):
    """Values of a column."""

    name: str
    quoted: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as it stands in the filter."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A text in quotes, or a bare word where a text is meant."""

    value: str


@dataclass(frozen=True, slots=True)
class Truth(Node):
    """`true` or `false`, to compare a column of truth values with."""

    value: bool


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """The negative of a value."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`left` + - * / `right`."""

    operator: Operator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Term(Node):
    """A term of the distribution of `operand`, in each group of the column `by` if there is one."""

    name: str
    operand: Node
    argument: Number | None = None
    by: Column | None = None


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """A comparison of two values."""

    operator: Comparison
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`low` <= `operand` <= `high`, or not."""

    operand: Node
    low: Node
    high: Node
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Within(Node):
    """`operand` equals one of the items, or none."""

    operand: Node
    items: tuple[Node, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Missing(Node):
    """`operand` has no value, or has one."""

    operand: Node
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Contains(Node):
    """The text of a column has `text` in it, or not."""

    operand: Column
    text: Text
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Matches(Node):
    """A regular expression is found in the text of a column, or not."""

    operand: Column
    pattern: Text
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite of a condition."""

    operand: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    """Holds for the rows for which all its conditions hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """At least one condition holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """A filter that was understood: its tree, and the text it was typed as (which does not count for equality)."""

    root: Node
    text: str = field(default="", compare=False)


def children(node: Node) -> Iterator[Node]:
    """Go through the nodes directly below a node."""
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Node))


def columns_used(expression: Expression) -> list[str]:
    """Return the names of all columns in a filter, each once, in the order they come."""
    names: dict[str, None] = {}

    def visit(node: Node) -> None:
        if isinstance(node, Column):
            names[node.name] = None
        for child in children(node):
            visit(child)

    visit(expression.root)
    return list(names)
