"""Where a tracking looks wrong: per track the moments that rarely happen to a real cell.

The measures are ratios, so that one set of limits serves small and large cells, slow and fast ones. None of them
is a proof; they say where to look first.

Daughters of a real division begin beside their mother and share her area.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.tracks.data import Tracks

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

COLUMNS = (
    "track",
    "suspicion",
    "why",
    "worst_t",
    "lineage",
    "parent",
    "first_t",
    "last_t",
    "objects",
    "jump",
    "jump_t",
    "area_change",
    "area_t",
    "gaps",
    "merged",
    "children",
    "division",
)
_CAP = 5.0  # one moment, however strange, counts this much at most
_MERGED = 3.0  # the tracking itself says that it could not tell them apart
_SLIP = 0.5  # a slip of the segmentation happens often and leaves the identity alone: it counts half
_LEAST_STEP = 0.5  # pixels: a cell that hardly moves has no meaningful median


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a moment is suspicious.

    Attributes
    ----------
    jump
        Displacement between neighbouring time points over the track's own median displacement.
    jump_radius
        And at least this many radii of the object, so that a shiver is no jump.
    area
        Area over the area before, or the other way round.
    division
        See `divisions.division_fault`.
    """

    jump: float = 5.0
    jump_radius: float = 0.6
    area: float = 1.6
    division: float = 1.0


@dataclass(frozen=True, slots=True)
class _Steps:
    """What happens between the neighbouring rows of each track; arrays are (tracks,), times -1 for none."""

    jump: NDArray[np.float64]
    jump_t: NDArray[np.int64]
    jump_radii: NDArray[np.float64]
    area: NDArray[np.float64]
    area_t: NDArray[np.int64]
    gaps: NDArray[np.int64]


def track_table(tracks: Tracks, thresholds: Thresholds | None = None) -> pd.DataFrame:
    """Return one row per track, ascending, with the columns `COLUMNS`.

    `suspicion` is 0 for a track with nothing to say against it; each moment beyond its threshold adds how many times
    the threshold it is, at most 5. What may be a slip of the segmentation (changes of area, gaps, single time points)
    adds half of that, what may be a mix-up (jumps, divisions, mergers) all of it. `why` names the moments, worst
    first, and `worst_t` is when the worst one shows. `jump`, `area_change` and `division` are the ratios themselves
    (NaN where there is nothing to compare), `gaps` counts missing time points, `merged` the time points as part of a
    merged object.
    """
    import pandas as pd

    limits = thresholds or Thresholds()
    steps = _steps(tracks)
    records = []
    for at, track in enumerate(tracks.ids.tolist()):
        rows = tracks.rows(track)
        first, last = int(tracks.data.t[rows[0]]), int(tracks.data.t[rows[-1]])
        children = tracks.children.get(track, ())
        fault = division_fault(tracks, track)
        merged = tracks.merged(track)
        found = _moments(tracks, track, steps, at, fault, limits)
        records.append(
            (
                track,
                round(sum(size for size, _, _ in found), 3),
                ", ".join(why for _, why, _ in found),
                found[0][2] if found else -1,
                tracks.lineage(track),
                tracks.parents.get(track, 0),
                first,
                last,
                len(rows),
                steps.jump[at],
                steps.jump_t[at],
                steps.area[at],
                steps.area_t[at],
                steps.gaps[at],
                len(merged),
                len(children),
                fault,
            )
        )
    return pd.DataFrame.from_records(records, columns=list(COLUMNS))


def object_moments(tracks: Tracks, thresholds: Thresholds | None = None) -> dict[int, tuple[float, str]]:
    """Of each row of `tracks.data` in which a track has a suspicious moment: how suspicious, and why, in a word.

    As in `track_table`: 1 at the threshold, 5 at most, half for what may be a slip of the segmentation. A change of
    area is of that of the two objects whose area differs more from the track's median: a merge that lasts one time
    point begins and ends with a change.
    """
    limits = thresholds or Thresholds()
    steps = _steps(tracks)
    out: dict[int, tuple[float, str]] = {}
    for at, track in enumerate(tracks.ids.tolist()):
        for size, why, t in _moments(tracks, track, steps, at, division_fault(tracks, track), limits):
            row = tracks.row_at(track, t)
            if why == "area" and row is not None:
                row = _odd_area(tracks, track, row)
            elif why == "division":
                row = int(tracks.rows(track)[-1])
            if row is not None and size > out.get(row, (0.0, ""))[0]:
                out[row] = (size, why)
    return out


def _odd_area(tracks: Tracks, track: int, row: int) -> int:
    """This row, or the one before it in its track: the one that is further from the track's median area."""
    rows = tracks.rows(track)
    area = tracks.data.area
    before = int(rows[max(0, int(np.flatnonzero(rows == row)[0]) - 1)])
    usual = max(float(np.nanmedian(area[rows])), 1.0)
    return before if _apart(float(area[before]), usual) > _apart(float(area[row]), usual) else row


def _apart(area: float, usual: float) -> float:
    return abs(float(np.log(max(area, 1.0) / usual)))


