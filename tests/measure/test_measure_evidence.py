"""Evidence does not depend on where an object lies, how it is turned, what it is called, or what lies far away."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage as ndi

from tuiqc.measure.candidates import by_score, candidates_of
from tuiqc.measure.distances import depths, near_labels
from tuiqc.measure.object_evidence import TEXTURE, Evidence, complete, measure_evidence, measure_parts
from tuiqc.measure.shape_evidence import SECTORS, sector_of
from tuiqc.measure.terms import term_of
from tuiqc.measure.working_plane import WorkingPlane, typical_radius

Plane = NDArray[np.int32]
RADIUS = 11.0


def scene(seed: int = 0, count: int = 14, size: int = 200) -> tuple[Plane, NDArray[np.float32]]:
    """Ellipses, some of which touch, and an image of them with noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size].astype(float)
    labels = np.zeros((size, size), np.int32)
    for label in range(1, count + 1):
        centre = random.uniform(15, size - 15, 2)
        angle, long, short = random.uniform(0, np.pi), random.uniform(9, 14), random.uniform(7, 10)
        u = (y - centre[0]) * np.cos(angle) + (x - centre[1]) * np.sin(angle)
        v = -(y - centre[0]) * np.sin(angle) + (x - centre[1]) * np.cos(angle)
        labels[((u / long) ** 2 + (v / short) ** 2 <= 1) & (labels == 0)] = label
    image = ndi.gaussian_filter((labels > 0) * 100.0, 1.5) + random.normal(20, 4, labels.shape)
    return labels, image.astype(np.float32)


def by_label(evidence: Evidence) -> dict[int, NDArray[np.float64]]:
    return dict(zip(evidence.labels.tolist(), evidence.values, strict=True))


def assert_alike(one: Evidence, other: Evidence, tolerance: float, share: float = 1.0) -> None:
    assert one.names == other.names
    first, second = by_label(one), by_label(other)
    assert first.keys() == second.keys()
    differences = np.array([np.abs(first[label] - second[label]) for label in first])
    assert (differences <= tolerance).mean() >= share, dict(
        zip(one.names, differences.max(0).round(3).tolist(), strict=True)
    )


@pytest.mark.parametrize("limit", [3, 9, 60])
def test_distances_are_those_of_scipy_up_to_the_limit(limit: int) -> None:
    labels, _ = scene(3)
    expected, (rows, columns) = ndi.distance_transform_edt(labels == 0, return_indices=True)
    near = near_labels(labels, limit, np.arange(15, dtype=np.int32))
    within = np.flatnonzero((expected <= limit) & (labels == 0))
    assert near.where.tolist() == within.tolist()
    assert np.allclose(near.distance, expected.ravel()[within], atol=1e-4)
    # Where two objects are equally far either will do.
    assert (near.owner == labels[rows, columns].ravel()[within]).mean() > 0.99
    assert np.allclose(
        depths(labels > 0, limit), np.minimum(ndi.distance_transform_edt(labels > 0), limit), atol=1e-4
    )


def test_the_typical_radius_is_that_of_objects_however_many_specks_there_are() -> None:
    objects = np.full(50, np.pi * 10**2)
    assert typical_radius([objects]) == pytest.approx(10)
    assert typical_radius([np.concatenate([objects, np.full(500, 3.0)])]) == pytest.approx(10)
    assert typical_radius([]) == 10


def test_shifted_objects_have_the_same_evidence() -> None:
    """By an even number of pixels the same; by an odd one blocks of two lie otherwise, which texture feels."""
    labels, _ = scene()
    labels = np.pad(labels, 24)  # at the border the ring outside would be cut off
    noise = np.random.default_rng(0).normal(20, 4, labels.shape)
    image = (ndi.gaussian_filter((labels > 0) * 100.0, 1.5) + noise).astype(np.float32)
    before = measure_evidence(labels, {"DNA": image}, RADIUS)
    texture = np.array([name.startswith(TEXTURE) for name in before.names])
    for step in ((6, -8), (7, 3)):
        moved, moved_image = (np.roll(one, step, (0, 1)) for one in (labels, image))
        after = measure_evidence(moved, {"DNA": moved_image}, RADIUS)
        away = np.abs(before.values - after.values)
        if step == (6, -8):
            assert_alike(before, after, 1e-3)
        assert (away[:, ~texture] < 0.05).mean() > 0.99
        assert (away[:, texture] < 0.6).mean() > 0.95
        assert np.allclose(after.centres - before.centres, step)


