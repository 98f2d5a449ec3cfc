"""The ways to bring pixels onto the screen, one class each: how a picture is encoded, drawn, erased, and stood in for.

A further one is a class of `picture_protocol.PictureProtocol` in a file of its own, its name in `Protocol` (what
`--graphics` takes), and its line in `CLASSES`.
"""

from __future__ import annotations

from enum import StrEnum


class Protocol(StrEnum):
    """A way to bring pixels onto the screen."""

    KITTY = "kitty"
    """kitty graphics shown by Unicode placeholders: the picture is text and clips and scrolls as such."""
    KITTY_DIRECT = "kitty-direct"
    """kitty graphics placed at the cursor (kitty before 0.28, Konsole)."""
    SIXEL = "sixel"
    """DEC sixels drawn at the cursor."""
    OCTANT = "octant"
    """Block characters that cut a cell into 2 x 4 parts of two colours (Unicode 16: few terminals draw them)."""
    SEXTANT = "sextant"
    """The same with 2 x 3 parts (Unicode 13)."""
    QUADRANT = "quadrant"
    """The same with 2 x 2 parts."""
    HALFBLOCK = "halfblock"
    """Coloured `▀`: two pixels per cell, works nearly everywhere."""
    ASCII = "ascii"
    """Characters for shades of grey, where there are no colours or no Unicode."""


PAPER = "paper"
"""The way of screens that nobody sees, which are drawn into files: no terminal has it, and nobody chooses it."""

CLASSES: dict[str, str] = {
    Protocol.KITTY: "kitty.Kitty",
    Protocol.KITTY_DIRECT: "kitty.KittyDirect",
    Protocol.SIXEL: "sixel.Sixel",
    Protocol.OCTANT: "fineblock.Octant",
    Protocol.SEXTANT: "fineblock.Sextant",
    Protocol.QUADRANT: "fineblock.Quadrant",
    Protocol.HALFBLOCK: "halfblock.HalfBlock",
    Protocol.ASCII: "ascii.Ascii",
    PAPER: "paper.Paper",
}
"""The class of each as `module.Class` in this folder; imported when it is first used."""

STILLS: dict[str, str] = {Protocol.KITTY: "TGPImage", Protocol.SIXEL: "SixelImage", Protocol.ASCII: ""}
"""The widget of textual-image that shows pictures which never change; `HalfcellImage` for the others, "" for none."""