def _moments(
    tracks: Tracks, track: int, steps: _Steps, at: int, fault: float, limits: Thresholds
) -> list[tuple[float, str, int]]:
    """Suspicious moments of the track whose place in `steps` is `at`, worst first: how suspicious, why, and when."""
    times, merged = tracks.data.t[tracks.rows(track)], tracks.merged(track)
    found: list[tuple[float, str, int]] = []
    if steps.jump[at] > limits.jump and not steps.jump_radii[at] < limits.jump_radius:
        found.append((steps.jump[at] / limits.jump, "jump", int(steps.jump_t[at])))
    if steps.area[at] > limits.area:
        found.append((_SLIP * steps.area[at] / limits.area, "area", int(steps.area_t[at])))
    if steps.gaps[at]:
        missing = 1 + 0.5 * (steps.gaps[at] - 1)
        found.append((_SLIP * missing, "gap", _first_gap(times)))
    if len(times) == 1:
        found.append((_SLIP, "one time point", int(times[0])))
    if len(merged):
        found.append((_MERGED, "merged", int(merged[0])))
    if fault > limits.division:
        born = min(tracks.span(child)[0] for child in tracks.children.get(track, ()))
        found.append((1.0 + fault / limits.division, "division", born))
    return sorted(((min(_CAP, size), why, t) for size, why, t in found), reverse=True)


def _first_gap(times: NDArray[np.int64]) -> int:
    return int(times[np.flatnonzero(np.diff(times) > 1)[0]] + 1)


def _steps(tracks: Tracks) -> _Steps:
    """All steps of all tracks at once; the loops are over tracks only."""
    data, order = tracks.data, tracks.order
    count = len(tracks)
    jump, radii = np.full(count, np.nan), np.full(count, np.nan)
    area = np.full(count, np.nan)
    jump_t, area_t = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    gaps = np.zeros(count, np.int64)
    x, y, areas, t = data.x[order], data.y[order], data.area[order], data.t[order]
    for at, (start, stop) in enumerate(zip(tracks.starts.tolist(), tracks.stops.tolist(), strict=True)):
        times = t[start:stop]
        if stop - start < 2:
            continue
        apart = np.diff(times)
        gaps[at] = int(np.clip(apart - 1, 0, None).sum())
        # Over a gap the displacement is that per time point; two objects at one time point are no step.
        step = apart > 0
        distance = np.hypot(np.diff(x[start:stop]), np.diff(y[start:stop])) / np.maximum(apart, 1)
        distance[~step] = np.nan
        if np.isfinite(distance).any():
            usual = max(float(np.nanmedian(distance)), _LEAST_STEP)
            worst = int(np.nanargmax(distance))
            jump[at], jump_t[at] = distance[worst] / usual, times[worst + 1]
            radius = np.sqrt(areas[start + worst] / np.pi)
            radii[at] = distance[worst] / radius if radius > 0 else np.nan
        with np.errstate(all="ignore"):
            ratio = areas[start + 1 : stop] / areas[start : stop - 1]
            ratio = np.where(step, np.maximum(ratio, 1 / ratio), np.nan)
        if np.isfinite(ratio).any():
            worst = int(np.nanargmax(np.where(np.isfinite(ratio), ratio, np.nan)))
            area[at], area_t[at] = ratio[worst], times[worst + 1]
    return _Steps(jump, jump_t, radii, area, area_t, gaps)


_FAR = 3.0  # radii of the mother between her last place and a daughter's first
_MORE = 1.45  # area of both daughters over that of the mother
_UNEQUAL = 2.0  # larger daughter over smaller one


def division_fault(tracks: Tracks, track: int) -> float:
    """Return 0 for a plausible division, above 1 for an implausible one, NaN for a track without children.

    It is the largest of: distance of a daughter from the mother over 3 of her radii; area of the daughters together
    over 1.45 times hers (or hers over 2.2 times theirs); the larger daughter over twice the smaller; a third daughter;
    a daughter that begins more than one time point late. Each is only counted where areas and places are known.
    """
    children = tracks.children.get(track, ())
    if not children:
        return float("nan")
    data = tracks.data
    mother = int(tracks.rows(track)[-1])
    born = [int(tracks.rows(child)[0]) for child in children]
    radius = float(np.sqrt(data.area[mother] / np.pi))
    faults = [0.0]
    distances = [float(np.hypot(data.x[row] - data.x[mother], data.y[row] - data.y[mother])) for row in born]
    faults += [distance / (_FAR * radius) for distance in distances if radius > 0]
    areas = [float(data.area[row]) for row in born]
    together = sum(areas)
    if len(areas) > 1 and radius > 0 and min(areas) > 0:
        faults.append(together / (_MORE * float(data.area[mother])))
        faults.append(float(data.area[mother]) / (2.2 * together))
        faults.append(max(areas) / (_UNEQUAL * min(areas)))
    faults.append(len(children) / 2.5)
    faults += [(int(data.t[row]) - int(data.t[mother])) / 2.0 for row in born]
    return max(fault for fault in faults if not np.isnan(fault))
