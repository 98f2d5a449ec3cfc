"""Which rows, in which order? Index views over frames: sort, filter, aggregate, format."""

from tuiqc.tables.aggregate import AGGREGATES, aggregate, aggregate_values
from tuiqc.tables.columns import Kind, column_kind, header_text
from tuiqc.tables.format import format_value
from tuiqc.tables.order import natural_key, sorted_positions
from tuiqc.tables.view import TableView

__all__ = [
    "AGGREGATES",
    "Kind",
    "TableView",
    "aggregate",
    "aggregate_values",
    "column_kind",
    "format_value",
    "header_text",
    "natural_key",
    "sorted_positions",
]
