"""Opening many images by patterns: processor time and memory of 10^3, 10^4 and 10^5 images, and the ratios.

python tests/benchmarks/scale.py              # --most 10000 leaves the largest out
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import tifffile

_OPEN = """
import resource, sys, time
from pathlib import Path
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
folder = Path(sys.argv[1])
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
batch = open_batch(SourceOptions(
    images=(("DNA", "p_{n}_DNA.tif"),), labels=(("nuclei", "p_{n}_nuclei_labels.tif"),), base_dir=folder,
))
seconds = time.process_time() - start
print(len(batch.images), seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def folder_of(top: Path, images: int) -> Path:
    """A folder of so many images, all of them links to one image and one mask."""
    folder = top / str(images)
    folder.mkdir()
    for name, dtype in (("DNA", np.uint8), ("nuclei_labels", np.uint16)):
        first = folder / f"p_0_{name}.tif"
        tifffile.imwrite(first, np.zeros((64, 64), dtype))
        copy = first
        for number in range(1, images):
            if number % 30_000 == 0:  # file systems count the names of a file
                copy = folder / f"p_{number}_{name}.tif"
                copy.write_bytes(first.read_bytes())
                continue
            os.link(copy, folder / f"p_{number}_{name}.tif")
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000)
    arguments = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    before = 0.0
    with tempfile.TemporaryDirectory() as name:
        for images in (1_000, 10_000, 100_000):
            if images > arguments.most:
                break
            command = [sys.executable, "-c", _OPEN, str(folder_of(Path(name), images))]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            count, seconds, size = int(said[0]), float(said[1]), float(said[2])
            assert count == images
            ratio = f", {seconds / before:.1f} times the size before" if before else ""
            print(
                f"{images:>8,} images: {seconds:6.2f} s of processor, {1e6 * seconds / images:5.1f} us and "
                f"{size / images / 1000:5.2f} kB an image{ratio}"
            )
            before = seconds


if __name__ == "__main__":
    main()
