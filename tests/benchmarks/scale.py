"""Many images and many objects: what a hundred times as many cost.

    python tests/benchmarks/scale.py              # without the largest: --most-images 10000 --most-objects 1000000

- 10^3, 10^4 and 10^5 images by patterns: processor time and memory of opening them without a screen; and on a screen
  (a pseudo-terminal with sixel) the first picture, the median of ten steps to the next image, and memory.
- 10^5, 10^6 and 10^7 objects of a Parquet table in up to 10^4 images: opening, sorting by a number and by a text,
  filtering, turning fifty pages, and counting (`tuiqc summary`), in seconds of the processor; memory.

Ratios to the size before are in brackets; 10 is in proportion. Asked: 2 s to the first picture, 15 us and 1 kB an
image of 10^5; 20 s for the summary and 2 GB for the table of 10^7 objects.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tifffile

sys.path.insert(0, str(Path(__file__).resolve().parent))

from terminal import KINDS, Terminal, forget, machine, private_state

_HEAD = """
import json, resource, sys, time
from pathlib import Path
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
folder, found, last = Path(sys.argv[1]), {}, time.process_time()
tables = (("nuclei", "nuclei.parquet"),) if sys.argv[2:] else ()
def told(name):
    global last
    found[name], last = time.process_time() - last, time.process_time()
def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
bare = memory()
batch = open_batch(SourceOptions(
    images=(("DNA", "p_{n}_DNA.tif"),), labels=(("nuclei", "p_{n}_nuclei_labels.tif"),), tables=tables, base_dir=folder,
))
told("open images")
found["memory of images"] = memory() - bare
"""
_OBJECTS = """
from tuiqc.dataset.objects import ObjectLoader
from tuiqc.exporters.summary import summarise
from tuiqc.review.object_rows import ObjectRows
parts = []
ObjectLoader(batch).load_layer("nuclei", parts.append)
rows = ObjectRows(batch, "nuclei", parts)
del parts
told("open table")
rows.view.sort_by_keys([("area", True)])
told("sort number")
rows.view.sort_by_keys([("class", False)])
told("sort text")
rows.stack.add("area > 110 and class = 'b'")
rows.take_filter(rows.filter_mask())
told("filter")
for page in range(50):
    [rows.view.column("area")[rows.view.row(at)] for at in range(page * 40, page * 40 + 40)]
