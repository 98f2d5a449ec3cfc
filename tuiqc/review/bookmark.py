"""Where a review stopped, kept in the user's state folder, so that the next session goes on there."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from tuiqc.review.session import Session
from tuiqc.review.state_files import remember, remembered


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A place in a batch: level, layer, image key, label, the sort of both tables, and whether one image is shown."""

    level: str = "image"
    layer: str = ""
    image: str = ""
    label: int = 0
    image_sort: tuple[tuple[str, bool], ...] = ()
    object_sort: tuple[tuple[str, bool], ...] = ()
    only_image: bool = False


def bookmark_of(session: Session) -> Bookmark:
    """The present place."""
    objects = session.tables.objects
    return Bookmark(
        session.cursor.level,
        session.cursor.layer,
        session.cursor.record.key,
        session.cursor.label,
        tuple(session.tables.images.wanted_keys),
        tuple(objects.wanted_keys if objects is not None else session.tables.first_order),
        objects.image_filter is not None if objects is not None else session.tables.first_only,
    )


def save_bookmark(annotations: Path, bookmark: Bookmark) -> None:
    """Keep the place for the batch whose verdicts go to `annotations`; quietly does nothing if it can't."""
    remember("places", _key(annotations), asdict(bookmark))


def load_bookmark(annotations: Path) -> Bookmark | None:
    """The place where the last session with this annotation CSV stopped, None if it is not known."""
    raw = remembered("places", _key(annotations))
    if not isinstance(raw, dict):
        return None
    try:
        sorts = {name: _sort(raw.get(name)) for name in ("image_sort", "object_sort")}
        return Bookmark(
            str(raw["level"]),
            str(raw["layer"]),
            str(raw["image"]),
            int(raw["label"]),
            **sorts,
            only_image=bool(raw["only_image"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _sort(value: object) -> tuple[tuple[str, bool], ...]:
    if not isinstance(value, list):
        return ()
    return tuple((str(key[0]), bool(key[1])) for key in value if isinstance(key, list) and len(key) == 2)


def _key(annotations: Path) -> bytes:
    return os.fsencode(annotations.absolute())
