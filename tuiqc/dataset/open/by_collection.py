"""Opens a collection table of MoBIE: a row for each channel and label mask, with where its file is.

Rows with the same view and grid position are one image; without a grid those of the same view; where a view has
several of a kind they belong together by their order. Colours and contrast limits are taken, other columns become
columns of the image table. Facts: MoBIE's `CollectionTableConstants`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tuiqc.dataset.model import Batch, ChannelLook, ImageRecord, Unmatched
from tuiqc.dataset.open.file_finder import FileFinder
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.dataset.tables import reader, spreadsheet
from tuiqc.errors import InputError, UsageError
from tuiqc.names import natural_key, unique_name
from tuiqc.pixels import with_reading
from tuiqc.pixels.zarr_store import is_remote
from tuiqc.text import plural, printable

if TYPE_CHECKING:
    import pandas as pd

URI = ("uri", "File Path")
_ALIASES = {"labels_table_uri": "labels_table", "dataset_id": "grid_position"}
_OWN = {
    *(
        "uri",
        "name",
        "type",
        "channel",
        "color",
        "blend",
        "affine",
        "view",
        "exclusive",
        "group",
        "labels_table",
    ),
    *("contrast_limits", "grid", "grid_position", "display", "format", "spot_radius", "bounding_box"),
}
_COLOURS = {
    "white": (255, 255, 255), "red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "cyan": (0, 255, 255),
    "magenta": (255, 0, 255), "yellow": (255, 255, 0), "orange": (255, 165, 0), "gray": (128, 128, 128),
}  # fmt: skip
_KINDS = {"intensities": "channel", "labels": "mask"}


@dataclass(frozen=True)
class _Row:
    """A row: what it says by column, kind ("channel", "mask"), and the name of the channel or layer."""

    said: dict[str, Any]
    kind: str
    role: str

    def text(self, name: str) -> str:
        """What it says in a column, "" for nothing."""
        value = self.said.get(name)
        return "" if value is None or value != value else str(value).strip()


@dataclass
class _Image:
    """The rows of an image, by kind and role."""

    key: str
    rows: dict[tuple[str, str], _Row] = field(default_factory=dict)


def is_collection(path: Path) -> bool:
    """Whether a table is a collection table: it has a column of addresses that only these have."""
    if spreadsheet.is_spreadsheet(path):
        return True  # nothing else is read from one
    try:
        return any(name in reader.read_columns(path) for name in URI)
    except InputError:
        return False  # reading it says why


def open_collection(options: SourceOptions, path: Path) -> Batch:
    """Return the batch of a collection table.

    Raises
    ------
    InputError
        It can't be read, has no row of images or masks, or none of their files is there.
    UsageError
        The data root is not there.
    """
    frame = spreadsheet.read(path) if spreadsheet.is_spreadsheet(path) else reader.load_table(path).frame
    frame = frame.rename(columns={**_ALIASES, URI[1]: URI[0]})
    batch = Batch(path.name.split(".")[0], path.absolute().parent, [], ["image"], [], [], source=options)
    rows = list(_rows(frame, path, batch)) if URI[0] in frame.columns else []
    if not rows:
        raise InputError("has no row of images or labels", path=path, expected="rows with a uri")
    images = _images(rows)
    for kind, names in (("channel", batch.channels), ("mask", batch.layers)):
        names += dict.fromkeys(row.role for row in rows if row.kind == kind)
    finder = _Files(options, path, batch)
    records: list[ImageRecord] = []
    for number, image in enumerate(sorted(images, key=lambda one: natural_key(one.key))):
        records.append(_record(number, image, batch, finder))
        _take_values(batch, image, frame, len(images), number)
    batch.images = records
    if not any(file for one in batch.images for file in (*one.channels.values(), *one.masks.values())):
        raise InputError(
            f"none of its files was found, such as {rows[0].text('uri')}", path=path,
            hint="say where they are: --data-root FOLDER",
        )  # fmt: skip
    _say(batch, rows, images)
    return batch


def _rows(frame: pd.DataFrame, path: Path, batch: Batch) -> Iterator[_Row]:
    """The rows that are images or masks; others are said to be left out."""
    names = [str(name) for name in frame.columns]
    for number, values in enumerate(frame.itertuples(index=False, name=None), 1):
        row = _Row(dict(zip(names, values, strict=True)), "", "")
        kind = (row.text("type") or "intensities").casefold()
        if not row.text("uri") or kind not in _KINDS:
            why = f"row {number} is of type {kind}" if row.text("uri") else f"row {number} names no file"
            batch.unmatched.append(
                Unmatched("file", path, row.text("name") or str(number), f"{why}: left out")
            )
            continue
        yield _Row(row.said, _KINDS[kind], _role(row, _KINDS[kind]))


def _role(row: _Row, kind: str) -> str:
    """The channel or layer that a row is of: its display, else the channel of its file."""
    if row.text("display"):
        return printable(row.text("display"))
    channel = _whole(row.text("channel"))
    plain = "image" if kind == "channel" else "labels"
    return f"{plain}-{channel + 1}" if channel > 0 else plain


def _images(rows: Sequence[_Row]) -> list[_Image]:
    """Rows that belong together."""
    groups: dict[tuple[str, ...], list[_Row]] = {}
    for row in rows:
        groups.setdefault((row.text("view"), row.text("grid_position")), []).append(row)
    images: list[_Image] = []
    for (view, position), group in groups.items():
        by_role: dict[tuple[str, str], list[_Row]] = {}
        for row in group:
            by_role.setdefault((row.kind, row.role), []).append(row)
        for at in range(max(map(len, by_role.values()))):
            together = {role: found[at] for role, found in by_role.items() if at < len(found)}
            key = _key(list(together.values()), view, position, len(groups) > 1)
            images.append(_Image(unique_name(key, {one.key for one in images}), together))
    return images


def _key(rows: Sequence[_Row], view: str, position: str, told_by_view: bool) -> str:
    """What to call an image: what the names of its rows have in common, its place if that is a word, its view."""
    names = [row.text("name") for row in rows]
    common = _common_beginning(names)
    if len(names) > 1 and all(len(name) > len(common) for name in names):
        common = re.sub(r"[^\W_]+$", "", common)  # a word that was cut is none
    common = common.strip(" _-.")
    if common:
        return common
    if position and not re.match(r"^[\s(\[\d]", position):
        return position
    if told_by_view and view:
        return view if not position else f"{view} {position}"
    stem = re.split(r"[\\/]", rows[0].text("uri").rstrip("/"))[-1]
    return re.sub(r"(?i)(\.ome)?\.(zarr|[a-z0-9]{1,5})$", "", stem) or "image"


def _common_beginning(names: Sequence[str]) -> str:
    alike = itertools.takewhile(lambda signs: len(set(signs)) == 1, zip(*names, strict=False))
    return "".join(signs[0] for signs in alike)


class _Files:
    """Finds the files that a table names: addresses, absolute paths, and what is below the table or the data root."""

    def __init__(self, options: SourceOptions, path: Path, batch: Batch) -> None:
        roots = [options.resolve(options.data_root)] if options.data_root is not None else []
        if roots and not roots[0].is_dir():
            raise UsageError(f"--data-root {roots[0]}: there is no such folder")
        self._finder, self._batch = FileFinder([*roots, path.absolute().parent]), batch

    def find(self, text: str, role: str, key: str) -> Path | None:
        """The file, None (and told) where it is not there."""
        if is_remote(text):
            return Path(text.rstrip("/"))
        name = unquote(re.sub(r"^file:/*(?=/)", "", text)) if text.startswith("file:") else text
        found = self._finder.find("", name.rstrip("/"))
        if found is None:
            why = f"{text} was not found at its place, beside the table or below the data root"
            self._batch.unmatched.append(Unmatched(role, None, key, why))
        return found


def _record(number: int, image: _Image, batch: Batch, files: _Files) -> ImageRecord:
    paths: dict[str, dict[str, Path | None]] = {"channel": {}, "mask": {}, "table": {}}
    for (kind, role), row in image.rows.items():
        path = files.find(row.text("uri"), f"{kind} {role}", image.key)
        channel = _whole(row.text("channel"))
        paths[kind][role] = (
            path if path is None or not row.text("channel") else with_reading(path, channel=channel)
        )
        if kind == "mask" and row.text("labels_table"):
            paths["table"][role] = files.find(row.text("labels_table"), f"table {role}", image.key)
        if kind == "channel" and role not in batch.looks and (look := _look(row)) != ChannelLook():
            batch.looks[role] = look
    for kind, names in (("channel", batch.channels), ("mask", batch.layers), ("table", batch.layers)):
        for name in names:
            if (
                paths[kind].setdefault(name, None) is None
                and kind != "table"
                and (kind, name) not in image.rows
            ):
                batch.unmatched.append(
                    Unmatched(f"{kind} {name}", None, image.key, "the table has no row of it")
                )
    return ImageRecord(
        number, image.key, {"image": image.key}, paths["channel"], paths["mask"], paths["table"]
    )


def _look(row: _Row) -> ChannelLook:
    """Colour ("white", "r(0)-g(255)-b(0)-a(255)") and contrast limits ("(10;240)") of a channel."""
    colour = _COLOURS.get(row.text("color").casefold())
    if found := re.match(r"r\((\d+)\)-g\((\d+)\)-b\((\d+)\)", row.text("color")):
        red, green, blue = (min(255, int(one)) for one in found.groups())
        colour = red, green, blue
    limits = re.fullmatch(r"\(?\s*(-?[\d.]+)\s*[;,]\s*(-?[\d.]+)\s*\)?", row.text("contrast_limits"))
    try:
        ends = (float(limits[1]), float(limits[2])) if limits else None
    except ValueError:
        ends = None
    return ChannelLook(colour, ends if ends is not None and ends[0] < ends[1] else None)


def _take_values(batch: Batch, image: _Image, frame: pd.DataFrame, count: int, number: int) -> None:
    """Columns that MoBIE does not know, as columns of the images: the first value that a row of the image has."""
    for name in map(str, frame.columns):
        if name in _OWN or name == "image":
            continue
        values = batch.image_values.setdefault(name, [None] * count)
        said = (row.said[name] for row in image.rows.values() if row.text(name))
        values[number] = next(said, None)


def _whole(text: str) -> int:
    try:
        return max(0, int(float(text)))
    except (ValueError, OverflowError):
        return 0


def _say(batch: Batch, rows: Sequence[_Row], images: Sequence[_Image]) -> None:
    how = (
        "by view and grid position" if any(row.text("grid_position") for row in rows) else "by view and order"
    )
    batch.assumptions.append(
        f"a collection table of MoBIE: {plural(len(rows), 'row')} for {plural(len(images), 'image')} {how}"
    )
    if any(row.text("affine") for row in rows):
        batch.assumptions.append(
            "transformations (column affine) are left aside: images are shown as they are"
        )
