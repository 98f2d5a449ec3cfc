"""What got slower? A short form of each benchmark, compared with what a person committed in `guard.json`.

    python tests/benchmarks/guard.py            # about 3 minutes; ends with 1 if something got worse by more than noise
    python tests/benchmarks/guard.py --only jump tables
    python tests/benchmarks/guard.py --write    # on a quiet machine, after a change that was meant to change them

Each figure is the ratio of processor time of this program's work to that of a floor or a peer, timed in turn within one
run, so that a busy or another machine changes it little. `start` alone takes whole processes, those that they started
included. Of each the median ratio of the repeats is taken, and as its noise half the range that the middle half of
the repeats spans, relative to the median. Worse is what is larger than the committed ratio by more than a tenth and by
more than three times the noise of both. A figure that has no committed one is told as new; better ones are told too, so
that the file can be written again.

- **start**: `open` on 60 demo images, until the first picture, to `import textual.app, pandas`;
- **jump**: read, compose and encode an image that was not read yet, to `tifffile.imread` of its files, by protocol;
- **ready**: compose and encode one whose planes are in memory, to the same reading;
- **overview**: 20 tiles and their sixel page, nothing cached, to reading the files;
- **tables**: 100,000 rows sorted, filtered, searched and read, to NumPy and pandas' default reader;
- **plots**: a scatter plot of a million points as cells, to `numpy.histogram2d`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "benchmarks")]

from terminal import KINDS, Terminal, bytecode, common_arguments, demo_batch, forget, machine, private_state  # noqa: E402

KEPT = Path(__file__).with_suffix(".json")
REPEATS = 7
ALLOWED, NOISES = 0.10, 3.0
ROWS = 100_000
PROTOCOLS = ("sixel", "kitty", "halfblock")

Call = Callable[[], object]
Pair = tuple[str, Call, Call]
"""What is measured: its name, our work, and the floor."""


@dataclass(frozen=True)
class Figure:
    """A median ratio, and its noise as part of it."""

    ratio: float
    noise: float

    @classmethod
    def of(cls, ratios: list[float]) -> Figure:
        """Of some repeats."""
        middle = statistics.median(ratios)
        if len(ratios) < 2:
            return cls(round(middle, 4), 0.0)
        low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return cls(round(middle, 4), round((high - low) / 2 / middle, 4))


def judged(now: Figure, before: Figure | None) -> str:
    """ "new", "worse", "better" or "same"."""
    if before is None:
        return "new"
    allowed = max(ALLOWED, NOISES * (now.noise + before.noise))
    if now.ratio > before.ratio * (1 + allowed):
        return "worse"
    return "better" if now.ratio < before.ratio / (1 + allowed) else "same"


def compared(now: Mapping[str, Figure], before: Mapping[str, Figure]) -> tuple[list[str], bool]:
    """A line for each figure, and whether one of them is worse."""
    lines, worse = [], False
    for name, figure in now.items():
        known = before.get(name)
        verdict = judged(figure, known)
        worse |= verdict == "worse"
        was = "" if known is None else f"was {known.ratio:.3f} ± {known.noise:.0%}"
        said = verdict.upper() if verdict == "worse" else verdict
        lines.append(f"{said:7} {name:20} {figure.ratio:9.3f} ± {figure.noise:4.0%}  {was}".rstrip())
    return lines, worse


def load(path: Path) -> dict[str, Figure]:
    """The committed figures; none where there is no file yet."""
    if not path.exists():
        return {}
    return {name: Figure(**entry) for name, entry in json.loads(path.read_text("utf-8")).items()}


def save(path: Path, figures: Mapping[str, Figure]) -> None:
    """Commit figures; those of other benchmarks that are in the file stay."""
    whole = load(path) | dict(figures)
    text = {name: {"ratio": one.ratio, "noise": one.noise} for name, one in sorted(whole.items())}
    path.write_text(json.dumps(text, indent=1) + "\n", "utf-8")


def alternating(
    pairs: list[Pair], repeats: int, clock: Callable[[], float] = time.process_time
) -> dict[str, Figure]:
    """Time all pairs in turn, `repeats` times and once to warm up."""
    found: dict[str, list[float]] = {name: [] for name, _, _ in pairs}
    for turn in range(repeats + 1):
        for name, ours, floor in pairs:
            taken = []
            for call in (ours, floor):
                start = clock()
                call()
                taken.append(clock() - start)
            if turn:
                found[name].append(taken[0] / max(taken[1], 1e-9))
    return {name: Figure.of(ratios) for name, ratios in found.items()}


# --- the benchmarks, each a short form of the one of its name


def start(arguments: argparse.Namespace) -> Iterator[Pair]:
    """Processor time of the whole process, that of the terminal's thread left out: it is another process."""
    demo = demo_batch(arguments.python, arguments.scratch, 60, 256)
    annotations = arguments.scratch / "guard_annotations.csv"
    command = [arguments.python, "-m", "tuiqc", "open", str(demo), "--annotations", str(annotations)]

    def opened() -> None:
        forget(arguments.scratch, annotations)
        with Terminal(command, KINDS["sixel"], environ=private_state(arguments.scratch)) as running:
            if running.wait_for_picture(0.0, 60) is None:
                raise SystemExit(f"no picture; the program wrote:\n{running.text()[-2000:]}")
            os.kill(running.pid, 9)  # what it does after the picture is not to be counted

    def floor() -> None:
        pid = os.posix_spawn(
            arguments.python,
            [arguments.python, "-c", "import textual.app, pandas"],
            {**os.environ, **bytecode(arguments.scratch)},
        )
        os.waitpid(pid, 0)

    yield "start", opened, floor


