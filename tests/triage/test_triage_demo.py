"""An error of each kind, planted into a demo batch without a fault, is among the first twentieth as what it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy import ndimage as ndi

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.demo.image import make_image
from tuiqc.demo.plan import plan_batch
from tuiqc.pixels import read_plane
from tuiqc.triage.batch_ranking import rank_batch

IMAGES, SIZE = 6, 400

WORDS = {
    "merged": ("dent", "waist", "two centres", "valley", "concave", "large"),
    "split": ("together with", "together round", "border with", "no seam", "one object"),
    "false": ("small", "stand", "dim", "edge"),
    "outline": ("edge", "image", "background", "outline", "stretch"),
}
"""One of these is said of each kind of error."""


def plant(labels: NDArray[np.int32]) -> dict[tuple[int, ...], str]:
    """An error of each kind in the middle of the image; what the labels of each are."""
    found = ndi.center_of_mass(labels > 0, labels, np.arange(labels.max()) + 1)
    centres = dict(enumerate(np.array(found), 1))
    areas = np.bincount(labels.ravel())
    middle = [one for one in centres if (np.abs(centres[one] - SIZE / 2) < SIZE / 2 - 40).all()]
    usual = [one for one in middle if 0.7 < areas[one] / np.median(areas[1:]) < 1.4]
    y, x = np.indices(labels.shape)
    first = usual[0]
    near = min(
        (one for one in centres if one != first), key=lambda one: np.hypot(*(centres[one] - centres[first]))
    )
    cut, grown, left = [one for one in usual[1:] if one != near][:3]
    labels[labels == near] = first
    free = int(labels.max()) + 1
    labels[(labels == cut) & (x > centres[cut][1])] = free
    labels[(ndi.distance_transform_edt(labels != grown) < 9) & (labels == 0)] = grown
    labels[(labels == left) & (y > centres[left][0] - 2)] = 0
    at = np.unravel_index(ndi.distance_transform_edt(labels == 0).argmax(), labels.shape)
    labels[(y - at[0]) ** 2 + (x - at[1]) ** 2 <= 30] = free + 1
    return {
        (first,): "merged",
        (cut, free): "split",
        (grown,): "outline",
        (left,): "outline",
        (free + 1,): "false",
    }


def test_an_error_of_each_kind_is_among_the_first_twentieth_of_a_demo(tmp_path: Path) -> None:
    plans = [replace(one, errors=(), image_error="") for one in plan_batch(IMAGES, SIZE, 3)]
    for plan in plans:
        make_image(plan, tmp_path)
    mask = tmp_path / f"{plans[0].key}_nuclei_labels.tif"
    labels = tifffile.imread(mask).astype(np.int32)
    truth = plant(labels)
    tifffile.imwrite(mask, labels.astype(np.uint16))
    source = SourceOptions(
        images=(("DNA", "{key}_DNA.tif"),), labels=(("nuclei", "{key}_nuclei_labels.tif"),), base_dir=tmp_path
    )
    frame = rank_batch(open_batch(source), "nuclei", read_plane).frame()
    first = frame.iloc[: len(frame) // 20]
    found = {int(row.label): row for row in first.itertuples() if row.image == plans[0].key}
    for own, kind in truth.items():
        rows = [found[label] for label in own if label in found]
        assert rows, (own, kind, frame.head(12).to_string())
        assert rows[0].suspect == kind, rows[0]
        assert any(word in str(rows[0].why) for word in WORDS[kind]), rows[0]
