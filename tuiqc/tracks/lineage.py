"""A lineage as lines of text: time runs to the right, every division parts the line."""

from __future__ import annotations

from typing import NamedTuple

from tuiqc.tracks.data import Tracks


class TreeLine(NamedTuple):
    """One line of the tree; `marks` are (start, stop, track): where in the text each track's name stands."""

    text: str
    marks: tuple[tuple[int, int, int], ...]


def lineage_tree(tracks: Tracks, track: int, times: bool = True) -> list[TreeLine]:
    """Draw the tree that a track belongs to; one line per track without children.

    Parameters
    ----------
    times
        Whether the first and last time point stand behind the name of each track.
    """
    lines: list[TreeLine] = []
    seen: set[int] = set()
    # (track, text before it on its own line, text before it on further lines, what was written on this line so far)
    root = tracks.root(track)
    _draw(tracks, root, "", (), "", lines, seen, times)
    return lines


def _draw(
    tracks: Tracks,
    root: int,
    head: str,
    marks: tuple[tuple[int, int, int], ...],
    below: str,
    lines: list[TreeLine],
    seen: set[int],
    times: bool,
) -> None:
    """Without recursion: lineages of thousands of generations are broken tables, but must not end the program."""
    stack = [(root, head, marks, below)]
    while stack:
        track, head, marks, below = stack.pop()
        seen.add(track)
        name = _name(tracks, track, times)
        text = f"{head}{name}"
        marks = (*marks, (len(head), len(text), track))
        children = [child for child in tracks.children.get(track, ()) if child not in seen]
        if not children:
            lines.append(TreeLine(text, marks))
            continue
        blank = below + " " * (len(text) - len(below))
        if len(children) == 1:
            stack.append((children[0], f"{text} ─── ", marks, f"{blank}     "))
            continue
        last = len(children) - 1
        rest = [
            (
                child,
                f"{blank} {' └' if at == last else ' ├'}─ ",
                (),
                f"{blank} {'  ' if at == last else ' │'}  ",
            )
            for at, child in enumerate(children[1:], 1)
        ]
        stack += reversed(rest)
        stack.append((children[0], f"{text} ─┬─ ", marks, f"{blank}  │  "))


def _name(tracks: Tracks, track: int, times: bool) -> str:
    first, last = tracks.span(track)
    return f"{track} t{first}–{last}" if times else str(track)
