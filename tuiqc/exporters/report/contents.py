"""All that stands in a report, put together from the batch and its annotations."""

from __future__ import annotations

import math
import platform
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from tuiqc import __version__
from tuiqc.dataset.model import Batch, Progress
from tuiqc.errors import UsageError
from tuiqc.exporters.report.measurements import Distribution, distribution, telling_columns
from tuiqc.exporters.report.plate import Plates, plates_of
from tuiqc.exporters.report.rate_tables import Annotations, Drawn, Kind, groups_of, kind
from tuiqc.exporters.report.review_record import (
    Facts,
    FailedTrack,
    Overlap,
    Person,
    Trouble,
    facts,
    failed_tracks,
    overlap,
    people,
    troubles,
)
from tuiqc.exporters.report.sheets import Sheet, SheetMaker, choose, choose_suspected
from tuiqc.exporters.totals import Population
from tuiqc.exporters.verdict_statistics import kind_name, statistics
from tuiqc.names import natural_key
from tuiqc.picture.spec import unread
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.rates import Method
from tuiqc.qc.record import Annotation, Subject
from tuiqc.qc.sample import Sample, load_sample
from tuiqc.review.batch_figures import ABOUT, BatchFigures
from tuiqc.review.headless import layer_of, rank_objects, whole_images, whole_objects
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.rows import Rows

if TYPE_CHECKING:
    from tuiqc.triage.object_ranking import Ranking

MOST_CROPS = 500
"""Crops of each kind: about 10 KB each, so that a report with all of them still goes by mail."""


@dataclass(frozen=True)
class ReportOptions:
    """What to put into a report.

    Attributes
    ----------
    layer
        Object layer; None: that of the random sample, else the one with most verdicts, else the first.
    by
        Column of the image table whose values make the groups; "" for none, None for the first placeholder that
        makes a few.
    columns
        Measurements whose distributions are shown; empty: those that tell failed from passed best.
    failed, passed
        How many failed and how many passed things are shown as pictures, at most.
    worst
        How many objects of each kind of error that are suspected of it, judged or not; 0: objects are not ranked.
    judge
        Whether things are judged in the page itself, by keys; then some are drawn by lot, too.
    seed
        Of the choice of those, where there are more.
    title
        Heading; "" for the name of the batch.
    method
        Of the intervals.
    command
        The command line, to be repeated.
    """

    layer: str | None = None
    by: str | None = None
    columns: tuple[str, ...] = ()
    failed: int = 24
    passed: int = 12
    worst: int = 0
    judge: bool = False
    seed: int = 0
    title: str = ""
    method: Method = "wilson"
    command: str = ""

    def check(self) -> None:
        """Refuse what can't be, before anything is read. Raises UsageError."""
        for name, number in (("failed", self.failed), ("passed", self.passed), ("worst", self.worst)):
            if not 0 <= number <= MOST_CROPS:
                raise UsageError(f"--{name} {number} is not between 0 and {MOST_CROPS}")
        if self.seed < 0:
            raise UsageError(f"--seed {self.seed} is less than 0")


MOST_NOTES = 1000
_DRAWN = 24
"""Objects, and images, that are drawn by lot to be judged in the page."""


@dataclass(frozen=True)
class Note:
    """A note and what it is about; `thing` is "" for an image as a whole."""

    image: str
    thing: str
    verdict: str
    reason: str
    text: str
    annotator: str
    day: str


def notes(by_annotator: Mapping[str, Mapping[Subject, Annotation]]) -> list[Note]:
    """Return all notes of all annotators by image, layer and label."""
    found = [
        (subject, annotation)
        for said in by_annotator.values()
        for subject, annotation in said.items()
        if annotation.note.strip()
    ]
    found.sort(key=lambda pair: (natural_key(pair[0].image), pair[0][2:], pair[1].time))
    return [
        Note(
            subject.image,
            thing(subject),
            annotation.verdict,
            annotation.reason,
            annotation.note,
            annotation.annotator,
            annotation.time[:10],
        )
        for subject, annotation in found
    ]


def thing(subject: Subject) -> str:
    """Return the layer and label of an object or a track, "" for an image."""
    if subject.level == "image":
        return ""
    if subject.level == "track":
        return f"{subject.layer} track {subject.label}"
    return f"{subject.layer} {subject.label}" + (f" at t {subject.t}" if subject.t else "")


