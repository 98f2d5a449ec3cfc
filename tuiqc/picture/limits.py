"""The pixel values that are drawn black and white: of each image, or of the whole batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tuiqc.dataset.model import ImageRecord
from tuiqc.errors import InputError
from tuiqc.picture.display import Display
from tuiqc.picture.regions import PlaneReader
from tuiqc.picture.spec import PictureSpec, PlaneChoice
from tuiqc.pixels.byte_cache import ByteCache
from tuiqc.pixels.image_file import ImageInfo
from tuiqc.render.contrast import auto_limits, sampled_limits
from tuiqc.render.style import ChannelStyle

_CONTRAST_IMAGES = 8

Limits = tuple[float, float]


class ContrastLimits:
    """Limits of channels that the person has not set; safe from several threads.

    Parameters
    ----------
    reader
        Reads the pixels that they are taken from.
    records
        The images that the contrast of the whole batch is taken from.
    """

    def __init__(self, reader: PlaneReader, records: Sequence[ImageRecord]) -> None:
        self.records = records
        self._reader = reader
        self._of_images: ByteCache[tuple[str, int, PlaneChoice, Limits], Limits] = ByteCache(100_000)
        self._of_batch: dict[tuple[str, Limits], dict[Any, Limits]] = {}
        self.version = 0
        """Counts what became known of the batch: pictures from before look otherwise."""

    def filled_in(self, spec: PictureSpec, name: str, style: ChannelStyle) -> ChannelStyle:
        """The style of a channel with its limits.

        Raises
        ------
        InputError
            The channel can't be read.
        """
        if style.limits is not None:
            return style
        limits, how = None, spec.display.percentiles
        if spec.display.contrast == "batch" and (known := self._of_batch.get((name, how))) is not None:
            path = spec.record.channels[name]
            assert path is not None
            limits = known.get(self._reader.source.info(path).dtype)
        return replace(style, limits=limits or self._of_image(spec.record, name, spec.at, how))

    def adopt(self, other: ContrastLimits) -> bool:
        """Take over what another knows of the whole batch; True if any of it is new."""
        new = {name: found for name, found in other._of_batch.items() if self._of_batch.get(name) != found}
        self._of_batch.update(new)
        self.version += len(new)
        return bool(new)

    def prepare(self, display: Display, superseded: Callable[[], bool]) -> bool:
        """Find the limits of the whole batch, which reads some of its images; True if any are new."""
        if display.contrast != "batch":
            return False
        new, how = False, display.percentiles
        for name, style in display.channels:
            if style.visible and style.limits is None and (name, how) not in self._of_batch:
                limits = self._find_of_batch(name, how, superseded)
                if limits is None:
                    return new
                self._of_batch[name, how] = limits
                self.version += 1
                new = True
        return new

    def _of_image(self, record: ImageRecord, name: str, at: PlaneChoice, how: Limits) -> Limits:
        path, c = record.channels[name], record.plane_of(name)
        assert path is not None
        # One slice stands for its projections too: switching them must not look like another exposure.
        where = PlaneChoice(at.t, at.z)

        def find() -> Limits:
            sample = self._reader.small_sample(path, c, where)
            found = None if sample is None else sampled_limits(sample, *how)
            return found or auto_limits(self._reader.sample(path, c, where), *how)

        return self._of_images.get_or_make((str(path), c, where, how), find, lambda _: 1)

    def _find_of_batch(
        self, name: str, how: Limits, superseded: Callable[[], bool]
    ) -> dict[Any, Limits] | None:
        """Limits that fit the whole batch, from images all over it: the usual low end, the highest high end.

        For each type of pixels apart: what is bright in 8 bits is black in 16. None when `superseded()` became true.
        """
        found: dict[Any, list[Limits]] = {}
        step = max(1, len(self.records) // _CONTRAST_IMAGES)
        for record in self.records[::step][:_CONTRAST_IMAGES]:
            path = record.channels.get(name)
            if superseded():
                return None
            try:
                if path is not None:
                    info = self._reader.source.info(path)
                    limits = [self._of_image(record, name, place, how) for place in _places(info)]
                    found.setdefault(info.dtype, []).extend(limits)
            except InputError:
                continue
        return {
            dtype: (_median([low for low, _ in limits]), max(high for _, high in limits))
            for dtype, limits in found.items()
        }


def _median(values: Sequence[float]) -> float:
    """As `statistics.median`, whose decimals take 4 ms; `np.median` imports masked arrays."""
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _places(info: ImageInfo) -> list[PlaneChoice]:
    """Places that stand for a file: the first slice of a stack is out of focus, and movies bleach."""
    slices = (info.sizes["z"] // 4, info.sizes["z"] // 2, info.sizes["z"] * 3 // 4)
    times = (0, info.sizes["t"] // 2, info.sizes["t"] - 1)
    return list(dict.fromkeys(PlaneChoice(t, z) for t, z in zip(times, slices, strict=True)))
