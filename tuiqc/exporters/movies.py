"""What the summary says of time, depth and tracks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectPart
from tuiqc.errors import InputError
from tuiqc.pixels import image_info
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.track_rows import TrackRows, tracks_of

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
                "image": batch.images[int(rows.images[at])].key,
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