@pytest.mark.parametrize("turn", ["90", "180", "mirrored"])
@pytest.mark.parametrize("size", [200, 201, 203])
def test_turned_and_mirrored_objects_have_the_same_evidence(turn: str, size: int) -> None:
    labels, image = scene(1, size=size)
    turns = {"90": np.rot90, "180": lambda a: np.rot90(a, 2), "mirrored": np.fliplr}
    turned = turns[turn]
    before = measure_evidence(labels, {"DNA": image}, RADIUS)
    after = measure_evidence(
        np.ascontiguousarray(turned(labels)), {"DNA": np.ascontiguousarray(turned(image))}, RADIUS
    )
    # Sectors and directions are bins: a pixel on their border may fall into the next one.
    assert_alike(before, after, 0.05, 0.99)
    assert_alike(before, after, 0.6, 0.995)


@pytest.mark.parametrize(
    "size", [231, *(pytest.param(size, marks=pytest.mark.thorough) for size in (230, 233))]
)
@pytest.mark.parametrize("factor", [1, 2])
def test_a_plane_in_tiles_has_the_evidence_of_the_whole(size: int, factor: int) -> None:
    """Whatever is cut by a tile: objects, their neighbours, blocks, the middle of an odd side."""
    random = np.random.default_rng(size)
    labels, image = scene(7, count=30, size=size)
    labels[40:190, 100:104] = 31  # longer than a tile
    labels[5, 5] = 32  # lost at the smaller scale
    labels = np.kron(labels, np.ones((factor, factor), np.int32))
    image = np.kron(image, np.ones((factor, factor))) + random.normal(0, 1, labels.shape)
    other = np.roll(labels, 3, axis=1) * 3
    planes = {"a": image.astype(np.float32), "b": (image * 50).astype(np.uint16)}
    whole, *rest = measure_parts(labels, planes, factor * RADIUS, other=other)
    assert not rest
    parts = list(measure_parts(labels, planes, factor * RADIUS, other=other, largest=0, side=64))
    assert len(parts) == 16
    tiled = complete([part.evidence for part in parts])
    expected = complete([whole.evidence])
    assert tiled.labels.tolist() == expected.labels.tolist()
    assert np.allclose(tiled.areas, expected.areas)
    assert tiled.partner.tolist() == expected.partner.tolist()
    assert np.allclose(tiled.centres, expected.centres, equal_nan=True)
    assert_alike(expected, tiled, 1e-3)
    known = [(one.y, one.x) for one in by_score(candidates_of(whole))]
    found = [(one.y, one.x) for part in parts for one in candidates_of(part)]
    assert len(known) == len(found)


def test_names_of_labels_do_not_matter() -> None:
    labels, image = scene(2)
    before = measure_evidence(labels, {"DNA": image}, RADIUS)
    new = np.r_[0, np.random.default_rng(0).permutation(np.arange(1, 15)) * 70_001]
    after = measure_evidence(new[labels].astype(np.int64), {"DNA": image}, RADIUS)
    back = {int(new[label]): label for label in range(1, 15)}
    renamed = np.array([back[label] for label in after.labels.tolist()])
    order = np.argsort(renamed)
    # Two neighbours that fit equally well may change places.
    assert np.isclose(before.values, after.values[order], atol=1e-6).mean() > 0.98


def test_a_brighter_or_inverted_image_gives_the_same_evidence() -> None:
    labels, image = scene(4)
    before = measure_evidence(labels, {"DNA": image}, RADIUS)
    after = measure_evidence(labels, {"DNA": 3 * image + 100}, RADIUS)
    texture = [name.startswith("texture") for name in before.names]
    assert np.allclose(before.values[:, ~np.array(texture)], after.values[:, ~np.array(texture)], atol=1e-3)
    inverted = measure_evidence(labels, {"DNA": 500 - image}, RADIUS)
    for name in ("DNA edge", "DNA half_level_iou", "DNA weakest_edge"):
        assert np.allclose(before[name], inverted[name], atol=1e-3)


