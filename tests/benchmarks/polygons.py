"""Polygons beside the same objects as a mask: reading, windows, steps, memory.

    python tests/benchmarks/polygons.py [--objects 1000000] [--files DIR]

Prints, for so many objects of 30 corners in one plane: seconds and MB to read them (GeoJSON of a tenth of them, Parquet
of corners), milliseconds of a window with 2,000 of them (target 30), and what a step to another object costs beside
the same in a tiled TIFF (target 1.3 of it). Times are processor time, the best of several.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tifffile

from tuiqc.pixels import PlaneSource, Window, with_reading
from tuiqc.pixels.polygons.polygon_file import FILES, PolygonFiles

PITCH, CORNERS = 40, 30


def rings(objects: int, columns: int) -> np.ndarray:
    """Corners (objects, 30, 2) of roundish objects that do not touch, on a grid of so many columns."""
    rng = np.random.default_rng(0)
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    radius = PITCH * 0.42 * (1 + 0.05 * rng.standard_normal((objects, CORNERS))).clip(0.5, 1.15)
    row, column = np.divmod(np.arange(objects), columns)
    x = (column * PITCH + PITCH / 2)[:, None] + radius * np.cos(angle)
    y = (row * PITCH + PITCH / 2)[:, None] + radius * np.sin(angle)
    return np.stack([x, y], axis=-1).astype(np.float32)


def write_corners(path: Path, points: np.ndarray) -> None:
    count = len(points)
    flat = points.reshape(-1, 2)
    ids = np.repeat(np.arange(1, count + 1, dtype=np.int32), CORNERS)
    pq.write_table(pa.table({"cell_id": ids, "vertex_x": flat[:, 0], "vertex_y": flat[:, 1]}), path)


def write_geojson(path: Path, points: np.ndarray) -> None:
    with path.open("w") as file:
        file.write('{"type": "FeatureCollection", "features": [\n')
        for number, ring in enumerate(points, 1):
            properties = {
                "objectType": "cell",
                "measurements": {f"m{k}": number / (k + 1) for k in range(20)},
            }
            polygon = {"type": "Polygon", "coordinates": [np.round(ring, 2).astype(float).tolist()]}
            one = {"type": "Feature", "id": f"{number:08x}", "geometry": polygon, "properties": properties}
            file.write((",\n" if number > 1 else "") + json.dumps(one))
        file.write("]}")


def best(work: Callable[[], Any], times: int = 7) -> float:
    """Milliseconds of processor time."""
    found = []
    for _ in range(times):
        start = process_time()
        work()
        found.append(process_time() - start)
    return 1000 * min(found)


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def step(path: Path, side: int, starts: list[tuple[int, int]]) -> float:
    """Milliseconds to have the windows of some objects, with nothing kept from before."""
    source = PlaneSource()
    source.info(path)

    def walk() -> None:
        source._planes.clear()
        for y, x in starts:
            source.piece(path, Window(y, y + side, x, x + side), 1.0, labels=True)

    return best(walk, 5) / len(starts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--files", type=Path)
    arguments = parser.parse_args()
    folder = arguments.files or Path(tempfile.mkdtemp())
    columns = max(1, int(arguments.objects**0.5))
    count = columns * columns
    points = rings(count, columns)
    corners, geojson = folder / "cell_boundaries.parquet", folder / "cells.geojson"
    write_corners(corners, points)
    write_geojson(geojson, points[: count // 10])
    del points
    base = megabytes()
    path = with_reading(corners, units="px")
    start = process_time()
    outlines = FILES.get(Path(corners)).outlines
    print(
        f"{count:,} objects, {corners.stat().st_size >> 20} MB of corners: read in {process_time() - start:.1f} s"
    )
    start = process_time()
    drawing = FILES.drawing(Path(corners), (1, 0, 0, 0, 1, 0), False)
    held = outlines.nbytes + drawing.nbytes - drawing.outlines.nbytes
    print(
        f"to be drawn in {process_time() - start:.1f} s; {held >> 20} MB held, at most {megabytes() - base:.0f} MB more"
    )
    side = int(PITCH * 2000**0.5)
    middle = columns * PITCH // 2
    window = Window(middle, middle + side, middle, middle + side)
    print(f"window of {side} x {side}, 2,000 objects: {best(lambda: drawing.draw(window)):.1f} ms")
    for scale in (8, 32):
        low = Window(0, columns * PITCH // scale, 0, columns * PITCH // scale)
        took = best(partial(drawing.draw, low, scale), 1)
        print(f"all of it at 1/{scale} ({low.shape[1]} x {low.shape[0]}): {took:.0f} ms")
    plane = min(columns * PITCH, 8192)
    mask = folder / "mask.tif"
    tifffile.imwrite(mask, drawing.draw(Window(0, plane, 0, plane)), tile=(256, 256), compression="zlib")
    places = [(y, x) for y in range(100, plane - 900, 1700) for x in range(300, plane - 900, 1700)][:12]
    for name, side in (("object's window of 200", 200), ("window of 800", 800)):
        ours, theirs = step(path, side, places), step(mask, side, places)
        print(f"step, {name}: polygons {ours:.1f} ms, tiled TIFF {theirs:.1f} ms: {ours / theirs:.2f}")
    FILES.clear()
    start = process_time()
    found = PolygonFiles().get(geojson)
    took = process_time() - start
    print(
        f"GeoJSON of {len(found.outlines):,} with 20 measurements, {geojson.stat().st_size >> 20} MB: {took:.1f} s, "
        f"{1e6 * took / len(found.outlines):.0f} µs a feature"
    )


if __name__ == "__main__":
    main()
