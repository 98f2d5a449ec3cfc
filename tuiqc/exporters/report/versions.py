"""What a report was made with."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from tuiqc import __version__

_PACKAGES = ("numpy", "pandas", "scipy", "tifffile", "imagecodecs", "h5py", "pillow", "matplotlib", "jinja2")


def versions() -> list[tuple[str, str]]:
    """Return the versions of tuiqc, Python and the packages that numbers and pictures come from."""
    found = [("tuiqc", __version__), ("Python", platform.python_version())]
    for name in _PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return found
