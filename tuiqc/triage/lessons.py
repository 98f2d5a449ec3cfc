"""What is known before the first verdict of a session: verdicts of others on the batch, models of earlier batches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.triage.verdicts import Verdicts, is_plain_table, plain_verdicts, verdicts_of

if TYPE_CHECKING:
    from tuiqc.triage.saved_model import SavedModel


@dataclass(frozen=True)
class Lessons:
    """Of one object layer.

    Attributes
    ----------
    verdicts
        On objects of the batch.
    models
        What was learned from other batches.
    """

    layer: str = ""
    verdicts: Verdicts = field(default_factory=dict)
    models: tuple[SavedModel, ...] = ()

    def of(self, layer: str) -> Lessons:
        """What of it is about a layer: nothing, unless it is the one that it was read for."""
        return self if layer == self.layer else Lessons(layer)


def read_lessons(paths: Iterable[Path], layer: str) -> Lessons:
    """Read what `--learn-from` names: models (.json), annotation CSVs, plain tables of image, label and verdict.

    Raises
    ------
    InputError
        One of them can't be read, or is none of these.
    """
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.triage.saved_model import is_model, read_model

    verdicts: dict[tuple[str, int, int], Any] = {}
    models: list[SavedModel] = []
    for path in paths:
        if is_model(path):
            models.append(read_model(path))
        elif is_plain_table(path):
            verdicts |= plain_verdicts(path)
        else:
            verdicts |= verdicts_of(AnnotationStore.open(path, read_only=True).items(), layer)
    return Lessons(layer, verdicts, tuple(models))
