"""Where a person is in a batch, as one value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, Protocol, TypeVar

Level = Literal["image", "object", "track", "candidate"]
"""What a verdict is about, and what a row of a table is."""

Projection = Literal["slice", "max", "mean"]
PROJECTIONS: tuple[Projection, ...] = ("slice", "max", "mean")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Extent:
    """How many time points and slices an image has."""

    t: int = 1
    z: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a batch.

    Attributes
    ----------
    level
        What a verdict is about: that of the table that had the focus last.
    layer
        The active object layer, "" if there is none.
    image
        Row number of the current image in the batch.
    label
        Label of the current object of the active layer in that image, 0 while there is none.
    t, z
        Time point and slice, from 0.
    projection
        What is made of all slices.
    followed
        (image, layer, track) of the current object, kept while its track has no object at the present time point.
    candidate
        Number of the current candidate in that image, 0 while there is none.
    """

    level: Level = "image"
    layer: str = ""
    image: int = 0
    label: int = 0
    t: int = 0
    z: int = 0
    projection: Projection = "slice"
    followed: tuple[int, str, int] | None = None
    candidate: int = 0


class HasPlace(Protocol):
    """What has a place that can be replaced by another: the cursor."""

    place: Place


class PlaceField(Generic[T]):
    """A field of the place of what it stands in; to write it is to be at another place."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, here: HasPlace, owner: type) -> T:
        value: T = getattr(here.place, self._name)
        return value

    def __set__(self, here: HasPlace, value: T) -> None:
        change: dict[str, Any] = {self._name: value}
        here.place = replace(here.place, **change)
