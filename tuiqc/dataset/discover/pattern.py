"""File name patterns: `{placeholders}`, shell wildcards, and regular expressions as MoBIE takes them.

A pattern is a path. Each part between slashes is looked at by itself:

- a part that exists as it is written is taken literally, whatever signs are in it;
- `{name}` stands for any text without a slash, and is remembered under its name; used twice it must be the same text;
- `*`, `?` and `[abc]` are shell wildcards, a part `**` is any number of folders (hidden ones are left out);
- the ending of a file name may be in capitals or not: `.tif` finds `.TIF` too, where there is no `.tif` of that key;
- what has signs of a regular expression (`.*`, `.+`, `\\d`, `(...)`, a quantifier after a bracket) is one; it
  must match the whole part, with `(?P<name>...)` remembered under its name.

What is remembered is the key. Without names it is what the groups matched, else what the wildcards matched,
in order. With names, plain wildcards may match anything and do not count. `regex:` or `glob:` before a
pattern says which it is.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

from tuiqc.dataset.discover.found_files import is_openable
from tuiqc.dataset.discover.pattern_parts import (
    PLACEHOLDER,
    GroupsOf,
    KeyNames,
    any_case_suffix,
    regex_part,
    wildcard_part,
)
from tuiqc.errors import UsageError

_REGEX_SIGN = re.compile(
    r"\.[*+]|\\[dDwWsSbB.]|\(\?|\)[*+?{]|\][*+{]|\([^()]*\|[^()]*\)|\(\.|\(\\|\(\[|^\^|\$$"
)
_Identity = tuple[int, int]
_WILDCARD = re.compile(r"[*?]|\[[^\]]+\]")


class Match(NamedTuple):
    """One file that a pattern found, and its key: texts, since there may be 10^5."""

    text: str
    key: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.text)

    @property
    def name(self) -> str:
        """Its name without its folder."""
        return self.text.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern.

    Attributes
    ----------
    text
        As the user wrote it.
    form
        "literal", "placeholders", "glob", or "regex".
    names
        The names of the key's parts; made up for globs and groups without names (`well` after "Well_", else
        `key`).
    named
        Whether the user gave the names.
    start
        The folder from which `parts` go down.
    parts
        One per path component: its regular expression, None for `**`. The groups `k0`, `k1` ... hold the key.
    """

    text: str
    form: str
    names: tuple[str, ...]
    named: bool
    start: Path
    parts: tuple[re.Pattern[str] | None, ...]
    alternative: Pattern | None = None


def parse(text: str, base_dir: Path | None = None) -> Pattern:
    """Parse a pattern; relative ones start from `base_dir` (default: the working directory).

    Raises
    ------
    UsageError
        Empty, a bad regular expression, or placeholders and regular expression groups mixed.
    """
    if not text.strip():
        raise UsageError("a pattern is empty; it should be like 'folder/Well_{well}_C0.tif'")
    forced, body = "", text
    for form in ("regex", "glob"):
        if text.startswith(form + ":"):
            forced, body = form, text[len(form) + 1 :]
    full = os.path.expanduser(body)  # noqa: PTH111 - `Path` would change the text of a pattern
    start, parts = _literal_start(full, base_dir or Path.cwd())
    rest = "/".join(parts)
    if not parts:
        return Pattern(text, "literal", (), False, start.parent, (re.compile(re.escape(start.name)),))
    if forced:
        forms = [forced]
    elif PLACEHOLDER.search(rest):
        forms = ["placeholders"]
    else:
        forms = _possible_forms(rest)
    built: Pattern | None = None
    for form in reversed(forms):
        built = _build(text, form, start, parts, built)
    if built is None:
        raise UsageError(f"{text}: can't be understood as a pattern")
    return built


def _literal_start(full: str, base: Path) -> tuple[Path, list[str]]:
    """The longest beginning of the path that exists as it is written, and the parts that are left."""
    here = Path("/") if full.startswith("/") else base
    parts = [part for part in full.split("/") if part not in ("", ".")]
    while parts and (parts[0] == ".." or os.path.lexists(here / parts[0])):
        here /= parts.pop(0)
    return here, parts


