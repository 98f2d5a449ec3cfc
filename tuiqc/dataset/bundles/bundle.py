"""What the entries in `bundles.toml` say, and the patterns that they come to in a folder."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase, translate
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from tuiqc.budget import small_text
from tuiqc.errors import InputError

KINDS = ("images", "labels", "tables")
_TOKEN = re.compile(r"<(\w+)>|\{(\w+)\}|(#)|(\*)|([^<{#*]+)")
_ALL_LAYERS = "*"
_DEPTH, _MOST_FILES = 3, 200_000


@dataclass(frozen=True)
class Role:
    """Files of channels, layers or tables in a bundle; see `bundles.toml` for what the fields mean."""

    name: str
    files: tuple[str, ...]
    several: str = ""
    units: str = ""
    joined: bool = False


@dataclass(frozen=True)
class Bundle:
    """A kind of folder; see `bundles.toml`."""

    name: str
    marks: tuple[str, ...]
    hint: str
    roles: Mapping[str, tuple[Role, ...]]
    channels: Mapping[str, str] = field(default_factory=dict)
    unused: Mapping[str, str] = field(default_factory=dict)

    def fits(self, folder: Path, names: Sequence[str]) -> bool:
        """Whether a folder with these entries is one."""
        return all(any(_is_there(folder, names, one) for one in mark.split("|")) for mark in self.marks)


@dataclass
class Found:
    """A named pattern of a bundle in a folder; `longer` is its name where `name` would not tell it from others."""

    name: str
    pattern: str
    units: str = ""
    joined: bool = False
    longer: str = ""
    files: list[str] = field(default_factory=list)


@cache
def bundles() -> tuple[Bundle, ...]:
    """All kinds of folders, the more exact ones first."""
    text = files("tuiqc.dataset.bundles").joinpath("bundles.toml").read_text(encoding="utf-8")
    return tuple(_bundle(entry) for entry in tomllib.loads(text)["bundle"])


def _bundle(entry: dict[str, Any]) -> Bundle:
    roles = {
        kind: tuple(Role(**{**one, "files": tuple(one["files"])}) for one in entry.get(kind, ()))
        for kind in KINDS
    }
    return Bundle(
        entry["name"],
        tuple(entry["marks"]),
        entry["hint"],
        roles,
        entry.get("channels", {}),
        entry.get("unused", {}),
    )


def recognise(folder: Path) -> Bundle | None:
    """Return the kind of a folder, None if it is of no kind that is known."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except OSError:
        return None
    return next((one for one in bundles() if one.fits(folder, names)), None)


def _is_there(folder: Path, names: Sequence[str], mark: str) -> bool:
    first, _, rest = mark.partition("/")
    fits = re.compile(translate(first)).match
    return any(fits(name) and (not rest or (folder / name / rest).exists()) for name in names)


def below(folder: Path) -> list[str]:
    """Paths of the files in a folder and the two below it, from the folder; links to folders are not followed."""
    found: list[str] = []
    for place, folders, names in os.walk(folder):
        inside = os.path.relpath(place, folder)
        depth = 0 if inside == "." else inside.count(os.sep) + 1
        if depth >= _DEPTH - 1:
            folders.clear()
        folders[:] = sorted(one for one in folders if not one.endswith(".zarr"))
        found += (name if inside == "." else f"{inside}/{name}" for name in sorted(names))
        if len(found) > _MOST_FILES:
            break
    return found


def patterns(bundle: Bundle, paths: Sequence[str]) -> dict[str, list[Found]]:
    """Return the patterns of each kind that find files, with their names and what they find."""
    found = {kind: [one for role in bundle.roles[kind] for one in _of_role(role, paths)] for kind in KINDS}
    layers = [one.name for one in found["labels"]]
    shared = [one for one in found["tables"] if one.name == _ALL_LAYERS]
    for one in found["tables"]:
        if one.name not in layers:
            one.name = one.longer
    found["tables"] = [one for one in found["tables"] if one.name in layers]
    # A table of all layers is that of the first.
    found["tables"] += [Found(layers[0], one.pattern, files=one.files) for one in shared if layers][:1]
    return found


