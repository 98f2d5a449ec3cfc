"""Makes a batch of very large images with their masks and tables, quickly: a few fields of cells, repeated.

    python big_images.py FOLDER [--side 40000] [--images 2] [--noise 8] [--layout pyramid|tiles|strips]

`A{n}_DNA.tif` is uint16, `A{n}_nuclei_labels.tif` uint32 with one label per cell, `A{n}_nuclei.csv` has the places of
the cells as CellProfiler names them. With `pyramid` both are OME-TIFF, compressed tiles with SubIFDs; `tiles` has no
lower levels; `strips` is uncompressed (10 GB at 40,000 pixels).
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

FIELD = 800
"""Rows and columns of a field; also those of a tile."""
CELLS = 30
PATTERNS = 4
LEVELS = 5


def make_big(
    folder: Path, side: int = 40_000, images: int = 2, noise: float = 8.0, layout: str = "pyramid"
) -> Path:
    """Write the batch into `folder`, if it is not there yet; `side` is a multiple of 800."""
    done = folder / "done"
    if done.exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(images):
        scene = Scene(side, noise, seed=number)
        name = f"A{number + 1}"
        scene.write(folder / f"{name}_DNA.tif", labels=False, layout=layout)
        scene.write(folder / f"{name}_nuclei_labels.tif", labels=True, layout=layout)
        scene.write_table(folder / f"{name}_nuclei.csv")
    done.touch()
    return folder


def make_plain(folder: Path, side: int, images: int, noise: float) -> Path:
    """Write a batch of images of any size, whole and compressed, cells everywhere."""
    if (folder / "done").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(images):
        name = folder / f"A{number + 1}"
        if Path(f"{name}_nuclei.csv").exists():
            continue  # made before the last run was stopped
        scene = Scene(-(-side // FIELD) * FIELD, noise, seed=number, everywhere=True)
        for kind, labels in (("DNA", False), ("nuclei_labels", True)):
            plane = scene.region(labels, 0, 0, 0, scene.side)[:side, :side]
            tifffile.imwrite(f"{name}_{kind}.tif", plane, compression="zlib", compressionargs={"level": 1})
        scene.write_table(Path(f"{name}_nuclei.csv"), side)
    (folder / "done").touch()
    return folder


class Scene:
    """A grid of fields: every third has cells, the others background."""

    def __init__(self, side: int, noise: float, seed: int, *, everywhere: bool = False) -> None:
        assert side % FIELD == 0
        self.side, self.across = side, side // FIELD
        random = np.random.default_rng(seed)
        self.fields = [_field(random, noise, cells=index > 0) for index in range(PATTERNS)]
        grid = random.integers(1, PATTERNS, (self.across, self.across))
        if not everywhere:
            grid[random.random(grid.shape) > 0.35] = 0
        grid[0, 0] = 1
        self.grid = grid
        filled = (grid > 0).ravel()
        self.first = (np.cumsum(filled) - filled).reshape(grid.shape) * CELLS

    def region(self, labels: bool, level: int, y0: int, x0: int, side: int) -> np.ndarray:
        """A square of a level, padded with 0 outside of it."""
        step = 2**level
        cell = FIELD // step
        out = np.zeros((side, side), np.uint32 if labels else np.uint16)
        for row in range(y0 // cell, min(-(-(y0 + side) // cell), self.across)):
            for column in range(x0 // cell, min(-(-(x0 + side) // cell), self.across)):
                piece = self._piece(labels, step, row, column)
                top, left = row * cell - y0, column * cell - x0
                a, b = max(top, 0), max(left, 0)
                part = piece[a - top : side - top, b - left : side - left]
                out[a : a + part.shape[0], b : b + part.shape[1]] = part
        return out

    def _piece(self, labels: bool, step: int, row: int, column: int) -> np.ndarray:
        grey, mask, _ = self.fields[self.grid[row, column]]
        if labels:
            small = mask[step // 2 :: step, step // 2 :: step].astype(np.uint32)
            return np.where(small > 0, small + np.uint32(self.first[row, column]), 0)
        if step == 1:
            return grey
        size = FIELD // step
        return grey.reshape(size, step, size, step).mean((1, 3)).astype(np.uint16)

    def _tiles(self, labels: bool, level: int) -> Iterator[np.ndarray]:
        size = self.side // 2**level
        for y in range(0, size, FIELD):
            for x in range(0, size, FIELD):
                yield self.region(labels, level, y, x, FIELD)

    def write(self, path: Path, *, labels: bool, layout: str) -> None:
        """Write the image or the mask."""
        dtype = np.uint32 if labels else np.uint16
        shape = (self.side, self.side)
        if layout == "strips":
            self._write_strips(path, labels, dtype)
            return
        common: dict[str, Any] = {
            "tile": (FIELD, FIELD),
            "compression": "zlib",
            "compressionargs": {"level": 1},
        }
        levels = LEVELS if layout == "pyramid" else 0
        with tifffile.TiffWriter(path, bigtiff=True, ome=bool(levels)) as tif:
            options = {"subifds": levels} if levels else {}
            tif.write(self._tiles(labels, 0), shape=shape, dtype=dtype, **common, **options)
            for level in range(1, levels + 1):
                size = (self.side // 2**level,) * 2
                tif.write(self._tiles(labels, level), shape=size, dtype=dtype, subfiletype=1, **common)

    def _write_strips(self, path: Path, labels: bool, dtype: Any) -> None:
        out = tifffile.memmap(path, shape=(self.side, self.side), dtype=dtype, bigtiff=True)
        for row in range(self.across):
            for column in range(self.across):
                y, x = row * FIELD, column * FIELD
                out[y : y + FIELD, x : x + FIELD] = self._piece(labels, 1, row, column)
        out.flush()

    def write_table(self, path: Path, side: int | None = None) -> None:
        """One row per cell that lies within `side` pixels."""
        side = side or self.side
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(
                ["ObjectNumber", "AreaShape_Area", "AreaShape_Center_X", "AreaShape_Center_Y"]
                + [f"AreaShape_BoundingBox{end}_{axis}" for end in ("Minimum", "Maximum") for axis in "XY"]
            )
            for row, column in np.argwhere(self.grid > 0).tolist():
                for index, (y, x, radius, area) in enumerate(self.fields[self.grid[row, column]][2]):
                    cx, cy = column * FIELD + x, row * FIELD + y
                    box = [cx - radius, cy - radius, cx + radius + 1, cy + radius + 1]
                    if max(box) > side:
                        continue
                    writer.writerow([int(self.first[row, column]) + index + 1, area, cx, cy, *box])


def _field(
    random: np.random.Generator, noise: float, *, cells: bool
) -> tuple[np.ndarray, np.ndarray, list[tuple[int, int, int, int]]]:
    """Grey values, labels from 1, and (y, x, radius, area) of the cells."""
    grey = np.full((FIELD, FIELD), 200.0)
    mask = np.zeros((FIELD, FIELD), np.uint16)
    places = []
    y, x = np.mgrid[:FIELD, :FIELD]
    if cells:
        slots = random.permutation(36)[:CELLS]  # one cell per slot of a 6 x 6 grid: they never touch
        for index, slot in enumerate(slots.tolist()):
            radius = int(random.integers(14, 40))
            cy, cx = (slot // 6) * 130 + 70, (slot % 6) * 130 + 70
            distance = np.hypot(y - cy, x - cx)
            grey += random.uniform(1500, 4000) * np.clip((radius + 3 - distance) / radius, 0, 1) ** 0.5
            mask[distance <= radius] = index + 1
            places.append((cy, cx, radius, int((distance <= radius).sum())))
    if noise:
        grey += random.normal(0, noise * 8, grey.shape)
    return np.clip(grey, 0, 65535).astype(np.uint16), mask, places


def main() -> None:
    """Make one batch."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--side", type=int, default=40_000)
    parser.add_argument("--images", type=int, default=2)
    parser.add_argument("--noise", type=float, default=8.0)
    parser.add_argument("--layout", choices=("pyramid", "tiles", "strips"), default="pyramid")
    arguments = parser.parse_args()
    print(make_big(arguments.folder, arguments.side, arguments.images, arguments.noise, arguments.layout))


if __name__ == "__main__":
    main()
