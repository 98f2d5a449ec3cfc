"""A quiz: images with a dozen planted errors, and how many of them somebody found."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import hypot
from pathlib import Path
from typing import NamedTuple

from tuiqc.demo.demo_batch import make_batch
from tuiqc.demo.plan import plan_batch

LAYER = "nuclei"
MINUTES = 10
SIZE = 384
_IMAGES = 9
"""Three of them have an error of the whole image and are left out: two errors of objects are planted in each other."""
_NEAR = 20.0
"""Pixels from the place of an object without a label to that of an answer that means it."""
_COUNTED = ("merged", "split", "missed", "debris")


class Planted(NamedTuple):
    """An error: `labels` are those of its objects, none where one is missing; `x`, `y` its place in pixels.

    `image` is what the names of its files begin with.
    """

    image: str
    error: str
    labels: tuple[int, ...]
    x: float
    y: float
    description: str


class Answer(NamedTuple):
    """Something that was failed: an object by its label, a place (label 0), or a whole image (no place either)."""

    image: str
    label: int
    reason: str = ""
    x: float | None = None
    y: float | None = None


@dataclass
class Score:
    """What was found, what not, and what was failed without an error."""

    found: list[Planted] = field(default_factory=list)
    missed: list[Planted] = field(default_factory=list)
    false: list[Answer] = field(default_factory=list)

    def lines(self, seconds: float) -> list[str]:
        """All of it in words; the missed ones last, which are what one learns from."""
        count = len(self.found) + len(self.missed)
        took = f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
        within = "" if seconds <= 60 * MINUTES else f", {MINUTES} minutes are meant"
        lines = [f"{len(self.found)} of {count} planted errors found in {took}{within}"]
        if self.false:
            lines.append(f"failed without an error: {len(self.false)}, {_names(self.false)}")
        lines += [f"  found   {_words(one)}" for one in self.found]
        return lines + [f"  missed  {_words(one)}" for one in self.missed]


def _words(one: Planted) -> str:
    which = f"{LAYER} {one.labels[0]}" if one.labels else f"at x {one.x:.0f}, y {one.y:.0f}"
    return f"{one.error:<7} image {one.image}, {which}: {one.description}"


def _names(answers: Sequence[Answer]) -> str:
    shown = [f"image {one.image}" + f" {LAYER} {one.label}" * bool(one.label) for one in answers[:4]]
    return ", ".join(shown) + " …" * (len(answers) > len(shown))


def make_quiz(
    folder: Path, seed: int, progress: Callable[[int, int], None] | None = None, size: int = SIZE
) -> list[Planted]:
    """Make the images of a quiz in a new folder, without the file that names the errors; returns these.

    Raises
    ------
    UsageError, InputError
        As `make_batch`.
    """
    make_batch(folder, images=_IMAGES, size=size, seed=seed, progress=progress)
    for plan in plan_batch(_IMAGES, size, seed):
        if plan.image_error:
            for path in folder.glob(f"{plan.key}_*"):
                path.unlink()
    truth = folder / "truth.csv"
    planted = list(_planted(truth))
    truth.unlink()
    return planted


def _planted(truth: Path) -> Iterable[Planted]:
    """The errors of nuclei; an object that is cut in two is one."""
    with truth.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["layer"] == LAYER and row["error"] in _COUNTED]
    seen: set[tuple[str, int]] = set()
    for row in rows:
        image, label = row["image"], int(row["label"])
        if (image, label) in seen:
            continue
        labels: tuple[int, ...] = (label,) if label else ()
        if row["error"] == "split":
            labels = (label, int(row["description"].rsplit(" ", 1)[1]))
        seen.update((image, one) for one in labels)
        yield Planted(image, row["error"], labels, float(row["x"]), float(row["y"]), row["description"])


def scored(planted: Sequence[Planted], answers: Iterable[Answer]) -> Score:
    """Hold what was failed against what was planted.

    A missing object is found by a failed place near it, or by an image that was failed because something is missed;
    each such image finds one.
    """
    score, left = Score(), list(planted)
    for answer in sorted(dict.fromkeys(answers), key=lambda one: not (one.label or one.x is not None)):
        meant = [one for one in left if one.image == answer.image and _means(answer, one)]
        if meant:
            score.found.append(meant[0])
            left.remove(meant[0])
        elif not any(one.image == answer.image and _means(answer, one) for one in score.found):
            score.false.append(answer)
    score.missed = left
    return score


def _means(answer: Answer, one: Planted) -> bool:
    if one.labels:
        return answer.label in one.labels
    if answer.label:
        return False
    if answer.x is None or answer.y is None:
        return "missed" in answer.reason
    return hypot(answer.x - one.x, answer.y - one.y) <= _NEAR
