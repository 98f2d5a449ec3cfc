"""Filters with a name, remembered for tables of one kind in the user's state folder."""

from __future__ import annotations

from tuiqc.review.remembered import kind_key, remember, remembered
from tuiqc.tables.filters.stack import FilterStack


def save_filters(kind: str, stack: FilterStack) -> None:
    """Remember the filters of a stack that have a name of their own; quietly does nothing if it can't."""
    named = [entry for entry in stack.to_dicts() if entry["name"] != " ".join(str(entry["filter"]).split())]
    remember("filters", kind_key(kind), named)


def load_filters(kind: str) -> list[dict[str, object]]:
    """The remembered filters: name, filter, on; none where there are none or they can't be read."""
    raw = remembered("filters", kind_key(kind))
    if not isinstance(raw, list):
        return []
    return [entry for entry in raw if isinstance(entry, dict) and {"name", "filter"} <= entry.keys()]
