"""`tuiqc compare`: how far annotators agree, and what they disagree on."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `compare`."""
    parser = subparsers.add_parser("compare", help="say how far two or more annotators agree")
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE.csv",
        help="annotation files, one per annotator; or one that several share",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "-o",
        "--output",
        metavar="DISAGREEMENTS.csv",
        help="write what they disagree on; decide it with: tuiqc open SOURCE --annotations DISAGREEMENTS.csv",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison."""
    from tuiqc.exporters.guard import Inputs, Output
    from tuiqc.qc.compare import compare, comparison_lines, disagreements, read_raters, write_queue
    from tuiqc.text import printable

    paths = [Path(name) for name in arguments.files]
    output = Path(arguments.output) if arguments.output else None
    if output is not None:
        target = Output(output, Inputs.of(annotations=paths), (".csv",), verdicts=True).checked()
    raters = read_raters(paths)
    comparisons = compare(raters)
    different = disagreements(raters)
    if output is not None:
        with target.writing() as temporary:
            write_queue(temporary, raters)
    if arguments.json:
        document = {
            "raters": [rater.name for rater in raters],
            "comparisons": [one.as_dict() for one in comparisons],
            "disagreements": [
                {**subject._asdict(), "verdicts": {r.name: r.verdicts.get(subject) for r in raters}}
                for subject in different
            ],
        }
        print(json.dumps(document, indent=2))
        return 0
    lines = comparison_lines(comparisons)
    lines.append(f"disagreements: {len(different)}" + (f", written to {output}" if output else ""))
    print("\n".join(printable(line) for line in lines))
    return 0
