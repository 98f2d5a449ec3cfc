"""Outlines as MERSCOPE wrote them before Parquet: `cell_boundaries/feature_data_<field>.hdf5`, a file a field of view.

A file of them stands for all in its folder: their cells lie on one mosaic, in micrometres. In each is
`featuredata/<EntityID>/zIndex_<slice>/p_<part>/coordinates`, an array of (1, corners, 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tuiqc.budget import check_count, regular_file
from tuiqc.errors import InputError
from tuiqc.names import natural_key
from tuiqc.pixels.polygons.outlines import OutlineBuilder
from tuiqc.pixels.polygons.polygon_file import VIZGEN_NAME
from tuiqc.pixels.polygons.polygon_set import (
    MICROMETRES,
    PolygonSet,
    Report,
    chosen_labels,
    items_of,
    not_polygons,
    of_objects,
)
from tuiqc.text import plural

_CELLS = "featuredata"
_SLICE = re.compile(r"zIndex_(\d{1,6})")
_CORNERS = "coordinates"
_ID = "EntityID"
_MOST_CELLS = 20_000_000
_FREE_VALUES, _PER_BYTE = 1 << 16, 100


def read(path: Path, report: Report | None = None) -> PolygonSet:
    """Return the polygons of all files in the folder of one.

    Raises
    ------
    InputError
        A file can't be read, or there is no cell in any.
    """
    import pyarrow as pa

    files = sorted(path.parent.glob(VIZGEN_NAME), key=lambda one: natural_key(one.name)) or [path]
    outlines, ids = OutlineBuilder(), []
    for done, file in enumerate(files, 1):
        for entity, z, parts in _cells(file):
            try:
                outlines.add(parts, z)
            except ValueError as error:
                raise InputError(f"cell {entity} has {error}", path=file) from None
            ids.append(entity)
        check_count(file, len(ids), "outlines", _MOST_CELLS)
        if report is not None:
            report(done, len(files))
    if not ids:
        raise not_polygons(path, f"has no cells in {_CELLS}")
    codes = pa.array(ids).dictionary_encode()
    numbers, notes, counted = chosen_labels({_ID: codes.dictionary}, (_ID,), len(codes.dictionary))
    labels = numbers[codes.indices.to_numpy(zero_copy_only=False)]
    if len(files) > 1:
        notes.append(f"outlines of {len(files)} fields of view in {path.parent.name}")
    if outlines.bare:
        notes.append(f"{plural(outlines.bare, 'cell')} without an outline in a slice")
    return PolygonSet(
        outlines.made(labels),
        of_objects({_ID: pa.array(ids)}, labels),
        MICROMETRES,
        tuple(notes),
        items=items_of(labels, None),
        counted=counted,
    )


def _cells(path: Path) -> Iterator[tuple[str, int, list[list[Any]]]]:
    """Id, slice and parts of each cell in each slice of a file."""
    import h5py

    size = regular_file(path, "outlines in HDF5").st_size
    try:
        with h5py.File(path, "r", locking=False) as file:
            cells = _below(file, _CELLS)
            for entity in cells if cells is not None else ():
                cell = _below(cells, entity)
                for name in cell if cell is not None else ():
                    found = _SLICE.fullmatch(name)
                    parts = _below(cell, name) if found else None
                    if found and parts is not None:
                        rings = [_ring(path, size, parts, part) for part in parts]
                        yield str(entity), int(found[1]), [[ring] for ring in rings if ring is not None]
    except InputError:
        raise
    except Exception as error:  # h5py raises this and that for damaged bytes
        raise InputError(f"can't be read as outlines in HDF5 ({error})", path=path) from None


def _below(group: Any, name: str) -> Any:
    """A group in another; None for anything else, and for what leads to another file."""
    import h5py

    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        return None
    found = group[name]
    return found if isinstance(found, h5py.Group) else None


def _ring(path: Path, size: int, parts: Any, name: str) -> Any:
    import h5py

    part = _below(parts, name)
    if part is None or not isinstance(part.get(_CORNERS, getlink=True), h5py.HardLink):
        return None
    corners = part[_CORNERS]
    if not isinstance(corners, h5py.Dataset) or corners.is_virtual or corners.external or not corners.shape:
        return None
    check_count(path, corners.size, "numbers of an outline", max(_FREE_VALUES, _PER_BYTE * size))
    values = np.asarray(corners[()], np.float64)
    return values.reshape(-1, values.shape[-1]) if values.size else None
