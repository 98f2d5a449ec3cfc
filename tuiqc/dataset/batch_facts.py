"""Which batch is it? What is kept beside its annotations, so that no other batch is taken for it.

`<annotations>.batch.json` says of the batch whose verdicts are in the CSV: its name, the places where it was found,
the patterns it was opened with last, and a fingerprint of its images: of up to `MOST_IMAGES` of them the path below
the batch's folder and the size of one file, and of a few a digest of some bytes. The masks are not in it, so that
they can be made anew. The same data moved, copied, mounted elsewhere or with images added has the same fingerprint
in all that both have.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from pathlib import Path
from typing import Any, Literal

from tuiqc.budget import regular_file
from tuiqc.dataset.model import Batch
from tuiqc.errors import InputError
from tuiqc.files import read_json, replace_text
from tuiqc.files.identity import digests
from tuiqc.paths import state_dir
from tuiqc.pixels.zarr_store import DESCRIBED_BY, is_remote
from tuiqc.text import escaped

MOST_IMAGES = 512
MOST_PLACES = 8
_PROBED = 8
_PROBE_BYTES = 4096
_MOST_BYTES = 4 << 20
_SHARED = 0.5

ENDING = ".batch.json"

Relation = Literal["same", "other", "unknown"]

Image = tuple[int, str]
"""Bytes of the file of an image, and a digest of some of them ("" where it was not looked into)."""


@dataclass(frozen=True)
class BatchFacts:
    """What is known of a batch, wherever it lies.

    Attributes
    ----------
    name
        What it is called.
    places
        Folders in which it was found, the last one first.
    patterns
        What it was opened with last: "sources", "images", "labels", "tables" as in `SourceOptions`; texts, and pairs
        of name and pattern.
    count
        How many images it has.
    images
        Digest of the path below the batch's folder -> size and probe; those with the smallest digests.
    opened
        What its folder is opened with when it is named alone, as `SourceOptions.document` has it; empty where its
        files are to be looked at. See `tuiqc.dataset.open.recent`.
    """

    name: str = ""
    places: tuple[str, ...] = ()
    patterns: Mapping[str, Any] = field(default_factory=dict)
    count: int = 0
    images: Mapping[str, Image] = field(default_factory=dict)
    opened: Mapping[str, Any] = field(default_factory=dict)

    def relation(self, other: BatchFacts) -> Relation:
        """Whether another one is the same batch, by the images that both have; "unknown" if that can't be told."""
        if not (self.images and other.images):
            return "unknown"
        common = self.images.keys() & other.images.keys()
        # Of sketches of different size only what is below the smaller end can be in both.
        ends = [max(one.images) for one in (self, other) if one.count > len(one.images)]
        inside = [sum(not ends or key <= min(ends) for key in one.images) for one in (self, other)]
        if len(common) < _SHARED * max(1, min(inside)):
            return "other"
        pairs = [(self.images[key], other.images[key]) for key in common]
        probes = [(one[1], two[1]) for one, two in pairs if one[1] and two[1]]
        alike = sum(one == two for one, two in probes) if probes else sum(a[0] == b[0] for a, b in pairs)
        return "same" if alike >= _SHARED * len(probes or pairs) else "other"

    def joined(self, earlier: BatchFacts) -> BatchFacts:
        """Return these facts with the places that were known before, and what it was opened with."""
        places = tuple(dict.fromkeys((*self.places, *earlier.places)))[:MOST_PLACES]
        return replace(self, places=places, opened=self.opened or earlier.opened)

    @property
    def named(self) -> str:
        """Name and place, for messages."""
        return f"{self.name} ({self.places[0]})" if self.places else self.name or "an unknown batch"