def _of_role(role: Role, paths: Sequence[str]) -> Iterator[Found]:
    for text in role.files:
        regex = re.compile(_regex(text))
        matches = [(path, match) for path in paths if (match := regex.fullmatch(path))]
        by_parts: dict[tuple[tuple[str, str], ...], Found] = {}
        for path, match in matches:
            parts = tuple((name[1:], value) for name, value in match.groupdict().items() if name[0] == "n")
            if parts not in by_parts:
                by_parts[parts] = Found("", _filled(text, dict(parts)), role.units, role.joined)
            by_parts[parts].files.append(path)
        if by_parts:
            yield from _named(role, by_parts)
            return


def _named(role: Role, by_parts: Mapping[tuple[tuple[str, str], ...], Found]) -> Iterator[Found]:
    """The patterns with names that tell them apart."""
    names = [_name(role.name, dict(parts)) for parts in by_parts]
    if len(set(names)) < len(names) and role.several:
        names = [_name(role.several, dict(parts)) for parts in by_parts]
    for (parts, found), name in zip(by_parts.items(), names, strict=True):
        found.name, found.longer = name, _name(role.several, dict(parts))
        yield found


def _name(template: str, parts: Mapping[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda match: parts.get(match[1], "image"), template)


def _regex(text: str) -> str:
    """Regular expression of the files of a role: groups `n…` of `<…>` and `k…` of `{…}`."""
    out, known = "", set()
    for name, key, digits, anything, plain in _TOKEN.findall(text):
        if name:
            out += f"(?P<n{name}>[^/]+?)"
        elif key:
            out += f"(?P=k{key})" if key in known else f"(?P<k{key}>[^/]+?)"
            known.add(key)
        else:
            out += r"\d+" if digits else "[^/]*" if anything else re.escape(plain)
    return out


def _filled(text: str, parts: Mapping[str, str]) -> str:
    """The pattern as `--images` takes it, with what `<…>` stands for."""
    out = ""
    for name, key, digits, anything, plain in _TOKEN.findall(text):
        out += parts[name] if name else f"{{{key}}}" if key else "*" if digits or anything else plain
    return out


def unit_of(units: str, folder: Path) -> str:
    """Return what `Reading.units` takes: a path of the folder as a whole one, the number under a key of a JSON file.

    Raises
    ------
    InputError
        The file can't be read, or has no number there.
    """
    name, _, key = units.partition(":")
    if not units or not (folder / name).exists():
        return units
    if not key:
        return str((folder / name).absolute())
    try:
        number = float(json.loads(small_text(folder / name, "JSON"))[key])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(
            f"does not say {key!r}",
            path=folder / name,
            hint="say how large a pixel is: --units 0.2125 (micrometres)",
        ) from None
    return f"{number:.12g}"


def names_of_channels(bundle: Bundle, folder: Path) -> tuple[str, ...]:
    """Return the names of channels that a table of the folder has, in its order; none where there is no table."""
    import csv

    path = folder / bundle.channels.get("file", "\0")
    if not bundle.channels or not path.is_file():
        return ()
    text = small_text(path, "a table of channels", 1 << 20).decode("utf-8-sig", "replace")
    rows = list(csv.DictReader(text.splitlines()))
    wanted = bundle.channels["name"]
    kept = [row for row in rows if row.get("keep", "1") not in ("0", "False", "false")]
    return tuple((row.get(wanted) or "").strip() for row in kept)


def why_unused(bundle: Bundle, name: str) -> str:
    """Why an entry of the folder is not taken."""
    for pattern, why in bundle.unused.items():
        if fnmatchcase(name, pattern):
            return why
    return f"nothing of {bundle.name} that tuiqc shows"
