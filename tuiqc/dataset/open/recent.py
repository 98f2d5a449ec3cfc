"""The batches that were opened last, kept as TOML files of their options in the user's state folder."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import TuiqcError
from tuiqc.paths import state_dir

KEPT = 20


@dataclass(frozen=True, slots=True)
class RecentBatch:
    """A batch that was opened before."""

    name: str
    where: str
    opened: datetime
    file: Path

    def options(self) -> SourceOptions:
        """Its options again."""
        return SourceOptions.from_toml(self.file)


def remember(name: str, options: SourceOptions) -> None:
    """Keep the options of a batch that is being opened; a state folder that can't be written is no reason to stop."""
    absolute = replace(options, base_dir=options.base_dir.absolute())
    digest = hashlib.sha256(repr(absolute).encode("utf-8", "replace")).hexdigest()[:12]
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