def _possible_forms(rest: str) -> list[str]:
    looks_regex = bool(_REGEX_SIGN.search(rest))
    looks_glob = bool(_WILDCARD.search(rest))
    if not looks_regex:
        return ["glob"] if looks_glob else ["literal"]
    try:
        _compile(rest)
    except re.error as error:
        if looks_glob and re.search(r"(?:^|/)\*|\*\*", rest):  # `*.*` and `**/x` are globs and nothing else
            return ["glob"]
        raise _bad_regex(rest, error) from error
    # `scan.*` is more likely "any extension" than "scan and anything".
    only_extension = len(_REGEX_SIGN.findall(rest)) == 1 and rest.endswith(".*")
    return ["glob", "regex"] if only_extension else ["regex", "glob"]


def _bad_regex(text: str, error: re.error) -> UsageError:
    return UsageError(
        f"{text}: not a valid regular expression: {error}. Put glob: before it if shell wildcards are meant"
    )


def _build(text: str, form: str, start: Path, parts: list[str], alternative: Pattern | None) -> Pattern:
    collector = KeyNames(keep_wildcards=form == "glob")
    if form == "regex":
        named = any("(?P<" in part for part in parts)
        grouped = any(_compile(part).groups for part in parts) if _compiles(parts) else False
        sources: list[str | None] = [regex_part(part, collector, named, grouped) for part in parts]
    else:
        named = form == "placeholders"
        sources = [wildcard_part(part, collector) for part in parts]
        sources[-1] = any_case_suffix(parts[-1], sources[-1])
    compiled: list[re.Pattern[str] | None] = []
    for source, part in zip(sources, parts, strict=True):
        if source is None:
            compiled.append(None)
            continue
        try:
            compiled.append(_compile(source))
        except re.error as error:
            raise _bad_regex(part, error) from error
    return Pattern(text, form, tuple(collector.names), named, start, tuple(compiled), alternative)


def _compile(source: str) -> re.Pattern[str]:
    with warnings.catch_warnings():  # of odd brackets, which are the user's wish
        warnings.simplefilter("ignore")
        return re.compile(source, re.DOTALL)


def _compiles(parts: list[str]) -> bool:
    for part in parts:
        try:
            _compile(part)
        except re.error as error:
            raise _bad_regex(part, error) from error
    return True


Listings = dict[str, list[os.DirEntry[str]]]
"""What is in each folder that was listed, so that several patterns list it once."""


def find(pattern: Pattern, listings: Listings | None = None) -> list[Match]:
    """Return every file that `pattern` finds, in no particular order; an empty list if there is none.

    Folders are listed once; no file is looked at beyond its name. Where a pattern can be read in two ways
    (`scan.*`), the second is tried if the first finds nothing.

    Raises
    ------
    UsageError
        A folder of the pattern can't be listed.
    """
    found: list[Match] = []
    listings = {} if listings is None else listings
    if pattern.start.is_dir():
        walk = _Walk(
            pattern, found, listings, [GroupsOf(part) if part is not None else None for part in pattern.parts]
        )
        walk.folder(os.fspath(pattern.start), 0, {}, ())
    if not found and pattern.alternative is not None:
        return find(pattern.alternative, listings)
    return _as_written(pattern, found)


def _as_written(pattern: Pattern, found: list[Match]) -> list[Match]:
    """Without `A01.TIF` where `A01.tif` has the same key and the pattern ends with `.tif`."""
    suffix = Path(pattern.text).suffix
    if suffix and not [text for text, _ in found if not text.endswith(suffix)]:
        return found
    exact = {match.key for match in found if match.path.suffix == suffix}
    return [match for match in found if match.path.suffix == suffix or match.key not in exact]


