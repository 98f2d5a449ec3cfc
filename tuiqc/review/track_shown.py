"""What is shown of the current track: its measurement over time, and the crops of its film strip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.tracks.strip import Crop, crops_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tuiqc.review.session import Session


def usual_measurement(session: Session) -> str:
    """The column of the area, else the first one of real numbers; "" where there is none."""
    objects = session.tables.objects
    choice = session.batch.dialects.get(session.cursor.layer)
    if choice is not None and choice.area_column is not None:
        return choice.area_column
    names = [] if objects is None else list(objects.view.given)
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
    tracks, track, objects = session.cursor.tracks, session.cursor.track, session.tables.objects
    if tracks is None or track is None or objects is None:
        return "", None
    frame = objects.view.frame
    name = name if name in frame.columns else usual_measurement(session)
    if not name:
        return "", None
    column = frame[name].iloc[objects.span(session.cursor.image)]
    return name, column.to_numpy(dtype=float, na_value=float("nan"))[tracks.rows(track)]


def strip_crops(session: Session, count: int) -> tuple[tuple[Crop, ...], float]:
    """The crops around the present time point (see `crops_of`); none without a track."""
    tracks, track, objects = session.cursor.tracks, session.cursor.track, session.tables.objects
    if tracks is None or track is None or objects is None:
        return (), 0.0
    labels = objects.labels[objects.span(session.cursor.image)]
    return crops_of(tracks, track, labels, session.cursor.t, session.cursor.extent.t - 1, count)
