"""From the key to the painted screen in sheets of few and of many: the program without a terminal.

    python scrolling.py [--images 2000] [--each 50]

Small images, so that only the program is measured: a page further in the contact sheet of 20 and of 2,000 images, in
the gallery of 100 and of 100,000 objects (50 in each image). Key to painted: until the cursor has moved and the cells
of the page (frames and captions) were laid out. Each ratio is told with its target.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import tifffile

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.review.session import Session
from tuiqc.terminal.capabilities import Capabilities, Protocol
from tuiqc.ui.app import TuiqcApp
from tuiqc.ui.views.tile_view import TileView

CAPS = Capabilities(Protocol.HALFBLOCK, 8, 17, True, 256, None, True, "", "benchmark", None, ())
SIDE, PAGES = 128, 12


def make_batch(folder: Path, images: int, each: int) -> Batch:
    """Hard links to one image, and a table of its own for each."""
    folder.mkdir(parents=True)
    labels = np.zeros((SIDE, SIDE), np.uint16)
    rows = ["ObjectNumber,AreaShape_Area,Location_Center_X,Location_Center_Y"]
    for number in range(each):
        y, x = 4 + 16 * (number // 8), 4 + 16 * (number % 8)
        labels[y : y + 9, x : x + 9] = number + 1
        rows.append(f"{number + 1},{81 + number},{x + 4},{y + 4}")
    tifffile.imwrite(folder / "i00000_DNA.tif", (labels > 0).astype(np.uint8) * 200)
    tifffile.imwrite(folder / "i00000_nuclei.tif", labels)
    (folder / "i00000.csv").write_text("\n".join(rows) + "\n")
    for number in range(1, images):
        for end in ("_DNA.tif", "_nuclei.tif", ".csv"):
            os.link(folder / f"i00000{end}", folder / f"i{number:05}{end}")
    options = SourceOptions(
        images=(("DNA", str(folder / "{image}_DNA.tif")),),
        labels=(("nuclei", str(folder / "{image}_nuclei.tif")),),
        tables=(("nuclei", str(folder / "{image}.csv")),),
        base_dir=folder,
    )
    return open_batch(options, None)


async def pages(batch: Batch, key: str) -> tuple[float, float]:
    """Median seconds and processor seconds from `pagedown`, and back up, to the painted page of a sheet."""
    with AnnotationStore.open(batch.root / "qc.csv", "ann", batch.placeholders) as store:
        app = TuiqcApp(Session(batch, store, "nuclei"), CAPS)
        async with app.run_test(size=(120, 40)) as pilot:
            session = app.review.session
            while session.tables.objects is None or len(session.tables.objects.loaded) < len(batch.images):
                await asyncio.sleep(0.05)
            await pilot.press(key)
            view = app.review.context.views.view
            assert isinstance(view, TileView)
            times = []
            for number in range(2 * PAGES):
                await asyncio.sleep(0.3)  # tiles are made between two keys
                before, start, busy = view.source.cursor, perf_counter(), process_time()
                app.post_message(_key("pagedown" if number < 1 or number % 2 == 0 else "pageup"))
                while view.source.cursor == before or view._looks is None:
                    await asyncio.sleep(0)
                await pilot._wait_for_screen()
                times.append((perf_counter() - start, process_time() - busy))
    return statistics.median(one for one, _ in times), statistics.median(one for _, one in times)


def _key(name: str):  # type: ignore[no-untyped-def]
    from textual.events import Key

    return Key(name, None)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--each", type=int, default=50)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scrolling-") as name:
        base = Path(name)
        for variable in ("TUIQC_CACHE_DIR", "TUIQC_STATE_DIR"):
            os.environ[variable] = str(base / variable)
        many = make_batch(base / "many", arguments.images, arguments.each)
        for key, what, few in (("G", "contact sheet", 20), ("g", "gallery", 2)):
            small = make_batch(base / f"few{few}", few, arguments.each)
            found = {
                which: asyncio.run(pages(batch, key)) for which, batch in (("few", small), ("many", many))
            }
            (wall, cpu), (wall_many, cpu_many) = found["few"], found["many"]
            counts = [len(batch.images) * (1 if key == "G" else arguments.each) for batch in (small, many)]
            ratio = cpu_many / cpu
            print(
                f"{what}: a page of {counts[0]:,} {wall * 1000:.0f} ms (CPU {cpu * 1000:.0f}), of {counts[1]:,} "
                f"{wall_many * 1000:.0f} ms (CPU {cpu_many * 1000:.0f}): CPU ratio {ratio:.2f} "
                f"(<= 1.5: {'met' if ratio <= 1.5 else 'MISSED'})"
            )


if __name__ == "__main__":
    sys.exit(main())
