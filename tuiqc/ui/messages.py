"""What workers tell the screen. They carry data only; the screen's handlers own every change of state."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from textual.message import Message


@dataclass
class TileMade(Message, bubble=False):
    """A small picture of a sheet is ready, or it is known why there is none."""

    key: Hashable


@dataclass
class PageMade(Message, bubble=False):
    """A page of tiles is encoded."""

    key: Hashable
