"""`tuiqc check`: is the batch good enough for the next step? Gates, and an exit status that a pipeline can read."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tuiqc.cli.options import add_annotations_option, add_source_options, read_items, source_options
from tuiqc.cli.streams import GATE, ending, tell
from tuiqc.errors import UsageError
from tuiqc.text import escaped, plural, printable, some

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.model import Batch
    from tuiqc.exporters.guard import Output
    from tuiqc.review.batch_figures import BatchFigures
    from tuiqc.tables.gates import Gate
    from tuiqc.triage.rule_sets import RuleSet


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check`."""
    parser = subparsers.add_parser(
        "check",
        help="gates for a pipeline: exit status 1 where the batch is not good enough",
    )
    add_source_options(parser, "check")
    group = parser.add_argument_group(
        "gates (conditions that must not hold; without any the figures are printed)"
    )
    for option, what in (
        (
            "--fail-if",
            "condition on figures of the batch under which it does not pass, "
            "such as 'suspicious_share > 0.2' or 'median(AreaShape_Area) < 500'",
        ),
        ("--warn-if", "condition that is told, and lets the batch pass"),
        (
            "--image-fail-if",
            "condition on columns of images ('count < 5', 'focus_DNA < -3') that no image may fulfil",
        ),
    ):
        group.add_argument(option, metavar="EXPR", action="append", default=[], help=f"{what} (repeatable)")
    group.add_argument(
        "--gates",
        metavar="NAME|FILE",
        action="append",
        default=[],
        help="gates with names: batch_sanity, segmentation_quality, or a TOML file of your own (repeatable)",
    )
    group.add_argument(
        "--rules",
        metavar="NAME|FILE",
        action="append",
        default=[],
        help="rule sets as in `rank`: the share that each rule flags is a figure, cosmicqc.large_nuclei (repeatable)",
    )
    group.add_argument("--no-fail", action="store_true", help="exit status 0 although a gate failed")
    group.add_argument("--layer", metavar="LAYER", default="", help="object layer (default: the first)")
    add_annotations_option(group)
    group.add_argument(
        "--json", metavar="FILE", help="all answers and figures as JSON; - for standard output"
    )
    group.add_argument(
        "--multiqc", metavar="DIR", help="files for MultiQC: tables, bars by plate, the 20 worst objects"
    )
    group.add_argument(
        "--keep-list",
        metavar="FILE",
        help="images that no --image-fail-if (or image_fail_if) speaks against and nobody failed, one key a line",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask all gates."""
    from tuiqc.cli.options import join
    from tuiqc.cli.streams import Progress
    from tuiqc.review.batch_figures import BatchFigures
    from tuiqc.review.headless import layer_of
    from tuiqc.triage.rule_sets import rule_set

    gates = _gates(arguments)
    rule_sets = [rule_set(name) for name in arguments.rules]
    batch = join(source_options(arguments))
    items, csv = read_items(arguments, batch)
    outputs = _outputs(arguments, batch, csv)
    with Progress("measuring objects") as progress:
        figures = BatchFigures(batch, layer_of(batch, arguments.layer), items, progress)
        found = figures.of_batch(_names(gates) if gates else None) | _shares(figures, rule_sets)
        answers = [_asked(gate, figures, found) for gate in gates]
    failed = [one for one in answers if one.holds and one.gate.severity == "fail"]
    summary = _summary(figures, found, answers, not failed)
    if outputs.json is not None:
        with outputs.json.writing() as temporary:
            temporary.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    if outputs.keep is not None:
        _write_kept(outputs.keep, figures, answers)
    if arguments.multiqc:
        write_for_multiqc(arguments.multiqc, figures, summary["gates"], csv)
    if arguments.json == "-":
        print(json.dumps(summary, indent=2))
    else:
        _print(found, answers)
    lost = figures.objects.lost if figures.objects is not None else []
    tell(
        line for line in (figures.objects.problems if figures.objects is not None else ()) if line not in lost
    )
    status = ending(lost, arguments)
    return GATE if failed and not arguments.no_fail else status


class _Answered(NamedTuple):
    gate: Gate
    holds: bool
    values: dict[str, float]
    images: list[str]


def _gates(arguments: argparse.Namespace) -> list[Gate]:
    from tuiqc.tables.filters.grammar import parse
    from tuiqc.tables.gates import Gate
    from tuiqc.triage.gate_sets import gate_set

    out = [gate for name in arguments.gates for gate in gate_set(name)]
    out += [Gate(where) for where in arguments.fail_if]
    out += [Gate(where, "warn") for where in arguments.warn_if]
    out += [Gate(where, "fail", "image") for where in arguments.image_fail_if]
    for gate in out:
        parse(gate.where)  # before anything is measured
    return out


class _Outputs(NamedTuple):
    json: Output | None
    keep: Output | None


def _outputs(arguments: argparse.Namespace, batch: Batch, csv: Path | None) -> _Outputs:
    """Where to write, checked before anything is measured."""
    from tuiqc.exporters.guard import Inputs, Output
    from tuiqc.exporters.keep_list import SUFFIXES
    from tuiqc.exporters.multiqc import check_folder

    inputs = Inputs.of_batch(batch, [csv], [*arguments.rules, *arguments.gates])
    named = arguments.json if arguments.json != "-" else None
    if arguments.multiqc:
        check_folder(Path(arguments.multiqc))
    return _Outputs(
        Output(Path(named), inputs, (".json",)).checked() if named else None,
        Output(Path(arguments.keep_list), inputs, SUFFIXES).checked() if arguments.keep_list else None,
    )


def _write_kept(output: Output, figures: BatchFigures, answers: Sequence[_Answered]) -> None:
    """The images that no gate of images speaks against, that nobody failed, and that can be read."""
    from tuiqc.exporters.keep_list import write_keep_list

    failed = {
        subject.image
        for subject, note in figures.items
        if subject.level == "image" and note.verdict == "fail"
    }
    for one in answers:
        if one.gate.severity == "fail":
            failed.update(one.images)
    problems = figures.ranking.problems.keys() if figures.ranking is not None else set()
    images = figures.batch.images
    kept = [
        image
        for image in images
        if not failed & {image.key, escaped(image.key)}
        and not problems & {*image.masks.values(), *image.channels.values()}
    ]
    write_keep_list(output, figures.batch, kept, dict(figures.items))
    left = plural(len(kept), "image")
    print(printable(f"{left} kept, {len(images) - len(kept):,} left out: {output.path}"), file=sys.stderr)


def write_for_multiqc(
    folder: str, figures: BatchFigures, gates: Sequence[Mapping[str, Any]], csv: Path | None
) -> None:
    """Write the files for MultiQC, and say so."""
    from tuiqc.cli.streams import Progress
    from tuiqc.exporters.multiqc import write_multiqc

    with Progress("looking at images"):
        written = write_multiqc(Path(folder), figures, gates, csv)
    tell(written.missing)
    print(printable(f"{plural(len(written.paths), 'file')} for MultiQC written to {folder}"), file=sys.stderr)


def _names(gates: Sequence[Gate]) -> set[str]:
    """Figures of the batch that gates speak of."""
    from tuiqc.tables.gates import batch_figures_used

    return {name for gate in gates if gate.level == "batch" for name in batch_figures_used(gate.where)}


def _shares(figures: BatchFigures, rule_sets: Sequence[RuleSet]) -> dict[str, float]:
    """The share of the objects that each rule flags."""
    from tuiqc.triage.evidence_columns import rule_frame
    from tuiqc.triage.rule_sets import flagged

    if not rule_sets:
        return {}
    if figures.ranking is None:
        raise UsageError("rules are about outlines, and there is no label mask (name masks with --labels)")
    frame = rule_frame(figures.ranking)
    out: dict[str, float] = {}
    for rules in rule_sets:
        out |= {
            str(name): float(column.mean()) if len(frame) else 0.0
            for name, column in flagged(rules, frame).items()
        }
    return out


def _asked(gate: Gate, figures: BatchFigures, found: Mapping[str, float]) -> _Answered:
    from tuiqc.tables.filters.evaluation import evaluate
    from tuiqc.tables.filters.grammar import parse
    from tuiqc.tables.filters.tree import columns_used
    from tuiqc.tables.gates import ask, batch_figures_used, speaks_of_objects
    from tuiqc.tables.table_view import TableView

    if gate.level == "image":
        table = _image_table(figures, columns_used(parse(gate.where)))
        _known(columns_used(parse(gate.where)), table.columns, "column of images", gate)
        mask = evaluate(parse(gate.where), TableView(table))
        return _Answered(gate, bool(mask.any()), {"images": float(mask.sum())}, table["image"][mask].tolist())
    _known(batch_figures_used(gate.where), found, "figure", gate, figures.names)
    view = None
    if speaks_of_objects(gate.where) and figures.objects is not None:
        wanted = columns_used(parse(gate.where))
        if not all(figures.objects.view.has(name) for name in wanted if name not in found):
            _ = figures.ranking  # evidence and suspicion are columns of objects, too
        view = figures.objects.view
    answer = ask(gate.where, found, view)
    return _Answered(gate, answer.holds, answer.values, [])


def _image_table(figures: BatchFigures, wanted: Sequence[str]) -> pd.DataFrame:
    table = figures.image_table
    if any(name.startswith("ImageQuality_") for name in wanted):
        quality = figures.quality_table()
        table = quality if table.empty else table.merge(quality, on="image", how="outer")
    return table


def _known(names: Sequence[str], there: Any, what: str, gate: Gate, all_of: Sequence[str] = ()) -> None:
    """Refuse a name that is not there; `all_of` are those that would be, were they asked for. Raises UsageError."""
    for name in names:
        if name not in there:
            known = list(dict.fromkeys([*all_of, *map(str, there)]))
            raise UsageError(f"no {what} {name!r} in {gate.where!r}; there are: {some(known, 60)}")


def _summary(
    figures: BatchFigures, found: Mapping[str, float], answers: Sequence[_Answered], passed: bool
) -> dict[str, Any]:
    """Everything, as plain data; None for what has no value."""
    return {
        "passed": passed,
        "status": "fail" if not passed else "warn" if any(one.holds for one in answers) else "pass",
        "layer": figures.layer or None,
        "gates": [
            {
                "name": one.gate.name or None,
                "where": one.gate.where,
                "severity": one.gate.severity,
                "level": one.gate.level,
                "about": one.gate.about or None,
                "holds": one.holds,
                "values": {name: _plain(value) for name, value in one.values.items()},
                "images": one.images,
            }
            for one in answers
        ],
        "figures": {name: _plain(value) for name, value in found.items()},
    }


def _plain(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else round(value, 6)


def _print(found: Mapping[str, float], answers: Sequence[_Answered]) -> None:
    from tuiqc.review.batch_figures import ABOUT

    if not answers:
        for name, value in found.items():
            about = ABOUT.get(name, "share of the objects that the rule flags")
            print(printable(f"{name:28} {_text(value):>10}  {about}"))
        return
    for one in answers:
        word = ("WARNING" if one.gate.severity == "warn" else "FAILED") if one.holds else "passed"
        values = ", ".join(f"{name} is {_text(value)}" for name, value in one.values.items())
        images = f": {some(one.images, 5)}" if one.images else ""
        name = f"{one.gate.name}: " if one.gate.name else ""
        print(printable(f"{word:8} {name}{one.gate.where} ({values}{images})"))
    failed = sum(one.holds and one.gate.severity == "fail" for one in answers)
    print(f"{failed} of {len(answers)} gates failed" if failed else "passed", file=sys.stderr)


def _text(value: float) -> str:
    plain = _plain(value)
    return "none" if plain is None else f"{plain:g}" if isinstance(plain, float) else str(plain)
