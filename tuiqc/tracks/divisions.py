"""How implausible is a division? Daughters of a real one begin beside the mother and share her area."""

from __future__ import annotations

import numpy as np

from tuiqc.tracks.data import Tracks

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
