"""Units, resolutions, inverted greys and backgrounds as programs write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from tuiqc.dataset.mask_measures import label_plane
from tuiqc.pixels import image_info, open_image

PLANE = np.arange(80, dtype=np.uint16).reshape(8, 10)
HALF = (0.5, 0.5)


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        *((unit, 0.5) for unit in ("um", " um ", "micron", "Microns", "MICRON", "micrometer", "micrometers")),
        ("micrometres", 0.5),
        *((unit, 0.5) for unit in ("\\u00B5m", "\\u03bcm", "&#181;m", "&#956;m", "&micro;m")),
        ("nm", 0.0005), ("nanometers", 0.0005), ("Angstrom", 5e-5), ("&#197;", 5e-5), ("&#8491;", 5e-5),
        ("mm", 500.0), ("", None), ("pixel", None), ("pixels", None), ("px", None), ("um^2", None), ("sec", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ome", [False, True])
def test_units_of_length(tmp_path: Path, unit: str, size: float | None, ome: bool) -> None:
    path = tmp_path / ("i.ome.tif" if ome else "i.tif")
    if ome:
        told = {
            f"PhysicalSize{axis}{of}": value for axis in "XY" for of, value in (("", 0.5), ("Unit", unit))
        }
        tifffile.imwrite(path, PLANE, metadata={"axes": "YX", **told})
        size = 0.5 if unit == "" else size  # the unit that the schema says then
    else:
        tifffile.imwrite(path, PLANE, imagej=True, resolution=(2, 2), metadata={"unit": unit})
    found = image_info(path).pixel_size_um
    assert found == (None if size is None else pytest.approx((size, size)))


@pytest.mark.parametrize(
    ("options", "size"),
    [
        *(({"resolution": (dots, dots), "resolutionunit": 2}, None) for dots in (72, 96, 300, 5080)),
        *(({"resolution": (dots / 2.54, dots / 2.54), "resolutionunit": 3}, None) for dots in (72, 96, 150, 300)),
        *(({"resolution": (dots, dots), "imagej": True, "metadata": {"unit": "inch"}}, None) for dots in (72, 96, 300)),
        ({"resolution": (28.346, 28.346), "imagej": True, "metadata": {"unit": "cm"}}, None),
        ({"resolution": (1, 1), "resolutionunit": 3}, None),
        ({"resolution": (20_000, 20_000), "resolutionunit": 3}, 0.5),
        ({"resolution": (20_000, 20_000), "imagej": True, "metadata": {"unit": "cm"}}, 0.5),
        ({"resolution": (50_800, 50_800), "imagej": True, "metadata": {"unit": "inch"}}, 0.5),
    ],
)  # fmt: skip
def test_dots_of_screens_and_printers_are_no_calibration(
    tmp_path: Path, options: dict[str, Any], size: float | None
) -> None:
    tifffile.imwrite(tmp_path / "i.tif", PLANE, **options)
    found = image_info(tmp_path / "i.tif").pixel_size_um
    assert found == (None if size is None else pytest.approx((size, size)))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.bool_])
@pytest.mark.parametrize("white", [True, False])
def test_white_is_zero(tmp_path: Path, dtype: type, white: bool) -> None:
    """Labels and measurements are what stands in the file; only the picture is the other way round."""
    values = (PLANE > 40) if dtype is np.bool_ else PLANE.astype(dtype)
    tifffile.imwrite(tmp_path / "i.tif", values, photometric="miniswhite" if white else "minisblack")
    with open_image(tmp_path / "i.tif") as image:
        assert image.info.white_is_zero == white
        assert np.array_equal(image.read(), values)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (np.array([[-1, 0, 3]], np.int8), [0, 0, 3]), (np.array([[-1, 0, 3]], np.int64), [0, 0, 3]),
        (np.array([[np.nan, -1, 3]], np.float32), [0, 0, 3]), (np.array([[np.nan, 2, 3]]), [0, 2, 3]),
        (np.array([[-2, 0, 3]], np.int16), None), (np.array([[-32768, -1, 3]], np.int16), None),
        (np.array([[np.inf, 0, 3]]), None), (np.array([[0.5, 0, 3]]), None), (np.array([[-1.5, 0, 3]]), None),
    ],
)  # fmt: skip
def test_what_is_background(values: np.ndarray, labels: list[int] | None) -> None:
    if labels is None:
        with pytest.raises(ValueError, match=r"negative|not whole|finite|fit"):
            label_plane(values)
    else:
        assert label_plane(values)[0].tolist() == labels


@pytest.mark.parametrize("said", [2, 3, 5, 7, 8, 60])
def test_an_imagej_count_that_is_not_that_of_the_pages(tmp_path: Path, said: int) -> None:
    path = tmp_path / "i.tif"
    stack = np.arange(6 * 80, dtype=np.uint8).reshape(6, 8, 10)
    with tifffile.TiffWriter(path) as tif:
        for number, page in enumerate(stack):
            text = f"ImageJ=1.54f\nimages={said}\nslices={said}\n" if number == 0 else None
            tif.write(page, description=text, metadata=None, contiguous=False)
    with open_image(path) as image:
        sizes = image.info.sizes
        count = sizes["t"] * sizes["z"] * sizes["c"]
        axis = next(one for one in "tzc" if sizes[one] > 1)
        assert count == 6
        assert [int(image.read(**{axis: at})[0, 0]) for at in range(6)] == stack[:, 0, 0].tolist()
