"""The objects of a layer with many small tables, kept together in one cached file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.dialects import DialectChoice
from tuiqc.dataset.geometry import Geometry
from tuiqc.dataset.join import join_parts, ordered
from tuiqc.dataset.model import Batch
from tuiqc.dataset.parts import ObjectPart, Problem
from tuiqc.dataset.tables import table_cache
from tuiqc.dataset.tables.reader import BIG
from tuiqc.dataset.tables.table_cache import Identity

if TYPE_CHECKING:
    import pandas as pd

_FEW = 32  # tables; fewer and small ones are read as quickly again
_GEOMETRY = [field.name for field in fields(Geometry)]


def kept(
    batch: Batch, layer: str, wanted: Sequence[int], choice: DialectChoice, fresh: Iterator[ObjectPart]
) -> Iterator[ObjectPart]:
    """Yield the layer from the cache as one part, or what `fresh` yields, which is then put there.

    Only where all images are wanted, each has a table of its own, and nothing is taken from the masks: the
    identity is that of all tables together with the dialect.
    """
    identity = _identity(batch, layer, wanted, choice)
    found = table_cache.get(identity)
    if found is not None:
        yield ordered(_part(layer, *found), wanted, len(batch.images))
        return
    parts = []
    for part in fresh:
        parts.append(part)
        yield part
    # Only reached when everything was read; what could not be read may be there the next time.
    unread = any(part.problems and not len(part.frame) for part in parts)
    if identity is not None and not unread and identity == _identity(batch, layer, wanted, choice):
        table_cache.put(identity, lambda: _whole(parts, len(batch.images)))


def _identity(batch: Batch, layer: str, wanted: Sequence[int], choice: DialectChoice) -> Identity | None:
    paths = batch.files("tables", layer)
    files = [Path(text) for text in paths if text is not None]
    if not batch.source.cache or sorted(wanted) != list(range(len(paths))) or len(files) < len(paths):
        return None
    identity = Identity.of(files, "layer", layer, repr(choice))
    return identity if identity and (len(files) >= _FEW or identity.size >= BIG) else None


def _whole(parts: Sequence[ObjectPart], images: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """All parts in the order of the images, as one frame with the geometry behind it; and their problems."""
    import pandas as pd

    frame, geometry = join_parts(sorted(parts, key=lambda part: part.image))
    part = ordered(ObjectPart(0, "", frame, geometry), range(images), images)
    more = pd.DataFrame({name: getattr(part.geometry, name) for name in _GEOMETRY})
    problems = [
        [None if problem.path is None else str(problem.path), problem.text, problem.lost]
        for one in sorted(parts, key=lambda part: part.image)
        for problem in one.problems
    ]
    names = [str(name) for name in part.frame.columns]
    both = pd.concat([part.frame, more], axis=1)
    return both, {"problems": problems, "columns": len(names), "images": images}


def _part(layer: str, frame: pd.DataFrame, facts: dict[str, Any]) -> ObjectPart:
    count = facts["columns"]
    geometry = Geometry(*(frame.iloc[:, count + at].to_numpy(np.float64) for at in range(len(_GEOMETRY))))
    problems = [
        Problem(None if path is None else Path(path), text, *lost) for path, text, *lost in facts["problems"]
    ]
    return ObjectPart(0, layer, frame.iloc[:, :count], geometry, problems, tuple(range(facts["images"])))
