"""Regions of interest of ImageJ, one in a `.roi` file or many in a `.zip`, read by roifile.

A name that is a whole number is the label (so Cellpose and others write them), else they are counted. Regions without
an area (points, lines, angles) have no pixels. Positions say the slice and the time point.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from tuiqc.budget import check_count, regular_file
from tuiqc.errors import InputError
from tuiqc.pixels.polygons.outlines import ANY_PLANE, OutlineBuilder
from tuiqc.pixels.polygons.polygon_set import (
    ColumnBuilder,
    PolygonSet,
    Report,
    chosen_labels,
    items_of,
    not_polygons,
    of_objects,
)
from tuiqc.text import plural

BEGINNING = b"Iout"
_MOST_ROIS, _MOST_BYTES = 5_000_000, 64 << 20
_FLAT = ("LINE", "FREELINE", "POLYLINE", "NOROI", "ANGLE", "POINT")


def read(path: Path, report: Report | None = None) -> PolygonSet:
    """Return the regions of a file.

    Raises
    ------
    InputError
        The file can't be read, has no region, or roifile is not there.
    """
    need_roifile(path)
    found = of_members(path, _members(path, report))
    if not len(found.outlines):
        raise not_polygons(path, "has no regions")
    return found


def need_roifile(path: Path) -> None:
    """Raise InputError where roifile is not installed."""
    if find_spec("roifile") is None:
        raise InputError(
            "regions of ImageJ need the package roifile", path=path, hint='pip install "tuiqc[handover]"'
        )


def of_members(path: Path, members: Iterable[tuple[str, bytes]]) -> PolygonSet:
    """Return regions, of which each comes with a name for one that has none, as bytes of a `.roi` file.

    Raises
    ------
    InputError
        One of them is damaged.
    """
    outlines, columns = OutlineBuilder(), ColumnBuilder()
    times: list[int] = []
    flat = 0
    try:
        for name, data in members:
            roi, rings = _region(data)
            z, t = (int(one) - 1 for one in (roi.z_position, roi.t_position))
            if t < 0 and z < 0 and roi.position > 0:
                z = int(roi.position) - 1
            outlines.add(_parts(rings), z if 0 <= z < 2**31 else ANY_PLANE)
            times.append(t if 0 <= t < 2**31 else ANY_PLANE)
            flat += not rings
            columns.add([("name", str(roi.name or "").strip() or name), ("type", roi.roitype.name.lower())])
    except InputError:
        raise
    except Exception as error:  # roifile raises this and that for damaged bytes
        raise InputError(f"can't be read as regions of ImageJ ({error})", path=path) from None
    made = columns.made()
    labels, notes, counted = chosen_labels(made, ("name",), len(outlines))
    if flat:
        notes.append(f"{plural(flat, 'region')} without an area (points, lines)")
    frames = np.asarray(times, np.int32)
    placed = frames if (frames != ANY_PLANE).any() else None
    return PolygonSet(
        outlines.made(labels, placed),
        of_objects(made, labels, placed),
        notes=tuple(notes),
        items=items_of(labels, placed),
        counted=counted,
    )


def _members(path: Path, report: Report | None) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each region."""
    size = regular_file(path, "regions of ImageJ").st_size
    if not zipfile.is_zipfile(path):
        check_count(path, size, "bytes", _MOST_BYTES)
        yield path.stem, path.read_bytes()
        return
    try:
        with zipfile.ZipFile(path) as file:
            entries = regions_in(file)
            check_count(path, len(entries), "regions", _MOST_ROIS)
            check_count(path, sum(one.file_size for one in entries), "bytes", max(200 * size, _MOST_BYTES))
            for done, entry in enumerate(entries, 1):
                yield Path(entry.filename).stem, file.read(entry)
                if report is not None and not done % 1000:
                    report(size * done // len(entries), size)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise InputError(f"can't be read as a ZIP file of regions ({error})", path=path) from None


def regions_in(file: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The entries that are regions, in their order."""
    return [one for one in file.infolist() if one.filename.casefold().endswith(".roi")]


def _region(data: bytes) -> tuple[Any, list[Any]]:
    """A region, and its rings (n, 2)."""
    import roifile

    roi = roifile.ImagejRoi.frombytes(data)
    if roi.roitype.name in _FLAT:
        return roi, []
    rings = roi.coordinates(multi=True)
    return roi, [ring for ring in (rings if isinstance(rings, list) else [rings]) if len(ring) > 2]


def _parts(rings: list[Any]) -> list[list[Any]]:
    """Rings of a composite region as parts: a ring within an odd number of others is a hole of the smallest."""
    if len(rings) < 2:
        return [rings] if rings else []
    order = sorted(rings, key=lambda ring: -abs(_area(ring)))
    parts: list[list[Any]] = []
    owner: list[list[Any] | None] = []
    for at, ring in enumerate(order):
        around = [k for k in range(at) if _inside(ring[0], order[k])]
        holds = owner[around[-1]] if len(around) % 2 else None
        if holds is not None:
            holds.append(ring)
            owner.append(None)
        else:
            parts.append([ring])
            owner.append(parts[-1])
    return parts


def _area(ring: Any) -> float:
    x, y = ring[:, 0].astype(float), ring[:, 1].astype(float)
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2


def _inside(point: Any, ring: Any) -> bool:
    x, y = ring[:, 0].astype(float), ring[:, 1].astype(float)
    x1, y1 = np.roll(x, -1), np.roll(y, -1)
    crossing = (y > point[1]) != (y1 > point[1])
    slope = (x1 - x)[crossing] / (y1 - y)[crossing]
    return bool((x[crossing] + (point[1] - y[crossing]) * slope > point[0]).sum() % 2)
