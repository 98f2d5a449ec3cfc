"""Reading TOML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tuiqc.budget import check_depth, small_text
from tuiqc.errors import InputError


def read_toml(path: Path, *, optional: bool = False, errors: str = "strict") -> dict[str, Any]:
    """Read a TOML file, with or without a byte order mark; an `optional` one that is not there is empty.

    Parameters
    ----------
    errors
        What to do with bytes that are no UTF-8, as in `bytes.decode`: names of files may hold some.

    Raises
    ------
    InputError
        If it can't be read, is not a plain file of bounded size and depth, or is not TOML.
    """
    import tomllib

    if optional and not path.exists():
        return {}
    data = small_text(path, "settings as TOML")
    try:
        text = data.decode("utf-8-sig", errors).replace("\r\n", "\n")
        check_depth(path, text)
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not TOML ({error})", path=path) from error
