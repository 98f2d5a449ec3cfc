"""From the text of a filter to its tree: a parser that climbs by binding strength (after Pratt, 1973).

Weakest first: `or`, `and`, `not`, comparisons, `+ -`, `* /`, the sign of a number.
"""

from __future__ import annotations

from typing import cast

from tuiqc.tables.filters import tree
from tuiqc.tables.filters.tokens import CONTEXTUAL, RESERVED, FilterError, Token, tokenize
from tuiqc.tables.filters.tree import Expression, Node

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN = range(1, 8)
_STRENGTH = {"or": _OR, "and": _AND, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}
_STRENGTH |= dict.fromkeys([*tree.COMPARISONS, "in", "not", "is", "contains", "matches", "between"], _COMPARE)
_DEEPEST = 50
_MOST_OPERATORS = 150

_NUMBERED = {"top": True, "bottom": True, "outlier": False}
"""Terms that take a number as well, and whether they need it."""


def parse(text: str) -> Expression:
    """Return what a filter means.

    `AreaShape_Area > 5000 and not (verdict is missing or well in ('A01', 'A02'))`: comparisons (== != < <=
    > >=, also in chains), `between … and …`, `in (…)`, `is missing`, `contains`, `matches` (a regular
    expression), each also with `not`; + - * / and parentheses; `top(column, n)`, `bottom(column, n)`,
    `outlier(column, k)`, `zscore`, `robust_z`, `quantile`, `mean`, `median`, `sd`, `min`, `max` of a column,
    with `by column` behind them in each group. Texts stand in single quotes; columns are bare or in double
    quotes or back-ticks. Keywords are in lower or in upper case.

    Raises
    ------
    FilterError
        It can't be understood; says where.
    """
    return Expression(_Parser(text).whole(), text)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.number = 0
        self.depth = 0
        self.operators = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.number]

    def whole(self) -> Node:
        if self.token.kind == "end":
            raise self.error("the filter is empty")
        node = self.parse(0)
        if self.number < len(self.tokens) - 1:
            raise self.error(self.unexpected())
        return node

    # --- tokens

    def take(self) -> Token:
        token = self.token
        self.number += token.kind != "end"
        return token

    def takes(self, value: str) -> bool:
        """Take the next token if it is this sign or keyword."""
        token = self.token
        if (token.kind == "sign" and token.value == value) or token.word == value:
            self.number += 1
            return True
        return False

    def need(self, value: str, what: str) -> None:
        if not self.takes(value):
            raise self.error(f"{what} is expected here")

    def error(self, message: str, token: Token | None = None) -> FilterError:
        token = token or self.token
        return FilterError(message, token.start, token.end - token.start, self.text)

    def count(self) -> None:
        """Keep the tree low enough for functions that call themselves."""
        self.operators += 1
        if self.operators > _MOST_OPERATORS:
            raise self.error("these are too many operators")

    def unexpected(self) -> str:
        if self.token.value == ")":
            return "there is no ( for this )"
        return "an operator is expected here (and, or, <, in, …)"

    def spot(self, start: int) -> tuple[int, int]:
        """Place from `start` to the end of what was taken last."""
        return start, max(1, self.tokens[self.number - 1].end - start)

    # --- expressions

    def parse(self, weakest: int) -> Node:
        """Return what is bound more strongly than `weakest`."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error("this is nested too deeply")
        start, node = self.token.start, self.prefix()
        while (strength := self.strength()) > weakest:
            node = self.infix(node, strength, start)
        self.depth -= 1
        return node

    def strength(self) -> int:
        token = self.token
        key = token.value if token.kind == "sign" else token.word
        if key == "not" and self.tokens[self.number + 1].word not in ("in", "contains", "matches", "between"):
            return 0
        return _STRENGTH.get(key, 0)

    def infix(self, left: Node, strength: int, start: int) -> Node:
        if strength == _COMPARE:
            return self.comparison(left, start)
        key = self.token.word or self.token.value
        if key in ("and", "or"):
            parts = [left]
            while self.takes(key):
                parts.append(self.parse(strength))
            made = tree.And if key == "and" else tree.Or
            return made(tuple(parts), at=self.spot(start))
        self.count()
        self.take()
        right = self.parse(strength)
        return tree.Arithmetic(cast(tree.Operator, key), left, right, at=self.spot(start))

    def comparison(self, left: Node, start: int) -> Node:
        self.count()
        if self.token.kind == "sign":
            return self.chain(left, start)
        if self.takes("is"):
            negated = self.takes("not")
            self.need("missing", "missing")
            return tree.Missing(left, negated, at=self.spot(start))
        negated = self.takes("not")
        token = self.take()
        if token.word == "in":
            return tree.Within(left, self.items(), negated, at=self.spot(start))
        if token.word == "between":
            low = self.parse(_COMPARE)
            self.need("and", "between LOW and HIGH: and")
            return tree.Between(left, low, self.parse(_COMPARE), negated, at=self.spot(start))
        if not isinstance(left, tree.Column):
            raise FilterError(f"{token.word} needs a column before it", *left.at, self.text)
        if self.token.kind != "text":
            raise self.error(f"{token.word} needs a text in single quotes behind it")
        taken = self.take()
        text = tree.Text(taken.value, at=(taken.start, taken.end - taken.start))
        made = tree.Contains if token.word == "contains" else tree.Matches
        return made(left, text, negated, at=self.spot(start))

    def chain(self, left: Node, start: int) -> Node:
        """Read `a < b`, or `a < b <= c` as `a < b and b <= c`."""
        parts: list[Node] = []
        while self.token.kind == "sign" and self.token.value in tree.COMPARISONS:
            operator = cast(tree.Comparison, self.take().value)
            right = self.parse(_COMPARE)
            self.count()
            parts.append(tree.Compare(operator, left, right, at=self.spot(left.at[0])))
            left = right
        return parts[0] if len(parts) == 1 else tree.And(tuple(parts), at=self.spot(start))

    def items(self) -> tuple[Node, ...]:
        self.need("(", "in (…, …): (")
        found = [self.parse(_COMPARE)]
        while self.takes(","):
            found.append(self.parse(_COMPARE))
        self.need(")", ", or )")
        return tuple(found)

    # --- single values

    def prefix(self) -> Node:
        token = self.take()
        at = (token.start, max(1, token.end - token.start))
        if token.kind == "number":
            return self.literal(token, at)
        if token.kind == "text":
            return tree.Text(token.value, at=at)
        if token.kind == "quoted":
            return tree.Column(token.value, True, at=at)
        if token.kind == "name":
            return self.named(token, at)
        if token.kind == "sign" and token.value == "(":
            node = self.parse(0)
            self.need(")", "a closing )")
            return node
        if token.kind == "sign" and token.value in "+-":
            operand = self.parse(_SIGN)
            if token.value == "+":
                return operand
            if isinstance(operand, tree.Number):
                return tree.Number(-operand.value, at=self.spot(token.start))
            return tree.Negative(operand, at=self.spot(token.start))
        raise self.error("a value is expected: a column, a number or a 'text'", token)

    def literal(self, token: Token, at: tuple[int, int]) -> tree.Number:
        whole = token.value.isdigit() and len(token.value) <= 19
        value = int(token.value) if whole else float(token.value)
        if value == float("inf"):
            raise self.error("this number is too large", token)
        return tree.Number(value, at=at)

    def named(self, token: Token, at: tuple[int, int]) -> Node:
        if token.word == "not":
            operand = self.parse(_NOT - 1)
            return tree.Not(operand, at=self.spot(token.start))
        if token.word in ("true", "false"):
            return tree.Truth(token.word == "true", at=at)
        if token.word in RESERVED:
            raise self.error(f"{token.value} can't stand here (a column of this name needs quotes)", token)
        following = self.token
        if following.kind == "sign" and following.value == "(":
            if token.value not in tree.TERMS:
                known = ", ".join(tree.TERMS)
                raise self.error(f"there is no term {token.value}(…); there are {known}", token)
            return self.term(token)
        if token.word in CONTEXTUAL and self.token.kind in ("text", "number", "name") and not self.token.word:
            raise self.error(f"a column is expected before {token.value}", token)
        return tree.Column(token.value, at=at)

    def term(self, name: Token) -> Node:
        self.take()
        operand = self.parse(_COMPARE)
        argument = None
        if name.value in _NUMBERED and self.takes(","):
            argument = self.argument(name.value)
        elif _NUMBERED.get(name.value):
            raise self.error(f"{name.value}(column, n) needs a number n")
        by = self.grouping() if self.takes("by") else None
        self.need(")", "a closing )")
        if by is None and self.takes("by"):
            by = self.grouping()
        return tree.Term(name.value, operand, argument, by, at=self.spot(name.start))

    def argument(self, term: str) -> tree.Number:
        token = self.take()
        if token.kind != "number":
            raise self.error("a number is expected here", token)
        number = self.literal(token, (token.start, token.end - token.start))
        if _NUMBERED[term] and not isinstance(number.value, int):
            raise self.error("a whole number is expected here", token)
        return number

    def grouping(self) -> tree.Column:
        token = self.take()
        if token.kind not in ("name", "quoted") or token.word in RESERVED:
            raise self.error("by needs a column", token)
        return tree.Column(token.value, token.kind == "quoted", at=(token.start, token.end - token.start))
