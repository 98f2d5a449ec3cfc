"""Object measurements as CellProfiler 4 defines them (MeasureObjectSizeShape, MeasureObjectIntensity)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import ceil, floor

import numpy as np
import numpy.typing as npt

from tuiqc.measure.object_pixels import Floats, Regions

_TOLERANCE = 1e-9


def convex_areas(regions: Regions) -> Floats:
    """Return the number of pixels whose centre lies in the convex hull of each object, float64 (n,).

    As scikit-image's `area_convex` and CellProfiler's `AreaShape_ConvexArea`, the hull is that of the
    midpoints of the pixels' four edges. The leftmost and rightmost pixel of each row are all it depends on;
    its left and right flank are found by Andrew's monotone chain (Inf. Process. Lett. 9, 1979).
    """
    if not len(regions):
        return np.empty(0)
    owner = np.repeat(np.arange(len(regions)), regions.area)
    step = np.flatnonzero((np.diff(owner, prepend=-1) != 0) | (np.diff(regions.y, prepend=-1) != 0))
    ends = np.append(step[1:], len(owner)) - 1
    rows, left, right = regions.y[step], regions.x[step], regions.x[ends]
    begins = np.searchsorted(owner[step], np.arange(len(regions) + 1))
    result = np.empty(len(regions))
    for number, (i, j) in enumerate(pairwise(begins.tolist())):
        result[number] = _convex_area(rows[i:j].tolist(), left[i:j].tolist(), right[i:j].tolist())
    return result


def _convex_area(rows: list[int], left: list[int], right: list[int]) -> int:
    west = _flank(rows, left)
    east = _flank(rows, [-x for x in right])
    return sum(
        floor(_TOLERANCE - east_x) - ceil(west_x - _TOLERANCE) + 1
        for west_x, east_x in zip(west, east, strict=True)
    )


def _flank(rows: list[int], xs: list[int]) -> list[float]:
    """Least x of the hull in each row from the first to the last, given the least x of the pixels per row."""
    chain_y: list[float] = []
    chain_x: list[float] = []
    for row, column in zip(rows, xs, strict=True):
        for y, x in ((row - 0.5, float(column)), (float(row), column - 0.5), (row + 0.5, float(column))):
            if chain_y and chain_y[-1] == y:
                if x >= chain_x[-1]:
                    continue
                chain_y.pop()
                chain_x.pop()
            while len(chain_y) > 1:
                run, rise = chain_y[-1] - chain_y[-2], chain_x[-1] - chain_x[-2]
                # Drop the last corner if the new point sees past it.
                if rise * (y - chain_y[-1]) < (x - chain_x[-1]) * run:
                    break
                chain_y.pop()
                chain_x.pop()
            chain_y.append(y)
            chain_x.append(x)
    wanted = np.arange(rows[0], rows[-1] + 1)
    found: list[float] = np.interp(wanted, chain_y, chain_x).tolist()
    return found


# Weights of a border pixel by its border neighbours (see `perimeters`).
_STRAIGHT, _DIAGONAL, _MIXED = 1.0, 2**0.5, (1 + 2**0.5) / 2


def measure(
    mask: npt.NDArray[np.integer], channels: Mapping[str, npt.NDArray[np.integer]]
) -> dict[str, Floats]:
    """Measure every object of a mask.

    Parameters
    ----------
    mask
        Labels (y, x), 0 is background.
    channels
        Name to plane (y, x), of the mask's size, uint8 or uint16.

    Returns
    -------
    dict
        Column name to float64 (n,), one value per label in ascending order: `Number_Object_Number`,
        `AreaShape_*`, `Location_Center_X/Y` and `Intensity_*_<channel>`, sorted by name. Lengths in pixels,
        angles in degrees, intensities as shares of the pixel type's greatest value.
    """
    regions = Regions.of(mask)
    columns = {"Number_Object_Number": regions.labels.astype(np.float64)}
    columns |= _area_shape(mask, regions)
    columns["Location_Center_X"] = columns["AreaShape_Center_X"]
    columns["Location_Center_Y"] = columns["AreaShape_Center_Y"]
    for name, plane in channels.items():
        columns |= _intensity(plane, regions, name)
    return dict(sorted(columns.items()))


def _area_shape(mask: npt.NDArray[np.integer], regions: Regions) -> dict[str, Floats]:
    area = regions.area.astype(np.float64)
    cy, cx = regions.centres()
    y0, x0, y1, x1 = regions.boxes()
    box_area = (y1 - y0) * (x1 - x0)
    convex = convex_areas(regions)
    perimeter = perimeters(mask, regions)
    round_area = 4 * np.pi * area
    with np.errstate(divide="ignore", invalid="ignore"):
        form_factor = np.where(perimeter > 0, round_area / perimeter**2, np.nan)
    shape = {
        "Area": area,
        "BoundingBoxArea": box_area,
        "BoundingBoxMaximum_X": x1,
        "BoundingBoxMaximum_Y": y1,
        "BoundingBoxMinimum_X": x0,
        "BoundingBoxMinimum_Y": y0,
        "Center_X": cx,
        "Center_Y": cy,
        "Compactness": perimeter**2 / round_area,
        "ConvexArea": convex,
        "EquivalentDiameter": np.sqrt(4 * area / np.pi),
        "Extent": area / box_area,
        "FormFactor": form_factor,
        "Perimeter": perimeter,
        "Solidity": area / convex,
        **_ellipse(regions, cy, cx),
    }
    return {f"AreaShape_{name}": values for name, values in shape.items()}


def _ellipse(regions: Regions, cy: Floats, cx: Floats) -> dict[str, Floats]:
    """Axes, eccentricity and orientation of the ellipse with the same second central moments."""
    dy = regions.y - np.repeat(cy, regions.area)
    dx = regions.x - np.repeat(cx, regions.area)
    yy, xx, yx = (regions.total(v) / regions.area for v in (dy * dy, dx * dx, dy * dx))
    middle, spread = (yy + xx) / 2, np.hypot((yy - xx) / 2, yx)
    larger, smaller = middle + spread, np.maximum(middle - spread, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        eccentricity = np.where(larger > 0, np.sqrt(1 - smaller / larger), 0.0)
    return {
        "Eccentricity": eccentricity,
        "MajorAxisLength": 4 * np.sqrt(larger),
        "MinorAxisLength": 4 * np.sqrt(smaller),
        # Angle between the row axis and the major axis, counter-clockwise, -90 to 90.
        "Orientation": np.degrees(0.5 * np.arctan2(2 * yx, yy - xx)),
    }


def perimeters(mask: npt.NDArray[np.integer], regions: Regions) -> Floats:
    """Return the perimeter of each object, float64 (n,), in pixels.

    A border pixel has a 4-neighbour outside its object. Each counts 1, √2 or their mean by the border pixels
    among its own neighbours, after K. Benkrid and D. Crookes, Design and FPGA implementation of a perimeter
    estimator, 2000: the estimator of scikit-image's `perimeter` and hence of CellProfiler 4.
    """
    padded = np.pad(mask, 1)
    width = padded.shape[1]
    flat = padded.ravel()
    at = (regions.y + 1) * width + regions.x + 1
    label = flat[at]
    inner = np.ones(len(at), bool)
    for step in (-width, -1, 1, width):
        inner &= flat[at + step] == label
    border = np.zeros(flat.shape, mask.dtype)
    border[at[~inner]] = label[~inner]
    edge = ~inner
    place, own = at[edge], label[edge]
    sides = sum((border[place + step] == own).astype(np.int64) for step in (-width, -1, 1, width))
    corners = sum(
        (border[place + step] == own).astype(np.int64)
        for step in (-width - 1, -width + 1, width - 1, width + 1)
    )
    weights = np.zeros(len(at))
    weights[edge] = _pixel_weights(np.asarray(sides), np.asarray(corners))
    return regions.total(weights)


def _pixel_weights(sides: npt.NDArray[np.int64], corners: npt.NDArray[np.int64]) -> Floats:
    """Length of a border pixel from its border neighbours at sides (0..4) and corners (0..4)."""
    table = np.zeros((5, 5))
    table[2:4, 0:3] = _STRAIGHT
    table[0, 2] = table[1, 3] = _DIAGONAL
    table[1, 1] = table[1, 2] = _MIXED
    result: Floats = table[sides, corners]
    return result


def _intensity(plane: npt.NDArray[np.integer], regions: Regions, name: str) -> dict[str, Floats]:
    values = plane.ravel()[regions.index]
    scale = float(np.iinfo(plane.dtype).max)
    total = regions.total(values)
    mean = total / regions.area
    square = regions.total(values.astype(np.float64) ** 2) / regions.area
    numbers = {
        "IntegratedIntensity": total / scale,
        "MaxIntensity": regions.highest(values) / scale,
        "MeanIntensity": mean / scale,
        "MinIntensity": regions.lowest(values) / scale,
        "StdIntensity": np.sqrt(np.maximum(square - mean**2, 0)) / scale,
    }
    return {f"Intensity_{feature}_{name}": column for feature, column in numbers.items()}
