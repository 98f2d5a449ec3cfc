"""Labels of masks compared with the rows of tables, image by image as they are looked at."""

from __future__ import annotations

from collections.abc import Sequence

from tuiqc.dataset.join_report import LabelCheck
from tuiqc.dataset.model import ImageRecord


class LabelChecks:
    """What the comparisons found so far."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int], LabelCheck] = {}

    def __contains__(self, place: tuple[str, int]) -> bool:
        return place in self._found

    def add(self, layer: str, image: int, found: LabelCheck) -> None:
        """Keep the outcome for an image (row number) of a layer."""
        self._found[layer, image] = found

    def lines(self, layer: str, images: Sequence[ImageRecord]) -> list[str]:
        """The outcomes of a layer for the join report; no line while nothing was compared."""
        checks = sorted((image, found) for (of, image), found in self._found.items() if of == layer)
        if not checks:
            return []
        looked_at = "1 image" if len(checks) == 1 else f"{len(checks):,} images"
        lines = [f"labels of {layer} compared with the masks of {looked_at} looked at so far:"]
        for image, found in checks:
            lines += [f"  image {images[image].key}: {text}" for text in label_texts(found)]
        return lines if len(lines) > 1 else [lines[0].removesuffix(":") + ": all agree"]


def label_texts(found: LabelCheck) -> list[str]:
    """What a comparison of labels found, a sentence each; none if mask and table agree."""
    texts = []
    for labels, what in (
        (found.labels_without_row, "in the mask without a row in the table"),
        (found.rows_without_label, "in the table but not in the mask"),
    ):
        if labels:
            some = ", ".join(map(str, labels[:8])) + (", …" if len(labels) > 8 else "")
            texts.append(f"{len(labels)} label{'s' if len(labels) > 1 else ''} {what}: {some}")
    return texts
