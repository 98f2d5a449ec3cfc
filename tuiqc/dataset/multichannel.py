"""Files with several channels (hyperstacks, HDF5 with a channel axis): each becomes a channel of its own."""

from __future__ import annotations

from dataclasses import replace

from tuiqc.dataset.model import Batch
from tuiqc.errors import InputError
from tuiqc.pixels import image_info


def split_channels(batch: Batch) -> None:
    """Replace a channel whose files have a channel axis by one for each index along it: `name-1`, `name-2`, ….

    The first file of a channel that can be read decides for all of its files. Nothing changes where none can.
    """
    names: list[str] = []
    planes: dict[str, tuple[str, int]] = {}
    for channel in batch.channels:
        count = _count(batch, channel)
        parts = [f"{channel}-{number}" for number in range(1, count + 1)] if count > 1 else [channel]
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


def _count(batch: Batch, channel: str) -> int:
    for record in batch.images[:_TRIES]:
        path = record.channels.get(channel)
        if path is None:
            continue
        try:
            return image_info(path).sizes["c"]
        except InputError:
            continue
    return 1


_TRIES = 5
