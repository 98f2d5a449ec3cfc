"""Which well of which plate each image of a batch is of.

The first of these that names a well for every image counts:

1. a placeholder `well`, or `row` and `column`, or any whose values are all wells (`A01`, `r01c01`);
2. a placeholder `well` of whole numbers: they are counted row by row on the smallest plate that has as many;
3. the names of the image files, by the conventions of the instruments or with `A01` or `Well_3` as a word.

Several plates: a placeholder `plate`, else the folder of the files if the same well and site comes twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.discover.found_files import SEPARATOR
from tuiqc.dataset.model import Batch
from tuiqc.dataset.plates.instruments import recognise
from tuiqc.dataset.plates.wells import (
    FORMATS,
    Well,
    format_for,
    format_of_number,
    numbered_well,
    parse_well,
    row_name,
)
from tuiqc.names import natural_key

_WELL_NUMBER = re.compile(r"(?:^|[^A-Za-z])well[_\- ]?(\d{1,4})(?!\d)", re.IGNORECASE)
_ENDING = re.compile(r"(\.ome)?\.[^.]*(\.gz)?$", re.IGNORECASE)
_PLATE_NAMES = ("plate", "Plate", "Metadata_Plate", "barcode", "Barcode")


@dataclass(frozen=True)
class PlateMap:
    """The wells of a batch.

    Attributes
    ----------
    plates
        Names of the plates in natural order; one empty name where there is only one.
    wells
        Wells of each plate: 6 to 1536.
    plate, row, column
        int64 (images,): number of the plate, row and column of each image, from 0.
    said
        How the wells were found, for the user.
    numbered
        Whether the wells are numbers, so that another plate size would put them elsewhere.
    """

    plates: tuple[str, ...]
    wells: int
    plate: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    said: str
    numbered: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a plate."""
        return FORMATS[self.wells]

    @cached_property
    def cell(self) -> NDArray[np.int64]:
        """int64 (images,): which cell of all plates an image is in, `(plate * rows + row) * columns + column`."""
        rows, columns = self.shape
        return (self.plate * rows + self.row) * columns + self.column

    def images(self, plate: int, well: Well) -> NDArray[np.int64]:
        """Return the row numbers of the images in a well."""
        rows, columns = self.shape
        return np.flatnonzero(self.cell == (plate * rows + well.row) * columns + well.column)

    def well_of(self, image: int) -> Well:
        """Return the well of an image."""
        return Well(int(self.row[image]), int(self.column[image]))

    def names(self) -> list[str]:
        """Return the well of each image by name, with the plate where there are several."""
        several = len(self.plates) > 1
        return [
            (f"{self.plates[p]} " if several else "") + f"{row_name(r)}{c + 1:02d}"
            for p, r, c in zip(self.plate.tolist(), self.row.tolist(), self.column.tolist(), strict=True)
        ]


def plate_map(batch: Batch, wells: int | None = None) -> PlateMap | None:
    """Return where the images are on their plates, None if nothing says so for all of them.

    `wells` is the size of the plates, if it is to be another than the smallest that fits; ignored if not all
    wells are on it.
    """
    firsts = zip(batch.first_files(), batch.keys, strict=True)
    stems = [key if text is None else _stem(text) for text, key in firsts]
    for find in (_by_placeholder, _by_number, _by_file_name):
        found = find(batch, stems, wells)
        if found is not None:
            places, said, numbered = found
            size = format_for(places)
            if wells in FORMATS and all(w.row < FORMATS[wells][0] for w in places):
                rows, columns = FORMATS[wells]
                if all(well.row < rows and well.column < columns for well in places):
                    size = wells
            names, plate = _plates(batch, places)
            row = np.array([well.row for well in places], np.int64)
            column = np.array([well.column for well in places], np.int64)
            return PlateMap(names, size, plate, row, column, said, numbered)
    return None


_Found = tuple[list[Well], str, bool]


def _stem(text: str) -> str:
    return _ENDING.sub("", text.rpartition("/")[2])


def _all(texts: Sequence[str], read: Callable[[str], Well | None]) -> list[Well] | None:
    found = [read(text) for text in texts]
    wells = [well for well in found if well is not None]
    return wells if wells and len(wells) == len(found) else None


