"""What workers tell the screen. They carry data only; the screen's handlers own every change of state."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from textual.message import Message

from tuiqc.review.loading import RowsBatch
from tuiqc.ui.frames import Finished


@dataclass
class PictureFinished(Message):
    """A picture is ready."""

    finished: Finished

    def can_replace(self, message: Message) -> bool:
        """Only the newest picture matters."""
        return isinstance(message, PictureFinished)


@dataclass
class PictureAhead(Message):
    """A picture that may be wanted next is ready."""

    finished: Finished


@dataclass
class PictureProgress(Message):
    """Something that a picture needs is being read, and takes long: `done` of `total` parts of a file."""

    number: int
    name: str
    done: int
    total: int

    def can_replace(self, message: Message) -> bool:
        """Only the newest matters."""
        return isinstance(message, PictureProgress)


@dataclass
class PictureBroken(Message):
    """Nothing of an image can be shown."""

    number: int
    text: str


@dataclass
class ObjectsRead(Message):
    """More objects of a layer have been read."""

    layer: str
    fed: RowsBatch

    def can_replace(self, message: Message) -> bool:
        """Later rows hold the earlier ones."""
        return isinstance(message, ObjectsRead) and message.layer == self.layer


@dataclass
class ReadingProgress(Message):
    """How much of one big table has been read, 0 to 1."""

    layer: str
    done: float

    def can_replace(self, message: Message) -> bool:
        """Only the newest matters."""
        return isinstance(message, ReadingProgress)


@dataclass
class FeedBroken(Message):
    """Reading objects ended early."""

    text: str


@dataclass
class ContrastFound(Message):
    """The contrast limits of the whole batch are known now."""


@dataclass
class Saved(Message):
    """The annotation CSV was written, or why not."""

    trouble: str


@dataclass
class TileMade(Message, bubble=False):
    """A small picture of a sheet is ready, or it is known why there is none."""

    key: Hashable


@dataclass
class PageMade(Message, bubble=False):
    """A page of tiles is encoded."""

    key: Hashable
