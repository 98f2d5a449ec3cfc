"""How fast is OME-Zarr beside a tiled TIFF, bare tensorstore and zarr, and a plate of 384 wells beside one of 8?

Four figures, each a ratio of one run (and the times it is made of):

- **step**: pictures of 640 x 480 at objects all over a plane of 20,000 x 20,000 (uint16, pieces of 512 x 512, packed),
  never the same place twice: median of OME-Zarr over median of the same plane as a tiled TIFF (target: at most 1.2);
- **first picture**: a plate of 384 wells with 4 images each opened and its first image painted, over the same of 8
  wells, on the local disk, each in a process of its own (target: at most 1.5);
- **server**: the same plate of 384 wells on a server that answers each request 50 ms late (target: at most 3 s);
- **pieces**: windows of 700 x 700 read by tuiqc, by bare tensorstore and by zarr in turn, each array opened once and
  nothing kept (target: at most 1.15 of tensorstore).

    python tests/benchmarks/zarr.py [--side 20000] [--wells 384] [--scratch DIR]
"""

from __future__ import annotations

import sys

sys.path.pop(0)  # this file is called as a library that it needs

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import tensorstore
import tifffile

CHUNK = 512
FIRST = """
import sys, time
start = time.perf_counter()
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter, PictureSpec
begin = time.perf_counter()
batch = open_batch(SourceOptions((sys.argv[1],), cache=False))
opened = time.perf_counter()
display = Display.of(batch.channels, batch.layers, batch.layers[0], batch.looks)
assert Painter().paint(PictureSpec(batch.images[0], display, layer=batch.layers[0])) is not None
print(len(batch.images), opened - begin, time.perf_counter() - begin)
"""


def array_metadata(place: Path, shape: tuple[int, ...], dtype: Any, chunk: tuple[int, ...]) -> Any:
    """A new array of Zarr 3."""
    spec = {
        "driver": "zarr3",
        "kvstore": {"driver": "file", "path": f"{place}/"},
        "metadata": {
            "shape": shape,
            "data_type": np.dtype(dtype).name,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
            "codecs": [
                {"name": "bytes", "configuration": {"endian": "little"}},
                {"name": "zstd", "configuration": {"level": 1}},
            ],
        },
    }
    return tensorstore.open(spec, create=True).result()


def group(place: Path, ome: dict[str, Any]) -> None:
    """Metadata of a group."""
    place.mkdir(parents=True, exist_ok=True)
    document = {
        "zarr_format": 3,
        "node_type": "group",
        "attributes": {"ome": {"version": "0.5", **ome}},
    }
    (place / "zarr.json").write_text(json.dumps(document))


def image(place: Path, axes: str = "yx", levels: int = 1) -> None:
    """Metadata of an image."""
    entry = {
        "axes": [{"name": axis, "type": "space"} for axis in axes],
        "datasets": [
            {
                "path": str(at),
                "coordinateTransformations": [{"type": "scale", "scale": [1.0 * 2**at] * len(axes)}],
            }
            for at in range(levels)
        ],
    }
    group(place, {"multiscales": [entry]})


def tile(seed: int, side: int = CHUNK) -> Any:
    """Something like an image of nuclei: noise and discs."""
    random = np.random.default_rng(seed)
    pixels = random.poisson(100, (side, side)).astype(np.uint16)
    y, x = np.mgrid[:side, :side]
    for cy, cx in random.integers(0, side, (8, 2)):
        pixels[(y - cy) ** 2 + (x - cx) ** 2 < 20**2] += 300
    return pixels


