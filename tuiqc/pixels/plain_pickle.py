"""Arrays and plain containers out of a pickle, without running anything that it names.

A pickle is a program; Python's own reader would import and call whatever it says. Here only what NumPy writes for its
arrays and numbers, and Python for containers and texts, means anything, and that is rebuilt by this module: no function
of a library is called with what stands in the file. Everything else is refused by its name.
"""

from __future__ import annotations

import io
import pickle
import pickletools
import re
from collections.abc import Callable
from math import prod
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

_NUMBER = re.compile(r"[<>=|]?(?:b1|[iu][1248]|f[248])")
_OBJECT = "O"


class RefusedError(ValueError):
    """A pickle names or does what is not read."""


class StoredArray:
    """An array as a pickle has it: its type, shape, order and bytes (or list, of objects)."""

    def __init__(self) -> None:
        self._state: tuple[Any, ...] = ()

    def __setstate__(self, state: Any) -> None:
        """Take what NumPy writes for an array."""
        if not isinstance(state, tuple) or len(state) != 5:
            raise RefusedError("an array of another kind")
        self._state = state[1:]

    @classmethod
    def of(cls, shape: Any, dtype: Any, fortran: Any, data: Any) -> StoredArray:
        """An array of these parts."""
        made = cls()
        made._state = (shape, dtype, fortran, data)
        return made

    def value(self) -> Any:
        """The array; of objects the list of them.

        Raises
        ------
        RefusedError
            It is not one of numbers, or its bytes do not fit its shape.
        """
        if not self._state:
            raise RefusedError("an array without content")
        shape, dtype, fortran, data = self._state
        if not isinstance(dtype, _StoredType):
            raise RefusedError("an array without a type")
        if isinstance(data, list):
            if not dtype.name.startswith(_OBJECT):
                raise RefusedError("an array of numbers as a list")
            return data
        name = dtype.text
        if not (isinstance(shape, tuple) and all(isinstance(n, int) and n >= 0 for n in shape)):
            raise RefusedError("an array without a shape")
        if not isinstance(data, bytes | bytearray) or prod(shape) * int(name[-1]) != len(data):
            raise RefusedError("an array whose bytes do not fit its shape")
        array: NDArray[Any] = np.frombuffer(bytes(data), np.dtype(name))
        return array.reshape(shape, order="F" if fortran else "C")


class _StoredType:
    """The type of an array's numbers: a name such as "f4", and the order of its bytes."""

    def __init__(self, name: Any) -> None:
        self.name, self._order = str(name), "<"

    def __setstate__(self, state: Any) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else ""
        if order not in ("<", ">", "|", "="):
            raise RefusedError("a type of another kind")
        self._order = "<" if order == "=" else order

    @property
    def text(self) -> str:
        if _NUMBER.fullmatch(self.name) is None:
            raise RefusedError(f"an array of {self.name[:20]!r}")
        return self._order + self.name.lstrip("<>=|")


class _Maker:
    """What stands for a name that a pickle calls; it can be called, and nothing else."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make

    def __call__(self, *values: Any) -> Any:
        return self._make(*values)

    def __setstate__(self, state: Any) -> NoReturn:
        raise RefusedError("a change of what it calls")


def _number(dtype: Any, data: Any = b"") -> Any:
    """A number of NumPy's."""
    return StoredArray.of((), dtype, False, data).value()[()]


def _encoded(text: Any, encoding: Any = "latin1") -> bytes:
    """Bytes as old pickles keep them."""
    if not isinstance(text, str) or str(encoding).casefold() not in ("latin1", "latin-1"):
        raise RefusedError("bytes in another encoding")
    return text.encode("latin1")


def _path(*parts: Any) -> str:
    """A path as text."""
    return "/".join(map(str, parts)).replace("//", "/")


_ARRAYS: dict[str, Callable[..., Any]] = {
    "_reconstruct": lambda *_: StoredArray(),
    "scalar": _number,
    "ndarray": lambda *_: StoredArray(),
    "dtype": lambda name, *_: _StoredType(name),
    "_frombuffer": lambda data, dtype, shape, order="C": StoredArray.of(shape, dtype, order == "F", data),
}
_CONTAINERS: dict[str, Callable[..., Any]] = {
    one.__name__: one for one in (dict, list, tuple, set, frozenset, str, int, float, bool, complex)
}
_PATHS: dict[str, Callable[..., Any]] = dict.fromkeys(
    ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath"), _path
)
_MODULES: dict[str, dict[str, Callable[..., Any]]] = {
    "numpy": _ARRAYS,
    **{f"numpy.{core}.{part}": _ARRAYS for core in ("core", "_core") for part in ("multiarray", "numeric")},
    "builtins": _CONTAINERS,
    "__builtin__": _CONTAINERS,
    "collections": {"OrderedDict": dict},
    "_codecs": {"encode": _encoded},
    "pathlib": _PATHS,
    "pathlib._local": _PATHS,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """What stands for a name; anything that is not known is refused."""
        make = _MODULES.get(module, {}).get(name)
        if make is None:
            raise RefusedError(f"it asks for {module}.{name}")
        return _Maker(make)


_FAR_PLACE = re.compile(rb"r(?:..[^\0].|...[^\0])|p\d{5,}\n", re.DOTALL)
"""What may be an order to remember a value in a place beyond 65,535, or only looks like it."""


def _check_places(data: bytes) -> None:
    """Refuse a place for a value that is further than there are orders: the reader makes room for all before it."""
    if _FAR_PLACE.search(data) is None:
        return
    for number, (order, place, _) in enumerate(pickletools.genops(data)):
        if order.name in ("PUT", "LONG_BINPUT") and isinstance(place, int) and place > number:
            raise RefusedError(f"it is damaged (value {place:,} of {number:,})")


def loads(data: bytes) -> Any:
    """Return what a pickle holds; arrays in it are `StoredArray`.

    Raises
    ------
    RefusedError
        It names anything but arrays, numbers, texts and containers, or is damaged. The text says what.
    """
    try:
        _check_places(data)
        return _Reader(io.BytesIO(data)).load()
    except RefusedError:
        raise
    except (
        Exception
    ) as error:  # whatever a damaged program does: a stack that is empty, a key that can't be one
        raise RefusedError(f"it is damaged ({type(error).__name__}: {error})") from error
