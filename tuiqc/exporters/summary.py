"""What is in a batch and what was decided, as plain data and as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tuiqc.dataset.join_report import JoinReport
from tuiqc.dataset.mask_comparison import MaskComparison
from tuiqc.dataset.model import Batch, Progress
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.dataset.parts import Problem
from tuiqc.errors import InputError
from tuiqc.pixels import image_info
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.location import existing_annotations, unmatched
from tuiqc.qc.rates import failure_rate
from tuiqc.review.label_checks import of_unknown_images
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.object_tracks import tracks_of
from tuiqc.review.track_rows import TrackRows

MOST_MASKS = 500
"""Images of which objects and places that the tables lack are measured from the masks without being asked for."""


def summarise(
    batch: Batch,
    annotations: Path | None = None,
    progress: Progress | None = None,
    *,
    adopt: bool = False,
    masks: bool = False,
) -> dict[str, Any]:
    """Count everything; reads all tables, and the masks of layers without one if there are few or they are asked for.

    Parameters
    ----------
    masks
        Whether the tables are compared with all masks; else with some, and of more than `MOST_MASKS` images nothing
        is measured that tables lack, nor are objects that have no table and were not measured before.

    Returns
    -------
    dict
        `images` (count), `channels` (names), `layers` (name: `objects`, `per_image` (both None where they are not
        counted), `dialect`, `label_column`, `problems`, `tracks` (see `movies.tracks_in`)), `axes` (see
        `movies.axes_of`), `join` (the join report), `annotations` (path or None), `masks_left_out`,
        `verdicts` (level: verdict: count), `verdicts_match_nothing` (a sentence where there are some and none is about
        this batch, else None), `stray_verdicts` (sentences about verdicts on what the batch has not), `missing`
        (what could not be read).
    """
    looks = masks or len(batch.images) <= MOST_MASKS
    loader = ObjectLoader(batch, places=looks)
    layers: dict[str, Any] = {}
    lost: list[str] = []
    for number, layer in enumerate(batch.layers):
        if not (looks or batch.has_table(layer) or _measured(batch, layer)):
            layers[layer] = dict.fromkeys(_FIELDS) | {"problems": []}
            continue
        counted = _Counted(batch, layer, masks)
        parts_of(loader, layer, counted.take, number, progress)
        layers[layer] = counted.found()
        lost += counted.lost
    path = existing_annotations(annotations, batch, adopt=adopt)
    store = None if path is None else AnnotationStore.open(path, "", batch.placeholders, read_only=True)
    notice = "" if store is None or path is None else unmatched(store.items(), batch, path)
    return {
        "name": batch.name,
        "images": len(batch.images),
        "image_keys": list(batch.keys),
        "channels": list(batch.channels),
        "axes": axes_of(batch),
        "layers": layers,
        "masks_left_out": not looks,
        "join": JoinReport(batch).as_dict(),
        "annotations": str(path) if path else None,
        "verdicts": _verdicts(store),
        "verdicts_match_nothing": notice or None,
        "stray_verdicts": [] if store is None else of_unknown_images(batch, store.items()),
        "missing": lost,
    }


_FIELDS = ("objects", "per_image", "dialect", "label_column", "tracks")


def _measured(batch: Batch, layer: str) -> bool:
    """Whether the objects of nearly all images are kept from an earlier time."""
    masks = sum(text is not None for text in batch.files("masks", layer))
    return batch.kept_tables is not None and batch.kept_tables.known(layer) >= masks - MOST_MASKS


def parts_of(
    loader: ObjectLoader,
    layer: str,
    take: Callable[[ObjectPart], None],
    number: int = 0,
    progress: Progress | None = None,
) -> None:
    """Read the objects of a layer, the `number`th of its batch, part by part, and say how far it is."""
    count = len(loader.batch.images)
    total, done = count * len(loader.batch.layers), count * number

    def taken(part: ObjectPart) -> None:
        nonlocal done
        take(part)
        done += len(part.images)
        if progress is not None:
            progress(done, total)

    loader.load_layer(layer, taken)


class _Counted:
    """Counts over the objects of a layer, which are forgotten again: there may be more than fit into memory."""

    def __init__(self, batch: Batch, layer: str, masks: bool) -> None:
        self._batch, self._layer = batch, layer
        self._per_image = np.zeros(len(batch.images), np.int64)
        self._comparison = MaskComparison(batch, layer, every=masks)
        self._moving: list[ObjectPart] = []
        self._problems: list[Problem] = []

    def take(self, part: ObjectPart) -> None:
        """Count what was read."""
        self._per_image += np.bincount(part.frame["image"].to_numpy(), minlength=len(self._per_image))
        self._problems += part.problems
        self._comparison.take(part)
        if "t" in part.frame.columns:
            self._moving.append(part)

    @property
    def lost(self) -> list[str]:
        """What could not be read."""
        return [str(problem) for problem in self._problems if problem.lost]

    def found(self) -> dict[str, Any]:
        """Return the counts of the layer, as they stand in the summary."""
        choice = self._batch.dialects.get(self._layer)
        per_image = self._per_image.tolist()
        return {
            "objects": sum(per_image),
            "per_image": per_image,
            "dialect": choice.name if choice else None,
            "label_column": choice.label_column if choice else None,
            "problems": [*map(str, self._problems), *self._comparison.sentences()],
            "tracks": tracks_in(self._batch, self._layer, self._moving),
        }


def _verdicts(store: AnnotationStore | None) -> dict[str, dict[str, int]]:
    if store is None:
        return {"image": {}, "object": {}}
    found = {
        level: {verdict: count for verdict, count in store.counts(level).items() if count}
        for level in ("image", "object", "track", "candidate")
    }
    return {level: counts for level, counts in found.items() if counts or level in ("image", "object")}


def summary_lines(batch: Batch, summary: dict[str, Any]) -> list[str]:
    """The same for a person to read; every line is printable."""
    from tuiqc.text import printable

    lines = list(JoinReport(batch).lines())
    for name, layer in summary["layers"].items():
        if layer["objects"] is None:
            lines.append(
                f"{name}: not counted, there is no table; all masks are measured by --masks, and by tuiqc measure"
            )
            continue
        counts = ", ".join(map(str, layer["per_image"][:24])) + (
            ", …" if len(layer["per_image"]) > 24 else ""
        )
        source = f"{layer['dialect']} table" if layer["dialect"] else "measured from the masks"
        lines.append(f"{name}: {layer['objects']} objects ({source}); per image {counts}")
        lines += [f"  {problem}" for problem in layer["problems"][:10]]
        if len(layer["problems"]) > 10:
            lines.append(f"  … {len(layer['problems']) - 10} more")
    if summary["masks_left_out"] and any(layer["dialect"] for layer in summary["layers"].values()):
        lines.append("only a few masks were compared with the tables; all of them: --masks")
    lines += movie_lines(summary)
    if summary["verdicts_match_nothing"]:
        lines.append(summary["verdicts_match_nothing"])
    for level, counts in summary["verdicts"].items():
        if counts:
            shown = ", ".join(f"{verdict} {count}" for verdict, count in counts.items())
            rate = failure_rate(counts)
            if rate.rate is not None:
                shown += f"; failed {rate.rate:.1%} of {rate.judged} (95 % interval {rate.low:.1%} to {rate.high:.1%})"
            lines.append(f"{level} verdicts: {shown}")
    lines += summary["stray_verdicts"]
    return [printable(line) for line in lines]


_TRIES = 5
_SHOWN = 5


def axes_of(batch: Batch) -> dict[str, dict[str, Any]]:
    """Axes and lengths of the first file that can be read of each channel and layer.

    Returns
    -------
    dict
        Name: `axes` (text such as "tyx"), `sizes` (axis: length), `pixel_size_um` ([y, x] or None).
    """
    found = {}
    for name in (*batch.channels, *batch.layers):
        for record in batch.images[:_TRIES]:
            path = record.channels.get(name) or record.masks.get(name)
            if path is None:
                continue
            try:
                info = image_info(path)
            except InputError:
                continue
            found[name] = {
                "axes": info.axes,
                "sizes": {axis: info.sizes[axis] for axis in info.axes},
                "pixel_size_um": None if info.pixel_size_um is None else list(info.pixel_size_um),
            }
            break
    return found


def tracks_in(batch: Batch, layer: str, parts: Sequence[ObjectPart]) -> dict[str, Any] | None:
    """Count the tracks of a layer and name the most suspicious ones; None where there are none.

    Returns
    -------
    dict
        `tracks`, `lineages`, `divisions`, `suspicious` (counts), `column` (that says which object is which), `first`
        (the most suspicious: image, track, why, t).
    """
    if not any("t" in part.frame.columns for part in parts):
        return None
    objects = ObjectRows(batch, layer, list(parts))
    choice = batch.dialects.get(layer)
    if not any(tracks_of(objects, image, choice) for image in objects.loaded):
        return None
    rows = TrackRows(batch, objects)
    frame = rows.view.frame
    worst = frame[frame["suspicion"] > 0].sort_values("suspicion", ascending=False)
    return {
        "column": choice.track_column if choice else "label",
        "tracks": len(frame),
        "lineages": len({(i, value) for i, value in zip(rows.images, frame["lineage"], strict=True)}),
        "divisions": int((frame["children"] > 1).sum()),
        "suspicious": len(worst),
        "first": [
            {
                "image": batch.key(int(rows.images[at])),
                "track": int(rows.tracks[at]),
                "why": str(frame["why"].iloc[at]),
                "t": int(frame["worst_t"].iloc[at]),
            }
            for at in worst.index[:_SHOWN]
        ],
    }


def movie_lines(summary: dict[str, Any]) -> list[str]:
    """The same as lines of text; none for plain images without time and depth."""
    lines = []
    words = {"t": "time points", "z": "slices", "c": "channels"}
    for name, found in summary["axes"].items():
        sizes = found["sizes"]
        if sizes.get("t", 1) > 1 or sizes.get("z", 1) > 1:
            parts = [
                f"{sizes[axis]} {words[axis]}" for axis in found["axes"] if axis in words and sizes[axis] > 1
            ]
            plane = f"{sizes['x']} x {sizes['y']} px"
            lines.append(
                f"{name}: {', '.join(parts)} of {plane} (axes {found['axes']}; otherwise: --axes {name}=AXES)"
            )
    for name, layer in summary["layers"].items():
        tracks = layer["tracks"]
        if tracks is None:
            continue
        lines.append(
            f"{name}: {tracks['tracks']} tracks by {tracks['column']!r}, {tracks['lineages']} lineages, "
            f"{tracks['divisions']} divisions; {tracks['suspicious']} suspicious"
        )
        several = len(summary["image_keys"]) > 1
        for one in tracks["first"]:
            where = f"image {one['image']} " if several else ""
            lines.append(f"  {where}track {one['track']}: {one['why']} (t {one['t']})")
    return lines
