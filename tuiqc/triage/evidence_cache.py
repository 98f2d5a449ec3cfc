"""What was made of measurements, kept between sessions: a bounded folder of files that can be made again.

The measurements themselves are parts (`tuiqc.measured`), whoever made them.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from tuiqc.files.cache import DiskCache
from tuiqc.files.identity import signature
from tuiqc.measured.place import measured_folder
from tuiqc.paths import cache_dir
from tuiqc.pixels.image_path import reading_key
from tuiqc.triage.training import TrainingSet

if TYPE_CHECKING:
    from pathlib import Path

    from tuiqc.dataset.model import Batch

_MOST_BYTES = 256 << 20
_SUFFIX = ".npz"

Made = TypeVar("Made")


def _always() -> bool:
    return True


@dataclass(frozen=True)
class _Kind(Generic[Made]):
    """How something becomes arrays and plain values with names, and back."""

    pack: Callable[[Made], dict[str, Any]]
    parse: Callable[[dict[str, Any]], Made]


class EvidenceCache:
    """What was made of measurements, by name, and the folder that they are in; without folders nothing is kept."""

    def __init__(
        self, folder: Path | None, measured: Path | None = None, max_bytes: int = _MOST_BYTES
    ) -> None:
        self.measured = measured
        self._kept = DiskCache(folder, max_bytes, _SUFFIX)

    def training(
        self, name: str, make: Callable[[], TrainingSet], good: Callable[[], bool] = _always
    ) -> TrainingSet:
        """Planted errors that are kept under this name, else what `make` returns, kept if it is `good` then."""
        return self._get(name, make, good, _TRAINING)

    def numbers(
        self, name: str, make: Callable[[], dict[str, float]], good: Callable[[], bool] = _always
    ) -> dict[str, float]:
        """The same for numbers with names."""
        return self._get(name, make, good, _NUMBERS)

    def _get(self, name: str, make: Callable[[], Made], good: Callable[[], bool], kind: _Kind[Made]) -> Made:
        kept = self._kept.get(name, lambda data: kind.parse(_unpacked(data)))
        if kept is not None:
            return kept
        packed = kind.pack(make())
        if good() and self._kept.folder is not None:
            self._kept.put(name, _bytes(packed))
        return kind.parse(packed)  # rounded as what is kept: a second session ranks as the first


def evidence_cache(batch: Batch) -> EvidenceCache:
    """Return the user's cache, with the measurements of a batch.

    Raises
    ------
    InputError
        The folder of measurements that was named is not there.
    """
    return EvidenceCache(cache_dir() / "evidence", measured_folder(batch))


NOTHING_KEPT = EvidenceCache(None)


@cache
def code_version() -> str:
    """Text that changes with any formula of evidence, or with how errors are planted."""
    found = hashlib.sha256()
    for room in ("tuiqc.measure", "tuiqc.triage"):
        for module in sorted(files(room).iterdir(), key=lambda one: one.name):
            if module.name.endswith(".py"):
                found.update(module.read_bytes())
    return found.hexdigest()


def name_of(*parts: object) -> str:
    """Name of a file for what was made from these; paths count with what the system says of the file."""
    texts = [code_version(), *(_text(part) for part in parts)]
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _text(part: object) -> str:
    from pathlib import Path

    if isinstance(part, Path):
        return f"{reading_key(part)} {signature(part)}"
    if isinstance(part, (tuple, list)):
        return "(" + " ".join(_text(one) for one in part) + ")"
    return repr(part)


def _bytes(content: Mapping[str, Any]) -> bytes:
    arrays = {name: value for name, value in content.items() if isinstance(value, np.ndarray)}
    plain = {name: value for name, value in content.items() if name not in arrays}
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, _plain=np.frombuffer(json.dumps(plain).encode(), np.uint8), **arrays)
    return out.getvalue()


def _unpacked(data: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        content = {name: arrays[name] for name in arrays.files}
    plain: dict[str, Any] = json.loads(content.pop("_plain").tobytes())
    return content | plain


def _packed_training(one: TrainingSet) -> dict[str, Any]:
    return {
        "images": one.images,
        "values": one.values.astype(np.float32),
        "suspects": one.suspects.astype("U8"),
    }


def _training(content: dict[str, Any]) -> TrainingSet:
    return TrainingSet(content["images"], content["values"].astype(np.float64), content["suspects"])


def _packed_numbers(one: dict[str, float]) -> dict[str, Any]:
    return {"names": list(one), "values": np.array(list(one.values()), np.float64)}


def _numbers(content: dict[str, Any]) -> dict[str, float]:
    return dict(zip(content["names"], content["values"].tolist(), strict=True))


_TRAINING = _Kind(_packed_training, _training)
_NUMBERS = _Kind(_packed_numbers, _numbers)
