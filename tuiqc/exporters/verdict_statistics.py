"""How far the review is and how good the batch is, as plain data and in words for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tuiqc.dataset.model import Batch, Progress
from tuiqc.exporters.totals import Population
from tuiqc.qc.acceptance import when_to_stop
from tuiqc.qc.agreement import agreement, confusion, read_repeats, verbal
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.bootstrap import cluster_bootstrap
from tuiqc.qc.rates import Method, failure_rate, stratified_rate, zero_failure_bound
from tuiqc.qc.reasons import parse_reasons
from tuiqc.qc.record import Annotation, Subject
from tuiqc.qc.sample import Sample, count_sample, load_sample
from tuiqc.qc.verdict import VERDICTS
from tuiqc.text import printable


def statistics(
    batch: Batch,
    store: AnnotationStore,
    *,
    by: str = "",
    method: Method = "wilson",
    accept: float | None = None,
    population: Population | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Count what was decided about the batch; reads all tables, and the masks of layers without one.

    With `population`, which says how many things there are, nothing is read. Annotations of things that the batch
    has not are left out and counted in `elsewhere`.

    Returns
    -------
    dict
        `kinds`: "images", each object layer, and "LAYER tracks" of each layer with tracks: `level` and `layer`,
        `total`, `reviewed`, `pass`, `fail`, `unsure`, `rate` (failed of judged, without interval: what was reviewed
        need not be random), `by` (group: the same), `reasons` (name: count), `outside` (the same counts of what is
        not in the random sample, where there is one) and, of objects, `failed_area` (share of the judged area that
        failed). `sample`: the random
        sample with its intervals, or None. `repeats`: agreement with oneself, or None. `learning`: see
        `learning_curves`. `elsewhere`.

    Raises
    ------
    UsageError
        If there is no placeholder `by`.
    """
    _check_group(batch, by)
    groups = {record.key: record.placeholders.get(by, "") for record in batch.images} if by else {}
    population = population or Population.read(batch, progress)
    totals, areas, elsewhere = population.totals, population.areas, 0
    sample = load_sample(store.path)
    kinds: dict[str, Any] = {}
    said: dict[tuple[str, str], dict[Subject, Annotation]] = {}
    keys = set(batch.keys)
    for subject, annotation in store.items():
        if subject.image in keys and (population.lost or _is_there(subject, batch, totals)):
            said.setdefault((subject.level, subject.layer), {})[subject] = annotation
        else:
            elsewhere += 1
    for level, layer in kinds_of(batch, totals, said):
        found = said.get((level, layer), {})
        known = totals.get((level, layer))
        total = None if known is None else sum(known.values())
        kind = {"level": level, "layer": layer, **_counted(found, total)}
        if sample is not None and sample.level == level and sample.layer == layer:
            outside = {subject: row for subject, row in found.items() if subject not in sample.position}
            kind["outside"] = _counted(outside, sum(sample.population.values()) - len(sample.subjects))
        if by and known is not None:
            kind["by"] = _by_group(found, known, groups)
        kind["reasons"] = dict(
            Counter(r for a in found.values() for r in parse_reasons(a.reason)).most_common()
        )
        if level == "object":
            kind["failed_area"] = _failed_area(found, areas.get(layer, {}))
        kinds[kind_name(level, layer)] = kind
    return {
        "annotations": str(store.path),
        "by": by or None,
        "kinds": kinds,
        "sample": sample and sample_statistics(sample, store, method, accept),
        "repeats": repeat_statistics(store),
        "learning": learning_curves(store),
        "elsewhere": elsewhere,
    }


def _is_there(subject: Subject, batch: Batch, totals: Mapping[tuple[str, str], Mapping[str, int]]) -> bool:
    """Whether the batch has such things, as far as is known."""
    if subject.level == "image":
        return True
    if totals.get((subject.level, subject.layer), {}).get(subject.image) == 0:
        return False
    if subject.level == "track" and ("object", subject.layer) in totals:
        return ("track", subject.layer) in totals
    return subject.layer in batch.layers


