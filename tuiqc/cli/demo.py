"""`tuiqc demo`: open the demo batch, or make one of any size."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tuiqc.cli.open import add_session_options, open_on_screen
from tuiqc.errors import InputError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `demo`."""
    parser = subparsers.add_parser("demo", help="open the demo batch, or make one of any size")
    group = parser.add_argument_group("making a batch")
    group.add_argument(
        "--make", metavar="DIR", help="write a new batch into this folder instead of opening one"
    )
    group.add_argument(
        "--images", type=_positive, default=12, metavar="N", help="number of images (default: 12)"
    )
    group.add_argument(
        "--size", type=_positive, default=512, metavar="PX", help="rows and columns (default: 512)"
    )
    group.add_argument(
        "--seed", type=int, default=1, metavar="S", help="another seed, another batch (default: 1)"
    )
    group.add_argument("--workers", type=_positive, metavar="N", help="processes (default: one per core)")
    add_session_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make a batch, or open the shipped one."""
    if arguments.make:
        return _make(arguments)
    from tuiqc.dataset.source import SourceOptions
    from tuiqc.paths import demo_data_dir

    folder = demo_data_dir()
    if folder is None:
        raise InputError(
            "the demo data is not installed", hint="make some: tuiqc demo --make DIR, then tuiqc open DIR"
        )
    if arguments.annotations is None:
        # The shipped data may lie inside an installed package: no place for anybody's work.
        arguments.annotations = "tuiqc_demo_annotations.csv"
    return open_on_screen(SourceOptions(sources=(str(folder),)), arguments)


def _make(arguments: argparse.Namespace) -> int:
    from tuiqc.cli.progress import Progress
    from tuiqc.demo import make_batch

    folder = Path(arguments.make)
    if folder.exists() and not folder.is_dir():
        raise InputError("is a file", path=folder, expected="a folder, or a name that is free")
    with Progress("making images") as progress:
        summary = make_batch(
            folder,
            images=arguments.images,
            size=arguments.size,
            seed=arguments.seed,
            workers=arguments.workers,
            progress=progress,
        )
    planted = ", ".join(f"{error} {count}" for error, count in sorted(summary.errors.items()))
    print(
        f"{summary.images} images of {summary.size} x {summary.size} px ({summary.nbytes / 1e6:.1f} MB) in {folder}"
    )
    print(f"planted errors, named in truth.csv: {planted}")
    print(f"open it with: tuiqc open {folder}", file=sys.stderr)
    return 0


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number
