"""Plants errors into copies of a mask and its channels: material to learn from, made of the user's own images.

No ground truth is needed: what was not touched counts as sound, and the few errors among it do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.triage.kinds import Suspect

PLANTS = ("merged", "pasted", "split", "debris", "eroded", "dilated", "shifted", "control")
"""What is planted, in equal numbers. `pasted` is another object put against one under the same label; `control` is the
same under a label of its own, which is sound: so touching alone is not learned as an error."""

_SMALLEST = 0.15
"""Share of a typical area under which an object is too small to be made an error of."""


@dataclass
class Planting:
    """A copy of an image in which errors are planted.

    Attributes
    ----------
    labels
        (y, x) int32, with the errors.
    channels
        (y, x) float32, with the pixels of pasted objects.
    suspects
        The kind of error of each label that is one.
    touched
        Labels that are neither sound nor an error: they were cut up or served for another.
    """

    labels: NDArray[np.int32]
    channels: list[NDArray[np.float32]]
    suspects: dict[int, Suspect] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)


class Planter:
    """Plants errors of all kinds into one image."""

    def __init__(
        self,
        labels: NDArray[Any],
        channels: Sequence[NDArray[Any]],
        typical: float,
        generator: np.random.Generator,
    ) -> None:
        from scipy import ndimage as ndi

        self.original = np.asarray(labels, np.int32)
        self.typical, self.random = typical, generator
        self.result = Planting(self.original.copy(), [np.array(one, np.float32) for one in channels])
        self.boxes = ndi.find_objects(self.original)
        sizes = np.bincount(self.original.ravel(), minlength=len(self.boxes) + 1)
        self.sizes = sizes
        least = _SMALLEST * np.pi * typical**2
        self.usable = [
            label for label, box in enumerate(self.boxes, 1) if box is not None and sizes[label] > least
        ]
        self.free = len(self.boxes) + 1
        self.centres = {label: self._centre(label) for label in self.usable}

    def plant(self, share: float) -> Planting:
        """Make an error of this share of the usable objects (at least three, or all)."""
        if not self.usable:
            return self.result
        count = max(3, round(share * len(self.usable)))
        kinds = list(PLANTS) * (count // len(PLANTS) + 1)
        todo = [kinds[at] for at in self.random.permutation(len(kinds))[:count]]
        waiting = [self.usable[at] for at in self.random.permutation(len(self.usable))]
        actions: dict[str, Callable[[int], bool]] = {
            "merged": self._merge,
            "split": self._split,
            "eroded": self._erode,
            "dilated": self._dilate,
            "shifted": self._shift,
            "pasted": lambda label: self._paste(label, own_label=False),
            "control": lambda label: self._paste(label, own_label=True),
        }
        for kind in todo:
            if kind == "debris":
                self._debris()
                continue
            while waiting and waiting[-1] in self.result.touched:
                waiting.pop()
            if not waiting:
                break
            label = waiting.pop()
            if not actions[kind](label) and kind not in ("pasted", "control"):
                self.result.touched.add(label)  # nothing came of it, but it is not used again
        return self.result

    # --- the kinds of error

    def _merge(self, label: int) -> bool:
        """Give a near object the same label; one that touches or not, closed to one piece or not."""
        from scipy import ndimage as ndi

        labels = self.result.labels
        near = self._nearest(label, 5)
        if not near:
            return False
        other = near[0]
        if self.random.random() < 0.5:
            window = self._window(label, 3)
            part = labels[window]
            around = ndi.binary_dilation(part == label, iterations=2)
            touching = [int(one) for one in np.unique(part[around]) if one in near]
            if touching:
                other = touching[self.random.integers(len(touching))]
        window = self._window(other, 1)
        labels[window][labels[window] == other] = label
        self.result.touched |= {label, other}
        self.result.suspects[label] = "merged"
        if self.random.random() < 0.5:
            window = _joined(self._window(label, int(self.typical)), self._window(other, int(self.typical)))
            part = labels[window]
            closed = ndi.binary_closing(part == label, iterations=max(1, int(0.2 * self.typical)))
            part[closed & (part == 0)] = label
        return True

    def _split(self, label: int) -> bool:
        """Cut it along a line near its middle, sometimes across its long axis, sometimes with a gap of a pixel."""
        part, y, x = self._pixels(label)
        if len(y) < 6:
            return False
        along = self._projection(y, x, across=self.random.random() < 0.3)
        cut = np.quantile(along, self.random.uniform(0.3, 0.7))
        side = along > cut
        if side.sum() < 3 or (~side).sum() < 3:
            return False
        part[y[side], x[side]] = self.free
        if self.random.random() < 0.3:
            gap = np.abs(along - cut) < 0.6
            part[y[gap], x[gap]] = 0
        self.result.touched.add(label)
        self.result.suspects[label] = self.result.suspects[self.free] = "split"
        self.free += 1
        return True

    def _erode(self, label: int) -> bool:
        """Cut a side off (25 to 50 %), or take a rim of 0.25 to 0.4 of its depth away."""
        from scipy import ndimage as ndi

        part, y, x = self._pixels(label)
        if not len(y):
            return False
        if self.random.random() < 0.75:
            along = self._projection(y, x)
            gone = along > np.quantile(along, self.random.uniform(0.5, 0.75))
            part[y[gone], x[gone]] = 0
        else:
            own = part == label
            depth = ndi.distance_transform_edt(np.pad(own, 1))[1:-1, 1:-1]
            part[own & (depth < max(1.5, self.random.uniform(0.25, 0.4) * depth.max()))] = 0
        self.result.touched.add(label)
        self.result.suspects[label] = "outline"
        return True

    def _dilate(self, label: int) -> bool:
        """Take a halo along, all round or on one side, by 0.3 to 0.5 of a typical radius."""
        from scipy import ndimage as ndi

        reach = int(self.random.uniform(0.3, 0.5) * self.typical) + 1
        part = self.result.labels[self._window(label, 2 * reach)]
        own = part == label
        if not own.any():
            return False
        distance = ndi.distance_transform_edt(~own)
        grown = (distance <= reach) & (part == 0)
        if self.random.random() < 0.3:
            y, x = np.indices(part.shape)
            centre = ndi.center_of_mass(own)
            angle = self.random.uniform(0, 2 * np.pi)
            ahead = (y - centre[0]) * np.cos(angle) + (x - centre[1]) * np.sin(angle) > 0
            grown = (distance <= 1.7 * reach) & (part == 0) & ahead
        if grown.sum() < 0.15 * own.sum():
            return False
        part[grown] = label
        self.result.touched.add(label)
        self.result.suspects[label] = "outline"
        return True

    def _shift(self, label: int) -> bool:
        """Move the outline by 0.4 to 0.7 of its radius, where nothing else is."""
        length = int(np.ceil(self.random.uniform(0.4, 0.7) * np.sqrt(self.sizes[label] / np.pi)))
        angle = self.random.uniform(0, 2 * np.pi)
        step = (round(length * np.sin(angle)), round(length * np.cos(angle)))
        part = self.result.labels[self._window(label, length + 1)]
        y, x = np.nonzero(part == label)
        part[y, x] = 0
        new_y, new_x = y + step[0], x + step[1]
        inside = (new_y >= 0) & (new_x >= 0) & (new_y < part.shape[0]) & (new_x < part.shape[1])
        new_y, new_x = new_y[inside], new_x[inside]
        free = part[new_y, new_x] == 0
        if free.sum() < 3:
            part[y, x] = label
            return False
        part[new_y[free], new_x[free]] = label
        self.result.touched.add(label)
        self.result.suspects[label] = "outline"
        return True

    def _debris(self) -> None:
        """Label an ellipse of 0.15 to 0.5 typical radii in the background."""
        labels = self.result.labels
        radius = max(1.5, self.typical * self.random.uniform(0.15, 0.5))
        reach = int(radius) + 2
        for _ in range(20):
            y, x = (int(self.random.integers(0, side)) for side in labels.shape)
            top, left = max(0, y - reach), max(0, x - reach)
            part = labels[top : y + reach + 1, left : x + reach + 1]
            if (part > 0).any():
                continue
            rows = np.arange(part.shape[0])[:, None] - (y - top)
            columns = np.arange(part.shape[1]) - (x - left)
            angle, stretch = self.random.uniform(0, np.pi), self.random.uniform(1, 1.6)
            u = rows * np.cos(angle) + columns * np.sin(angle)
            v = -rows * np.sin(angle) + columns * np.cos(angle)
            part[(u * stretch) ** 2 + (v / stretch) ** 2 <= radius**2] = self.free
            self.result.suspects[self.free] = "false"
            self.free += 1
            return

    def _paste(self, label: int, *, own_label: bool) -> bool:
        """Put a copy of another object, mask and pixels, so that it touches this one or overlaps it by 12 % at most."""
        from scipy import ndimage as ndi

        model = self.usable[self.random.integers(len(self.usable))]
        if model == label:
            return False
        window = self._window(model, 2)
        shape = self.original[window] == model
        wide = ndi.binary_dilation(shape, iterations=2) & ((self.original[window] == 0) | shape)
        radius = np.sqrt(self.sizes[label] / np.pi)
        for _ in range(4):
            angle = self.random.uniform(0, 2 * np.pi)
            for distance in np.arange(0.6, 3.2, 0.1) * radius:
                top = int(self.centres[label][0] + distance * np.sin(angle)) - shape.shape[0] // 2
                left = int(self.centres[label][1] + distance * np.cos(angle)) - shape.shape[1] // 2
                fits = self._fits(label, shape, top, left)
                if fits is None:
                    break
                if fits:
                    place = np.s_[top : top + shape.shape[0], left : left + shape.shape[1]]
                    self._paste_pixels(model, window, wide, place)
                    part = self.result.labels[place]
                    part[shape & (part == 0)] = self.free if own_label else label
                    if own_label:
                        self.free += 1
                    else:
                        self.result.suspects[label] = "merged"
                        self.result.touched.add(label)
                    return True
        return False

    def _fits(self, label: int, shape: NDArray[np.bool_], top: int, left: int) -> bool | None:
        """Whether the shape may stand there; None where going on in that direction is of no use."""
        from scipy import ndimage as ndi

        labels = self.result.labels
        height, width = shape.shape
        if top < 0 or left < 0 or top + height > labels.shape[0] or left + width > labels.shape[1]:
            return None
        part = labels[top : top + height, left : left + width]
        under = part[shape]
        overlap = int((under == label).sum())
        if overlap > 0.12 * min(int(shape.sum()), int(self.sizes[label])):
            return False
        if overlap == 0 and not (ndi.binary_dilation(shape, iterations=2) & (part == label)).any():
            return None
        return None if ((under != label) & (under != 0)).any() else True

    def _paste_pixels(
        self, model: int, window: tuple[slice, slice], wide: NDArray[np.bool_], place: tuple[slice, slice]
    ) -> None:
        """Bright objects by the larger of both pixels, dark ones by the smaller."""
        sparse = self.original[::7, ::7]
        for channel in self.result.channels:
            source = channel[window].copy()
            ground = channel[::7, ::7][sparse == 0]
            bright = not len(ground) or np.median(
                channel[window][self.original[window] == model]
            ) >= np.median(ground)
            target = channel[place]
            target[wide] = (np.maximum if bright else np.minimum)(target[wide], source[wide])

    # --- places

    def _centre(self, label: int) -> NDArray[np.float64]:
        box = self.boxes[label - 1]
        y, x = np.nonzero(self.original[box] == label)
        return np.array([y.mean() + box[0].start, x.mean() + box[1].start])

    def _window(self, label: int, margin: int) -> tuple[slice, slice]:
        box = self.boxes[label - 1]
        height, width = self.original.shape
        return (
            slice(max(0, box[0].start - margin), min(height, box[0].stop + margin)),
            slice(max(0, box[1].start - margin), min(width, box[1].stop + margin)),
        )

    def _pixels(self, label: int) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        part = self.result.labels[self._window(label, 0)]
        y, x = np.nonzero(part == label)
        return part, y, x

    def _projection(
        self, y: NDArray[np.int64], x: NDArray[np.int64], *, across: bool = False
    ) -> NDArray[np.float64]:
        """Where pixels lie along a random direction from their middle, or along their long axis."""
        angle = self.random.uniform(0, 2 * np.pi)
        if across:
            _, axes = np.linalg.eigh(np.cov(np.vstack([y, x])) + 1e-6 * np.eye(2))
            angle = np.arctan2(axes[1, 1], axes[0, 1])
        out: NDArray[np.float64] = (y - y.mean()) * np.cos(angle) + (x - x.mean()) * np.sin(angle)
        return out

    def _nearest(self, label: int, count: int) -> list[int]:
        """The nearest objects whose centres are among the `count` next, that were not used yet."""
        everywhere = np.array(list(self.centres.values()))
        distance = np.hypot(*(everywhere - self.centres[label]).T)
        labels = list(self.centres)
        return [
            labels[at] for at in np.argsort(distance)[1 : count + 1] if labels[at] not in self.result.touched
        ]


def _joined(one: tuple[slice, slice], other: tuple[slice, slice]) -> tuple[slice, slice]:
    rows = slice(min(one[0].start, other[0].start), max(one[0].stop, other[0].stop))
    columns = slice(min(one[1].start, other[1].start), max(one[1].stop, other[1].stop))
    return rows, columns
