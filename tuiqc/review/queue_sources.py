"""Making queues: the random sample of a batch, disagreements to decide, things that somebody else judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tuiqc.dataset.model import Batch, Progress
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.errors import UsageError
from tuiqc.files import atomic as disk
from tuiqc.qc.record import Annotation, Subject
from tuiqc.qc.sample import Sample, draw_sample, load_sample, sample_path, save_sample
from tuiqc.review.queue import Kind, Queue, own_seed, shuffled


@dataclass(frozen=True, slots=True)
class SampleSpec:
    """The random sample that is asked for; None leaves what a sample that is there has (else: seed 1, nothing more).

    `size` is how many things, `layer` the object layer ("" for images), `stratify` a placeholder such as `well`,
    `repeat` the share that is silently shown twice. `anew` draws another one in place of the one that is there.
    """

    size: int
    layer: str = ""
    stratify: str | None = None
    seed: int | None = None
    repeat: float | None = None
    anew: bool = False


def subjects_of(batch: Batch, layer: str, progress: Progress | None = None) -> list[Subject]:
    """Return all images (layer ""), or all objects of a layer: their tables are read, or their masks measured."""
    if not layer:
        return [Subject("image", record.key) for record in batch.images]
    found: list[Subject] = []
    done = 0

    def take(part: ObjectPart) -> None:
        nonlocal done
        frame = part.frame
        times = frame["t"].tolist() if "t" in frame else [0] * len(frame)
        for image, label, t in zip(frame["image"].tolist(), frame["label"].tolist(), times, strict=True):
            found.append(Subject("object", batch.key(image), layer, int(label), int(t)))
        done += len(part.images)
        if progress is not None:
            progress(done, len(batch.images))

    ObjectLoader(batch).load_layer(layer, take)
    return found


def sample_queue(
    batch: Batch, csv: Path, spec: SampleSpec, progress: Progress | None = None, accept: float = 0.0
) -> Queue:
    """Return the random sample that is kept beside the CSV if it is the one that is wished for, else draw and keep it.

    Raises
    ------
    UsageError
        If another sample is there (and `anew` is not given), there is no such placeholder, or nothing to draw from.
    InputError
        If it can't be read or written.
    """
    there = load_sample(csv)
    if there is not None and not spec.anew:
        difference = _difference(there, spec)
        if difference:
            raise UsageError(
                f"another random sample is kept in {sample_path(csv)}: {difference}. Go on with it "
                f"(--sample {len(there.subjects)}{f' --of {there.layer}' if there.layer else ' --of images'}), "
                "or draw another one with --new-sample"
            )
        return Queue(Kind.SAMPLE, there.subjects, there, accept=accept)
    sample = _drawn(batch, spec, progress)
    if there is not None:
        path = sample_path(csv)
        path.rename(disk.free_name(path.with_suffix(".earlier.json")))
    save_sample(csv, sample)
    return Queue(Kind.SAMPLE, sample.subjects, sample, accept=accept)


def _drawn(batch: Batch, spec: SampleSpec, progress: Progress | None) -> Sample:
    stratify = spec.stratify or ""
    if stratify and stratify not in batch.placeholders:
        raise UsageError(
            f"no placeholder {stratify!r} to stratify by; there are: {', '.join(batch.placeholders) or 'none'}"
        )
    subjects = subjects_of(batch, spec.layer, progress)
    if not subjects:
        raise UsageError(f"there are no {spec.layer or 'images'} to draw a sample from")
    of = {record.key: record.placeholders.get(stratify, "") for record in batch.images}
    return draw_sample(
        subjects,
        spec.size,
        seed=1 if spec.seed is None else spec.seed,
        strata=[of[subject.image] for subject in subjects] if stratify else None,
        stratify=stratify,
        repeat=spec.repeat or 0.0,
    )


def _difference(there: Sample, spec: SampleSpec) -> str:
    """What of a sample that is there is not as it is wished for, "" if all is."""
    size, population = len(there.subjects), sum(there.population.values())
    parts = []
    if there.layer != spec.layer:
        parts.append(f"of {there.layer or 'images'}")
    if size != min(spec.size, population):
        parts.append(f"{size} things")
    if spec.seed not in (None, there.seed):
        parts.append(f"seed {there.seed}")
    if spec.stratify not in (None, there.stratify):
        parts.append(f"stratified by {there.stratify or 'nothing'}")
    if spec.repeat is not None and round(spec.repeat * size) != len(there.repeats):
        parts.append(f"{len(there.repeats)} repeated")
    return ", ".join(parts)


def kept_sample(csv: Path, accept: float = 0.0) -> Queue | None:
    """Return the random sample that is kept beside the CSV, None without one. Raises InputError."""
    sample = load_sample(csv)
    return (
        None
        if sample is None or not sample.subjects
        else Queue(Kind.SAMPLE, sample.subjects, sample, accept=accept)
    )


def adjudication_queue(path: Path, layer: str | None = None) -> Queue:
    """Return the disagreements of a file that `tuiqc compare -o` wrote, with what each rater said.

    Raises as `listed_queue`.
    """
    from tuiqc.qc.compare import read_queue, read_said

    return Queue(Kind.ADJUDICATION, _one_kind(read_queue(path), layer, path), said=read_said(path))


def listed_queue(path: Path, layer: str | None = None) -> Queue:
    """Return the things of an annotation CSV in its order, whatever was said of them.

    Raises
    ------
    UsageError
        If there is nothing of this kind in it.
    InputError
        If it can't be read.
    """
    from tuiqc.qc.compare import read_queue

    return Queue(Kind.LISTED, _one_kind(read_queue(path), layer, path))


def second_queue(
    annotator: str, judged: Sequence[Subject], layer: str | None = None, path: Path | None = None
) -> Queue:
    """Return the things that others judged in a random order that is the annotator's own. Raises UsageError."""
    return Queue(Kind.SECOND, shuffled(_one_kind(judged, layer, path), own_seed(annotator)))


def judged_by_others(by_annotator: dict[str, dict[Subject, Annotation]], annotator: str) -> list[Subject]:
    """Return what others than this annotator gave a verdict to."""
    others = [rows for name, rows in by_annotator.items() if name != annotator]
    return list(dict.fromkeys(s for rows in others for s, row in rows.items() if row.verdict))


def _one_kind(subjects: Sequence[Subject], layer: str | None, path: Path | None) -> tuple[Subject, ...]:
    """Those of one level and object layer: of `layer` ("" for images), else of the kind that most are of."""
    kinds = [(subject.level, subject.layer) for subject in subjects]
    if layer is not None:
        wanted = ("object", layer) if layer else ("image", "")
    else:
        wanted = max(sorted(set(kinds)), key=kinds.count, default=("", ""))
    found = tuple(subject for subject, kind in zip(subjects, kinds, strict=True) if kind == wanted)
    if not found:
        where = f" in {path}" if path is not None else ""
        raise UsageError(f"no {layer or 'images' if layer is not None else 'things'} to go through{where}")
    return found
