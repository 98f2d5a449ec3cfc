"""`tuiqc rank`: the objects of a layer, those first that are likely to be wrong."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tuiqc.cli.exit_status import ending
from tuiqc.cli.options import (
    add_annotations_option,
    add_source_options,
    asked_path,
    read_items,
    source_options,
)
from tuiqc.errors import UsageError
from tuiqc.text import printable

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch
    from tuiqc.exporters.guard import Output
    from tuiqc.triage.batch_ranking import BatchRanking
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
        help="further verdicts on this batch: an annotation CSV, or one with image,label,verdict (repeatable)",
    )
    group.add_argument(
        "--seed", metavar="N", type=int, default=0, help="of the errors that are planted to learn from"
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
    from tuiqc.cli.progress import Progress
    from tuiqc.exporters.guard import Inputs, Output, check_suffix
    from tuiqc.exporters.table import SUFFIXES
    from tuiqc.pixels import read_plane
    from tuiqc.triage.batch_ranking import rank_batch

    output = Path(arguments.output) if arguments.output else None
    if output is not None:
        check_suffix(output, SUFFIXES)
    batch = join(source_options(arguments))
    verdict_files = [asked_path(arguments), *map(Path, arguments.learn_from)]
    target = (
        None if output is None else Output(output, Inputs.of_batch(batch, verdict_files), SUFFIXES).checked()
    )
    layer = chosen_layer(batch, arguments.layer)
    other = arguments.other if arguments.other is not None else _first_other(batch, layer)
    if other:
        chosen_layer(batch, other)
    verdicts = read_judged(arguments, batch, layer)
    with Progress("measuring objects") as progress:
        ranking = rank_batch(batch, layer, read_plane, other=other, seed=arguments.seed, report=progress)
    missing = [f"{path}: {text}" for path, text in ranking.problems.items()]
    if not len(ranking.population):
        why = f": {missing[0]}" if missing else ""
        raise UsageError(f"there is no object in the masks of {layer} that could be read{why}")
    if verdicts:
        ranking.learn(verdicts)
    summary = summary_of(ranking, layer, ranking.learned)
    if arguments.json:
        print(json.dumps(summary, indent=2))
    if target is not None or not arguments.json:
        _write(ranking, target or sys.stdout.buffer, arguments.candidates)
    print(printable(summary_line(summary)), file=sys.stderr)
    return ending(missing, arguments)


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
    return [layer for layer in batch.layers if any(image.masks.get(layer) for image in batch.images)]


def _first_other(batch: Batch, layer: str) -> str:
    return next((one for one in _with_masks(batch) if one != layer), "")


def read_judged(arguments: argparse.Namespace, batch: Batch, layer: str) -> Verdicts:
    """Verdicts on objects of the layer, of the annotations and of what was given with `--learn-from`."""
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.triage.verdicts import is_plain_table, plain_verdicts, verdicts_of

    out: dict[tuple[str, int, int], Any] = {}
    for file in map(Path, arguments.learn_from):
        if is_plain_table(file):
            out |= plain_verdicts(file)
        else:
            out |= verdicts_of(AnnotationStore.open(file, read_only=True).items(), layer)
    asked = asked_path(arguments)
    if asked is not None and asked.expanduser().is_file() and is_plain_table(asked):
        return out | dict(plain_verdicts(asked))
    return out | dict(verdicts_of(read_items(arguments, batch)[0], layer))


def summary_of(ranking: BatchRanking, layer: str, verdicts: int) -> dict[str, Any]:
    """How many objects look wrong, and of what kinds."""
    from tuiqc.triage.kinds import SUSPECTS

    ranker = ranking.ranker
    wrong = ranker.looks_wrong
    return {
        "layer": layer,
        "objects": len(ranking.population),
        "look_wrong": int(wrong.sum()),
        "suspects": {kind: int((wrong & (ranker.suspects == kind)).sum()) for kind in SUSPECTS},
        "specks": int(ranking.population.specks.sum()),
        "verdicts_learned": verdicts,
        "typical_radius": round(ranking.typical, 2),
        "channel": ranking.planes.channels[0] if ranking.planes.channels else None,
        "problems": {str(path): text for path, text in ranking.problems.items()},
    }


def summary_line(summary: dict[str, Any]) -> str:
    """`312 of 9,881 nuclei look wrong: 140 split, 90 merged …`."""
    kinds = sorted(summary["suspects"].items(), key=lambda one: -one[1])
    words = ", ".join(f"{count:,} {kind}" for kind, count in kinds if count)
    head = f"{summary['look_wrong']:,} of {summary['objects']:,} {summary['layer']} look wrong"
    return f"{head}: {words}" if words else head


def _write(ranking: BatchRanking, target: Output | IO[bytes], candidates: bool) -> None:
    import pandas as pd

    from tuiqc.exporters.table import export_view
    from tuiqc.tables.view import TableView

    frame = ranking.frame()
    if candidates:
        rows = [
            {
                "image": ranking.batch.images[key.image].key,
                "suspect": "missed",
                "score": round(one.score, 4),
                "y": round(one.y, 1),
                "x": round(one.x, 1),
            }
            | ({"t": key.t} if ranking.several_times else {})
            for key, one in ranking.candidates()
        ]
        frame = pd.concat([frame, pd.DataFrame(rows, columns=list(frame.columns))], ignore_index=True)
        frame["label"] = frame["label"].astype("Int64")
        frame["rank"] = frame["rank"].astype("Int64")
    export_view(TableView(frame), target)
