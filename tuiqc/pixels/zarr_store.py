"""Where a Zarr hierarchy lies: a folder, a ZIP file (RFC-9) or a web address, and what is read of it by name.

Nothing is ever listed over the network: only keys that are known are asked for. Pixels are read by tensorstore, which
comes in with the first of them.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tuiqc.budget import small_text
from tuiqc.errors import InputError

METADATA_BYTES = 64 << 20
"""Larger metadata is refused; that of a plate with 1,536 wells has some 300 kB."""

_LOOKED_AT = 2000
"""Names of which `changed_at` looks at."""

_OTHERS = ("labels", "tables")
"""Groups in an image that are files of their own."""

_SESSION = time.time_ns()

PACKED = (".zip", ".ozx")
"""Endings of a hierarchy in one file."""

_REMOTE = re.compile(r"^(https?|s3|gs):/+")
DESCRIBED_BY = ("zarr.json", ".zattrs", ".zgroup", ".zarray")
"""Files of which one lies in every group and array."""

_NEEDED = 'reading OME-Zarr needs tensorstore: pip install "tuiqc[zarr]"'


class Store(Protocol):
    """The keys of a hierarchy. `place` is the path that the person knows it by."""

    @property
    def place(self) -> Path:
        """Where its root is."""
        ...

    def __hash__(self) -> int: ...

    def read(self, key: str) -> bytes | None:
        """The bytes of a key, None where there is none. Raises InputError where it can't be read."""
        ...

    def names(self, group: str) -> list[str] | None:
        """Names of what lies in a group; None where that can't be asked."""
        ...

    def kvstore(self, group: str) -> dict[str, Any]:
        """What tensorstore calls the place of an array."""
        ...


@dataclass(frozen=True)
class FolderStore:
    """A hierarchy in a folder."""

    place: Path

    def read(self, key: str) -> bytes | None:
        """See `Store`."""
        path = self.place / key
        try:
            if not path.is_file():
                return None
        except OSError as error:
            raise InputError(f"can't be read ({error.strerror or error})", path=path) from None
        return small_text(path, "metadata of OME-Zarr", METADATA_BYTES)

    def names(self, group: str) -> list[str] | None:
        """See `Store`."""
        try:
            return sorted(entry.name for entry in (self.place / group).iterdir() if entry.is_dir())
        except OSError:
            return []

    def kvstore(self, group: str) -> dict[str, Any]:
        """See `Store`."""
        return {"driver": "file", "path": f"{(self.place / group).absolute()}/"}


@dataclass(frozen=True)
class KeyValueStore:
    """A hierarchy that tensorstore reads: in a ZIP file or on a server. `spec` is its base without a path."""

    place: Path
    spec: tuple[tuple[str, Any], ...]
    inside: str = ""

    def read(self, key: str) -> bytes | None:
        """See `Store`."""
        store = _opened(self.spec)
        try:
            found = store.read(f"{self.inside}{key}").result(timeout=60)
        except Exception as error:
            raise InputError(
                f"can't be read ({first_line(error)})",
                path=self.place / key,
                hint="check the address and the connection, then open it again",
            ) from None
        if found.state != "value":
            return None
        if len(found.value) > METADATA_BYTES:
            raise InputError(f"has {len(found.value):,} bytes of metadata", path=self.place / key)
        return bytes(found.value)

    def names(self, group: str) -> list[str] | None:
        """See `Store`: a ZIP file has a list, a server is not asked for one."""
        spec = dict(self.spec)
        if spec["driver"] != "zip":
            return None
        below = f"{self.inside}{group}/" if group else self.inside
        keys = (key.decode("utf-8", "replace") for key in _opened(self.spec).list().result(timeout=60))
        return sorted({key.removeprefix(below).split("/")[0] for key in keys if key.startswith(below)})

    def kvstore(self, group: str) -> dict[str, Any]:
        """See `Store`."""
        spec = {name: _thawed(value) for name, value in self.spec}
        path = f"{self.inside}{group}/" if group else self.inside
        if spec["driver"] == "http":
            return {**spec, "path": f"{spec.get('path', '/')}{path}"}
        return {**spec, "path": f"{spec.get('path', '')}{path}"}


def store_of(path: Path) -> tuple[Store, str] | None:
    """Return the hierarchy that a path leads into and the group in it ("" for its root); None for anything else.

    Raises
    ------
    InputError
        A ZIP file or an address where what reads them is not installed, or that can't be read.
    """
    text = str(path)
    if match := _REMOTE.match(text):
        return _remote(path, match[1], text[match.end() :])
    if path.is_dir():
        return FolderStore(path), ""
    whole = holder(path)
    if whole.suffix.casefold() not in PACKED or not whole.is_file():
        return None
    return _zipped(whole), path.relative_to(whole).as_posix().removeprefix(".")


def holder(path: Path) -> Path:
    """The ZIP file that a path leads into; the path itself where there is none."""
    if not any(ending in str(path).casefold() for ending in PACKED):
        return path
    return next(
        (one for one in (path, *path.parents) if one.suffix.casefold() in PACKED and one.is_file()), path
    )


def is_remote(path: Path | str) -> bool:
    """Whether it is an address of a server."""
    return _REMOTE.match(str(path)) is not None


def changed_at(path: Path) -> tuple[int, int] | None:
    """When a hierarchy was changed (ns), and a number that tells it from itself before; None for anything else.

    A piece that is written anew takes the place of another in its folder, and the folder tells; of so many pieces that
    looking would take long only the upper folders are asked. What lies on a server is the same for one session only.
    """
    if is_remote(path):
        return _SESSION, 0
    if not path.is_dir():
        whole = holder(path)
        return None if whole == path else (whole.stat().st_mtime_ns, whole.stat().st_size)
    newest, looked, waiting = 0, 0, [path]
    for folder in waiting:
        if looked >= _LOOKED_AT:
            break
        changed = folder.stat().st_mtime_ns
        found = _listed(folder, changed) if time.time_ns() - changed > _COARSE else _list(folder)
        newest = max(newest, changed, *(file.stat().st_mtime_ns for file in found.described))
        looked += found.names
        waiting += found.below
    return newest, looked


