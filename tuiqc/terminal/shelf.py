"""Which pictures a kitty terminal holds, and under which ids: nothing is sent twice, and what is old is freed."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass

from tuiqc.terminal import kitty
from tuiqc.terminal.capabilities import Capabilities, Protocol
from tuiqc.terminal.encoder import Frame, for_terminal, renumbered

MAX_IMAGES = 24
"""Pictures that the terminal is made to hold at most."""
MAX_BYTES = 64 * 2**20
"""Their bytes as the terminal holds them (4 per pixel); kitty drops the oldest of all programs beyond 320 MB."""


_SPARE = 4
"""Ids that are not in use: so many pictures may come before what they replace is told to the terminal."""
_ROOM_FOR = 4
"""Pictures of a size for which there must be room before one is sent ahead."""


@dataclass(slots=True)
class _Held:
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
        self._held: OrderedDict[Hashable, _Held] = OrderedDict()
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

    def put(self, key: Hashable, frame: Frame, pixels: int) -> tuple[Frame, bytes, bytes]:
        """Have the terminal hold a frame of the kitty protocols.

        Parameters
        ----------
        key
            Names the picture; None for one that is like no other.
        pixels
            How many it has, for the bound.

        Returns
        -------
        The frame under the id that it has in the terminal; the codes to send it, empty where it is held already (of a
        KITTY frame that was sent `ahead` those that place it); codes that free what had to go, to be written when the
        new picture is in sight.
        """
        if key is None:
            self._unnamed += 1
            key = ("unnamed", self._unnamed)
        held = self._held.get(key)
        if held is not None:
            self._held.move_to_end(key)
            codes = b""
            if not held.placed and frame.protocol is Protocol.KITTY:
                codes = for_terminal(kitty.place_virtual(held.image_id, frame.columns, frame.rows), self.caps)
            held.placed = True
            return renumbered(frame, held.image_id), codes, b""
        gone = b""
        nbytes = 4 * pixels
        while self._held and (len(self._free) <= _SPARE or self.nbytes + nbytes > self.max_bytes):
            if len(self._held) < 2 and self._free:
                break  # the one in sight stays until the new one is there
            gone += self._drop(next(iter(self._held)))
        held = self._held[key] = _Held(self._free.popleft(), nbytes)
        named = renumbered(frame, held.image_id)
        return named, named.payload, gone

    def ahead(self, key: Hashable, frame: Frame, pixels: int) -> bytes:
        """Codes that send a frame before it is wanted, and then free what has to go for it.

        Empty where it is held already, has no name, or is so large that what is in sight might have to go.
        """
        if key is None or key in self._held or 4 * pixels * _ROOM_FOR > self.max_bytes:
            return b""
        _, codes, gone = self.put(key, frame, pixels)
        self._held[key].placed = False
        return kitty.only_sent(codes) + gone

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

    def place(self, frame: Frame) -> bytes:
        """Codes that show a held KITTY_DIRECT picture at the cursor without sending it."""
        assert frame.protocol is Protocol.KITTY_DIRECT
        return kitty.place_again(frame.image_id, 1, frame.columns, frame.rows)

    def hide(self, image_id: int) -> bytes:
        """Codes that take a KITTY_DIRECT picture off the screen; the terminal still holds it."""
        return for_terminal(kitty.hide(image_id), self.caps)

    def _drop(self, key: Hashable) -> bytes:
        image_id = self._held.pop(key).image_id
        self._free.append(image_id)
        return for_terminal(kitty.free(image_id), self.caps)
