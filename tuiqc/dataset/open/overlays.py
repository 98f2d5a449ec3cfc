"""Regions that ImageJ keeps in images become an object layer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from tuiqc.dataset.image_columns import ImageRecord, changed, paths_of
from tuiqc.dataset.model import Batch, Unmatched
from tuiqc.errors import InputError
from tuiqc.names import unique_name
from tuiqc.pixels import ImagePath
from tuiqc.pixels.image_path import OVERLAY, Reading

_TRIES = 5
_LAYER = "overlay"


def add_overlays(batch: Batch) -> None:
    """Add a layer of the regions in the images of a channel, where one of the first has any with an area.

    Nothing changes where masks were told.
    """
    if batch.source.labels:
        return
    for channel in batch.channels:
        paths = islice(paths_of(batch.images, "channels", channel), _TRIES)
        if not any(_has_overlay(batch, path) for path in paths if _is_tiff(path)):
            continue
        layer = unique_name(_LAYER, {*batch.channels, *batch.layers})
        batch.layers = [*batch.layers, layer]
        batch.images = changed(batch.images, partial(_with_overlay, channel=channel, layer=layer))
        batch.assumptions.append(f"regions that ImageJ keeps in the images of {channel} are layer {layer!r}")


def _is_tiff(path: Path) -> bool:
    return path.suffix.casefold() in (".tif", ".tiff")


def _has_overlay(batch: Batch, path: Path) -> bool:
    from tuiqc.pixels.polygons.imagej_overlay import may_have
    from tuiqc.pixels.polygons.polygon_file import FILES

    if not may_have(path):
        return False
    try:
        return len(FILES.get(_overlay_of(path)).outlines.part_object) > 0
    except InputError as error:
        batch.unmatched.append(Unmatched("file", path, path.name, str(error)))
        return False


def _overlay_of(path: Path) -> ImagePath:
    return ImagePath.of(Path(path), Reading(role="mask", partner=path, series=OVERLAY))


def _with_overlay(record: ImageRecord, channel: str, layer: str) -> ImageRecord:
    path = record.channels.get(channel)
    found = _overlay_of(path) if path is not None and _is_tiff(path) else None
    return replace(record, masks=record.masks | {layer: found})
