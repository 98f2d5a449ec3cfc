"""A training set for Cellpose: in one folder NAME.tif beside NAME_masks.tif.

`cellpose --train --dir FOLDER` takes all images that have such a mask; a stack is trained on slice by slice.
"""

from __future__ import annotations

from tuiqc.exporters.channel_planes import write_tiff
from tuiqc.exporters.guard import OutputNames
from tuiqc.exporters.request import Request, Written
from tuiqc.exporters.training_pairs import TrainingPairs, checked_folder

_TAKEN = ("_masks", "_flows", "_seg", "_outlines", "_styles")
"""Endings of names that Cellpose takes for its own output and not for images."""


def export(request: Request) -> Written:
    """Write the planes of one layer: (y, x) of one channel, else (c, y, x).

    Raises
    ------
    UsageError
        There is no image, or several layers to choose from.
    """
    folder = checked_folder(request)
    pairs = TrainingPairs(request)
    names = OutputNames()
    for pair in pairs:
        stem = f"{pair.name}_image" if pair.name.endswith(_TAKEN) else pair.name
        name = names.free(f"{stem}.tif")
        image = pair.image[0] if len(pair.image) == 1 else pair.image
        write_tiff(request, folder / name, image)
        write_tiff(request, folder / names.free(f"{name.removesuffix('.tif')}_masks.tif"), pair.mask)
    return pairs.told(f"cellpose --train --dir {request.output} --mask_filter _masks")
