"""What each exporter would hand over of the objects of one layer: counted from arrays, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tuiqc.dataset.model import Progress
from tuiqc.errors import TuiqcError
from tuiqc.exporters.registry import ENDINGS, EXPORTERS, OF_IMAGES, dropped, exporter
from tuiqc.exporters.request import Request, Written
from tuiqc.qc.verdict import ALL, FAIL, NONE, PASS

_WORDS = {verdict.name or "unreviewed": verdict.code for verdict in ALL}


@dataclass(frozen=True)
class HandOver:
    """An exporter and what it would write.

    Attributes
    ----------
    name, about
        The exporter, and what it writes.
    unit
        "objects" or "images".
    kept
        How many it writes.
    failed, unreviewed
        How many failed, and how many have no verdict; whether it writes them or not.
    """

    name: str
    about: str
    unit: str
    kept: int
    failed: int
    unreviewed: int


def hand_overs(
    codes: NDArray[np.uint8], images: NDArray[np.int64], of_images: NDArray[np.uint8], *, reviewed_only: bool
) -> list[HandOver]:
    """Count for each exporter; as `Request.drops` has it, but for verdicts of tracks.

    Parameters
    ----------
    codes, images
        (n,) code of the verdict of each object, and the row number of its image.
    of_images
        (m,) code of the verdict of each image.
    reviewed_only
        Whether what nobody looked at is left out.
    """
    found = []
    for name, (_, about) in EXPORTERS.items():
        drop = dropped(name) | ({"unreviewed"} if reviewed_only else set())
        if name in OF_IMAGES:
            out, counted = np.isin(of_images, [_WORDS[word] for word in drop]), of_images
        else:
            out, counted = _left_out(drop, codes, of_images[images]), codes
        failed, none = int((counted == FAIL.code).sum()), int((counted == NONE.code).sum())
        unit = "images" if name in OF_IMAGES else "objects"
        found.append(HandOver(name, about, unit, int((~out).sum()), failed, none))
    return found


def _left_out(
    drop: frozenset[str] | set[str], codes: NDArray[np.uint8], whole: NDArray[np.uint8]
) -> NDArray[np.bool_]:
    own = np.isin(codes, [_WORDS[word] for word in drop])
    by_image = np.isin(whole, [_WORDS[word] for word in drop if word != "unreviewed"])
    saved = (whole == PASS.code) & (codes != NONE.code)
    left: NDArray[np.bool_] = own | (by_image & ~saved)
    return left


def usual_path(root: Path, name: str, layer: str) -> Path:
    """Where an exporter writes if nobody says otherwise: beside the data, by the names of exporter and layer."""
    stem = "_".join(filter(None, ["tuiqc", name, "" if name in OF_IMAGES else layer]))
    return root / f"{stem}{ENDINGS.get(name, '')}"


def hand_over(request: Request, name: str, reviewed_only: bool, progress: Progress) -> Written:
    """Write it, as `tuiqc export` does.

    Raises
    ------
    TuiqcError
        If nothing of it could be written.
    """
    request.drop = dropped(name) | ({"unreviewed"} if reviewed_only else frozenset())
    request.progress = progress
    try:
        return exporter(name)(request)
    except OSError as error:
        raise TuiqcError(f"{request.output} can't be written ({error.strerror})") from error


def told(written: Written) -> Mapping[str, list[str]]:
    """What it says, by heading; headings without a line are left out."""
    all_of_it = {"": written.lines, "Assumed": written.notes, "Not written": written.missing}
    return {heading: lines for heading, lines in all_of_it.items() if lines}
