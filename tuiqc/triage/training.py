"""Material to learn from: evidence of planted errors and of sound objects, made of the images of a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuiqc.measure.object_evidence import measure_evidence
from tuiqc.measure.plane import Plane
from tuiqc.measure.working_plane import WorkingPlane, reduced_labels
from tuiqc.triage.planted_errors import Planter

Floats = NDArray[np.float64]

LEAST_WANTED, MOST_WANTED = 250, 600
"""Planted errors after which there are enough: a third of the objects, within these bounds.

Twice as many find 0.05 more of the planted errors of 2,000 objects in the first tenth and 0.01 more of real ones; in
small batches they are the same few objects again. A mean over trainings with other seeds is no better than one with
all their errors.
"""

SHARE = 0.5
"""Share of the objects of an image that are made errors at a time; 0.3 finds as many and takes half as long again."""

_ROUNDS = 60
"""How often every image is used at most."""


@dataclass(frozen=True)
class TrainingSet:
    """Evidence of planted errors and of sound objects.

    Attributes
    ----------
    images
        (m,) numbers of the images.
    values
        (m, p) evidence.
    suspects
        (m,) what was planted, "" for sound objects.
    """

    images: NDArray[np.int64]
    values: Floats
    suspects: NDArray[np.str_]


def training_set(
    planes: Callable[[int], Plane | None],
    images: Sequence[int],
    specks: Mapping[int, NDArray[np.int64]],
    typical: float,
    *,
    seed: int = 0,
    wanted: int = LEAST_WANTED,
    cancelled: Callable[[], bool] = lambda: False,
) -> TrainingSet:
    """Plant errors into copies of images until there are `wanted`.

    Parameters
    ----------
    planes
        Reads an image by its number, None if it can't be read (any more); called again each time that it is used.
    images
        Numbers of the images, used in random order.
    specks
        Labels of each image that are no objects: they are taken out first.
    cancelled
        Asked between images; then there is what was made until then.
    """
    random = np.random.default_rng(seed)
    rows: list[TrainingSet] = []
    planted = 0
    for _ in range(_ROUNDS if len(images) else 0):
        for at in random.permutation(len(images)):
            if planted >= wanted or cancelled():
                break
            plane = planes(images[at])
            if plane is None:
                continue
            found = _planted_rows(plane, images[at], specks.get(images[at]), typical, random)
            planted += len(np.flatnonzero(found.suspects != ""))
            rows.append(found)
        if planted >= wanted or cancelled() or not planted:
            break
    width = rows[0].values.shape[1] if rows else 0
    return TrainingSet(
        np.concatenate([np.zeros(0, np.int64), *(one.images for one in rows)]),
        np.concatenate([np.zeros((0, width)), *(one.values for one in rows)]),
        np.concatenate([np.zeros(0, np.str_), *(one.suspects for one in rows)]),
    )


def _planted_rows(
    plane: Plane,
    image: int,
    specks: NDArray[np.int64] | None,
    typical: float,
    random: np.random.Generator,
) -> TrainingSet:
    """Plant into the plane as it is measured: at that scale, with its labels numbered from 1."""
    work = WorkingPlane.of(plane.labels, list(plane.channels.values()), typical)
    labels = work.labels
    if specks is not None and len(specks):
        labels = np.where(np.isin(labels, np.searchsorted(work.ids, specks) + 1), 0, labels)
    planting = Planter(labels, work.channels, work.radius, random).plant(SHARE)
    channels = dict(zip(plane.channels, planting.channels, strict=True))
    other = None if plane.other is None else reduced_labels(plane.other, work.factor)
    evidence = measure_evidence(planting.labels, channels, work.radius, other=other, radius=work.radius)
    used = np.array(
        [label in planting.suspects or label not in planting.touched for label in evidence.labels.tolist()],
        bool,
    )
    kinds = [planting.suspects.get(label, "") for label in evidence.labels[used].tolist()]
    return TrainingSet(np.full(int(used.sum()), image), evidence.values[used], np.array(kinds, np.str_))
