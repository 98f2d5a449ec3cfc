"""One array of Zarr: windows of numbers by tensorstore, texts (which that does not know) by a decoder of its own.

A store may be slow: what is read has a time that it may take. What fails for the connection is asked for again by
tensorstore, see `tuiqc.pixels.zarr_store.context`.
"""

from __future__ import annotations

import math
import re
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from tuiqc.budget import check_count
from tuiqc.errors import InputError
from tuiqc.pixels.slow_store import Stopped, waiting
from tuiqc.pixels.zarr_store import FolderStore, context, first_line, is_remote, joined, need_tensorstore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tuiqc.pixels.zarr_node import Node

Slices = tuple[Any, ...]
"""An index of an array: a number or a slice of each axis."""

PATIENCE = 60.0
"""Seconds for one read, after which a slow store is said to be one."""

FREE_VALUES, PER_BYTE = 1 << 22, 100
"""How many values an array of a table may have in any store, and for each byte of it on this machine."""

_UNPACKED = 2000
"""How many times of its size a packed piece of texts may unpack to, beyond 1 MB: repeated names are packed well."""


class SlowStoreError(InputError):
    """A store did not answer in time."""


def patiently(node: Node, work: Callable[[float], Any]) -> Any:
    """Return what `work` (given the seconds that it may take) returns.

    Raises
    ------
    InputError
        It failed, or did not end in time.
    """
    try:
        return work(PATIENCE)
    except TimeoutError:
        raise SlowStoreError(
            f"did not answer within {PATIENCE:g} s", path=node.place,
            hint="the store is slow or the connection is down; look at it again later",
        ) from None  # fmt: skip
    except (InputError, Stopped):
        raise
    except Exception as error:
        raise InputError(f"can't be read ({first_line(error)})", path=node.place) from None


def open_array(node: Node) -> Any:
    """Open an array for `read_window`; by the library zarr where tensorstore has no codec for it.

    Raises
    ------
    InputError
        It can't be opened.
    """
    tensorstore = need_tensorstore(node.place)
    kvstore = node.store.kvstore(node.group)
    spec = {"driver": "zarr" if node.version == 2 else "zarr3", "kvstore": kvstore}
    # A mask that was made anew is opened again, and must not come from what is kept of it; a server is asked once.
    anew = "open" if kvstore["driver"] == "file" else False
    try:
        return patiently(
            node,
            lambda seconds: tensorstore.open(
                spec, context=context(), open=True, recheck_cached_data=anew, recheck_cached_metadata=anew
            ).result(timeout=seconds),
        )
    except SlowStoreError:
        raise
    except InputError as error:
        fallback = _by_zarr(node)
        if fallback is not None:
            return fallback
        raise InputError(
            error.found.replace("can't be read", "can't be opened"),
            path=node.place,
            hint='some codecs need zarr beside tensorstore: pip install "tuiqc[zarr-all]"',
        ) from None


def read_window(node: Node, array: Any, index: Slices) -> NDArray[Any]:
    """Read a part of an open array.

    Raises
    ------
    InputError
        A piece of it can't be read or decoded, or does not come in time.
    """
    return read_windows(node, array, [index])[0]


def read_windows(node: Node, array: Any, indices: Sequence[Slices]) -> list[NDArray[Any]]:
    """As `read_window` for several, which are read side by side."""
    import numpy as np

    if not is_remote(node.store.place):
        found = patiently(node, lambda seconds: _together([array[one].read() for one in indices], seconds))
        return [np.asarray(one) for one in found]
    parts = [list(_parts(array, index)) for index in indices]
    asked = [part for of_one in parts for _, part in of_one]
    coming = iter(patiently(node, lambda seconds: _all([array[part].read() for part in asked], seconds)))
    return [
        _put_together(index, of_one, [np.asarray(next(coming)) for _ in of_one])
        for index, of_one in zip(indices, parts, strict=True)
    ]


def _put_together(
    index: Slices, parts: Sequence[tuple[Slices, Slices]], found: Sequence[NDArray[Any]]
) -> NDArray[Any]:
    """A window of its parts."""
    import numpy as np

    if len(parts) == 1:
        return found[0]
    sizes = [one.stop - one.start for one in index if isinstance(one, slice)]
    out = np.empty(sizes, found[0].dtype)
    for (place, _), pixels in zip(parts, found, strict=True):
        out[place] = pixels
    return out


def _together(futures: Sequence[Any], seconds: float) -> list[Any]:
    """What was begun side by side; what fails is raised when all has ended, so that nothing goes on behind it."""
    end = time.monotonic() + seconds
    try:
        return [one.result(timeout=max(0.0, end - time.monotonic())) for one in futures]
    finally:
        for one in futures:
            one.cancel()