def _values(batch: Batch, name: str) -> list[str]:
    return list(batch.values(name))


def _by_placeholder(batch: Batch, stems: Sequence[str], wells: int | None) -> _Found | None:
    names = sorted(batch.placeholders, key=lambda name: "well" not in name.casefold())
    for name in names:
        places = _all(_values(batch, name), parse_well)
        if places is not None:
            return places, f"wells from {{{name}}}", False
    if {"row", "column"} <= set(names):
        rows, columns = _values(batch, "row"), _values(batch, "column")
        pairs = [
            f"{row}{column}" if row.isalpha() else f"r{row}c{column}"
            for row, column in zip(rows, columns, strict=True)
        ]
        places = _all(pairs, parse_well)
        if places is not None:
            return places, "wells from {row} and {column}", False
    return None


def _by_number(batch: Batch, stems: Sequence[str], wells: int | None) -> _Found | None:
    name = next((name for name in batch.placeholders if name.casefold() in ("well", "metadata_well")), None)
    return None if name is None else _numbered(_values(batch, name), f"{{{name}}}", wells)


def _numbered(texts: Sequence[str], where: str, wells: int | None) -> _Found | None:
    if not texts or not all(text.isdecimal() and len(text) < 9 for text in texts):
        return None
    numbers = [int(text) for text in texts]
    size = format_of_number(max(numbers))
    if wells in FORMATS and max(numbers) <= wells:
        size = wells
    if size is None or min(numbers) < 1:
        return None
    said = f"well numbers from {where}, counted row by row on {size} wells"
    return [numbered_well(number, size) for number in numbers], said, True


def _by_file_name(batch: Batch, stems: Sequence[str], wells: int | None) -> _Found | None:
    instrument = recognise(stems, share=1.0, general=True)
    if instrument is not None:

        def read(stem: str) -> Well | None:
            said = instrument.read(stem)
            return parse_well(said["well"]) if said else None

        places = _all(stems, read)
        if places is not None:
            return places, f"wells from the file names ({instrument.name})", False
    numbers = [match[1] if (match := _WELL_NUMBER.search(stem)) else "" for stem in stems]
    if (found := _numbered(numbers, "the file names", wells)) is not None:
        return found
    places = _all(stems, _only_well)
    return None if places is None else (places, "wells from the file names", False)


_INDEX = re.compile(r"[cfpstwz]\d+")
"""Sites, fields, times, slices, channels and positions (`s1`, `f02`); wells of these rows have a capital letter."""


def _only_well(stem: str) -> Well | None:
    """The one word of a name that is a well; `C01` at the end is a channel more often than a well."""
    words = [word for word in SEPARATOR.split(stem) if word]
    found = [
        well
        for word in words
        if len(word) > 1 and not _INDEX.fullmatch(word) and (well := parse_well(word)) is not None
    ]
    return found[0] if len(set(found)) == 1 else None


def _plates(batch: Batch, places: Sequence[Well]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of the plates, and the plate of each image."""
    name = next((name for name in _PLATE_NAMES if name in batch.placeholders), None)
    if name is not None:
        return _numbered_names(_values(batch, name))
    folders = [(text or "").rpartition("/")[0] for text in batch.first_files()]
    if len(set(folders)) > 1 and len(set(folders)) * 2 <= len(folders):
        others = [batch.values(name) for name in batch.placeholders if name != "well"]
        sites = list(zip(*others, strict=True)) if others else [()] * len(places)
        once = set(zip(places, sites, strict=True))
        again = len(once) < len(places)
        inside = len({(f, w, s) for f, w, s in zip(folders, places, sites, strict=True)}) == len(places)
        if again and inside:
            return _numbered_names([folder.rpartition("/")[2] for folder in folders])
    return ("",), np.zeros(len(places), np.int64)


def _numbered_names(texts: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    names = sorted(set(texts), key=natural_key)
    numbers = {name: number for number, name in enumerate(names)}
    return tuple(names), np.array([numbers[text] for text in texts], np.int64)
