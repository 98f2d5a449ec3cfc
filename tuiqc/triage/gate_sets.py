"""Gates with names, in files that can be kept beside a pipeline."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from tuiqc.errors import InputError, UsageError
from tuiqc.tables.filters.grammar import parse
from tuiqc.tables.filters.tokens import FilterError
from tuiqc.tables.gates import Gate, Level, Severity
from tuiqc.triage.rule_sets import toml_entries, toml_text

_EXPECTED = (
    "a TOML file of gates: per gate `[[gates]]` with `name` and one of `fail_if`, `warn_if`, `image_fail_if`, "
    "`image_warn_if` (a condition), `about`"
)
_KEYS: dict[str, tuple[Severity, Level]] = {
    "fail_if": ("fail", "batch"),
    "warn_if": ("warn", "batch"),
    "image_fail_if": ("fail", "image"),
    "image_warn_if": ("warn", "image"),
}


def shipped_gate_sets() -> list[str]:
    """Names of the sets that come with the program."""
    folder = files("tuiqc.triage").joinpath("gates")
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))


def gate_set(name: str) -> list[Gate]:
    """Return a shipped set by its name, or that of a file.

    Raises
    ------
    UsageError
        It is neither.
    InputError
        The file has no gates; says what is wrong with it and where.
    """
    shipped = shipped_gate_sets()
    if name in shipped:
        text = files("tuiqc.triage").joinpath("gates", f"{name}.toml").read_text("utf-8")
        return _parsed(text, Path(f"{name}.toml"))
    path = Path(name).expanduser()
    if not path.exists():
        raise UsageError(f"no gates {name!r}: no such file, and shipped are {', '.join(shipped)}")
    return _parsed(toml_text(path, _EXPECTED), path)


def _parsed(text: str, path: Path) -> list[Gate]:
    _, entries = toml_entries(text, path, "gates", _EXPECTED)
    return [_gate(entry, number, path) for number, entry in enumerate(entries, 1)]


def _gate(entry: Any, number: int, path: Path) -> Gate:
    if not isinstance(entry, dict) or not all(isinstance(one, str) for one in entry.values()):
        raise InputError(f"gate {number} is no table of texts", path=path, expected=_EXPECTED)
    unknown = [key for key in entry if key not in (*_KEYS, "name", "about")]
    if unknown:
        raise InputError(f"gate {number} has {unknown[0]!r}", path=path, expected=_EXPECTED)
    conditions = [key for key in _KEYS if key in entry]
    if len(conditions) != 1:
        raise InputError(f"gate {number} has {len(conditions)} conditions", path=path, expected=_EXPECTED)
    where = entry[conditions[0]]
    try:
        parse(where)
    except FilterError as error:
        raise InputError(f"gate {number}: {error}", path=path, expected=_EXPECTED) from None
    severity, level = _KEYS[conditions[0]]
    return Gate(where, severity, level, entry.get("name", ""), entry.get("about", ""))
