"""Files of one image that are named one by one, under whatever names a pipeline has staged them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tuiqc.dataset.discover.found_files import classified, told_apart
from tuiqc.dataset.model import Batch
from tuiqc.dataset.open import by_folder, by_patterns
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import TuiqcError
from tuiqc.pixels import read_plane

_LIKE_LABELS = 0.6
"""Share of the labelled pixels that have the value of the one to their right: of grey values hardly any have."""


def open_files(options: SourceOptions, places: Sequence[Path]) -> Batch:
    """Open images, masks and tables that are named one by one: by what they are called, else by what is in them.

    Raises
    ------
    InputError, UsageError
        As `by_folder.open_folder` and `by_patterns.open_patterns`.
    """
    batch = by_folder.open_folder(options, places)
    with_masks = {layer for layer in batch.layers if batch.has_files("masks", layer)}
    if with_masks and len(batch.images) == 1 and with_masks == set(batch.layers):
        return batch
    assumptions: list[str] = []
    said = _said(options, places, assumptions)
    if said is None:
        return batch
    found = by_patterns.open_patterns(said)
    found.assumptions.extend(assumptions)
    return found


def _said(options: SourceOptions, places: Sequence[Path], assumptions: list[str]) -> SourceOptions | None:
    """What files are, where it can be only one thing: one image with one mask, and perhaps a table of its objects.

    Of two images without a mask the one that looks like labels is taken for the mask of the other. What is assumed is
    said. None where the names alone must do.
    """
    files = told_apart(list(classified((path, "") for path in places)))
    images, masks, tables = (
        [one for one in files if one.kind == kind] for kind in ("image", "mask", "table")
    )
    if len(images) + len(masks) + len(tables) < len(files) or len(tables) > 1:
        return None
    if len(images) == 2 and not masks:
        masks = [file for file in images if looks_labelled(file.path)]
        images = [file for file in images if file not in masks]
        if len(masks) == 1:
            assumptions.append(
                f"{masks[0].path.name} looks like labels: it is taken for the mask of {images[0].path.name} "
                "(otherwise: --images and --labels)"
            )
    if len(images) != 1 or len(masks) != 1:
        return None
    layer = masks[0].layer or "objects"
    assumptions += [
        f"{table.path.name} is taken for the table of {masks[0].path.name} (otherwise: --table)"
        for table in tables
    ]
    return replace(
        options,
        sources=(),
        images=(("image", str(images[0].path)),),
        labels=((layer, str(masks[0].path)),),
        tables=tuple((layer, str(table.path)) for table in tables),
    )


def looks_labelled(path: Path) -> bool:
    """Whether the pixels of a file look like labels; False for what can't be read."""
    try:
        plane = read_plane(path)
    except (TuiqcError, ValueError):
        return False
    if plane.ndim != 2 or plane.dtype.kind not in "uib" or plane.shape[1] < 2:
        return False
    inside = plane[:, :-1] > 0
    return bool(inside.any() and np.equal(plane[:, :-1], plane[:, 1:])[inside].mean() > _LIKE_LABELS)
