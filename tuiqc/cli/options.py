"""Options that several subcommands share: the batch, the rows, the verdicts, the annotators' own column."""

from __future__ import annotations

import argparse
import functools
import itertools
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.cli.streams import DONE, PARTIAL, Progress, add_strict_option, tell
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import UsageError
from tuiqc.text import escaped

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.qc.categories import CategoryColumn
    from tuiqc.qc.record import Annotation, Subject

_DIGITS = 18
"""Most digits of a seed."""


def category_column(text: str | None) -> CategoryColumn | None:
    """Read "FILE.toml" or "cell_type: neuron, muscle"; a name alone ("cell_type") continues or starts that column.

    Raises
    ------
    InputError
        If the file can't be read, or the name is one of our own columns.
    """
    if text is None:
        return None
    from tuiqc.qc.categories import load_categories, parse_categories

    if text.lower().endswith(".toml"):
        return load_categories(Path(text))
    return parse_categories(text)


EPILOG = """\
patterns:
  {well} and other names in braces pair the files and become columns of the image table;
  * ? [abc] as in a shell (quote them), or a regular expression such as 'Well_.*_C0.tif':
  what the wildcard matched is the key. NAME= in front names the channel or object layer.

examples:
  tuiqc {command} results/{more}
  tuiqc {command} All_Wells_cells.txt --data-root images/{more}
  tuiqc {command} --images DNA='Well_{well}_C0.tif' --labels nuclei='Well_{well}_nuclei.tif' \\
             --table nuclei='Well_{well}_nuclei.txt'{more}
"""


