"""A collection table of MoBIE: all images and label masks of the batch in one view, with verdicts as columns.

Opened in Fiji with *Plugins > MoBIE > Open > Open MoBIE Collection Table…*. What MoBIE asks of it: a name of its own in
each row that no view has; the same view wherever the grid is the same (else it makes a view per grid, and masks seem
to be missing); the same contrast and colour wherever the display is the same. Coordinates are separated by semicolons,
which need no quotes in a CSV.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tuiqc.dataset.model import ImageRecord
from tuiqc.dataset.plates.mapping import plate_map
from tuiqc.errors import InputError
from tuiqc.exporters.channel_planes import ChannelLooks
from tuiqc.exporters.guard import OutputNames
from tuiqc.exporters.mobie import SUFFIXES, MobieTable
from tuiqc.exporters.object_tables import write_table
from tuiqc.exporters.request import Request, Written
from tuiqc.names import unique_name
from tuiqc.pixels import image_info
from tuiqc.pixels.image_path import reading_of
from tuiqc.pixels.polygons.polygon_file import is_polygons
from tuiqc.pixels.sequence import is_sequence
from tuiqc.qc.record import Subject
from tuiqc.text import escaped, plural

VIEW = "batch"
COLUMNS = (
    *(
        "uri",
        "name",
        "type",
        "channel",
        "color",
        "contrast_limits",
        "view",
        "grid",
        "grid_position",
        "display",
    ),
    *("labels_table", "format", "tuiqc_verdict", "tuiqc_reason", "tuiqc_note", "tuiqc_failed"),
)


def export(request: Request) -> Written:
    """Write the table (.tsv, .csv, .tab, .txt), and beside it in NAME_tables/ a table of objects for each mask.

    A column for each placeholder stands behind the others. Images that are dropped by their own verdict have no row.
    """
    target = request.to(request.output, SUFFIXES)
    records = [one for one in request.batch.images if not request.drops_image(one.key)]
    rows = _Rows(request, records)
    for layer in request.chosen_layers:
        rows.read_objects(layer)
    for record in records:
        rows.add(record)
    if not rows.rows:
        raise InputError("no image could be read, so there is no row", path=request.batch.root)
    import pandas as pd

    names = [*COLUMNS, *(name for name in map(escaped, request.batch.placeholders) if name not in COLUMNS)]
    write_table(request, pd.DataFrame(rows.rows, columns=names), target)
    how = "Fiji: Plugins > MoBIE > Open > Open MoBIE Collection Table…"
    return Written([f"{plural(len(rows.rows), 'row')}: {target.path}", how], rows.notes, rows.missing)


@dataclass
class _Rows:
    """The rows of the table, made one after the other."""

    request: Request
    records: list[ImageRecord]
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    _names: set[str] = field(default_factory=lambda: {VIEW})
    _tables: dict[str, MobieTable] = field(default_factory=dict)
    _free: OutputNames = field(default_factory=OutputNames)

    def __post_init__(self) -> None:
        self._looks = ChannelLooks(self.request)
        self._positions = _positions(self.request, self.records)

    @property
    def _folder(self) -> Path:
        """Where the tables of objects go."""
        return self.request.output.with_name(f"{self.request.output.stem}_tables")

    def read_objects(self, layer: str) -> None:
        """Read the objects of a layer, which become a table per mask."""
        try:
            table = MobieTable.of(self.request, layer, self.request.to(self._folder / "any.tsv", (".tsv",)))
        except InputError as error:
            self.missing.append(str(error))
            return
        self._tables[layer] = table
        self.notes += table.notes
        self.missing += table.missing

    def add(self, record: ImageRecord) -> None:
        """Add the channels and masks of an image."""
        for name in self.request.channels or self.request.batch.channels:
            path = record.channels.get(name)
            if path is not None and (about := self._file(path)):
                index = record.plane_of(name)
                look = self._look(record, name)
                self._add(
                    record, name, about | look | {"type": "intensities", "channel": index, "display": name}
                )
        for layer in self.request.chosen_layers:
            path = record.masks.get(layer)
            if path is not None and (about := self._file(path)):
                channel = max(reading_of(path).channel, 0)
                self._add(record, layer, about | {"type": "labels", "channel": channel, "display": layer})

    def _add(self, record: ImageRecord, what: str, row: dict[str, Any]) -> None:
        key = escaped(record.key).replace("/", "_")
        name = unique_name(
            f"{key} {escaped(what)}", self._names, lambda number: f"{key} {escaped(what)} {number}"
        )
        self._names.add(name)
        said = self.request.annotations.get(Subject("image", record.key))
        row |= {"name": name, "view": VIEW, "grid": "grid", "grid_position": self._positions[record.index]}
        row |= {f"tuiqc_{part}": getattr(said, part, "") for part in ("verdict", "reason", "note")}
        row |= {
            escaped(part): escaped(text) for part, text in record.placeholders.items() if part not in COLUMNS
        }
        if row["type"] == "labels":
            row["labels_table"], row["tuiqc_failed"] = self._objects(record, what, name)
        self.rows.append(row)

    def _file(self, path: Path) -> dict[str, Any]:
        """How a file is named; empty where it can't be read."""
        try:
            info = image_info(path)
        except InputError as error:
            self.missing.append(str(error))
            return {}
        if is_sequence(path) and not path.exists():
            self.missing.append(f"{path}: MoBIE reads one file per row, not a movie or stack in many files")
            return {}
        if is_polygons(path):
            self.missing.append(f"{path}: MoBIE shows no polygons; to write them as masks: --what ome-zarr")
            return {}
        kind = "OmeZarr" if "Zarr" in info.format else "BioFormats"
        return {"uri": self.request.places(path), "format": kind}

    def _look(self, record: ImageRecord, name: str) -> dict[str, Any]:
        style = self._looks.style(record, name)
        red, green, blue = style.colour
        limits = "auto" if style.limits is None else f"({style.limits[0]:g};{style.limits[1]:g})"
        return {"color": f"r({red})-g({green})-b({blue})-a(255)", "contrast_limits": limits}

    def _objects(self, record: ImageRecord, layer: str, name: str) -> tuple[str, int | str]:
        """The table of the objects of a mask, and how many of them failed."""
        if layer not in self._tables:
            return "", ""
        table = self._tables[layer]
        mine = table.frame[table.images == record.index].copy()
        mine["label_image_id"] = name  # MoBIE finds the mask of a row by it
        place = self._folder / self._free.free(f"{escaped(record.key).replace('/', '_')}_{layer}.tsv")
        write_table(self.request, mine, self.request.to(place, (".tsv",)))
        return self.request.places(place), int((mine["verdict"] == "fail").sum())


def _positions(request: Request, records: list[ImageRecord]) -> dict[int, str]:
    """Where each image lies in the grid, by row number: on its plate, its fields side by side; else in a square."""
    wells = plate_map(request.batch)
    if wells is None:
        side = max(1, int(np.ceil(np.sqrt(len(records)))))
        return {one.index: f"({at % side};{at // side})" for at, one in enumerate(records)}
    found: dict[int, list[int]] = {}
    for one in records:
        found.setdefault(int(wells.cell[one.index]), []).append(one.index)
    side = int(np.ceil(np.sqrt(max(map(len, found.values()), default=1))))
    columns = wells.shape[1]
    places = {}
    for indices in found.values():
        for at, index in enumerate(indices):
            x = (int(wells.plate[index]) * (columns + 1) + int(wells.column[index])) * side + at % side
            places[index] = f"({x};{int(wells.row[index]) * side + at // side})"
    return places
