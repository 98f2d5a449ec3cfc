"""Images with masks of what did not fail, to train a network on: what the exporters of training sets share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.errors import UsageError
from tuiqc.exporters.channel_planes import channel_planes, stacked
from tuiqc.exporters.judged_planes import JudgedLayer, JudgedPlane, check_any
from tuiqc.exporters.request import Request, Written
from tuiqc.text import plural


@dataclass(frozen=True)
class Pair:
    """An image and its mask.

    Attributes
    ----------
    name
        What to call it: the key of the image, and its time point and slice where there are several.
    image
        (c, y, x), or (c, z, y, x) of a stack.
    mask
        (y, x) or (z, y, x) labels, 0 where there is background or what was left out.
    """

    name: str
    image: NDArray[Any]
    mask: NDArray[Any]


@dataclass
class TrainingPairs:
    """The pairs of a layer, and what became of the other images.

    Attributes
    ----------
    stacks
        Whether slices stay together.
    """

    request: Request
    stacks: bool = False
    layer: JudgedLayer = field(init=False)
    missing: list[str] = field(default_factory=list)
    written: int = 0
    failed: int = 0
    empty: int = 0
    cut: int = 0

    def __post_init__(self) -> None:
        name = self.request.one_layer()
        if not self.channels:
            raise UsageError("there is no image in this batch: a training set needs images (--images)")
        self.layer = JudgedLayer.read(self.request, name)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that were asked for, else the first."""
        return self.request.channels or tuple(self.request.batch.channels[:1])

    def __iter__(self) -> Iterator[Pair]:
        images = self.request.batch.images
        for done, record in enumerate(images, start=1):
            if self.request.drops_image(record.key):
                self.failed += 1
            else:
                planes = self.layer.planes(record)
                together = groupby(planes, lambda plane: (plane.t, 0 if self.stacks else plane.z))
                for _, group in together:
                    yield from self._pair(list(group))
            self.request.tell(done, len(images))

    def _pair(self, planes: list[JudgedPlane]) -> Iterator[Pair]:
        left_out = any(not one.kept for plane in planes for one in plane.objects.values())
        if not any(plane.kept for plane in planes):
            self.empty += 1
        elif left_out and self.request.whole:
            self.cut += 1
        else:
            stacks = [
                stacked(channel_planes(self.request, plane, self.channels, self.missing)) for plane in planes
            ]
            found = [pixels for pixels in stacks if pixels is not None]
            if len(found) < len(stacks):
                return
            self.written += 1
            self.cut += left_out
            first = planes[0]
            place = (
                first.place
                if not self.stacks or first.sizes[1] == 1
                else first.place.rpartition("z")[0].rstrip("_")
            )
            key = first.record.key.replace("/", "_")
            image, mask = np.stack(found, axis=1), np.stack([small(plane.kept_labels) for plane in planes])
            yield Pair(
                f"{key}_{place}" if place else key,
                image if len(planes) > 1 else image[:, 0],
                mask if len(planes) > 1 else mask[0],
            )

    def told(self, how: str) -> Written:
        """What was written, and what was not for which reason.

        Raises
        ------
        InputError
            No mask could be read.
        """
        missing = list(dict.fromkeys([*self.missing, *self.layer.missing]))
        check_any([self.layer], missing)
        line = f"{self.layer.counted}; {plural(self.written, 'pair')} of {', '.join(self.channels)} and mask"
        reasons = [(self.failed, "left out with their verdict"), (self.empty, "without an object that stays")]
        if self.request.whole:
            reasons.append((self.cut, "left out for an object"))
        line += "".join(f", {count:,} {why}" for count, why in reasons if count)
        notes = list(self.layer.notes)
        if self.cut and not self.request.whole:
            notes.append(
                f"{plural(self.cut, 'mask')} {'lacks' if self.cut == 1 else 'lack'} objects that were left out: a "
                "network learns that there is background. Correct them first, or leave these images out with --whole"
            )
        return Written([f"{line}: {self.request.output}", how], notes, missing)


def small(labels: NDArray[Any]) -> NDArray[Any]:
    """Return labels in the smallest type that training programs read: uint16, else uint32."""
    return labels.astype(np.uint16 if not labels.size or labels.max() < 1 << 16 else np.uint32)


def checked_folder(request: Request) -> Path:
    """Return the folder that the set goes into. Raises UsageError as `Request.folder`."""
    return request.folder("images with their masks")
