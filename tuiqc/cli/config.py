"""`tuiqc config`: where settings, state and caches are, which values are in force and where each comes from."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
from typing import Any, NamedTuple

from tuiqc.cli.places import places
from tuiqc.errors import InputError, UsageError

ENVIRONMENT = {
    "TUIQC_CONFIG_DIR": "folder of the settings file",
    "TUIQC_STATE_DIR": "folder of what outlives a session: batches opened last, verdicts that had no other place",
    "TUIQC_CACHE_DIR": "folder of what can be made again",
    "TUIQC_GRAPHICS": "how pictures reach the terminal: kitty, kitty-direct, sixel, halfblock, ascii",
    "TUIQC_DEBUG": "1: faults of the program are shown whole",
    "VISUAL": "editor of `tuiqc config --edit`, before EDITOR",
    "EDITOR": "editor of `tuiqc config --edit`",
    "NO_COLOR": "messages without colours",
}
"""Variables that tuiqc reads, and what for."""
_EDITORS = ("nano", "vim", "vi", "micro", "emacs")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `config`."""
    parser = subparsers.add_parser(
        "config", help="show where settings are and what is in force, or edit them"
    )
    parser.add_argument(
        "--edit", action="store_true", help="open the settings file in your editor ($VISUAL, $EDITOR)"
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.set_defaults(run=run)


class InForce(NamedTuple):
    """A setting: its value, and where that comes from."""

    value: Any
    origin: str


def run(arguments: argparse.Namespace) -> int:
    """Show, or edit."""
    if arguments.edit:
        if arguments.json:
            raise UsageError("config: --edit and --json are two things")
        return _edit()
    found = {
        "paths": {name: str(path) for name, path in places().items()},
        "settings": {name: one._asdict() for name, one in in_force().items()},
        "environment": {name: os.environ[name] for name in ENVIRONMENT if os.environ.get(name)},
    }
    print(json.dumps(found, indent=2, ensure_ascii=False) if arguments.json else "\n".join(_lines()))
    return 0


def in_force() -> dict[str, InForce]:
    """All settings, as a session would have them.

    Raises
    ------
    InputError
        If the settings file is wrong.
    """
    from tuiqc.config import SETTINGS, Config, load_config, read_settings, settings_file
    from tuiqc.ui.theme import chosen

    config, written = load_config(), read_settings(settings_file())
    found = {}
    for name in SETTINGS:
        value = getattr(config, name)
        origin = "settings file" if name in written else "default"
        if name == "theme" and (other := chosen(value)) != value:
            value, origin = other, "chosen on the screen"
        found[name] = InForce(list(value) if isinstance(value, tuple) else value, origin)
    assert set(found) == set(Config.__dataclass_fields__)
    return found


def _lines() -> list[str]:
    from tuiqc.config import SETTINGS
    from tuiqc.text import escaped, printable

    lines = ["Paths"]
    for name, path in places().items():
        lines.append(
            f"  {name:<12} {printable(escaped(str(path)))}{'' if path.exists() else '  (not there yet)'}"
        )
    lines += ["", "Settings (tuiqc config --edit changes them)"]
    for name, one in in_force().items():
        shown = json.dumps(one.value, ensure_ascii=False)
        lines.append(f"  {name:<19} {printable(shown)}  ({one.origin})")
        lines.append(f"  {'':<19} {SETTINGS[name].about}")
    lines += ["", "Environment"]
    for name, about in ENVIRONMENT.items():
        value = os.environ.get(name)
        lines.append(f"  {name:<17} {printable(value) if value else '-'}  ({about})")
    return lines


def _edit() -> int:
    """Open the file in an editor, with all settings as remarks where it is new; then check it."""
    from tuiqc.config import load_config, settings_file
    from tuiqc.files import replace_bytes

    path = settings_file()
    command = _editor()
    if not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_bytes(path, _template().encode())
        except OSError as error:
            raise InputError(f"can't be written ({error.strerror or error})", path=path) from error
    try:
        status = subprocess.run([*command, str(path)], check=False).returncode
    except OSError as error:
        raise UsageError(
            f"the editor {command[0]!r} can't be started ({error.strerror or error}): set EDITOR, or change {path}"
        ) from error
    if status:
        raise UsageError(f"the editor {shlex.join(command)} ended with status {status}")
    load_config()
    return 0


def _editor() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        words = shlex.split(named)
    except ValueError as error:
        raise UsageError(f"EDITOR={named!r} is no command ({error})") from error
    found = words or [one for one in _EDITORS if shutil.which(one)][:1]
    if not found:
        raise UsageError(f"there is no editor: set EDITOR, or change {places()['settings']} otherwise")
    return found


def _template() -> str:
    """A new settings file: all settings with their defaults, as remarks."""
    from tuiqc.config import SETTINGS, Config

    lines = [
        "# Settings of tuiqc; `tuiqc config` shows what is in force. Take the # away from what you change.",
        "",
    ]
    defaults = Config()
    tables = []
    for name, setting in SETTINGS.items():
        value = getattr(defaults, name)
        if setting.kind is dict:
            tables += [f"# {setting.about}", f"# [{name}]", '# gallery = "ctrl+g"']
            continue
        shown = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
        lines += [f"# {setting.about}", f"# {name} = {shown}", ""]
    return "\n".join([*lines, *tables, ""])
