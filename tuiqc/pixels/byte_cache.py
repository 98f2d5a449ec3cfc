"""A least-recently-used cache that is bounded in bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ByteCache(Generic[K, V]):
    """Least-recently-used cache that holds at most `max_bytes`; every method may be called from any thread.

    A value that is larger than `max_bytes` is not kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._items: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._nbytes = 0
        self._lock = threading.Lock()
        self._making: dict[K, threading.Event] = {}

    @property
    def nbytes(self) -> int:
        """Bytes held now, as they were declared."""
        return self._nbytes

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: K) -> bool:
        return key in self._items

    def get(self, key: K) -> V | None:
        """Return the value and make it the most recently used; None if it is not held."""
        with self._lock:
            item = self._items.get(key)
            if item is None:
                return None
            self._items.move_to_end(key)
            return item[0]

    def put(self, key: K, value: V, nbytes: int) -> None:
        """Hold `value`, which takes `nbytes`; drops the least recently used ones until it fits."""
        with self._lock:
            old = self._items.pop(key, None)
            if old is not None:
                self._nbytes -= old[1]
            if nbytes > self.max_bytes:
                return
            self._items[key] = (value, nbytes)
            self._nbytes += nbytes
            while self._nbytes > self.max_bytes:
                self._nbytes -= self._items.popitem(last=False)[1][1]

    def get_or_make(self, key: K, make: Callable[[], V], size: Callable[[V], int]) -> V:
        """Return the held value, or make and hold it; two threads that ask for one key make it once.

        `make` runs without the lock. What it raises reaches its own caller only; one of those who waited
        tries again.
        """
        while True:
            with self._lock:
                item = self._items.get(key)
                if item is not None:
                    self._items.move_to_end(key)
                    return item[0]
                waiting = self._making.get(key)
                if waiting is None:
                    done = self._making[key] = threading.Event()
                    break
            waiting.wait()
        try:
            value = make()
            self.put(key, value, size(value))
            return value
        finally:
            with self._lock:
                del self._making[key]
            done.set()

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._items.clear()
            self._nbytes = 0
