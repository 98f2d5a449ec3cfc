"""How fast is a table of many objects: loading, sorting, filtering, paging?

Data: tables of 33 columns (30 of floats, 3 of text: a well, a condition, a name of each object) with 10^4, 10^5 and
10^6 rows (`--rows`), made here from a fixed seed and kept in `--scratch` for the next run. Each figure is a ratio
within one run: the two things are timed in turn, and medians are compared.

- **sort**: `TableView.sort_by` of a column of floats, to `numpy.argsort` of its values (at most 1.5). Also told, in
  milliseconds: a column of few texts, one of all different texts, two keys;
- **filter**: evaluating an understood filter on two columns, to the same NumPy expression on the columns of the frame
  (at most 2), and the time to understand it. Also told: a text, a distribution term;
- **load**: the first time through `load_table`, to the faster of pandas' two readers (at most 1.3); the second time,
  from the cache (at most 0.5). The cache is a folder of its own in `--scratch`;
- **peak memory**: of a fresh process that loads, sorts and filters, without what it has after its imports, to the size
  of the frame (at most 2.2), and beside it what pandas' readers take for the same file: parsers need some memory for
  small tables too;
- **keys**: page down and go to the end in the real table widget, without a terminal (120 x 40 cells), until all lines
  are painted: milliseconds of CPU, and the largest table to the smallest (at most 1.5; page down at most 15 ms);
- **event loop**: the longest time between two ticks of a timer of 5 ms in the program while a thread sorts and filters
  (at most 50 ms). On a busy machine it contains the time that others took: the longest without any work is told too.

`--visidata FILE` compares with VisiData on the same TSV, by a script (called `FILE --child TABLE`) that prints
JSON with `load_s`, `sort_s` and `filter_expr_s`, run by `--visidata-python`, a Python that has VisiData: `pip install
visidata` in an environment of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

SORTED, OTHER = "Intensity_Mean_03", "Intensity_Mean_07"
FILTER = f"{SORTED} > 12 and {OTHER} < 9"


def make_table(folder: Path, rows: int) -> Path:
    """Write a table as TSV and Parquet unless they are there; returns the path of the TSV."""
    import numpy as np
    import pandas as pd

    path = folder / f"objects_{rows}.tsv"
    if path.exists() and path.with_suffix(".parquet").exists():
        return path
    rng = np.random.default_rng(rows)
    wells = np.array([f"{row}{column:02d}" for row in "ABCDEFGH" for column in range(1, 13)])
    data: dict[str, Any] = {
        "well": wells[rng.integers(0, len(wells), rows)],
        "condition": np.array(["DMSO", "drug A", "drug B", "untreated"])[rng.integers(0, 4, rows)],
        "object_id": [f"obj_{number}" for number in range(rows)],
    }
    for number in range(30):
        data[f"Intensity_Mean_{number:02d}"] = rng.lognormal(number % 5, 0.6, rows).round(4)
    frame = pd.DataFrame(data)
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path.with_suffix(".parquet"), index=False)
    frame.to_csv(path, sep="\t", index=False)
    return path


def frame_of(path: Path) -> Any:
    """The table as a frame, quickly."""
    import pandas as pd

    return pd.read_parquet(path.with_suffix(".parquet"))


def in_turn(runs: int, *calls: Callable[[], object]) -> list[float]:
    """Median milliseconds of some calls, timed one after the other in each of `runs` rounds, one more to warm up."""
    times: list[list[float]] = [[] for _ in calls]
    for turn in range(runs + 1):
        for call, taken in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            if turn:
                taken.append((time.perf_counter() - start) * 1e3)
    return [statistics.median(taken) for taken in times]


def tell(name: str, rows: int, text: str, ratio: float | None = None, target: float | None = None) -> None:
    """Print one line."""
    judged = "" if ratio is None else f"  ratio {ratio:.2f}"
    if ratio is not None and target is not None:
        judged += f" (at most {target}) {'ok' if ratio <= target else 'MISSED'}"
    print(f"{name:<12}{rows:>9}  {text}{judged}", flush=True)


# --- sort and filter


def sort_and_filter(path: Path, rows: int, runs: int) -> None:
    """Ratios of sorting and filtering to NumPy."""
    import numpy as np

    from tuiqc.tables.filters.evaluation import evaluate
    from tuiqc.tables.filters.grammar import parse
    from tuiqc.tables.table_view import TableView

    frame = frame_of(path)
    view = TableView(frame)
    values, other = view.column(SORTED), view.column(OTHER)
    ours, floor = in_turn(runs, lambda: view.sort_by_keys([(SORTED, False)]), lambda: np.argsort(values))
    tell("sort", rows, f"float {ours:.2f} ms, numpy.argsort {floor:.2f} ms", ours / floor, 1.5)

    def text_sort(*names: str) -> float:
        view.sort_by_keys([])  # forgets the ranks of the texts
        start = time.perf_counter()
        view.sort_by_keys([(name, False) for name in names])
        return (time.perf_counter() - start) * 1e3

    told = [
        f"{' + '.join(names)} {text_sort(*names):.0f} ms"
        for names in (("well",), ("object_id",), ("well", SORTED))
    ]
    tell("sort", rows, ", ".join(told))

    expression = parse(FILTER)
    expected = (values > 12) & (other < 9)
    assert np.array_equal(evaluate(expression, view), expected)
    rounds = max(runs, min(200, 10**6 // rows * runs))
    ours, floor, understood = in_turn(
        rounds,
        lambda: evaluate(expression, view),
        lambda: (frame[SORTED].to_numpy() > 12) & (frame[OTHER].to_numpy() < 9),
        lambda: parse(FILTER),
    )
    told_parse = f"understanding it {understood * 1e3:.0f} µs"
    tell("filter", rows, f"{ours:.3f} ms, NumPy {floor:.3f} ms, {told_parse}", ours / floor, 2)
    more = [
        "well = 'B02'",
        "object_id contains '77'",
        f"outlier({SORTED})",
        f"quantile({SORTED}) > 0.99 and well > 'C'",
    ]
    times = in_turn(2, *(lambda text=text: evaluate(parse(text), view) for text in more))  # type: ignore[misc]
    tell(
        "filter", rows, ", ".join(f"{text}: {taken:.1f} ms" for text, taken in zip(more, times, strict=True))
    )


# --- loading


def load(path: Path, rows: int, runs: int, scratch: Path) -> None:
    """Ratios of loading to the readers of pandas."""
    import pandas as pd

    from tuiqc.dataset.tables.reader import load_table
    from tuiqc.dataset.tables.table_cache import flush

    os.environ["XDG_CACHE_HOME"] = str(scratch / "cache")
    times = in_turn(
        runs,
        lambda: load_table(path),
        lambda: pd.read_csv(path, sep="\t"),
        lambda: pd.read_csv(path, sep="\t", engine="pyarrow"),
    )
    floor = min(times[1:])
    pandas = f"pandas {times[1]:.0f} ms, with pyarrow {times[2]:.0f} ms"
    tell("load", rows, f"first {times[0]:.0f} ms, {pandas}", times[0] / floor, 1.3)
    time.sleep(
        max(0.0, path.stat().st_mtime + 2.5 - time.time())
    )  # a file that was changed just now is not cached
    load_table(path, cached=True)
    flush()
    (again,) = in_turn(runs, lambda: load_table(path, cached=True))
    tell("load", rows, f"from the cache {again:.0f} ms", again / floor, 0.5)


def memory(path: Path, rows: int) -> None:
    """Ratio of the memory of a fresh process to that of the frame, and what pandas' readers take for the same file."""

    def measured(*more: str) -> tuple[float, float]:
        command = [sys.executable, __file__, "--memory-of", str(path), *more]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peak, frame = map(float, done.stdout.split())
        return peak, frame

    peak, frame = measured()
    others = [measured("--with-pandas", engine)[0] for engine in ("c", "pyarrow")]
    told = (
        f"peak {peak:.0f} MB, frame {frame:.0f} MB; pandas only to read it {others[0]:.0f} MB, with pyarrow "
    )
    tell("memory", rows, f"{told}{others[1]:.0f} MB", peak / frame, 2.2)


