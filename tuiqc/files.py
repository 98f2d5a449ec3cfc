"""Writing a file so that a half-written one never stands at its place; reading TOML."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuiqc.errors import InputError

# Asked for once, while there is one thread: it can only be read by setting it.
_UMASK = os.umask(0o077)
os.umask(_UMASK)


@contextlib.contextmanager
def replacing(path: Path, *, folders: bool = False, sync: bool = True) -> Iterator[Path]:
    """Give the name of a temporary file beside `path` that takes its place once all went well.

    Missing folders are made if `folders` is set. The file gets the permissions that a new one would have. Without
    `sync` a power cut may leave an empty file: for what can be lost.

    Raises
    ------
    InputError
        If it can't be written; then `path` is as it was and no temporary file is left.
    """
    temporary: Path | None = None
    try:
        if folders:
            path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o666 & ~_UMASK)
        if sync:
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"can't be written ({error.strerror or error})", path=path) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


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
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not TOML ({error})", path=path) from error
