"""Files with several channels (hyperstacks, HDF5 with a channel axis): each becomes a channel of its own."""

from __future__ import annotations

from dataclasses import replace

from tuiqc.dataset.model import Batch
from tuiqc.errors import InputError
from tuiqc.pixels import image_info
from tuiqc.pixels.base import ImageInfo
from tuiqc.text import printable


def split_channels(batch: Batch) -> None:
    """Replace a channel whose files have a channel axis by one for each index along it.

    Each has its own name in the file (OME) where all have different ones, else they are `name-1`, `name-2`, ….

    The first file of a channel that can be read decides for all of its files. Nothing changes where none can.
    """
    names: list[str] = []
    planes: dict[str, tuple[str, int]] = {}
    for channel in batch.channels:
        taken = {*names, *batch.channels, *batch.layers}
        parts = _parts(channel, _info(batch, channel), taken)
        names += parts
        planes |= {part: (channel, index) for index, part in enumerate(parts)}
    if names == batch.channels:
        return
    batch.assumptions.append(f"files with several channels: {', '.join(names)}")
    batch.channels = names
    batch.images = [
        replace(
            record,
            channels={name: record.channels.get(planes[name][0]) for name in names},
            planes={name: planes[name][1] for name in names},
        )
        for record in batch.images
    ]


def _parts(channel: str, info: ImageInfo | None, taken: set[str]) -> list[str]:
    count = info.sizes["c"] if info is not None else 1
    if info is None or count < 2:
        return [channel]
    own = [printable(name) for name in info.channel_names]
    if len(own) == count == len(set(own)) and all(own) and not taken.intersection(own):
        return own
    return [f"{channel}-{number}" for number in range(1, count + 1)]


def _info(batch: Batch, channel: str) -> ImageInfo | None:
    """Facts of the first file of a channel that can be read."""
    for record in batch.images[:_TRIES]:
        path = record.channels.get(channel)
        if path is None:
            continue
        try:
            return image_info(path)
        except InputError:
            continue
    return None


_TRIES = 5
