"""The patterns that a folder was last opened with, kept with what else is known of the batch beside its annotations.

A folder that somebody described by patterns is opened by them again when it is named alone, until other patterns are
given or `--afresh` says that its files are to be looked at anew. Paths are kept relative to the folder: a batch that
is moved or copied takes them along. Where the folder can't be written, they are with its annotations in the state
folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuiqc.dataset.batch_facts import ENDING, facts_of, facts_path, kept_batches, read_facts, save_facts
from tuiqc.dataset.model import Batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError
from tuiqc.files import read_toml
from tuiqc.text import escaped

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
