"""How long does the event loop of the whole program stand still while a million objects are plotted?

    python tests/benchmarks/plot_stalls.py --rows 1000000 --scratch FOLDER

The table is that of `table_stalls.py`, read without a cache. The plot is opened while it is still being read, then a
scatter plot of two columns, arrows, a verdict, colours by a third column, boxes per image, a click and a selection.
With `--pixels` the data area is drawn as a picture for a kitty terminal, else as cells. Told are the same longest
stalls as there, and the processor time of finding the point that an arrow leads to (target: 20 ms).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "benchmarks")]

from table_stalls import make_batch, program  # noqa: E402
from ticker import Ticker  # noqa: E402

ARROWS = ["left", "up", "left", "down", "left", "left", "up", "right"] * 3


async def measure(folder: Path, rows: int, pixels: bool, stacks: bool = False) -> tuple[Ticker, list[float]]:
    """Return what the ticker found, and the milliseconds of finding each next point."""
    from textual.widgets import Input

    from tuiqc.plots.steps import next_point
    from tuiqc.tables.neighbours import Direction
    from tuiqc.ui.views.plot import PlotView

    app = program(folder, pixels=pixels)
    watch, arrows = Ticker(stacks=stacks), list[float]()
    async with app.run_test(size=(120, 40)) as pilot:
        ticker = asyncio.create_task(watch.run())

        def view() -> PlotView:
            assert isinstance(app.review.context.views.view, PlotView)
            return app.review.context.views.view

        def plotted(kind: str, selected: int = 0, coloured: bool = False, judged: int = 0) -> bool:
            made = view().subject.plot
            if made is None or made.choice.kind != kind or len(made.points.x) != rows:
                return False
            drawn = not pixels or (
                view().chart.finished is not None and view().chart.finished.number == view().chart.number
            )
            same = (made.points.rgb is not None) == coloured and int((made.points.codes > 0).sum()) == judged
            return bool(same and drawn and made.points.selected.sum() >= selected)

        async def pick(key: str, column: str) -> None:
            await pilot.press(key)
            app.screen.query_one(Input).value = column

        await watch.phase(pilot, "opened", ["x"], lambda: app.review.context.views.view is not None)
        await watch.phase(pilot, "read", [], lambda: plotted("histogram"))
        await watch.phase(pilot, "bins", ["right", "left", "up", "down"], lambda: True)
        await pick("y", "Feature_03")
        await watch.phase(pilot, "scatter", ["enter"], lambda: plotted("scatter"))
        made, at = view().subject.plot, view().subject.current
        assert made is not None
        for key in ARROWS:
            start = time.thread_time()
            at = next_point(made, at, cast(Direction, key))
            arrows.append((time.thread_time() - start) * 1e3)
        await watch.phase(pilot, "arrows", ARROWS, lambda: True)
        await watch.phase(pilot, "verdict", ["f"], lambda: plotted("scatter", judged=1))
        await pick("c", "Feature_05")
        await watch.phase(pilot, "colour", ["enter"], lambda: plotted("scatter", 0, True, 1))
        await pilot.click(view(), offset=(40, 20))
        await watch.phase(pilot, "click", [], lambda: True)
        for press, offset in (
            (pilot.mouse_down, (30, 10)),
            (pilot.hover, (40, 14)),
            (pilot.mouse_up, (45, 18)),
        ):
            await press(view(), offset=offset)
        await watch.phase(pilot, "drag", [], lambda: plotted("scatter", 1, True, 1))
        await watch.phase(pilot, "boxes", ["b"], lambda: plotted("box", 1, True, 1))
        await watch.phase(pilot, "groups", ["down", "down", "right", "right"], lambda: True)
        ticker.cancel()
    app.review.session.store.close()
    return watch, arrows


def main() -> None:
    """Measure and print one line per phase."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scratch", type=Path, default=Path("bench_tables"))
    parser.add_argument("--rows", type=int, default=10**6)
    parser.add_argument("--pixels", action="store_true")
    parser.add_argument("--stacks", action="store_true", help="tell where the loop was in the longest stalls")
    arguments = parser.parse_args()
    scratch = arguments.scratch.resolve()
    folder = make_batch(scratch, arguments.rows)
    (folder / "verdicts.csv").unlink(missing_ok=True)
    with TemporaryDirectory() as state:  # another run's colours would be remembered
        os.environ["TUIQC_STATE_DIR"] = state
        watch, arrows = asyncio.run(
            measure(folder, arguments.rows, arguments.pixels, stacks=arguments.stacks)
        )
    for line in watch.lines(f"{arguments.rows:>9}"):
        print(line, flush=True)
    print("\n".join(watch.seen))
    longest = max(arrows)
    print(
        f"the next among {arguments.rows} points: {sum(arrows) / len(arrows):.1f} ms, "
        f"longest {longest:.1f} ms {'ok' if longest <= 20 else 'MISSED'} (at most 20 ms)"
    )


if __name__ == "__main__":
    main()
