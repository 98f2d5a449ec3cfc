"""Well-known binary: the geometries in GeoParquet files, read without a library of geometry."""

from __future__ import annotations

from struct import Struct, error
from typing import Any

import numpy as np

_HEAD = {0: Struct(">I"), 1: Struct("<I")}
_POINT, _POLYGON, _MANY = 1, 3, (4, 5, 6, 7)
_DEPTH = 8
_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000
"""Marks of PostGIS on a type; ISO adds 1000, 2000 or 3000."""


def polygons(data: bytes) -> tuple[list[list[Any]], list[Any]]:
    """Return the polygons of a geometry, each with its rings (n, 2), and its points; lines have neither.

    Raises
    ------
    ValueError
        Not well-known binary, or cut off.
    """
    found: list[list[Any]] = []
    points: list[Any] = []
    try:
        _geometry(data, 0, found, points, 0)
    except (error, IndexError, KeyError):
        raise ValueError("geometry that is no well-known binary") from None
    return found, points


def _geometry(data: bytes, at: int, found: list[list[Any]], points: list[Any], depth: int) -> int:
    """Read the geometry at a place; return where it ends."""
    if depth > _DEPTH:
        raise ValueError("geometries in geometries without end")
    order = data[at]
    count = _HEAD[order]
    (kind,) = count.unpack_from(data, at + 1)
    at += 5
    if kind & _SRID:
        at += 4
    more = bool(kind & _Z) + bool(kind & _M)
    kind &= 0x0FFFFFFF
    more += (0, 1, 1, 2)[kind // 1000 % 4]
    kind %= 1000
    axes, sign = 2 + more, ">" if order == 0 else "<"
    if kind == _POINT:
        points.append(np.frombuffer(data, f"{sign}f8", axes, at)[:2])
        return at + 8 * axes
    (many,) = count.unpack_from(data, at)
    at += 4
    if kind == _POLYGON:
        rings = []
        for _ in range(many):
            (corners,) = count.unpack_from(data, at)
            at += 4
            size = 8 * axes * corners
            if at + size > len(data):
                raise ValueError("a ring that goes on after its end")
            rings.append(np.frombuffer(data, f"{sign}f8", axes * corners, at).reshape(corners, axes)[:, :2])
            at += size
        found.append(rings)
        return at
    if kind == 2:
        return at + 8 * axes * int(many)
    if kind not in _MANY:
        raise ValueError(f"geometry of type {kind}")
    for _ in range(many):
        at = _geometry(data, at, found, points, depth + 1)
    return at
