"""PNG, JPEG, BMP and GIF through Pillow, whose check against decompression bombs stays on."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from tuiqc.errors import InputError
from tuiqc.pixels.image_file import ImageFile, ImageInfo, Window, check_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FORMATS = ("PNG", "JPEG", "BMP", "GIF")
_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I": 4, "F": 4}


class PillowImage(ImageFile):
    """One picture file; the frames of an animated one are t.

    A palette PNG or BMP gives the palette's index, since that is the label in label pictures; a palette GIF
    gives RGB. Transparency is dropped. A PNG of 16-bit RGB samples is decoded by imagecodecs: Pillow makes them
    8-bit ones.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            with warnings.catch_warnings():
                # A large picture is no reason to print on the screen; a far too large one is an error below.
                warnings.simplefilter("ignore", Image.DecompressionBombWarning)
                self._image = Image.open(path, formats=_FORMATS)
        except Image.DecompressionBombError as error:
            raise InputError(
                f"claims more pixels than is safe to decode ({error})",
                path=path,
                hint="store large images as TIFF",
            ) from None
        except Exception as error:
            raise InputError(f"not a readable picture ({error})", path=path) from error
        with self.described(path, "not a readable picture"):
            self.info = self._describe()

    def _describe(self) -> ImageInfo:
        image = self._image
        self._mode = _mode_to_read(image)
        rgb = self._mode == "RGB"
        frames = int(getattr(image, "n_frames", 1))
        dtype = np.dtype(
            {"1": "bool", "L": "u1", "P": "u1", "RGB": "u1", "F": "f4", "I": "i4"}.get(self._mode, "u2")
        )
        if self._mode == "I" and image.format == "PNG":
            dtype = np.dtype("u2")  # older Pillow opens 16-bit grey PNG as 32-bit
        self._deep = rgb and image.format == "PNG" and _is_16_bit(self._path)
        if self._deep:
            dtype = np.dtype("u2")
        sizes = {"t": frames, "c": 1, "z": 1, "y": image.height, "x": image.width}
        if rgb:
            sizes["s"] = 3
        pixel = 3 * dtype.itemsize if rgb else _BYTES[self._mode]
        check_size(self._path, image.width * image.height * pixel, None)
        return ImageInfo(
            path=self._path,
            axes=("t" if frames > 1 else "") + ("yxs" if rgb else "yx"),
            sizes=sizes,
            dtype=dtype,
            pixel_size_um=None,
            partial=False,
            format=str(image.format),
            lossy=image.format == "JPEG",
            block=(image.height, image.width),
        )

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        region = self.region(t, z, c, window, level)
        try:
            with self._lock:  # seeking and decoding change the Pillow object
                if self.info.sizes["t"] > 1:
                    self._image.seek(t)
                if self._deep:
                    import imagecodecs

                    pixels = imagecodecs.png_decode(self._path.read_bytes())[..., :3]
                else:
                    same = self._image.mode == self._mode
                    pixels = np.asarray(self._image if same else self._image.convert(self._mode))
        except Exception as error:
            raise InputError(
                f"decoding failed ({error})", path=self._path, hint="the file is damaged or incomplete"
            ) from error
        return np.array(
            pixels[region.y0 : region.y1, region.x0 : region.x1], dtype=self.info.dtype, order="C"
        )

    def close(self) -> None:
        """See `ImageFile.close`."""
        self._image.close()


def _mode_to_read(image: Image.Image) -> str:
    """Pillow's mode to decode to: grey stays grey, colour becomes RGB."""
    if image.format == "GIF":
        return "RGB"
    if image.mode in _BYTES:
        return image.mode
    return "L" if image.mode in ("LA", "La") else "RGB"


def _is_16_bit(path: Path) -> bool:
    """Whether a PNG has 16 bits per sample: the byte behind width and height in its first chunk, IHDR."""
    with path.open("rb") as file:
        return file.read(25)[24:] == b"\x10"
