"""What tmux needs: the passthrough envelope, and asking its server for the terminal outside of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping

from tuiqc.terminal.capabilities import TmuxFacts

SIXEL_BUDGET = 900_000
"""Bytes of one sixel picture that tmux takes for certain (it drops more than 1 MiB unsaid)."""

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
    question = "#{allow-passthrough}\t#{client_termtype}\t#{client_termname}"
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
    fields = answer.stdout.decode("utf-8", "replace").rstrip("\n").split("\t")
    if len(fields) != 3:
        return None
    return TmuxFacts(passthrough=fields[0] in ("on", "all", "1", "2"), client=fields[1] or fields[2])
