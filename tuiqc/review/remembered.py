"""What outlives a session, as small JSON files in the user's state folder: one place that reads and writes them."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from tuiqc.errors import InputError
from tuiqc.files import replacing
from tuiqc.paths import state_dir


def remember(topic: str, key: bytes, value: object) -> None:
    """Keep a JSON value under a topic (a folder) and a key; quietly does nothing if it can't."""
    with contextlib.suppress(InputError), replacing(_file(topic, key), folders=True, sync=False) as temporary:
        temporary.write_text(json.dumps(value), encoding="utf-8")


def remembered(topic: str, key: bytes) -> object:
    """What was kept, None if there is nothing or it can't be read. It may have been edited: check what it is."""
    try:
        value: object = json.loads(_file(topic, key).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value


def kind_key(kind: str) -> bytes:
    """The key of what is remembered for tables of a kind (dialect and layer)."""
    return kind.encode("utf-8", "replace")


def _file(topic: str, key: bytes) -> Path:
    return state_dir() / topic / f"{hashlib.sha256(key).hexdigest()[:24]}.json"
