"""Measurements of some images as a Parquet file and back: objects in one kind of file, images in the other.

Whoever opens the folder with pandas, R or DuckDB sees plain columns; what is needed to put the measurements together
again (which images, how many rows of each plane) is in the metadata. The same measurements give the same bytes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tuiqc import __version__
from tuiqc.files.arrow import arrow_source
from tuiqc.measure.candidates import Candidate
from tuiqc.measure.image_quality import image_quality
from tuiqc.measure.object_evidence import Evidence
from tuiqc.measured.image_measurement import QUALITY, ImageMeasurement, MeasuredPlane, PlaneEvidence
from tuiqc.text import escaped

if TYPE_CHECKING:
    from tuiqc.measured.settings import Settings

Kind = Literal["objects", "images"]
KINDS: tuple[Kind, ...] = ("objects", "images")

SUFFIX = ".parquet"
_KEY = b"tuiqc"
_FORMAT = 1
_CHANNEL_MEASURES = ("focus", "saturated", "brightness", "unevenness")
_IMAGE_MEASURES = ("count", "coverage", "fit", "shift_y", "shift_x", "shift_gain")
HEADING = "evidence_"
"""What the names of all columns of evidence begin with."""


def evidence_column(name: str) -> str:
    """Name of the column of one kind of evidence: `evidence_solidity`, `evidence_edge_DNA`."""
    channel, _, what = name.rpartition(" ")
    return f"{HEADING}{what}_{channel}" if channel else f"{HEADING}{what}"


def image_column(measure: str) -> str:
    """Name of the column of a measure of images: `DNA focus` becomes `focus_DNA`."""
    channel, _, what = measure.rpartition(" ")
    if measure.startswith(QUALITY) or not channel:
        return measure
    return f"{what}_{channel}"


def measure_names(channels: Sequence[str]) -> list[str]:
    """Names of all measures of images with these channels."""
    quality = image_quality(np.zeros((0, 0), np.uint8))
    out = list(_IMAGE_MEASURES)
    out += [f"{channel} {what}" for channel in channels for what in _CHANNEL_MEASURES]
    return out + [f"{QUALITY}{what}_{channel}" for channel in channels for what in quality]


def part_bytes(kind: Kind, images: Sequence[ImageMeasurement], settings: Settings) -> bytes:
    """The file of some images; bytes of file names that are no text are escaped in it, as in every table."""
    import pyarrow.parquet

    columns = _object_columns(images, settings) if kind == "objects" else _image_columns(images, settings)
    table = pyarrow.table(columns)
    about = {
        "format": _FORMAT,
        "tuiqc": __version__,
        "kind": kind,
        "layer": settings.layer,
        "other": settings.other,
        "channels": list(settings.channels),
        "typical_radius": settings.typical,
        "names": list(settings.evidence_names()) if kind == "objects" else measure_names(settings.channels),
        "images": [_entry(kind, one) for one in images],
    }
    # ASCII: names may have lone surrogates, which UTF-8 has not.
    table = table.replace_schema_metadata({_KEY: json.dumps(about, sort_keys=True).encode("ascii")})
    texts = [name for name in ("image", "kind") if name in table.column_names]
    out = io.BytesIO()
    pyarrow.parquet.write_table(
        table, out, compression="zstd", use_dictionary=texts, write_page_checksum=True, store_schema=True
    )
    return out.getvalue()


def _entry(kind: Kind, one: ImageMeasurement) -> list[Any]:
    planes = [[at.t, at.z, len(at.found.evidence.labels), len(at.found.candidates)] for at in one.planes]
    return [one.digest, one.key, planes if kind == "objects" else [], one.problems]


def _object_columns(images: Sequence[ImageMeasurement], settings: Settings) -> dict[str, Any]:
    import pyarrow

    names = settings.evidence_names()
    planes = [(one, plane) for one in images for plane in one.planes]
    counts = [(len(plane.found.evidence.labels), len(plane.found.candidates)) for _, plane in planes]
    sizes = [sum(both) for both in counts]
    is_object = np.concatenate([np.zeros(0, bool), *(np.repeat([True, False], both) for both in counts)])
    texts = np.array([escaped(one.key) for one, _ in planes], object)
    rows: dict[str, Any] = {
        "image": pyarrow.array(np.repeat(texts, sizes), pyarrow.string()),
        "t": np.repeat(np.array([plane.t for _, plane in planes], np.int32), sizes),
        "z": np.repeat(np.array([plane.z for _, plane in planes], np.int32), sizes),
        "kind": pyarrow.array(np.where(is_object, "object", "candidate"), pyarrow.string()),
    }

    def laid(of_objects: Any, of_candidates: Any, dtype: Any) -> NDArray[Any]:
        """Values of the objects and of the candidates, each plane's in turn."""
        out = np.zeros(len(is_object), dtype)
        out[is_object] = np.concatenate(
            [np.zeros(0, dtype), *(of_objects(plane.found.evidence) for _, plane in planes)]
        )
        if of_candidates is None:
            if out.dtype.kind == "f":
                out[~is_object] = np.nan
            return out
        out[~is_object] = [of_candidates(at) for _, plane in planes for at in plane.found.candidates]
        return out

    def only(values: NDArray[Any], there: NDArray[np.bool_]) -> Any:
        return pyarrow.array(values, mask=~there)

    rows["label"] = only(laid(lambda one: one.labels, None, np.int64), is_object)
    rows["area"] = laid(lambda one: one.areas, lambda at: at.area, np.float64)
    rows["centre_y"] = laid(lambda one: one.centres[:, 0], lambda at: at.y, np.float64)
    rows["centre_x"] = laid(lambda one: one.centres[:, 1], lambda at: at.x, np.float64)
    rows["partner"] = only(laid(lambda one: one.partner, None, np.int64), is_object)
    scores = laid(lambda one: np.zeros(len(one.labels)), lambda at: at.score, np.float64)
    rows["score"] = only(scores, ~is_object)
    for at, name in enumerate(names):
        rows[evidence_column(name)] = only(
            laid(lambda one, at=at: one.values[:, at], None, np.float32), is_object
        )
    return rows


