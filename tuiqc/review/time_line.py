"""Time and tracks: the line of the verdicts, the current track's measurement and film strip, and steps along tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tuiqc.qc.verdict import WORST_FIRST
from tuiqc.review.cursor import Cursor
from tuiqc.review.session import Session
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


HERE, THERE, NOTHING = "●", "━", "─"
_MARKS = {verdict.code: verdict.sign for verdict in WORST_FIRST}
"""Sign of each verdict's code, the one that matters most first."""


def times_with(session: Session) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Per time point of the current image: is there an object, and which verdict has one (code, 0 for none).

    Of the followed track if there is one, else of all objects of the active layer. Of several verdicts at one time
    point fail counts before unsure before pass.
    """
    count = session.cursor.extent.t
    there, codes = np.zeros(count, bool), np.zeros(count, np.uint8)
    objects = session.tables.objects
    if objects is None or objects.times is None or session.cursor.image not in objects.loaded:
        return there, codes
    span = objects.span(session.cursor.image)
    times, verdicts = objects.times[span], objects.codes[span]
    tracks, track = session.cursor.tracks, session.cursor.track
    if tracks is not None and track is not None:
        rows = tracks.rows(track)
        times, verdicts = times[rows], verdicts[rows]
    inside = (times >= 0) & (times < count)
    there[times[inside]] = True
    for code in reversed(_MARKS):
        codes[times[inside & (verdicts == code)]] = code
    return there, codes


def slider_text(now: int, there: NDArray[np.bool_], codes: NDArray[np.uint8], width: int) -> tuple[str, int]:
    """Draw the line in `width` cells; returns it with the cell of the present time point."""
    count = len(there)
    width = max(width, 1)
    # Each time point has a cell of its own where there is room, else several share one.
    first = np.arange(width) * count // width if count > width else None
    cells = []
    for cell in range(width):
        if first is None:
            low = cell * count // width
            high = low + 1
        else:
            low = int(first[cell])
            high = max(low + 1, (cell + 1) * count // width)
        found = set(codes[low:high].tolist())
        mark = next((sign for code, sign in _MARKS.items() if code in found), "")
        cells.append(mark or (THERE if there[low:high].any() else NOTHING))
    at = min(width - 1, (now * width + width // 2) // max(count, 1))
    if first is not None:
        at = min(width - 1, int(np.searchsorted(first, now, side="right")) - 1)
    cells[at] = HERE
    return "".join(cells), at


# --- steps along tracks


def step_track(cursor: Cursor, step: int) -> int | None:
    """Go to the next or previous track that is here at this time point, by number; None at the end."""
    tracks = cursor.tracks
    if tracks is None:
        return None
    here = np.unique(tracks.data.track[tracks.data.t == cursor.t])
    here = here[here >= 0]
    now = cursor.track
    if now is None:
        found = here[:1] if step > 0 else here[-1:]
    else:
        found = here[here > now][:1] if step > 0 else here[here < now][-1:]
    if not len(found):
        return None
    cursor.go_track(int(found[0]), cursor.t)
    return int(found[0])


def step_event(cursor: Cursor, step: int) -> str | None:
    """Go to the next or previous birth, merge, division or death of the track; its sentence, None at the end."""
    tracks, track = cursor.tracks, cursor.track
    if tracks is None or track is None:
        return None
    events = tracks.events(track)
    found = [one for one in events if (one.t > cursor.t if step > 0 else one.t < cursor.t)]
    if not found:
        return None
    event = found[0] if step > 0 else found[-1]
    cursor.go_time(event.t)
    others = ", ".join(map(str, event.others))
    words = {"birth": " from", "division": " into", "merge": " with", "death": ""}
    return f"{event.kind} of track {track}{words[event.kind] + ' ' + others if others else ''} at t {event.t}"


def track_tail(cursor: Cursor, length: int = 12) -> list[tuple[float, float]]:
    """Places (x, y) of the followed track at the last time points, oldest first, the present one last."""
    tracks, track = cursor.tracks, cursor.track
    if tracks is None or track is None:
        return []
    rows = tracks.rows(track)
    times = tracks.data.t[rows]
    rows = rows[(times <= cursor.t) & (times > cursor.t - length)]
    places = zip(tracks.data.x[rows].tolist(), tracks.data.y[rows].tolist(), strict=True)
    return [place for place in places if place[0] == place[0] and place[1] == place[1]]
