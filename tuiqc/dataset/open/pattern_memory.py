"""The patterns that a folder was last opened with, kept beside its annotations.

A folder that somebody described by patterns is opened by them again when it is named alone, until other patterns are
given or `--afresh` says that its files are to be looked at anew. Paths in the file are relative to it: a batch that is
moved or copied takes it along.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tuiqc.dataset.model import Batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError

FILE = "qc_annotations.patterns.toml"


def remember_patterns(batch: Batch, annotations: Path) -> None:
    """Keep the patterns of a batch beside its annotations, if there are any and they are in its folder.

    A folder that can't be written to is no reason to stop. Patterns of a single image are not kept.
    Those of an earlier time are forgotten where all was to be looked at anew.
    """
    options, file = batch.source, batch.root / FILE
    if annotations.parent.absolute() != batch.root.absolute() or not annotations.exists():
        return
    try:
        if (options.images or options.labels) and len(batch.images) > 1:
            options.to_toml(file)
        elif options.afresh:
            file.unlink(missing_ok=True)
    except (OSError, InputError):
        return


def remembered_patterns(options: SourceOptions, folder: Path) -> SourceOptions | None:
    """Return the options to open a folder with, if it was described by patterns before and nothing else is said now."""
    file = folder / FILE
    if options.afresh or options.tables or options.labels or not file.is_file():
        return None
    try:
        kept = SourceOptions.from_toml(file)
    except InputError:
        return None
    return replace(
        kept,
        dialects={**kept.dialects, **options.dialects},
        axes={**kept.axes, **options.axes},
        columns=(*kept.columns, *((layer, options.absolute(text)) for layer, text in options.columns)),
        cache=options.cache,
    )