_COARSE = 2_000_000_000
"""Nanoseconds within which a clock of a file system may not tell two changes apart: what is listed is not kept."""


class _Listing(NamedTuple):
    """What is looked at of a folder: its files with metadata, the folders in it, and how many names it has."""

    described: tuple[Path, ...]
    below: tuple[Path, ...]
    names: int


def _list(folder: Path) -> _Listing:
    described: list[Path] = []
    below: list[Path] = []
    names = 0
    with os.scandir(folder) as entries:
        for entry in islice(entries, _LOOKED_AT):
            names += 1
            if entry.name in DESCRIBED_BY:
                described.append(Path(entry.path))
            elif entry.is_dir() and entry.name not in _OTHERS:
                below.append(Path(entry.path))
    return _Listing(tuple(described), tuple(below), names)


@lru_cache(1 << 14)
def _listed(folder: Path, changed: int) -> _Listing:
    """As `_list`; names in a folder are the same as long as its time of change is."""
    return _list(folder)


def is_hierarchy(path: Path) -> bool:
    """Whether a folder or a ZIP file (or a place in one) is one of Zarr by its name and what lies at its top."""
    if is_remote(path):
        return True
    try:
        if path.is_dir():
            return any((path / name).is_file() for name in DESCRIBED_BY)
        whole = holder(path)
        return whole.name.casefold().endswith((".zarr.zip", ".ozx")) and whole.is_file()
    except OSError:
        return False


def first_line(error: BaseException) -> str:
    """What tensorstore says without where in its sources it was said."""
    text = str(error).strip().splitlines()
    return (
        re.sub(r" \[(?:source locations|tensorstore_spec)=.*", "", text[0])[:300]
        if text
        else type(error).__name__
    )


def need_tensorstore(path: Path) -> Any:
    """Return the module.

    Raises
    ------
    InputError
        It is not installed; says how it is.
    """
    if find_spec("tensorstore") is None:
        raise InputError("is OME-Zarr", path=path, hint=_NEEDED)
    import tensorstore

    return tensorstore


def _remote(path: Path, scheme: str, rest: str) -> tuple[Store, str]:
    need_tensorstore(path)
    host, _, key = rest.partition("/")
    key = key.strip("/")
    if scheme in ("http", "https"):
        spec: tuple[tuple[str, Any], ...] = (
            ("driver", "http"),
            ("base_url", f"{scheme}://{host}"),
            ("path", "/"),
        )
    elif scheme == "s3":
        spec = (("driver", "s3"), ("bucket", host), *_s3_options())
    else:
        spec = (("driver", "gcs"), ("bucket", host))
    return KeyValueStore(path, spec, f"{key}/" if key else ""), ""


def _s3_options() -> tuple[tuple[str, Any], ...]:
    """Region, end point and credentials of the environment; without credentials the bucket is read anonymously."""
    import os

    found: list[tuple[str, Any]] = []
    if region := os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"):
        found.append(("aws_region", region))
    if endpoint := os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"):
        found.append(("endpoint", endpoint))
    if not (os.environ.get("AWS_ACCESS_KEY_ID") or os.environ.get("AWS_PROFILE")):
        found.append(("aws_credentials", (("type", "anonymous"),)))
    return tuple(found)


def _zipped(path: Path) -> Store:
    need_tensorstore(path)
    spec = (("driver", "zip"), ("base", (("driver", "file"), ("path", str(path.absolute())))))
    at_top = KeyValueStore(path, spec)
    if any(at_top.read(name) is not None for name in DESCRIBED_BY):
        return at_top
    folders = at_top.names("") or []
    return KeyValueStore(path, spec, f"{folders[0]}/") if len(folders) == 1 else at_top


CACHED = 32 << 20
"""Bytes of decoded pieces that are kept: windows seldom end where pieces do."""

_RETRIES = {"max_retries": 5, "initial_delay": "250ms", "max_delay": "4s"}
"""How often a server is asked again that failed or is not there: by tensorstore's own measure an address with a
mistake would keep a person waiting for minutes."""


@lru_cache(1)
def context() -> Any:
    """What all of tensorstore shares: what it keeps in memory, and how it asks again."""
    import tensorstore

    retries = {f"{kind}_request_retries": _RETRIES for kind in ("http", "s3", "gcs")}
    return tensorstore.Context({"cache_pool": {"total_bytes_limit": CACHED}, **retries})


@lru_cache(16)
def _opened(spec: tuple[tuple[str, Any], ...]) -> Any:
    import tensorstore

    place = Path(str(dict(spec)))
    try:
        opening = {name: _thawed(value) for name, value in spec}
        return tensorstore.KvStore.open(opening, context=context()).result(timeout=60)
    except Exception as error:
        raise InputError(f"can't be opened ({first_line(error)})", path=place) from None


def _thawed(value: Any) -> Any:
    return {name: _thawed(one) for name, one in value} if isinstance(value, tuple) else value


def joined(group: str, *names: str) -> str:
    """The path of a group below another, without the slashes and dots that metadata is fond of."""
    parts: list[str] = []
    for name in (group, *names):
        for part in name.split("/"):
            if part == "..":
                parts = parts[:-1]
            elif part not in ("", "."):
                parts.append(part)
    return "/".join(parts)
