"""What annotations are about, in words."""

from __future__ import annotations

from collections.abc import Sequence

from tuiqc.qc.record import Subject


def subject_name(subject: Subject) -> str:
    """Return "nuclei 7 of image 5", or "image 5"; with the frame where there is time."""
    if not subject.layer:
        return f"image {subject.image}"
    when = f" at t {subject.t}" if subject.t else ""
    of = {"track": "track of ", "candidate": "missed "}.get(subject.level, "")
    return f"{of}{subject.layer} {subject.label} of image {subject.image}{when}"


def subjects_name(subjects: Sequence[Subject]) -> str:
    """Return the name of a single one, of several how many they are of what: "12 nuclei of image 5, 1 image"."""
    if len(subjects) == 1:
        return subject_name(subjects[0])
    kinds: dict[tuple[str, str], list[Subject]] = {}
    for one in subjects:
        kinds.setdefault((one.level, one.layer), []).append(one)
    return ", ".join(_many(level, layer, those) for (level, layer), those in kinds.items())


def _many(level: str, layer: str, subjects: Sequence[Subject]) -> str:
    count, images = len(subjects), {one.image for one in subjects}
    if level == "image":
        return f"{count:,} image{'s' * (count != 1)}"
    what = {"track": f"tracks of {layer}", "candidate": f"missed {layer}"}.get(level, layer)
    where = f"image {next(iter(images))}" if len(images) == 1 else f"{len(images):,} images"
    return f"{count:,} {what} of {where}"
