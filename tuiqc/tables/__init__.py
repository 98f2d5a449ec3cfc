"""Which rows, in which order? Index views over frames: sort, filter, find, select, aggregate, format, colour.

Filters have a package of their own, `tuiqc.tables.filters`.
"""

from tuiqc.tables.aggregate import AGGREGATES, Aggregate, aggregate, aggregate_values, aggregates
from tuiqc.tables.colouring import ColumnColours, category_colours, limits_of, numeric_colours, readable_on
from tuiqc.tables.columns import Kind, column_kind, header_text
from tuiqc.tables.find import find_label, find_row, find_text, find_value, make_query, search
from tuiqc.tables.histograms import block_histogram, marker_cell
from tuiqc.tables.number_format import ColumnFormat, column_format, format_value
from tuiqc.tables.selection import Selection
from tuiqc.tables.sort_order import sorted_positions
from tuiqc.tables.statistics import ColumnStatistics, column_statistics
from tuiqc.tables.view import TableView

__all__ = [
    "AGGREGATES",
    "Aggregate",
    "ColumnColours",
    "ColumnFormat",
    "ColumnStatistics",
    "Kind",
    "Selection",
    "TableView",
    "aggregate",
    "aggregate_values",
    "aggregates",
    "block_histogram",
    "category_colours",
    "column_format",
    "column_kind",
    "column_statistics",
    "find_label",
    "find_row",
    "find_text",
    "find_value",
    "format_value",
    "header_text",
    "limits_of",
    "make_query",
    "marker_cell",
    "numeric_colours",
    "readable_on",
    "search",
    "sorted_positions",
]
