"""Files with several images in them, as microscopes write positions: each becomes an image of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tuiqc.dataset.model import Batch, ImageRecord, Unmatched
from tuiqc.dataset.readings import first_info
from tuiqc.errors import InputError
from tuiqc.names import unique_name
from tuiqc.pixels import image_info, with_reading
from tuiqc.text import printable


def split_positions(batch: Batch) -> None:
    """Replace an image whose file holds several by one for each; masks and tables go with them.

    The first file of a channel decides whether files are looked at; a mask file with as many images in it has one for
    each, any other belongs to the first.
    """
    if batch.row_images or not any(
        (info := first_info(batch, name, "channel")) is not None and info.series for name in batch.channels
    ):
        return
    named = unique_name("position", batch.placeholders)
    records: list[ImageRecord] = []
    most = 1
    for record in batch.images:
        names = _positions(record)
        most = max(most, len(names))
        for number, name in enumerate(names):
            records.append(_at_position(batch, record, number, name, len(names), named))
    batch.images = [replace(record, index=index) for index, record in enumerate(records)]
    batch.placeholders = [*batch.placeholders, named]
    batch.__dict__.pop("index_by_key", None)
    batch.assumptions.append(f"files with up to {most} positions: each is an image")


def _positions(record: ImageRecord) -> list[str]:
    """Names of the images in the files of one; one empty name where there is one."""
    for path in record.channels.values():
        try:
            found = () if path is None else image_info(path).series
        except InputError:
            continue
        if found:
            own = [printable(name).strip().replace("/", "_") for name in found]
            return own if all(own) and len(set(own)) == len(own) else [str(n + 1) for n in range(len(own))]
    return [""]


def _at_position(
    batch: Batch, record: ImageRecord, number: int, name: str, count: int, named: str
) -> ImageRecord:
    if count == 1:
        return replace(record, placeholders=record.placeholders | {named: name})
    masks: dict[str, Path | None] = {}
    key = f"{record.key}/{name}"
    for layer, path in record.masks.items():
        masks[layer] = None if path is None else _mask_at(path, number, count)
        if path is not None and masks[layer] is None:
            why = f"{path.name} has no image for position {number + 1}"
            batch.unmatched.append(Unmatched(f"mask {layer}", None, key, why))
    return replace(
        record,
        key=key,
        placeholders=record.placeholders | {named: name},
        channels={
            channel: None if path is None else with_reading(path, series=number)
            for channel, path in record.channels.items()
        },
        masks=masks,
    )


def _mask_at(path: Path, number: int, count: int) -> Path | None:
    try:
        alike = len(image_info(path).series)
    except InputError:
        return path
    if alike == count:
        return with_reading(path, series=number)
    return path if number == 0 else None