@dataclass(frozen=True)
class _Walk:
    """Goes down the folders of a pattern and collects what it finds."""

    pattern: Pattern
    found: list[Match]
    listings: Listings
    readers: Sequence[GroupsOf | None]

    @cached_property
    def _key(self) -> range:
        return range(len(self.pattern.names))

    def folder(self, folder: str, depth: int, values: dict[int, str], above: tuple[_Identity, ...]) -> None:
        """Collect what part `depth` of the pattern finds in a folder; `above` are those that `**` came through."""
        reader = self.readers[depth]
        last = depth == len(self.readers) - 1
        if reader is None and not last:
            self.folder(folder, depth + 1, values, above)
        entries = self._entries(folder)
        if reader is None:
            self._any_depth(entries, folder, depth, values, above)
            return
        if not reader.part.pattern.startswith(r"\."):
            entries = [entry for entry in entries if entry.name[0] != "."]
        matched = zip(entries, reader([entry.name for entry in entries]), strict=True)
        if last and not values and reader.numbers == list(self._key):
            # Each key as it was matched, and nothing called or kept for each: there may be 10^5.
            files = (
                (entry.path, groups)
                for entry, groups in matched
                if groups is not None and (entry.is_file(follow_symlinks=False) or is_openable(entry))
            )
            self.found.extend(map(partial(tuple.__new__, Match), files))
            return
        for entry, groups in matched:
            if groups is None:
                continue
            here = dict(zip(reader.numbers, groups, strict=True))
            if any(values.get(number, text) != text for number, text in here.items()):
                continue
            # Whether it is a file is known from the listing, except for links: no further question to the disk.
            if last and is_openable(entry):
                self.found.append(self._match(entry, values | here))
            elif not last and _is_folder(entry):
                self.folder(entry.path, depth + 1, values | here, ())

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        known = self.listings.get(folder)
        if known is None:
            try:
                known = self.listings[folder] = list(os.scandir(folder))
            except OSError as error:
                raise UsageError(f"{folder}: can't be listed: {error.strerror}") from error
        return known

    def _any_depth(
        self,
        entries: Sequence[os.DirEntry[str]],
        folder: str,
        depth: int,
        values: dict[int, str],
        above: tuple[_Identity, ...],
    ) -> None:
        """Go into all folders, through links too, but into none that it is in already."""
        own = os.stat(folder)  # noqa: PTH116 - of each folder
        above = (*above, (own.st_dev, own.st_ino))
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if _is_folder(entry) and not is_openable(entry):
                if entry.is_symlink() and _identity(entry) in above:
                    continue
                self.folder(entry.path, depth, values, above)
            elif depth == len(self.readers) - 1 and is_openable(entry):
                self.found.append(self._match(entry, values))

    def _match(self, entry: os.DirEntry[str], values: dict[int, str]) -> Match:
        return Match(entry.path, tuple([values.get(number, "") for number in self._key]))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder; a link that may not be followed is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _identity(entry: os.DirEntry[str]) -> _Identity:
    found = entry.stat()
    return found.st_dev, found.st_ino


def nearby(pattern: Pattern, limit: int = 5) -> str:
    """Say what there is where `pattern` looked: a few file names, for a message."""
    folder = pattern.start
    if not folder.is_dir():
        return f"there is no folder {folder}"
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if not entry.name.startswith("."))
    except OSError as error:
        return f"{folder} can't be listed: {error.strerror}"
    if not names:
        return f"{folder} is empty"
    more = f" … ({len(names)} in all)" if len(names) > limit else ""
    return f"{folder} has {', '.join(names[:limit])}{more}"


AXES = ("t", "z")


def in_sequences(
    pattern: Pattern, matches: Sequence[Match]
) -> tuple[tuple[str, ...], dict[tuple[str, ...], str]]:
    """Join files that differ in `{t}` and `{z}` only to one path, see `tuiqc.pixels.sequence`.

    Returns
    -------
    tuple
        The names that are left, and the path of each key.

    Raises
    ------
    UsageError
        `{t}` or `{z}` is in the name of a folder, or files of one image are in several folders.
    """
    last = pattern.parts[-1]
    names = tuple(name for name in pattern.names if name not in AXES)
    keep = [pattern.names.index(name) for name in names]
    files: dict[tuple[str, ...], str] = {}
    for match in matches:
        hit = last.fullmatch(match.name) if last is not None else None
        groups = hit.groupdict() if hit is not None else {}
        spans = []
        for axis in AXES:
            if axis not in pattern.names:
                continue
            group = f"k{pattern.names.index(axis)}"
            if hit is None or group not in groups:
                raise UsageError(
                    f"{pattern.text}: {{{axis}}} has to be in the file name, not in that of a folder"
                )
            spans.append((*hit.span(group), axis))
        if not all(match.name[start:stop].isdecimal() for start, stop, _ in spans):
            continue  # scan_final.tif beside scan_{t}.tif is no time point
        name = match.name
        for start, stop, axis in sorted(spans, reverse=True):
            name = f"{name[:start]}{{{axis}}}{name[stop:]}"
        key = tuple(match.key[at] for at in keep)
        path = match.text[: len(match.text) - len(match.name)] + name
        if files.setdefault(key, path) != path:
            raise UsageError(
                f"{pattern.text}: {path} and {files[key]} would be the same image; put a placeholder where they differ"
            )
    if not files:
        raise UsageError(f"{pattern.text}: no file has a number where {{t}} or {{z}} is")
    return names, files
