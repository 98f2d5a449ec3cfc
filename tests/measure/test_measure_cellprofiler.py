"""Measurements of the demo tables against scikit-image and against CellProfiler's own tables."""

import csv
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import label as connected_label
from skimage.measure import perimeter, regionprops

from tuiqc.demo.faults import largest_pieces
from tuiqc.measure.cellprofiler_features import convex_areas, measure, perimeters
from tuiqc.measure.object_pixels import Regions

PRACTICAL = Path(__file__).resolve().parents[2] / "../shared/data/batch_qc_practical"
small_masks = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 2))


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    from tuiqc.demo.image import make_image
    from tuiqc.demo.plan import plan_batch

    folder = tmp_path_factory.mktemp("field")
    plan = plan_batch(12, 320, 5)[0]
    make_image(plan, folder)
    return folder, plan.key


@pytest.mark.parametrize("layer", ["nuclei", "cells"])
def test_table_agrees_with_scikit_image(field, layer):
    folder, key = field
    mask = tifffile.imread(folder / f"{key}_{layer}_labels.tif")
    dna = tifffile.imread(folder / f"{key}_DNA.tif")
    with (folder / f"{key}_{layer}.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    found = regionprops(mask, dna)
    assert len(rows) == len(found) > 5
    for row, region in zip(rows, found, strict=True):
        value = {
            name: float(text) for name, text in row.items() if not name.startswith(("File", "Path", "Meta"))
        }
        assert value["ObjectNumber"] == value["Number_Object_Number"] == region.label
        assert value["AreaShape_Area"] == region.area
        assert value["Location_Center_Y"] == pytest.approx(region.centroid[0], abs=1e-5)
        assert value["AreaShape_Center_X"] == pytest.approx(region.centroid[1], abs=1e-5)
        box = [value[f"AreaShape_BoundingBox{end}_{axis}"] for end in ("Minimum", "Maximum") for axis in "YX"]
        assert box == list(region.bbox)
        assert value["AreaShape_Eccentricity"] == pytest.approx(region.eccentricity, abs=1e-6)
        assert value["AreaShape_MajorAxisLength"] == pytest.approx(region.axis_major_length, rel=1e-6)
        assert value["AreaShape_MinorAxisLength"] == pytest.approx(region.axis_minor_length, rel=1e-6)
        assert value["AreaShape_Orientation"] == pytest.approx(np.degrees(region.orientation), abs=1e-4)
        assert value["AreaShape_Solidity"] == pytest.approx(region.solidity, rel=0.005)
        assert value["AreaShape_Perimeter"] == pytest.approx(region.perimeter, rel=1e-6)
        form = 4 * np.pi * region.area / region.perimeter**2
        assert value["AreaShape_FormFactor"] == pytest.approx(form, rel=1e-6)
        mean, scale = region.intensity_mean, float(np.iinfo(dna.dtype).max)
        assert value["Intensity_MeanIntensity_DNA"] == pytest.approx(mean / scale, rel=1e-6)
        assert value["Intensity_IntegratedIntensity_DNA"] == pytest.approx(
            mean * region.area / scale, rel=1e-6
        )
        assert value["Intensity_MaxIntensity_DNA"] == pytest.approx(region.intensity_max / scale, rel=1e-6)


@pytest.mark.skipif(not PRACTICAL.is_dir(), reason="the data of the practical are not here")
@pytest.mark.parametrize("well", range(1, 9))
def test_measurements_agree_with_cellprofiler(well):
    mask = tifffile.imread(PRACTICAL / f"Well_{well}_nuclei_labels.tiff")
    with (PRACTICAL / f"Well_{well}_nuclei.txt").open(newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    ours = measure(mask, {})
    assert len(rows) == len(ours["AreaShape_Area"])
    shared = [name for name in ours if name in rows[0]]
    assert len(shared) >= 19
    for name in shared:
        theirs = np.array([float(row[name]) for row in rows])
        tolerance = 0.01 if name in ("AreaShape_ConvexArea", "AreaShape_Solidity") else 1e-6
        np.testing.assert_allclose(ours[name], theirs, rtol=tolerance, err_msg=name)


@given(small_masks)
@settings(max_examples=30, deadline=None)
def test_any_small_mask_is_measured_as_by_scikit_image(mask):
    regions = Regions.of(mask)
    hulls, lengths = convex_areas(regions), perimeters(mask, regions)
    for i, value in enumerate(regions.labels):
        alone = mask == value
        rows, columns = np.nonzero(alone)
        assert regions.area[i] == alone.sum()
        assert lengths[i] == pytest.approx(perimeter(alone))
        assert hulls[i] == _hull_by_brute_force(rows, columns)


def _hull_by_brute_force(rows, columns):
    """Pixel centres that no line through two edge midpoints cuts off from all the others."""
    points = np.array(
        [(2 * y + dy, 2 * x + dx) for y, x in zip(rows, columns, strict=True) for dy, dx in _MIDPOINTS]
    )
    inside = 0
    for y in range(rows.min(), rows.max() + 1):
        for x in range(columns.min(), columns.max() + 1):
            away = points - (2 * y, 2 * x)
            # Outside when all points lie within a half plane: a gap between directions exceeds 180°.
            turns = np.sort(np.arctan2(away[:, 0], away[:, 1]))
            gaps = np.diff(turns, append=turns[0] + 2 * np.pi)
            inside += bool(gaps.max() <= np.pi + 1e-9) or bool((away == 0).all(1).any())
    return inside


_MIDPOINTS = ((-1, 0), (1, 0), (0, -1), (0, 1))


@given(small_masks)
@settings(max_examples=40, deadline=None)
def test_largest_piece_of_each_label_is_kept(mask):
    kept = largest_pieces(mask)
    for value in (1, 2):
        pieces = connected_label(mask == value, connectivity=1)
        sizes = np.bincount(pieces.ravel())[1:]
        mine = kept == value
        assert mine.sum() == (sizes.max() if sizes.size else 0)
        assert not sizes.size or len(np.unique(pieces[mine])) == 1
    assert ((kept == mask) | (kept == 0)).all()


def test_empty_mask_has_every_column_and_no_row():
    columns = measure(np.zeros((9, 7), np.uint16), {"DNA": np.zeros((9, 7), np.uint8)})
    assert "AreaShape_Solidity" in columns
    assert "Intensity_MeanIntensity_DNA" in columns
    assert all(values.shape == (0,) for values in columns.values())


def test_measured_labels_may_have_gaps():
    mask = np.zeros((6, 6), np.uint32)
    mask[1:3, 1:3], mask[4, 2:6] = 70_000, 9
    columns = measure(mask, {})
    assert columns["Number_Object_Number"].tolist() == [9, 70_000]
    assert columns["AreaShape_Area"].tolist() == [4, 4]
    assert columns["AreaShape_BoundingBoxMaximum_X"].tolist() == [6, 3]
