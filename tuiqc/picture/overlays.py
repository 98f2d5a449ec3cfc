"""What stands in a picture beside the image itself: scale bar, minimap, place of evidence, crosshair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuiqc.picture.spec import PictureSpec
from tuiqc.render.crosshair import draw_crosshair
from tuiqc.render.minimap import draw_minimap
from tuiqc.render.place import draw_place
from tuiqc.render.scalebar import draw_scale_bar, scale_bar
from tuiqc.render.viewport import Viewport

if TYPE_CHECKING:
    from numpy.typing import NDArray


def furnish(
    rgb: NDArray[Any],
    spec: PictureSpec,
    view: Viewport,
    shape: tuple[int, int],
    pixel_um: float | None,
    thumbnail: NDArray[Any] | None,
) -> None:
    """Draw it into `rgb` (height, width, 3) uint8.

    Parameters
    ----------
    pixel_um
        Micrometres per image pixel along x, None where the image is not calibrated.
    thumbnail
        The whole image in the size of the minimap, None where there is none.
    """
    display = spec.display
    if spec.with_overlays and display.minimap:
        draw_minimap(rgb, view, shape, thumbnail)
    if (
        spec.with_overlays
        and display.scale_bar
        and (bar := scale_bar(view.zoom, view.width, pixel_um)) is not None
    ):
        draw_scale_bar(rgb, bar)
    if spec.place:
        draw_place(rgb, view, spec.place)
    if spec.crosshair is not None:
        draw_crosshair(rgb, view, *spec.crosshair)
