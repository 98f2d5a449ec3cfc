"""Opening a batch with a progress bar, for every subcommand that takes a source."""

from __future__ import annotations

from tuiqc.cli.progress import Progress
from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source import SourceOptions


def join(options: SourceOptions) -> Batch:
    """Find and join the files; shows progress when that takes long."""
    with Progress("joining files") as progress:
        return open_batch(options, progress)
