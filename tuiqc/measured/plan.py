"""Which images are measured together, and the names of the parts that come of it: a pure function of the batch."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.dataset.image_columns import ImageColumns, with_file
from tuiqc.errors import TuiqcError
from tuiqc.files.atomic import make_folder, replace_bytes
from tuiqc.files.safe import read_json
from tuiqc.measure.evidence_version import EVIDENCE_VERSION
from tuiqc.measured.batch_planes import BatchPlanes, ReadPlane
from tuiqc.measured.part_folder import layer_folder, part_name
from tuiqc.measured.settings import Settings, find_settings, sampled_images
from tuiqc.pixels.image_identity import file_identity
from tuiqc.pixels.image_path import PLAIN, reading_of

if TYPE_CHECKING:
    from tuiqc.dataset.model import Batch, ImageRecord

PARTS = 64
"""Into so many parts a small batch is divided; a large one into parts of `MOST_IMAGES` images."""
MOST_IMAGES = 64
_MOST_PIXELS = 1 << 24
"""Pixels of masks in a part: some 20 seconds of work."""
_SETTINGS = "settings.json"
_PLAIN = tuple(PLAIN)


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Chunk:
    """Images that are measured together.

    Attributes
    ----------
    images
        Their numbers in the batch.
    digests
        Of each, text that changes with whatever it is measured from.
    name
        Of its part.
    """

    images: tuple[int, ...]
    digests: tuple[str, ...]
    name: str

    @classmethod
    def of(cls, images: Sequence[int], digests: Sequence[str]) -> Chunk:
        """With the name that comes of the digests."""
        return cls(tuple(images), tuple(digests), part_name(digests))


@dataclass(frozen=True)
class Plan:
    """What is to be measured of one object layer of a batch.

    Attributes
    ----------
    settings
        What all images are measured with.
    images
        Numbers of the images that have a mask of the layer.
    """

    batch: Batch
    settings: Settings
    images: tuple[int, ...]

    @cached_property
    def digests(self) -> dict[int, str]:
        """By number of the image; each file is asked for its time of change and size."""
        heading = _digest(EVIDENCE_VERSION, _said(self.settings))
        images, settings = self.batch.images, self.settings
        if not isinstance(images, ImageColumns) or images.changes:
            return {at: _digest(heading, *_files(images[at], settings)) for at in self.images}
        masks = self.batch.files("masks", settings.layer)  # no record is made of each of 10^5 images
        others = self.batch.files("masks", settings.other) if settings.other else None
        channels = [self.batch.files("channels", name) for name in settings.channels]
        return {
            at: _digest(
                heading,
                images.keys[at],
                _file(masks[at]),
                _file(others[at]) if others is not None else "",
                *(f"0 {_file(texts[at])}" for texts in channels),
            )
            for at in self.images
        }

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """All images, in the order of the batch."""
        size = max(1, min(MOST_IMAGES, -(-len(self.images) // PARTS)))
        size = max(1, min(size, _MOST_PIXELS // max(self.settings.pixels, 1)))
        return tuple(
            Chunk.of(some, [self.digests[at] for at in some])
            for some in (self.images[start : start + size] for start in range(0, len(self.images), size))
        )

    def shard(self, number: int, count: int) -> tuple[Chunk, ...]:
        """Every `count`-th chunk from the `number`-th on (from 1)."""
        return self.chunks[number - 1 :: count]


def layers_with_masks(batch: Batch) -> list[str]:
    """The object layers that can be measured."""
    return batch.layers_with_masks


def other_layer(batch: Batch, layer: str) -> str:
    """The layer whose objects are evidence too if nobody says which: the first other one, "" for none."""
    return next((one for one in layers_with_masks(batch) if one != layer), "")


def plan_for(
    batch: Batch,
    layer: str,
    other: str,
    read: ReadPlane,
    folder: Path | None,
    cancelled: Callable[[], bool] = _never,
) -> tuple[Plan, BatchPlanes]:
    """Say what is to be measured, and with what; a few images are looked at, unless the folder knows already.

    Parameters
    ----------
    other
        Another object layer that is evidence too, "" for none.
    folder
        Of measurements; None keeps nothing.
    """
    images = tuple(with_file(batch.images, "masks", layer))
    planes = BatchPlanes(batch, layer, other, tuple(batch.channels), read)
    sample = [batch.images[images[at]] for at in sampled_images(len(images))]
    bare = Settings(layer, other, tuple(batch.channels), 0.0)
    name = _digest(
        EVIDENCE_VERSION, _said(bare), str(len(images)), *(t for one in sample for t in _files(one, bare))
    )
    known = None if folder is None else _kept_settings(folder, layer, name)
    if known is None:
        known = find_settings(planes, images, cancelled)
        if folder is not None and not cancelled():
            _keep_settings(folder, name, known)
    planes.channels = known.channels
    return Plan(batch, known, images), planes


def _kept_settings(folder: Path, layer: str, name: str) -> Settings | None:
    path = layer_folder(folder, layer) / _SETTINGS
    try:
        kept = read_json(path)
        if kept["made_from"] != name:
            return None
        channels = tuple(map(str, kept["channels"]))
        return Settings(
            str(kept["layer"]),
            str(kept["other"]),
            channels,
            float(kept["typical_radius"]),
            int(kept["pixels"]),
        )
    except (OSError, ValueError, TypeError, KeyError, TuiqcError):
        return None


def _keep_settings(folder: Path, name: str, settings: Settings) -> None:
    """Keep them for the next run, so far as that can be done."""
    kept = {
        "made_from": name,
        "layer": settings.layer,
        "other": settings.other,
        "channels": list(settings.channels),
        "typical_radius": settings.typical,
        "pixels": settings.pixels,
    }
    place = layer_folder(folder, settings.layer)
    try:
        make_folder(place)
        replace_bytes(place / _SETTINGS, json.dumps(kept, indent=2).encode("ascii") + b"\n", sync=False)
    except OSError:
        return


def _said(settings: Settings) -> str:
    return repr((settings.layer, settings.other, settings.channels, settings.typical))


def _files(image: ImageRecord, settings: Settings) -> Iterator[str]:
    """What an image is measured from: its key, and of each file how it is read and what the system says of it."""
    yield image.key
    yield _file(image.masks.get(settings.layer))
    yield _file(image.masks.get(settings.other)) if settings.other else ""
    for name in settings.channels:
        yield f"{image.plane_of(name)} {_file(image.channels.get(name))}"


def digest_of(heading: str, image: ImageRecord, settings: Settings) -> str:
    """Return text that changes with the heading and the files of an image that are measured with these settings."""
    return _digest(heading, *_files(image, settings))


def _file(path: Path | str | None) -> str:
    """How a file is read, its time of change and size: not where it is, so that a copy or another mount will do."""
    if path is None:
        return "none"
    read = _PLAIN if isinstance(path, str) else tuple(reading_of(path)._replace(partner=None))
    try:
        found = os.stat(path)  # noqa: PTH116 - of each of 10^5 files
        if stat.S_ISREG(found.st_mode):
            return f"{read} {found.st_mtime_ns} {found.st_size}"
    except OSError:
        pass
    try:
        return f"{read} {file_identity(Path(path))[1:]}"
    except (TuiqcError, OSError):
        return f"{read} missing"


def _digest(*texts: Any) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()[:24]
