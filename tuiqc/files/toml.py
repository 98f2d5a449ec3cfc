"""Reading TOML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tuiqc.errors import InputError


def read_toml(path: Path, *, optional: bool = False) -> dict[str, Any]:
    """Read a TOML file, with or without a byte order mark; an `optional` one that is not there is empty.

    Raises
    ------
    InputError
        If it can't be read or is not TOML.
    """
    import tomllib

    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        if optional and isinstance(error, FileNotFoundError):
            return {}
        raise InputError(error.strerror or "can't be read", path=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not TOML ({error})", path=path) from error
