"""`tuiqc demo`: open the demo batch or the demo movie, or make one of any size."""

from __future__ import annotations

import argparse
import sys
from difflib import get_close_matches
from pathlib import Path

from tuiqc.cli.open import add_session_options, open_on_screen
from tuiqc.errors import InputError, UsageError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `demo`."""
    parser = subparsers.add_parser("demo", help="open the demo batch or movie, or make one of any size")
    parser.add_argument(
        "what",
        nargs="*",
        metavar="tracking [DIR]",
        help="the movie instead of the batch; with DIR: make one there",
    )
    group = parser.add_argument_group("making a batch or a movie")
    group.add_argument(
        "--make", metavar="DIR", help="write a new batch into this folder instead of opening one"
    )
    group.add_argument(
        "--frames", type=_positive, default=40, metavar="N", help="time points of a movie (default: 40)"
    )
    group.add_argument(
        "--images", type=_positive, default=12, metavar="N", help="number of images (default: 12)"
    )
    group.add_argument(
        "--size", type=_positive, metavar="PX", help="rows and columns (default: 512, of a movie 256)"
    )
    group.add_argument(
        "--seed", type=int, default=1, metavar="S", help="another seed, another batch (default: 1)"
    )
    group.add_argument("--workers", type=_positive, metavar="N", help="processes (default: one per core)")
    group.add_argument(
        "--format",
        choices=("tiff", "ome-zarr", "ome-zarr-0.4"),
        default="tiff",
        help="TIFF and CSV (default), or plates of OME-Zarr 0.5 or 0.4 with labels and tables",
    )
    add_session_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make a batch or a movie, or open the shipped one."""
    movie, target = _asked(arguments.what, arguments.make)
    if target:
        return _make_movie(target, arguments) if movie else _make(target, arguments)
    from tuiqc.dataset.source_options import SourceOptions
    from tuiqc.paths import demo_data_dir

    folder = demo_data_dir()
    if folder is not None and movie:
        folder = folder / "tracking" / "movie"
        folder = folder if folder.is_dir() else None
    if folder is None:
        raise InputError(
            "the demo data is not installed", hint="make some: tuiqc demo --make DIR, then tuiqc open DIR"
        )
    if arguments.annotations is None:
        # The shipped data may lie inside an installed package: no place for anybody's work.
        name = "tuiqc_demo_tracking" if movie else "tuiqc_demo"
        arguments.annotations = f"{name}_annotations.csv"
    return open_on_screen(SourceOptions(sources=(str(folder),)), arguments)


def _asked(what: list[str], make: str | None) -> tuple[bool, str | None]:
    """Whether the movie is meant, and the folder to make something in (None: open what is shipped)."""
    movie = bool(what) and what[0] == "tracking"
    if what and not movie:
        close = "; did you mean tuiqc demo tracking?" if get_close_matches(what[0], ["tracking"]) else ""
        raise UsageError(
            f"there is no demo {what[0]!r}{close} (tuiqc demo opens the batch, tuiqc demo tracking the movie, "
            "tuiqc demo --make DIR makes a batch)"
        )
    rest = what[1:]
    if len(rest) > 1 or (rest and make):
        raise UsageError(f"demo {' '.join(what)}: one folder can be named; see tuiqc demo --help")
    return movie, make or (rest[0] if rest else None)


def _make_movie(target: str, arguments: argparse.Namespace) -> int:
    from tuiqc.cli.streams import Progress
    from tuiqc.demo.tracking import make_tracking

    folder = Path(target)
    with Progress("making time points") as progress:
        summary = make_tracking(
            folder,
            frames=arguments.frames,
            size=arguments.size or 256,
            seed=arguments.seed,
            progress=progress,
        )
    print(
        f"{summary.frames} time points of {summary.size} x {summary.size} px, {summary.objects} objects, "
        f"and a z-stack ({summary.nbytes / 1e6:.1f} MB) in {folder}"
    )
    planted = ", ".join(f"{event.event} at t {event.t}" for event in summary.planted)
    print(f"planted, named in movie/truth.csv: {planted}")
    print(f"open it with: tuiqc open {folder / 'movie'}", file=sys.stderr)
    return 0


def _make(target: str, arguments: argparse.Namespace) -> int:
    from tuiqc.cli.streams import Progress
    from tuiqc.demo import make_batch

    folder = Path(target)
    if folder.exists() and not folder.is_dir():
        raise InputError("is a file", path=folder, expected="a folder, or a name that is free")
    with Progress("making images") as progress:
        summary = make_batch(
            folder,
            images=arguments.images,
            size=arguments.size or 512,
            seed=arguments.seed,
            workers=arguments.workers,
            ome_zarr={"ome-zarr": "0.5", "ome-zarr-0.4": "0.4"}.get(arguments.format, ""),
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
