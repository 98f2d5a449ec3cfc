"""Which images of a batch are likely to be of no use, and why: those that lie outside of what their plate has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.measure.working_plane import Floats
from tuiqc.measured.batch_planes import PlaneKey
from tuiqc.measured.image_measurement import (
    QUALITY,
    ImageMeasurement,
    image_measures,
    middle,
    problems_of,
)
from tuiqc.measured.kept_parts import KeptParts
from tuiqc.measured.plan import Plan, plan_for
from tuiqc.measured.settings import Settings
from tuiqc.tables.distribution import Groups, quantiles, robust_z, spread
from tuiqc.triage.evidence_cache import NOTHING_KEPT, EvidenceCache

if TYPE_CHECKING:
    from tuiqc.triage.object_ranking import Ranking

OUTLIER = 3.5
"""Robust z from which an image lies outside (Iglewicz and Hoaglin, 1993)."""

_ENOUGH = 5
"""With fewer images on a plate nothing can be said of what is usual there: all images are taken together."""

_SURE_SHIFT = 4.0
"""Standard deviations by which another place of the mask fits better from which it is said to be shifted."""

_POOR_FIT = 0.05
"""Correlation of edges under which nothing speaks for the mask being of this image."""

_FAR = 8.0

WRONG_SHARE = "objects that look wrong"
"""Name of the measure that is the share of the objects of an image that look wrong."""

Words = Callable[[Mapping[str, float]], str]


@dataclass(frozen=True, slots=True)
class ImageSuspicion:
    """What is suspected of an image.

    Attributes
    ----------
    image
        Its number in the batch.
    score
        The highest of its deviations, and a little of the others; no probability.
    suspicion
        100 for the worst image of the batch down to 0.
    looks_wrong
        Whether there is anything to say.
    why
        In words, the heaviest first; "" where nothing speaks against it.
    measures
        What was measured, by name.
    quality
        CellProfiler's `ImageQuality_<measure>_<channel>`, with which nothing is compared.
    """

    image: int
    score: float
    suspicion: float
    looks_wrong: bool
    why: str
    measures: dict[str, float]
    quality: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sign:
    """How a measure is looked at.

    `low` and `high` are the words of what lies outside, "" where it does not matter; `least` is a difference that
    means nothing however alike the other images are.
    """

    low: str
    high: str
    least: float
    scale: Callable[[Floats], Floats] = np.asarray


def _log(values: Floats) -> Floats:
    return np.asarray(np.log(values + 1))


def _share(values: Floats) -> Floats:
    return np.asarray(np.log(values + 1e-4))


_SIGNS = {
    "count": _Sign("few objects", "many objects", 0.1, _log),
    "coverage": _Sign("little is labelled", "much is labelled", 0.1, _share),
    "fit": _Sign("the mask fits the image badly", "", 0.05),
    WRONG_SHARE: _Sign("", "many objects look wrong", 0.05),
}
_CHANNEL_SIGNS = {
    "focus": _Sign("blurred", "noisy or empty", 0.1),
    "saturated": _Sign("", "saturated", 0.5, _share),
    "brightness": _Sign("dark", "bright", 0.01),
    "unevenness": _Sign("", "unevenly lit", 0.01),
}


def image_suspicions(
    ranking: Ranking,
    *,
    cache: EvidenceCache | None = None,
    report: Callable[[int, int], None] = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[ImageSuspicion, ...]:
    """Measure every image of a ranking and say which lie outside of their plate, in the order of the batch.

    Of a movie or a stack the plane in the middle is measured. Within a plate (all images together where plates have
    fewer than five) each measure is compared by its robust z; an empty mask, a mask that fits better elsewhere
    and one that does not fit at all need no comparison.

    Parameters
    ----------
    report
        Called with (done, total) images.
    cancelled
        Asked between images; what was measured until then is compared.
    """
    keys_of: dict[int, list[PlaneKey]] = {}
    for key in ranking.keys:
        keys_of.setdefault(key.image, []).append(key)
    wrong = _wrong_objects(ranking)
    found: dict[int, ImageMeasurement] = {}
    shares: dict[int, float] = {}
    parts = _kept_parts(ranking, cache or NOTHING_KEPT)
    for image, keys in keys_of.items():
        if cancelled():
            break
        one = _measurement(ranking, parts, middle(keys))
        if "count" in one.measures:
            total, bad = wrong.get(image, (0, 0))
            found[image], shares[image] = one, bad / total if total else 0.0
        report(len(found), len(keys_of))
    return _compared(found, shares, _plates(ranking), ranking)


def _kept_parts(ranking: Ranking, cache: EvidenceCache) -> KeptParts:
    planes = ranking.planes
    if cache.measured is None:
        nothing = Settings(ranking.layer, ranking.other, planes.channels, ranking.typical)
        return KeptParts(Plan(ranking.batch, nothing, ()), None, "images")
    plan, _ = plan_for(ranking.batch, ranking.layer, ranking.other, planes.read, cache.measured)
    return KeptParts(plan, cache.measured, "images")


def _measurement(ranking: Ranking, parts: KeptParts, key: PlaneKey) -> ImageMeasurement:
    """What is kept of an image, else what is measured."""
    kept = parts.get(key.image)
    if kept is not None:
        return kept
    planes, image, settings = ranking.planes, ranking.batch.images[key.image], parts.plan.settings
    measures = image_measures(planes, key, planes.plane(key))
    problems = problems_of(planes, image, settings)
    made = ImageMeasurement(image.key, parts.plan.digests.get(key.image, ""), (), measures, problems)
    parts.put(key.image, made)
    return made


def _wrong_objects(ranking: Ranking) -> dict[int, tuple[int, int]]:
    """How many objects each image has, without specks, and how many of them look wrong."""
    objects = ~ranking.population.specks
    images, total = np.unique(ranking.images[objects], return_counts=True)
    bad = np.bincount(ranking.images[objects & ranking.looks_wrong], minlength=int(images.max(initial=0)) + 1)
    return {int(image): (int(count), int(bad[image])) for image, count in zip(images, total, strict=True)}


def _plates(ranking: Ranking) -> list[str]:
    from tuiqc.dataset.plates.mapping import plate_map

    found = plate_map(ranking.batch)
    if found is None:
        return [""] * len(ranking.batch.images)
    return [found.plates[at] for at in found.plate.tolist()]


def _compared(
    measured: Mapping[int, ImageMeasurement],
    shares: Mapping[int, float],
    plates: Sequence[str],
    ranking: Ranking,
) -> tuple[ImageSuspicion, ...]:
    found, quality = {}, {}
    for image, one in measured.items():
        quality[image] = {name: value for name, value in one.measures.items() if name.startswith(QUALITY)}
        plain = {name: value for name, value in one.measures.items() if name not in quality[image]}
        found[image] = plain | {WRONG_SHARE: shares[image]}
    images = list(found)
    if not images:
        return ()
    names = sorted({plates[image] for image in images})
    codes = np.array([names.index(plates[image]) for image in images], np.int64)
    groups = None if np.bincount(codes).min() < _ENOUGH else Groups(codes, len(names))
    several = len(ranking.planes.channels) > 1
    said: list[list[tuple[float, str]]] = [[] for _ in images]
    if len(images) >= _ENOUGH:
        for name, sign, words in _signs(ranking.planes.channels, several):
            values = np.array([found[image].get(name, np.nan) for image in images])
            scores = _deviations(sign.scale(values), groups, sign.least)
            for at, score in enumerate(np.nan_to_num(scores).tolist()):
                text = sign.high if score > 0 else sign.low
                if text:
                    said[at].append((min(abs(score), _FAR), words.format(text)))
    for at, image in enumerate(images):
        said[at] += _certain(found[image])
    scores_of = [_score(one) for one in said]
    ranks = np.argsort(np.argsort(-np.array(scores_of), kind="stable"), kind="stable")
    return tuple(
        ImageSuspicion(
            image,
            score,
            100.0 - 100.0 * int(rank) / max(len(images) - 1, 1),
            score >= OUTLIER,
            ", ".join(text for value, text in sorted(one, reverse=True)[:3] if value >= OUTLIER),
            found[image],
            quality[image],
        )
        for image, one, score, rank in zip(images, said, scores_of, ranks, strict=True)
    )


def _deviations(values: Floats, groups: Groups | None, least: float) -> Floats:
    """Robust z, with `least` as the least unit."""
    middle = spread(quantiles(values, groups, 0.5)[0], groups, len(values))
    z = robust_z(values, groups)
    return np.asarray(np.sign(z) * np.minimum(np.abs(z), np.abs(values - middle) / least))


def _score(said: Sequence[tuple[float, str]]) -> float:
    values = sorted((value for value, _ in said), reverse=True)
    return float(values[0] + 0.1 * sum(values[1:])) if values else 0.0


def _signs(channels: Sequence[str], several: bool) -> list[tuple[str, _Sign, str]]:
    out = [(name, sign, "{}") for name, sign in _SIGNS.items()]
    for channel in channels:
        escaped = channel.replace("{", "{{").replace("}", "}}")
        words = f"{escaped} {{}}" if several else "{}"
        out += [(f"{channel} {name}", sign, words) for name, sign in _CHANNEL_SIGNS.items()]
    return out


def _certain(measures: Mapping[str, float]) -> list[tuple[float, str]]:
    """What needs no comparison with other images."""
    if not measures["count"]:
        return [(2 * _FAR, "no object")]
    if "fit" not in measures:
        return []
    down, right = measures["shift_y"], measures["shift_x"]
    distance = float(np.hypot(down, right))
    if distance >= 2 and measures["shift_gain"] >= _SURE_SHIFT:
        return [(_FAR + 2, f"the mask is shifted: it fits better {_moved(down, right)}")]
    if measures["fit"] < _POOR_FIT:
        return [(_FAR + 1, "the mask fits this image nowhere: of another image?")]
    return []


def _moved(down: float, right: float) -> str:
    parts = []
    for value, ahead, back in ((down, "down", "up"), (right, "to the right", "to the left")):
        if value:
            parts.append(f"{abs(value):.0f} px {ahead if value > 0 else back}")
    return " and ".join(parts)
