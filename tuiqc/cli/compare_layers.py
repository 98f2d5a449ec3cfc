"""`tuiqc compare-layers`: two segmentations of the same images, object by object."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

from tuiqc.cli.options import add_source_options, source_options
from tuiqc.cli.streams import ending
from tuiqc.errors import UsageError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `compare-layers`."""
    parser = subparsers.add_parser("compare-layers", help="compare two segmentations of the same images")
    add_source_options(parser, "compare-layers")
    parser.add_argument("--layer", metavar="A", help="the layer that is compared; default: the first")
    parser.add_argument(
        "--against", metavar="B", help="the layer that it is compared with; default: the second"
    )
    parser.add_argument(
        "--iou", type=float, default=0.5, help="least overlap of objects that are the same (default 0.5)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "-o",
        "--output",
        metavar="TABLE.csv",
        help="write partner, iou and kind of each object of A; then: tuiqc open SOURCE --more-columns TABLE.csv",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison, and write the table."""
    from tuiqc.cli.options import join
    from tuiqc.cli.streams import Progress
    from tuiqc.exporters.guard import Inputs, Output
    from tuiqc.exporters.layer_comparison import compare_layers, comparison_lines
    from tuiqc.exporters.table import FORMS, SUFFIXES, write_frame
    from tuiqc.text import escaped, printable

    if not 0 < arguments.iou <= 1:
        raise UsageError(f"--iou {arguments.iou:g} is not above 0 and at most 1")
    batch = join(source_options(arguments))
    first = arguments.layer or next(iter(batch.layers), "")
    second = arguments.against or next((layer for layer in batch.layers if layer != first), "")
    if not second:
        raise UsageError(f"there is no second object layer; there are: {', '.join(batch.layers) or 'none'}")
    target = None
    if arguments.output:
        target = Output(Path(arguments.output), Inputs.of_batch(batch, []), SUFFIXES).checked()
    with Progress("comparing") as progress:
        found = compare_layers(batch, first, second, arguments.iou, progress)
    if target is not None:
        with target.writing() as temporary, temporary.open("wb") as stream:
            write_frame(found.frame(first), stream, FORMS[target.suffix])
    if arguments.json:
        document = {
            "layers": list(found.layers), "kinds": found.kinds, "iou": arguments.iou, "problems": found.problems,
            "precision": {f"{at:g}": _number(value) for at, value in found.precision.items()},
            "mean_precision": _number(found.mean_precision),
            "images": [{name: _number(value) for name, value in image.items()} for image in found.images],
        }  # fmt: skip
        print(json.dumps(document, indent=2))
    else:
        print("\n".join(printable(escaped(line)) for line in comparison_lines(found)))
    return ending(found.problems, arguments)


def _number(value: object) -> object:
    """JSON knows no NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value
