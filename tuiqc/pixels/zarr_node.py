"""What the metadata of OME-Zarr says: images and their levels, labels, plates, wells, series; versions 0.4 to 0.6.

Facts: the OME-NGFF specification (0.4, 0.5, 0.6rc0). Metadata that is sloppy but clear is taken: a missing `omero`, a
missing list of labels, a slash too many, a version that nobody knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.budget import check_depth
from tuiqc.errors import InputError
from tuiqc.pixels.zarr_store import Store, joined, store_of
from tuiqc.text import printable, some

if TYPE_CHECKING:
    import numpy as np

_TO_UM = {
    "angstrom": 1e-4,
    "nanometer": 1e-3,
    "micrometer": 1.0,
    "millimeter": 1e3,
    "centimeter": 1e4,
    "meter": 1e6,
}
_LETTERS = {"t": "t", "c": "c", "z": "z", "y": "y", "x": "x"}
_BY_TYPE = {"time": "t", "channel": "c"}


@dataclass(frozen=True)
class Node:
    """A group or an array.

    Attributes
    ----------
    store, group
        Where it is.
    version
        2 or 3 (of Zarr).
    attributes
        All of its attributes.
    ome
        Those of OME: `attributes.ome` in version 3, all in version 2.
    array
        The document that describes an array, empty for a group.
    """

    store: Store
    group: str
    version: int
    attributes: Mapping[str, Any]
    ome: Mapping[str, Any]
    array: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Path:
        """Its path as a person would write it."""
        return self.store.place / self.group if self.group else self.store.place

    @property
    def described_by(self) -> Path:
        """The file with its metadata."""
        name = "zarr.json" if self.version == 3 else ".zarray" if self.array else ".zattrs"
        return self.place / name

    def below(self, *names: str) -> Node | None:
        """The node at a path below this one, None where there is none."""
        return node_at(self.store, joined(self.group, *names))


@dataclass(frozen=True)
class Dataset:
    """One level of an image: path below the image, and units per pixel of each axis (None where not said)."""

    path: str
    scale: tuple[float, ...] | None


@dataclass(frozen=True)
class Channel:
    """What `omero` says of a channel: name ("" for none), colour (0 to 255), and the values that are shown."""

    name: str = ""
    colour: tuple[int, int, int] | None = None
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Multiscale:
    """An image in several resolutions, the finest first.

    Attributes
    ----------
    node
        Its group.
    axes
        A letter of each axis: "t", "c", "z", "y", "x", or "?" for one that is not known.
    um
        Micrometres of the unit of each axis, None where it is no length.
    datasets
        Its levels.
    channels
        What is said of the channels; empty for nothing.
    """

    node: Node
    axes: str
    um: tuple[float | None, ...]
    datasets: tuple[Dataset, ...]
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True)
class ArrayFacts:
    """Shape, type and pieces of an array, from its metadata alone; `chunk` is what is decoded together."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunk: tuple[int, ...]
    version: int


def node_of(path: Path) -> Node | None:
    """Return the group or array at a path, None where there is none.

    Raises
    ------
    InputError
        Its metadata can't be read, or is no JSON.
    """
    found = store_of(path)
    return None if found is None else node_at(*found)


def node_at(store: Store, group: str) -> Node | None:
    """As `node_of`, in an open store."""
    return _node(store, group)


@lru_cache(4096)
def _node(store: Store, group: str) -> Node | None:
    document = _json(store, joined(group, "zarr.json"))
    if document is not None:
        attributes = _mapping(document.get("attributes"))
        ome = _mapping(attributes.get("ome")) or attributes
        array = document if document.get("node_type") == "array" else {}
        return Node(store, group, 3, attributes, ome, array)
    array2 = _json(store, joined(group, ".zarray"))
    attributes2 = _json(store, joined(group, ".zattrs"))
    if array2 is None and attributes2 is None and _json(store, joined(group, ".zgroup")) is None:
        return None
    return Node(store, group, 2, attributes2 or {}, attributes2 or {}, array2 or {})


def forget() -> None:
    """Read all metadata anew: it may have changed."""
    _node.cache_clear()


