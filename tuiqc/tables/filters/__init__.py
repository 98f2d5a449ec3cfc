"""Filters: a small language for "which rows", parsed by our own grammar and never evaluated as code."""

from tuiqc.tables.filters.completion import complete, completion_start
from tuiqc.tables.filters.errors import FilterError
from tuiqc.tables.filters.evaluation import evaluate
from tuiqc.tables.filters.grammar import parse
from tuiqc.tables.filters.stack import FilterStack, NamedFilter
from tuiqc.tables.filters.tokens import column_name, quoted_text
from tuiqc.tables.filters.tree import Expression, columns_used
from tuiqc.tables.filters.writing import write

__all__ = [
    "Expression",
    "FilterError",
    "FilterStack",
    "NamedFilter",
    "column_name",
    "columns_used",
    "complete",
    "completion_start",
    "evaluate",
    "parse",
    "quoted_text",
    "write",
]
