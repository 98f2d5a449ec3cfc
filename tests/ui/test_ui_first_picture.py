"""What the first picture need not wait for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fixtures.review_batches import small_batch

LATE = {
    *(
        "pandas",
        "pyarrow",
        "scipy",
        "h5py",
        "matplotlib",
        "skimage",
        "sklearn",
        "jinja2",
        "krippendorff",
        "cmap",
    ),
    *("multiprocessing.pool", "numpy.ma"),
}
"""Modules that take their time, and are not needed to show the images, the first picture and its keys."""

PROGRAM = """
import asyncio, sys
from pathlib import Path
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.review.session import Session
from tuiqc.terminal.capabilities import Capabilities, Protocol
from tuiqc.ui.app import TuiqcApp

data, annotations, known = Path(sys.argv[1]), Path(sys.argv[2]), set()
batch = open_batch(SourceOptions(sources=(str(data),)))
store = AnnotationStore.open(annotations, "ann", batch.placeholders)
caps = Capabilities(Protocol.SIXEL, 8, 17, True, 256, None, True, "", "test", None, ())
app = TuiqcApp(Session(batch, store, batch.layers[0]), caps)
app.review.context.work.loading.begin = lambda: None  # tables are read after the first picture

async def look():
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(500):
            await pilot.pause(0.02)
            if app.review.picture.finished is not None:
                break
        else:
            raise SystemExit("no picture")
        known.update(sys.modules)

asyncio.run(look())
store.close()
print(*sorted(known))
"""


def test_nothing_heavy_is_imported_before_the_first_picture(tmp_path: Path) -> None:
    small_batch(tmp_path / "data")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "data"), str(tmp_path / "qc.csv")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert not LATE & set(ended.stdout.split())
