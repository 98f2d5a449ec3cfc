"""What was opened before: the last batches, and the patterns that each folder was described by.

Batches are kept as TOML files of their options in the user's state folder. Patterns are kept with what else is known
of the batch beside its annotations: a folder is opened by them again when it is named alone, until other patterns are
given or `--afresh` says that its files are to be looked at anew. Paths are kept relative to the folder: a batch that
is moved or copied takes them along. Where the folder can't be written, they are with its annotations in the state
folder.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tuiqc.dataset.batch_facts import ENDING, facts_of, facts_path, kept_batches, read_facts, save_facts
from tuiqc.dataset.model import Batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError, TuiqcError
from tuiqc.files import read_toml
from tuiqc.paths import state_dir
from tuiqc.pixels.zarr_store import is_remote
from tuiqc.text import escaped

KEPT = 20


@dataclass(frozen=True, slots=True)
class RecentBatch:
    """A batch that was opened before."""

    name: str
    where: str
    opened: datetime
    file: Path

    @property
    def key(self) -> str:
        """What is remembered of it is remembered under this, see `batch_key`."""
        return self.file.stem.partition("~")[0]

    def options(self) -> SourceOptions:
        """Its options again."""
        return SourceOptions.from_toml(self.file)

    def missing(self) -> str:
        """The first of its files and folders that is not there any more; "" where all that can be told are."""
        try:
            options = self.options()
        except (OSError, TuiqcError) as error:
            return str(error)
        patterns = [pattern for _, pattern in (*options.images, *options.labels, *options.tables)]
        for text in (*options.sources, *map(_before_wildcards, patterns)):
            path = options.resolve(text) if text else options.base_dir
            if not is_remote(path) and not path.exists():
                return str(path)
        return ""


def _before_wildcards(pattern: str) -> str:
    """The folder of a pattern in which its names begin to differ."""
    return re.split(r"[{*?\[]|\(\?", pattern, maxsplit=1)[0].rpartition("/")[0]


def batch_key(options: SourceOptions) -> str:
    """What names a batch by what it was opened with."""
    absolute = replace(options, base_dir=options.base_dir.absolute())
    return hashlib.sha256(repr(absolute).encode("utf-8", "replace")).hexdigest()[:12]


def remember(name: str, options: SourceOptions) -> None:
    """Keep the options of a batch that is being opened; a state folder that can't be written is no reason to stop."""
    absolute = replace(options, base_dir=options.base_dir.absolute())
    digest = batch_key(options)
    safe = re.sub(r"[^A-Za-z0-9._ -]", "_", name)[:80] or "batch"
    folder = state_dir() / "recent"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        absolute.to_toml(folder / f"{digest}~{safe}.toml")
        for old in _newest_first(folder)[KEPT:]:
            old.unlink(missing_ok=True)
    except (OSError, TuiqcError):
        return


def recent_batches() -> list[RecentBatch]:
    """The batches opened last, newest first; files that can't be read any more are left out."""
    found = []
    for file in _newest_first(state_dir() / "recent")[:KEPT]:
        try:
            options = SourceOptions.from_toml(file)
            opened = datetime.fromtimestamp(file.stat().st_mtime)
        except (OSError, TuiqcError):
            continue
        named = [
            *options.sources,
            *(pattern for _, pattern in (*options.images, *options.labels, *options.tables)),
        ]
        found.append(RecentBatch(file.stem.partition("~")[2], named[0] if named else "", opened, file))
    return found


def _newest_first(folder: Path) -> list[Path]:
    try:
        files = [(entry.stat().st_mtime, entry) for entry in folder.glob("*.toml")]
    except OSError:
        return []
    return [entry for _, entry in sorted(files, reverse=True)]


EARLIER_FILE = "qc_annotations.patterns.toml"
"""Where earlier versions kept them: still read, and removed once they are kept where they belong."""

USUAL_NAME = "qc_annotations.csv"


def remember_patterns(batch: Batch, annotations: Path) -> None:
    """Keep the patterns of a batch with the facts of its annotations, if there are any.

    A folder that can't be written to is no reason to stop. Patterns of a single image are not kept.
    Those of an earlier time are forgotten where all was to be looked at anew.
    """
    options = batch.source
    described = bool(options.images or options.labels) and len(batch.images) > 1
    if not (described or options.afresh) or not annotations.exists():
        return
    known = read_facts(annotations) or facts_of(batch)
    opened = options.document(batch.root.absolute()) if described else {}
    try:
        if opened != known.opened:
            save_facts(annotations, replace(known, opened=opened))
        if annotations.parent.absolute() == batch.root.absolute():
            (batch.root / EARLIER_FILE).unlink(missing_ok=True)
    except (OSError, InputError):
        return


def remembered_patterns(options: SourceOptions, folder: Path) -> SourceOptions | None:
    """Return the options to open a folder with, if it was described by patterns before and nothing else is said now."""
    if options.afresh or options.tables or options.labels:
        return None
    kept = _kept(folder)
    if kept is None:
        return None
    return replace(
        kept,
        dialects={**kept.dialects, **options.dialects},
        axes={**kept.axes, **options.axes},
        units={**kept.units, **options.units},
        by_colour=(*kept.by_colour, *options.by_colour),
        columns=(*kept.columns, *((layer, options.absolute(text)) for layer, text in options.columns)),
        cache=options.cache,
    )


def _kept(folder: Path) -> SourceOptions | None:
    for document, path in _documents(folder):
        try:
            return SourceOptions.from_document(document, path, folder)
        except InputError:
            continue  # somebody changed it
    return None


def _documents(folder: Path) -> Iterator[tuple[Mapping[str, Any], Path]]:
    """What is kept for a folder, and where: in it, then where it was kept earlier, then in the state folder."""
    for csv in _annotations(folder):
        facts = read_facts(csv)
        if facts is not None and facts.opened:
            yield facts.opened, facts_path(csv)
    earlier = folder / EARLIER_FILE
    if earlier.is_file():
        with suppress(InputError):
            yield read_toml(earlier, errors="surrogateescape"), earlier
    place = escaped(os.path.realpath(folder))
    for csv, facts in kept_batches():
        if facts.opened and place in facts.places:
            yield facts.opened, facts_path(csv)


def _annotations(folder: Path) -> list[Path]:
    """Annotations in the folder of which something is known, those of the usual name first, then the newest."""
    try:
        found = [Path(entry) for entry in os.scandir(folder) if entry.name.endswith(ENDING)]
        found.sort(key=lambda path: (path.name != USUAL_NAME + ENDING, -path.lstat().st_mtime_ns))
    except OSError:
        return []
    return [path.with_name(path.name.removesuffix(ENDING)) for path in found]
