"""A training set for StarDist: images/NAME.tif and masks/NAME.tif, as its example notebooks read them.

Stacks stay together, for StarDist in three dimensions. Several channels come last, (y, x, c), as StarDist has them.
"""

from __future__ import annotations

import numpy as np

from tuiqc.exporters.channel_planes import write_volume
from tuiqc.exporters.guard import OutputNames
from tuiqc.exporters.request import Request, Written
from tuiqc.exporters.training_pairs import TrainingPairs, checked_folder


def export(request: Request) -> Written:
    """Write the images of one layer: (y, x) or (z, y, x), with channels behind where there are several.

    Raises
    ------
    UsageError
        There is no image, or several layers to choose from.
    """
    import tifffile

    folder = checked_folder(request)
    pairs = TrainingPairs(request, stacks=True)
    names = OutputNames()
    for pair in pairs:
        name = names.free(f"{pair.name}.tif")
        write_volume(request, folder / "masks" / name, pair.mask)
        if len(pair.image) == 1:
            write_volume(request, folder / "images" / name, pair.image[0])
            continue
        with request.to(folder / "images" / name, (".tif",)).writing(sync=False) as temporary:
            pixels = np.moveaxis(pair.image, 0, -1)
            tifffile.imwrite(temporary, pixels, photometric="minisblack", compression="zlib")
    return pairs.told("X = sorted(glob('images/*.tif')); Y = sorted(glob('masks/*.tif'))")
