"""Files that are the time points or slices of one image: `{t}` and `{z}` in a pattern."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tuiqc.dataset.discover.pattern import Match, Pattern
from tuiqc.errors import UsageError

AXES = ("t", "z")


def in_sequences(
    pattern: Pattern, matches: Sequence[Match]
) -> tuple[tuple[str, ...], dict[tuple[str, ...], Path]]:
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
    files: dict[tuple[str, ...], Path] = {}
    for match in matches:
        hit = last.fullmatch(match.path.name) if last is not None else None
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
        if not all(match.path.name[start:stop].isdecimal() for start, stop, _ in spans):
            continue  # scan_final.tif beside scan_{t}.tif is no time point
        name = match.path.name
        for start, stop, axis in sorted(spans, reverse=True):
            name = f"{name[:start]}{{{axis}}}{name[stop:]}"
        key = tuple(match.key[at] for at in keep)
        path = match.path.parent / name
        if files.setdefault(key, path) != path:
            raise UsageError(
                f"{pattern.text}: {path} and {files[key]} would be the same image; put a placeholder where they differ"
            )
    if not files:
        raise UsageError(f"{pattern.text}: no file has a number where {{t}} or {{z}} is")
    return names, files