_PACKAGES = ("numpy", "pandas", "scipy", "tifffile", "imagecodecs", "h5py", "pillow", "matplotlib", "jinja2")


def versions() -> list[tuple[str, str]]:
    """Return the versions of tuiqc, Python and the packages that numbers and pictures come from."""
    found = [("tuiqc", __version__), ("Python", platform.python_version())]
    for name in _PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return found


@dataclass(frozen=True)
class Figure:
    """A figure of the batch as text, with its name and what it is."""

    name: str
    about: str
    value: str


def batch_figures(
    batch: Batch, objects: ObjectRows, ranking: Ranking, items: Collection[tuple[Subject, Annotation]]
) -> list[Figure]:
    """What can be said of the objects and images without a person."""
    found = BatchFigures(batch, objects.layer, items, None, objects, ranking).of_batch()
    return [
        Figure(name, ABOUT[name], f"{value:,.0f}" if value == int(value) else f"{value:.3f}")
        for name, value in found.items()
        if math.isfinite(value) and "judged" not in name and "failed" not in name and "failure" not in name
    ]


@dataclass(frozen=True)
class Contents:
    """A report before it is written as HTML.

    `only` is the annotator whose verdicts were asked for, "" for all. `object_sheets` and `image_sheets` are failed
    and passed ones; `telling` says that the distributions were chosen for telling failed from passed. `missing` says
    what could not be read or drawn.
    """

    title: str
    options: ReportOptions
    layer: str
    by: str
    facts: Facts
    annotations: str
    only: str
    found: Mapping[str, Any]
    people: list[Person]
    overlap: Overlap
    kinds: list[Kind]
    plates: Plates | None
    distributions: list[Distribution]
    telling: bool
    object_sheets: list[Sheet]
    suspected: list[Sheet]
    suspected_said: str
    figures: list[Figure]
    drawn: list[tuple[bool, Sheet]]
    image_sheets: list[Sheet]
    failed_tracks: list[FailedTrack]
    drawn_as: str
    notes: list[Note]
    troubles: list[Trouble]
    versions: list[tuple[str, str]]
    created: str
    missing: list[str]

    @property
    def sample(self) -> Mapping[str, Any] | None:
        """What the random sample says, as `exporters.statistics` has it."""
        sample: Mapping[str, Any] | None = self.found["sample"]
        return sample


def contents(
    batch: Batch,
    store: AnnotationStore,
    options: ReportOptions,
    created: str,
    progress: Progress | None = None,
) -> Contents:
    """Read all tables and what the pictures need, and put it together. Raises UsageError, InputError."""
    sample, items = load_sample(store.path), store.items()
    annotations, by_annotator = dict(items), store.by_annotator()
    if store.annotator:  # one annotator's verdicts were asked for
        by_annotator = {store.annotator: by_annotator.get(store.annotator, {})}
    layer = _layer(batch, options.layer, sample, annotations)
    objects = whole_objects(batch, layer, items, progress) if layer else None
    population = _population(batch, objects, annotations, progress)
    lost = objects.lost if objects is not None else []
    found = statistics(batch, store, method=options.method, population=population)
    images = whole_images(batch, objects, items)
    rows: Rows = objects if objects is not None else images
    by, groups = groups_of(batch, images, options.by)
    drawn = Drawn(sample, annotations) if sample is not None and sample.subjects else None
    kinds = [
        kind(name, found["kinds"][name], annotations, totals, groups, drawn, options.method)
        for name, totals in _reported(population, layer)
    ]
    columns = (
        list(options.columns)
        or telling_columns(rows, leave_out=_no_measures(batch, rows))
        or _area_column(batch, rows)
    )
    distributions = [distribution(rows, name, at) for at, name in enumerate(dict.fromkeys(columns))]
    maker = SheetMaker(batch, layer, progress)

    def sheets(of: Rows) -> list[Sheet]:
        counts = (("fail", options.failed), ("pass", options.passed))
        return maker.sheets(of, [choose(of, verdict, count, options.seed) for verdict, count in counts])

    def drawn_by_lot(*every: Rows | None) -> list[tuple[bool, Sheet]]:
        """Things to judge that nobody has judged, objects and images (True)."""
        return [
            (rows is images, sheet)
            for rows in every
            if rows is not None
            for sheet in maker.sheets(rows, [choose(rows, "", _DRAWN, options.seed)])
        ]

    ranking = None
    if options.worst and objects is not None:
        ranking = rank_objects(batch, objects, items, progress)
        lost = [*lost, *(f"{path}: {text}" for path, text in ranking.problems.items())]
    suspected = (
        choose_suspected(objects, options.worst) if ranking is not None and objects is not None else []
    )

    return Contents(
        title=options.title or f"Quality control of {batch.name}",
        options=options,
        layer=layer,
        by=by,
        facts=facts(batch, found["kinds"]),
        annotations=str(store.path),
        only=store.annotator,
        found=found,
        people=people(by_annotator),
        overlap=overlap(by_annotator),
        kinds=kinds,
        plates=plates_of(batch, rows, columns[:1]),
        distributions=distributions,
        telling=not options.columns,
        object_sheets=sheets(objects) if objects is not None else [],
        suspected=maker.sheets(objects, suspected) if objects is not None and suspected else [],
        suspected_said="" if ranking is None else ranking.summary_line(),
        figures=[] if ranking is None or objects is None else batch_figures(batch, objects, ranking, items),
        drawn=drawn_by_lot(objects, images) if options.judge else [],
        image_sheets=sheets(images),
        failed_tracks=failed_tracks(batch, objects, annotations),
        drawn_as=maker.drawn_as,
        notes=notes(by_annotator),
        troubles=troubles(
            batch,
            objects.problems if objects is not None else [],
            maker.problems,
            found["elsewhere"],
            store.messages,
        ),
        versions=versions(),
        created=created,
        missing=list(dict.fromkeys([*lost, *population.lost, *unread(maker.problems)])),
    )