def _image_columns(images: Sequence[ImageMeasurement], settings: Settings) -> dict[str, Any]:
    import pyarrow

    rows: dict[str, Any] = {
        "image": pyarrow.array([escaped(one.key) for one in images], pyarrow.string()),
        "error": pyarrow.array([escaped(one.error) or None for one in images], pyarrow.string()),
    }
    for name in measure_names(settings.channels):
        values = [one.measures.get(name) for one in images]
        rows[image_column(name)] = pyarrow.array(values, pyarrow.float64())
    return rows


# --- and back


def part_about(path: Path) -> dict[str, Any]:
    """The metadata of a part. Raises ValueError if it is none, and what pyarrow raises for a damaged file."""
    import pyarrow.parquet

    return _about(pyarrow.parquet.read_schema(arrow_source(path)).metadata)


def _about(metadata: Mapping[bytes, bytes] | None) -> dict[str, Any]:
    about = json.loads((metadata or {}).get(_KEY, b"{}"))
    if not isinstance(about, dict) or about.get("format") != _FORMAT:
        raise ValueError("no part of measurements")
    return about


def read_part(path: Path, kind: Kind) -> list[ImageMeasurement]:
    """Return the measurements of a part.

    Raises
    ------
    ValueError
        It is none, or not whole. Damaged files raise what pyarrow raises.
    """
    import pyarrow.parquet

    from tuiqc.dataset.tables.parquet import check_cells

    with pyarrow.parquet.ParquetFile(arrow_source(path), page_checksum_verification=True) as file:
        about = _about(file.schema_arrow.metadata)
        check_cells(path, file.metadata.num_rows, len(file.schema_arrow.names))
        if about["kind"] != kind:
            raise ValueError("a part of another kind")
        table = file.read(use_threads=False)
    entries = [(str(digest), str(key), planes, problems) for digest, key, planes, problems in about["images"]]
    names = tuple(map(str, about["names"]))
    return _images(table, entries, names) if kind == "images" else list(_objects(table, entries, names))


Entries = list[tuple[str, str, list[list[int]], dict[str, str]]]


def _images(table: Any, entries: Entries, names: Sequence[str]) -> list[ImageMeasurement]:
    if table.num_rows != len(entries):
        raise ValueError("not a whole part")
    columns = {name: table.column(image_column(name)).to_pylist() for name in names}
    return [
        ImageMeasurement(
            key,
            digest,
            measures={name: float(values[at]) for name, values in columns.items() if values[at] is not None},
            problems=dict(problems),
        )
        for at, (digest, key, _, problems) in enumerate(entries)
    ]


def _objects(table: Any, entries: Entries, names: tuple[str, ...]) -> Iterator[ImageMeasurement]:
    whole = {name: _filled(table.column(name)) for name in ("label", "partner")}
    real = {name: table.column(name).to_numpy() for name in ("area", "centre_y", "centre_x", "score")}
    values = np.zeros((table.num_rows, len(names)))
    for at, name in enumerate(names):
        values[:, at] = table.column(evidence_column(name)).to_numpy()
    start = 0
    for digest, key, planes, problems in entries:
        found = []
        for t, z, objects, candidates in planes:
            if min(t, z, objects, candidates) < 0 or start + objects + candidates > table.num_rows:
                raise ValueError("not a whole part")
            rows, more = slice(start, start + objects), range(start + objects, start + objects + candidates)
            evidence = Evidence(
                whole["label"][rows],
                real["area"][rows],
                names,
                values[rows],
                whole["partner"][rows],
                np.column_stack([real["centre_y"][rows], real["centre_x"][rows]]),
            )
            places = tuple(
                Candidate(*(float(real[name][at]) for name in ("centre_y", "centre_x", "area", "score")))
                for at in more
            )
            found.append(MeasuredPlane(int(t), int(z), PlaneEvidence(evidence, places)))
            start += objects + candidates
        yield ImageMeasurement(key, digest, tuple(found), problems=dict(problems))
    if start != table.num_rows:
        raise ValueError("not a whole part")


def _filled(column: Any) -> NDArray[np.int64]:
    filled: NDArray[np.int64] = column.fill_null(0).to_numpy()
    return filled