def _json(store: Store, key: str) -> dict[str, Any] | None:
    data = store.read(key)
    if data is None:
        return None
    path = store.place / key
    try:
        text = data.decode("utf-8-sig")
        check_depth(path, text)
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is no JSON ({error})", path=path, expected="metadata of Zarr") from None
    if not isinstance(found, dict):
        raise InputError(f"holds a {type(found).__name__}", path=path, expected="a JSON object")
    return found


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _numbers(value: Any) -> tuple[float, ...] | None:
    if isinstance(value, list) and value and all(isinstance(n, int | float) for n in value):
        return tuple(float(n) for n in value)
    return None


# --- images


def multiscale(node: Node) -> Multiscale | None:
    """Return the image of a group, None where it has none. Of several the first counts, as the specification says.

    Raises
    ------
    InputError
        It has one without levels.
    """
    entries = _mappings(node.ome.get("multiscales"))
    if not entries:
        return None
    first = entries[0]
    datasets = tuple(
        Dataset(str(one["path"]), _scale(_mappings(one.get("coordinateTransformations"))))
        for one in _mappings(first.get("datasets"))
        if isinstance(one.get("path"), str)
    )
    if not datasets:
        raise InputError(
            "its multiscales name no datasets", path=node.described_by, expected="OME-Zarr 0.4 to 0.6"
        )
    axes = _axes(first)
    return Multiscale(
        node,
        "".join(_letter(axis) for axis in axes),
        tuple(_TO_UM.get(str(axis.get("unit", "")).casefold()) for axis in axes),
        datasets,
        _channels(node.ome.get("omero")),
    )


