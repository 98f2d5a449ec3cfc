"""`tuiqc rank`: the objects of a layer, those first that are likely to be wrong."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    import pandas as pd

    from tuiqc.dataset.model import Batch
    from tuiqc.triage.batch_ranking import Ranking
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
    from tuiqc.cli.progress import Progress
    from tuiqc.exporters.guard import Inputs, Output, check_suffix
    from tuiqc.exporters.table import SUFFIXES, export_view
    from tuiqc.pixels import read_plane
    from tuiqc.tables.view import TableView
    from tuiqc.triage.batch_ranking import rank_batch
    from tuiqc.triage.evidence_cache import evidence_cache

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
        ranking = rank_batch(
            batch,
            layer,
            read_plane,
            other=other,
            seed=arguments.seed,
            verdicts=verdicts,
            report=progress,
            cache=evidence_cache(),
        )
    missing = [f"{path}: {text}" for path, text in ranking.problems.items()]
    if not len(ranking.population):
        why = f": {missing[0]}" if missing else ""
        raise UsageError(f"there is no object in the masks of {layer} that could be read{why}")
    images = image_rows(ranking) if arguments.level == "image" else None
    summary = summary_of(ranking) | ({} if images is None else {"images": _plain_rows(images)})
    if arguments.json:
        print(json.dumps(summary, indent=2))
    if target is not None or not arguments.json:
        frame = object_rows(ranking, arguments.candidates) if images is None else images
        export_view(TableView(frame), target or sys.stdout.buffer)
    print(printable(ranking.summary_line()), file=sys.stderr)
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


def summary_of(ranking: Ranking) -> dict[str, Any]:
    """How many objects look wrong, and of what kinds."""
    return {
        "layer": ranking.layer,
        "objects": len(ranking),
        "look_wrong": int(ranking.looks_wrong.sum()),
        "suspects": ranking.suspect_counts(),
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

    from tuiqc.cli.progress import Progress
    from tuiqc.triage.evidence_cache import evidence_cache
    from tuiqc.triage.image_suspicion import image_suspicions

    with Progress("looking at images") as progress:
        found = image_suspicions(ranking, cache=evidence_cache(), report=progress)
    ordered = sorted(found, key=lambda one: (-one.score, one.image))
    rows = [
        {
            "image": ranking.batch.images[one.image].key,
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


def object_rows(ranking: Ranking, candidates: bool) -> pd.DataFrame:
    """One row per object, the worst first; then, if wanted, the places where one may have been missed."""
    import pandas as pd

    frame = ranking.frame()
    if not candidates:
        return frame
    rows = [
        {
            "image": ranking.batch.images[key.image].key,
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
