"""What a step in time costs: a long movie against a short one, in HDF5 and in TIFF, with the bytes that it reads.

    python tests/benchmarks/time.py [--frames 500] [--size 1024] [--keep FOLDER]

A step is what the key `.` does below the screen: the planes of channel and mask are read and the picture is composed.
Every time point is one that has not been read before, so nothing comes from the cache. Bytes are those that the
process read (`/proc/self/io`). Exits with 1 when a step in the long movie takes more than 1.5 times one in the short
movie, when it reads more than twice what the plane takes in the file, or when memory goes beyond the cache.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.demo.tracking import make_tracking
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter
from tuiqc.picture.spec import PictureSpec

CACHE = 64 << 20
SHORT = 12
MOST = 1.5


def read_bytes() -> int:
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("rchar:"):
            return int(line.split()[1])
    return 0


def as_plain_tiff(folder: Path, kind: str) -> Path:
    """The mask as a TIFF with a page per time point: compressed with tifffile's own axes, or with none at all."""
    import h5py
    import tifffile

    target = folder / f"mask_{kind}.tif"
    if not target.exists():
        with h5py.File(folder / "demo--tracking-oids.h5") as file:
            data = file["exported_data"]
            planes = (data[t, 0, :, :, 0].astype(np.uint16) for t in range(data.shape[0]))
            if kind == "ome":
                shape = (data.shape[0], *data.shape[2:4])
                tifffile.imwrite(
                    target,
                    planes,
                    shape=shape,
                    dtype=np.uint16,
                    ome=True,
                    metadata={"axes": "TYX"},
                    compression="zlib",
                )
            else:
                with tifffile.TiffWriter(target) as tif:
                    for plane in planes:
                        tif.write(plane, metadata=None, compression="zlib", contiguous=False)
    return target


def steps(folder: Path, mask: Path, times: list[int]) -> tuple[float, float, int]:
    """Median seconds and bytes of a step, and the bytes of the cache at the end."""
    batch = open_batch(
        SourceOptions(
            images=(("raw", str(folder / "demo--raw.tif")),),
            labels=(("objects", str(mask)),),
            base_dir=folder,
        )
    )
    painter = Painter(CACHE, batch.images)
    display = Display.of(batch.channels, batch.layers, "objects")
    spec = PictureSpec(batch.images[0], display, layer="objects", width=640, height=640)
    painter.paint(spec)
    painter.prepare(display)
    took, read = [], []
    for t in times:
        before, start = read_bytes(), perf_counter()
        painter.paint(PictureSpec(batch.images[0], display, layer="objects", width=640, height=640, t=t))
        took.append(perf_counter() - start)
        read.append(read_bytes() - before)
    return statistics.median(took), statistics.median(read), painter.source.nbytes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--keep", type=Path, help="folder to make the movies in, or where they are already")
    arguments = parser.parse_args()
    if arguments.keep:
        return measure(arguments.keep, arguments.frames, arguments.size)
    with tempfile.TemporaryDirectory(prefix="tuiqc-time-") as folder:
        return measure(Path(folder), arguments.frames, arguments.size)


def told(target: str, met: bool) -> bool:
    print(f"  {'met   ' if met else 'MISSED'}  {target}")
    return met


def measure(folder: Path, count: int, size: int) -> int:
    """Make the movies that are not there yet, step, and print each target; 1 if one is missed."""
    places = {}
    for name, frames in (("short", SHORT), ("long", count)):
        places[name] = folder / name / "movie"
        if not places[name].exists():
            start = perf_counter()
            made = make_tracking(folder / name, frames=frames, size=size, stack=False)
            print(f"{name}: {frames} x {size}² in {perf_counter() - start:.0f} s, {made.nbytes / 1e6:.0f} MB")
    wrong = 0
    for kind in ("hdf5", "ome", "pages"):
        seconds, read, most = {}, {}, 0
        for name, frames in (("short", SHORT), ("long", count)):
            own = places[name]
            mask = own / "demo--tracking-oids.h5" if kind == "hdf5" else as_plain_tiff(own, kind)
            times = (
                [1 + at * (frames - 2) // 10 for at in range(1, 11)] if frames > SHORT else list(range(1, 11))
            )
            seconds[name], read[name], held = steps(own, mask, times)
            most = max(most, held)
        ratio = seconds["long"] / seconds["short"]
        plane = size**2 + mask.stat().st_size / count
        print(
            f"{kind}: {seconds['short'] * 1e3:.1f} ms a step in {SHORT}, {seconds['long'] * 1e3:.1f} ms in "
            f"{count} time points ({ratio:.2f} times); {read['short'] / 1e3:.0f} and "
            f"{read['long'] / 1e3:.0f} kB read, a plane of both files has {plane / 1e3:.0f} kB; "
            f"{most / 1e6:.0f} of {CACHE / 1e6:.0f} MB in the cache"
        )
        wrong += not told(f"a step costs at most {MOST} times one in the short movie", ratio <= MOST)
        wrong += not told("a step reads at most twice the plane", read["long"] <= 2 * plane + (1 << 16))
        wrong += not told("memory stays within the cache", most <= CACHE)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"largest memory of the process, making the movies included: {peak:.0f} MB")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