told("fifty pages")
found["memory of all"] = memory()
assert len(rows.view) < rows.total == int(sys.argv[2])
del rows
summary = summarise(batch)
told("summary")
assert summary["layers"]["nuclei"]["objects"] == int(sys.argv[2])
"""
_END = "\nprint(json.dumps(found))\n"
_SIDE = 32
"""Objects in a row of an image."""


def folder_of(top: Path, images: int, objects: int = 0) -> Path:
    """A folder of so many images, all of them links to one image and one mask, and a table of `objects` in each."""
    folder = top / f"{images}-{objects}"
    folder.mkdir()
    labels = np.zeros((_SIDE * 16, _SIDE * 16), np.uint16)
    for label in range(1, objects + 1):
        row, column = divmod(label - 1, _SIDE)
        labels[row * 16 + 2 : row * 16 + 12, column * 16 + 2 : column * 16 + 12] = label
    planes = {"DNA": labels.astype(bool).astype(np.uint8) * 200, "nuclei_labels": labels}
    for name, plane in planes.items():
        first = folder / f"p_0_{name}.tif"
        tifffile.imwrite(first, plane, compression="zlib")
        copy = first
        for number in range(1, images):
            if number % 30_000 == 0:  # file systems count the names of a file
                copy = folder / f"p_{number}_{name}.tif"
                copy.write_bytes(first.read_bytes())
                continue
            os.link(copy, folder / f"p_{number}_{name}.tif")
    if objects:
        write_table(folder / "nuclei.parquet", images, objects)
    return folder


def write_table(path: Path, images: int, objects: int) -> None:
    """Image, label, centre, area, four further measurements and a class of each object, in pieces."""
    import pyarrow as pa
    from pyarrow import parquet

    random = np.random.default_rng(1)
    label = np.arange(1, objects + 1)
    writer = None
    at_once = max(1, (1 << 20) // objects)
    for start in range(0, images, at_once):
        some = range(start, min(start + at_once, images))
        count = len(some) * objects
        columns = {
            "image": pa.array(np.repeat([str(number) for number in some], objects)),
            "label": np.tile(label, len(some)),
            "centroid-0": np.tile((label - 1) // _SIDE * 16 + 6.5, len(some)),
            "centroid-1": np.tile((label - 1) % _SIDE * 16 + 6.5, len(some)),
        }
        columns |= {name: random.normal(100, 10, count) for name in ("area", "mean", "a", "b", "c")}
        columns["class"] = pa.array(np.array(["a", "b", "c"])[random.integers(0, 3, count)])
        table = pa.table(columns)
        writer = writer or parquet.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def without_screen(folder: Path, objects: int = 0) -> dict[str, float]:
    """Seconds and bytes of each step, in a process of its own."""
    program = _HEAD + (_OBJECTS if objects else "") + _END
    command = [sys.executable, "-c", program, str(folder), *([str(objects)] if objects else [])]
    environ = os.environ | {"TUIQC_CACHE_DIR": str(folder.parent / "cache")}
    found: dict[str, float] = json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True, env=environ).stdout
    )
    return found


def on_screen(folder: Path, scratch: Path) -> dict[str, float]:
    """Seconds to the first picture and of a step; bytes of memory after the steps."""
    if not (scratch / "bytecode").exists():  # the very first start compiles all modules, as no later one does
        session(folder, scratch, steps=1)
    return session(folder, scratch, steps=10)


def session(folder: Path, scratch: Path, steps: int) -> dict[str, float]:
    """The figures of one session that nothing is kept for."""
    annotations = scratch / "annotations.csv"
    forget(scratch, annotations)
    command = [sys.executable, "-m", "tuiqc", "open", "--annotations", str(annotations)]
    command += ["--images", f"DNA={folder}/p_{{n}}_DNA.tif"]
    command += ["--labels", f"nuclei={folder}/p_{{n}}_nuclei_labels.tif"]
    with Terminal(command, KINDS["sixel"], environ=private_state(scratch)) as running:
        picture = running.wait_for_picture(0.0, 120.0)
        if picture is None:
            raise SystemExit(f"no picture; the program wrote:\n{running.text()[-2000:]}")
        running.wait_quiet(1.0, 30.0)
        taken = []
        for _ in range(steps):
            pressed = running.press(b"\x1b[B")
            running.wait_quiet(0.3, 10.0)
            taken.append(running.last_output() - pressed)
        memory = int(Path(f"/proc/{running.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        running.press(b"q")
        running.wait_quiet(0.2, 5.0)
    return {
        "first picture": picture.time - running.started,
        "step": statistics.median(taken),
        "memory": float(memory),
    }


def lines_of(found: dict[str, float], before: dict[str, float]) -> Iterator[str]:
    """Each figure with its ratio to the size before."""
    for name, value in found.items():
        shown = f"{value / 1e6:9.0f} MB" if "memory" in name else f"{value:9.3f} s "
        ratio = f"  ({value / before[name]:.1f})" if before.get(name) else ""
        yield f"    {name:<18}{shown}{ratio}"


def main() -> None:
    """Parse the arguments, measure, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--most-images", type=int, default=100_000)
    parser.add_argument("--most-objects", type=int, default=10_000_000)
    parser.add_argument("--no-screen", action="store_true", help="leave out what needs a screen")
    arguments = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        top, before = Path(name), dict[str, float]()
        for images in (1_000, 10_000, 100_000):
            if images > arguments.most_images:
                break
            folder = folder_of(top, images)
            found = without_screen(folder)
            if not arguments.no_screen:
                found |= on_screen(folder, top)
            each = 1e6 * found["open images"] / images, found["memory of images"] / images / 1e3
            print(f"{images:,} images: {each[0]:.1f} us and {each[1]:.2f} kB an image to open")
            print("\n".join(lines_of(found, before)), flush=True)
            before = found
        before = {}
        for images in (100, 1_000, 10_000):
            objects = images * 1_000
            if objects > arguments.most_objects:
                break
            found = without_screen(folder_of(top, images, 1_000), objects)
            print(f"{objects:,} objects in {images:,} images")
            print("\n".join(lines_of(found, before)), flush=True)
            before = found
    print(machine())


if __name__ == "__main__":
    main()
