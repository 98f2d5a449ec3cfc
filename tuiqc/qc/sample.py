"""The random sample: which things are looked at to say how good the batch is, in an order that a seed makes.

Kept beside the annotations in `<csv>.sample.json`, apart from them, since worst-first review must not count:
intervals are computed from the things of this queue only, and of those from the judged ones before the first
that is still open. A beginning of a random order is a random sample; a choice from its middle is not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuiqc.errors import InputError
from tuiqc.files import atomic as disk
from tuiqc.files import read_json
from tuiqc.qc.rates import Stratum
from tuiqc.qc.record import OfOneKind, Subject


@dataclass(frozen=True, slots=True)
class Sample(OfOneKind):
    """A seeded random queue.

    Attributes
    ----------
    subjects
        What to look at, in this order.
    strata
        The stratum (a placeholder value, "" without strata) of each.
    population
        Stratum -> number of things it has in the batch.
    seed, stratify
        What it was drawn with: the seed, and the placeholder that makes the strata ("" for none).
    repeats
        Positions in the queue of the things that are shown a second time, after everything else, in this order.
    """

    subjects: tuple[Subject, ...]
    strata: tuple[str, ...]
    population: Mapping[str, int]
    seed: int
    stratify: str = ""
    repeats: tuple[int, ...] = ()
    position: dict[Subject, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "position", {subject: i for i, subject in enumerate(self.subjects)})

    def next_open(self, decided: Callable[[Subject], bool]) -> Subject | None:
        """Return the first of the queue that is not decided, None when all are."""
        return next((subject for subject in self.subjects if not decided(subject)), None)


def draw_sample(
    subjects: Sequence[Subject],
    count: int,
    *,
    seed: int,
    strata: Sequence[str] | None = None,
    stratify: str = "",
    repeat: float = 0.0,
) -> Sample:
    """Draw `count` of `subjects` without replacement (all, where there are not so many).

    With `strata` (one name per subject) each stratum gives its share, rounded so that they add up (largest
    remainder), and at least one where `count` allows. The order is random over all strata. The same subjects,
    in whatever order, and the same seed give the same sample. `repeat` is the share that is shown again.

    Raises
    ------
    ValueError
        If `count` is not positive, `repeat` not in 0..1, or `strata` of another length.
    """
    import numpy as np

    if count < 1 or not 0 <= repeat <= 1:
        raise ValueError(f"a sample of {count} with {repeat:.0%} repeated can't be drawn")
    names = [""] * len(subjects) if strata is None else list(strata)
    if len(names) != len(subjects):
        raise ValueError(f"{len(names)} strata for {len(subjects)} things")
    members: dict[str, list[Subject]] = {}
    for subject, name in sorted(zip(subjects, names, strict=True)):
        members.setdefault(name, []).append(subject)
    random = np.random.Generator(np.random.PCG64(seed))
    population = {name: len(things) for name, things in members.items()}
    chosen: list[tuple[Subject, str]] = []
    for name, share in _shares(population, min(count, len(subjects))).items():
        drawn = random.choice(population[name], share, replace=False).tolist()
        chosen += [(members[name][index], name) for index in drawn]
    order = [chosen[int(index)] for index in random.permutation(len(chosen))]
    again = random.permutation(len(order))[: round(repeat * len(order))]
    return Sample(
        tuple(subject for subject, _ in order),
        tuple(name for _, name in order),
        population,
        seed,
        stratify,
        tuple(int(index) for index in again),
    )


def _shares(population: Mapping[str, int], count: int) -> dict[str, int]:
    whole = sum(population.values())
    if not whole:
        return {}
    exact = {name: count * size / whole for name, size in population.items()}
    least = 1 if count >= len(population) else 0
    shares = {name: max(least, int(share)) for name, share in exact.items()}
    by_rest = sorted(exact, key=lambda name: (int(exact[name]) - exact[name], name))
    step = 0
    while sum(shares.values()) < count:
        name = by_rest[step % len(by_rest)]
        shares[name] += shares[name] < population[name]
        step += 1
    while sum(shares.values()) > count:
        # Where every small stratum got its one, the largest give.
        shares[max(shares, key=lambda name: (shares[name], name))] -= 1
    return shares


@dataclass(frozen=True, slots=True)
class Counted:
    """What a sample says so far.

    `reviewed` is how many of the queue have a verdict before the first that is open, `later` how many after it
    (not counted), `failed`, `passed`, `unsure` those counted; `strata` the numbers for
    `tuiqc.qc.rates.stratified_rate`; `images` image key -> (failed, judged) for `cluster_bootstrap`.
    """

    size: int
    reviewed: int
    later: int
    failed: int
    passed: int
    unsure: int
    strata: tuple[Stratum, ...]
    images: Mapping[str, tuple[int, int]]

    @property
    def judged(self) -> int:
        """How many passed or failed."""
        return self.failed + self.passed


def count_sample(sample: Sample, verdict: Callable[[Subject], str]) -> Counted:
    """Count the verdicts of the sample; `verdict` returns that of a subject, "" while it has none."""
    verdicts = [verdict(subject) for subject in sample.subjects]
    end = verdicts.index("") if "" in verdicts else len(verdicts)
    counts = {word: verdicts[:end].count(word) for word in ("fail", "pass", "unsure")}
    judged: dict[str, int] = dict.fromkeys(sample.population, 0)
    failed = dict(judged)
    images: dict[str, tuple[int, int]] = {}
    for subject, stratum, said in zip(sample.subjects[:end], sample.strata, verdicts, strict=False):
        if said == "unsure":
            continue
        judged[stratum] += 1
        failed[stratum] += said == "fail"
        k, n = images.get(subject.image, (0, 0))
        images[subject.image] = (k + (said == "fail"), n + 1)
    return Counted(
        len(verdicts),
        end,
        sum(1 for word in verdicts[end:] if word),
        counts["fail"],
        counts["pass"],
        counts["unsure"],
        tuple(Stratum(size, judged[name], failed[name]) for name, size in sample.population.items()),
        images,
    )


# On disk


def sample_path(csv: Path) -> Path:
    """Return where the sample of an annotation CSV is kept: its name with ".sample.json" added."""
    return csv.with_name(csv.name + ".sample.json")


def save_sample(csv: Path, sample: Sample) -> None:
    """Write the sample beside the CSV.

    Raises
    ------
    InputError
        If it can't be written.
    """
    document = {
        "v": 1,
        "seed": sample.seed,
        "stratify": sample.stratify,
        "population": dict(sample.population),
        "subjects": [
            [*subject, stratum] for subject, stratum in zip(sample.subjects, sample.strata, strict=True)
        ],
        "repeats": list(sample.repeats),
    }
    path = sample_path(csv)
    try:
        disk.replace_text(path, lambda stream: json.dump(document, stream, indent=0))
    except OSError as error:
        raise InputError(f"can't be written ({error.strerror or error})", path=path) from error


def load_sample(csv: Path) -> Sample | None:
    """Return the sample that belongs to the CSV, None if there is none.

    Raises
    ------
    InputError
        If the file is there and can't be read as one.
    """
    path = sample_path(csv)
    try:
        document = read_json(path)
        return _sample(document)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise InputError(
            f"can't be read ({error})", path=path, expected="a random sample written by tuiqc"
        ) from error


def _sample(document: dict[str, Any]) -> Sample:
    if document["v"] != 1:
        raise ValueError("of a later version")
    subjects = tuple(
        Subject(str(row[0]), str(row[1]), str(row[2]), int(row[3]), int(row[4]))
        for row in document["subjects"]
    )
    strata = tuple(str(row[5]) for row in document["subjects"])
    population = {str(name): int(size) for name, size in document["population"].items()}
    if min(population.values(), default=0) < 0:
        raise ValueError("a stratum of less than nothing")
    repeats = tuple(int(index) for index in document["repeats"])
    if set(strata) - set(population) or not all(0 <= index < len(subjects) for index in repeats):
        raise ValueError("its parts don't fit together")
    return Sample(subjects, strata, population, int(document["seed"]), str(document["stratify"]), repeats)