def facts_of(batch: Batch) -> BatchFacts:
    """Return the facts of a batch that is open; reads some bytes of a few of its files."""
    texts = [text for text in batch.first_files() if text is not None]
    files = dict(zip(digests(_below(texts, batch.root)), texts, strict=True))
    images: dict[str, Image] = {}
    for hashed in nsmallest(MOST_IMAGES, files):
        name = hashed.hex()
        image = _image(Path(files[hashed]), probe=len(images) < _PROBED)
        if image is not None:
            images[name] = image
    options = batch.source
    patterns = {
        "sources": list(options.sources),
        **{name: [list(one) for one in getattr(options, name)] for name in ("images", "labels", "tables")},
        "base_dir": str(options.base_dir),
    }
    # An address is the same from every folder; as a path it would be one of the folder that one is in.
    place = str(batch.root) if is_remote(batch.root) else os.path.realpath(batch.root)
    return BatchFacts(escaped(batch.name), (escaped(place),), patterns, len(files), images)


def _below(texts: Iterable[str], root: Path) -> Iterator[str]:
    """Paths from `root`; of the files of a folder that is their end, which takes a tenth of the time."""
    folder = f"{root}{os.sep}"
    for text in texts:
        if text.startswith(folder) and os.pardir not in text:
            yield text[len(folder) :]
        else:
            yield os.path.relpath(text, root)


def _image(path: Path, probe: bool) -> Image | None:
    try:
        if stat.S_ISDIR(path.stat().st_mode):  # OME-Zarr
            path = next((path / name for name in DESCRIBED_BY if (path / name).is_file()), path)
        size = regular_file(path).st_size
        if not probe:
            return size, ""
        hashed = hashlib.sha256()
        with path.open("rb") as stream:
            for start in sorted({0, max(0, size // 2), max(0, size - _PROBE_BYTES)}):
                stream.seek(start)
                hashed.update(stream.read(_PROBE_BYTES))
    except (OSError, InputError):
        return None
    return size, hashed.hexdigest()[:16]


def facts_path(annotations: Path) -> Path:
    """Return the file with the facts of the batch that an annotation CSV is about."""
    return annotations.with_name(annotations.name + ENDING)


def save_facts(annotations: Path, facts: BatchFacts) -> None:
    """Write the facts beside the CSV. Raises OSError if that can't be done."""
    document = {
        "v": 1,
        "name": facts.name,
        "places": list(facts.places),
        "patterns": facts.patterns,
        "count": facts.count,
        "images": {name: list(image) for name, image in facts.images.items()},
        "opened": dict(facts.opened),
    }
    replace_text(facts_path(annotations), lambda stream: json.dump(document, stream, indent=0))


def note_facts(annotations: Path, facts: BatchFacts) -> None:
    """Write the facts of the batch that is open now beside the CSV, if they are new. Raises OSError."""
    known = read_facts(annotations)
    if known is not None and known.relation(facts) != "other":
        facts = facts.joined(known)
    if facts != known:
        save_facts(annotations, facts)


def read_facts(annotations: Path) -> BatchFacts | None:
    """Return the facts kept beside an annotation CSV; None if there are none or they can't be read."""
    try:
        document = read_json(facts_path(annotations), _MOST_BYTES)
        if document["v"] != 1:
            return None
        return BatchFacts(
            str(document["name"]),
            tuple(map(str, document["places"])),
            dict(document["patterns"]),
            int(document["count"]),
            {str(name): (int(size), str(probe)) for name, (size, probe) in document["images"].items()},
            dict(document.get("opened", {})),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def kept_folder() -> Path:
    """Return the folder with the annotations of batches whose own folder can't be written."""
    return state_dir() / "annotations"


def kept_batches() -> list[tuple[Path, BatchFacts]]:
    """Return the annotation CSVs in that folder with the facts of their batches, the newest first."""
    found = []
    try:
        files = sorted(kept_folder().glob(f"*.csv{ENDING}"), key=lambda file: -file.lstat().st_mtime_ns)
    except OSError:
        return []
    for file in files:
        csv = file.with_name(file.name.removesuffix(ENDING))
        facts = read_facts(csv)
        if facts is not None:
            found.append((csv, facts))
    return found
