"""What tmux needs: the passthrough envelope, and asking its server for the terminal outside of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping

from tuiqc.terminal.capabilities import Replies, TmuxFacts

SIXEL_BUDGET = 900_000
"""Bytes of one sixel picture that tmux takes for certain (it drops more than 1 MiB unsaid)."""

_ASKED = (
    "allow-passthrough",
    "client_termtype",
    "client_termname",
    "client_termfeatures",
    "pane_left",
    "pane_top",
    "status",
    "status-position",
    "focus-events",
    "client_pid",
    "client_utf8",
)

_APC = re.compile(rb"\x1b_G[^\x1b]*\x1b\\")


def wrap(codes: bytes) -> bytes:
    """Put escape codes into one envelope that tmux hands to the terminal outside of it unread."""
    return b"\x1bPtmux;" + codes.replace(b"\x1b", b"\x1b\x1b") + b"\x1b\\" if codes else b""


def wrap_each(codes: bytes) -> bytes:
    """As `wrap`, with every kitty graphics command in its own envelope, so that none grows large."""
    return b"".join(map(wrap, _APC.findall(codes)))


def ask_server(environ: Mapping[str, str], timeout: float = 1.0) -> TmuxFacts | None:
    """Ask the tmux server of this session about passthrough and the terminal outside.

    `environ` needs TMUX; None where there is no such server or it does not answer within `timeout` seconds.
    An unknown format gives an empty field in every tmux version, so older ones answer as well.
    """
    if not environ.get("TMUX") or not shutil.which("tmux"):
        return None
    command = ["tmux", "display-message", "-p"]
    if environ.get("TMUX_PANE"):
        command += ["-t", environ["TMUX_PANE"]]
    question = "\t".join(f"#{{{name}}}" for name in _ASKED)
    try:
        answer = subprocess.run(
            [*command, question],
            capture_output=True,
            timeout=timeout,
            check=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **environ},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return facts_of(answer.stdout.decode("utf-8", "replace"))


def facts_of(answer: str) -> TmuxFacts | None:
    """Read the server's answer: the values of `_ASKED`, parted by tabs; None where it is something else."""
    fields = answer.rstrip("\n").split("\t")
    if len(fields) != len(_ASKED):
        return None
    told = dict(zip(_ASKED, fields, strict=True))
    features = told["client_termfeatures"].split(",")
    status = {"on": 1, "off": 0}.get(told["status"]) or _number(told["status"])
    above = status if told["status-position"] == "top" else 0
    return TmuxFacts(
        passthrough=told["allow-passthrough"] in ("on", "all", "1", "2"),
        client=told["client_termtype"] or told["client_termname"],
        sixel="sixel" in features if told["client_termfeatures"] else None,
        term=told["client_termname"],
        rgb="RGB" in features if told["client_termfeatures"] else None,
        focus={"on": True, "1": True, "off": False, "0": False}.get(told["focus-events"]),
        pane=(_number(told["pane_left"]), _number(told["pane_top"]) + above),
        client_pid=_number(told["client_pid"]),
        utf8={"1": True, "0": False}.get(told["client_utf8"]),
    )


OUTSIDE_QUESTIONS = wrap(b"\x1b[>q\x1b[c")
"""For a tmux that is elsewhere (SSH from within it, a container): what it lets through, the terminal outside answers.

XTVERSION and DA1, and the answers come back as typed; one that lets nothing through drops them.
"""


def facts_through(answers: Replies) -> TmuxFacts | None:
    """What the answers to `OUTSIDE_QUESTIONS` tell; None where there were none."""
    if answers.attributes is None:
        return None
    return TmuxFacts(passthrough=True, client=answers.version, sixel=4 in answers.attributes[1:])


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
