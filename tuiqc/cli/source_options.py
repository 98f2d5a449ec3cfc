"""The options that say what to open, the same for `open`, `summary` and `render`."""

from __future__ import annotations

import argparse
import itertools
from dataclasses import replace
from pathlib import Path

from tuiqc.cli.exit_status import add_strict_option
from tuiqc.dataset.source import SourceOptions
from tuiqc.errors import UsageError

EPILOG = """\
patterns:
  {well} and other names in braces pair the files and become columns of the image table;
  * ? [abc] as in a shell (quote them), or a regular expression such as 'Well_.*_C0.tif':
  what the wildcard matched is the key. NAME= in front names the channel or object layer.

examples:
  tuiqc {command} results/
  tuiqc {command} All_Wells_cells.txt --data-root images/
  tuiqc {command} --images DNA='Well_{well}_C0.tif' --labels nuclei='Well_{well}_nuclei.tif' \\
             --table nuclei='Well_{well}_nuclei.txt'
"""


def add_source_options(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the arguments that `source_options` reads."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG.replace("{command}", command).replace("%", "%%")
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
    # `--columns` says other things there; `table` takes a file there too.
    group.add_argument(
        *(() if command in ("table", "report", "sheet") else ("--columns",)),
        "--more-columns",
        dest="more_columns",
        action="append",
        default=[],
        metavar="[LAYER=]FILE",
        help="join the columns of this table to the objects, by image and label (repeatable); "
        "FILE;label=COLUMN;image=COLUMN;t=COLUMN names key columns that are not recognised",
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
    if command != "open":
        add_strict_option(parser)


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
        dialects=dict(map(_dialect, arguments.dialect)),
        axes=dict(map(_dialect, arguments.axes)),
        columns=tuple(map(columns_file, arguments.more_columns)),
        base_dir=Path.cwd(),
        cache=arguments.cache,
        afresh=arguments.afresh,
    )


def _refuse_surplus(arguments: argparse.Namespace) -> None:
    """A pattern without quotes: the shell put its files in its place, and all but the first came as sources.

    Raises
    ------
    UsageError
        Files stand behind `--images`, `--labels` or `--table` that the option does not take.
    """
    from tuiqc.dataset.tables.text import is_table
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
    return replace(kept, columns=(*kept.columns, *more), axes=axes, cache=arguments.cache)


def columns_file(text: str) -> tuple[str, str]:
    """`LAYER=FILE;label=COLUMN` in layer ("" if none is given) and the rest."""
    head, mark, keys = text.partition(";")
    layer, file = _named(head)
    return layer, file + mark + keys


def _named(text: str) -> tuple[str, str]:
    """`NAME=PATTERN` in its parts; a `=` that comes after a `/` belongs to the pattern."""
    name, equals, pattern = text.partition("=")
    if equals and "/" not in name and "{" not in name and "*" not in name:
        return name.strip(), pattern
    return "", text


def _dialect(text: str) -> tuple[str, str]:
    layer, equals, name = text.partition("=")
    return (layer, name) if equals else ("", text)


def _split(texts: list[str]) -> tuple[str, ...]:
    return tuple(name.strip() for text in texts for name in text.split(",") if name.strip())
