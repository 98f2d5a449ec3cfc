"""What is in a batch and what was decided, as plain data and as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuiqc.dataset.join_report import JoinReport
from tuiqc.dataset.mask_comparison import compare_with_masks
from tuiqc.dataset.model import Batch, Progress
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.errors import InputError
from tuiqc.pixels import image_info
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.location import existing_annotations, unmatched
from tuiqc.qc.rates import failure_rate
from tuiqc.review.label_checks import of_unknown_images
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.object_tracks import tracks_of
from tuiqc.review.track_rows import TrackRows


def summarise(
    batch: Batch, annotations: Path | None = None, progress: Progress | None = None, *, adopt: bool = False
) -> dict[str, Any]:
    """Count everything; reads all tables, and the masks of layers without one.

    Returns
    -------
    dict
        `images` (count), `channels` (names), `layers` (name: `objects`, `per_image`, `dialect`, `label_column`,
        `problems`, `tracks` (see `movies.tracks_in`)), `axes` (see `movies.axes_of`), `join` (the join report),
        `annotations` (path or None), `verdicts` (level: verdict: count),
        `verdicts_match_nothing` (a sentence where there are some and none is about this batch, else None),
        `stray_verdicts` (sentences about verdicts on what the batch has not), `missing` (what could not be read).
    """
    loader = ObjectLoader(batch)
    total, done = len(batch.layers) * len(batch.images), 0
    layers: dict[str, Any] = {}
    lost: list[str] = []
    for layer in batch.layers:
        per_image, problems, parts = [], [], []
        for record in batch.images:
            part = loader.load(record.index, layer)
            per_image.append(len(part.frame))
            parts.append(part)
            problems += [str(problem) for problem in part.problems]
            lost += [str(problem) for problem in part.problems if problem.lost]
            done += 1
            if progress is not None:
                progress(done, total)
        problems += compare_with_masks(batch, layer, parts)
        choice = batch.dialects.get(layer)
        layers[layer] = {
            "objects": sum(per_image),
            "per_image": per_image,
            "dialect": choice.name if choice else None,
            "label_column": choice.label_column if choice else None,
            "problems": problems,
            "tracks": tracks_in(batch, layer, [part for part in parts if "t" in part.frame.columns]),
        }
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
        "join": JoinReport(batch).as_dict(),
        "annotations": str(path) if path else None,
        "verdicts": _verdicts(store),
        "verdicts_match_nothing": notice or None,
        "stray_verdicts": [] if store is None else of_unknown_images(batch, store.items()),
        "missing": lost,
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
        counts = ", ".join(map(str, layer["per_image"][:24])) + (
            ", …" if len(layer["per_image"]) > 24 else ""
        )
        source = f"{layer['dialect']} table" if layer["dialect"] else "measured from the masks"
        lines.append(f"{name}: {layer['objects']} objects ({source}); per image {counts}")
        lines += [f"  {problem}" for problem in layer["problems"][:10]]
        if len(layer["problems"]) > 10:
            lines.append(f"  … {len(layer['problems']) - 10} more")
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
