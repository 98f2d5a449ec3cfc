"""Text for the clipboard of the computer that the person sits at, over SSH and through tmux: OSC 52.

The sequence is that of xterm's "Manipulate Selection Data" (ctlseqs, OSC 52), which kitty, foot, WezTerm, iTerm2,
Ghostty, Windows Terminal and others take; xterm itself with `allowWindowOps`. Nothing says whether it was taken.
"""

from __future__ import annotations

import base64

from tuiqc.terminal import tmux
from tuiqc.terminal.capabilities import Capabilities

MOST = 74_994
"""Bytes of a sequence that terminals take: hterm and xterm's buffers are the smallest."""


def clipboard_codes(text: str, caps: Capabilities) -> bytes | None:
    """Return what puts a text into the clipboard; None for one that is too long.

    tmux takes the sequence for itself and hands it on (`set-clipboard on`); where it lets codes pass through, it gets
    them in an envelope too, since by default (`external`) it does not listen to programs.
    """
    data = base64.b64encode(text.encode("utf-8", "surrogateescape"))
    codes = b"\x1b]52;c;" + data + b"\x1b\\"
    if len(codes) > MOST:
        return None
    facts = caps.answers.tmux
    if caps.multiplexer == "tmux" and facts is not None and facts.passthrough:
        return codes + tmux.wrap(codes)
    if caps.multiplexer == "screen":
        return (
            b"\x1bP"
            + b"\x1b\\\x1bP".join(codes[at : at + 250] for at in range(0, len(codes), 250))
            + b"\x1b\\"
        )
    return codes
