"""One plane of one image, as it is measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from tuiqc.measure.object_evidence import Evidence, Part, measure_evidence, measure_parts


@dataclass(frozen=True)
class Plane:
    """One plane of one image: what is measured, and what errors are planted in.

    Attributes
    ----------
    labels
        (y, x) integers, 0 is background.
    channels
        (y, x) by name, the one that shows the objects best first.
    other
        (y, x) labels of another object layer, None if there is none.
    """

    labels: NDArray[Any]
    channels: Mapping[str, NDArray[Any]]
    other: NDArray[Any] | None = None

    def evidence(self, typical: float) -> Evidence:
        """Measure its objects; `typical` is the radius of a typical object of the batch in pixels."""
        return measure_evidence(self.labels, self.channels, typical, other=self.other)

    def parts(self, typical: float) -> Iterator[Part]:
        """The same part by part, with what it was measured from: `object_evidence.complete` puts them together."""
        return measure_parts(self.labels, self.channels, typical, other=self.other)
