"""From the tree of a filter back to its text."""

from __future__ import annotations

from tuiqc.tables.filters import tree
from tuiqc.tables.filters.tokens import column_name, quoted_text
from tuiqc.tables.filters.tree import Expression, Node


def write(expression: Expression) -> str:
    """Return a text that `parse` makes the same tree of."""
    return _write(expression.root)


def _write(node: Node) -> str:
    match node:
        case tree.Column(name=name):
            return column_name(name)
        case tree.Number(value=value):
            return repr(value)
        case tree.Text(value=text):
            return quoted_text(text)
        case tree.Truth(value=truth):
            return "true" if truth else "false"
        case tree.Negative(operand=operand):
            return f"- {_inner(operand)}"
        case tree.Not(operand=operand):
            return f"not {_inner(operand)}"
        case tree.Arithmetic(operator=sign, left=left, right=right):
            return f"{_inner(left)} {sign} {_inner(right)}"
        case tree.Compare(operator=sign, left=left, right=right):
            return f"{_inner(left)} {sign} {_inner(right)}"
        case tree.And(parts=parts):
            return " and ".join(map(_inner, parts))
        case tree.Or(parts=parts):
            return " or ".join(map(_inner, parts))
        case tree.Term():
            return _term(node)
    return _test(node)


def _inner(node: Node) -> str:
    simple = (tree.Column, tree.Text, tree.Truth, tree.Term)
    alone = isinstance(node, simple) or (isinstance(node, tree.Number) and node.value >= 0)
    return _write(node) if alone else f"({_write(node)})"


def _term(node: tree.Term) -> str:
    argument = "" if node.argument is None else f", {node.argument.value!r}"
    by = "" if node.by is None else f" by {column_name(node.by.name)}"
    return f"{node.name}({_write(node.operand)}{argument}){by}"


def _test(node: Node) -> str:
    match node:
        case tree.Between(operand=operand, low=low, high=high, negated=negated):
            return f"{_inner(operand)} {_no(negated)}between {_inner(low)} and {_inner(high)}"
        case tree.Within(operand=operand, items=items, negated=negated):
            return f"{_inner(operand)} {_no(negated)}in ({', '.join(map(_inner, items))})"
        case tree.Missing(operand=operand, negated=negated):
            return f"{_inner(operand)} is {_no(negated)}missing"
        case tree.Contains(operand=operand, text=text, negated=negated):
            return f"{_write(operand)} {_no(negated)}contains {_write(text)}"
        case tree.Matches(operand=operand, pattern=pattern, negated=negated):
            return f"{_write(operand)} {_no(negated)}matches {_write(pattern)}"
    raise TypeError(f"no node of a filter: {node!r}")


def _no(negated: bool) -> str:
    return "not " if negated else ""
