"""`tuiqc merge`: one annotation file out of several."""

from __future__ import annotations

import argparse
from pathlib import Path

_EPILOG = """\
policies:
  union      every row: one per thing and annotator
  majority   the verdict most gave; a tie is unsure
  strictest  fail before unsure before pass
  last       the latest of all
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `merge`."""
    parser = subparsers.add_parser(
        "merge",
        help="make one annotation file out of several",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE.csv", help="annotation files")
    parser.add_argument("--policy", choices=("union", "majority", "strictest", "last"), default="union")
    parser.add_argument("-o", "--output", metavar="OUT.csv", required=True, help="where to write")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Merge and say what came of it."""
    from tuiqc.exporters.guard import Inputs, Output
    from tuiqc.qc.combine import merge_files
    from tuiqc.text import printable

    output = Path(arguments.output)
    paths = [Path(name) for name in arguments.files]
    target = Output(output, Inputs.of(annotations=paths), (".csv",), verdicts=True)
    with target.writing() as temporary:
        found = merge_files(paths, arguments.policy, temporary)
    text = f"{found['things']} things of {found['raters']} annotators in {found['rows']} rows: {output}"
    if found["ties"]:
        text += f" ({found['ties']} ties became unsure)"
    print(printable(text))
    return 0
