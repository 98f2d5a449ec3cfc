"""napari's first paint of one image, its mask and its table: a child of `startup.py`, run by a Python that has napari.

    python napari_first_paint.py START IMAGE MASK TABLE

START is the parent's `time.monotonic()` (system-wide on Linux) when it started this. Prints the seconds from then until
napari's canvas has drawn with the image and the labels in it. Only the one image is read, which favours napari: tuiqc
has joined the whole batch by its first picture.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def main() -> None:
    """Load, show, wait for the paint, print the seconds."""
    if len(sys.argv) != 5 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        raise SystemExit(0 if "--help" in sys.argv or "-h" in sys.argv else 2)
    start = float(sys.argv[1])
    image, mask, table = map(Path, sys.argv[2:])

    import napari
    import pandas as pd
    import tifffile
    from qtpy.QtWidgets import QApplication

    features = pd.read_csv(table, sep="," if table.suffix == ".csv" else "\t")
    features["index"] = features["ObjectNumber"]  # napari finds the row of a label by this column
    viewer = napari.Viewer()
    viewer.add_image(tifffile.imread(image), name="image")
    viewer.add_labels(tifffile.imread(mask), name="nuclei", features=features)
    rendered: list[float] = []
    canvas = viewer.window._qt_viewer.canvas._scene_canvas
    canvas.events.draw.connect(lambda event: rendered.append(time.monotonic()), position="last")
    app = QApplication.instance()
    end = time.monotonic() + 60
    while not rendered and time.monotonic() < end:
        app.processEvents()
    if not rendered:
        raise SystemExit("napari did not paint within a minute")
    print(rendered[0] - start)
    sys.stdout.flush()
    os._exit(0)  # Qt's own end is not of interest


if __name__ == "__main__":
    main()
