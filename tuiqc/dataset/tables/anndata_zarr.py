"""AnnData in Zarr 2 or 3, as SpatialData and Fractal keep their tables: in a folder, a ZIP file or on a server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.errors import InputError
from tuiqc.pixels.zarr_array import is_text, open_array, read_window, shape_of, whole
from tuiqc.pixels.zarr_node import Node, node_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


def opened(path: Path) -> ZarrGroup:
    """Return the group of a table.

    Raises
    ------
    InputError
        There is none, or its metadata is damaged.
    """
    node = node_of(path)
    if node is None or node.array:
        raise InputError("is no group of Zarr", path=path, expected="an AnnData table")
    return ZarrGroup(node)


class ZarrGroup:
    """See `tuiqc.dataset.tables.anndata.Group`."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.attributes: Mapping[str, Any] = node.attributes

    def item(self, name: str) -> ZarrGroup | ZarrValues | None:
        """What lies in it."""
        node = self._node.below(name) if name else None
        if node is None:
            return None
        return ZarrValues(node) if node.array else ZarrGroup(node)


class ZarrValues:
    """See `tuiqc.dataset.tables.anndata.Values`."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.shape = shape_of(node)
        self.is_text = is_text(node)
        self._array: Any = None

    def whole(self) -> NDArray[Any]:
        """All values."""
        return whole(self._node)

    def part(self, index: Any) -> NDArray[Any]:
        """Some values of numbers."""
        if self._array is None:
            self._array = open_array(self._node)
        return read_window(self._node, self._array, index)
