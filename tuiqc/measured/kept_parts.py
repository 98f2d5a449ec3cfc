"""What a session measures, image by image, kept as the parts that `tuiqc measure` writes."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.measured.part_folder import PartFolder, part_name
from tuiqc.measured.place import tidy_cache

if TYPE_CHECKING:
    from tuiqc.measured.image_measurement import ImageMeasurement
    from tuiqc.measured.part_file import Kind
    from tuiqc.measured.plan import Chunk, Plan


class KeptParts:
    """Measurements by number of the image; without a folder nothing is kept.

    An image that is measured becomes a part of its own at once, so that nothing is lost when the session ends there;
    when all images of a chunk are there they become its part. What can't be written costs time and nothing else.
    """

    def __init__(self, plan: Plan, folder: Path | None, kind: Kind) -> None:
        self.plan, self._top = plan, folder
        self._folder = None if folder is None else PartFolder(folder, plan.settings.layer, kind)
        self._read: dict[int, ImageMeasurement] = {}
        self._looked: set[str] = set()
        self._wrote = False

    @cached_property
    def _chunk_of(self) -> dict[int, Chunk]:
        return {at: chunk for chunk in self.plan.chunks for at in chunk.images}

    @cached_property
    def _elsewhere(self) -> dict[str, Path]:
        assert self._folder is not None
        return self._folder.digests_elsewhere({chunk.name for chunk in self.plan.chunks})

    def get(self, at: int) -> ImageMeasurement | None:
        """What is kept of an image."""
        if self._folder is None:
            return None
        chunk = self._chunk_of[at]
        if chunk.name not in self._looked:
            self._looked.add(chunk.name)
            self._take(chunk, self._folder.read(chunk.name))
        if at not in self._read:
            there = self._elsewhere.get(self.plan.digests[at])
            if there is not None:
                self._take(chunk, self._folder.read_at(there))
        return self._read.get(at)

    def put(self, at: int, image: ImageMeasurement) -> None:
        """Keep what was measured, but for an image with problems: it may be there the next time."""
        self._read[at] = image
        if self._folder is None or image.problems:
            return
        chunk, settings = self._chunk_of[at], self.plan.settings
        images = [self._read.get(one) for one in chunk.images]
        whole = [one for one in images if one is not None and not one.problems]
        singles = [part_name([digest]) for digest in chunk.digests]
        try:
            if len(whole) == len(chunk.images):
                self._folder.write(chunk.name, whole, settings)
                self._folder.remove(name for name in singles if name != chunk.name)
            else:
                self._folder.write(part_name([image.digest]), [image], settings)
        except OSError:
            return
        if not self._wrote and self._top is not None:
            self._wrote = True
            tidy_cache(self._top)

    def _take(self, chunk: Chunk, images: list[ImageMeasurement] | None) -> None:
        wanted = dict(zip(chunk.digests, chunk.images, strict=True))
        self._read |= {wanted[one.digest]: one for one in images or [] if one.digest in wanted}
