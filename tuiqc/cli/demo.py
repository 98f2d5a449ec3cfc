"""`tuiqc demo`: open the demo batch or the demo movie, or make one of any size."""

from __future__ import annotations

import argparse
import sys
from difflib import get_close_matches
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from tuiqc.cli.open import add_session_options, open_on_screen
from tuiqc.errors import InputError, UsageError

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch
    from tuiqc.demo.quiz import Answer


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `demo`."""
    parser = subparsers.add_parser("demo", help="open the demo batch or movie, or make one of any size")
    parser.add_argument(
        "what",
        nargs="*",
        metavar="tracking [DIR] | quiz",
        help="the movie instead of the batch, with DIR: make one there; or a quiz: find twelve planted errors",
    )
    parser.add_argument(
        "--tour", action="store_true", help="a tour of ten keys, by doing; nothing of it is kept"
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
    if arguments.what == ["quiz"] and not arguments.make:
        return _quiz(arguments)
    movie, target = _asked(arguments.what, arguments.make)
    if arguments.tour and (movie or target):
        raise UsageError("--tour is for the demo batch: tuiqc demo --tour")
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
    if arguments.tour:
        return _tour(folder, arguments)
    if arguments.annotations is None:
        # The shipped data may lie inside an installed package: no place for anybody's work.
        name = "tuiqc_demo_tracking" if movie else "tuiqc_demo"
        arguments.annotations = f"{name}_annotations.csv"
    return open_on_screen(SourceOptions(sources=(str(folder),)), arguments)


def _tour(folder: Path, arguments: argparse.Namespace) -> int:
    """Open the demo batch with a tour; the verdicts that it asks for go with it."""
    import tempfile

    from tuiqc.dataset.source_options import SourceOptions

    with tempfile.TemporaryDirectory(prefix="tuiqc-tour-") as name:
        arguments.annotations = str(Path(name) / "tour.csv")
        status = open_on_screen(SourceOptions(sources=(str(folder),)), arguments)
    print("nothing of the tour was kept; tuiqc demo opens the batch to try on, tuiqc demo quiz is a game")
    return status


def _asked(what: list[str], make: str | None) -> tuple[bool, str | None]:
    """Whether the movie is meant, and the folder to make something in (None: open what is shipped)."""
    movie = bool(what) and what[0] == "tracking"
    if what and not movie:
        meant = get_close_matches(what[0], ["tracking", "quiz"])
        close = f"; did you mean tuiqc demo {meant[0]}?" if meant else ""
        raise UsageError(
            f"there is no demo {what[0]!r}{close} (tuiqc demo opens the batch, tuiqc demo tracking the movie, "
            "tuiqc demo quiz a quiz, tuiqc demo --make DIR makes a batch)"
        )
    rest = what[1:]
    if len(rest) > 1 or (rest and make):
        raise UsageError(f"demo {' '.join(what)}: one folder can be named; see tuiqc demo --help")
    return movie, make or (rest[0] if rest else None)


def _quiz(arguments: argparse.Namespace) -> int:
    """Make images with errors, open them, and say at the end what was found."""
    import tempfile
    from time import monotonic

    from tuiqc.cli.options import join
    from tuiqc.cli.streams import Progress
    from tuiqc.dataset.source_options import SourceOptions
    from tuiqc.demo.quiz import LAYER, MINUTES, make_quiz, scored

    if not arguments.keys and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("demo quiz needs a terminal, and this is none")
    with tempfile.TemporaryDirectory(prefix="tuiqc-quiz-") as name:
        folder = Path(name) / f"quiz_{arguments.seed}"
        with Progress("making images") as progress:
            planted = make_quiz(folder, arguments.seed, progress)
        arguments.annotations = str(Path(name) / "answers.csv")
        arguments.layer = LAYER
        arguments.task = (
            f"{len(planted)} errors are planted in the {LAYER}: merged, split, missed ones and debris. "
            "Fail them: f, or the number of the reason; a missed one: its image with 3. "
            f"You have {MINUTES} minutes; q tells what you found."
        )
        options = SourceOptions(sources=(str(folder),))
        batch, began = join(options), monotonic()
        status = open_on_screen(options, arguments, batch)
        if status == 0:
            score = scored(planted, answers_of(batch, Path(arguments.annotations)))
            print("\n".join(score.lines(monotonic() - began)))
            print(f"another one: tuiqc demo quiz --seed {arguments.seed + 1}")
    return status


def answers_of(batch: Batch, path: Path) -> list[Answer]:
    """What was failed, by the names of the image's files."""
    from tuiqc.demo.quiz import LAYER, Answer
    from tuiqc.qc.annotations import AnnotationStore

    masks = {image.key: image.masks[LAYER] for image in batch.images}
    names = {key: mask.name.removesuffix(f"_{LAYER}_labels.tif") for key, mask in masks.items() if mask}
    store = AnnotationStore.open(path, "", batch.placeholders, read_only=True)
    return [
        Answer(
            names[subject.image],
            subject.label if subject.level == "object" else 0,
            said.reason,
            *((said.centre_x, said.centre_y) if subject.level == "candidate" else (None, None)),
        )
        for subject, said in store.items()
        if said.verdict == "fail" and subject.image in names
    ]


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
    print(f"open it with: tuiqc open {quote(str(folder / 'movie'))}", file=sys.stderr)
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
    print(f"open it with: tuiqc open {quote(str(folder))}", file=sys.stderr)
    return 0


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number
