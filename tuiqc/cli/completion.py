"""`tuiqc --print-completion SHELL`: what the tab key completes, made from the parser by shtab.

Files and folders are known by what an option calls its value (`FILE`, `DIR` …). What only the batch knows (its layers,
channels, images) the shell asks for while one types: `tuiqc --complete layers WORDS OF THE LINE`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tuiqc.errors import InputError

SHELLS = ("bash", "zsh", "fish", "tcsh")
COMPLETE = "--complete"
"""First word of the command line by which a shell asks."""

_BATCH = {
    "layer": "layers",
    "layers": "layers",
    "channels": "channels",
    "image": "images",
}
"""What the batch knows, by the name of the argument."""
_SECONDS = 5
"""How long somebody waits after the tab key at most."""
_MOST = 2000
"""Names that a shell is given at most."""
_LITERAL = re.compile(r"(?![=-])[\w.,:@%+=/-]+")
"""A name that no shell reads as anything else. Bash runs what stands in `$(…)` while it completes, and whoever presses
enter on a completed line runs it in any shell: names of files may be a stranger's, so these are left out."""

_BASH = """
_tuiqc_values() {  # $1: what is typed, $2: sign behind which a value begins, the rest: values
  local typed=$1 before= sign=$2
  shift 2
  case $typed in *"$sign"*) before=${typed%"$sign"*}$sign ;; esac
  local IFS=$'\\n'
  compgen -P "$before" -W "$*" -- "${typed#"$before"}"
}
_tuiqc_file() {
  local typed=$1 before=
  [[ $typed == *=* ]] && before=${typed%%=*}=
  compgen -P "$before" -f -- "${typed#"$before"}"
}
_tuiqc_dir() { compgen -d -- "$1"; }
_tuiqc_dialects() { _tuiqc_values "$1" = @DIALECTS@; }
_tuiqc_layers() { _tuiqc_values "$1" , $(tuiqc --complete layers "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null); }
_tuiqc_channels() { _tuiqc_values "$1" , $(tuiqc --complete channels "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null); }
_tuiqc_images() { _tuiqc_values "$1" , $(tuiqc --complete images "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null); }
"""
_BASH_END = """
# Bash takes = for the end of a word: NAME=FILE is put together again, and taken apart for the answer.
_tuiqc() {
  local words=() word last=
  for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    if [[ ${#words[@]} -gt 0 && ( $word == "=" || $last == "=" ) && ${words[-1]} != --* ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
    last=$word
  done
  local COMP_WORDS=("${words[@]}") COMP_CWORD=$(( ${#words[@]} - 1 ))
  local typed=${COMP_WORDS[COMP_CWORD]}
  _shtab_tuiqc
  [[ $typed == *=* ]] && COMPREPLY=("${COMPREPLY[@]#"${typed%=*}="}")
  return 0
}
complete -o bashdefault -F _tuiqc tuiqc
"""
_ZSH = """
_tuiqc_file() { compset -P '*='; _files }
_tuiqc_dialects() { compset -P '*='; compadd @DIALECTS@ }
_tuiqc_of_batch() {
  local -a found
  compset -P '*,'
  found=(${(f)"$(tuiqc --complete $1 ${words[1,CURRENT-1]} 2>/dev/null)"})
  compadd -a found
}
_tuiqc_layers() { _tuiqc_of_batch layers }
_tuiqc_channels() { _tuiqc_of_batch channels }
_tuiqc_images() { _tuiqc_of_batch images }
"""


def completion(parser: argparse.ArgumentParser, shell: str) -> str:
    """The script that a shell reads.

    Raises
    ------
    InputError
        The library that writes it is missing.
    """
    try:
        import shtab
    except ImportError as error:
        raise InputError("completion needs the package shtab", hint="pip install shtab") from error
    from tuiqc.dataset.dialects import DIALECTS

    dialects = list(DIALECTS)
    for action in _actions(parser):
        if (how := _how(action, dialects)) is not None:
            vars(action)["complete"] = how  # where shtab looks for it
    known = " ".join(dialects)
    start = {"bash": _BASH, "zsh": _ZSH}.get(shell, "").replace("@DIALECTS@", known)
    text = shtab.complete(parser, shell, preamble=start)
    return text.rstrip() + "\n" + (_BASH_END if shell == "bash" else "")


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                yield from _actions(one)
        else:
            yield action


def _how(action: argparse.Action, dialects: Sequence[str]) -> dict[str, str] | None:
    """What shtab is to do for the value of an argument; None where it knows by itself, or nobody does."""
    if action.nargs == 0 or action.choices is not None:
        return None
    if action.dest == "dialect":
        known = " ".join(dialects)
        return {
            "bash": "_tuiqc_dialects",
            "zsh": "_tuiqc_dialects",
            "fish": f'"{known}"',
            "tcsh": f"({known})",
        }
    if action.dest in _BATCH:
        kind = _BATCH[action.dest]
        ask = f"tuiqc {COMPLETE} {kind}"
        return {
            "bash": f"_tuiqc_{kind}",
            "zsh": f"_tuiqc_{kind}",
            "fish": f"({ask} (commandline -opc)[2..-1] 2>/dev/null)",
            "tcsh": f"`{ask} $COMMAND_LINE`",
        }
    shown = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if shown == "DIR" or shown.startswith("DIR"):
        return {
            "bash": "_tuiqc_dir",
            "zsh": "_files -/",
            "fish": "(__fish_complete_directories)",
            "tcsh": "d",
        }
    if re.search(r"FILE|SOURCE|PATTERN", shown):
        return {
            "bash": "_tuiqc_file",
            "zsh": "_tuiqc_file",
            "fish": "(__fish_complete_path (commandline -ct))",
            "tcsh": "f",
        }
    return None


def candidates(words: Sequence[str], build: Callable[[Sequence[str]], argparse.ArgumentParser]) -> list[str]:
    """Names that a batch has, for the shell: of the kind and the words of the line, the one that is typed left out.

    Nothing is said of what is wrong with the line: it is not ready.
    """
    kind, line = (words[0], [word for word in words[1:] if word != "tuiqc"]) if words else ("", [])
    if kind not in _BATCH.values() or not line:
        return []

    def late(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(_SECONDS)
    try:
        return _names(kind, line, build)
    except Exception:  # a fault here would stand in the middle of what somebody types
        return []
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _names(
    kind: str, line: list[str], build: Callable[[Sequence[str]], argparse.ArgumentParser]
) -> list[str]:
    from tuiqc.cli.options import source_options
    from tuiqc.dataset.open.batch import open_batch

    parser = build(line[:1])
    for action in _actions(parser):
        action.required = False
    arguments = _parsed(parser, line)
    if arguments is None or not hasattr(arguments, "dialect"):
        return []
    batch = open_batch(source_options(arguments))
    names: dict[str, Any] = {
        "layers": batch.layers,
        "channels": batch.channels,
        "images": [image.key for image in batch.images[:_MOST]],
    }
    return list(filter(_LITERAL.fullmatch, names[kind]))


def _parsed(parser: argparse.ArgumentParser, line: list[str]) -> argparse.Namespace | None:
    """The longest beginning of a line that can be read: the last option still waits for its value."""
    for length in range(len(line), 0, -1):
        with contextlib.suppress(SystemExit), contextlib.redirect_stderr(io.StringIO()):
            return parser.parse_args(line[:length])
    return None