def jump(arguments: argparse.Namespace) -> Iterator[Pair]:
    """One image of 2048 x 2048 with a channel and a mask, read anew each time, and with its planes in memory."""
    import tifffile

    from tuiqc.dataset.open.batch import open_batch
    from tuiqc.dataset.source_options import SourceOptions
    from tuiqc.picture.display import Display
    from tuiqc.picture.painter import Painter, PictureSpec
    from tuiqc.terminal.capabilities import Replies
    from tuiqc.terminal.protocol_choice import choose
    from tuiqc.terminal.protocols.picture_protocol import picture_size
    from tuiqc.ui.frame_store import finish

    folder = arguments.scratch / "guard_jump"
    if not folder.exists():
        folder.mkdir(parents=True)
        make_images(folder)
    batch = open_batch(SourceOptions(sources=(str(folder),)))
    record = batch.images[0]
    paths = [path for path in (*record.channels.values(), *record.masks.values()) if path is not None]
    display = Display.of(batch.channels, batch.layers, batch.layers[0])

    def floor() -> None:
        for path in paths:
            tifffile.imread(path)

    for protocol in PROTOCOLS:
        caps = choose(Replies(screen=(100, 40, 800, 600)), {"COLORTERM": "truecolor"}, protocol)
        width, height = picture_size(100, 40, caps)
        spec = PictureSpec(record, display, layer=batch.layers[0], width=width, height=height)
        ready = Painter()

        def shown(painter: Painter | None = None, spec: PictureSpec = spec, caps: object = caps) -> None:
            rendered = (painter or Painter()).paint(spec)
            assert rendered is not None
            finish(rendered, (100, 40), caps)  # type: ignore[arg-type]

        yield f"jump {protocol}", shown, floor
        yield f"ready {protocol}", lambda shown=shown, ready=ready: shown(ready), floor  # type: ignore[misc]


def make_images(folder: Path) -> None:
    """A noisy channel and a mask with 576 square objects, as most programs write them."""
    import numpy as np
    import tifffile

    random, side = np.random.default_rng(3), 2048
    labels = np.zeros((side, side), np.uint16)
    places = ((y, x) for y in range(20, side - 60, 84) for x in range(20, side - 60, 84))
    for number, (y, x) in enumerate(places):
        labels[y : y + 50, x : x + 50] = number + 1
    tifffile.imwrite(folder / "A01_DNA.tif", random.poisson(200 + 900 * (labels > 0)).astype(np.uint16))
    tifffile.imwrite(folder / "A01_nuclei_labels.tif", labels, compression="zlib", rowsperstrip=64)


