"""The join report: what was found, what is left over, what was assumed, and how to correct it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tuiqc.dataset.model import Batch
from tuiqc.text import printable

if TYPE_CHECKING:
    from numpy.typing import NDArray


_SHOWN = 6


@dataclass(frozen=True)
class JoinReport:
    """What a batch consists of; as lines of text, and as JSON.

    Attributes
    ----------
    batch
        The batch.
    rows
        Number of object rows per layer, as far as they are known (tables are counted when they are loaded).
    """

    batch: Batch
    rows: Mapping[str, int] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Return the report as lines of text that are safe to print."""
        batch = self.batch
        out = [f"{batch.name}: {_count(len(batch.images), 'image')} in {batch.root}"]
        for channel in batch.channels:
            there = batch.count_files("channels", channel)
            out.append(f"  channel {channel}: {there} of {_count(len(batch.images), 'image')}")
        for layer in batch.layers:
            out.append("  " + self._layer_line(layer))
            if layer in batch.dialects:
                out.append(
                    f"    read as {batch.dialects[layer].explanation}; otherwise: --dialect {layer}=NAME"
                )
        out.extend(self._unmatched_lines())
        out.extend(f"  assumed: {sentence}" for sentence in batch.assumptions)
        return [printable(line) for line in out]

    def _layer_line(self, layer: str) -> str:
        batch = self.batch
        masks = batch.count_files("masks", layer)
        parts = [_count(masks, "mask")]
        if layer in batch.shared_tables:
            parts.append(f"one table of all images ({batch.shared_tables[layer].name})")
        else:
            tables = {text for text in batch.files("tables", layer) if text is not None}
            parts.append(
                _count(len(tables), "table") if tables else "no table: objects are measured from the masks"
            )
        if layer in self.rows:
            parts.append(_count(self.rows[layer], "row" if batch.has_table(layer) else "object"))
        return f"object layer {layer}: {', '.join(parts)}"

    def _unmatched_lines(self) -> list[str]:
        out = []
        missing = [entry for entry in self.batch.unmatched if entry.path is None]
        extra = [entry for entry in self.batch.unmatched if entry.path is not None]
        for role in dict.fromkeys(entry.role for entry in missing):
            keys = [entry.key for entry in missing if entry.role == role]
            out.append(f"  missing: {role} of {_count(len(keys), 'image')}: {_some(keys)}")
        for role, why in dict.fromkeys((entry.role, entry.why) for entry in extra):
            names = [e.path.name for e in extra if e.path is not None and (e.role, e.why) == (role, why)]
            out.append(f"  left over: {role}: {_some(names)} ({why})")
        return out

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON: only texts, numbers, lists and dictionaries."""
        batch = self.batch
        layers = {}
        for layer in batch.layers:
            choice = batch.dialects.get(layer)
            layers[layer] = {
                "masks": batch.count_files("masks", layer),
                "tables": batch.count_files("tables", layer),
                "shared_table": str(batch.shared_tables[layer]) if layer in batch.shared_tables else None,
                "rows": self.rows.get(layer),
                "dialect": choice.name if choice else None,
                "score": choice.score if choice else None,
                "label_column": choice.label_column if choice else None,
            }
        return {
            "images": len(batch.images),
            "channels": {name: batch.count_files("channels", name) for name in batch.channels},
            "layers": layers,
            "unmatched": [
                {"role": e.role, "path": None if e.path is None else str(e.path), "key": e.key, "why": e.why}
                for e in batch.unmatched
            ],
            "unmatched_counts": dict(Counter(entry.role for entry in batch.unmatched)),
            "assumptions": list(batch.assumptions),
        }


class LabelCheck(NamedTuple):
    """Labels of the mask that no row has, and labels of rows that the mask has not; both ascending."""

    labels_without_row: tuple[int, ...]
    rows_without_label: tuple[int, ...]


def compare_labels(in_mask: NDArray[Any], rows: NDArray[Any]) -> LabelCheck:
    """Compare the labels of a mask (any order, 0 left out) with those of the rows of its image."""
    import numpy as np

    in_mask = in_mask[in_mask > 0].astype(np.int64)
    return LabelCheck(
        tuple(np.setdiff1d(in_mask, rows).tolist()),
        tuple(np.setdiff1d(rows, in_mask).tolist()),
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _some(texts: list[str]) -> str:
    more = f" … ({len(texts)} in all)" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more
