"""Several people's annotation files: who says what, and where they disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from tuiqc.budget import regular_file
from tuiqc.errors import UsageError
from tuiqc.qc.agreement import Agreement, agreement, confusion, krippendorff_alpha, verbal
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.combine import write_rows
from tuiqc.qc.csvfile import Row
from tuiqc.qc.csvreader import read_csv
from tuiqc.qc.record import Annotation, Subject


@dataclass(frozen=True, slots=True)
class Rater:
    """What one person said; `name` is unique among the raters that were read together."""

    name: str
    annotations: Mapping[Subject, Annotation]

    @property
    def verdicts(self) -> dict[Subject, str]:
        """Subject -> verdict, of what has one."""
        return {subject: row.verdict for subject, row in self.annotations.items() if row.verdict}


def read_raters(paths: Sequence[Path]) -> list[Rater]:
    """Read annotation files (and what their journals have on top).

    Of one file every annotator in it is a rater; of several files each file is one (the latest row of each
    thing counts), named after its annotator where there is one, else after the file.

    Raises
    ------
    InputError
        If a file is not there or no annotation file.
    """
    found: list[tuple[str, Mapping[Subject, Annotation]]] = []
    for path in paths:
        regular_file(path, "an annotation CSV of tuiqc")
        store = AnnotationStore.open(path, read_only=True)
        everybody = store.by_annotator()
        if len(paths) == 1:
            found += [(name or "(unsigned)", rows) for name, rows in everybody.items()]
        else:
            alone = next(iter(everybody)) if len(everybody) == 1 else ""
            found.append((alone or path.stem, dict(store.items())))
    names = Counter(name for name, _ in found)
    taken: Counter[str] = Counter()
    raters = []
    for name, rows in found:
        taken[name] += 1
        raters.append(Rater(f"{name} ({taken[name]})" if names[name] > 1 else name, rows))
    return raters


@dataclass(frozen=True, slots=True)
class Comparison:
    """Agreement of all pairs of raters, and of all together; of one kind of thing or of all."""

    what: str
    pairs: tuple[tuple[str, str, Agreement], ...]
    alpha: float | None
    items: int

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON; what is not defined is null."""
        return {
            "what": self.what,
            "items": self.items,
            "krippendorff_alpha": self.alpha,
            "pairs": [
                {
                    "first": first,
                    "second": second,
                    "items": found.items,
                    "raw": found.raw,
                    "expected": found.expected,
                    "kappa": found.kappa,
                    "kappa_error": found.kappa_error,
                    "kappa_word": verbal(found.kappa),
                    "pabak": found.pabak,
                    "specific": dict(found.specific),
                    "categories": list(found.categories),
                    "table": [list(row) for row in found.table],
                }
                for first, second, found in self.pairs
            ],
        }


def compare(raters: Sequence[Rater]) -> list[Comparison]:
    """Compare the raters on everything, then on each level and object layer where there are several.

    Raises
    ------
    UsageError
        If there are fewer than two raters.
    """
    if len(raters) < 2:
        raise UsageError("nothing to compare: give two annotation files, or one with several annotators")
    kinds = sorted({(s.level, s.layer) for rater in raters for s in rater.verdicts})
    parts: list[tuple[str, tuple[str, str] | None]] = [("all", None)]
    if len(kinds) > 1:
        parts += [(layer or level, (level, layer)) for level, layer in kinds]
    return [_comparison(name, [_only(rater, kind) for rater in raters]) for name, kind in parts]


def _only(rater: Rater, kind: tuple[str, str] | None) -> tuple[str, dict[Subject, str]]:
    said = rater.verdicts
    return rater.name, {s: v for s, v in said.items() if kind in (None, (s.level, s.layer))}


def _comparison(what: str, raters: Sequence[tuple[str, dict[Subject, str]]]) -> Comparison:
    pairs = tuple(
        (one, other, agreement(confusion(first, second)))
        for (one, first), (other, second) in combinations(raters, 2)
    )
    times = Counter(subject for _, said in raters for subject in said)
    twice = sum(1 for count in times.values() if count > 1)
    return Comparison(what, pairs, krippendorff_alpha([said for _, said in raters]), twice)


