"""What the user says about the axes of files that do not say it, or say it wrongly.

The axes are told once, when a batch is opened, and hold for the process: whoever opens such a file gets it with them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from tuiqc.errors import InputError
from tuiqc.pixels.base import AXES, ImageFile, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

_told: dict[Path, str] = {}
_lock = Lock()


def tell_axes(path: Path, axes: str) -> None:
    """Take the axes of a file as these from now on ("" : as the file has them); see `checked_axes`."""
    with _lock:
        if axes:
            _told[path] = axes
        else:
            _told.pop(path, None)


def told_axes(path: Path) -> str:
    """What was told about a file, "" if nothing."""
    return _told.get(path, "")


def checked_axes(text: str) -> str:
    """Return axes in lower case.

    Raises
    ------
    ValueError
        Not some of t, c, z, y, x in any order, each once, y and x among them.
    """
    axes = text.strip().lower()
    if len(set(axes)) != len(axes) or not {"y", "x"} <= set(axes) <= set(AXES):
        raise ValueError(f"{text!r} is not an order of t, c, z, y, x such as tzyx")
    return axes


class RenamedImage(ImageFile):
    """An image whose axes have other names than its file gives them; y and x stay where they are."""

    def __init__(self, image: ImageFile, axes: str) -> None:
        self._image = image
        inner = image.info
        found = inner.axes.replace("s", "")
        pairs = zip(axes, found, strict=False)
        if len(axes) != len(found) or any(a != b for a, b in pairs if a in "yx" or b in "yx"):
            sizes = " x ".join(str(inner.sizes[axis]) for axis in found)
            image.close()
            raise InputError(
                f"can't have the axes {axes}",
                path=inner.path,
                expected=f"names for {sizes} (read as {found})",
            )
        # For each axis of the file the name that it has now.
        self._names = dict(zip(found, axes, strict=True))
        sizes_now = dict.fromkeys(AXES, 1) | {new: inner.sizes[old] for old, new in self._names.items()}
        if "s" in inner.sizes:
            sizes_now["s"] = inner.sizes["s"]
        self.info = replace(inner, axes=axes + ("s" if inner.rgb else ""), sizes=sizes_now)

    def read(
        self, *, t: int = 0, z: int = 0, c: int = 0, window: Window | None = None, level: int = 0
    ) -> NDArray[Any]:
        """See `ImageFile.read`."""
        self.region(t, z, c, window, level)
        wanted = {"t": t, "z": z, "c": c}
        inner = {old: wanted[new] for old, new in self._names.items() if new in wanted}
        return self._image.read(**inner, window=window, level=level)

    @property
    def read_worth(self) -> int:  # type: ignore[override]
        """As of the file."""
        return self._image.read_worth

    def close(self) -> None:
        """See `ImageFile.close`."""
        self._image.close()