def overview(arguments: argparse.Namespace) -> Iterator[Pair]:
    """The first screen of raw files."""
    import overview as whole

    os.environ["TUIQC_CACHE_DIR"] = str(arguments.scratch / "guard_cache")
    folder = arguments.scratch / "guard_overview"
    shutil.rmtree(folder, ignore_errors=True)
    batch = whole.make_images(folder, whole.VISIBLE, "raw", 4)
    first = list(range(whole.VISIBLE))
    paths = whole.files(batch, first)

    def page() -> None:
        shutil.rmtree(os.environ["TUIQC_CACHE_DIR"], ignore_errors=True)
        whole.page(whole.make(whole.thumbnail_painter(batch.images), whole.jobs(batch, first)))

    yield "overview", page, lambda: whole.read(paths)


def tables(arguments: argparse.Namespace) -> Iterator[Pair]:
    """Sort, filter, search and read."""
    import numpy as np
    import pandas as pd
    import tables as whole

    from tuiqc.dataset.tables.reader import load_table
    from tuiqc.tables.filters.evaluation import evaluate
    from tuiqc.tables.filters.grammar import parse
    from tuiqc.tables.table_view import TableView

    path = whole.make_table(arguments.scratch, ROWS)
    frame = whole.frame_of(path)
    view = TableView(frame)
    values, other = view.column(whole.SORTED), view.column(whole.OTHER)
    texts = frame["object_id"]
    filtered, searched = parse(whole.FILTER), parse("object_id contains '77'")

    def sort_texts() -> None:
        view.sort_by_keys([])  # forgets the ranks of the texts
        view.sort_by_keys([("object_id", False)])

    yield "tables sort", lambda: view.sort_by_keys([(whole.SORTED, False)]), lambda: np.argsort(values)
    yield "tables sort texts", sort_texts, lambda: texts.sort_values()
    yield "tables filter", many(lambda: evaluate(filtered, view)), many(lambda: (values > 12) & (other < 9))
    yield "tables search", lambda: evaluate(searched, view), lambda: texts.str.contains("77", regex=False)
    yield "tables read", lambda: load_table(path), lambda: pd.read_csv(path, sep="\t")


def many(call: Call, times: int = 40) -> Call:
    """Do it so often that the clock can tell."""

    def repeated() -> None:
        for _ in range(times):
            call()

    return repeated


def plots(arguments: argparse.Namespace) -> Iterator[Pair]:
    """A million points in a terminal of 120 x 40."""
    import numpy as np

    from tuiqc.plots.raster import Points, dotted, scatter

    random = np.random.default_rng(5)
    x, y = random.normal(size=(2, 1_000_000))
    count = len(x)
    points = Points(np.arange(count), x, y, np.zeros(count, np.uint8), np.zeros(count, np.bool_))

    yield (
        "plots scatter",
        lambda: scatter(points, dotted(points, 120, 40)),
        lambda: np.histogram2d(x, y, (240, 160)),
    )


BENCHMARKS = {one.__name__: one for one in (start, jump, overview, tables, plots)}


def child_time() -> float:
    """Seconds of processor time of the processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def main() -> int:
    """Measure, compare, tell; 1 if something got worse."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    common_arguments(parser)
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS), metavar="NAME")
    parser.add_argument("--repeats", type=int, default=REPEATS, help=f"(default: {REPEATS})")
    parser.add_argument(
        "--write", action="store_true", help="keep what was found as what later runs are compared with"
    )
    arguments = parser.parse_args()
    arguments.scratch.mkdir(parents=True, exist_ok=True)
    print(machine())
    before, found, began = load(KEPT), dict[str, Figure](), time.monotonic()
    worse = False
    for name in arguments.only:
        clock = child_time if name == "start" else time.process_time
        figures = alternating(list(BENCHMARKS[name](arguments)), arguments.repeats, clock)
        found |= figures
        lines, some = compared(figures, before)
        worse |= some
        print("\n".join(lines), flush=True)
    print(f"{time.monotonic() - began:.0f} s; {machine()}")
    if arguments.write:
        save(KEPT, found)
        print(f"written: {KEPT}")
    return int(worse and not arguments.write)


if __name__ == "__main__":
    sys.exit(main())
