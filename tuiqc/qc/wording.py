"""Words for messages about files."""

from __future__ import annotations


def why(error: OSError) -> str:
    """Return the reason of an operating system error without its number and file names."""
    return error.strerror or str(error)


def things(count: int, name: str) -> str:
    """Return "1 step", "2 steps"."""
    return f"{count} {name}{'' if count == 1 else 's'}"
