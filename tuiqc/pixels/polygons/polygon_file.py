"""Which reader is for a file of polygons, and the files that were read: in memory, and the large ones on the disk.

Nothing heavy is imported here: names of files are looked at by every opening.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tuiqc.budget import regular_file
from tuiqc.errors import InputError
from tuiqc.pixels.image_path import OVERLAY, reading_of

if TYPE_CHECKING:
    from tuiqc.files.cache import DiskCache
    from tuiqc.pixels.polygons.polygon_set import PolygonSet, Report
    from tuiqc.pixels.polygons.scanline import Drawing

SUFFIXES = (".geojson", ".geojson.gz", ".roi", ".geoparquet")
"""Endings of names that are always those of polygons."""

_JSON = (".geojson", ".geojson.gz", ".json", ".json.gz")
_PARQUET = (".parquet", ".geoparquet")
_CSV = (".csv", ".csv.gz")
_HEAD, _FOOT = 4096, 1 << 20
_MAX_BYTES, _MOST_FILES = 1 << 30, 256
_BIG = 2 << 20
"""Bytes of a file from which on what was read of it is kept on the disk."""
_FORMAT = "1"


class _Kind(NamedTuple):
    """A reader: its module in this package, and what its format is called."""

    module: str
    format: str


GEOJSON = _Kind("geojson", "GeoJSON")
GEO_PARQUET = _Kind("geo_parquet", "GeoParquet")
CORNERS = _Kind("corner_table", "table of corners")
REGIONS = _Kind("imagej_roi", "ImageJ regions")
OVERLAYS = _Kind("imagej_overlay", "ImageJ overlay")
VIZGEN = _Kind("vizgen_hdf5", "Vizgen outlines")
VIZGEN_NAME = "feature_data_*.hdf5"
"""Files of which all in a folder are read as one."""


def kind_of(path: Path) -> _Kind | None:
    """Return the reader for a file; None for one that has no polygons. Read is its beginning or its end at most."""
    low = path.name.casefold()
    if reading_of(path).series == OVERLAY:
        return OVERLAYS
    if low.startswith("feature_data_") and low.endswith(".hdf5"):
        return VIZGEN
    if low.endswith(SUFFIXES):
        return GEOJSON if low.endswith(_JSON) else REGIONS if low.endswith(".roi") else GEO_PARQUET
    if not low.endswith((*_JSON, ".zip", *_PARQUET, *_CSV)):
        return None
    if low.endswith(_CSV) and not ("boundar" in low or "polygon" in low):
        return None  # thousands of tables in a folder are told by their names
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return _kind_of(Path(path), low, status.st_mtime_ns, status.st_size)


@lru_cache(4096)
def _kind_of(path: Path, low: str, mtime_ns: int, size: int) -> _Kind | None:
    """Of the content of a file, which is looked at again when its time or size are others."""
    try:
        if low.endswith(_JSON):
            return GEOJSON if _is_geojson(_head(path)) else None
        if low.endswith(".zip"):
            head = _head(path)
            name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
            return REGIONS if head.startswith(b"PK") and name.lower().endswith(b".roi") else None
        if low.endswith(_PARQUET):
            return _of_parquet(path)
        if low.endswith(_CSV):
            head = _head(path).partition(b"\n")[0]
            return CORNERS if b"vertex_x" in head or b"x_local_px" in head else None
    except (OSError, EOFError, ValueError, InputError):
        return None
    return None


def is_polygons(path: Path) -> bool:
    """Whether a file has polygons, by its name and what it begins or ends with."""
    return kind_of(path) is not None


def hides_polygons(path: Path) -> bool:
    """Whether polygons are read of a file that begins like an image."""
    return kind_of(path) in (OVERLAYS, VIZGEN)


def _head(path: Path) -> bytes:
    regular_file(path)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"\x1f\x8b"):
        import gzip

        with gzip.open(path) as packed:
            head = packed.read(_HEAD)
    return head


def _is_geojson(head: bytes) -> bool:
    text = head.replace(b" ", b"")
    return any(
        sign in text
        for sign in (b'"FeatureCollection"', b'"Feature"', b'"geometries":', b'"GeometryCollection"')
    )


def _of_parquet(path: Path) -> _Kind | None:
    """By the names in its footer."""
    regular_file(path)
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 8, 0))
        tail = file.read(8)
        if tail[4:] != b"PAR1":
            return None
        length = int.from_bytes(tail[:4], "little")
        file.seek(max(size - 8 - min(length, _FOOT), 0))
        foot = file.read(min(length, _FOOT))
    if b"vertex_x" in foot and b"vertex_y" in foot:
        return CORNERS
    if b'"primary_column"' in foot or (b"EntityID" in foot and b"Geometry" in foot):
        return GEO_PARQUET
    return None


Identity = tuple[str, int, int]


class _Loading:
    """A file that is being read by one thread; others wait, and are told how far it is."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.progress = 0, 1
        self.error: BaseException | None = None


