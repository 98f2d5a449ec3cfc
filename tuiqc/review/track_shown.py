"""What is shown of the current track: its measurement over time, and the crops of its film strip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.picture.filmstrip import Crop, strip_times

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tuiqc.review.session import Session

_UNKNOWN_SIDE = 24.0
"""Side of the box in image pixels where no area of the track is known."""


def usual_measurement(session: Session) -> str:
    """The column of the area, else the first one of real numbers; "" where there is none."""
    objects = session.objects
    choice = session.batch.dialects.get(session.layer)
    if choice is not None and choice.area_column is not None:
        return choice.area_column
    names = [] if objects is None else list(objects.view.frame.columns)
    if "area" in names:
        return "area"
    numbers = [] if objects is None else [name for name in names if objects.view.kind(name) == "float"]
    return numbers[0] if numbers else ""


def measured(session: Session, name: str) -> tuple[str, NDArray[np.float64] | None]:
    """The column `name`, or the usual one where it is not there, and its values along the current track.

    Returns
    -------
    tuple
        The column, and one value per row of the track (`Tracks.rows`), NaN where there is none; ("", None) without
        objects, track or numbers.
    """
    tracks, track, objects = session.tracks, session.track, session.objects
    if tracks is None or track is None or objects is None:
        return "", None
    frame = objects.view.frame
    name = name if name in frame.columns else usual_measurement(session)
    if not name:
        return "", None
    column = frame[name].iloc[objects.span(session.image)]
    return name, column.to_numpy(dtype=float, na_value=float("nan"))[tracks.rows(track)]


def strip_crops(session: Session, count: int) -> tuple[tuple[Crop, ...], float]:
    """Up to `count` time points around the present one, and the largest side of a box of the track.

    Where the track is absent, the crop is where the track is nearest in time. The side is in image pixels, that of a
    circle of the largest area. Without a track there are no crops.
    """
    tracks, track, objects = session.tracks, session.track, session.objects
    if tracks is None or track is None or objects is None:
        return (), 0.0
    rows = tracks.rows(track)
    data, span = tracks.data, objects.span(session.image)
    crops = []
    for t in strip_times(session.t, 0, session.extent.t - 1, count):
        row = tracks.row_at(track, t)
        near = int(rows[abs(data.t[rows] - t).argmin()]) if row is None else row
        x, y = float(data.x[near]), float(data.y[near])
        label = 0 if row is None else int(objects.labels[span.start + row])
        crops.append(Crop(t, x if x == x else 0.0, y if y == y else 0.0, label))
    largest = float((data.area[rows].max() / 3.14159) ** 0.5 * 2) if len(rows) else 0.0
    return tuple(crops), largest if largest == largest else _UNKNOWN_SIDE