def large_planes(folder: Path, side: int) -> tuple[Path, Path]:
    """The same plane as OME-Zarr and as a tiled TIFF."""
    zarr_at, tiff_at = folder / "plane.zarr", folder / "plane.tif"
    tiles = [tile(seed) for seed in range(16)]
    across = -(-side // CHUNK)
    image(zarr_at)
    array = array_metadata(zarr_at / "0", (side, side), np.uint16, (CHUNK, CHUNK))
    for row in range(across):
        strip = np.concatenate([tiles[(row * 7 + at) % 16] for at in range(across)], 1)[:, :side]
        array[row * CHUNK : min((row + 1) * CHUNK, side)] = strip[: side - row * CHUNK]
    tifffile.imwrite(
        tiff_at,
        (tiles[(at // across * 7 + at % across) % 16] for at in range(across * across)),
        shape=(side, side), dtype=np.uint16, tile=(CHUNK, CHUNK), compression="zstd", bigtiff=True,
    )  # fmt: skip
    return zarr_at, tiff_at


def steps(zarr_at: Path, tiff_at: Path, side: int) -> dict[str, float]:
    """Median milliseconds of a picture somewhere else, of both in turn."""
    from tuiqc.dataset.open.batch import open_batch
    from tuiqc.dataset.source_options import SourceOptions
    from tuiqc.picture.display import Display
    from tuiqc.picture.painter import Painter, PictureSpec, ViewportSpec

    random = np.random.default_rng(5)
    places = random.integers(400, side - 400, (120, 2)).tolist()
    painters = {}
    for name, path in (("zarr", zarr_at), ("tiff", tiff_at)):
        batch = open_batch(SourceOptions((str(path),)))
        painters[name] = (Painter(), batch.images[0], Display.of(batch.channels, [], ""))
    taken: dict[str, list[float]] = {name: [] for name in painters}
    for at, (x, y) in enumerate(places):
        for name, (painter, record, display) in painters.items():
            look = ViewportSpec("at", float(x), float(y), 1.0)
            begin = time.perf_counter()
            made = painter.paint(PictureSpec(record, display, viewport=look))
            assert made is not None
            if at >= 10:
                taken[name].append(time.perf_counter() - begin)
    return {name: 1e3 * statistics.median(times) for name, times in taken.items()}


def plate(folder: Path, wells: int, fields: int = 4) -> Path:
    """A plate of images of 256 x 256 with labels; the pixels of all images are those of one."""
    place = folder / f"plate{wells}.zarr"
    rows, columns = "ABCDEFGHIJKLMNOP", 24
    names = [f"{rows[at // columns]}/{at % columns + 1}" for at in range(wells)]
    described = [
        {"path": name, "rowIndex": at // columns, "columnIndex": at % columns}
        for at, name in enumerate(names)
    ]
    group(place, {"plate": {
        "rows": [{"name": row} for row in rows], "columns": [{"name": str(n + 1)} for n in range(columns)],
        "wells": described,
    }})  # fmt: skip
    model = folder / "model.zarr"
    if not model.exists():
        pixels = tile(1, 256)
        for where, plane in (
            (model, pixels),
            (model / "labels" / "nuclei", (pixels > 300).astype(np.uint16)),
        ):
            image(where)
            array_metadata(where / "0", plane.shape, np.uint16, (256, 256)).write(plane).result()
        group(model / "labels", {"labels": ["nuclei"]})
    for name in names:
        group(place / name, {"well": {"images": [{"path": str(at)} for at in range(fields)]}})
        for at in range(fields):
            shutil.copytree(model, place / name / str(at))
    return place


def first_picture(source: str, repeats: int = 5) -> tuple[float, float]:
    """Least seconds until it is opened, and until its first picture is painted."""
    found = []
    for _ in range(repeats):
        done = subprocess.run(
            [sys.executable, "-c", FIRST, source], capture_output=True, text=True, check=True
        )
        found.append(tuple(map(float, done.stdout.split()[1:])))
    return min(one for one, _ in found), min(one for _, one in found)


def slow_server(folder: Path, delay: float) -> tuple[ThreadingHTTPServer, list[str]]:
    """A server that answers each request late, and what it was asked for."""
    from RangeHTTPServer import RangeRequestHandler

    asked: list[str] = []

    class Handler(RangeRequestHandler):  # type: ignore[misc]
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: N802
            asked.append(self.path)
            time.sleep(delay)
            super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=http.serve_forever, daemon=True).start()
    return http, asked


def pieces(zarr_at: Path, side: int) -> dict[str, float]:
    """Median milliseconds of a window of 700 x 700, of three readers in turn."""
    import zarr

    from tuiqc.pixels import Window, open_image

    image_file, by_zarr = open_image(zarr_at), zarr.open_array(zarr_at / "0", mode="r")
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": f"{zarr_at}/0/"}}
    bare = tensorstore.open(spec, open=True).result()
    readers: dict[str, Callable[[int, int], Any]] = {
        "tuiqc": lambda y, x: image_file.read(window=Window(y, y + 700, x, x + 700)),
        "tensorstore": lambda y, x: bare[y : y + 700, x : x + 700].read().result(),
        "zarr": lambda y, x: by_zarr[y : y + 700, x : x + 700],
    }
    random = np.random.default_rng(7)
    taken: dict[str, list[float]] = {name: [] for name in readers}
    for at in range(70):
        for name in random.permutation(list(readers)):
            y, x = random.integers(0, side - 700, 2).tolist()
            begin = time.perf_counter()
            readers[name](y, x)
            if at >= 10:
                taken[name].append(time.perf_counter() - begin)
    return {name: 1e3 * statistics.median(times) for name, times in taken.items()}


def main() -> None:
    """Make the data, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--wells", type=int, default=384)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds that the server waits")
    parser.add_argument("--scratch", type=Path)
    parser.add_argument("--only", choices=("step", "plate", "server", "pieces"), action="append")
    arguments = parser.parse_args()
    wanted = arguments.only or ["step", "plate", "server", "pieces"]
    folder = arguments.scratch or Path(tempfile.mkdtemp(prefix="tuiqc-zarr-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if {"step", "pieces"} & set(wanted):
            zarr_at, tiff_at = large_planes(folder, arguments.side)
            if "step" in wanted:
                times = steps(zarr_at, tiff_at, arguments.side)
                print(f"step: {times['zarr']:.1f} ms, tiled TIFF {times['tiff']:.1f} ms: "
                      f"{times['zarr'] / times['tiff']:.2f}")  # fmt: skip
            if "pieces" in wanted:
                times = pieces(zarr_at, arguments.side)
                print(", ".join(f"{name} {one:.2f} ms" for name, one in times.items()),
                      f": {times['tuiqc'] / times['tensorstore']:.2f} of tensorstore")  # fmt: skip
        if {"plate", "server"} & set(wanted):
            large = plate(folder, arguments.wells)
            if "plate" in wanted:
                small = plate(folder, 8)
                (few, one), (many, other) = first_picture(str(small)), first_picture(str(large))
                print(f"first picture of {arguments.wells} wells: {other:.2f} s (opened {many:.2f}), "
                      f"of 8: {one:.2f} s (opened {few:.2f}): {other / one:.2f}")  # fmt: skip
            if "server" in wanted:
                http, asked = slow_server(folder, arguments.delay)
                address = f"http://127.0.0.1:{http.server_port}/{large.name}"
                opened, painted = first_picture(address, 1)
                http.shutdown()
                print(f"over a server with {1e3 * arguments.delay:.0f} ms: {painted:.2f} s "
                      f"(opened {opened:.2f}), {len(asked)} requests")  # fmt: skip
    finally:
        if arguments.scratch is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
