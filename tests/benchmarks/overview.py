"""What it costs to see all of it: thumbnails of many images and crops of many objects, beside plain reading.

    python overview.py [--images 1000] [--different 20] [--kinds raw deflate] [--folder DIR] [--objects 1000000]

The images are 2048 x 2048, two channels of 16 bits and a mask each (24 MB): 20 different ones, the others are hard
links to them (which no cache of ours knows). All files are read once before, so that the disk plays no part, unless
there are more different ones than memory holds. Reported are

- **first screen**: from the wish to 20 finished tiles and the page encoded for sixel, nothing cached, beside
  reading the same files with `tifffile.imread`; both also with the files not in memory;
- **page further**: processor time of 20 tiles whose small planes are in the cache folder, for a new session, and when
  the small planes are in memory;
- **all**: the tiles of all images with two threads, beside one loop of `tifffile.imread` over the same files;
- **gallery**: a page of 40 crops out of many objects beside one out of 1,000: order, sizes, places and pictures;
- **scrolling**: from the key to the painted screen, a page further in the program without a terminal: contact sheet of
  20 and of all images, gallery of 100 and of 100,000 objects;
- **memory**: the peak of the process after all of it.

Every ratio is told with its target.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pandas as pd
import tifffile

from tuiqc.dataset.geometry import Geometry
from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectPart
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter, PictureSpec, ViewportSpec
from tuiqc.picture.thumbnails import thumbnail_painter
from tuiqc.picture.tile_layout import TileLayout, extents, same_zoom
from tuiqc.review.object_rows import ObjectRows
from tuiqc.terminal.capabilities import Capabilities, Protocol
from tuiqc.terminal.protocols.picture_protocol import encode, picture_size
from tuiqc.ui.tiles import Tile, TileJob, TileMaker

SIDE, VISIBLE, CROPS = 2048, 20, 40
CELLS = (22, 8)
CAPS = Capabilities(Protocol.SIXEL, 8, 17, True, 256, None, True, "", "benchmark", None, ())
CHANNELS = ("DNA", "ER")


def verdict(value: float, target: float) -> str:
    """`value (target, met or MISSED)`."""
    return f"{value:.2f} (<= {target:g}: {'met' if value <= target else 'MISSED'})"


def make_images(folder: Path, count: int, kind: str, different: int) -> Batch:
    """Write the `different` images, link the others to them, and open all."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(7)
    labels = np.zeros((SIDE, SIDE), np.uint16)
    for number, (y, x) in enumerate(
        (y, x) for y in range(20, SIDE - 60, 80) for x in range(20, SIDE - 60, 80)
    ):
        labels[y : y + 40, x : x + 40] = number + 1
    compression = None if kind == "raw" else "zlib"
    for number in range(min(count, different)):
        for name in CHANNELS:
            noise = random.poisson(200 + 900 * (labels > 0)).astype(np.uint16)
            tifffile.imwrite(
                folder / f"i{number:05}_{name}.tif", noise, compression=compression, rowsperstrip=64
            )
        tifffile.imwrite(
            folder / f"i{number:05}_nuclei.tif",
            np.roll(labels, number),
            compression=compression,
            rowsperstrip=64,
        )
    for number in range(different, count):
        for name in (*CHANNELS, "nuclei"):
            os.link(folder / f"i{number % different:05}_{name}.tif", folder / f"i{number:05}_{name}.tif")
    options = SourceOptions(
        images=tuple((name, str(folder / f"{{image}}_{name}.tif")) for name in CHANNELS),
        labels=(("nuclei", str(folder / "{image}_nuclei.tif")),),
        base_dir=folder,
    )
    return open_batch(options, None)