def _axes(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The axes of an image: 0.6 has them in the system that its levels lead to, before 0.4 they are names."""
    axes = entry.get("axes")
    if isinstance(axes, list) and axes:
        return [axis if isinstance(axis, dict) else {"name": str(axis)} for axis in axes]
    systems = _mappings(entry.get("coordinateSystems"))
    targets = {
        _named(step.get("output"))
        for one in _mappings(entry.get("datasets"))
        for step in _mappings(one.get("coordinateTransformations"))
    }
    chosen = [system for system in systems if system.get("name") in targets] or systems
    return _mappings(chosen[0].get("axes")) if chosen else []


def _named(end: Any) -> str:
    return str(end.get("name", "")) if isinstance(end, dict) else str(end or "")


def _letter(axis: Mapping[str, Any]) -> str:
    name = str(axis.get("name", "")).casefold()
    return _LETTERS.get(name) or _BY_TYPE.get(str(axis.get("type", "")).casefold()) or "?"


def _scale(steps: Iterable[Mapping[str, Any]]) -> tuple[float, ...] | None:
    """The scale among the transformations of a level; 0.6 wraps them in a sequence."""
    for step in steps:
        if step.get("type") == "sequence":
            found = _scale(_mappings(step.get("transformations")))
        else:
            found = _numbers(step.get("scale")) if step.get("type") == "scale" else None
        if found is not None:
            return found
    return None


def _channels(omero: Any) -> tuple[Channel, ...]:
    return tuple(
        Channel(str(one.get("label") or ""), _colour(one.get("color")), _limits(_mapping(one.get("window"))))
        for one in _mappings(_mapping(omero).get("channels"))
    )


def _colour(text: Any) -> tuple[int, int, int] | None:
    digits = str(text or "").lstrip("#")[:6]
    try:
        value = int(digits, 16) if len(digits) == 6 else -1
    except ValueError:
        return None
    return None if value < 0 else (value >> 16, value >> 8 & 255, value & 255)


def _limits(window: Mapping[str, Any]) -> tuple[float, float] | None:
    found = _numbers([window.get("start"), window.get("end")])
    return (found[0], found[1]) if found is not None and found[0] < found[1] else None


# --- arrays


def array_facts(node: Node) -> ArrayFacts:
    """Return what an array is.

    Raises
    ------
    InputError
        It is none, or its metadata is damaged.
    """
    import numpy as np

    document = node.array
    try:
        shape = tuple(int(n) for n in document["shape"])
        if node.version == 2:
            dtype, chunk = np.dtype(document["dtype"]), document["chunks"]
        else:
            dtype, chunk = np.dtype(str(document["data_type"])), _decoded_together(document)
        chunk = tuple(int(n) for n in chunk)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"its metadata has no sense ({type(error).__name__}: {error})",
            path=node.described_by,
            expected="an array of Zarr",
        ) from None
    if dtype.kind not in "buif" or dtype.itemsize > 8:
        raise InputError(
            f"has values of type {dtype}", path=node.described_by, expected="whole or real numbers"
        )
    if len(chunk) != len(shape) or min((*shape, *chunk), default=0) < 1:
        raise InputError(f"has shape {shape} in pieces of {chunk}", path=node.described_by, expected="pixels")
    return ArrayFacts(shape, dtype, chunk, node.version)


def _decoded_together(document: Mapping[str, Any]) -> Sequence[int]:
    for codec in _mappings(document.get("codecs")):
        if codec.get("name") == "sharding_indexed":
            inner: Sequence[int] = codec["configuration"]["chunk_shape"]
            return inner
    outer: Sequence[int] = document["chunk_grid"]["configuration"]["chunk_shape"]
    return outer


# --- what lies beside an image


def label_groups(image: Node) -> tuple[list[tuple[str, Node]], str]:
    """Return names and groups of the labels of an image, and a sentence where its list of them is missing.

    A name may lead through groups ("a/b").
    """
    labels, place = image.below("labels"), image.place / "labels"
    names = labels.ome.get("labels") if labels is not None else None
    if isinstance(names, list):
        found = [(str(name).strip("/"), image.below("labels", str(name))) for name in names]
        gone = [name for name, node in found if node is None]
        told = (
            f"{place} names labels that are not there: {some(list(map(printable, gone)), 3)}" if gone else ""
        )
        return [(name, node) for name, node in found if node is not None], told
    below = image.store.names(joined(image.group, "labels")) or []
    listed = [(name, image.below("labels", name)) for name in below]
    there = [(name, node) for name, node in listed if node is not None and multiscale(node) is not None]
    if labels is None and not there:
        return [], ""
    return there, f"{place} has no list of labels" + (": the images in it were taken" if there else "")


def strange_version(node: Node) -> str:
    """Return the version of OME-Zarr that a group says it has, "" for one that is known or not said."""
    below = (*_mappings(node.ome.get("multiscales"))[:1], _mapping(node.ome.get("plate")))
    entries = (node.ome, *below) if node.version == 3 else below
    said = next((str(one["version"]) for one in entries if one.get("version") is not None), "")
    return "" if not said or _KNOWN.match(said) else said


_KNOWN = re.compile(r"0\.[1-6](?!\d)")


def series(root: Node) -> list[str] | None:
    """Names of the images of a bioformats2raw layout, None for another group."""
    if "bioformats2raw.layout" not in {**root.attributes, **root.ome}:
        return None
    ome = root.below("OME")
    names = ome.ome.get("series") if ome is not None else None
    if isinstance(names, list) and names:
        return [str(name).strip("/") for name in names]
    found: list[str] = []
    while root.below(str(len(found))) is not None:
        found.append(str(len(found)))
    return found


@dataclass(frozen=True)
class Well:
    """A well of a plate: name ("B03"), its group below the plate, row and column from 0 where they are said."""

    name: str
    path: str


def wells(root: Node) -> list[Well] | None:
    """The wells of a plate in the order of the metadata, None for another group."""
    plate = root.ome.get("plate")
    if not isinstance(plate, dict):
        return None
    found = []
    for one in _mappings(plate.get("wells")):
        path = str(one.get("path", "")).strip("/")
        row, _, column = path.partition("/")
        if row and column:
            found.append(Well(f"{row}{column.zfill(2)}" if column.isdigit() else f"{row}{column}", path))
    return found


def well_images(well: Node | None) -> list[tuple[str, str]]:
    """Path and acquisition ("" for none) of the images of a well."""
    if well is None:
        return []
    entries = _mappings(_mapping(well.ome.get("well")).get("images"))
    return [
        (str(one["path"]).strip("/"), "" if one.get("acquisition") is None else str(one["acquisition"]))
        for one in entries
        if "path" in one
    ]
