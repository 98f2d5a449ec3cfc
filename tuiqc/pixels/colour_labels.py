"""A picture whose colours are labels: programs that colour their masks write each object in a colour of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuiqc.pixels.image_file import ImageFile, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ColourLabels(ImageFile):
    """Labels red x 65536 + green x 256 + blue, so that a colour is the same label in every file; black is background.

    A picture that has no colours is given as it is. Of 16 bits a colour the upper eight count.
    """

    def __init__(self, image: ImageFile) -> None:
        import numpy as np

        self._image = image
        self.info = image.info
        if image.info.rgb:
            sizes = {axis: size for axis, size in image.info.sizes.items() if axis != "s"}
            axes, dtype = image.info.axes.replace("s", ""), np.dtype(np.uint32)
            self.info = replace(image.info, axes=axes, sizes=sizes, dtype=dtype)

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        import numpy as np

        pixels = self._image.read(t=t, z=z, c=c, window=window, level=level)
        if pixels.ndim == 2:
            return pixels
        if pixels.dtype.itemsize > 1:
            pixels = pixels >> 8
        labels: NDArray[Any] = pixels[..., 0].astype(np.uint32)
        for sample in (1, 2):
            labels = labels << 8 | pixels[..., sample]
        return labels

    @property
    def read_worth(self) -> int:  # type: ignore[override]
        """As of the file."""
        return self._image.read_worth

    def close(self) -> None:
        """See `ImageFile.close`."""
        self._image.close()
