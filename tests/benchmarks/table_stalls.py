"""How long does the event loop of the whole program stand still while a big table is read, sorted and filtered?

    python tests/benchmarks/table_stalls.py --rows 1000000 --scratch FOLDER

A table of `rows` objects in images of a thousand objects is made once from a fixed seed. The program runs on it without
a terminal (120 x 40 cells) and without a cache, so that the first rows come before the others. A ticker of 5 ms tells
the longest time between two ticks in each phase (target: 50 ms). On a busy machine that contains the time that others
took, so two more times are told: the longest between two ticks without the time that the loop's thread was ready
and waited for a processor (Linux counts it), and the longest of the thread on a processor.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "benchmarks")]

from ticker import Ticker  # noqa: E402

IN_IMAGE = 1000


def make_batch(folder: Path, rows: int) -> Path:
    """Write images of noise and one table of all objects; returns the folder."""
    import numpy as np
    import pandas as pd
    import tifffile

    folder = folder / f"stalls_{rows}"
    if (folder / "objs.csv").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(rows)
    images = max(1, rows // IN_IMAGE)
    for number in range(images):
        tifffile.imwrite(folder / f"img{number:04}.tif", rng.integers(0, 255, (64, 64), np.uint8))
    image = np.arange(rows) // IN_IMAGE % images
    frame = pd.DataFrame({"ImageNumber": image + 1, "ObjectNumber": np.arange(rows) % IN_IMAGE + 1})
    for number in range(30):
        frame[f"Feature_{number:02}"] = rng.normal(0, 10, rows).round(4)
    frame["FileName_DNA"] = np.array([f"img{number:04}.tif" for number in range(images)])[image]
    frame.to_csv(folder / "objs.csv", index=False)
    return folder


def program(folder: Path, *, pixels: bool = False) -> Any:
    """Return the program on the batch of `make_batch`, read without a cache, for a kitty terminal or half-blocks."""
    from tuiqc.dataset.open.batch import open_batch
    from tuiqc.dataset.source_options import SourceOptions
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.review.session import Session
    from tuiqc.terminal.capabilities import Capabilities, Protocol
    from tuiqc.ui import garbage
    from tuiqc.ui.app import TuiqcApp

    source = SourceOptions(
        images=(("DNA", str(folder / "img{n}.tif")),),
        tables=(("objs", str(folder / "objs.csv")),),
        cache=False,
    )
    batch = open_batch(source)
    store = AnnotationStore.open(folder / "verdicts.csv", "benchmark", batch.placeholders)
    protocol = Protocol.KITTY if pixels else Protocol.HALFBLOCK
    caps = Capabilities(protocol, 10, 20, True, 256, None, True, "", "benchmark", None, ())
    garbage.begin()
    return TuiqcApp(Session(batch, store, "objs"), caps)


async def measure(folder: Path, rows: int) -> Ticker:
    """Return what the ticker found."""

    app = program(folder)
    watch = Ticker()
    async with app.run_test(size=(120, 40)) as pilot:
        ticker = asyncio.create_task(watch.run())
        session = app.review.session

        async def phase(name: str, keys: list[str], done: Callable[[], bool]) -> None:
            await watch.phase(pilot, name, keys, done)

        def complete() -> bool:
            return session.tables.objects is not None and session.tables.objects.total == rows

        await phase("first rows", [], lambda: session.tables.objects is not None)
        await phase("all rows", [], complete)
        objects = session.tables.objects
        assert objects is not None
        await phase(
            "walk", ["tab", "right", "right", "right", "right", "pagedown", "end", "home"], lambda: True
        )
        await phase("sort", ["s"], lambda: objects.view.sort is not None)
        await phase("filter", ["slash"], lambda: True)
        app.review.context.status.ask_line.input.value = "Feature_03 > 0 and outlier(Feature_05)"
        await phase("filtered", ["enter"], lambda: objects.filtered is not None)
        await phase("colour", ["c"], lambda: True)
        await asyncio.sleep(2)
        await phase("nothing", [], lambda: True)
        ticker.cancel()
    app.review.session.store.close()
    return watch


def main() -> None:
    """Measure and print one line per phase."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scratch", type=Path, default=Path("bench_tables"))
    parser.add_argument("--rows", type=int, default=10**6)
    arguments = parser.parse_args()
    scratch = arguments.scratch.resolve()
    os.environ["TUIQC_STATE_DIR"] = str(scratch / "state")
    folder = make_batch(scratch, arguments.rows)
    for line in asyncio.run(measure(folder, arguments.rows)).lines(f"{arguments.rows:>9}"):
        print(line, flush=True)


if __name__ == "__main__":
    main()