def test_larger_scale_changes_sizes_only() -> None:
    labels, image = scene(5)
    grown = measure_evidence(
        np.kron(labels, np.ones((2, 2), np.int32)), {"DNA": np.kron(image, np.ones((2, 2)))}, 2 * RADIUS
    )
    before = measure_evidence(labels, {"DNA": image}, RADIUS)
    assert np.allclose(grown.areas, 4 * before.areas)
    assert_alike(before, grown, 0.15, 0.95)


def test_every_name_has_a_term_and_every_value_is_finite() -> None:
    labels, image = scene(6)
    other = (ndi.grey_erosion(labels, 5)).astype(np.int32)
    evidence = measure_evidence(labels, {"DNA": image, "a b": image}, RADIUS, other=other)
    assert np.isfinite(evidence.values).all()
    assert len(set(evidence.names)) == len(evidence.names)
    for name in evidence.names:
        term = term_of(name)
        assert term.formula
        assert term.high
        assert term.low


@pytest.mark.parametrize(
    "labels",
    [
        np.zeros((5, 7), np.int32),
        np.ones((4, 4), np.uint8),
        np.zeros((0, 3), np.int32),
        np.eye(6, dtype=np.uint16) * 65535,
        np.ones((1, 9), np.int64) * (1 << 40),
    ],
    ids=["empty", "one object everywhere", "no pixel", "one pixel wide", "large label"],
)
def test_odd_planes_are_measured(labels: NDArray[np.integer]) -> None:
    image = np.full(labels.shape, np.nan, np.float32)
    evidence = measure_evidence(labels, {"DNA": image}, 14.0, other=labels)
    assert len(evidence.labels) == len(np.unique(labels[labels > 0]))
    assert np.isfinite(evidence.values).all()


def test_planes_of_other_shapes_are_refused() -> None:
    labels, image = scene()
    with pytest.raises(ValueError, match="a channel of shape"):
        WorkingPlane.of(labels, [image[:-1]], RADIUS)
    with pytest.raises(ValueError, match="another layer of shape"):
        measure_evidence(labels, {}, RADIUS, other=labels[:-1])


def test_what_is_wrong_is_measured_as_such() -> None:
    """Each evidence speaks of the error that it is for."""
    y, x = np.mgrid[:120, :120]
    disk = ((y - 60) ** 2 + (x - 40) ** 2 <= 144).astype(np.int32)
    second = ((y - 60) ** 2 + (x - 64) ** 2 <= 144).astype(np.int32)
    image = ndi.gaussian_filter((disk | second) * 100.0, 1.5)
    apart = np.where(second > 0, 2, disk)
    merged = np.minimum(apart, 1)
    two, one = (measure_evidence(labels, {"DNA": image}, 12.0) for labels in (apart, merged))
    assert one["waist"][0] > two["waist"][0] + 0.3
    assert one["necks"][0] > 0.2 > two["necks"][0]
    halves = np.where(disk & (x > 40), 2, disk)
    cut = measure_evidence(halves, {"DNA": ndi.gaussian_filter(disk * 100.0, 1.5)}, 12.0)
    assert (cut["pair_solidity"] > 0.9).all()
    assert (cut["unsplit"] > two["unsplit"].max() + 0.3).all()
    assert cut.partner.tolist() == [2, 1]
    grown = ndi.binary_dilation(disk, iterations=5).astype(np.int32)
    outline = measure_evidence(grown, {"DNA": ndi.gaussian_filter(disk * 100.0, 1.5)}, 12.0)
    assert outline["DNA half_level_iou"][0] < 0.7 < two["DNA half_level_iou"][0]


def test_sectors_are_those_of_the_angle() -> None:
    random = np.random.default_rng(0)
    y, x = (
        random.integers(-6, 7, 400) / 2,
        random.integers(-6, 7, 400) / 2,
    )  # on the axes and in the centre too
    expected = np.floor((np.arctan2(y, x) + np.pi) / (2 * np.pi) * SECTORS + 1e-9).astype(int) % SECTORS
    assert sector_of(y, x).tolist() == expected.tolist()
