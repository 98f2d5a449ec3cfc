"""Tables that lie in OME-Zarr (Fractal, ngio): of an image, about its labels; of a plate, about its wells.

Tables of features are those of object layers, tables of conditions become columns of the image table. What is left
out is said with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.model import Batch, Unmatched
from tuiqc.dataset.tables import reader, zarr_table
from tuiqc.errors import InputError
from tuiqc.pixels.zarr_node import Node, node_of, wells

if TYPE_CHECKING:
    import pandas as pd

_OF_LABELS = ("feature_table", "masking_roi_table", "")
"""Types of tables with a row for each label, the best first."""
_PLACE = ("row", "column", "path_in_well")
"""Columns of a plate's table that say which image a row is about."""
_CONDITIONS_READ = 20_000
"""Images of which each has a table of conditions: that many are read at most."""


@dataclass(frozen=True)
class _Table:
    """A table of a group `tables`: its group, type ("" for none), and the label that it is about ("" for none)."""

    name: str
    node: Node
    kind: str
    label: str

    @property
    def path(self) -> Path:
        """What is read: its file where it has one on this machine, else its group."""
        return zarr_table.file_in(self.node) or self.node.place


def _tables(owner: Node) -> Iterator[_Table]:
    group = owner.below("tables")
    names = group.attributes.get("tables") if group is not None else None
    for name in names if isinstance(names, list) else []:
        node = owner.below("tables", str(name))
        if node is None or node.array:
            continue
        region = node.attributes.get("region")
        if isinstance(region, Mapping):
            region = region.get("path")
        label = str(region or "").rstrip("/").rpartition("/")[2]
        yield _Table(str(name), node, str(node.attributes.get("type") or ""), label)


def tables_of(batch: Batch, image: Node, labels: Sequence[str]) -> dict[str, str]:
    """Label -> path below the image of the table about it; others are said to be left out."""
    found: dict[str, tuple[int, str]] = {}
    below = {label.rpartition("/")[2]: label for label in labels}
    for table in _tables(image):
        label, path = below.get(table.label), table.path.relative_to(image.place).as_posix()
        if label is not None and table.kind in _OF_LABELS:
            rank = _OF_LABELS.index(table.kind)
            if label not in found or rank < found[label][0]:
                found[label] = rank, path
                continue
            why = f"{found[label][1]} is the table of {label}"
        elif table.kind == "condition_table":
            continue
        elif table.label:
            why = f"a {table.kind or 'table'} about {table.label}: " + (
                "not read" if label else "there are no such labels"
            )
        else:
            why = f"a {table.kind or 'table'} about no labels: not read"
        batch.unmatched.append(Unmatched("file", table.node.place, table.name, why))
    return {label: path for label, (_, path) in found.items()}


# --- plates


def plates_of(batch: Batch, channel: str) -> list[tuple[Node, list[int]]]:
    """Return the plates that images of a batch lie in, with the row numbers of these images."""
    if "well" not in batch.placeholders:
        return []
    by_place: dict[str, list[int]] = {}
    for at, text in enumerate(batch.files("channels", channel)):
        place = text.rsplit("/", 3)[0] if text is not None and text.count("/") > 2 else ""
        if place:
            by_place.setdefault(place, []).append(at)
    found = []
    for place, images in by_place.items():
        try:
            root = node_of(Path(place))
        except InputError:
            continue
        if root is not None and wells(root) is not None:
            found.append((root, images))
    return found


def share_plate_tables(
    batch: Batch, channel: str, plates: Sequence[tuple[Node, list[int]]], layers: Mapping[str, str]
) -> None:
    """Take a plate's tables of features for those of all its images, where these have none of their own."""
    for root, images in plates:
        for table in _tables(root):
            layer = layers.get(table.label)
            if table.kind == "condition_table":
                continue
            if layer is None or table.kind not in _OF_LABELS:
                why = f"a {table.kind or 'table'} of the plate about no layer of its images: not read"
            elif layer in batch.shared_tables or _have_table(batch, layer, images):
                why = f"there is another table of {layer}"
            elif len(images) < len(batch.images):
                why = "a table of one plate of several: open the plate alone"
            else:
                why = _share(batch, layer, table, channel)
            if why:
                batch.unmatched.append(Unmatched("table", table.path, table.name, why))


def _have_table(batch: Batch, layer: str, images: Sequence[int]) -> bool:
    texts = batch.files("tables", layer)
    return any(texts[at] is not None for at in images)


