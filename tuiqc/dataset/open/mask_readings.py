"""How masks that are no planes of labels become such: polygons placed on their image, colours that are labels."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

from tuiqc.config import load_config
from tuiqc.dataset.image_columns import changed, paths_of
from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.errors import UsageError
from tuiqc.files import DiskCache
from tuiqc.paths import cache_dir
from tuiqc.pixels import with_reading
from tuiqc.pixels.image_path import reading_of
from tuiqc.pixels.polygons.polygon_file import FILES, is_polygons

_LOOKED_AT = 20


def add_mask_readings(batch: Batch) -> None:
    """Give polygons the image that they lie on and their unit, and masks whose colours are labels that they are.

    Raises
    ------
    UsageError
        `--units` or `--by-colour` name a layer that there is not, or that has no polygons.
    """
    layers = [layer for layer in batch.layers if _has_polygons(batch, layer)]
    units = _units(batch, layers)
    coloured = _coloured(batch)
    if not layers and not coloured:
        return
    if layers and FILES.kept is None and batch.source.cache:
        FILES.kept = DiskCache(cache_dir() / "polygons", load_config().table_cache_mb << 20, ".polygons")
    batch.images = changed(
        batch.images,
        lambda record: replace(
            record,
            masks={
                layer: _read_as(record, layer, path, units.get(layer), layer in coloured)
                for layer, path in record.masks.items()
            },
        ),
    )


def _read_as(
    record: ImageRecord, layer: str, path: Path | None, units: str | None, coloured: bool
) -> Path | None:
    if path is None or (units is None and not coloured):
        return path
    if coloured:
        return with_reading(path, role="mask", by_colour=True)
    known = reading_of(path)
    partner = known.partner or next((one for one in record.channels.values() if one is not None), None)
    return with_reading(path, role="mask", partner=partner, units=units or known.units)


def _has_polygons(batch: Batch, layer: str) -> bool:
    return any(map(is_polygons, islice(paths_of(batch.images, "masks", layer), _LOOKED_AT)))


def _units(batch: Batch, layers: list[str]) -> dict[str, str]:
    """The unit of each layer of polygons, "" for what the file says."""
    told = batch.source.units
    for name in told:
        if name and name not in layers:
            there = ", ".join(layers) or "none"
            raise UsageError(f"--units {name}=…: there is no such layer of polygons; there are: {there}")
    if told and not layers:
        raise UsageError("--units: there is no layer of polygons")
    return {layer: told.get(layer, told.get("", "")) for layer in layers}


def _coloured(batch: Batch) -> set[str]:
    for name in batch.source.by_colour:
        if name not in batch.layers:
            there = ", ".join(batch.layers) or "none"
            raise UsageError(f"--by-colour {name}: there is no such object layer; there are: {there}")
    return set(batch.source.by_colour)
