"""The user's settings file, `config.toml` in the configuration folder. It need not exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuiqc.errors import InputError
from tuiqc.files import read_toml
from tuiqc.paths import config_dir

DEFAULT_REASONS = ("merged", "split", "missed", "debris", "border", "focus", "shifted", "other")


@dataclass(frozen=True)
class Config:
    """Settings with their defaults.

    Attributes
    ----------
    annotator
        Name to sign verdicts with; empty for the login name.
    reasons
        Reasons offered for a failure, in the order of their number keys.
    keys
        The user's own keys: action name and comma-separated keys.
    cache_mb
        Megabytes of image planes, composed pictures and frames that are kept in memory.
    budget
        Bytes that a picture may take on its way to the terminal, such as "80kB"; "auto" for what the measured link
        carries, "none" for no bound.
    table_cache_mb
        Megabytes of parsed tables that are kept in the cache folder; 0 for none.
    thumbnail_cache_mb
        Megabytes of small versions of images for overviews that are kept in the cache folder; 0 for none.
    theme
        Colours of the program: a theme of Textual, such as nord, textual-light or ansi-dark.
    measure_ahead
        Planes that are measured for the order worst first before anybody asks for it; 0 for none.
    """

    annotator: str = ""
    reasons: tuple[str, ...] = DEFAULT_REASONS
    keys: Mapping[str, str] = field(default_factory=dict)
    cache_mb: int = 512
    budget: str = "auto"
    table_cache_mb: int = 2048
    thumbnail_cache_mb: int = 1024
    measure_ahead: int = 64
    theme: str = "textual-dark"


def load_config(path: Path | None = None) -> Config:
    """Read the settings file.

    Raises
    ------
    InputError
        If it is not TOML, or a setting is not known or not of its kind.
    """
    path = path or config_dir() / "config.toml"
    return _checked(read_toml(path, optional=True), path)


def _checked(raw: Mapping[str, Any], path: Path) -> Config:
    kinds: dict[str, tuple[type, str]] = {
        "annotator": (str, "text"),
        "reasons": (list, "a list of texts"),
        "keys": (dict, "a table of texts"),
        "cache_mb": (int, "a whole number"),
        "budget": (str, "text: auto, none, or bytes such as 80kB"),
        "table_cache_mb": (int, "a whole number"),
        "thumbnail_cache_mb": (int, "a whole number"),
        "measure_ahead": (int, "a whole number"),
        "theme": (str, "text: the name of a theme"),
    }
    for name, value in raw.items():
        if name not in kinds:
            raise InputError(f"unknown setting {name!r}", path=path, expected="one of " + ", ".join(kinds))
        kind, words = kinds[name]
        inner = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
        if (
            not isinstance(value, kind)
            or isinstance(value, bool)
            or not all(isinstance(v, str) for v in inner)
        ):
            raise InputError(f"{name} = {value!r}", path=path, expected=words)
    values = dict(raw)
    if "reasons" in values:
        values["reasons"] = tuple(values["reasons"])
    return Config(**values)
