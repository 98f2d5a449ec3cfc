"""What is installed: tuiqc, Python, and the libraries that tuiqc asks for, with the extras that need them."""

from __future__ import annotations

import platform
import re
import sys
from importlib import metadata

from tuiqc import __version__


def library_versions() -> dict[str, str]:
    """Version of each library that the package names, "" where it is not installed; those of tests are left out."""
    found: dict[str, str] = {}
    for name, extra in _named():
        if extra in ("test", "docs", "bench"):
            continue
        try:
            found.setdefault(name, metadata.version(name))
        except metadata.PackageNotFoundError:
            found.setdefault(name, "")
    return found


def version_lines() -> list[str]:
    """What `--version` says of the libraries: those that are there, and those that are not, with the way to them."""
    versions = library_versions()
    there = [f"{name} {version}" for name, version in versions.items() if version]
    lines = [f"Python {platform.python_version()} ({sys.executable}), {platform.platform(terse=True)}"]
    lines += [", ".join(there)] * bool(there)
    extras: dict[str, list[str]] = {}
    for name, extra in _named():
        if extra and versions.get(name) == "":
            extras.setdefault(extra, []).append(name)
    lines += [f"not installed: {', '.join(names)} (tuiqc[{extra}])" for extra, names in extras.items()]
    return lines


def versions_found() -> dict[str, object]:
    """The same for programs."""
    return {
        "tuiqc": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "libraries": {name: version or None for name, version in library_versions().items()},
    }


def _named() -> list[tuple[str, str]]:
    """Names of the libraries and the extra that each belongs to, as the installed package has them."""
    try:
        required = metadata.requires("tuiqc") or []
    except metadata.PackageNotFoundError:  # run from the source, not installed
        return []
    found = []
    for text in required:
        name = re.match(r"[\w.-]+", text)
        extra = re.search(r"extra\s*==\s*['\"]([\w.-]+)['\"]", text)
        if name:
            found.append((name[0], extra[1] if extra else ""))
    return found
