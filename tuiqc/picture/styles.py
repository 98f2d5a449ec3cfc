"""Styles kept by name: how channels and layers are drawn, as a TOML file, and put onto another batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from tuiqc.errors import InputError, UsageError
from tuiqc.files import read_toml, replacing
from tuiqc.paths import config_dir
from tuiqc.picture.display import Display
from tuiqc.picture.display_changes import GAMMAS, colour_text, parse_colour
from tuiqc.render.style import ChannelStyle, LayerStyle

_SIMPLE = (
    "seed",
    "colour_by",
    "colour_map",
    "zero_transparent",
    "contrast",
    "dim",
    "by_verdict",
    "scale_bar",
    "minimap",
)
_CHOICES = {"contrast": ("image", "batch"), "colour_limits": ("robust", "data"), "mode": ("outline", "fill")}


def to_document(display: Display) -> dict[str, Any]:
    """The style as plain values, for TOML or JSON, without what is seen for a moment only (blinking, side by side)."""
    limits = display.colour_limits
    return {
        **{name: getattr(display, name) for name in _SIMPLE},
        "percentiles": list(display.percentiles),
        "colour_limits": limits if isinstance(limits, str) else list(limits),
        "channels": {name: _channel_document(style) for name, style in display.channels},
        "layers": {
            name: {field.name: getattr(style, field.name) for field in fields(style)}
            for name, style in display.layers
        },
    }


def _channel_document(style: ChannelStyle) -> dict[str, Any]:
    document: dict[str, Any] = {
        "visible": style.visible,
        "colour": colour_text(style.colour),
        "gamma": style.gamma,
        "invert": style.invert,
    }
    if style.limits is not None:
        document["limits"] = list(style.limits)
    return document


def from_document(document: Mapping[str, Any], display: Display) -> Display:
    """`display` with all that the style says; channels and layers that the batch lacks are left out.

    Raises
    ------
    InputError
        A value is not of its kind: which one, and what was expected.
    """
    known = {*_SIMPLE, "percentiles", "colour_limits", "channels", "layers"}
    for name in document:
        if name not in known:
            raise InputError(
                f"unknown entry {name!r} of a style", expected="one of " + ", ".join(sorted(known))
            )
    changes: dict[str, Any] = {
        name: _like(name, document[name], getattr(display, name)) for name in _SIMPLE if name in document
    }
    if "percentiles" in document:
        changes["percentiles"] = _pair("percentiles", document["percentiles"], 0, 100)
    if "colour_limits" in document:
        value = document["colour_limits"]
        is_word = isinstance(value, str)
        changes["colour_limits"] = (
            _like("colour_limits", value, "") if is_word else _pair("colour_limits", value)
        )
    channels = _table("channels", document)
    layers = _table("layers", document)
    changes["channels"] = tuple((n, _channel(n, channels.get(n, {}), s)) for n, s in display.channels)
    changes["layers"] = tuple((n, _layer(n, layers.get(n, {}), s)) for n, s in display.layers)
    return replace(display, **changes)


def save_style(name: str, display: Display) -> Path:
    """Keep the style under a name in the user's settings folder; returns its file.

    Raises
    ------
    UsageError
        The name can't be the name of a file.
    InputError
        It can't be written.
    """
    import tomlkit

    if not name or name != name.strip() or name.startswith(".") or "/" in name or "\0" in name:
        raise UsageError(f"{name!r} can't be the name of a style: letters, digits, - and _ are safe")
    path = styles_dir() / f"{name}.toml"
    with replacing(path, folders=True) as temporary:
        temporary.write_text(tomlkit.dumps(to_document(display)), encoding="utf-8")
    return path


def load_style(name_or_file: str, display: Display) -> Display:
    """A style by its name, or from a file (anything with a `/` or ending in `.toml`), put onto `display`.

    Raises
    ------
    InputError
        There is none, or it can't be read.
    """
    by_file = "/" in name_or_file or name_or_file.endswith(".toml")
    path = Path(name_or_file) if by_file else styles_dir() / f"{name_or_file}.toml"
    if not path.exists():
        names = ", ".join(style_names()) or "none yet"
        raise InputError("no such style", path=path, hint=f"styles kept by name: {names}")
    document = read_toml(path)
    try:
        return from_document(document, display)
    except InputError as error:
        raise InputError(str(error), path=path) from error


def style_names() -> list[str]:
    """Names of the styles that were kept, sorted."""
    try:
        return sorted(path.stem for path in styles_dir().glob("*.toml"))
    except OSError:
        return []


def styles_dir() -> Path:
    """The folder of the styles; it need not exist."""
    return config_dir() / "styles"


def _channel(name: str, given: Mapping[str, Any], style: ChannelStyle) -> ChannelStyle:
    changes: dict[str, Any] = {}
    for key, value in given.items():
        where = f"channels.{name}.{key}"
        if key == "limits":
            changes[key] = _pair(where, value)
        elif key == "colour":
            try:
                changes[key] = parse_colour(_like(where, value, ""))
            except ValueError as error:
                raise InputError(f"{where} = {value!r}", expected="a colour such as #ff8800") from error
        elif key in ("visible", "gamma", "invert"):
            changes[key] = _like(where, value, getattr(style, key))
        else:
            raise InputError(f"unknown entry {where}")
    if not GAMMAS[0] <= changes.get("gamma", 1.0) <= GAMMAS[1]:
        raise InputError(f"channels.{name}.gamma", expected=f"a number from {GAMMAS[0]} to {GAMMAS[1]}")
    return replace(style, **changes)


def _layer(name: str, given: Mapping[str, Any], style: LayerStyle) -> LayerStyle:
    known = {field.name for field in fields(style)}
    changes = {}
    for key, value in given.items():
        if key not in known:
            raise InputError(
                f"unknown entry layers.{name}.{key}", expected="one of " + ", ".join(sorted(known))
            )
        changes[key] = _like(f"layers.{name}.{key}", value, getattr(style, key))
    changed = replace(style, **changes)
    if not (1 <= changed.thickness <= 50 and 0 <= changed.opacity <= 1):
        raise InputError(f"layers.{name}", expected="a thickness from 1 to 50 and an opacity from 0 to 1")
    return changed


def _table(name: str, document: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    table = document.get(name, {})
    if not isinstance(table, Mapping) or not all(isinstance(entry, Mapping) for entry in table.values()):
        raise InputError(f"{name} of a style", expected="a table for each")
    return table


def _like(name: str, value: Any, like: Any) -> Any:
    """The value, if it is of the kind of `like` and one of the words that are allowed there."""
    kind = type(like)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        raise InputError(f"{name} = {value!r} of a style", expected=f"a value such as {like!r}")
    words = _CHOICES.get(name.rpartition(".")[2])
    if words is not None and value not in words:
        raise InputError(f"{name} = {value!r} of a style", expected=" or ".join(words))
    return value


def _pair(name: str, value: Any, least: float = -1e300, most: float = 1e300) -> tuple[float, float]:
    numbers = value if isinstance(value, list | tuple) else ()
    good = len(numbers) == 2 and all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers)
    if not good or not least <= numbers[0] < numbers[1] <= most:
        raise InputError(f"{name} = {value!r} of a style", expected="two numbers, the smaller first")
    return float(numbers[0]), float(numbers[1])