class Waiting:
    """Stands for the view: counts the tiles that are made."""

    def __init__(self) -> None:
        self.keys: set[Hashable] = set()
        self.changed = threading.Condition()

    def post_message(self, message: Any) -> bool:
        """Take a `TileMade`."""
        with self.changed:
            self.keys.add(message.key)
            self.changed.notify_all()
        return True

    def wait(self, count: int) -> None:
        """Wait for so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.keys) >= count, 600), "the tiles never came"


def jobs(batch: Batch, images: Sequence[int]) -> list[tuple[Hashable, TileJob]]:
    """Whole images, as the contact sheet asks for them."""
    display = Display.of(batch.channels, batch.layers, "nuclei")
    width, height = picture_size(*CELLS, CAPS)
    return [
        (
            image,
            TileJob(
                PictureSpec(batch.images[image], display, layer="nuclei", width=width, height=height), CELLS
            ),
        )
        for image in images
    ]


def make(painter: Painter, wanted: list[tuple[Hashable, TileJob]]) -> list[Tile]:
    """The tiles, by the threads that make them for the screen."""
    waiting = Waiting()
    maker = TileMaker(painter, waiting, CAPS)  # type: ignore[arg-type]
    try:
        maker.want(wanted)
        waiting.wait(len(wanted))
        return [tile for key, _ in wanted if (tile := maker.get(key)) is not None]
    finally:
        maker.stop()


def page(tiles: list[Tile]) -> int:
    """Encode the tiles as one sixel; returns its bytes."""
    rows = [
        np.hstack([tile.rgb for tile in tiles[at : at + 5] if tile.rgb is not None])
        for at in range(0, VISIBLE, 5)
    ]
    rgb = np.ascontiguousarray(np.vstack(rows))
    return len(encode(rgb, 5 * CELLS[0], rgb.shape[0] // CAPS.cell_height, CAPS, 1).payload)


def files(batch: Batch, images: Sequence[int]) -> list[Path]:
    """What a picture of these images is made of."""
    found = []
    for image in images:
        record = batch.images[image]
        found += [path for path in (*record.channels.values(), *record.masks.values()) if path is not None]
    return found


def read(paths: Sequence[Path]) -> float:
    """Seconds that `tifffile.imread` takes for these."""
    start = perf_counter()
    for path in paths:
        tifffile.imread(path)
    return perf_counter() - start


def seconds(work: Callable[[], Any], clock: Callable[[], float] = perf_counter) -> float:
    """Seconds that something takes."""
    start = clock()
    work()
    return clock() - start


def thumbnails(batch: Batch, repeats: int) -> None:
    """First screen, a page further, all of them."""
    first, count = list(range(VISIBLE)), len(batch.images)
    paths = files(batch, first)
    read(paths)
    floors, ours, busy = [], [], []
    for _ in range(repeats):
        start = process_time()
        floors.append((read(paths), process_time() - start))
        shutil.rmtree(os.environ["TUIQC_CACHE_DIR"], ignore_errors=True)
        painter = thumbnail_painter(batch.images)
        start, began = process_time(), perf_counter()
        tiles = make(painter, jobs(batch, first))
        made, made_busy = perf_counter() - began, process_time() - start
        page(tiles)
        ours.append((perf_counter() - began, made))
        busy.append((process_time() - start, made_busy))
    (floor, floor_busy), (best, made), (all_busy, made_busy) = (
        [min(column) for column in zip(*rows, strict=True)] for rows in (floors, ours, busy)
    )
    print(
        f"  first screen of {VISIBLE}: {best * 1000:.0f} ms, reading {floor * 1000:.0f} ms: "
        f"{verdict(best / floor, 1.5)}; tiles alone {made / floor:.2f}; processor time {all_busy / floor_busy:.2f} "
        f"times, tiles alone {made_busy / floor_busy:.2f}"
    )
    painter.source.settle()  # type: ignore[attr-defined]
    cold(batch, first)
    again = min(
        seconds(lambda: make(thumbnail_painter(batch.images), jobs(batch, first)), process_time)
        for _ in range(3)
    )
    print(f"  page further, small planes on disk: CPU {verdict(again * 1000, 50)} ms")
    held = thumbnail_painter(batch.images)
    make(held, jobs(batch, first))
    again = min(seconds(lambda: make(held, jobs(batch, first)), process_time) for _ in range(3))
    print(f"  page whose small planes are in memory: CPU {verdict(again * 1000, 50)} ms")
    whole = list(range(count))
    shutil.rmtree(os.environ["TUIQC_CACHE_DIR"], ignore_errors=True)
    painter = thumbnail_painter(batch.images)
    start = process_time()
    all_ours = seconds(lambda: make_all(painter, batch, whole))
    busy_ours = process_time() - start
    start = process_time()
    all_floor = read(files(batch, whole))
    busy_floor = process_time() - start
    print(
        f"  all {count}: {all_ours:.1f} s, one loop of imread {all_floor:.1f} s: "
        f"{verdict(all_ours / all_floor, 1.2)}; processor time {busy_ours / busy_floor:.2f} times"
    )


def cold(batch: Batch, images: Sequence[int]) -> None:
    """The first screen while the files are on disk only."""
    if not hasattr(os, "posix_fadvise"):
        return
    paths = files(batch, images)
    floors, ours = [], []
    for _ in range(3):
        forget(paths)
        floors.append(read(paths))
        forget(paths)
        shutil.rmtree(os.environ["TUIQC_CACHE_DIR"], ignore_errors=True)
        painter = thumbnail_painter(batch.images)
        began = perf_counter()
        tiles = make(painter, jobs(batch, images))
        made = perf_counter() - began
        page(tiles)
        ours.append((perf_counter() - began, made))
        painter.source.settle()  # type: ignore[attr-defined]
    floor, (best, made) = min(floors), (min(column) for column in zip(*ours, strict=True))
    print(
        f"  the same, files not in memory: {best * 1000:.0f} ms, reading {floor * 1000:.0f} ms: "
        f"{verdict(best / floor, 1.5)}; tiles alone {made / floor:.2f}"
    )


def forget(paths: Sequence[Path]) -> None:
    """Have the system drop what it holds of these files."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def make_all(painter: Painter, batch: Batch, images: Sequence[int]) -> None:
    """All tiles, none of which need be kept."""
    waiting = Waiting()
    maker = TileMaker(painter, waiting, CAPS)  # type: ignore[arg-type]
    maker.want(jobs(batch, images))
    waiting.wait(len(images))
    maker.stop()


