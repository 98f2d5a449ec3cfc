"""What is at one pixel of an image: the values of the file in every channel and the label of every layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tuiqc.dataset.model import ImageRecord
from tuiqc.picture.regions import PlaneReader, Scene
from tuiqc.picture.spec import Place
from tuiqc.pixels.base import Piece, Window


@dataclass(frozen=True, slots=True)
class Readout:
    """Position (0-based, in image pixels), micrometres per pixel (y, x) if known, values and labels by name.

    A value is a number, three of RGB, or None where the file can't be read or is smaller.
    """

    x: int
    y: int
    pixel_um: tuple[float, float] | None
    values: tuple[tuple[str, Any], ...]
    labels: tuple[tuple[str, int | None], ...]

    def text(self, separator: str = "  ") -> str:
        """One line: `x 12 y 30 px (2.4, 6 µm)  DNA 113  nuclei 7`; a label of 0 is background, shown as `–`."""
        where = f"x {self.x} y {self.y}"
        if self.pixel_um is not None:
            where += f" ({self.x * self.pixel_um[1]:.4g}, {self.y * self.pixel_um[0]:.4g} µm)"
        parts = [where, *(f"{name} {_shown(value)}" for name, value in self.values)]
        parts += [f"{name} {'?' if label is None else label or '–'}" for name, label in self.labels]
        return separator.join(parts)


def read_out(
    reader: PlaneReader, record: ImageRecord, shape: tuple[int, int], x: int, y: int, at: Place | None = None
) -> Readout:
    """Read one pixel of all channels and layers of an image of `shape` (rows, columns); (x, y) is inside of it."""
    at = at or Place()
    scene = Scene(record, at, shape, Window(y, y + 1, x, x + 1), 1.0, [])
    values = [(name, _first(reader.channel(scene, name))) for name in record.channels]
    labels = [(name, _first(reader.labels(scene, name))) for name in record.masks]
    return Readout(x, y, reader.pixel_size(record), tuple(values), tuple(labels))


def _first(piece: Piece | None) -> Any:
    if piece is None or piece.pixels.size == 0:
        return None
    value = piece.pixels[0, 0]
    return tuple(part.item() for part in value) if np.ndim(value) else value.item()


def _shown(value: Any) -> str:
    if value is None:
        return "?"
    if isinstance(value, tuple):
        return "/".join(_shown(part) for part in value)
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.5g}" if isinstance(value, float) else str(value)
