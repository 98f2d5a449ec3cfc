"""How the files of a batch are to be read: axes that were told, and which file belongs to which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tuiqc.dataset.image_columns import changed
from tuiqc.dataset.model import Batch, ImageRecord
from tuiqc.errors import InputError, UsageError
from tuiqc.pixels import ImagePath, image_info, with_reading
from tuiqc.pixels.axes import checked_axes
from tuiqc.pixels.image_file import ImageInfo
from tuiqc.pixels.image_path import Role, reading_of
from tuiqc.pixels.sequence import is_sequence

_TRIES = 5


def add_readings(batch: Batch) -> None:
    """Give the paths of a batch what decides about their axes, see `tuiqc.pixels.image_path.Reading`.

    Images and masks of one plane need nothing. Only the headers of the first file of each channel and layer are read.

    Raises
    ------
    UsageError
        An impossible order of axes, or the name of no channel and no layer.
    """
    told = _told(batch)
    stacks = {name for name in batch.channels if _is_stack(first_info(batch, name, "channel"))}
    masks = {name for name in batch.layers if _is_stack(first_info(batch, name, "mask"))}
    if not (told or stacks or masks):
        return
    batch.images = changed(
        batch.images,
        lambda record: replace(
            record,
            channels={
                name: _read_as(
                    path, told, name, "channel", _first(record.masks, told) if name in stacks else None
                )
                for name, path in record.channels.items()
            },
            masks={
                name: _read_as(
                    path, told, name, "mask", _first(record.channels, told) if stacks or masks else None
                )
                for name, path in record.masks.items()
            },
        ),
    )


def first_info(batch: Batch, name: str, role: Role) -> ImageInfo | None:
    """Facts of the first file of a channel or layer that can be read, None where none can."""
    for record in batch.images[:_TRIES]:
        path = (record.masks if role == "mask" else record.channels).get(name)
        if path is None:
            continue
        try:
            return image_info(with_reading(path, role=role))
        except InputError:
            continue
    return None


def _told(batch: Batch) -> dict[str, str]:
    """The axes of each channel and layer that was spoken of, "" for all others."""
    told = {}
    for name, text in batch.source.axes.items():
        if name and name not in batch.channels and name not in batch.layers:
            there = ", ".join([*batch.channels, *batch.layers])
            raise UsageError(f"--axes {name}=…: there is no such channel or object layer; there are: {there}")
        try:
            told[name] = checked_axes(text)
        except ValueError as error:
            raise UsageError(f"--axes {error}") from None
    return told


def _is_stack(info: ImageInfo | None) -> bool:
    if info is None:
        return False
    return info.note != "" or info.sizes["t"] * info.sizes["z"] * info.sizes["c"] > 1


def _first(paths: dict[str, Path | None], told: dict[str, str]) -> Path | None:
    """The first file there is, with what was told of it; one movie in many files says nothing of another's axes."""
    for name, path in paths.items():
        if path is not None and not is_sequence(path):
            axes = told.get(name, told.get("", ""))
            return with_reading(path, axes=axes) if axes else path
    return None


def _read_as(
    path: Path | None, told: dict[str, str], name: str, role: Role, partner: Path | None
) -> Path | None:
    if path is None:
        return None
    partner = partner or reading_of(path).partner
    return with_reading(path, axes=told.get(name, told.get("", "")), role=role, partner=partner)


def notes_of(records: Iterable[ImageRecord], name: str, role: Role) -> str:
    """What is to be said of the axes of the first file of a channel or layer that can be read, "" if nothing."""
    for record in islice(records, _TRIES):
        path = (record.masks if role == "mask" else record.channels).get(name)
        try:
            if isinstance(path, ImagePath):  # a plain path is that of one plane
                return image_info(path).note
        except InputError:
            continue
    return ""
