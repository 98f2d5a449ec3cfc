"""Opens OME-Zarr: an image, a series of images, a plate; what lies in a hierarchy becomes images, layers and tables."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.dataset.model import Batch, ChannelLook, ImageRecord, Unmatched
from tuiqc.dataset.open.zarr_tables import add_conditions, plates_of, share_plate_tables, tables_of
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError, UsageError
from tuiqc.names import natural_key, unique_name
from tuiqc.pixels.image_path import ImagePath
from tuiqc.pixels.zarr_node import (
    Node,
    Well,
    forget,
    label_groups,
    multiscale,
    node_of,
    series,
    well_images,
    wells,
)
from tuiqc.pixels.zarr_store import is_hierarchy, is_remote
from tuiqc.text import printable

if TYPE_CHECKING:
    from tuiqc.dataset.discover.found_files import FoundFile

_AT_ONCE = 16
"""Wells whose metadata is asked for side by side: on a server each takes a tenth of a second."""

_QUICK = 0.001
"""Seconds for a well within which a disk is not asked side by side: threads would cost more than they save."""

_SAMPLED = 16
"""Wells of a plate on a server that are asked about first."""

CHANNEL = "image"
"""What the pixels of a hierarchy are called before their channels are known."""


@dataclass(frozen=True)
class _Found:
    """An image of a hierarchy: its path, and the text of each placeholder. `image` is false for a bare label image."""

    path: Path
    names: dict[str, str]
    image: bool = True


@dataclass
class _Told:
    """What is said about the opening."""

    assumptions: list[str] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)


def hierarchies(options: SourceOptions, places: Sequence[Path]) -> tuple[list[Path], list[FoundFile] | None]:
    """Return the places if all are hierarchies, or those in one folder that has no other images; else nothing.

    And the files of a folder that was listed for it.
    """
    if places and all(is_hierarchy(place) for place in places):
        return [Path(str(place).rstrip("/")) for place in places], None
    if len(places) != 1 or options.labels or options.tables or is_remote(places[0]) or not places[0].is_dir():
        return [], None
    from tuiqc.dataset.discover.found_files import listed

    files = listed(places[0])
    found = [file for file in files if file.kind in ("image", "mask")]
    if found and all(file.kind == "image" and is_hierarchy(file.path) for file in found):
        return [file.path for file in found], files
    return [], files


def open_hierarchies(options: SourceOptions, places: Sequence[Path]) -> Batch:
    """Return the batch of one or several hierarchies.

    Wells of a plate, images of a series and images of several hierarchies are told apart by placeholders (`well`,
    `field`, `series`, `zarr`). Of a plate only its own metadata and that of its wells is read; labels and tables of
    the first image that has any are taken for those of all.

    Raises
    ------
    InputError
        A place is no group of Zarr, or has no image.
    """
    forget()
    told = _Told()
    found: list[_Found] = []
    for place in places:
        images = _images_in(place, told, options.fields)
        if len(places) > 1:
            images = [replace(one, names={"zarr": _stem(place)} | one.names) for one in images]
        found += images
    if not found:
        raise InputError("has no image", path=places[0], expected="OME-Zarr with an image, series or plate")
    placeholders = _told_apart(found)
    channel = [CHANNEL] if any(one.image for one in found) else []
    by_key = [("/".join(one.names[name] for name in placeholders) or _stem(one.path), one) for one in found]
    by_key.sort(key=lambda pair: natural_key(pair[0]))
    records = [
        _record(index, key, one, placeholders, with_channel=bool(channel))
        for index, (key, one) in enumerate(by_key)
    ]
    top = places[0] if len(places) == 1 else places[0].parent
    batch = Batch(
        name=top.name,
        root=top if is_remote(top) else top.absolute().parent if len(places) == 1 else top.absolute(),
        images=records,
        placeholders=placeholders or ["image"],
        channels=channel,
        layers=list(dict.fromkeys(layer for record in records for layer in record.masks)),
        source=options,
        assumptions=told.assumptions,
        unmatched=told.unmatched,
    )
    if not placeholders:
        batch.images = [replace(record, placeholders={"image": record.key}) for record in batch.images]
    return batch


def _record(
    index: int, key: str, one: _Found, placeholders: Sequence[str], *, with_channel: bool
) -> ImageRecord:
    paths: dict[str, Path | None] = {CHANNEL: one.path if one.image else None} if with_channel else {}
    masks: dict[str, Path | None] = {} if one.image else {_stem(one.path): one.path}
    return ImageRecord(index, key, {name: one.names[name] for name in placeholders}, paths, masks, {})


def _stem(place: Path) -> str:
    name = place.name
    for ending in (".zip", ".ozx", ".zarr", ".ome"):
        if name.casefold().endswith(ending):
            name = name[: -len(ending)]
    return printable(name) or place.name


def _told_apart(found: Sequence[_Found]) -> list[str]:
    """Names of the placeholders that differ among the images, and of wells always."""
    names = list(dict.fromkeys(name for one in found for name in one.names))
    for one in found:
        for name in names:
            one.names.setdefault(name, "")
    return [name for name in names if name == "well" or len({one.names[name] for one in found}) > 1]


# --- what is in a hierarchy


def _images_in(place: Path, told: _Told, fields: Sequence[str]) -> list[_Found]:
    root = node_of(place)
    if root is None:
        raise InputError("is no group of Zarr", path=place, expected="zarr.json, .zattrs or .zgroup in it")
    if (of_plate := wells(root)) is not None:
        return list(_of_plate(root, of_plate, told, set(fields)))
    if root.array or multiscale(root) is not None:
        is_label = "image-label" in root.ome
        return [_Found(place, {}, not is_label)]
    if (names := series(root)) is not None:
        return [_Found(root.place / name, {"series": name}) for name in names]
    below = root.store.names(root.group)
    found = []
    for name in sorted(below or [], key=natural_key):
        node = root.below(name)
        if node is not None and not node.array and multiscale(node) is not None:
            found.append(_Found(node.place, {"image": name}, "image-label" not in node.ome))
    if found:
        told.assumptions.append(
            f"{root.place.name} says nothing of what it is: its {len(found)} images were taken"
        )
    return found


def _of_plate(root: Node, of_plate: Sequence[Well], told: _Told, wanted: set[str]) -> Iterator[_Found]:
    groups = _groups(root, of_plate, told)
    names: dict[str, None] = {}
    for well, group in zip(of_plate, groups, strict=True):
        place = root.place / well.path
        if isinstance(group, InputError):
            told.unmatched.append(Unmatched(f"channel {CHANNEL}", place, well.name, str(group)))
            continue
        images = well_images(group)
        if not images:
            why = "the plate names this well, but there is no image in it"
            told.unmatched.append(Unmatched(f"channel {CHANNEL}", place, well.name, why))
        for path, acquisition in images:
            names.setdefault(path)
            if wanted and path not in wanted:
                continue
            more = {"acquisition": acquisition} if acquisition else {}
            yield _Found(place / path, {"well": well.name, **more, "field": path})
    if wanted and not wanted & names.keys():
        raise UsageError(
            f"--fields {','.join(wanted)}: no well has such an image; there are: {', '.join(names) or 'none'}"
        )
    if len(names) > 1 and not wanted:
        told.assumptions.append(
            f"wells with up to {len(names)} images ({', '.join(list(names)[:6])}): each is an image; "
            f"for some of them only: --fields {next(iter(names))}"
        )


def _groups(root: Node, of_plate: Sequence[Well], told: _Told) -> list[Node | InputError | None]:
    """What is said of the wells. On a server some are asked about, and the others taken for alike where these are."""
    chosen = list(range(len(of_plate)))
    if is_remote(root.place) and len(of_plate) > 2 * _SAMPLED:
        chosen = sorted({*chosen[:: -(-len(of_plate) // _SAMPLED)], chosen[-1]})
    found = _all_asked(root, [of_plate[at] for at in chosen])
    if len(chosen) == len(of_plate):
        return found
    images = {_images_of(one) for one in found}
    if len(images) > 1 or None in images:
        return _all_asked(root, of_plate)
    told.assumptions.append(
        f"{len(chosen)} of {len(of_plate)} wells were asked for their images, and the others taken for "
        "alike: one that is not there is shown as broken"
    )
    known = dict(zip(chosen, found, strict=True))
    return [known.get(at, found[0]) for at in range(len(of_plate))]


def _images_of(group: Node | InputError | None) -> tuple[tuple[str, str], ...] | None:
    """The images that a well names, None where nothing can be said of it."""
    return None if group is None or isinstance(group, InputError) else tuple(well_images(group))


def _all_asked(root: Node, of_plate: Sequence[Well]) -> list[Node | InputError | None]:
    """What is said of each well, side by side unless the first ones show that a disk answers at once."""
    found: list[Node | InputError | None] = []
    if not is_remote(root.place):
        begun = time.monotonic()
        found = [_asked(root, well) for well in of_plate[:_AT_ONCE]]
        if time.monotonic() - begun < _AT_ONCE * _QUICK:
            return found + [_asked(root, well) for well in of_plate[_AT_ONCE:]]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="tuiqc-wells") as pool:
        return found + list(pool.map(lambda well: _asked(root, well), of_plate[len(found) :]))


def _asked(root: Node, well: Well) -> Node | InputError | None:
    try:
        return root.below(well.path)
    except InputError as error:
        return error


# --- what belongs to an image


def add_labels(batch: Batch) -> None:
    """Add the labels that lie in the images of a batch as object layers, and their tables.

    Those of the first images that have any are taken for those of all; where the images are folders on this machine
    each is looked for.
    """
    channels = [
        name for name in batch.channels if any(_is_zarr(record, name) for record in batch.images[:20])
    ]
    if not channels:
        return
    channel = channels[0]
    plates = plates_of(batch, channel)
    add_conditions(batch, channel, plates)
    if batch.source.labels:
        return
    names, tables = _first_labels(batch, channel)
    layers: dict[str, str] = {}
    for name in names:
        layer = printable(name.replace("/", "-"))
        layers[name] = unique_name(layer, {*batch.channels, *batch.layers, *layers.values()})
    if not layers:
        return
    batch.layers = [*batch.layers, *layers.values()]
    batch.images = [_with_labels(record, channel, layers, tables) for record in batch.images]
    batch.assumptions.append(f"labels in the images are object layers: {', '.join(layers.values())}")
    share_plate_tables(batch, channel, plates, layers)


def _is_zarr(record: ImageRecord, channel: str) -> bool:
    path = record.channels.get(channel)
    return path is not None and is_hierarchy(path)


def _first_labels(batch: Batch, channel: str) -> tuple[list[str], dict[str, str]]:
    """Names of labels in the first image that has any, and the path below the image of the table of each."""
    for record in batch.images[:20]:
        path = record.channels.get(channel)
        try:
            node = node_of(path) if path is not None else None
            if node is None:
                continue
            found, told = label_groups(node)
        except InputError as error:
            batch.unmatched.append(Unmatched("mask", path, record.key, str(error)))
            continue
        if told:
            batch.assumptions.append(told)
        if found:
            return [name for name, _ in found], tables_of(batch, node, [name for name, _ in found])
    return [], {}


def _with_labels(
    record: ImageRecord, channel: str, layers: dict[str, str], tables: dict[str, str]
) -> ImageRecord:
    image = record.channels.get(channel)
    masks, joined = dict(record.masks), dict(record.tables)
    for name, layer in layers.items():
        masks[layer] = _there(image, f"labels/{name}")
        if name in tables:
            joined[layer] = _there(image, tables[name])
    return replace(record, masks=masks, tables=joined)


def _there(image: Path | None, below: str) -> Path | None:
    if image is None:
        return None
    path = (Path(image) if isinstance(image, ImagePath) else image) / below
    return path if path.exists() or not image.is_dir() else None


def add_looks(batch: Batch) -> None:
    """Take colours and limits of channels as `omero` of the first image has them.

    Limits that are all that the type of the pixels can hold were chosen by nobody and are left aside.
    """
    for name in batch.channels:
        record = next((one for one in batch.images[:20] if _is_zarr(one, name)), None)
        path = record.channels.get(name) if record is not None else None
        if record is None or path is None:
            continue
        try:
            node = node_of(path)
            image = multiscale(node) if node is not None else None
        except InputError:
            continue
        said = image.channels if image is not None else ()
        place = record.plane_of(name)
        if place < len(said):
            limits = said[place].limits
            batch.looks[name] = ChannelLook(said[place].colour, None if limits in _OF_TYPES else limits)


_OF_TYPES = tuple((0.0, 2.0**bits - 1) for bits in (8, 16, 32))