def whole_number(text: str) -> int:
    """A whole number from 0, for argparse."""
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def add_source_options(parser: argparse.ArgumentParser, command: str, more: str = "") -> None:
    """Add the arguments that `source_options` reads; `more` is what the examples of the help must have besides."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    said = EPILOG.replace("{command}", command).replace("{more}", f" {more}" if more else "")
    parser.epilog = said.replace("%", "%%")
    group = parser.add_argument_group("what to open")
    group.add_argument(
        "source",
        nargs="*",
        metavar="SOURCE",
        help="a folder, an objects table that names its images, or a TOML file written with --save",
    )
    for option, what in (
        ("--images", "files of a channel"),
        ("--labels", "label masks of an object layer"),
        ("--table", "object tables of an object layer"),
    ):
        group.add_argument(
            option, action="append", default=[], metavar="[NAME=]PATTERN", help=f"{what} (repeatable)"
        )
    group.add_argument("--data-root", metavar="DIR", help="where to look for the files that a table names")
    for option, what in (("--image-columns", "images"), ("--label-columns", "label masks")):
        group.add_argument(
            option,
            action="append",
            default=[],
            metavar="NAMES",
            help=f"columns of the table that name {what} (comma-separated)",
        )
    group.add_argument(
        "--fields",
        action="append",
        default=[],
        metavar="NAMES",
        help="of wells with several images (OME-Zarr) only those with these names (comma-separated)",
    )
    group.add_argument(
        "--dialect",
        action="append",
        default=[],
        metavar="[LAYER=]DIALECT",
        help="read the tables as this dialect instead of the recognised one; generic:COLUMN names the label column",
    )
    group.add_argument(
        "--axes",
        action="append",
        default=[],
        metavar="[NAME=]AXES",
        help="axes of the files of a channel or layer (default: of all) in their order, such as tzyx or zyx",
    )
    group.add_argument(
        "--units",
        action="append",
        default=[],
        metavar="[LAYER=]UNIT",
        help="what the coordinates of polygons are: px, um (by the pixel size of the image), micrometres per pixel, or "
        "a file with a 3 x 3 matrix that makes pixels of them",
    )
    group.add_argument(
        "--by-colour",
        action="append",
        default=[],
        metavar="LAYER",
        help="take each colour of the masks of this layer for a label (red x 65536 + green x 256 + blue; black is "
        "background)",
    )
    # `--columns` says other things there; `table` takes a file there too.
    group.add_argument(
        *(() if command in ("table", "report", "sheet") else ("--columns",)),
        "--more-columns",
        dest="more_columns",
        action="append",
        default=[],
        metavar="[LAYER=]FILE",
        help="join the columns of this table to the objects, by image and label (repeatable); "
        "FILE;label=COLUMN;image=COLUMN;t=COLUMN names key columns that are not recognised, "
        "FILE;only=COLUMN,COLUMN those that are wanted",
    )
    group.add_argument(
        "--afresh",
        action="store_true",
        help="look at all files of the folder anew, not by the patterns that it was opened with the last time",
    )
    group.add_argument(
        "--no-cache",
        dest="cache",
        action="store_false",
        help="read the tables themselves, not the parsed copies of an earlier time, and keep none",
    )
    if command != "measure":
        group.add_argument(
            "--measured",
            metavar="DIR",
            help="measurements that `tuiqc measure` has written (default: the folder measured beside the data)",
        )
    if command != "open":
        # What can't be read belongs to what a summary says.
        add_strict_option(parser, DONE if command == "summary" else PARTIAL)


def source_options(arguments: argparse.Namespace) -> SourceOptions:
    """What the arguments ask to open.

    Raises
    ------
    UsageError
        If nothing is named.
    InputError
        If a TOML file can't be read.
    """
    named = arguments.images or arguments.labels or arguments.table
    if not arguments.source and not named:
        raise UsageError(
            "nothing to open was named: give a folder, an objects table, or patterns with --images and --labels "
            "(see --help)"
        )
    _refuse_surplus(arguments)
    if len(arguments.source) == 1 and arguments.source[0].lower().endswith(".toml") and not named:
        return _with_said(SourceOptions.from_toml(Path(arguments.source[0])), arguments)
    return SourceOptions(
        sources=tuple(arguments.source),
        images=tuple(map(_named, arguments.images)),
        labels=tuple(map(_named, arguments.labels)),
        tables=tuple(map(_named, arguments.table)),
        data_root=arguments.data_root,
        image_columns=_split(arguments.image_columns),
        label_columns=_split(arguments.label_columns),
        fields=_split(arguments.fields),
        dialects=dict(map(_dialect, arguments.dialect)),
        axes=dict(map(_dialect, arguments.axes)),
        units=_units(arguments.units),
        by_colour=tuple(arguments.by_colour),
        columns=tuple(map(columns_file, arguments.more_columns)),
        base_dir=Path.cwd(),
        cache=arguments.cache,
        afresh=arguments.afresh,
        measured=getattr(arguments, "measured", None),
    )


def _refuse_surplus(arguments: argparse.Namespace) -> None:
    """A pattern without quotes: the shell put its files in its place, and all but the first came as sources.

    Raises
    ------
    UsageError
        Files stand behind `--images`, `--labels` or `--table` that the option does not take.
    """
    from tuiqc.dataset.tables.text_file import is_table
    from tuiqc.text import plural

    for option in ("images", "labels", "table", "more_columns"):
        for text in getattr(arguments, option):
            name, pattern = _named(text)
            if not Path(pattern).expanduser().is_file():
                continue
            wants_tables = option in ("table", "more_columns")
            surplus = [
                one
                for one in arguments.source
                if Path(one).expanduser().is_file()
                and (
                    is_table(one) if wants_tables else not is_table(one) and not one.lower().endswith(".toml")
                )
            ]
            if surplus:
                flag = f"--{option.replace('_', '-')}"
                quoted = f"{name}=" * bool(name) + f"'{_pattern_of(pattern, surplus)}'"
                raise UsageError(
                    f"{plural(len(surplus), 'name')} more than {flag} takes ({surplus[0]} …): the shell has put the "
                    f"files in the place of a pattern. Put the pattern in quotes: {flag} {quoted}"
                )


def _pattern_of(first: str, others: list[str]) -> str:
    """A glob that names all of some files, so far as their beginnings and ends are the same."""
    texts = [first, *others]
    start = _same_beginning(texts)
    end = _same_beginning([text[len(start) :][::-1] for text in texts])[::-1]
    return f"{start}*{end}"


def _same_beginning(texts: list[str]) -> str:
    columns = zip(*texts, strict=False)
    same = itertools.takewhile(lambda signs: len(set(signs)) == 1, columns)
    return "".join(signs[0] for signs in same)


def _with_said(kept: SourceOptions, arguments: argparse.Namespace) -> SourceOptions:
    """Options of a TOML file with what can be said on top of it."""
    here = SourceOptions(base_dir=Path.cwd())
    more = ((layer, here.absolute(file)) for layer, file in map(columns_file, arguments.more_columns))
    axes = {**kept.axes, **dict(map(_dialect, arguments.axes))}
    measured = getattr(arguments, "measured", None)
    return replace(
        kept,
        columns=(*kept.columns, *more),
        axes=axes,
        fields=_split(arguments.fields) or kept.fields,
        units={**kept.units, **_units(arguments.units)},
        by_colour=(*kept.by_colour, *arguments.by_colour),
        cache=arguments.cache,
        measured=measured and here.absolute(measured),
    )


def seed(text: str) -> int:
    """Read what random numbers begin with."""
    if not text.isdecimal() or len(text) > _DIGITS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def columns_file(text: str) -> tuple[str, str]:
    """`LAYER=FILE;label=COLUMN` in layer ("" if none is given) and the rest."""
    head, mark, keys = text.partition(";")
    layer, file = _named(head)
    return layer, file + mark + keys


def _named(text: str) -> tuple[str, str]:
    """`NAME=PATTERN` in its parts; a `=` that comes after a `/` belongs to the pattern."""
    name, equals, pattern = text.partition("=")
    if equals and "/" not in name and "{" not in name and "*" not in name:
        return escaped(name.strip()), pattern  # a name is text, unlike the files that it stands for
    return "", text


def _dialect(text: str) -> tuple[str, str]:
    layer, equals, name = text.partition("=")
    return (layer, name) if equals else ("", text)


def _units(texts: list[str]) -> dict[str, str]:
    """Units of layers; that of a file is its whole path."""
    units = dict(map(_dialect, texts))
    return {
        layer: str(Path(unit).absolute()) if Path(unit).is_file() else unit for layer, unit in units.items()
    }


def _split(texts: list[str]) -> tuple[str, ...]:
    return tuple(name.strip() for text in texts for name in text.split(",") if name.strip())


Run = Callable[[argparse.Namespace], int]


def showing_the_place(run: Run) -> Run:
    """Make a subcommand tell a `FilterError` of `--where` in three lines, with carets."""

    @functools.wraps(run)
    def told(arguments: argparse.Namespace) -> int:
        from tuiqc.tables.filters.tokens import FilterError

        try:
            return run(arguments)
        except FilterError as error:
            print(f"tuiqc: --where: {error.message}\n{error.caret() if error.text else ''}", file=sys.stderr)
            return error.exit_status

    return told


def add_rows_options(group: argparse._ArgumentGroup, of: str, *, sorted_rows: bool = True) -> None:
    """Add `--of` (by default `of`), `--layer`, `--where` and, for what has an order, `--sort`, `--descending` and
    `--limit`.
    """
    group.add_argument("--of", choices=("objects", "images"), default=of, help=f"default: {of}")
    group.add_argument("--layer", metavar="NAME", help="object layer (default: the first)")
    group.add_argument(
        "--where",
        metavar="EXPR",
        action="append",
        default=[],
        help="only what this filter is true for, such as 'AreaShape_Area > 100 and verdict is missing' "
        "(repeatable: all must be true)",
    )
    if sorted_rows:
        group.add_argument(
            "--sort", metavar="COL[,COL2]", help="sort by these columns; missing values come last"
        )
        group.add_argument("--descending", action="store_true", help="the largest first")
        group.add_argument("--limit", metavar="N", type=int, help="no more than N")


def add_verdict_options(group: argparse._ArgumentGroup) -> None:
    """Add the arguments that `read_verdicts` reads."""
    add_annotations_option(group)
    group.add_argument("--annotator", metavar="NAME", default="", help="only this annotator's verdicts")


def add_evidence_option(group: argparse._ArgumentGroup) -> None:
    """Add `--evidence`."""
    group.add_argument(
        "--evidence",
        action="store_true",
        help="also columns of suspicion, suspect, why and all evidence, measured as `rank` does",
    )


def add_annotations_option(group: argparse._ArgumentGroup | argparse.ArgumentParser) -> None:
    """Add `--annotations`, which `asked_path` reads."""
    group.add_argument(
        "--annotations", metavar="FILE", help="CSV with the verdicts (default: the one beside the data)"
    )
    add_adopt_option(group)


def add_adopt_option(group: argparse._ActionsContainer) -> None:
    """Add `--adopt`."""
    group.add_argument(
        "--adopt", action="store_true", help="take the --annotations FILE though it is about another batch"
    )


def asked_path(arguments: argparse.Namespace) -> Path | None:
    """The annotation CSV that was named."""
    return Path(arguments.annotations) if arguments.annotations else None


def read_verdicts(
    arguments: argparse.Namespace, batch: Batch, categories: Sequence[str] = (), *, or_none: bool = False
) -> AnnotationStore:
    """Open the verdicts about a batch for reading; with `or_none` there need not be any.

    Raises
    ------
    UsageError
        If none are named and there are none beside the data, or all are of other annotators than the one asked for.
    InputError
        If they can't be read.
    """
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.qc.location import DEFAULT_NAME, existing_annotations, unmatched
    from tuiqc.review.label_checks import of_unknown_images

    path = existing_annotations(asked_path(arguments), batch, adopt=getattr(arguments, "adopt", False))
    if path is None and or_none:
        path = batch.root / DEFAULT_NAME
    if path is None:
        raise UsageError(f"no annotations beside {batch.root}: name them with --annotations")
    store = AnnotationStore.open(
        path,
        arguments.annotator,
        batch.placeholders,
        read_only=True,
        categories=list(categories),
        blind=bool(arguments.annotator),
    )
    names = sorted(store.by_annotator(), key=str.casefold)
    if arguments.annotator and names and arguments.annotator not in names:
        raise UsageError(
            f"nothing by --annotator {arguments.annotator} in {path}; there is: {', '.join(names)}"
        )
    notice = unmatched(store.items(), batch, path)
    tell([notice] if notice else of_unknown_images(batch, store.items()))
    return store


def read_items(
    arguments: argparse.Namespace, batch: Batch
) -> tuple[list[tuple[Subject, Annotation]], Path | None]:
    """Everything that was decided about a batch by whomever, and the CSV that it is in; None where there is none.

    Verdicts about images that the batch has not are told.

    Raises
    ------
    InputError
        If it can't be read, the file that was named is not there, or is about another batch.
    """
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.qc.location import existing_annotations, unmatched
    from tuiqc.review.label_checks import of_unknown_images

    path = existing_annotations(asked_path(arguments), batch, adopt=getattr(arguments, "adopt", False))
    if path is None:
        return [], None
    items = list(AnnotationStore.open(path, "", batch.placeholders, read_only=True).items())
    notice = unmatched(items, batch, path)
    tell([notice] if notice else of_unknown_images(batch, items))
    return items, path


def join(options: SourceOptions) -> Batch:
    """Find and join the files; shows progress when that takes long."""
    from tuiqc.dataset.open.batch import open_batch

    with Progress("joining files") as progress:
        batch = open_batch(options, progress)
    if not all(map(batch.has_table, batch.layers_with_masks)):
        from tuiqc.measured.mask_tables import mask_tables

        batch.kept_tables = mask_tables(batch)
    return batch
