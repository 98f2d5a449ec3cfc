"""Opens a batch from named patterns: `--images DNA='…' --labels nuclei='…' --table nuclei='…'`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from tuiqc.dataset.discover.pattern import Listings, Match, Pattern, find, in_sequences, nearby, parse
from tuiqc.dataset.discover.role_files import RoleFiles, join
from tuiqc.dataset.model import Batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.tables.text_file import SUFFIXES as TABLE_SUFFIXES
from tuiqc.dataset.words import MASK_SUFFIXES, best_layer, same_thing
from tuiqc.dataset.words import TABLE_SUFFIXES as TABLE_WORDS
from tuiqc.errors import UsageError
from tuiqc.names import unique_name

_OPTIONS = {"channel": "--images", "mask": "--labels", "table": "--table"}


def open_patterns(options: SourceOptions) -> Batch:
    """Return the batch that the patterns describe.

    Raises
    ------
    UsageError
        A pattern finds nothing or two files for one key, two have the same name, or nothing is in common.
    """
    assumptions: list[str] = []
    base = options.base_dir
    if len(options.sources) == 1 and options.resolve(options.sources[0]).is_dir():
        base = options.resolve(options.sources[0])
    roles = pattern_roles(options, base, assumptions)
    root = common_folder([path for role in roles for path in role.files.values()])
    batch = join(roles, root.name or str(root), root, options)
    batch.assumptions.extend(assumptions)
    return batch


def pattern_roles(options: SourceOptions, base: Path, assumptions: list[str]) -> list[RoleFiles]:
    """Find the files of every pattern, and name those that were given without a name."""
    roles: list[RoleFiles] = []
    listings: Listings = {}
    for kind, entries in (("channel", options.images), ("mask", options.labels), ("table", options.tables)):
        parsed = [(name, parse(text, base)) for name, text in entries]
        given = [name for name, _ in parsed if name]
        for name, pattern in parsed:
            said = f"{_OPTIONS[kind]} {name + '=' if name else ''}{pattern.text!r}"
            if name and given.count(name) > 1:
                raise UsageError(f"{said}: {name!r} is given twice; give every one a name of its own")
            names, files = _files(kind, pattern, said, listings)
            roles.append(RoleFiles(kind, name, names, pattern.named, files, said))
    _leave_to_their_patterns(roles, assumptions)
    _name_the_rest(roles, assumptions)
    return roles


def _leave_to_their_patterns(roles: list[RoleFiles], assumptions: list[str]) -> None:
    """Take from the channels the files that a pattern of masks or tables finds for another key.

    `sample_{well}.tif` matches `sample_A01_labels.tif` too, as the image of a well `A01_labels`. A file that
    both find for one key (an HDF5 file with image and mask) is meant by both, and a channel keeps its files
    where none would be left.
    """
    others = {path for role in roles if role.kind != "channel" for path in role.files.values()}
    if all(others.isdisjoint(role.files.values()) for role in roles if role.kind == "channel"):
        return
    owners = {
        path: (key, role.said) for role in roles if role.kind != "channel" for key, path in role.files.items()
    }
    for role in [role for role in roles if role.kind == "channel"]:
        kept = {key: path for key, path in role.files.items() if owners.get(path, (key, ""))[0] == key}
        left = [path for key, path in role.files.items() if key not in kept]
        if kept and left:
            role.files = kept
            noun = "file" if len(left) == 1 else "files"
            assumptions.append(
                f"{role.said} matches {len(left)} {noun} of {owners[left[0]][1]} too ({Path(left[0]).name}): left to it"
            )


def _files(
    kind: str, pattern: Pattern, said: str, listings: Listings
) -> tuple[tuple[str, ...], dict[tuple[str, ...], str]]:
    """The parts of the keys and the file of each key; files that differ in `{t}` and `{z}` only are one."""
    matches = find(pattern, listings)
    if pattern.text.endswith("*"):  # "any extension" is meant: only those that can be read
        from tuiqc.pixels import SUFFIXES as IMAGE_SUFFIXES

        known = TABLE_SUFFIXES if kind == "table" else IMAGE_SUFFIXES
        matches = [match for match in matches if match.name.casefold().endswith(known)]
    if not matches:
        hint = " Put it in quotes, so that the shell leaves it to tuiqc" if "*" in pattern.text else ""
        raise UsageError(f"{said} matches no file: {nearby(pattern)}.{hint}")
    if kind != "table" and pattern.form == "placeholders" and any(axis in pattern.names for axis in "tz"):
        return in_sequences(pattern, matches)
    files: dict[tuple[str, ...], str] = {}
    for match in matches:
        if match.key in files:
            raise _two_files(said, pattern, match, Path(files[match.key]))
        files[match.key] = match.text
    return pattern.names, files


def _two_files(said: str, pattern: Pattern, match: Match, other: Path) -> UsageError:
    key = "/".join(match.key)
    names = " and ".join(sorted(path.name for path in (match.path, other)))
    if match.path.name == other.name:
        names = " and ".join(sorted(str(path) for path in (match.path, other)))
    what = f"for {key!r}" if key else "but nothing in it tells them apart"
    return UsageError(
        f"{said} matches two files {what}: {names}. Make it more exact, or put a placeholder such as {{site}} "
        "where they differ"
    )


def _name_the_rest(roles: list[RoleFiles], assumptions: list[str]) -> None:
    """Names for patterns without one: the part of the file name that is not varying, without what all
    have."""
    layers = [role.name for role in roles if role.kind == "mask" and role.name]
    for kind in ("channel", "mask", "table"):
        same_kind = [role for role in roles if role.kind == kind]
        for role in [role for role in same_kind if not role.name]:
            taken = {other.name for other in same_kind}
            name = _own_word(role) or {"channel": "image", "mask": "objects", "table": "objects"}[kind]
            if kind == "table":
                name = _layer_for(name, layers, taken)
            name = unique_name(name, taken, partial("{} {}".format, name))
            role.name = name
            if kind == "mask":
                layers.append(name)
            assumptions.append(
                f"{role.said} is called {name!r}; to name it: {_OPTIONS[kind]} NAME={role.said.split(' ', 1)[1]}"
            )
    for role in [role for role in roles if role.kind == "table" and role.name not in layers]:
        layer = next((layer for layer in layers if same_thing(layer, role.name)), None)
        if layer is not None and not any(other.kind == "table" and other.name == layer for other in roles):
            role.name = layer


def _layer_for(name: str, layers: Sequence[str], taken: set[str]) -> str:
    fitting = best_layer(name, layers)
    free = [layer for layer in layers if layer not in taken]
    if fitting is not None and fitting in free:
        return fitting
    return free[0] if len(free) == 1 else name


def _own_word(role: RoleFiles) -> str:
    """`C0` for Well_1_C0.tif, `nuclei` for Well_1_nuclei_labels.tiff: the last words that are the same in all
    files."""
    paths = list(islice(role.files.values(), 50))
    lists = [
        re.split(r"[_\- .]+", re.sub(r"(\.ome)?\.[^.]*(\.gz)?$", "", os.path.basename(path)))  # noqa: PTH119
        for path in paths
    ]
    words = lists[0]
    for suffix in MASK_SUFFIXES if role.kind == "mask" else TABLE_WORDS if role.kind == "table" else ():
        if tuple(word.casefold() for word in words[-len(suffix) :]) == suffix and len(words) > len(suffix):
            lists = [item[: -len(suffix)] for item in lists]
            words = lists[0]
            break
    if len(paths) == 1:
        return words[-1]
    ends = zip(*(reversed(item) for item in lists), strict=False)
    common = [group[0] for group in ends if len(set(group)) == 1]
    return common[0] if common and words[-1] == common[0] else next(iter(common), "")


def common_folder(paths: Iterable[str | Path]) -> Path:
    """Return the deepest folder that holds all files.

    What the first and the last in the order of characters have in common, all between them have.
    """
    absolute: list[str] = []
    others: list[str] = []
    for path in paths:
        text = os.fspath(path)
        (absolute if text[:1] == os.sep else others).append(text)
    ends = [end(some) for some in (absolute, others) if some for end in (min, max)]
    return Path(os.path.commonpath([os.fspath(Path(text).parent.absolute()) for text in ends]))
