"""What descriptions say of axes that the structure of a TIFF leaves open, and which images of a set are its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from tuiqc.dataset.from_masks import doubts
from tuiqc.dataset.mask_measures import measure_objects
from tuiqc.dataset.model import ImageRecord
from tuiqc.pixels import image_info, read_plane

PLANES = np.arange(6 * 16 * 20, dtype=np.uint16).reshape(6, 16, 20)
HEAD = '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"'


def scifio(axes: str, *lengths: int) -> str:
    return f"SCIFIO=0.41\naxes=X,Y,{axes}\nlengths=20,16,{','.join(map(str, lengths))}\nimages=6\n"


def ome(order: str, **sizes: int) -> str:
    said = " ".join(f'Size{axis}="{sizes.get(axis, 1)}"' for axis in "CZT")
    return (
        f'{HEAD}><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="{order}" Type="uint16" SizeX="20" '
        f'SizeY="16" {said}><TiffData/></Pixels></Image></OME>'
    )


@pytest.mark.parametrize(
    ("text", "axes", "sizes"),
    [
        (scifio("Time", 6), "tyx", (6, 1, 1)),
        (scifio("Z", 6), "zyx", (1, 6, 1)),
        (scifio("Channel", 6), "cyx", (1, 1, 6)),
        (scifio("Channel,Z", 2, 3), "zcyx", (1, 3, 2)),
        (scifio("Z,Time", 2, 3), "tzyx", (3, 2, 1)),
        (ome("XYCZT", Z=6), "zyx", (1, 6, 1)),
        (ome("XYCZT", T=3, C=2), "tcyx", (3, 1, 2)),
        (ome("XYZTC", Z=2, C=3), "czyx", (1, 2, 3)),
    ],
)
@pytest.mark.parametrize("shaped", [True, False])
def test_axes_of_a_description(
    tmp_path: Path, text: str, axes: str, sizes: tuple[int, ...], shaped: bool
) -> None:
    """Also beside the shape that tifffile adds, which names none (tifffile#21, aicsimageio#436)."""
    path = tmp_path / "a.tif"
    more = {} if shaped else {"metadata": None}
    data = PLANES[None, ..., None] if shaped else PLANES
    tifffile.imwrite(path, data, description=text, photometric="minisblack", **more)
    info = image_info(path)
    assert info.axes == axes
    assert tuple(info.sizes[axis] for axis in "tzc") == sizes
    last = {axis: size - 1 for axis, size in zip("tzc", sizes, strict=True)}
    assert (read_plane(path, **last) == PLANES[-1]).all()


@pytest.mark.parametrize("text", [scifio("Time", 5), scifio("Time", 0), "SCIFIO=0.41\n", "SCIFIO=\naxes=X"])
def test_descriptions_that_do_not_fit_say_nothing(tmp_path: Path, text: str) -> None:
    tifffile.imwrite(tmp_path / "a.tif", PLANES, description=text, metadata=None, photometric="minisblack")
    assert image_info(tmp_path / "a.tif").sizes["y"] == 16
    assert image_info(tmp_path / "a.tif").axes_from == "shape"


@pytest.mark.parametrize("there", [(0, 1), (0,), (1,)])
def test_a_file_of_a_set_is_its_own_position(tmp_path: Path, there: tuple[int, ...]) -> None:
    """Micro-Manager writes a file for each position, each of which speaks of all (tifffile#54, #72)."""
    identities = [f"{k}1111111-1111-1111-1111-111111111111" for k in (1, 2)]
    images = ""
    for k in (0, 1):
        data = "".join(
            f'<TiffData FirstT="{t}" IFD="{t}" PlaneCount="1">'
            f'<UUID FileName="p{k}.ome.tif">urn:uuid:{identities[k]}</UUID></TiffData>'
            for t in range(6)
        )
        images += (
            f'<Image ID="Image:{k}" Name="Pos{k}"><Pixels ID="Pixels:{k}" DimensionOrder="XYCZT" Type="uint16" '
            f'SizeX="20" SizeY="16" SizeC="1" SizeZ="1" SizeT="6">{data}</Pixels></Image>'
        )
    for k in there:
        text = f'{HEAD} UUID="urn:uuid:{identities[k]}">{images}</OME>'
        tifffile.imwrite(
            tmp_path / f"p{k}.ome.tif",
            PLANES + 1000 * k,
            description=text,
            metadata=None,
            photometric="minisblack",
        )
    for k in there:
        info = image_info(tmp_path / f"p{k}.ome.tif")
        assert (info.sizes["t"], info.series) == (6, ())
        assert (read_plane(tmp_path / f"p{k}.ome.tif", t=5) == PLANES[5] + 1000 * k).all()


@pytest.mark.parametrize(
    ("count", "dtype", "told"), [(400, "uint8", True), (255, "uint8", False), (400, "uint16", False)]
)
def test_labels_that_began_anew(tmp_path: Path, count: int, dtype: str, told: bool) -> None:
    """cellpose#88: 400 cells in 8 bits."""
    mask = np.zeros((200, 200), np.uint32)
    for k in range(count):
        y, x = divmod(k, 20)
        mask[10 * y + 2 : 10 * y + 8, 10 * x + 2 : 10 * x + 8] = k + 1
    path = tmp_path / "m.tif"
    tifffile.imwrite(path, mask.astype(dtype))
    record = ImageRecord(0, "m", {}, {}, {"m": path}, {})
    found = doubts(path, record, measure_objects(mask.astype(dtype)), read_plane)
    assert any("more bits" in text for text in found) == told
