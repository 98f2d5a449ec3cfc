"""What outlives a session, as small JSON files in the user's state folder: one place that reads and writes them."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from tuiqc.errors import InputError
from tuiqc.files import read_json, replacing
from tuiqc.paths import state_dir
from tuiqc.tables.filters.stack import FilterStack


def remember(topic: str, key: bytes, value: object) -> None:
    """Keep a JSON value under a topic (a folder) and a key; quietly does nothing if it can't."""
    with contextlib.suppress(InputError), replacing(_file(topic, key), folders=True, sync=False) as temporary:
        temporary.write_text(json.dumps(value), encoding="utf-8")


def remembered(topic: str, key: bytes) -> object:
    """What was kept, None if there is nothing or it can't be read. It may have been edited: check what it is."""
    try:
        value: object = read_json(_file(topic, key))
    except (OSError, ValueError):
        return None
    return value


def kind_key(kind: str) -> bytes:
    """The key of what is remembered for tables of a kind (dialect and layer)."""
    return kind.encode("utf-8", "replace")


def save_filters(kind: str, stack: FilterStack) -> None:
    """Remember the filters of a stack that have a name of their own; quietly does nothing if it can't."""
    named = [entry for entry in stack.to_dicts() if entry["name"] != " ".join(str(entry["filter"]).split())]
    remember("filters", kind_key(kind), named)


def load_filters(kind: str) -> dict[str, str]:
    """The remembered filters by name; none where there are none or they can't be read."""
    raw = remembered("filters", kind_key(kind))
    found: dict[str, str] = {}
    for entry in raw if isinstance(raw, list) else []:
        if isinstance(entry, dict):
            name, text = entry.get("name"), entry.get("filter")
            if isinstance(name, str) and isinstance(text, str) and name.strip():
                found[name.strip()] = text
    return found


def _file(topic: str, key: bytes) -> Path:
    return state_dir() / topic / f"{hashlib.sha256(key).hexdigest()[:24]}.json"
