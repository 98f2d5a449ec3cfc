"""Filters with a name, remembered for tables of one kind in the user's state folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

from tuiqc.paths import state_dir
from tuiqc.tables.filters import FilterStack


def save_filters(kind: str, stack: FilterStack) -> None:
    """Remember the filters of a stack that have a name of their own; quietly does nothing if it can't."""
    named = [entry for entry in stack.to_dicts() if entry["name"] != " ".join(str(entry["filter"]).split())]
    path = _file(kind)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(named), encoding="utf-8")
        temporary.replace(path)


def load_filters(kind: str) -> list[dict[str, object]]:
    """The remembered filters: name, filter, on; none where there are none or they can't be read."""
    try:
        raw = json.loads(_file(kind).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    if not isinstance(raw, list):
        return []
    return [entry for entry in raw if isinstance(entry, dict) and {"name", "filter"} <= entry.keys()]


def _file(kind: str) -> Path:
    return (
        state_dir() / "filters" / f"{hashlib.sha256(kind.encode('utf-8', 'replace')).hexdigest()[:24]}.json"
    )
