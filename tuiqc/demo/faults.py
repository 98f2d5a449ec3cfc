"""Errors planted in the masks, and the record of every one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from tuiqc.demo.plan import LAYERS
from tuiqc.demo.shapes import Labels, Scene
from tuiqc.measure.object_pixels import Floats, Regions

_Label = TypeVar("_Label", bound=np.integer)
_Index = npt.NDArray[np.intp]


def largest_pieces(mask: npt.NDArray[_Label]) -> npt.NDArray[_Label]:
    """Return a (y, x) label mask in which each label keeps only its largest 4-connected piece.

    Works on runs of equal pixels along rows, of which there are some thousands in an image of 512 x 512;
    runs that touch are joined by passing the least run number on along the contacts.
    """
    starts = np.ones(mask.shape, bool)
    np.not_equal(mask[:, 1:], mask[:, :-1], out=starts[:, 1:])
    run_of = (np.cumsum(starts.ravel()) - 1).reshape(mask.shape)
    begins = np.flatnonzero(starts)
    values, lengths = mask.ravel()[begins], np.diff(begins, append=mask.size)
    piece = _join(len(begins), *_contacts(mask, starts, run_of))
    areas = np.bincount(piece, weights=lengths, minlength=len(begins))
    # Of each label the piece with the most pixels, the first of them where two are equal.
    roots = np.flatnonzero(piece == np.arange(len(piece)))
    roots = roots[np.lexsort((roots, -areas[roots], values[roots]))]
    chosen = roots[np.diff(values[roots].astype(np.int64), prepend=-1) != 0]
    keep = np.zeros(len(begins), bool)
    keep[chosen] = True
    return np.where(keep[piece][run_of], mask, mask.dtype.type(0))


def _contacts(
    mask: npt.NDArray[_Label], starts: npt.NDArray[np.bool_], run_of: _Index
) -> tuple[_Index, _Index]:
    """Pairs of runs, one below the other, with the same label: each pair at the first column of contact."""
    same = (mask[1:] == mask[:-1]) & (mask[1:] > 0) & (starts[1:] | starts[:-1])
    return run_of[:-1][same], run_of[1:][same]


def _join(count: int, above: _Index, below: _Index) -> _Index:
    """Number of the least run that each of `count` runs hangs together with."""
    piece = np.arange(count)
    while True:
        first, second = piece[above], piece[below]
        if np.array_equal(first, second):
            return piece
        np.minimum.at(piece, first, second)
        np.minimum.at(piece, second, first)
        while not np.array_equal(piece, shorter := piece[piece]):
            piece = shorter


# A sliver at the image border that a segmentation would drop as too small, in pixels.
_SMALLEST = 40


class Truth(NamedTuple):
    """One row of `truth.csv`: a planted error (`label` 0 for an image, and for an object without a label)."""

    image: str
    level: str
    layer: str
    label: int
    error: str
    x: float
    y: float
    description: str


@dataclass(slots=True)
class _Note:
    """A planted error before the labels have got their final numbers; `old` is 0 where there is no label."""

    error: str
    old: int
    other: int
    y: float
    x: float
    text: str


@dataclass(slots=True)
class Segmentation:
    """Masks with errors in them.

    `nuclei` and `cells` are uint16 (y, x) with the same labels 1..n, numbered in raster order of the nuclei's
    first pixels. `notes` go with the labels; `truth` makes rows of them.
    """

    nuclei: npt.NDArray[np.uint16]
    cells: npt.NDArray[np.uint16]
    notes: list[_Note]

    def truth(self, image: str) -> list[Truth]:
        """Rows for every planted object error, and for every object that the image border cuts."""
        rows = []
        for layer, mask in zip(LAYERS, (self.nuclei, self.cells), strict=True):
            regions = Regions.of(mask)
            cy, cx = regions.centres()
            for note in self.notes:
                y, x = (cy[note.old - 1], cx[note.old - 1]) if note.old else (note.y, note.x)
                text = note.text.format(other=note.other)
                rows.append(Truth(image, "object", layer, note.old, note.error, float(x), float(y), text))
            for i in np.flatnonzero(regions.touches_border()):
                text = "cut by the image border"
                rows.append(
                    Truth(
                        image,
                        "object",
                        layer,
                        int(regions.labels[i]),
                        "border",
                        float(cx[i]),
                        float(cy[i]),
                        text,
                    )
                )
        return rows


def segment(
    scene: Scene, errors: Sequence[str], rng: np.random.Generator, shift: tuple[int, int] = (0, 0)
) -> Segmentation:
    """Make masks of a scene with `errors` in them, moved by `shift` (down, right) pixels.

    An error for which the scene has no fitting nucleus is left out. No nucleus gets two of them.
    """
    planter = _Planter(scene, rng)
    counts = Counter(errors)
    for error in ("merged", "split", "missed"):
        for _ in range(counts[error]):
            getattr(planter, error)()
    planter.debris()
    nuclei, cells = (largest_pieces(_moved(mask, shift)) for mask in (planter.nuclei, planter.cells))
    # What belongs to no cell, or to a piece of a cell that was dropped, is no nucleus either.
    nuclei = largest_pieces(np.where(nuclei == cells, nuclei, 0))
    return _numbered(nuclei, cells, planter.notes)


class _Planter:
    def __init__(self, scene: Scene, rng: np.random.Generator) -> None:
        self.scene, self.rng = scene, rng
        self.nuclei = _without_slivers(scene.labels)
        self.cells = np.where(scene.debris_cells > 0, scene.debris_cells, scene.cells)
        self.notes: list[_Note] = []
        self.used: set[int] = set()
        self.regions = Regions.of(self.nuclei)
        self.centres: tuple[Floats, Floats] = self.regions.centres()
        self.pairs = _touching(self.nuclei)
        self.next_label = len(scene.nuclei) + 1

    def merged(self) -> None:
        """Give two touching nuclei one label."""
        inside = set(self._candidates())
        pairs = [pair for pair in self.pairs if inside.issuperset(pair)]
        if not pairs:
            return
        first, second = pairs[int(self.rng.integers(len(pairs)))]
        self.used |= {first, second}
        for mask in (self.nuclei, self.cells):
            mask[mask == second] = first
        self._note("merged", first, "two touching objects share one label")

    def split(self) -> None:
        """Cut one of the largest nuclei across its long axis into two labels."""
        alone = self._alone()
        if not alone:
            return
        alone.sort(key=lambda label: self.scene.nuclei[label - 1].major, reverse=True)
        label = alone[int(self.rng.integers(min(3, len(alone))))]
        self.used.add(label)
        y, x = self._centre(label)
        nucleus = self.scene.nuclei[label - 1]
        turn = nucleus.angle + self.rng.normal(0.0, 0.2)
        offset = self.rng.uniform(-0.15, 0.15) * nucleus.major
        second, self.next_label = self.next_label, self.next_label + 1
        for mask in (self.nuclei, self.cells):
            ys, xs = np.nonzero(mask == label)
            along = (xs - x) * np.cos(turn) + (ys - y) * np.sin(turn)
            # The cut is slightly bent, as the watershed lines that cause such errors.
            across = (ys - y) * np.cos(turn) - (xs - x) * np.sin(turn)
            far = along > offset + 0.006 * across * across
            mask[ys[far], xs[far]] = second
        text = "one object is cut in two, the other part is label {other}"
        self.notes.append(_Note("split", label, second, y, x, text))
        self.notes.append(_Note("split", second, label, y, x, text))

    def missed(self) -> None:
        """Take the label of a nucleus away."""
        alone = self._alone()
        if not alone:
            return
        label = alone[int(self.rng.integers(len(alone)))]
        self.used.add(label)
        for mask in (self.nuclei, self.cells):
            mask[mask == label] = 0
        y, x = self._centre(label)
        self.notes.append(
            _Note("missed", 0, 0, y, x, "a nucleus and its cell at this position have no label")
        )

    def debris(self) -> None:
        """Name the debris that has a label: the scene says which."""
        for label in self.regions.labels.tolist():
            if self.scene.nuclei[label - 1].kind == "debris":
                self._note("debris", label, "debris taken for an object")

    def _note(self, error: str, label: int, text: str) -> None:
        y, x = self._centre(label)
        self.notes.append(_Note(error, label, 0, y, x, text))

    def _centre(self, label: int) -> tuple[float, float]:
        i = int(np.searchsorted(self.regions.labels, label))
        return float(self.centres[0][i]), float(self.centres[1][i])

    def _candidates(self) -> list[int]:
        """Labels of unharmed interphase nuclei clear of the border."""
        inside = self.regions.labels[~self.regions.touches_border()].tolist()
        return [
            label
            for label in inside
            if label not in self.used and self.scene.nuclei[label - 1].kind == "interphase"
        ]

    def _alone(self) -> list[int]:
        """Candidates that touch no other nucleus, or any candidate where all touch."""
        candidates = self._candidates()
        touching = {label for pair in self.pairs for label in pair}
        return [label for label in candidates if label not in touching] or candidates


def _without_slivers(labels: Labels) -> Labels:
    """Drop what is left of a nucleus at the border when it is smaller than `_SMALLEST` pixels."""
    areas = np.bincount(labels.ravel())
    keep = np.arange(len(areas)) * (areas >= _SMALLEST)
    # Debris is small by nature and lies inside.
    regions = Regions.of(labels)
    inside = regions.labels[~regions.touches_border()]
    keep[inside] = inside
    return keep.astype(np.int32)[labels]


def _touching(labels: Labels) -> list[tuple[int, int]]:
    """Pairs of labels that have a side of at least six pixels in common, in a fixed order."""
    counts: Counter[tuple[int, int]] = Counter()
    for a, b in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        meet = (a != b) & (a > 0) & (b > 0)
        low, high = np.minimum(a[meet], b[meet]), np.maximum(a[meet], b[meet])
        counts.update(zip(low.tolist(), high.tolist(), strict=True))
    return sorted(pair for pair, count in counts.items() if count >= 6)


def _moved(mask: Labels, shift: tuple[int, int]) -> Labels:
    """Move a mask; what leaves the image is lost and what comes in is background."""
    if shift == (0, 0):
        return mask
    height, width = mask.shape
    dy, dx = shift
    moved = np.zeros_like(mask)
    moved[max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)] = mask[
        max(0, -dy) : height + min(0, -dy), max(0, -dx) : width + min(0, -dx)
    ]
    return moved


def _numbered(nuclei: Labels, cells: Labels, notes: list[_Note]) -> Segmentation:
    """Number the nuclei 1..n in raster order; a cell without a nucleus goes."""
    regions = Regions.of(nuclei)
    order = np.argsort(regions.index[regions.first]) if len(regions) else np.empty(0, np.intp)
    table = np.zeros(max(int(nuclei.max()), int(cells.max())) + 1, np.uint16)
    table[regions.labels[order]] = np.arange(1, len(order) + 1)
    for note in notes:
        note.old, note.other = int(table[note.old]), int(table[note.other])
    return Segmentation(table[nuclei], table[cells], notes)
