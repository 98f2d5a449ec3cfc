"""What a join of more columns matched, and what it did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tuiqc.text import printable

Some = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ColumnsReport:
    """The join of one file with the objects of one layer.

    Attributes
    ----------
    path, layer, how
        The file, the layer, and how image and label of its rows were found.
    file_rows
        Rows of the file.
    no_image, no_label
        Rows of the file about no image of the batch; about an image, but without a positive whole label.
    repeated
        Rows with the key of an earlier one (which counts).
    objects, matched
        Objects that were joined so far, and those of them that a row was found for.
    unused
        Rows about images that were joined, but about no object of them.
    repeated_some, missed_some, unused_some
        Image (row number) and label of the first few of each: repeated rows, objects without a row, rows without
        an object.
    renamed, columns
        Columns that got another name since theirs was taken; all columns, as they are called now.
    """

    path: Path
    layer: str
    how: str
    file_rows: int = 0
    no_image: int = 0
    no_label: int = 0
    repeated: int = 0
    objects: int = 0
    matched: int = 0
    unused: int = 0
    repeated_some: Some = ()
    missed_some: Some = ()
    unused_some: Some = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()

    @property
    def missed(self) -> int:
        """Objects without a row."""
        return self.objects - self.matched

    @property
    def clean(self) -> bool:
        """Whether everything matched, on both sides."""
        return not (self.missed or self.unused or self.no_image or self.no_label or self.repeated)

    def plus(self, other: ColumnsReport) -> ColumnsReport:
        """Return the report of this and of other objects joined with the same file."""
        return replace(
            other, objects=self.objects + other.objects, matched=self.matched + other.matched,
            unused=self.unused + other.unused, missed_some=(self.missed_some + other.missed_some)[:5],
            unused_some=(self.unused_some + other.unused_some)[:5],
        )  # fmt: skip

    def lines(self, keys: Sequence[str] = ()) -> list[str]:
        """Return printable sentences; `keys` are those of the images of the batch."""

        def named(some: Some) -> str:
            words = [f"{keys[i] if 0 <= i < len(keys) else f'image {i}'}:{label}" for i, label in some]
            return f" (such as {', '.join(words)})" if words else ""

        lines = [
            f"{self.path.name}: {self.matched} of {self.objects} objects of {self.layer} matched {self.how}"
        ]
        if self.missed:
            lines.append(f"{self.missed} objects have no row{named(self.missed_some)}")
        if self.unused:
            lines.append(f"{self.unused} rows are about no object of {self.layer}{named(self.unused_some)}")
        if self.no_image:
            lines.append(f"{self.no_image} rows are about no image of this batch")
        if self.no_label:
            lines.append(f"{self.no_label} rows have no positive whole label")
        if self.repeated:
            lines.append(
                f"{self.repeated} rows repeat an image and label; the first counts{named(self.repeated_some)}"
            )
        return [printable(line) for line in lines]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        return {
            "path": str(self.path), "layer": self.layer, "how": self.how, "rows": self.file_rows,
            "no_image": self.no_image, "no_label": self.no_label, "repeated": self.repeated,
            "objects": self.objects, "matched": self.matched, "unused": self.unused,
            "columns": list(self.columns), "renamed": dict(self.renamed),
        }  # fmt: skip
