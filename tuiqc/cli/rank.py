"""`tuiqc rank`: the objects of a layer, those first that are likely to be wrong."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tuiqc.cli.options import (
    add_annotations_option,
    add_source_options,
    asked_path,
    read_items,
    seed,
    source_options,
)
from tuiqc.cli.streams import ending
from tuiqc.errors import UsageError
from tuiqc.text import escaped, printable

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.dataset.model import Batch
    from tuiqc.exporters.guard import Output
    from tuiqc.triage.object_ranking import Ranking
    from tuiqc.triage.rule_sets import RuleSet
    from tuiqc.triage.saved_model import SavedModel
    from tuiqc.triage.verdicts import Verdicts


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `rank`."""
    parser = subparsers.add_parser(
        "rank", help="order objects so that the likely errors come first, and say why"
    )
    add_source_options(parser, "rank")
    group = parser.add_argument_group("what to rank")
    group.add_argument(
        "--layer", metavar="LAYER", default="", help="object layer (default: the first with masks)"
    )
    group.add_argument(
        "--other",
        metavar="LAYER",
        default=None,
        help="another object layer that is evidence too (default: the first other one; '' for none)",
    )
    add_annotations_option(group)
    group.add_argument(
        "--learn-from",
        metavar="FILE",
        action="append",
        default=[],
        help="further verdicts on this batch (an annotation CSV, or one with image,label,verdict), or a .json model of "
        "an earlier one (repeatable)",
    )
    group.add_argument(
        "--save-model",
        metavar="FILE",
        help="keep what was learned from verdicts for later batches, as JSON (numbers and names, no code)",
    )
    group.add_argument(
        "--rules",
        metavar="NAME|FILE",
        action="append",
        default=[],
        help="columns of what rules flag: cosmicqc, mask_sanity, segmenter, or a TOML file of your own (repeatable)",
    )
    group.add_argument("--evidence", action="store_true", help="also columns of all evidence")
    group.add_argument(
        "--seed", metavar="N", type=seed, default=0, help="of the errors that are planted to learn from"
    )
    group.add_argument(
        "--level",
        choices=("object", "image"),
        default="object",
        help="image: rows of images, those first that are likely to be of no use (default: object)",
    )
    group.add_argument(
        "--candidates",
        action="store_true",
        help="also places where an object may have been missed: rows without a label at the end",
    )
    group.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="a .csv, .tsv or .parquet file (default: TSV to standard output)",
    )
    group.add_argument("--json", action="store_true", help="a summary as JSON to standard output")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Rank and write."""
    from tuiqc.cli.options import join
    from tuiqc.exporters.guard import check_suffix
    from tuiqc.exporters.table import SUFFIXES, export_view
    from tuiqc.tables.table_view import TableView
    from tuiqc.triage.rule_sets import rule_set
    from tuiqc.triage.saved_model import is_model, model_of, model_text, read_model, shared_words

    if arguments.output:
        check_suffix(Path(arguments.output), SUFFIXES)
    rule_sets = [rule_set(name) for name in arguments.rules]
    models = [read_model(one) for one in map(Path, arguments.learn_from) if is_model(one)]
    batch = join(source_options(arguments))
    outputs = _outputs(arguments, batch)
    ranking = _rank(arguments, batch, models)
    for words in shared_words(models, ranking.population.names):
        print(printable(words), file=sys.stderr)
    missing = [f"{path}: {text}" for path, text in ranking.problems.items()]
    if not len(ranking.population):
        why = f": {missing[0]}" if missing else ""
        others = [one for one in _with_masks(batch) if one != ranking.layer]
        more = f"; another layer: --layer {others[0]}" if others else ""
        raise UsageError(f"there is no object in the masks of {ranking.layer} that could be read{why}{more}")
    if outputs.model is not None:
        _write_text(outputs.model, model_text(model_of(ranking.ranker, models)))
    flags = _flags(ranking, rule_sets)
    rows = image_rows(ranking) if arguments.level == "image" else None
    summary = summary_of(ranking)
    if rule_sets:
        summary["rules"] = flags.shares
    if rows is None:
        rows = object_rows(ranking, _more_columns(ranking, flags, arguments), arguments.candidates)
    else:
        summary["images"] = _plain_rows(rows)
    if arguments.json:
        print(json.dumps(summary, indent=2))
    if outputs.table is not None or not arguments.json:
        export_view(TableView(rows), outputs.table or sys.stdout.buffer)
    print(printable(ranking.summary_line()), file=sys.stderr)
    return ending(missing, arguments)


class _Outputs(NamedTuple):
    table: Output | None
    model: Output | None


def _outputs(arguments: argparse.Namespace, batch: Batch) -> _Outputs:
    """Where to write, checked before anything is measured."""
    from tuiqc.exporters.guard import Inputs, Output
    from tuiqc.exporters.table import SUFFIXES
    from tuiqc.triage.saved_model import SUFFIX, holds_model, is_model

    given = list(map(Path, arguments.learn_from))
    verdicts = [asked_path(arguments), *(one for one in given if not is_model(one))]
    others = [*map(str, filter(is_model, given)), *arguments.rules]
    inputs = Inputs.of_batch(batch, verdicts, others)
    table, model = (
        Output(Path(name), inputs, suffixes, ours=ours).checked() if name else None
        for name, suffixes, ours in (
            (arguments.output, SUFFIXES, None),
            (arguments.save_model, (SUFFIX,), holds_model),
        )
    )
    return _Outputs(table, model)


def _rank(arguments: argparse.Namespace, batch: Batch, models: Sequence[SavedModel]) -> Ranking:
    from tuiqc.cli.streams import Progress
    from tuiqc.pixels import read_plane
    from tuiqc.review.headless import whole_objects
    from tuiqc.review.object_tracks import has_time, moments_of_objects
    from tuiqc.triage.batch_ranking import rank_batch
    from tuiqc.triage.evidence_cache import evidence_cache
    from tuiqc.triage.segmenter_scores import segmenter_scores

    layer = chosen_layer(batch, arguments.layer)
    other = arguments.other if arguments.other is not None else _first_other(batch, layer)
    if other:
        chosen_layer(batch, other)
    verdicts = read_judged(arguments, batch, layer)
    moments = {}
    if has_time(batch, layer):
        moments = moments_of_objects(batch, whole_objects(batch, layer, []))
    with Progress("measuring objects") as progress:
        ranking = rank_batch(
            batch,
            layer,
            read_plane,
            other=other,
            seed=arguments.seed,
            verdicts=verdicts,
            report=progress,
            cache=evidence_cache(batch),
            segmenter=segmenter_scores(batch, layer),
            moments=moments,
            models=models,
        )
    lost = len(verdicts) - ranking.learned
    if lost:
        words = f"{lost:,} of {len(verdicts):,} verdicts are of objects that are not in the masks of {layer}"
        print(printable(words), file=sys.stderr)
    return ranking


def chosen_layer(batch: Batch, name: str) -> str:
    """The object layer that is meant.

    Raises
    ------
    UsageError
        There is none of that name, or none with masks.
    """
    with_masks = _with_masks(batch)
    if not with_masks:
        raise UsageError(
            "there is no label mask: objects are ranked by their outlines (name masks with --labels)"
        )
    if name and name not in with_masks:
        raise UsageError(f"no object layer {name!r} with masks; there are: {', '.join(with_masks)}")
    return name or with_masks[0]


def _with_masks(batch: Batch) -> list[str]:
    return batch.layers_with_masks


def _first_other(batch: Batch, layer: str) -> str:
    return next((one for one in _with_masks(batch) if one != layer), "")


def read_judged(arguments: argparse.Namespace, batch: Batch, layer: str) -> Verdicts:
    """Verdicts on objects of the layer, of the annotations and of what was given with `--learn-from`."""
    from tuiqc.triage.lessons import read_lessons
    from tuiqc.triage.saved_model import is_model
    from tuiqc.triage.verdicts import is_plain_table, plain_verdicts, verdicts_of

    given = [file for file in map(Path, arguments.learn_from) if not is_model(file)]
    out = dict(read_lessons(given, layer).verdicts)
    asked = asked_path(arguments)
    if asked is not None and asked.expanduser().is_file() and is_plain_table(asked):
        return out | dict(plain_verdicts(asked))
    return out | dict(verdicts_of(read_items(arguments, batch)[0], layer))


def summary_of(ranking: Ranking) -> dict[str, Any]:
    """How many objects look wrong, and of what kinds."""
    return {
        "layer": ranking.layer,
        "objects": len(ranking),
        "look_wrong": int(ranking.looks_wrong.sum()),
        "suspects": ranking.suspect_counts,
        "candidates": len(ranking.found),
        "specks": int(ranking.population.specks.sum()),
        "verdicts_learned": ranking.learned,
        "typical_radius": round(ranking.typical, 2),
        "channel": ranking.planes.channels[0] if ranking.planes.channels else None,
        "problems": {str(path): text for path, text in ranking.problems.items()},
    }


def image_rows(ranking: Ranking) -> pd.DataFrame:
    """One row per image, the most suspicious first: `image, rank, score, suspicion, why`, then what was measured."""
    import pandas as pd

    from tuiqc.cli.streams import Progress
    from tuiqc.triage.evidence_cache import evidence_cache
    from tuiqc.triage.image_suspicion import image_suspicions

    with Progress("looking at images") as progress:
        found = image_suspicions(ranking, cache=evidence_cache(ranking.batch), report=progress)
    ordered = sorted(found, key=lambda one: (-one.score, one.image))
    rows = [
        {
            "image": escaped(ranking.batch.key(one.image)),
            "rank": rank,
            "score": round(one.score, 4),
            "suspicion": round(one.suspicion, 1),
            "looks_wrong": one.looks_wrong,
            "why": one.why,
        }
        | {name: round(value, 6) for name, value in one.measures.items()}
        for rank, one in enumerate(ordered, 1)
    ]
    return pd.DataFrame(rows)


def _plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame for JSON: None for what is missing."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


class _Flags(NamedTuple):
    """What rules flag: columns by name, in the order of the ranking; and of each rule what it is and its share."""

    columns: dict[str, Any]
    shares: dict[str, dict[str, Any]]


def _flags(ranking: Ranking, rule_sets: Sequence[RuleSet]) -> _Flags:
    from tuiqc.triage.evidence_columns import rule_frame
    from tuiqc.triage.rule_sets import flagged, missing_columns

    if not rule_sets:
        return _Flags({}, {})
    frame = rule_frame(ranking)
    columns: dict[str, Any] = {}
    shares: dict[str, dict[str, Any]] = {}
    for rules in rule_sets:
        found = flagged(rules, frame)
        for name, rule in zip(rules.columns(), rules.rules, strict=True):
            columns[name] = found[name].to_numpy()
            missing = missing_columns(rule, frame.columns)
            count = int(columns[name].sum())
            shares[name] = {"about": rule.about, "where": rule.where, "flagged": count}
            shares[name]["share"] = round(count / max(1, len(frame)), 4)
            words = f"{count:,} of {len(frame):,} ({count / max(1, len(frame)):.1%})"
            if missing:
                shares[name]["missing"] = missing
                words = f"nothing: there is no {', '.join(missing)}"
            print(printable(f"{name} flags {words}"), file=sys.stderr)
    return _Flags(columns, shares)


def _more_columns(ranking: Ranking, flags: _Flags, arguments: argparse.Namespace) -> dict[str, Any]:
    from tuiqc.triage.evidence_columns import evidence_columns

    return flags.columns | (evidence_columns(ranking) if arguments.evidence else {})


def _write_text(output: Output, text: str) -> None:
    with output.writing() as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(f"model written to {printable(str(output.path))}", file=sys.stderr)


def object_rows(ranking: Ranking, columns: Mapping[str, Any], candidates: bool) -> pd.DataFrame:
    """One row per object, the worst first, with further columns (n,) in the order of the ranking.

    Then, if wanted, the places where an object may have been missed.
    """
    import pandas as pd

    order = ranking.order
    frame = ranking.frame().assign(**{name: values[order] for name, values in columns.items()})
    if not candidates:
        return frame
    rows = [
        {
            "image": escaped(ranking.batch.key(key.image)),
            "suspect": "missed",
            "why": f"missed {number}",
            "score": round(one.score, 4),
            "y": round(one.y, 1),
            "x": round(one.x, 1),
        }
        | ({"t": key.t} if ranking.several_times else {})
        for number, key, one in ranking.found
    ]
    frame = pd.concat([frame, pd.DataFrame(rows, columns=list(frame.columns))], ignore_index=True)
    frame["label"] = frame["label"].astype("Int64")
    frame["rank"] = frame["rank"].astype("Int64")
    return frame
