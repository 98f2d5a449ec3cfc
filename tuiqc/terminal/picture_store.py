"""Which pictures a terminal holds, and under which ids: nothing is sent twice, and what is old is freed."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, replace

from tuiqc.terminal.capabilities import Capabilities
from tuiqc.terminal.protocols.picture_protocol import Frame, Held, for_terminal, protocol_of

MAX_IMAGES = 24
"""Pictures that the terminal is made to hold at most."""
MAX_BYTES = 64 * 2**20
"""Their bytes as the terminal holds them (4 per pixel); kitty drops the oldest of all programs beyond 320 MB."""


_SPARE = 4
"""Ids that are not in use: so many pictures may come before what they replace is told to the terminal."""
_ROOM_FOR = 4
"""Pictures of a size for which there must be room before one is sent ahead."""


@dataclass(slots=True)
class _Kept:
    protocol: str
    image_id: int
    nbytes: int
    placed: bool = True


class ImageShelf:
    """The pictures of one program in the terminal, the least recently shown of which go.

    Parameters
    ----------
    first_id
        Ids from this one on are used, `max_images` of them, all but a few at a time.
    max_images, max_bytes
        Bounds of what the terminal is made to hold.
    """

    def __init__(
        self,
        caps: Capabilities,
        first_id: int,
        max_images: int = MAX_IMAGES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.caps, self.max_bytes = caps, max_bytes
        self._held: OrderedDict[Hashable, _Kept] = OrderedDict()
        # In turn: what is freed is still to be told to the terminal when its successor is sent, and must not take that
        # with it.
        self._free = deque(range(first_id, first_id + max_images))
        self._unnamed = 0

    def __len__(self) -> int:
        return len(self._held)

    @property
    def nbytes(self) -> int:
        """Bytes that the terminal holds."""
        return sum(held.nbytes for held in self._held.values())

    def put(self, key: Hashable, frame: Frame, pixels: int) -> Held:
        """Have the terminal hold a frame of a protocol that can be held.

        Parameters
        ----------
        key
            Names the picture; None for one that is like no other.
        pixels
            How many it has, for the bound.

        Returns
        -------
        The frame under the id that it has in the terminal; the codes to send it, empty where it is held already (of one
        that was sent `ahead` those that place it); codes that free what had to go, to be written when the new picture
        is in sight.
        """
        if key is None:
            self._unnamed += 1
            key = ("unnamed", self._unnamed)
        held = self._held.get(key)
        if held is not None:
            self._held.move_to_end(key)
            named = renumbered(frame, held.image_id)
            codes = b"" if held.placed else protocol_of(frame.protocol).place(named)
            held.placed = True
            return Held(named, for_terminal(codes, self.caps))
        gone = b""
        nbytes = 4 * pixels
        while self._held and (len(self._free) <= _SPARE or self.nbytes + nbytes > self.max_bytes):
            if len(self._held) < 2 and self._free:
                break  # the one in sight stays until the new one is there
            gone += self._drop(next(iter(self._held)))
        held = self._held[key] = _Kept(frame.protocol, self._free.popleft(), nbytes)
        named = renumbered(frame, held.image_id)
        return Held(named, named.payload, gone)

    def codes_ahead(self, key: Hashable, frame: Frame, pixels: int) -> bytes:
        """Codes that send a frame before it is wanted, and then free what has to go for it.

        Empty where it is held already, has no name, or is so large that what is in sight might have to go.
        """
        if key is None or key in self._held or 4 * pixels * _ROOM_FOR > self.max_bytes:
            return b""
        _, codes, gone = self.put(key, frame, pixels)
        self._held[key].placed = False
        return protocol_of(frame.protocol).codes_ahead(codes) + gone

    def holds(self, image_id: int) -> bool:
        """Whether the terminal has a picture under this id."""
        return any(held.image_id == image_id for held in self._held.values())

    def clear(self) -> bytes:
        """Codes that free all of it."""
        return b"".join(self._drop(key) for key in list(self._held))

    def forget(self) -> None:
        """The terminal has lost all pictures (it was reset, or is another one): send them anew."""
        for key in list(self._held):
            self._drop(key)

    def _drop(self, key: Hashable) -> bytes:
        held = self._held.pop(key)
        self._free.append(held.image_id)
        return protocol_of(held.protocol).release(held.image_id, self.caps)


def renumbered(frame: Frame, image_id: int) -> Frame:
    """The same frame under another image id."""
    if frame.image_id == image_id:
        return frame
    payload = frame.payload.replace(b",i=%d," % frame.image_id, b",i=%d," % image_id, 1)
    return replace(frame, payload=payload, image_id=image_id)