def kinds_of(batch: Batch, *there: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (level, layer) of images, objects, and of the tracks and candidates that `there` names."""
    kinds = [("image", "")]
    for layer in batch.layers:
        kinds.append(("object", layer))
        further = [("track", layer), ("candidate", layer)]
        kinds += [kind for kind in further if any(kind in keys for keys in there)]
    return kinds


def kind_name(level: str, layer: str) -> str:
    """Return how things are called in counts: "images", the layer's name, "LAYER tracks", "LAYER missed"."""
    return {"image": "images", "object": layer, "candidate": f"{layer} missed"}.get(level, f"{layer} tracks")


def _check_group(batch: Batch, by: str) -> None:
    from tuiqc.errors import UsageError

    if by and by not in batch.placeholders:
        raise UsageError(
            f"no placeholder {by!r} to group by; there are: {', '.join(batch.placeholders) or 'none'}"
        )


def _counted(found: Mapping[Subject, Annotation], total: int | None) -> dict[str, Any]:
    counts = Counter(annotation.verdict for annotation in found.values() if annotation.verdict)
    judged = counts["pass"] + counts["fail"]
    return {
        "total": total,
        "reviewed": sum(counts.values()),
        **{word: counts[word] for word in VERDICTS},
        "rate": counts["fail"] / judged if judged else None,
    }


def _by_group(
    found: Mapping[Subject, Annotation], totals: Mapping[str, int], groups: Mapping[str, str]
) -> dict[str, Any]:
    from tuiqc.names import natural_key

    rows: dict[str, dict[Subject, Annotation]] = {}
    sizes: Counter[str] = Counter()
    for key, size in totals.items():
        sizes[groups[key]] += size
    for subject, annotation in found.items():
        rows.setdefault(groups[subject.image], {})[subject] = annotation
    return {group: _counted(rows.get(group, {}), sizes[group]) for group in sorted(sizes, key=natural_key)}


def _failed_area(found: Mapping[Subject, Annotation], areas: Mapping[Subject, float]) -> float | None:
    """Share of the area of all judged objects that is that of failed ones; None where no area is known."""
    sums = {"pass": 0.0, "fail": 0.0}
    for subject, annotation in found.items():
        area = areas.get(subject, annotation.area)  # as it was judged, where the table is not at hand
        if annotation.verdict in sums and area is not None and area > 0:
            sums[annotation.verdict] += area
    whole = sum(sums.values())
    return sums["fail"] / whole if whole else None


def sample_statistics(
    sample: Sample, store: AnnotationStore, method: Method = "wilson", accept: float | None = None
) -> dict[str, Any]:
    """Return what the random sample says about the batch.

    Returns
    -------
    dict
        `level`, `layer`, `seed`, `stratify`, `size`, `reviewed` (those that count: before the first that is
        open), `later`, `pass`, `fail`, `unsure`, `population`; `simple` (rate, low, high with finite population
        correction), `stratified` (the same by strata, or None), `clustered` (of objects: images as clusters),
        `zero_bound` (excluded rate if nothing failed), `accept` (with `accept`: whether it can stop).
    """

    def verdict(subject: Subject) -> str:
        annotation = store.get(subject)
        return annotation.verdict if annotation else ""

    counted = count_sample(sample, verdict)
    population = sum(sample.population.values())
    # A thing that was looked at and left undecided is not in the rate, nor in what the rate is about.
    rate = failure_rate(
        {"fail": counted.failed, "pass": counted.passed, "unsure": counted.unsure},
        population - counted.unsure,
        method,
    )
    found: dict[str, Any] = {
        "level": sample.level,
        "layer": sample.layer,
        "seed": sample.seed,
        "stratify": sample.stratify or None,
        "size": counted.size,
        "reviewed": counted.reviewed,
        "later": counted.later,
        "pass": counted.passed,
        "fail": counted.failed,
        "unsure": counted.unsure,
        "population": population,
        "method": method,
        "simple": {"rate": rate.rate, "low": rate.low, "high": rate.high},
        "stratified": None,
        "clustered": None,
        "zero_bound": None,
        "accept": None,
    }
    if sample.stratify:
        strata = stratified_rate(counted.strata)
        found["stratified"] = {
            "rate": strata.rate,
            "low": strata.low,
            "high": strata.high,
            "missing": strata.missing,
        }
    if sample.level == "object":
        failed, judged = zip(*counted.images.values(), strict=True) if counted.images else ((), ())
        found["clustered"] = asdict(cluster_bootstrap(failed, judged, seed=sample.seed))
    if counted.judged and not counted.failed:
        found["zero_bound"] = zero_failure_bound(counted.judged)
    if accept is not None:
        stop = when_to_stop(counted.failed, counted.judged, accept, population - counted.unsure)
        found["accept"] = {"rate": accept, **asdict(stop)}
    return found


def repeat_statistics(store: AnnotationStore) -> dict[str, Any] | None:
    """Return how far each agrees with themselves on what was silently shown twice; None without such things."""
    repeats = read_repeats(store.path)
    if not repeats:
        return None
    found = {}
    for name in sorted({repeat.annotator for repeat in repeats}):
        own = {repeat.subject: repeat for repeat in repeats if repeat.annotator == name}
        table = confusion({s: r.first for s, r in own.items()}, {s: r.second for s, r in own.items()})
        result = agreement(table)
        found[name] = {"items": result.items, "raw": result.raw, "kappa": result.kappa, "pabak": result.pabak}
    return found


def learning_curves(store: AnnotationStore) -> dict[str, list[dict[str, int]]]:
    """What came of objects that were judged worst first, ten by ten (`learning_summary.learning_curve`), by layer.

    Known on the machine on which they were judged; empty elsewhere, and where nothing was judged so.
    """
    from dataclasses import asdict

    from tuiqc.review.walked import load_walked
    from tuiqc.triage.learning_summary import Walked, learning_curve
    from tuiqc.triage.review_order import ARMS

    walked: dict[str, list[Walked]] = {}
    for subject, arm in load_walked(store.path).items():
        said = store.get(subject)
        if said is not None and said.verdict in ("pass", "fail") and arm in ARMS:
            walked.setdefault(subject.layer, []).append(Walked(ARMS[ARMS.index(arm)], said.verdict == "fail"))
    return {layer: [asdict(point) for point in learning_curve(found)] for layer, found in walked.items()}


def _learning_lines(curves: Mapping[str, Sequence[Mapping[str, int]]]) -> list[str]:
    lines = []
    for layer, points in curves.items():
        shown = ", ".join(
            f"{point['worst_failed']} of {point['worst']}" for point in points if point["worst"]
        )
        drawn, failed = (sum(point[name] for point in points) for name in ("drawn", "drawn_failed"))
        lines.append(
            f"{layer} judged worst first: {points[-1]['judged']}, {points[-1]['failed']} failed; ten by ten {shown}"
            + (f"; at random {failed} of {drawn}" if drawn else "")
        )
    return lines


def statistics_lines(found: Mapping[str, Any]) -> list[str]:
    """The same for a person to read; every line is printable."""
    lines: list[str] = []
    for name, kind in found["kinds"].items():
        lines.append(f"{name}: {_kind_text(kind)}")
        if kind.get("outside", {}).get("reviewed"):
            lines.append(f"  not in the random sample (chosen, so biased): {_kind_text(kind['outside'])}")
        if kind["reasons"]:
            lines.append("  reasons: " + ", ".join(f"{reason} {n}" for reason, n in kind["reasons"].items()))
        if kind.get("failed_area") is not None:
            lines.append(f"  failed share of the judged area: {kind['failed_area']:.1%}")
        for group, part in kind.get("by", {}).items():
            lines.append(f"  {found['by']} {group or '(none)'}: {_kind_text(part)}")
    lines += _learning_lines(found["learning"])
    lines += _sample_lines(found["sample"])
    for name, repeat in (found["repeats"] or {}).items():
        kappa = "n/a" if repeat["kappa"] is None else f"{repeat['kappa']:.3f} ({verbal(repeat['kappa'])})"
        lines.append(
            f"shown twice to {name}: {repeat['items']}, same verdict {repeat['raw']:.1%}, kappa {kappa}"
        )
    if found["elsewhere"]:
        lines.append(f"{found['elsewhere']} annotations of things that are not in this batch")
    return [printable(line) for line in lines]


def _kind_text(kind: Mapping[str, Any]) -> str:
    of_all = "" if kind["total"] is None else f" of {kind['total']}"
    text = f"{kind['reviewed']}{of_all} reviewed"
    if kind["reviewed"]:
        text += "; " + ", ".join(f"{word} {kind[word]}" for word in VERDICTS)
    if kind["rate"] is not None:
        text += f"; {kind['rate']:.1%} of the judged failed"
    return text


def _sample_lines(sample: Mapping[str, Any] | None) -> list[str]:
    if sample is None:
        return [
            "no random sample: the shares above are of what was looked at, which is biased where one begins with the "
            "worst; no interval (draw a sample with: tuiqc open --sample N)"
        ]
    what = sample["layer"] or "images"
    lines = [
        f"random sample of {what} (seed {sample['seed']}): {sample['reviewed']} of {sample['size']} reviewed in "
        f"order, of {sample['population']} in the batch; pass {sample['pass']}, fail {sample['fail']}, "
        f"unsure {sample['unsure']}"
    ]
    if sample["later"]:
        lines.append(f"  {sample['later']} more were judged out of order and do not count yet")
    names = {"wilson": "Wilson", "exact": "Clopper-Pearson"}
    parts = (
        ("simple", f"failure rate ({names[sample['method']]}, finite population)"),
        ("stratified", f"by {sample['stratify']}, weighted"),
        ("clustered", "images as clusters (bootstrap)"),
    )
    for key, words in parts:
        part = sample[key]
        if part is not None and part["rate"] is not None:
            doubt = "" if part.get("reliable", True) else "; too few to rely on"
            lines.append(
                f"  {words}: {part['rate']:.2%}, 95 % interval {part['low']:.2%} to {part['high']:.2%}{doubt}"
            )
    if sample["zero_bound"] is not None:
        lines.append(f"  none failed: a rate of {sample['zero_bound']:.2%} or more is excluded at 95 %")
    if sample["accept"] is not None:
        lines.append(f"  {sample['accept']['state']}: {sample['accept']['text']}")
    return lines


def status_lines(found: Mapping[str, Any]) -> list[str]:
    """The same as a table for a panel of the screen; kinds whose size is not known yet have "?"."""
    names = [*found["kinds"], *(group for kind in found["kinds"].values() for group in kind.get("by", {}))]
    width = min(28, max([10, *(len(printable(name)) + 2 for name in names)]))
    lines = [f"{'':<{width}}{'reviewed':>9}{'of':>9}{'pass':>8}{'fail':>8}{'unsure':>8}{'failed':>9}"]
    for name, kind in found["kinds"].items():
        lines.append(_row(name, kind, width))
        lines += [_row(f"  {group or '(none)'}", part, width) for group, part in kind.get("by", {}).items()]
    for name, kind in found["kinds"].items():
        more = [f"{reason} {number}" for reason, number in kind["reasons"].items()]
        if kind.get("failed_area") is not None:
            more.append(f"{kind['failed_area']:.1%} of the judged area failed")
        if more:
            lines += ["", f"{name}: " + " · ".join(more)]
        outside = kind.get("outside")
        if outside and outside["reviewed"]:
            lines.append(f"{name} not in the random sample (chosen, so biased): {_kind_text(outside)}")
    lines += ["", *_sample_lines(found["sample"])]
    for name, repeat in (found["repeats"] or {}).items():
        kappa = "n/a" if repeat["kappa"] is None else f"{repeat['kappa']:.2f} ({verbal(repeat['kappa'])})"
        same = "" if repeat["raw"] is None else f", the same verdict {repeat['raw']:.0%}, kappa {kappa}"
        lines.append(f"shown twice to {name}: {repeat['items']}{same}")
    if found["elsewhere"]:
        lines.append(f"{found['elsewhere']} annotations of things that are not in this batch")
    return [printable(line) for line in lines]


def _row(name: str, kind: Mapping[str, Any], width: int) -> str:
    total = "?" if kind["total"] is None else f"{kind['total']:,}"
    rate = "" if kind["rate"] is None else f"{kind['rate']:.1%}"
    numbers = "".join(f"{kind[word]:>8,}" for word in VERDICTS)
    return f"{name[:width]:<{width}}{kind['reviewed']:>9,}{total:>9}{numbers}{rate:>9}"