def _layer(batch: Batch, asked: str | None, sample: Sample | None, annotations: Annotations) -> str:
    """The object layer that the report is about."""
    if asked is not None or not batch.layers:
        return layer_of(batch, asked)
    if sample is not None and sample.layer in batch.layers:
        return sample.layer
    numbers = dict.fromkeys(batch.layers, 0)
    for subject, annotation in annotations.items():
        if subject.layer in numbers and annotation.verdict:
            numbers[subject.layer] += 1
    return max(batch.layers, key=lambda name: numbers[name])


def _population(
    batch: Batch, objects: ObjectRows | None, annotations: Annotations, progress: Progress | None
) -> Population:
    """What there is to judge; only objects that were judged get their areas."""
    found = Population.of_images(batch)
    for layer in batch.layers:
        if objects is None or layer != objects.layer:
            found.read_layer(batch, layer, progress)
            continue
        found.take(batch, objects)
        found.areas[layer] = _areas(batch, objects, annotations)
    return found


def _areas(batch: Batch, objects: ObjectRows, annotations: Annotations) -> dict[Subject, float]:
    index = batch.index_by_key
    areas: dict[Subject, float] = {}
    for subject in annotations:
        if subject.layer == objects.layer and subject.image in index:
            position = objects.position(index[subject.image], subject.label, subject.t)
            if position is not None and objects.geometry.area[position] > 0:
                areas[subject] = float(objects.geometry.area[position])
    return areas


def _reported(population: Population, layer: str) -> list[tuple[str, Mapping[str, int]]]:
    """The kinds that the report goes into, objects first, then their tracks, with their number in each image."""
    levels = [("object", layer), ("track", layer), ("image", "")]
    return [(kind_name(*key), population.totals[key]) for key in levels if key in population.totals]


def _no_measures(batch: Batch, rows: Rows) -> frozenset[str]:
    """Columns that say where an object is or which it is, not what it is like."""
    choice = batch.dialects.get(rows.layer) if isinstance(rows, ObjectRows) else None
    if choice is None:
        return frozenset({"centre_x", "centre_y", "min_x", "min_y", "max_x", "max_y"})
    one = (
        choice.label_column,
        choice.t_column,
        choice.track_column,
        choice.lineage_column,
        choice.parent_column,
    )
    many = (*(choice.centre_columns or ()), *(choice.box_columns or ()), *choice.row_columns)
    return frozenset(name for name in (*one, *many) if name)


def _area_column(batch: Batch, rows: Rows) -> list[str]:
    """The area of the objects, where too little was judged to know better."""
    from tuiqc.plots.quantities import number_columns

    known = number_columns(rows)
    choice = batch.dialects.get(rows.layer) if isinstance(rows, ObjectRows) else None
    area = choice.area_column if choice is not None else "area"
    return [area] if area in known else known[:1]
