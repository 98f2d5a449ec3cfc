"""Free annotation: a column of the user's own with its categories and colours, such as `cell_type`.

The categories of a thing are in `Annotation.categories` and in a column of that name in the CSV, beside the
verdicts. A file that has the column already is continued: open the store with its name in `categories`. A
categories file is TOML:

    column = "cell_type"

    [[category]]
    name = "neuron"
    colour = "#e6194b"   # may be left out
    key = 1              # 1 to 9; may be left out
"""

from __future__ import annotations

import colorsys
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tuiqc.errors import InputError
from tuiqc.files import read_toml
from tuiqc.qc.csvfile import COLUMNS
from tuiqc.qc.record import Annotation

RGB = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Category:
    """One category: name, colour (red, green, blue, 0-255) and number key (0 for none)."""

    name: str
    colour: RGB
    key: int = 0


@dataclass(frozen=True, slots=True)
class CategoryColumn:
    """A column of the user's own and its categories."""

    column: str
    categories: tuple[Category, ...] = ()

    def colour(self, name: str) -> RGB | None:
        """Return the colour of a category, None if it is not one."""
        return next((one.colour for one in self.categories if one.name == name), None)

    def with_categories(self, names: Iterable[str]) -> CategoryColumn:
        """Return the column with further categories (those that a file has already, or one just typed)."""
        have = {one.name for one in self.categories}
        new = [name for name in dict.fromkeys(names) if name and name not in have]
        start = len(self.categories)
        added = (Category(name, own_colour(start + i)) for i, name in enumerate(new))
        return replace(self, categories=(*self.categories, *added))


def own_colour(number: int) -> RGB:
    """Return the colour of the category with this number: hues by the golden ratio, so that neighbours differ."""
    red, green, blue = colorsys.hsv_to_rgb(number * 0.618033988749895 % 1.0, 0.75, 0.95)
    return round(red * 255), round(green * 255), round(blue * 255)


def load_categories(path: Path) -> CategoryColumn:
    """Read a categories file.

    Raises
    ------
    InputError
        If it can't be read or says something impossible.
    """
    document = read_toml(path)
    column = document.get("column", "cell_type")
    if not isinstance(column, str) or not column.strip() or column in COLUMNS:
        raise InputError(
            f"column = {column!r}", path=path, expected=f"a name that is none of {', '.join(COLUMNS)}"
        )
    entries = document.get("category", [])
    if not isinstance(entries, list):
        raise InputError("no [[category]] entries", path=path)
    made = [_category(entry, number, path) for number, entry in enumerate(entries)]
    for values in ([one.name for one in made], [one.key for one in made if one.key]):
        double = next((value for value, count in Counter(values).items() if count > 1), None)
        if double is not None:
            raise InputError(
                f"two categories have {double!r}", path=path, expected="one of each name and key"
            )
    return CategoryColumn(column.strip(), tuple(made))


def parse_categories(text: str) -> CategoryColumn:
    """Read "cell_type: neuron, muscle"; the first nine get the keys 1 to 9. A name alone is a column without any yet.

    Raises
    ------
    InputError
        If the name is empty or that of one of our own columns.
    """
    column, _, names = text.partition(":")
    if not column.strip() or column.strip() in COLUMNS:
        raise InputError(
            f"--categories {text!r}",
            expected=f'FILE.toml, or "cell_type: neuron, muscle"; the column is none of {", ".join(COLUMNS)}',
        )
    return with_number_keys(
        CategoryColumn(column.strip()).with_categories(n.strip() for n in names.split(","))
    )


def with_number_keys(column: CategoryColumn) -> CategoryColumn:
    """Return the column with the free ones of the keys 1 to 9 given to the categories that have none."""
    free = iter(sorted({*range(1, 10)} - {one.key for one in column.categories}))
    made = tuple(one if one.key else replace(one, key=next(free, 0)) for one in column.categories)
    return replace(column, categories=made)


def _category(entry: Any, number: int, path: Path) -> Category:
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"category {number + 1} has the name {name!r}", path=path, expected="a text")
    key, colour = entry.get("key", 0), entry.get("colour")
    if type(key) is not int or not (1 <= key <= 9 or "key" not in entry):
        raise InputError(f"category {name!r} has the key {key!r}", path=path, expected="a number from 1 to 9")
    if colour is None:
        return Category(name.strip(), own_colour(number), key)
    if not isinstance(colour, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise InputError(
            f"category {name!r} has the colour {colour!r}", path=path, expected='one such as "#e6194b"'
        )
    return Category(name.strip(), (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)), key)


def categorised(annotation: Annotation, column: str, category: str) -> Annotation:
    """Return the annotation with this category in the column; "" takes it away."""
    rest = {name: value for name, value in annotation.categories.items() if name != column}
    return replace(annotation, categories={**rest, column: category} if category else rest)