def disagreements(raters: Sequence[Rater]) -> list[Subject]:
    """Return what at least two judged and not all alike, in the order of the first file."""
    order = dict.fromkeys(subject for rater in raters for subject in rater.verdicts)
    verdicts = [rater.verdicts for rater in raters]
    return [s for s in order if len({said[s] for said in verdicts if s in said}) > 1]


def write_queue(path: Path, raters: Sequence[Rater]) -> int:
    """Write the disagreements as an annotation CSV without verdicts: what is to be decided, and who said what.

    The columns "verdict NAME", "reason NAME" and "note NAME" say what each rater said. Opened with
    --adjudicate it is the adjudication queue (`read_queue`, `read_said`). Returns how many there are.

    Raises
    ------
    InputError
        If it can't be written.
    """
    rows: list[Row] = []
    columns = [f"{what} {rater.name}" for what in ("verdict", "reason", "note") for rater in raters]
    extra: dict[str, None] = {}
    for subject in disagreements(raters):
        said = {rater.name: rater.annotations.get(subject) for rater in raters}
        known = next(row for row in said.values() if row is not None)
        cells = {
            f"{what} {name}": getattr(row, what)
            for what in ("verdict", "reason", "note")
            for name, row in said.items()
            if row is not None and getattr(row, what)
        }
        extra.update(dict.fromkeys(known.extra))
        base = replace(known, verdict="", reason="", note="", annotator="", time="", categories={})
        rows.append((base, _as_cells(cells)))
    write_rows(path, list(extra), columns, rows)
    return len(rows)


def _as_cells(texts: Mapping[str, str]) -> dict[str, str]:
    from tuiqc.qc.csvfile import to_cell

    return {name: to_cell(text) for name, text in texts.items()}


def read_queue(path: Path) -> list[Subject]:
    """Return the things of a file written by `write_queue`, in its order, also those decided since."""
    rows = (annotation for annotation, _ in read_csv(path, ()).rows)
    return list(dict.fromkeys(row.subject for row in rows if row is not None))


def read_said(path: Path) -> dict[Subject, dict[str, str]]:
    """Return what each rater said of the things of such a file: thing -> rater -> "fail · merged · its note"."""
    from tuiqc.qc.csvfile import from_cell

    found: dict[Subject, dict[str, str]] = {}
    for row, cells in read_csv(path, ()).rows:
        if row is None:
            continue
        said = found.setdefault(row.subject, {})
        for what in ("verdict", "reason", "note"):
            for column, cell in cells.items():
                name = column.removeprefix(f"{what} ")
                if name != column and cell:
                    said[name] = " · ".join(filter(None, [said.get(name, ""), from_cell(cell)]))
    return found


def comparison_lines(comparisons: Sequence[Comparison]) -> list[str]:
    """Return the comparisons for a person to read; names still have to be made printable."""
    lines = []
    for one in comparisons:
        lines.append(
            f"{one.what}: {one.items} judged by two or more; Krippendorff's alpha {_number(one.alpha)}"
        )
        for first, second, found in one.pairs:
            lines.append(f"  {first} and {second}: {found.items} judged by both")
            if not found.items:
                continue
            error = "" if found.kappa_error is None else f" ± {found.kappa_error:.3f} (SE)"
            lines.append(
                f"    agree on {_share(found.raw)} (by chance {_share(found.expected)}); Cohen's kappa "
                f"{_number(found.kappa)}{error}, {verbal(found.kappa)}; PABAK {_number(found.pabak)}"
            )
            specific = ", ".join(f"{name} {_share(value)}" for name, value in found.specific.items())
            lines.append(f"    specific agreement: {specific}")
            lines += _table_lines(first, second, found)
    return lines


def _table_lines(first: str, second: str, found: Agreement) -> list[str]:
    width = max(len(name) for name in found.categories) + 2
    head = "".join(f"{name:>{width}}" for name in found.categories)
    rows = [
        f"      {name:<{width}}" + "".join(f"{count:>{width}}" for count in row)
        for name, row in zip(found.categories, found.table, strict=True)
    ]
    return [f"    rows: {first}, columns: {second}", f"      {'':<{width}}{head}", *rows]


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.1%}"