class PolygonFiles:
    """The polygons of files that were read, safe from several threads.

    Parameters
    ----------
    max_bytes
        Bound of what is in memory; the file that was asked for last is always.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._loading: dict[Identity, _Loading] = {}
        self._sets: OrderedDict[Identity, PolygonSet] = OrderedDict()
        self._drawings: dict[tuple[Identity, tuple[float, ...], bool], Drawing] = {}
        self.kept: DiskCache | None = None
        """Where what was read of large files is kept; None for nowhere."""

    def get(self, path: Path, report: Report | None = None) -> PolygonSet:
        """Return the polygons of a file.

        Raises
        ------
        InputError
            The file is not there, can't be read, or has no polygons.
        """
        identity = _identity(path)
        while True:
            with self._lock:
                found = self._sets.get(identity)
                if found is not None:
                    self._sets.move_to_end(identity)
                    return found
                loading = self._loading.get(identity)
                mine = loading is None
                if loading is None:
                    loading = self._loading[identity] = _Loading()
            if mine:
                return self._load(path, identity, loading, report)
            while not loading.done.wait(0.1):
                if report is not None:
                    report(*loading.progress)
            if loading.error is not None:
                raise loading.error

    def drawing(self, path: Path, affine: tuple[float, ...], inner: bool) -> Drawing:
        """Return the outlines of a file (with `inner` those of the nuclei) at their places in pixels, to be drawn.

        Raises
        ------
        InputError
            As `get`.
        """
        from tuiqc.pixels.polygons.outlines import Affine
        from tuiqc.pixels.polygons.scanline import Drawing

        polygons = self.get(path)
        key = _identity(path), affine, inner
        with self._lock:
            found = self._drawings.get(key)
        if found is None:
            outlines = polygons.inner if inner and polygons.inner is not None else polygons.outlines
            found = Drawing(outlines.placed(Affine(*affine)))
            with self._lock:
                if key[0] in self._sets:
                    self._drawings[key] = found
                    self._drop()
        return found

    def clear(self) -> None:
        """Drop all that is in memory."""
        with self._lock:
            self._sets.clear()
            self._drawings.clear()

    def _load(self, path: Path, identity: Identity, loading: _Loading, report: Report | None) -> PolygonSet:
        def tell(done: int, total: int) -> None:
            loading.progress = done, total
            if report is not None:
                report(done, total)

        try:
            found = self._from_disk(identity)
            if found is None:
                found = _read(path, tell)
                self._to_disk(identity, found)
            with self._lock:
                self._sets[identity] = found
                self._drop()
            return found
        except BaseException as error:
            loading.error = error
            raise
        finally:
            with self._lock:
                del self._loading[identity]
            loading.done.set()

    def _drop(self) -> None:
        """Forget the files that were asked for longest ago, until the others fit."""
        held = {identity: polygons.nbytes for identity, polygons in self._sets.items()}
        for (identity, *_), drawing in self._drawings.items():
            held[identity] += drawing.nbytes
        total = sum(held.values())
        while len(self._sets) > 1 and (total > self._max_bytes or len(self._sets) > _MOST_FILES):
            gone, _ = self._sets.popitem(last=False)
            total -= held[gone]
            self._drawings = {key: one for key, one in self._drawings.items() if key[0] != gone}

    def _from_disk(self, identity: Identity) -> PolygonSet | None:
        if self.kept is None or identity[2] < _BIG:
            return None
        from tuiqc.pixels.polygons.polygon_set import PolygonSet

        return self.kept.use(_name(identity), PolygonSet.load)

    def _to_disk(self, identity: Identity, polygons: PolygonSet) -> None:
        if self.kept is None or self.kept.folder is None or identity[2] < _BIG:
            return
        from tuiqc.files import replacing

        path = self.kept.path(_name(identity))
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with replacing(path) as temporary, temporary.open("wb") as file:
                polygons.save(file)
            self.kept.wrote(path.stat().st_size)
        except (OSError, InputError):
            return  # it costs time only


def _name(identity: Identity) -> str:
    import hashlib

    return hashlib.sha256(repr((_FORMAT, *identity)).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _identity(path: Path) -> Identity:
    status = regular_file(path, "polygons")
    if kind_of(path) == VIZGEN:
        changed = path.parent.stat().st_mtime_ns
        return os.fspath(path.absolute()), max(changed, status.st_mtime_ns), _bytes_in(path.parent, changed)
    return os.fspath(path.absolute()), status.st_mtime_ns, status.st_size


@lru_cache(64)
def _bytes_in(folder: Path, changed: int) -> int:
    """Bytes of the files of Vizgen in a folder, which has the same ones as long as its time of change is the same."""
    return sum(one.stat().st_size for one in folder.glob(VIZGEN_NAME))


def _read(path: Path, report: Callable[[int, int], None]) -> PolygonSet:
    return read_as(kind_of(path), path, report)


def read_as(kind: _Kind | None, path: Path, report: Report | None = None) -> PolygonSet:
    """Read a file of a kind, whatever its name is; nothing of it is kept.

    Raises
    ------
    InputError
        As `PolygonFiles.get`.
    """
    if kind is None:
        from tuiqc.pixels.polygons.polygon_set import not_polygons

        raise not_polygons(path, "has no polygons that tuiqc reads")
    try:
        found: PolygonSet = import_module(f"tuiqc.pixels.polygons.{kind.module}").read(path, report)
        for column in found.columns.values():
            column.validate(full=True)  # texts may be no text
    except InputError:
        raise
    except MemoryError:
        raise InputError("has more polygons than fit into memory", path=path) from None
    except Exception as error:  # libraries raise this and that for damaged bytes
        raise InputError(
            f"can't be read as {kind.format} ({type(error).__name__}: {error})", path=path
        ) from None
    return found


FILES = PolygonFiles()
"""Those of this program."""
