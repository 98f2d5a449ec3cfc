"""`tuiqc pipeline`: files that a pipeline needs to call tuiqc, to be copied and changed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from tuiqc import __version__
from tuiqc.errors import InputError
from tuiqc.text import plural, printable

ENGINES = {
    "nextflow": "modules in the style of nf-core, and a workflow",
    "snakemake": "a wrapper, and a workflow",
    "galaxy": "a tool for one image with its mask",
    "apptainer": "the definition of a container",
    "conda": "a recipe for a package of conda",
}
_VERSION = "@VERSION@"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `pipeline`."""
    parser = subparsers.add_parser("pipeline", help="write the files that a pipeline needs to call tuiqc")
    about = "; ".join(f"{name}: {what}" for name, what in ENGINES.items())
    parser.add_argument("engine", choices=tuple(ENGINES), help=about)
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="folder to write into")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write all files of an engine; none that is there already."""
    folder = Path(arguments.output).expanduser()
    found = dict(pipeline_files(arguments.engine))
    for name in found:
        if (folder / name).exists():
            raise InputError(
                "is there already",
                path=folder / name,
                hint="nothing was written: name another folder with -o",
            )
    for name, text in found.items():
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("x", encoding="utf-8") as stream:
                stream.write(text)
        except OSError as error:
            raise InputError(f"can't be written ({error.strerror or error})", path=target) from error
    what = f"{plural(len(found), 'file')} for {arguments.engine} ({ENGINES[arguments.engine]})"
    print(printable(f"{what} written to {folder}; README.md says what each is for"), file=sys.stderr)
    return 0


def pipeline_files(engine: str) -> Iterator[tuple[str, str]]:
    """Relative path and text of each file, with the version of this program in its place."""
    yield from _below(files("tuiqc.pipelines").joinpath(engine), PurePosixPath())


def _below(folder: Traversable, place: PurePosixPath) -> Iterator[tuple[str, str]]:
    for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if one.is_dir():
            if one.name != "__pycache__":
                yield from _below(one, place / one.name)
        else:
            yield str(place / one.name), one.read_text("utf-8").replace(_VERSION, __version__)