def gallery(batch: Batch, count: int, painter: Painter) -> float:
    """Seconds of a page of crops out of `count` objects, from the order of the table on."""
    rows = objects(batch, count)
    rows.view.sort_by_keys([("area", False)])
    display = Display.of(batch.channels, batch.layers, "nuclei")
    painter.source.clear()

    def work() -> None:
        layout = TileLayout(len(rows), 8, 10)
        top = layout.scrolled(0, 50, len(rows) // 2)
        shown = [index for line in layout.lines(top, 50) for index in range(line.start, line.stop)][:CROPS]
        sides = extents(rows.geometry)
        zoom = same_zoom(sides[rows.view.order], 100)
        wanted: list[tuple[Hashable, TileJob]] = []
        for index in shown:
            at = rows.view.row(index)
            spec = PictureSpec(
                batch.images[int(rows.images[at])],
                display,
                layer="nuclei",
                label=int(rows.labels[at]),
                centre=rows.centre(at),
                box=rows.box(at),
                viewport=ViewportSpec("object", zoom),
                width=112,
                height=119,
                alone=True,
            )
            wanted.append((at, TileJob(spec, (14, 7))))
        make(painter, wanted)

    return seconds(work)


def objects(batch: Batch, count: int) -> ObjectRows:
    """So many objects, spread over the images."""
    random = np.random.default_rng(3)
    images = np.sort(random.integers(0, len(batch.images), count))
    grid = np.arange(20, SIDE - 60, 80)
    at = random.integers(0, len(grid) ** 2, count)
    y, x = grid[at // len(grid)].astype(float), grid[at % len(grid)].astype(float)
    area = random.normal(1600, 200, count)
    unknown = np.full(count, np.nan)  # no slices
    geometry = Geometry(x + 19.5, y + 19.5, area, x, y, x + 40, y + 40, unknown)
    frame = pd.DataFrame({"image": images, "label": at + 1, "area": area})
    return ObjectRows(
        batch, "nuclei", [ObjectPart(0, "nuclei", frame, geometry, (), tuple(range(len(batch.images))))]
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--different", type=int, default=20)
    parser.add_argument("--kinds", nargs="+", choices=("raw", "deflate"), default=["raw", "deflate"])
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to make the images (default: a temporary folder)")
    arguments = parser.parse_args()
    if arguments.images < VISIBLE:
        parser.error(f"--images: at least {VISIBLE}, a page of the contact sheet")
    if arguments.folder is not None:
        Path(arguments.folder).mkdir(parents=True, exist_ok=True)
    base = Path(tempfile.mkdtemp(prefix="overview-", dir=arguments.folder))
    os.environ["TUIQC_CACHE_DIR"] = str(base / "cache")
    try:
        for kind in arguments.kinds:
            batch = make_images(base / kind, arguments.images, kind, arguments.different)
            print(
                f"{kind}: {len(batch.images):,} images of {SIDE} x {SIDE}, {len(CHANNELS)} channels and a mask"
            )
            thumbnails(batch, arguments.repeats)
            painter = thumbnail_painter(batch.images)
            gallery(batch, 1000, painter)
            few = min(gallery(batch, 1000, painter) for _ in range(arguments.repeats))
            many = min(gallery(batch, arguments.objects, painter) for _ in range(arguments.repeats))
            print(
                f"  gallery page of {CROPS}: of {arguments.objects:,} {many * 1000:.0f} ms, of 1,000 "
                f"{few * 1000:.0f} ms: {verdict(many / few, 1.5)}"
            )
            shutil.rmtree(base / kind)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory {peak:.0f} MB")
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
