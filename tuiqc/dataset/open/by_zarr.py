"""Opens OME-Zarr: an image, a series of images, a plate; what lies in a hierarchy becomes images, layers and tables."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tuiqc.dataset.image_columns import FileKind, FileTexts, ImageColumns, add_files
from tuiqc.dataset.model import Batch, ChannelLook, ImageRecord, Unmatched
from tuiqc.dataset.open.zarr_tables import add_conditions, plates_of, share_plate_tables, tables_of
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.errors import InputError, UsageError
from tuiqc.names import natural_key, unique_name
from tuiqc.pixels.zarr_node import (
    Node,
    Well,
    forget,
    label_groups,
    multiscale,
    node_of,
    series,
    strange_version,
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


@dataclass
class _Found:
    """Images of hierarchies, by columns: a plate has thousands.

    Attributes
    ----------
    paths
        The path of each image as text.
    bare
        Whether each is a label image that belongs to no image.
    names
        Placeholder -> its text of each image.
    """

    paths: list[str] = field(default_factory=list)
    bare: list[bool] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, path: str, names: Mapping[str, str], *, bare: bool = False) -> None:
        """Add an image; placeholders that it does not name are empty for it."""
        for name, text in names.items():
            column = self.names.setdefault(name, [])
            column += [""] * (len(self.paths) - len(column))
            column.append(text)
        self.paths.append(path)
        self.bare.append(bare)

    def filled(self) -> dict[str, list[str]]:
        """The placeholders that tell the images apart, and wells always."""
        count = len(self.paths)
        columns = {name: texts + [""] * (count - len(texts)) for name, texts in self.names.items()}
        return {name: texts for name, texts in columns.items() if name == "well" or len(set(texts)) > 1}


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
    told, found = _Told(), _Found()
    for place in places:
        _add_images(found, place, told, options.fields, {"zarr": _stem(place)} if len(places) > 1 else {})
    if not found.paths:
        raise InputError("has no image", path=places[0], expected="OME-Zarr with an image, series or plate")
    images = _columns(found)
    top = places[0] if len(places) == 1 else places[0].parent
    return Batch(
        name=top.name,
        root=top if is_remote(top) else top.absolute().parent if len(places) == 1 else top.absolute(),
        images=images,
        placeholders=list(images.placeholders),
        channels=list(images.files["channels"]),
        layers=list(images.files["masks"]),
        source=options,
        assumptions=told.assumptions,
        unmatched=told.unmatched,
    )


def _columns(found: _Found) -> ImageColumns:
    """The images in natural order of their keys."""
    names = found.filled()
    keys = list(map("/".join, zip(*names.values(), strict=True))) if names else [""] * len(found.paths)
    keys = [key or _stem(Path(path)) for key, path in zip(keys, found.paths, strict=True)]
    of_part = cache(natural_key)  # numbers end at a slash, and a plate has few names
    order = sorted(range(len(keys)), key=lambda at: "/".join(map(of_part, keys[at].split("/"))))
    keys = [keys[at] for at in order]
    paths, bare = [found.paths[at] for at in order], [found.bare[at] for at in order]
    layers = [_stem(Path(path)) if own else None for path, own in zip(paths, bare, strict=True)]
    files: dict[FileKind, dict[str, FileTexts]] = {"channels": {}, "masks": {}, "tables": {}}
    if not all(bare):
        files["channels"][CHANNEL] = [None if own else path for path, own in zip(paths, bare, strict=True)]
    for layer in dict.fromkeys(filter(None, layers)):
        files["masks"][layer] = [
            path if own == layer else None for path, own in zip(paths, layers, strict=True)
        ]
    columns = {name: [texts[at] for at in order] for name, texts in names.items()}
    return ImageColumns(keys, columns or {"image": keys}, files)


def _stem(place: Path) -> str:
    name = place.name
    for ending in (".zip", ".ozx", ".zarr", ".ome"):
        if name.casefold().endswith(ending):
            name = name[: -len(ending)]
    return printable(name) or place.name


# --- what is in a hierarchy


def _add_images(
    found: _Found, place: Path, told: _Told, fields: Sequence[str], names: Mapping[str, str]
) -> None:
    """Add the images of a hierarchy; `names` are placeholders of all of them."""
    root = node_of(place)
    if root is None:
        raise InputError("is no group of Zarr", path=place, expected="zarr.json, .zattrs or .zgroup in it")
    if version := strange_version(root):
        told.assumptions.append(
            f"{place.name} is OME-Zarr of version {printable(version)!r}, which is not known: read as 0.6"
        )
    if (of_plate := wells(root)) is not None:
        _add_plate(found, root, of_plate, told, set(fields), names)
    elif root.array or multiscale(root) is not None:
        found.add(str(place), names, bare="image-label" in root.ome)
    elif (of_series := series(root)) is not None:
        for name in of_series:
            found.add(str(root.place / name), {**names, "series": name})
    else:
        _add_below(found, root, told, names)


def _add_below(found: _Found, root: Node, told: _Told, names: Mapping[str, str]) -> None:
    """Add what images lie in a group that does not say what it is."""
    before = len(found.paths)
    for name in sorted(root.store.names(root.group) or [], key=natural_key):
        node = root.below(name)
        if node is not None and not node.array and multiscale(node) is not None:
            found.add(str(node.place), {**names, "image": name}, bare="image-label" in node.ome)
    if count := len(found.paths) - before:
        told.assumptions.append(
            f"{root.place.name} says nothing of what it is: its {count} images were taken"
        )


def _add_plate(
    found: _Found,
    root: Node,
    of_plate: Sequence[Well],
    told: _Told,
    wanted: set[str],
    common: Mapping[str, str],
) -> None:
    groups = _groups(root, of_plate, told)
    names: dict[str, None] = {}
    top = str(root.place)
    for well, group in zip(of_plate, groups, strict=True):
        images = [] if isinstance(group, InputError) else well_images(group)
        if not images:
            why = str(group) if isinstance(group, InputError) else _NO_IMAGE
            told.unmatched.append(Unmatched(f"channel {CHANNEL}", root.place / well.path, well.name, why))
        for path, acquisition in images:
            names.setdefault(path)
            if wanted and path not in wanted:
                continue
            more = {"acquisition": acquisition} if acquisition else {}
            at = f"{top}/{well.path}/{path}"
            found.add(at, {**common, "well": well.name, **more, "field": path})
    if wanted and not wanted & names.keys():
        raise UsageError(
            f"--fields {','.join(wanted)}: no well has such an image; there are: {', '.join(names) or 'none'}"
        )
    if len(names) > 1 and not wanted:
        told.assumptions.append(
            f"wells with up to {len(names)} images ({', '.join(list(names)[:6])}): each is an image; "
            f"for some of them only: --fields {next(iter(names))}"
        )


_NO_IMAGE = "the plate names this well, but there is no image in it"


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
    images = batch.files("channels", channel)
    masks = {layer: _there(images, f"labels/{name}") for name, layer in layers.items()}
    joined = {layer: _there(images, tables[name]) for name, layer in layers.items() if name in tables}
    batch.images = add_files(add_files(batch.images, "masks", masks), "tables", joined)
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


def _there(images: FileTexts, below: str) -> FileTexts:
    """What lies in each image, None where it does not; what is no folder on this machine is not asked."""
    return [
        None if image is None or not _may_be(image, path := f"{image}/{below}") else path for image in images
    ]


def _may_be(image: str, path: str) -> bool:
    return os.access(path, os.F_OK) or not Path(image).is_dir()


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
