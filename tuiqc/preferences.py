"""What the program keeps of itself between sessions: `preferences.json` of the state folder.

It is no settings file: nobody has to write it, and where it can't be read or written the program goes on without it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tuiqc.files import read_json, replace_bytes
from tuiqc.paths import state_dir

_MOST = 1 << 16
"""Bytes that the file may have."""


def preferences_file() -> Path:
    """Where it is; it need not exist."""
    return state_dir() / "preferences.json"


def preference(name: str) -> Any:
    """What was kept under a name; None for nothing."""
    return _kept().get(name)


def keep_preference(name: str, value: object) -> bool:
    """Keep a value that JSON can hold; returns whether it could be kept."""
    path = preferences_file()
    kept = _kept() | {name: value}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_bytes(path, json.dumps(kept, indent=1).encode(), sync=False)
    except OSError:
        return False
    return True


def _kept() -> dict[str, Any]:
    try:
        found = read_json(preferences_file(), _MOST)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
