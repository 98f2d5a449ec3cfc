"""Which images a demo batch has: their names, pixel types and the errors to plant in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

OBJECT_ERRORS = ("merged", "split", "missed", "debris")
IMAGE_ERRORS = ("focus", "shifted", "empty")
CHANNELS = ("DNA", "ER")
LAYERS = ("nuclei", "cells")

# Area of the picture per nucleus, in pixels: about 38 nuclei in 512 x 512.
AREA_PER_NUCLEUS = 6900
_WELLS = tuple(f"{row}{column:02d}" for row in "ABCDEFGH" for column in range(1, 13))
# Streams of random numbers that must not depend on each other get different first words.
_PLAN, _PLATE, _IMAGE = range(3)


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """One image to be made.

    Attributes
    ----------
    index
        0-based number in the batch; `ImageNumber` in the tables is `index + 1`.
    plate, well, site
        Parts of the name: `plate1`, `A01`, 1.
    size
        Width and height in pixels.
    seed
        Seed of the whole batch.
    errors
        Object errors to plant, out of `OBJECT_ERRORS`, with repetitions.
    image_error
        One of `IMAGE_ERRORS` or "".
    """

    index: int
    plate: str
    well: str
    site: int
    size: int
    seed: int
    errors: tuple[str, ...]
    image_error: str

    @property
    def key(self) -> str:
        """What all files of the image begin with: `plate1_A01_s1`."""
        return f"{self.plate}_{self.well}_s{self.site}"

    @property
    def plate_number(self) -> int:
        """1-based number of the plate."""
        return int(self.plate.removeprefix("plate"))

    def dtypes(self) -> dict[str, str]:
        """Pixel type per channel: DNA uint16 and ER uint8 on odd plates, the other way round on even ones."""
        first, second = ("uint16", "uint8") if self.plate_number % 2 else ("uint8", "uint16")
        return {"DNA": first, "ER": second}

    def random(self) -> np.random.Generator:
        """Random numbers of this image alone, so that the order of making does not matter."""
        return _generator(self.seed, _IMAGE, self.index)

    def plate_random(self) -> np.random.Generator:
        """Random numbers that all images of the plate share (the microscope's illumination)."""
        return _generator(self.seed, _PLATE, self.plate_number)


def plan_batch(images: int, size: int, seed: int) -> list[ImagePlan]:
    """Plan `images` images of `size` x `size` pixels.

    At least one image stays free of image errors; from four images on every image error occurs, and one
    image in 60 of a large batch has each of them. The first image is always a good one.
    """
    names = _names(images)
    image_errors = _image_errors(images, seed)
    good = 0
    plans = []
    for index, (plate, well, site) in enumerate(names):
        image_error = image_errors.get(index, "")
        errors: tuple[str, ...] = ()
        if not image_error:
            errors = _object_errors(good, size)
            good += 1
        plans.append(ImagePlan(index, plate, well, site, size, seed, errors, image_error))
    return plans


def _names(images: int) -> list[tuple[str, str, int]]:
    """Plate, well and site of each image; two plates as soon as there are enough images to fill them."""
    sites = 1 if images < 4 else 2 if images <= 384 else 4 if images <= 1536 else 9
    plates = max(2 if images >= 8 else 1, ceil(images / (len(_WELLS) * sites)))
    per_plate = ceil(ceil(images / sites) / plates)
    every = (
        (f"plate{plate + 1}", _WELLS[well], site + 1)
        for plate in range(plates)
        for well in range(per_plate)
        for site in range(sites)
    )
    return [name for name, _ in zip(every, range(images), strict=False)]


def _image_errors(images: int, seed: int) -> dict[int, str]:
    kinds = IMAGE_ERRORS[: max(0, images - 1)]
    wanted: Sequence[str] = kinds * max(1, images // 60)
    places = _generator(seed, _PLAN, 0).permutation(images - 1)[: len(wanted)] + 1
    return {int(place): kind for place, kind in zip(places, wanted, strict=True)}


def _object_errors(number: int, size: int) -> tuple[str, ...]:
    """Errors of the `number`-th good image: one nucleus in 20, at least two, all kinds in turn."""
    count = max(2, round(size * size / AREA_PER_NUCLEUS / 20))
    return tuple(OBJECT_ERRORS[(number + i) % len(OBJECT_ERRORS)] for i in range(count))


def _generator(seed: int, stream: int, number: int) -> np.random.Generator:
    import numpy as np

    return np.random.default_rng(np.random.SeedSequence([seed, stream, number]))
