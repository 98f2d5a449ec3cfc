"""Image files that stay open between two planes: to find a page of a long one again costs more than to read it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tuiqc.pixels.formats import open_image
from tuiqc.pixels.image_file import ImageFile, ImageInfo

MOST = 6
"""Files that are kept open at most; each takes a file descriptor and what its header takes in memory."""
_ASKED = 2
"""Files of one plane that stay open after what is in them was asked for."""


class OpenImages:
    """Opens image files, and keeps those with several planes open; safe from several threads.

    A file is known by its identity (place, size, time of change): one that was replaced is opened anew.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._files: OrderedDict[Hashable, ImageFile] = OrderedDict()
        self._asked: OrderedDict[Hashable, ImageFile] = OrderedDict()
        self._users: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._files)

    def info(self, path: Path, identity: Hashable) -> ImageInfo:
        """What is in a file; it stays open, as whoever asks for that reads it next, until two others are asked for.

        Raises
        ------
        InputError
            As `tuiqc.pixels.open_image`.
        """
        with self.use(path, identity) as image:
            gone = None
            with self._lock:
                if self._files.get(identity) is not image and identity not in self._asked:
                    self._asked[identity] = image
                    gone = self._asked.popitem(last=False)[1] if len(self._asked) > _ASKED else None
                    gone = None if gone is None or self._users.get(id(gone)) else gone
        if gone is not None:
            gone.close()
        return image.info

    @contextmanager
    def use(self, path: Path, identity: Hashable) -> Iterator[ImageFile]:
        """Give the open file; it is not closed while it is used.

        Raises
        ------
        InputError
            As `tuiqc.pixels.open_image`.
        """
        image = self._take(identity)
        if image is None:
            image = self._keep(identity, open_image(path))
        try:
            yield image
        finally:
            self._give_back(image)

    def clear(self) -> None:
        """Close all that are not in use; the others are closed when they are given back."""
        with self._lock:
            held = (*self._files.values(), *self._asked.values())
            idle = [image for image in held if not self._users.get(id(image))]
            self._files.clear()
            self._asked.clear()
        for image in idle:
            image.close()

    def _take(self, identity: Hashable) -> ImageFile | None:
        with self._lock:
            image = self._files.get(identity)
            if image is not None:
                self._files.move_to_end(identity)
            else:
                image = self._asked.pop(identity, None)
            if image is not None:
                self._users[id(image)] = self._users.get(id(image), 0) + 1
            return image

    def _keep(self, identity: Hashable, image: ImageFile) -> ImageFile:
        """Use a file that was just opened; two threads may have opened it, then each closes its own in the end."""
        sizes = image.info.sizes
        gone = []
        with self._lock:
            self._users[id(image)] = 1
            several = image.stays_open or sizes["t"] * sizes["z"] > 1
            if several and identity not in self._files:
                self._files[identity] = image
                while len(self._files) > self._most:
                    _, oldest = self._files.popitem(last=False)
                    if not self._users.get(id(oldest)):
                        gone.append(oldest)
        for one in gone:
            one.close()
        return image

    def _give_back(self, image: ImageFile) -> None:
        with self._lock:
            self._users[id(image)] -= 1
            if self._users[id(image)]:
                return
            del self._users[id(image)]
            if any(one is image for one in (*self._files.values(), *self._asked.values())):
                return
        image.close()
