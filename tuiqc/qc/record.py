"""One annotation: what it is about (subject), what was decided, and its form as a JSON object."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tuiqc.qc.verdict import VERDICTS

LEVELS = ("image", "object", "track", "candidate")


class Subject(NamedTuple):
    """What an annotation is about: an image, an object of an object layer at a time point, a track, or a candidate.

    `image` is the key of the image in the batch. An image as a whole has layer "" and label 0.
    The label of a track is its number, that of a candidate (a place where an object may have been missed) its number in
    the image. `t` is 0 where there is no time, and for tracks.
    """

    level: str
    image: str
    layer: str = ""
    label: int = 0
    t: int = 0


@dataclass(frozen=True, slots=True)
class Annotation:
    """What an annotator decided about one subject.

    `verdict` is one of `VERDICTS` or "" (only a note or a reason so far). `time` is UTC in ISO 8601
    ("2026-11-22T17:00:00.123Z"). `centre_x`, `centre_y` (pixels, x to the right, y down, 0 at the middle
    of the first pixel) and `area` (pixels) say where and how large the object was when it was judged; None
    where unknown. `extra` holds the placeholder values of the image, `categories` what the annotator says in
    columns of their own (column name: category, such as "cell_type": "neuron").
    """

    subject: Subject
    verdict: str = ""
    reason: str = ""
    note: str = ""
    annotator: str = ""
    time: str = ""
    source_table: str = ""
    centre_x: float | None = None
    centre_y: float | None = None
    area: float | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """True when nothing was decided or written: no verdict, reason, note or category."""
        return not (self.verdict or self.reason or self.note or self.categories)


class OfOneKind:
    """Things that are all of one level and, if they are objects, of one layer."""

    __slots__ = ()
    subjects: tuple[Subject, ...]

    @property
    def level(self) -> str:
        """Whether they are images or objects; "" where there are none."""
        return self.subjects[0].level if self.subjects else ""

    @property
    def layer(self) -> str:
        """Their object layer, "" of images."""
        return self.subjects[0].layer if self.subjects else ""


def utc_now() -> str:
    """Return the present time in UTC as ISO 8601 with milliseconds: "2026-11-22T17:00:00.123Z"."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def normalised(annotation: Annotation) -> Annotation:
    """Return `annotation` in plain Python types (NumPy numbers unwrapped, NaN as None).

    Raises
    ------
    ValueError
        If the level or the verdict is not one of the known words, or a label or t is not a whole number.
    """
    level, image, layer, label, t = annotation.subject
    if level not in LEVELS:
        raise ValueError(f"level {level!r} is not one of {', '.join(LEVELS)}")
    if annotation.verdict and annotation.verdict not in VERDICTS:
        raise ValueError(f"verdict {annotation.verdict!r} is not one of {', '.join(VERDICTS)} or empty")
    if int(label) != label or int(t) != t:
        raise ValueError(f"label {label!r} and t {t!r} must be whole numbers")
    return replace(
        annotation,
        subject=Subject(str(level), str(image), str(layer), int(label), int(t)),
        centre_x=_number(annotation.centre_x),
        centre_y=_number(annotation.centre_y),
        area=_number(annotation.area),
        extra={str(name): str(value) for name, value in annotation.extra.items()},
        categories={str(name): str(value) for name, value in annotation.categories.items() if value},
    )


def to_json(annotation: Annotation) -> dict[str, Any]:
    """Return everything but the subject as a dict that `json` can write; what is empty is left out."""
    values: dict[str, Any] = {name: getattr(annotation, name) for name in _TEXTS + _NUMBERS}
    values = {name: value for name, value in values.items() if value not in ("", None)}
    for name in _MAPPINGS:
        if getattr(annotation, name):
            values[name] = dict(getattr(annotation, name))
    return values


def from_json(subject: Subject, values: Mapping[str, Any]) -> Annotation:
    """Return the annotation that `to_json` wrote, checked again since the file may have been touched.

    Raises
    ------
    ValueError, TypeError
        If a value is not of its kind.
    """
    texts: dict[str, Any] = {name: values.get(name, "") for name in _TEXTS}
    numbers: dict[str, Any] = {name: values.get(name) for name in _NUMBERS}
    mappings: dict[str, Any] = {name: values.get(name, {}) for name in _MAPPINGS}
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("text expected")
    if not all(isinstance(mapping, dict) for mapping in mappings.values()) or not all(
        isinstance(text, str) for mapping in mappings.values() for text in mapping.values()
    ):
        raise TypeError("object expected")
    return normalised(Annotation(subject, **texts, **numbers, **mappings))


_TEXTS = ("verdict", "reason", "note", "annotator", "time", "source_table")
_NUMBERS = ("centre_x", "centre_y", "area")
_MAPPINGS = ("extra", "categories")


def _number(value: float | None) -> float | None:
    if value is None:
        return None
    number = float(value)
    return None if math.isnan(number) else number
