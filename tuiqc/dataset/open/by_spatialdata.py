"""Opens SpatialData (`.zarr` with images, labels, shapes and tables) as sopa and spatialdata-io write it.

Images with the same pixels are channels of one image. Labels go with the images whose pixels they have, shapes with all
that are in a coordinate system with them: their transformations say where they lie. Tables are about one of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tuiqc.dataset.dialects import recognise
from tuiqc.dataset.model import Batch, ImageRecord, Unmatched
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.tables.reader import read_columns
from tuiqc.errors import InputError
from tuiqc.names import natural_key, unique_name
from tuiqc.pixels import with_reading
from tuiqc.pixels.polygons.outlines import Affine
from tuiqc.pixels.zarr_node import Node, array_facts, forget, multiscale, node_of
from tuiqc.text import printable

_KINDS = ("images", "labels", "shapes", "tables", "points")
_MARK = "spatialdata_attrs"
_GLOBAL = "global"
_NEAR = 1e-3
"""Pixels by which the corners of two planes may lie apart that are the same."""


@dataclass
class _Element:
    """An image, labels or shapes: its name, place, rows and columns, and where it lies in each coordinate system."""

    name: str
    path: Path
    shape: tuple[int, int] = (0, 0)
    systems: dict[str, Affine] = field(default_factory=dict)

    def to(self, other: _Element) -> Affine | None:
        """What makes pixels of the other of its coordinates; None where they share no coordinate system."""
        shared = [name for name in self.systems if name in other.systems]
        if not shared:
            return None
        name = _GLOBAL if _GLOBAL in shared else shared[0]
        try:
            return other.systems[name].inverse().after(self.systems[name])
        except ValueError:
            return None


def spatial_data(places: Sequence[Path]) -> Node | None:
    """Return the root of the only place if it is SpatialData, else None."""
    if len(places) != 1:
        return None
    forget()
    root = node_of(places[0])
    if root is None or root.array or multiscale(root) is not None:
        return None
    if _MARK in root.attributes:
        return root
    names = set(root.store.names(root.group) or ())
    return root if names & {"images", "labels"} and names & {"shapes", "tables", "points"} else None


def open_spatial_data(options: SourceOptions, root: Node) -> Batch:
    """Return the batch of one.

    Raises
    ------
    InputError
        It has neither images nor labels nor shapes that can be read, or is not in a folder.
    """
    if not root.place.is_dir():
        raise InputError(
            "is SpatialData, which is opened from a folder", path=root.place, hint="copy or unpack it"
        )
    unmatched: list[Unmatched] = []
    images, labels, shapes = (list(_elements(root, kind, unmatched)) for kind in _KINDS[:3])
    if not images and not labels and not shapes:
        raise InputError("is SpatialData without images, labels and shapes", path=root.place)
    batch = _batch(options, root, images, labels, shapes, unmatched)
    _add_tables(batch, root)
    for name in _names(root, "points"):
        batch.unmatched.append(Unmatched("file", root.place / "points" / name, name, "points are not shown"))
    counts = [f"{kind}: {', '.join(one.name for one in found)}" for kind, found in
              (("images", images), ("labels", labels), ("shapes", shapes)) if found]  # fmt: skip
    batch.assumptions.insert(0, f"SpatialData ({'; '.join(counts)})")
    return batch


def _batch(
    options: SourceOptions,
    root: Node,
    images: Sequence[_Element],
    labels: Sequence[_Element],
    shapes: Sequence[_Element],
    unmatched: list[Unmatched],
) -> Batch:
    planes: list[list[_Element]] = []
    for image in images:
        alike = next((group for group in planes if _same_plane(image, group[0])), None)
        if alike is None:
            planes.append([image])
        else:
            alike.append(image)
    planes = planes or [[]]
    channels = _unique([image.name for image in images], ())
    layers = _unique([one.name for one in (*shapes, *labels)], channels)
    records = []
    placed: set[str] = set()
    for index, group in enumerate(planes):
        own = {name: image.path for name, image in zip(channels, images, strict=True) if image in group}
        masks: dict[str, Path | None] = dict.fromkeys(layers)
        for name, element in zip(layers, (*shapes, *labels), strict=True):
            masks[name] = _mask(element, group[0] if group else None, element in shapes)
            placed |= {name} if masks[name] is not None else set()
        key = printable(group[0].name) if group else printable(root.place.name)
        records.append(
            ImageRecord(index, key, {"image": key}, {name: own.get(name) for name in channels}, masks, {})
        )
    for name, element in zip(layers, (*shapes, *labels), strict=True):
        if name not in placed:
            why = "it has neither the pixels of an image nor a coordinate system with one"
            unmatched.append(Unmatched(f"mask {name}", element.path, element.name, why))
    place = root.place.absolute()
    return Batch(
        name=place.name,
        root=place.parent,
        images=records,
        placeholders=["image"],
        channels=channels,
        layers=[name for name in layers if name in placed],
        source=options,
        unmatched=unmatched,
    )


def _unique(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        found.append(unique_name(printable(name), {*taken, *found}))
    return found


def _mask(element: _Element, image: _Element | None, is_shapes: bool) -> Path | None:
    """The path of labels or shapes as a mask of an image; None where it is none of it."""
    if not is_shapes:
        return element.path if image is None or _same_plane(element, image) else None
    if image is None:
        return with_reading(element.path, role="mask")
    way = element.to(image)
    if way is None:
        return None
    numbers = " ".join(f"{number:.12g}" for number in way)
    return with_reading(element.path, role="mask", partner=image.path, units=f"affine:{numbers}")


def _same_plane(one: _Element, other: _Element) -> bool:
    """Whether two rasters have the same pixels: as many, in the same place."""
    if one.shape != other.shape:
        return False
    way = one.to(other)
    if way is None:
        return not one.systems or not other.systems
    rows, columns = one.shape
    corners = [(0.0, 0.0), (float(columns), float(rows))]
    return all(
        abs(way.xx * x + way.xy * y + way.x0 - x) < _NEAR
        and abs(way.yx * x + way.yy * y + way.y0 - y) < _NEAR
        for x, y in corners
    )


# --- what is in it


def _names(root: Node, kind: str) -> list[str]:
    names = root.store.names(f"{root.group}/{kind}".lstrip("/")) or []
    return sorted((name for name in names if not name.startswith((".", "zarr.json"))), key=natural_key)


def _elements(root: Node, kind: str, unmatched: list[Unmatched]) -> Iterator[_Element]:
    for name in _names(root, kind):
        try:
            node = root.below(kind, name)
            if node is None:
                continue
            yield _shapes(node, name) if kind == "shapes" else _raster(node, name)
        except InputError as error:
            role = "channel" if kind == "images" else "mask"
            unmatched.append(Unmatched(f"{role} {name}", root.place / kind / name, name, str(error)))


def _raster(node: Node, name: str) -> _Element:
    image = multiscale(node)
    if image is None or not image.datasets:
        raise InputError("is no image", path=node.place, expected="OME-Zarr with multiscales")
    finest = node.below(image.datasets[0].path)
    if finest is None:
        raise InputError(f"its level {image.datasets[0].path!r} is not there", path=node.place)
    shape = array_facts(finest).shape
    entry = node.ome.get("multiscales")
    said = entry[0].get("coordinateTransformations") if isinstance(entry, list) and entry else None
    y, x = image.axes.find("y"), image.axes.find("x")
    if y < 0 or x < 0:
        y, x = len(shape) - 2, len(shape) - 1
    letters = image.axes if len(image.axes) == len(shape) else "?" * (len(shape) - 2) + "yx"
    return _Element(name, node.place, (shape[y], shape[x]), _systems(said, tuple(letters)))


def _shapes(node: Node, name: str) -> _Element:
    path = node.place / "shapes.parquet"
    if not path.is_file():
        raise InputError(
            "has no shapes.parquet", path=node.place, hint="older versions are written anew by spatialdata"
        )
    said = node.attributes.get("coordinateTransformations")
    return _Element(name, path, systems=_systems(said, ("x", "y")))


def _systems(said: Any, axes: Sequence[str]) -> dict[str, Affine]:
    """Where an element lies in each coordinate system that its transformations lead to."""
    found: dict[str, Affine] = {}
    for one in said if isinstance(said, list) else []:
        if not isinstance(one, dict):
            continue
        output = one.get("output")
        name = output.get("name") if isinstance(output, dict) else output
        way = _way(one, axes)
        if isinstance(name, str) and way is not None:
            found[name] = way
    return found or {_GLOBAL: Affine()}


def _way(step: Mapping[str, Any], axes: Sequence[str]) -> Affine | None:
    """A transformation in x and y; None for one that is not known."""
    axes = _axes(step.get("input")) or axes
    kind = step.get("type")
    if kind == "identity":
        return Affine()
    if kind in ("scale", "translation"):
        numbers = step.get(str(kind))
        if not isinstance(numbers, list) or len(numbers) != len(axes) or not _are_numbers(numbers):
            return None
        of = dict(zip(axes, numbers, strict=True))
        if kind == "scale":
            return Affine(xx=float(of.get("x", 1)), yy=float(of.get("y", 1)))
        return Affine(x0=float(of.get("x", 0)), y0=float(of.get("y", 0)))
    if kind == "affine":
        return _of_matrix(step.get("affine"), axes, _axes(step.get("output")) or axes)
    if kind == "sequence" and isinstance(step.get("transformations"), list):
        way = Affine()
        for one in step["transformations"]:
            more = _way(one, axes) if isinstance(one, dict) else None
            if more is None:
                return None
            way = more.after(way)
        return way
    return None


def _of_matrix(rows: Any, axes: Sequence[str], out: Sequence[str]) -> Affine | None:
    if not isinstance(rows, list) or not all(
        isinstance(row, list) and len(row) == len(axes) + 1 and _are_numbers(row) for row in rows
    ):
        return None
    if len(rows) < len(out) or not {"x", "y"} <= set(axes) or not {"x", "y"} <= set(out):
        return None
    x, y = axes.index("x"), axes.index("y")
    first, second = rows[out.index("x")], rows[out.index("y")]
    return Affine(*(float(n) for row in (first, second) for n in (row[x], row[y], row[-1])))


def _are_numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(one, int | float) for one in values)


def _axes(end: Any) -> tuple[str, ...]:
    """Names of the axes of one end of a transformation, as far as it says them."""
    axes = end.get("axes") if isinstance(end, dict) else None
    if not isinstance(axes, list) or not all(isinstance(one, dict) for one in axes):
        return ()
    return tuple(str(one.get("name", "?")) for one in axes)


# --- tables


def _add_tables(batch: Batch, root: Node) -> None:
    from tuiqc.dataset.tables.anndata import key_columns

    for kind in ("tables", "table"):
        for name in _names(root, kind):
            path = root.place / kind / name
            try:
                keys, columns = key_columns(path), read_columns(path)
            except InputError as error:
                batch.unmatched.append(Unmatched(f"table {name}", path, name, str(error)))
                continue
            layers = [layer for layer in batch.layers if layer in keys.regions]
            free = [layer for layer in layers or batch.layers if layer not in batch.dialects]
            if not keys.label or not free or (not layers and len(batch.layers) > 1 and not keys.regions):
                about = ", ".join(keys.regions) or "nothing that it names"
                why = f"it is about {about}: no object layer without a table"
                batch.unmatched.append(Unmatched(f"table {name}", path, name, why))
                continue
            for layer in free if layers else free[:1]:
                choice = recognise(columns, batch.source.dialect_for(layer), layer)
                where = (keys.region, layer) if len(keys.regions) > 1 and keys.region else None
                batch.dialects[layer] = replace(
                    choice,
                    label_column=keys.label,
                    image_column=None,
                    calibrated=True,
                    where=where,
                    explanation=f"a table of SpatialData about {layer}, by {keys.label!r}",
                )
                batch.images = [replace(one, tables=one.tables | {layer: path}) for one in batch.images]
