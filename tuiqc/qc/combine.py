"""One annotation file out of several, by a stated policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from tuiqc.budget import regular_file
from tuiqc.errors import InputError, UsageError
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.csvfile import Row, write_csv
from tuiqc.qc.csvreader import read_csv
from tuiqc.qc.reasons import format_reasons, parse_reasons
from tuiqc.qc.record import Annotation, Subject

Policy = Literal["union", "majority", "strictest", "last"]

_STRICTNESS = {"fail": 3, "unsure": 2, "pass": 1, "": 0}


def merge_files(paths: Sequence[Path], policy: Policy, output: Path) -> dict[str, int]:
    """Make one annotation file out of several; returns how many rows, things and ties there are.

    Policies: "union" keeps every row of everybody, one per thing and annotator, the latest where there are
    several. The others give one row per thing: "majority" the verdict most annotators gave (a tie is
    "unsure"), "strictest" fail before unsure before pass, "last" the latest of all. In "majority" and "strictest"
    the annotators are joined with "+", the reasons are those given with the verdict that won, and the notes are
    joined, each with its author. Columns that are not ours come from the first file that has the thing.

    Raises
    ------
    InputError
        If a file can't be read or written.
    UsageError
        If the output is one of the files.
    """
    if any(path.resolve() == output.resolve() for path in paths):
        raise UsageError(f"{output} is one of the files to merge: name another output")
    for path in paths:
        regular_file(path, "an annotation CSV of tuiqc")
    rows_of: dict[Subject, list[Annotation]] = {}
    for name, said_by_one in _everybody(paths):
        for subject, annotation in said_by_one.items():
            rows_of.setdefault(subject, []).append(
                annotation if annotation.annotator else replace(annotation, annotator=name)
            )
    foreign, kept = _foreign(paths)
    rows: list[Row] = []
    ties = 0
    for subject, said in rows_of.items():
        cells = kept.get(subject, {})
        if policy == "union":
            latest = {row.annotator: row for row in sorted(said, key=lambda row: row.time)}
            rows += [(row, cells) for row in latest.values()]
            continue
        merged, tie = _merged(said, policy)
        ties += tie
        rows.append((merged, cells))
    placeholders = list(dict.fromkeys(name for row, _ in rows if row for name in row.extra))
    categories = list(dict.fromkeys(name for row, _ in rows if row for name in row.categories))
    write_rows(output, placeholders, foreign, rows, categories)
    raters = {row.annotator for said in rows_of.values() for row in said}
    return {"raters": len(raters), "things": len(rows_of), "rows": len(rows), "ties": ties}


def _everybody(paths: Sequence[Path]) -> Iterable[tuple[str, Mapping[Subject, Annotation]]]:
    """(name for unsigned rows, rows) of each annotator of each file."""
    for path in paths:
        store = AnnotationStore.open(path, read_only=True)
        for rows in store.by_annotator().values():
            yield path.stem, rows


def _foreign(paths: Sequence[Path]) -> tuple[list[str], dict[Subject, dict[str, str]]]:
    names: dict[str, None] = {}
    cells: dict[Subject, dict[str, str]] = {}
    for path in paths:
        contents = read_csv(path, ())
        names.update(dict.fromkeys(contents.foreign))
        for annotation, kept in contents.rows:
            if annotation is not None and kept:
                here = cells.setdefault(annotation.subject, {})
                for name, cell in kept.items():
                    here.setdefault(name, cell)
    return list(names), cells


def _merged(said: Sequence[Annotation], policy: Policy) -> tuple[Annotation, bool]:
    by_time = sorted(said, key=lambda row: row.time)
    last = by_time[-1]
    if policy == "last":
        return last, False
    # One vote each: the latest of every annotator.
    votes = list({row.annotator: row for row in by_time}.values())
    tie = False
    if policy == "strictest":
        verdict = max((row.verdict for row in votes), key=lambda word: _STRICTNESS[word])
    else:
        counts = Counter(row.verdict for row in votes if row.verdict).most_common()
        tie = len(counts) > 1 and counts[0][1] == counts[1][1]
        verdict = "unsure" if tie else counts[0][0] if counts else ""
    winners = [row for row in votes if row.verdict == verdict]
    notes = [f"{row.annotator}: {row.note}" if len(votes) > 1 else row.note for row in votes if row.note]
    categories: dict[str, str] = {}
    for row in votes:
        categories.update(row.categories)
    return (
        replace(
            winners[-1] if winners else last,
            verdict=verdict,
            reason=format_reasons(name for row in winners for name in parse_reasons(row.reason)),
            note="; ".join(notes),
            annotator="+".join(sorted(row.annotator for row in votes)),
            time=last.time,
            categories=categories,
        ),
        tie,
    )


def write_rows(
    path: Path,
    placeholders: Sequence[str],
    foreign: Sequence[str],
    rows: Sequence[Row],
    categories: Sequence[str] = (),
) -> None:
    """Write an annotation CSV. Raises InputError if it can't be written."""
    try:
        write_csv(path, placeholders, foreign, rows, categories)
    except OSError as error:
        raise InputError(f"can't be written ({error.strerror or error})", path=path) from error
