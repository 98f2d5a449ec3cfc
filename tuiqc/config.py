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
    graphics
        How pictures reach the terminal where neither `--graphics` nor TUIQC_GRAPHICS says so, such as "sextant".
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
    graphics: str = "auto"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a setting may be: its Python type, how that is said, and what it is for."""

    kind: type
    expected: str
    about: str


SETTINGS: dict[str, Setting] = {
    "annotator": Setting(str, "text", "name to sign verdicts with; empty: the login name"),
    "reasons": Setting(list, "a list of texts", "reasons of a failure, in the order of their number keys"),
    "keys": Setting(dict, "a table of texts", "your own keys: name of an action and keys, with commas"),
    "cache_mb": Setting(int, "a whole number", "megabytes of images and pictures in memory"),
    "budget": Setting(
        str,
        "text: auto, none, or bytes such as 80kB",
        "bytes that a picture may take on its way to the terminal: auto (what the link carries), none, or 80kB",
    ),
    "table_cache_mb": Setting(int, "a whole number", "megabytes of parsed tables on disk; 0: none"),
    "thumbnail_cache_mb": Setting(
        int, "a whole number", "megabytes of small images for overviews on disk; 0: none"
    ),
    "measure_ahead": Setting(
        int, "a whole number", "planes measured for the order worst first before it is asked for; 0: none"
    ),
    "theme": Setting(
        str, "text: the name of a theme", "colours of the program, such as nord, textual-light or ansi-dark"
    ),
    "graphics": Setting(
        str,
        "text: auto, or a way that --graphics takes",
        "how pictures reach the terminal, such as sextant where your font has these signs",
    ),
}
"""All settings of the file, by name; their defaults are those of `Config`."""


def settings_file() -> Path:
    """Where the settings are; it need not exist."""
    return config_dir() / "config.toml"


def load_config(path: Path | None = None) -> Config:
    """Read the settings file.

    Raises
    ------
    InputError
        If it is not TOML, or a setting is not known or not of its kind.
    """
    return Config(**read_settings(path or settings_file()))


def read_settings(path: Path) -> dict[str, Any]:
    """What stands in a settings file, checked, as `Config` takes it.

    Raises
    ------
    InputError
        As `load_config`.
    """
    raw = read_toml(path, optional=True)
    for name, value in raw.items():
        if name not in SETTINGS:
            raise InputError(f"unknown setting {name!r}", path=path, expected="one of " + ", ".join(SETTINGS))
        setting = SETTINGS[name]
        inner = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
        if (
            not isinstance(value, setting.kind)
            or isinstance(value, bool)
            or not all(isinstance(v, str) for v in inner)
        ):
            raise InputError(f"{name} = {value!r}", path=path, expected=setting.expected)
    values = dict(raw)
    if "reasons" in values:
        values["reasons"] = tuple(values["reasons"])
    return values