_LOOK = 0.1
"""Seconds between two looks at what comes from a server."""
_MOST_PARTS = 256
"""Parts of a window that are asked for, and counted, apart."""


def _parts(array: Any, index: Slices) -> Iterator[tuple[Slices, Slices]]:
    """What of a window lies in one piece of the array: where it is in the window, and in the array."""
    cut = [at for at, one in enumerate(index) if isinstance(one, slice) and one.start is not None]
    chunk = getattr(getattr(array, "chunk_layout", None), "read_chunk", None)
    steps = {at: max(1, int(chunk.shape[at])) for at in cut} if chunk is not None else {}
    runs = {}
    for at in cut:
        one, step = index[at], steps.get(at, index[at].stop - index[at].start)
        edges = [one.start, *range((one.start // step + 1) * step, one.stop, step), one.stop]
        runs[at] = list(pairwise(edges))
    if not cut or math.prod(len(run) for run in runs.values()) > _MOST_PARTS or index == (...,):
        yield (...,), index
        return
    for chosen in product(*runs.values()):
        part = list(index)
        for at, (start, stop) in zip(cut, chosen, strict=True):
            part[at] = slice(start, stop)
        place = tuple(
            slice(start - index[at].start, stop - index[at].start)
            for at, (start, stop) in zip(cut, chosen, strict=True)
        )
        yield place, tuple(part)


def _all(futures: Sequence[Any], seconds: float) -> list[Any]:
    """What a server answers; who waits may stop, and is told how much has come.

    Raises
    ------
    Stopped
        It is not wanted any more.
    TimeoutError
        It did not come in time.
    """
    waits, end = waiting(), time.monotonic() + seconds
    found: list[Any] = []
    try:
        for future in futures:
            while True:
                try:
                    found.append(future.result(timeout=min(_LOOK, max(0.0, end - time.monotonic()))))
                    break
                except TimeoutError:
                    if waits.stop():
                        raise Stopped from None
                    if time.monotonic() >= end:
                        raise
                    waits.progress(sum(one.done() for one in futures), len(futures))
    finally:
        for future in futures[len(found) :]:
            future.cancel()
    return found


class _ByZarr:
    """An array that only the library zarr can decode, asked as tensorstore's are."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def __getitem__(self, index: Any) -> _ByZarr:
        import numpy as np

        return _ByZarr(np.asarray(self._array[index]))

    def read(self) -> _ByZarr:
        """This."""
        return self

    def cancel(self) -> None:
        """Nothing: it is there."""

    def result(self, timeout: float) -> NDArray[Any]:
        """The pixels."""
        pixels: NDArray[Any] = self._array
        return pixels


def _by_zarr(node: Node) -> _ByZarr | None:
    """The same array by zarr, None where that is not installed, or the array lies elsewhere than in a folder."""
    spec = node.store.kvstore(node.group)
    if find_spec("zarr") is None or spec["driver"] != "file":
        return None
    import zarr

    try:
        return _ByZarr(zarr.open_array(spec["path"], mode="r"))
    except Exception:  # what it says is not better than what tensorstore said
        return None


# --- arrays of tables


def shape_of(node: Node) -> tuple[int, ...]:
    """Return the shape of an array, which may be without a value.

    Raises
    ------
    InputError
        It is no array, its metadata is damaged, or claims more than the store can hold.
    """
    try:
        shape = tuple(int(n) for n in node.array["shape"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"its metadata has no sense ({type(error).__name__}: {error})", path=node.described_by
        ) from None
    if min(shape, default=0) < 0:
        raise InputError(f"has the shape {shape}", path=node.described_by)
    check_count(node.place, math.prod(shape), "values", max(FREE_VALUES, PER_BYTE * _stored(node)))
    return shape


def is_text(node: Node) -> bool:
    """Whether the values of an array are texts."""
    return _width(node) is not None or _is_vlen(node)


def whole(node: Node) -> NDArray[Any]:
    """Return all values of an array; texts as Python's own in an array of objects.

    Raises
    ------
    InputError
        As `shape_of`; or it can't be read.
    """
    import numpy as np

    shape = shape_of(node)
    if not is_text(node):
        if 0 in shape:
            return np.zeros(shape)
        return read_window(node, open_array(node), (...,))
    try:
        return _texts(node, shape)
    except (InputError, Stopped):
        raise
    except Exception as error:
        raise InputError(f"its texts can't be read ({error})", path=node.place) from None


def _stored(node: Node) -> int:
    """Bytes of an array on this machine, 0 where it lies elsewhere."""
    if not isinstance(node.store, FolderStore):
        return 0
    return sum(path.stat().st_size for path in node.place.rglob("*") if path.is_file())


def _is_vlen(node: Node) -> bool:
    if node.version == 2:
        return any(one.get("id") == "vlen-utf8" for one in _listed(node.array.get("filters")))
    return node.array.get("data_type") in ("string", "variable_length_utf8")


def _width(node: Node) -> np.dtype[Any] | None:
    """The type of texts of fixed length, None for others."""
    import numpy as np

    kind = node.array.get("dtype" if node.version == 2 else "data_type")
    if isinstance(kind, str) and re.fullmatch(r"[<>|][US]\d{1,5}", kind):
        return np.dtype(kind)
    if isinstance(kind, Mapping) and kind.get("name") == "fixed_length_utf32":
        nbytes = int(_mapped(kind.get("configuration")).get("length_bytes", 0))
        return np.dtype(f"<U{min(nbytes // 4, 99_999)}")
    return None


def _texts(node: Node, shape: tuple[int, ...]) -> NDArray[Any]:
    import numpy as np

    grid = node.array["chunks"] if node.version == 2 else _mapped(node.array["chunk_grid"])["configuration"]
    chunk = tuple(int(n) for n in (grid if node.version == 2 else grid["chunk_shape"]))
    if len(chunk) != len(shape) or min(chunk, default=1) < 1:
        raise ValueError(f"shape {shape} in pieces of {chunk}")
    filled = node.array.get("fill_value")
    out = np.full(shape, filled if isinstance(filled, str) else "", dtype=object)
    for place in product(*(range(-(-size // step)) for size, step in zip(shape, chunk, strict=True))):
        data = node.store.read(joined(node.group, *_key(node, place)))
        if data is None:
            continue
        piece = _decoded(node, data, chunk)
        inside = tuple(
            slice(at * step, min((at + 1) * step, size))
            for at, step, size in zip(place, chunk, shape, strict=True)
        )
        out[inside] = piece[tuple(slice(part.stop - part.start) for part in inside)]
    return out


def _key(node: Node, place: Sequence[int]) -> tuple[str, ...]:
    """The key of a piece below its array."""
    numbers = [str(n) for n in place]
    if node.version == 2:
        separator = str(node.array.get("dimension_separator") or ".")
        return (separator.join(numbers) or "0",)
    said = _mapped(node.array.get("chunk_key_encoding"))
    before = ["c"] if said.get("name", "default") == "default" else []
    separator = str(_mapped(said.get("configuration")).get("separator", "/" if before else "."))
    return (separator.join([*before, *numbers]) or "0",)


def _decoded(node: Node, data: bytes, chunk: tuple[int, ...]) -> NDArray[Any]:
    import numpy as np

    for codec in _packed_by(node):
        data = _unpacked(codec, data)
    count = math.prod(chunk)
    fixed = _width(node)
    if fixed is None:
        texts = np.empty(count, dtype=object)
        texts[:] = list(_of_varying_length(data, count))
    else:
        found = np.frombuffer(data, fixed, count)
        texts = np.array(
            [
                one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one)
                for one in found.tolist()
            ],
            dtype=object,
        )
    return texts.reshape(chunk, order="F" if node.array.get("order") == "F" else "C")


def _packed_by(node: Node) -> list[str]:
    """Names of the codecs that packed the bytes, the last first."""
    if node.version == 2:
        packed = node.array.get("compressor")
        return [str(packed.get("id"))] if isinstance(packed, Mapping) else []
    names = [str(one.get("name")) for one in _listed(node.array.get("codecs"))]
    return [name for name in reversed(names) if name not in ("bytes", "vlen-utf8", "vlen_utf8")]


def _unpacked(codec: str, data: bytes) -> bytes:
    import imagecodecs

    most = (1 << 20) + _UNPACKED * len(data)
    if codec == "crc32c":
        return data[:-4]
    if codec == "blosc":
        if int.from_bytes(data[4:8], "little") > most:
            raise ValueError("a piece claims to unpack to very much")
        return bytes(imagecodecs.blosc_decode(data))
    decode = {"zstd": "zstd_decode", "zlib": "zlib_decode", "gzip": "gzip_decode"}.get(codec)
    if decode is None:
        raise ValueError(f"packed by {codec}, which tuiqc does not know for texts")
    return bytes(getattr(imagecodecs, decode)(data, out=most))


def _of_varying_length(data: bytes, count: int) -> Iterator[str]:
    """Texts as `vlen-utf8` has them: how many, then the length and the bytes of each."""
    (said,) = struct.unpack_from("<I", data)
    if said != count:
        raise ValueError(f"a piece holds {said:,} texts in place of {count:,}")
    at = 4
    for _ in range(count):
        (size,) = struct.unpack_from("<I", data, at)
        if at + 4 + size > len(data):
            raise ValueError("a piece is cut off")
        yield data[at + 4 : at + 4 + size].decode("utf-8", "replace")
        at += 4 + size


def _mapped(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
