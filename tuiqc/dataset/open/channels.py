"""Files with several channels: each becomes a channel of its own, and each plane of such a mask an object layer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from tuiqc.dataset.image_columns import changed
from tuiqc.dataset.model import Batch, ChannelLook, ImageRecord
from tuiqc.dataset.readings import notes_of
from tuiqc.errors import InputError
from tuiqc.names import unique_name
from tuiqc.pixels import ImageFile, ImagePath, image_info, open_image, with_reading
from tuiqc.pixels.image_file import ImageInfo
from tuiqc.pixels.image_path import PROBABILITY, Reading
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
        info = _info(batch, channel)
        parts = _parts(channel, info, taken, batch.channel_names)
        if info is not None and info.note:
            batch.assumptions.append(f"channel {channel}: {info.note}")
        names += parts
        planes |= {part: (channel, index) for index, part in enumerate(parts)}
    if names == batch.channels:
        return
    batch.assumptions.append(f"files with several channels: {', '.join(names)}")
    batch.channels = names
    batch.images = changed(
        batch.images,
        lambda record: replace(
            record,
            channels={name: record.channels.get(planes[name][0]) for name in names},
            planes={name: planes[name][1] for name in names},
        ),
    )


def _parts(channel: str, info: ImageInfo | None, taken: set[str], told: tuple[str, ...] = ()) -> list[str]:
    count = info.sizes["c"] if info is not None else 1
    if info is None or count < 2:
        return [channel]
    for names in (told, info.channel_names):
        own = [printable(name) for name in names]
        if len(own) == count == len(set(own)) and all(own) and not taken.intersection(own):
            return own
    return [f"{channel}-{number}" for number in range(1, count + 1)]


def split_layers(batch: Batch) -> None:
    """Replace a layer whose masks have several compartments (Mesmer, InstanSeg) by one for each.

    They are called as the file names its channels, or `cells` and `nuclei` where one lies in the other, or numbered.
    The first mask of a layer that can be read decides for all. A table stays with the cells.
    """
    layers: list[str] = []
    parts: dict[str, list[tuple[str, int]]] = {}
    for layer in batch.layers:
        taken = {*batch.channels, *layers, *batch.layers} - {layer}
        names = _compartments(batch, layer, taken)
        parts[layer] = (
            [(name, index) for index, name in enumerate(names)] if len(names) > 1 else [(layer, -1)]
        )
        layers += names
        if note := notes_of(batch.images, layer, "mask"):
            batch.assumptions.append(f"masks of {layer}: {note}")
    if layers == batch.layers:
        return
    batch.assumptions.append(
        f"masks with several planes for one image, each an object layer: {', '.join(layers)}"
    )
    main = {layer: _main(names) for layer, names in parts.items()}
    batch.layers = layers
    batch.dialects = {main[layer]: choice for layer, choice in batch.dialects.items()}
    batch.shared_tables = {main[layer]: path for layer, path in batch.shared_tables.items()}
    batch.images = changed(
        batch.images,
        lambda record: replace(
            record,
            masks={
                name: path if path is None or index < 0 else with_reading(path, role="mask", channel=index)
                for layer, path in record.masks.items()
                for name, index in parts[layer]
            },
            tables={main[layer]: path for layer, path in record.tables.items()},
        ),
    )


def _main(names: list[tuple[str, int]]) -> str:
    return next((name for name, _ in names if "cell" in name.casefold()), names[0][0])


def _compartments(batch: Batch, layer: str, taken: set[str]) -> list[str]:
    for record in batch.images[:_TRIES]:
        path = record.masks.get(layer)
        if path is None:
            continue
        if not isinstance(path, ImagePath):  # of one plane
            return [layer]
        try:
            with open_image(path) as image:
                count = image.info.sizes["c"]
                if count < 2:
                    return [layer]
                own = [printable(name) for name in image.info.channel_names]
                if len(own) == count == len(set(own)) and all(own) and not taken.intersection(own):
                    return own
                own = _nested(image) if count == 2 else []
        except InputError:
            continue
        if own and layer.casefold() not in _GENERIC:
            own = [f"{layer}-{name}" for name in own]
        own = own or [f"{layer}-{number}" for number in range(1, count + 1)]
        return [unique_name(name, taken) for name in own]
    return [layer]


def _nested(image: ImageFile) -> list[str]:
    """`cells` and `nuclei` where nearly all of one compartment lies within the other, which is larger."""
    first, second = (image.read(c=c)[::_STEP, ::_STEP] > 0 for c in (0, 1))
    inside = (first & second).sum()
    sizes = int(first.sum()), int(second.sum())
    if not min(sizes) or inside < _WITHIN * min(sizes) or max(sizes) < _LARGER * min(sizes):
        return []
    return ["cells", "nuclei"] if sizes[0] > sizes[1] else ["nuclei", "cells"]


def add_probabilities(batch: Batch) -> None:
    """Add the probability of a cell that Cellpose keeps beside its masks (`_seg.npy`) as a channel.

    Nothing changes where the first such file that can be read has none.
    """
    for layer in batch.layers:
        texts = list(filter(None, batch.files("masks", layer)))
        if "_seg.npy" not in "\n".join(texts).casefold():  # of 10^5 names at once
            continue
        segs = filter(_is_seg, texts)
        if not any(_info_of(_probability(Path(text))) for text in islice(segs, _TRIES)):
            continue
        name = unique_name(_PROBABILITY, {*batch.channels, *batch.layers})
        batch.channels = [*batch.channels, name]
        batch.images = changed(batch.images, partial(_with_probability, layer=layer, name=name))
        batch.looks[name] = ChannelLook(hidden=True)  # over the image it would hide what it was made from
        batch.assumptions.append(
            f"the network's output in the masks of {layer} is channel {name!r}, off at first"
        )


def _with_probability(record: ImageRecord, layer: str, name: str) -> ImageRecord:
    path = record.masks.get(layer)
    seg = path is not None and _is_seg(str(path))
    return replace(record, channels=record.channels | {name: _probability(path) if seg else None})


def _is_seg(text: str) -> bool:
    return text[-8:].casefold() == "_seg.npy"


def _probability(path: Path | None) -> Path | None:
    return None if path is None else ImagePath.of(path, Reading(role="channel", series=PROBABILITY))


def _info_of(path: Path | None) -> ImageInfo | None:
    try:
        return None if path is None else image_info(path)
    except InputError:
        return None


def _info(batch: Batch, channel: str) -> ImageInfo | None:
    """Facts of the first file of a channel that can be read."""
    for record in batch.images[:_TRIES]:
        if (found := _info_of(record.channels.get(channel))) is not None:
            return found
    return None


_TRIES = 5
_PROBABILITY = "cell probability"
_STEP, _WITHIN, _LARGER = 3, 0.8, 1.2
_GENERIC = {"objects", "mask", "masks", "label", "labels", "segmentation", "seg"}
