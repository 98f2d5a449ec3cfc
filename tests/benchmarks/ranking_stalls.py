"""How long does the event loop stand still while 100,000 objects are ranked, walked worst first, and learned from?

    python tests/benchmarks/ranking_stalls.py --rows 100000 --scratch FOLDER [--protocol sixel] [--stacks]

The program runs on a table of so many objects in a terminal of 120 x 40 cells (`terminal.py`), on a ranking of made-up
evidence with 2,000 candidates, which comes from another thread as if it had been measured. Told are the longest stalls
as in `table_stalls.py` (target: 20 ms). The phases `plain ...` are the same keys before there is any ranking: what the
screen itself takes to paint them. `--stacks` tells where the loop's thread was in the longest stall of each phase.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pickle
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "benchmarks")]

from table_stalls import IN_IMAGE  # noqa: E402
from terminal import KINDS, Terminal  # noqa: E402
from ticker import Ticker  # noqa: E402

LAYER, CANDIDATES, MOST = "objs", 2000, 20.0


def make_batch(folder: Path, rows: int) -> Path:
    """Images, masks of single pixels, and a table of all objects."""
    import numpy as np
    import pandas as pd
    import tifffile

    folder = folder / f"ranked_{rows}"
    if (folder / "objs.csv").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(rows)
    images = max(1, rows // IN_IMAGE)
    mask = np.zeros((64, 64), np.uint16)
    mask.ravel()[:: mask.size // IN_IMAGE][:IN_IMAGE] = np.arange(1, IN_IMAGE + 1)
    for number in range(images):
        tifffile.imwrite(folder / f"img{number:04}.tif", random.integers(0, 255, (64, 64), np.uint8))
        tifffile.imwrite(folder / f"img{number:04}_labels.tif", mask)
    image = np.arange(rows) // IN_IMAGE % images
    frame = pd.DataFrame({"ImageNumber": image + 1, "ObjectNumber": np.arange(rows) % IN_IMAGE + 1})
    for number in range(30):
        frame[f"Feature_{number:02}"] = random.normal(0, 10, rows).round(4)
    frame["FileName_DNA"] = np.array([f"img{number:04}.tif" for number in range(images)])[image]
    frame.to_csv(folder / "objs.csv", index=False)
    return folder


def opened(folder: Path) -> Any:
    """The batch of that folder."""
    from tuiqc.dataset.open.batch import open_batch
    from tuiqc.dataset.source_options import SourceOptions

    return open_batch(
        SourceOptions(
            images=(("DNA", str(folder / "img{n}.tif")),),
            labels=((LAYER, str(folder / "img{n}_labels.tif")),),
            tables=((LAYER, str(folder / "objs.csv")),),
        )
    )


def made_up(batch: Any, rows: int) -> Any:
    """A ranking as if the batch had been measured: an error in eight."""
    import numpy as np

    from tuiqc.measure.candidates import Candidate
    from tuiqc.measure.object_evidence import measure_evidence
    from tuiqc.measured.batch_planes import BatchPlanes
    from tuiqc.pixels import read_plane
    from tuiqc.triage.kinds import SUSPECTS
    from tuiqc.triage.object_ranking import NumberedCandidate, Ranking
    from tuiqc.triage.population import Norms, Population
    from tuiqc.triage.prior import shipped_prior
    from tuiqc.triage.suspicion import Basis, Ranker
    from tuiqc.triage.training import TrainingSet

    random = np.random.default_rng(0)
    square = np.zeros((40, 40), np.int32)
    square[10:30, 10:30] = 1
    names = measure_evidence(square, {"DNA": square}, 11.0).names
    images = len(batch.images)
    number, label = np.arange(rows) // IN_IMAGE % images, np.arange(rows) % IN_IMAGE + 1
    values = random.normal(0, 1, (rows, len(names)))
    values[::8] += 1
    population = Population(
        number, label, np.full(rows, 300.0), np.zeros(rows, np.int64), random.random((rows, 2)), names, values
    )
    planted = values[:3000].copy()
    kinds = np.array(SUSPECTS)[random.integers(0, 4, 3000)]
    kinds[1::2] = ""
    training = TrainingSet(number[:3000], planted + (kinds != "")[:, None], kinds)
    planes = BatchPlanes(batch, LAYER, "", ("DNA",), read_plane)
    keys = tuple(planes.keys(range(len(batch.images))))
    places = random.integers(0, 64, (CANDIDATES, 2)).tolist()
    found = tuple(
        NumberedCandidate(at + 1, keys[at % images], Candidate(y, x, 300.0, 1 - at / CANDIDATES))
        for at, (y, x) in enumerate(places)
    )
    basis = Basis(population, Norms(number, values), training, shipped_prior())
    ranking = Ranking(batch, planes, keys, 10.0, len(keys), Ranker(basis), found)
    _ = ranking.order, ranking.suspects, ranking.looks_wrong, ranking.suspicion
    return ranking


class Arriving:
    """Hands the ranking over as the process does: pickled, piece by piece."""

    def __init__(self, ranking: Any) -> None:
        from tuiqc.triage.batch_ranking import Step
        from tuiqc.triage.ranking_process import _at_home, _for_travel

        self._home, self._step = _at_home, Step
        self._sent = pickle.dumps(_for_travel(ranking), protocol=pickle.HIGHEST_PROTOCOL)

    def __call__(self, request: Any) -> Arriving:
        self._request = request
        return self

    def steps(self) -> Iterator[Any]:
        """One ranking."""
        ranking = self._home(pickle.loads(self._sent), self._request.batch)
        yield self._step(len(ranking.keys), len(ranking.keys), ranking)

    def stop(self) -> None:
        """Nothing runs."""


class Hidden:
    """A source that waits until it is asked for: the keys before are those of a session without a ranking."""

    def __init__(self, arriving: Arriving) -> None:
        self._arriving = arriving
        self.go = threading.Event()

    def __call__(self, request: Any) -> Hidden:
        self._arriving(request)
        return self

    def steps(self) -> Iterator[Any]:
        """One ranking, once it may come."""
        self.go.wait()
        yield from self._arriving.steps()

    def stop(self) -> None:
        """Nothing runs."""


async def measure(folder: Path, rows: int, protocol: str, *, stacks: bool) -> list[str]:
    """What the ticker found, as lines."""
    from tuiqc.qc.annotations import AnnotationStore
    from tuiqc.review.session import Session
    from tuiqc.terminal.capabilities import Capabilities, Protocol
    from tuiqc.ui import garbage
    from tuiqc.ui.app import TuiqcApp
    from tuiqc.ui.ranking_work import RankingWork

    batch = opened(folder)
    source = Hidden(Arriving(made_up(batch, rows)))
    RankingWork.source = staticmethod(source)  # type: ignore[assignment]
    store = AnnotationStore.open(folder / "verdicts.csv", "benchmark", batch.placeholders)
    caps = Capabilities(Protocol(protocol), 8, 17, True, 256, None, True, "", "benchmark", None, ())
    garbage.begin()
    sys.setswitchinterval(0.001)
    app, watch = TuiqcApp(Session(batch, store, LAYER), caps), Ticker(stacks=stacks)

    async def walk(pilot: Any) -> None:
        session = app.review.session
        ranking = session.ranking
        while session.tables.objects is None or session.tables.objects.total < rows:
            await asyncio.sleep(0.01)
        await asyncio.sleep(3)
        ticker = asyncio.create_task(watch.run())
        await watch.phase(pilot, "plain rows", ["tab"], lambda: True)
        await watch.phase(pilot, "plain walk", ["down"] * 10, lambda: True)
        await watch.phase(pilot, "plain p f", ["p", "f"] * 6, lambda: True)
        await watch.phase(pilot, "plain box", ["question_mark", "escape"], lambda: True)
        await watch.phase(pilot, "plain list", ["C", "down", "down", "escape"], lambda: True)
        await asyncio.sleep(2)
        source.go.set()
        await watch.phase(pilot, "ranking", [], lambda: ranking.newest is not None)
        await asyncio.sleep(1)
        await watch.phase(
            pilot,
            "order",
            ["R"],
            lambda: session.tables.objects is not None and session.tables.objects.order_name == "worst first",
        )
        await watch.phase(pilot, "walk", ["down"] * 10, lambda: True)
        await watch.phase(
            pilot,
            "verdicts",
            ["p", "f"] * 6,
            lambda: ranking.learning is not None and ranking.learning.learned,
        )
        await watch.phase(pilot, "learned", ["N", "escape"], lambda: True)
        await watch.phase(pilot, "again", ["R"], lambda: ranking.taken is not None and not ranking.newer)
        await watch.phase(pilot, "rules", ["ctrl+t"], lambda: ranking.rules is not None)
        await watch.phase(pilot, "list", ["down"] * 8, lambda: True)
        await watch.phase(pilot, "threshold", ["right"] * 10, lambda: True)
        await watch.phase(pilot, "filter", ["space", "right", "right"], lambda: True)
        await watch.phase(pilot, "close", ["space", "escape"], lambda: True)
        await watch.phase(pilot, "missed", ["U", "down", "f", "escape"], lambda: True)
        await watch.phase(pilot, "nothing", [], lambda: True)
        ticker.cancel()
        app.exit()

    await app.run_async(auto_pilot=walk)
    app.review.session.store.close()
    return [*watch.lines(f"{rows:>9}", MOST), *watch.seen]


def main() -> None:
    """Measure and print one line per phase."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scratch", type=Path, default=Path("bench_tables"))
    parser.add_argument("--rows", type=int, default=10**5)
    parser.add_argument("--protocol", choices=sorted(KINDS), default="halfblock")
    parser.add_argument("--stacks", action="store_true")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    scratch = arguments.scratch.resolve()
    os.environ["TUIQC_STATE_DIR"] = str(scratch / "state")
    folder = make_batch(scratch, arguments.rows)
    if arguments.inside:
        found = asyncio.run(measure(folder, arguments.rows, arguments.protocol, stacks=arguments.stacks))
        arguments.inside.write_text("\n".join(found) + "\n", "utf-8")
        return
    (folder / "verdicts.csv").unlink(missing_ok=True)
    told = scratch / "stalls.txt"
    told.unlink(missing_ok=True)
    with Terminal(
        [sys.executable, __file__, *sys.argv[1:], "--inside", str(told)], KINDS[arguments.protocol]
    ) as terminal:
        while not terminal.ended:
            time.sleep(0.2)
        said = terminal.text()
    print(told.read_text("utf-8") if told.exists() else said)


if __name__ == "__main__":
    main()