def peak_mb() -> float:
    """Largest resident memory of this process so far (Linux; what `getrusage` tells is inherited from the parent)."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def memory_child(path: Path, engine: str) -> None:
    """Load, sort and filter; print peak without the imports and size of the frame, in MB."""
    import pandas as pd
    import pyarrow.compute
    import pyarrow.csv
    import pyarrow.parquet  # noqa: F401

    from tuiqc.dataset.tables.reader import load_table
    from tuiqc.tables.filters.evaluation import evaluate
    from tuiqc.tables.filters.grammar import parse
    from tuiqc.tables.table_view import TableView

    pd.DataFrame({"x": ["a"]}).to_csv()
    before = peak_mb()
    if engine:
        frame = pd.read_csv(path, sep="\t", engine=engine)  # type: ignore[call-overload]
        print(peak_mb() - before, frame.memory_usage(deep=True).sum() / 2**20)
        return
    view = TableView(load_table(path).frame)
    view.sort_by_keys([(SORTED, False)])
    view.filter(evaluate(parse(FILTER), view))
    print(peak_mb() - before, view.frame.memory_usage(deep=True).sum() / 2**20)


# --- the widget


def make_app(path: Path) -> Any:
    """An app with nothing but the table widget on the rows of a table."""
    from textual.app import App, ComposeResult

    from tuiqc.review.listing import Listing
    from tuiqc.review.rows import Rows
    from tuiqc.ui.widgets.line_table import LineTable

    rows = Rows(frame_of(path), ["well", "object_id"])

    class TableApp(App[None]):
        def compose(self) -> ComposeResult:
            yield LineTable(Listing(rows))

    return TableApp(), rows


async def keys(path: Path, runs: int) -> tuple[float, float, float]:
    """Median CPU milliseconds of page down, go to the end and back, and nothing, each until painted."""
    from tuiqc.ui.widgets.line_table import LineTable

    app, _ = make_app(path)
    async with app.run_test(size=(120, 40)) as pilot:
        table = app.query_one(LineTable)
        table.focus()
        await pilot.pause()

        async def taken(*moves: str) -> float:
            times = []
            for number in range(runs * 3):
                start = time.process_time()
                if moves:
                    table.move(moves[number % len(moves)])
                await pilot.pause()
                times.append((time.process_time() - start) * 1e3)
            return statistics.median(times)

        return await taken("page_down"), await taken("last", "first"), await taken()


async def stalls(path: Path) -> tuple[float, float]:
    """Longest milliseconds between ticks while nothing happens, and while a thread sorts and filters."""
    from tuiqc.tables.filters.evaluation import evaluate
    from tuiqc.tables.filters.grammar import parse

    app, rows = make_app(path)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        gaps: list[float] = []

        async def tick() -> None:
            last = time.perf_counter()
            while True:
                await asyncio.sleep(0.005)
                now = time.perf_counter()
                gaps.append((now - last) * 1e3 - 5)
                last = now

        def work() -> None:
            for names in ([SORTED], ["object_id"], ["well", SORTED]):
                rows.view.ordered([(name, False) for name in names])
            for text in (
                FILTER,
                "object_id contains '77'",
                f"outlier({SORTED})",
                "verdict is missing and well > 'B'",
            ):
                evaluate(parse(text), rows.view)

        ticker = asyncio.create_task(tick())
        await asyncio.sleep(1)
        idle, gaps[:] = max(gaps), []
        await asyncio.to_thread(work)
        await asyncio.sleep(0.05)
        ticker.cancel()
        return idle, max(gaps)


def against_visidata(path: Path, rows: int, arguments: argparse.Namespace) -> None:
    """Load, sort and filter of VisiData to ours, on the same TSV, each in a process of its own."""
    command = [arguments.visidata_python, str(arguments.visidata), "--child", str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=600, cwd=arguments.visidata.parent
        )
    except subprocess.TimeoutExpired:
        tell("visidata", rows, "not done within 600 s")
        return
    theirs = json.loads(done.stdout.strip().splitlines()[-1])
    done = subprocess.run(
        [sys.executable, __file__, "--times-of", str(path)], capture_output=True, text=True, check=True
    )
    load, sort, filtered = map(float, done.stdout.split())
    for name, key, ours, target in (
        ("load", "load_s", load, 6),
        ("sort", "sort_s", sort, 30),
        ("filter", "filter_expr_s", filtered, 100),
    ):
        ratio = theirs[key] / ours
        judged = "ok" if ratio >= target else "MISSED"
        told = f"{name} {theirs[key]:.2f} s, ours {ours:.4f} s  {ratio:.0f} times faster (at least {target}) {judged}"
        tell("visidata", rows, told)


def times_child(path: Path) -> None:
    """Print seconds of loading, sorting and filtering, each for the first time in this process."""
    import pandas  # noqa: F401 - the time of VisiData is without its imports, too
    import pyarrow.csv  # noqa: F401

    from tuiqc.dataset.tables.reader import load_table
    from tuiqc.tables.filters.evaluation import evaluate
    from tuiqc.tables.filters.grammar import parse
    from tuiqc.tables.table_view import TableView

    start = time.perf_counter()
    view = TableView(load_table(path).frame)
    loaded = time.perf_counter()
    view.sort_by_keys([(SORTED, False)])
    in_order = time.perf_counter()
    view.filter(evaluate(parse("Intensity_Mean_00 > 2.5"), view))
    print(loaded - start, in_order - loaded, time.perf_counter() - in_order)


def main() -> None:
    """Measure what is asked for and print one line per figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--scratch", type=Path, help="folder for tables and cache", default=Path("bench_tables")
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[10**4, 10**5, 10**6])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=["sort", "load", "memory", "keys", "loop"], default=None)
    parser.add_argument("--visidata", type=Path, help="script that measures VisiData")
    parser.add_argument("--visidata-python", default=sys.executable)
    parser.add_argument("--times-of", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--with-pandas", default="", help=argparse.SUPPRESS)
    parser.add_argument("--memory-of", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.times_of:
        times_child(arguments.times_of)
        return
    if arguments.memory_of:
        memory_child(arguments.memory_of, arguments.with_pandas)
        return
    scratch = arguments.scratch.resolve()
    wanted = set(arguments.only or ["sort", "load", "memory", "keys", "loop"])
    rendered: dict[int, tuple[float, float, float]] = {}
    for rows in arguments.rows:
        path = make_table(scratch, rows)
        if "sort" in wanted:
            sort_and_filter(path, rows, arguments.runs)
        if "load" in wanted:
            load(path, rows, arguments.runs, scratch)
        if "memory" in wanted:
            memory(path, rows)
        if "keys" in wanted:
            rendered[rows] = asyncio.run(keys(path, arguments.runs))
            page, end, nothing = rendered[rows]
            first = rendered[min(rendered)]
            told = f"page down {page:.1f} ms, to the end {end:.1f} ms, nothing {nothing:.1f} ms of CPU"
            tell("keys", rows, told, max(page / first[0], end / first[1]), 1.5)
            tell("page down", rows, f"{page:.1f} ms to 15 ms", page / 15, 1.0)
        if "loop" in wanted:
            idle, busy = asyncio.run(stalls(path))
            tell(
                "event loop",
                rows,
                f"longest {busy:.0f} ms, without work {idle:.0f} ms; to 50 ms",
                busy / 50,
                1.0,
            )
        if arguments.visidata:
            against_visidata(path, rows, arguments)


if __name__ == "__main__":
    main()
