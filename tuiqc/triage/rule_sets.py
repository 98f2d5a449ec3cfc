"""Rules with names: filters on the evidence of objects, for those who want a threshold rather than an order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.budget import TOML_BYTES, check_toml, small_text
from tuiqc.errors import InputError, UsageError
from tuiqc.files import replacing
from tuiqc.paths import config_dir
from tuiqc.tables.filters.tokens import FilterError

if TYPE_CHECKING:
    import pandas as pd

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}")
_MOST = 100
MINE = "mine"
"""The user's set that the screen keeps rules in."""
_HEAD = """# Rules that were kept on the screen, where their thresholds are moved.

about = "rules that were kept on the screen"
"""
_EXPECTED = (
    'a TOML file of rules: `about = "…"`, then per rule `[[rules]]` with `name`, `where` (a filter), `about`'
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: `where` is the filter that holds for the objects that it flags; `about` says what for."""

    name: str
    where: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules that belong together, under the name of their file."""

    name: str
    about: str
    rules: tuple[Rule, ...]

    def columns(self) -> list[str]:
        """Names of the columns of flags: `<set>.<rule>`."""
        return [f"{self.name}.{rule.name}" for rule in self.rules]


def shipped_rule_sets() -> list[str]:
    """Names of the sets that come with the program."""
    folder = files("tuiqc.triage").joinpath("rules")
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))


def user_rule_sets() -> list[str]:
    """Names of the sets in the user's settings folder; a shipped one is never hidden by one of its name."""
    shipped = shipped_rule_sets()
    try:
        found = sorted(path.stem for path in rules_folder().glob("*.toml"))
    except OSError:
        return []
    return [name for name in found if name not in shipped]


def rules_folder() -> Path:
    """The folder of the user's sets; it need not exist."""
    return config_dir() / "rules"


def rule_set(name: str) -> RuleSet:
    """Return a shipped set by its name, one of the user's settings folder by its, or that of a file.

    Raises
    ------
    UsageError
        It is neither.
    InputError
        The file is no set of rules; says what is wrong with it and where.
    """
    shipped = shipped_rule_sets()
    if name in shipped:
        text = files("tuiqc.triage").joinpath("rules", f"{name}.toml").read_text("utf-8")
        return _parsed(text, name, Path(f"{name}.toml"))
    own = user_rule_sets()
    path = rules_folder() / f"{name}.toml" if name in own else Path(name).expanduser()
    if not path.exists():
        known = f"shipped are {', '.join(shipped)}" + (f", yours are {', '.join(own)}" if own else "")
        raise UsageError(f"no rules {name!r}: no such file, and {known}")
    return _read(path)


def keep_rule(rule: Rule) -> Path:
    """Put a rule into the user's own set `mine`, in the place of one of its name; returns the file.

    Comments and what else is in the file stay.

    Raises
    ------
    InputError
        The file is no set of rules, or can't be written.
    """
    import tomlkit

    path = rules_folder() / f"{MINE}.toml"
    document = tomlkit.parse(_HEAD)
    if path.exists():
        _read(path)  # what is no set of rules is not made worse
        document = tomlkit.parse(small_text(path, _EXPECTED, TOML_BYTES).decode("utf-8-sig"))
    rules = document.setdefault("rules", tomlkit.aot())
    entry = next((one for one in rules if one["name"] == rule.name), None)
    if entry is None:
        rules.append(tomlkit.item({"name": rule.name, "about": rule.about, "where": rule.where}))
    else:
        entry["where"] = rule.where
    text = tomlkit.dumps(document)
    _parsed(text, MINE, path)
    with replacing(path, folders=True) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def toml_text(path: Path, expected: str) -> str:
    """The text of a small TOML file of the user. Raises InputError as `small_text`, or where it is no text."""
    try:
        text = small_text(path, expected, TOML_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 ({error.reason})", path=path, expected=expected) from None
    check_toml(path, text)
    return text


def toml_entries(text: str, path: Path, key: str, expected: str) -> tuple[dict[str, Any], list[Any]]:
    """All of a TOML text, and what its `[[key]]` list: at least one, at most `_MOST`. Raises InputError."""
    import tomllib

    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"not TOML ({error})", path=path, expected=expected) from None
    entries = content.get(key)
    if not isinstance(entries, list) or not entries:
        raise InputError(f"no [[{key}]] in it", path=path, expected=expected)
    if len(entries) > _MOST:
        raise InputError(f"{len(entries):,} {key}", path=path, expected=f"at most {_MOST}")
    return content, entries


def _read(path: Path) -> RuleSet:
    text = toml_text(path, _EXPECTED)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", path.stem) or "rules"
    return _parsed(text, stem, path)


def _parsed(text: str, name: str, path: Path) -> RuleSet:
    from tuiqc.tables.filters.grammar import parse

    content, entries = toml_entries(text, path, "rules", _EXPECTED)
    rules: list[Rule] = []
    for number, entry in enumerate(entries, 1):
        rule = _rule(entry, number, path)
        if any(rule.name == other.name for other in rules):
            raise InputError(f"two rules of the name {rule.name!r}", path=path, expected="a name for each")
        try:
            parse(rule.where)
        except FilterError as error:
            raise InputError(f"rule {rule.name!r}: {error}", path=path, expected=_EXPECTED) from None
        rules.append(rule)
    about = content.get("about", "")
    return RuleSet(name, about if isinstance(about, str) else "", tuple(rules))


def _rule(entry: Any, number: int, path: Path) -> Rule:
    if not isinstance(entry, dict):
        raise InputError(f"rule {number} is no table", path=path, expected=_EXPECTED)
    values = [entry.get(name, "") for name in ("name", "where", "about")]
    if not all(isinstance(one, str) for one in values) or not values[1].strip():
        raise InputError(f"rule {number} has no `where`, or not of text", path=path, expected=_EXPECTED)
    if not _NAME.fullmatch(values[0]):
        raise InputError(
            f"rule {number} has the name {values[0]!r}",
            path=path,
            expected="a letter, then letters, digits, _ and -",
        )
    return Rule(*values)


def flagged(rules: RuleSet, frame: pd.DataFrame) -> pd.DataFrame:
    """Say which rows each rule flags: columns of booleans, named `<set>.<rule>`, in the order of the frame.

    Parameters
    ----------
    frame
        Columns by name, as `evidence_columns.rule_frame` has them. A rule on what the frame has not flags nothing.

    Raises
    ------
    InputError
        A rule asks numbers of a text, or the like.
    """
    import numpy as np
    import pandas as pd

    from tuiqc.tables.filters.evaluation import evaluate
    from tuiqc.tables.filters.grammar import parse
    from tuiqc.tables.table_view import TableView

    view = TableView(frame)
    out = {}
    for name, rule in zip(rules.columns(), rules.rules, strict=True):
        if missing_columns(rule, frame.columns):
            out[name] = np.zeros(len(frame), bool)
            continue
        try:
            out[name] = evaluate(parse(rule.where), view)
        except FilterError as error:
            raise InputError(f"rule {name}: {error}", expected=_EXPECTED) from None
    return pd.DataFrame(out, index=frame.index)


def missing_columns(rule: Rule, columns: Iterable[str]) -> list[str]:
    """The columns that a rule speaks of and that there are not."""
    from tuiqc.tables.filters.grammar import parse
    from tuiqc.tables.filters.tree import columns_used

    known = set(columns)
    return [name for name in columns_used(parse(rule.where)) if name not in known]