def _share(batch: Batch, layer: str, table: _Table, channel: str) -> str:
    """Make it the table of a layer; why not, where that can't be."""
    try:
        frame = reader.load_table(table.path).frame
    except InputError as error:
        return str(error)
    rows = _image_rows(frame, batch, range(len(batch.images)), channel)
    if rows is None:
        return f"it has no columns {', '.join(_PLACE[:2])} that name the wells of its rows"
    batch.shared_tables[layer] = table.path
    batch.frames[table.path], batch.row_images[table.path] = frame, rows
    return ""


def _image_rows(frame: pd.DataFrame, batch: Batch, images: Sequence[int], channel: str) -> Any:
    """The image (row number, -1 for none) of each row of a plate's table; None where it does not name wells."""
    names = [name for name in _PLACE if name in frame.columns]
    if len(names) < 2:
        return None
    places: dict[tuple[str, ...], int] = {}
    texts = batch.files("channels", channel)
    for at in images:
        if (text := texts[at]) is not None:
            places.setdefault(_key(text.split("/")[-3:][: len(names)]), at)
    keys = zip(*(frame[name].tolist() for name in names), strict=True)
    return np.array([places.get(_key(key), -1) for key in keys], np.int64)


def _key(parts: Sequence[Any]) -> tuple[str, ...]:
    """Row, column and image as text: 3, 3.0, "3" and "03" are one column."""
    row, column, *image = (
        str(int(part)) if isinstance(part, float) and part.is_integer() else str(part) for part in parts
    )
    return row, column.lstrip("0") or "0", *image


# --- conditions


def add_conditions(batch: Batch, channel: str, plates: Sequence[tuple[Node, list[int]]]) -> None:
    """Take tables of conditions (drug, dose) for columns of the image table: of plates, else of each image."""
    values: dict[str, list[Any]] = {}
    for root, images in plates:
        for table in _tables(root):
            if table.kind == "condition_table":
                _add_of_plate(batch, table, images, values, channel)
    if not values:
        _add_of_images(batch, channel, values)
    batch.image_values |= values
    if values:
        batch.assumptions.append(f"tables of conditions are columns of the images: {', '.join(values)}")


def _add_of_plate(
    batch: Batch, table: _Table, images: Sequence[int], values: dict[str, list[Any]], channel: str
) -> None:
    try:
        frame = reader.load_table(table.path).frame
    except InputError as error:
        batch.unmatched.append(Unmatched("table", table.path, table.name, str(error)))
        return
    rows = _image_rows(frame, batch, images, channel)
    if rows is None or not (rows >= 0).any():
        why = "a table of conditions that names no well of the plate in columns row and column"
        batch.unmatched.append(Unmatched("table", table.path, table.name, why))
        return
    by_image = {int(image): at for at, image in reversed(list(enumerate(rows.tolist()))) if image >= 0}
    if "path_in_well" not in frame.columns:  # a row is about all images of its well
        names = batch.values("well")
        wells_of = {names[image]: by_image.get(image) for image in images[::-1]}
        for image in images:
            at = by_image.get(image, wells_of.get(names[image]))
            if at is not None:
                by_image[image] = at
    for name in frame.columns:
        if str(name) in _PLACE:
            continue
        column = values.setdefault(str(name), [None] * len(batch.images))
        items = frame[name].tolist()
        for image, at in by_image.items():
            column[image] = items[at]


def _add_of_images(batch: Batch, channel: str, values: dict[str, list[Any]]) -> None:
    """Each image has its own: looked for where the first has one."""
    for record in islice(batch.images, _CONDITIONS_READ):
        path = record.channels.get(channel)
        try:
            node = node_of(path) if path is not None else None
            tables = [] if node is None else [one for one in _tables(node) if one.kind == "condition_table"]
            if not tables:
                if record.index == 0:
                    return
                continue
            frame = reader.load_table(tables[0].path).frame
        except InputError as error:
            batch.unmatched.append(Unmatched("table", path, record.key, str(error)))
            continue
        if len(frame) != 1:
            why = f"a table of conditions with {len(frame)} rows in place of one"
            batch.unmatched.append(Unmatched("table", tables[0].path, record.key, why))
            continue
        for name in frame.columns:
            column = values.setdefault(str(name), [None] * len(batch.images))
            column[record.index] = frame[name].tolist()[0]
