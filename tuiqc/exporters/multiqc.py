"""Files that MultiQC takes into its report by their names (`*_mqc.json`, `*_mqc.png`: its custom content, 1.35)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuiqc.dataset.model import Batch
from tuiqc.dataset.plates.mapping import plate_map
from tuiqc.errors import InputError, UsageError
from tuiqc.exporters.guard import Inputs, Output
from tuiqc.exporters.sheet import SheetOptions, write_sheet
from tuiqc.qc.rates import failure_rate
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.batch_figures import BatchFigures
from tuiqc.text import escaped
from tuiqc.triage.kinds import SUSPECTS

if TYPE_CHECKING:
    import pandas as pd

MOST_SAMPLES = 400
"""Rows of a table that somebody reads: of more images it has wells or plates."""

_WORST = 20
_COLOURS = dict(zip(SUSPECTS, ("#d95f02", "#7570b3", "#e7298a", "#1b9e77", "#66a61e"), strict=False))
_PARENT = {
    "parent_id": "tuiqc",
    "parent_name": "tuiqc",
    "parent_description": "Quality of segmentations: objects that look wrong, images out of line, verdicts.",
}


@dataclass(frozen=True)
class MultiqcWritten:
    """The files that were written, and sentences on what is missing in them."""

    paths: list[Path]
    missing: list[str]


def check_folder(folder: Path) -> None:
    """Refuse a folder that can't be one, before anything is measured. Raises UsageError."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--multiqc {folder} is a file; it takes a folder, which MultiQC is to look into")


def write_multiqc(
    folder: Path,
    figures: BatchFigures,
    gates: Sequence[Mapping[str, Any]] = (),
    annotations: Path | None = None,
) -> MultiqcWritten:
    """Write what MultiQC shows of a batch; the objects of the figures are filtered to the worst ones at the end.

    Parameters
    ----------
    gates
        Answers of `check`, as its JSON has them.
    annotations
        The CSV that is read: no output is it.

    Raises
    ------
    InputError
        The folder can't be written into.
    """
    check_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"can't be made ({error.strerror or error})", path=folder) from error
    batch = figures.batch
    samples = _samples(batch)
    table = _rows(figures, samples)
    sections = {
        "tuiqc_qc": _table(batch, table),
        "tuiqc_general": _general(table),
        "tuiqc_suspects": _suspects(figures),
        "tuiqc_reasons": _reasons(batch, figures.items),
        "tuiqc_gates": _gates(gates),
    }
    inputs = Inputs.of_batch(batch, [annotations])
    paths = []
    for name, section in sections.items():
        if section is None:
            continue
        path = folder / f"{name}_mqc.json"
        with Output(path, inputs, (".json",)).checked().writing(sync=False) as temporary:
            temporary.write_text(json.dumps(section, indent=1) + "\n", "utf-8")
        paths.append(path)
    worst = _worst(folder, figures, annotations)
    return MultiqcWritten([*paths, *worst.paths], worst.missing)


# --- samples: images, or where there are too many of them wells, or plates


def _samples(batch: Batch) -> list[str]:
    """The sample that each image belongs to."""
    # A name with a slash is a path to MultiQC, of which it takes the end.
    keys = [escaped(image.key).replace("/", " ") for image in batch.images]
    plates = plate_map(batch)
    if len(keys) <= MOST_SAMPLES or plates is None:
        return keys if len(keys) <= MOST_SAMPLES else [escaped(batch.name)] * len(keys)
    names = [escaped(name) for name in plates.plates]
    wells = [
        f"{names[plate]} {image.placeholders.get('well', '')}".strip()
        for plate, image in zip(plates.plate.tolist(), batch.images, strict=True)
    ]
    return wells if len(set(wells)) <= MOST_SAMPLES else [names[plate] for plate in plates.plate.tolist()]


def _plates(batch: Batch) -> list[str]:
    plates = plate_map(batch)
    if plates is None:
        return [escaped(batch.name)] * len(batch.images)
    return [escaped(plates.plates[at]) or escaped(batch.name) for at in plates.plate.tolist()]


def _rows(figures: BatchFigures, samples: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What is known of each sample."""
    batch = figures.batch
    out: dict[str, dict[str, Any]] = {sample: {"images": 0} for sample in samples}
    for sample in samples:
        out[sample]["images"] += 1
    if figures.objects is not None:
        counts = np.bincount(figures.objects.images, minlength=len(samples))
        for sample, count in zip(samples, counts.tolist(), strict=True):
            out[sample]["objects"] = out[sample].get("objects", 0) + count
    of_key = {escaped(image.key): sample for image, sample in zip(batch.images, samples, strict=True)}
    _add_measured(out, figures.image_table, of_key)
    _add_verdicts(out, figures, of_key)
    return out


def _add_measured(out: dict[str, dict[str, Any]], table: pd.DataFrame, of_key: Mapping[str, str]) -> None:
    if table.empty:
        return
    grouped = table.assign(sample=table["image"].map(of_key)).groupby("sample", sort=False)
    names = ["suspicious_share", "coverage", *(one for one in map(str, table) if one.startswith("focus_"))]
    for sample, rows in grouped:
        found = out[str(sample)]
        weights = rows["count"].to_numpy(float)
        for name in names:
            values = rows[name].to_numpy(float)
            even = name != "suspicious_share" or not weights.sum()
            value = np.nanmean(values) if even and np.isfinite(values).any() else None
            found[name] = float(np.average(values, weights=weights)) if not even else value
        found["suspicious_images"] = int(rows["looks_wrong"].sum())
        if found["images"] == 1:
            found["why"] = _without_commas(str(rows["why"].iloc[0]))


def _add_verdicts(out: dict[str, dict[str, Any]], figures: BatchFigures, of_key: Mapping[str, str]) -> None:
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for subject, note in figures.items:
        sample = of_key.get(escaped(subject.image))
        if (
            subject.level == "object"
            and subject.layer == figures.layer
            and sample is not None
            and note.verdict
        ):
            said[sample][note.verdict] += 1
    for sample, counts in said.items():
        rate = failure_rate(counts, None)
        out[sample] |= {"reviewed": sum(counts.values()), "failed": counts["fail"]}
        if rate.rate is not None:
            out[sample] |= {"failure_rate": rate.rate, "ci_low": rate.low, "ci_high": rate.high}


def _without_commas(text: str) -> str:
    """MultiQC takes commas in its tables for those of thousands, and shows blanks."""
    return text.replace(", ", "; ")


# --- sections


def _number(title: str, about: str, scale: str = "", **more: Any) -> dict[str, Any]:
    found = {"title": title, "description": about, "format": "{:,.0f}"}
    return found | ({"scale": scale} if scale else {"scale": False}) | more


_SHARE: dict[str, Any] = {"min": 0, "max": 1, "format": "{:,.3f}"}
_HEADERS: dict[str, dict[str, Any]] = {
    "objects": _number("Objects", "objects of the layer", "Blues"),
    "suspicious_share": _number("Look wrong", "share of the objects that look wrong", "OrRd", **_SHARE),
    "suspicious_images": _number("Odd images", "images out of line with their plate", "OrRd"),
    "coverage": _number("Coverage", "labelled share of the pixels", "Greens", **_SHARE),
    "reviewed": _number("Reviewed", "objects with a verdict"),
    "failed": _number("Failed", "of these, failed", "Reds"),
    "failure_rate": _number("Failure rate", "failed of passed and failed", "Reds", **_SHARE),
    "ci_low": _number("from", "lower bound of its 95 % interval", **_SHARE),
    "ci_high": _number("to", "upper bound of its 95 % interval", **_SHARE),
    "why": {"title": "Why", "description": "what is odd about the image", "scale": False},
}


def _table(batch: Batch, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    there = {name for row in rows.values() for name, value in row.items() if value not in (None, "")}
    headers = {name: header for name, header in _HEADERS.items() if name in there}
    for name in sorted(there):
        if name.startswith("focus_"):
            about = "slope of the spectrum (CellProfiler's PowerLogLogSlope): the lower, the blurrier"
            headers[name] = _number(f"Focus {name.removeprefix('focus_')}", about, "RdYlGn", format="{:,.2f}")
    what = "image" if len(rows) == len(batch.images) else "well or plate"
    return {
        "id": "tuiqc_qc",
        "section_name": "Segmentations",
        "description": f"One row for each {what}: `tuiqc open` shows them.",
        **_PARENT,
        "plot_type": "table",
        "pconfig": {
            "id": "tuiqc_qc_table",
            "title": "tuiqc: segmentations",
            "col1_header": what.capitalize(),
        },
        "headers": headers,
        "data": {
            sample: {name: row[name] for name in headers if row.get(name) is not None}
            for sample, row in rows.items()
        },
    }


def _general(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    names = [
        name
        for name in ("objects", "suspicious_share")
        if any(row.get(name) is not None for row in rows.values())
    ]
    if not names:
        return None
    return {
        "id": "tuiqc_general",
        "plot_type": "generalstats",
        "headers": [{name: {**_HEADERS[name], "namespace": "tuiqc"}} for name in names],
        "data": {
            sample: {name: row[name] for name in names if row.get(name) is not None}
            for sample, row in rows.items()
        },
    }


def _bars(
    name: str, title: str, about: str, counts: Mapping[str, Counter[str]], label: str
) -> dict[str, Any] | None:
    if not any(counts.values()):
        return None
    kinds = sorted(
        {kind for found in counts.values() for kind in found},
        key=lambda one: list(_COLOURS).index(one) if one in _COLOURS else 99,
    )
    return {
        "id": name,
        "section_name": title,
        "description": about,
        **_PARENT,
        "plot_type": "bargraph",
        "pconfig": {
            "id": f"{name}_bars",
            "title": f"tuiqc: {title.lower()}",
            "ylab": label,
            "cpswitch": True,
        },
        "categories": {
            kind: {"name": kind, **({"color": _COLOURS[kind]} if kind in _COLOURS else {})} for kind in kinds
        },
        "data": {plate: {kind: found[kind] for kind in kinds} for plate, found in counts.items()},
    }


def _suspects(figures: BatchFigures) -> dict[str, Any] | None:
    """Objects that look wrong, by the kind of error that is suspected and by plate."""
    ranking = figures.ranking
    if ranking is None:
        return None
    plates = _plates(figures.batch)
    counts: dict[str, Counter[str]] = {plate: Counter() for plate in dict.fromkeys(plates)}
    for row in np.flatnonzero(ranking.looks_wrong).tolist():
        counts[plates[int(ranking.images[row])]][str(ranking.suspects[row])] += 1
    about = "Objects that look wrong, by the error that is suspected; nobody has judged them."
    return _bars("tuiqc_suspects", "Suspected errors by plate", about, counts, "objects")


def _reasons(batch: Batch, items: Iterable[tuple[Subject, Annotation]]) -> dict[str, Any] | None:
    """What was failed, by its reason and by plate."""
    plate_of = dict(zip((image.key for image in batch.images), _plates(batch), strict=True))
    counts: dict[str, Counter[str]] = {plate: Counter() for plate in dict.fromkeys(plate_of.values())}
    for subject, note in items:
        if note.verdict == "fail" and subject.image in plate_of:
            counts[plate_of[subject.image]][escaped(note.reason) or "no reason"] += 1
    about = "Objects and images that somebody failed, by the reason."
    return _bars("tuiqc_reasons", "Reasons of failures by plate", about, counts, "failed")


def _gates(gates: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not gates:
        return None
    data = {}
    for number, gate in enumerate(gates, 1):
        answer = "passed" if not gate["holds"] else "failed" if gate["severity"] == "fail" else "warning"
        values = "; ".join(
            f"{name} is {value:g}" for name, value in gate["values"].items() if value is not None
        )
        data[str(gate["name"] or f"gate {number}")] = {
            "answer": answer,
            "condition": gate["where"],
            "values": values,
        }
    rules = {"pass": [{"s_eq": "passed"}], "warn": [{"s_eq": "warning"}], "fail": [{"s_eq": "failed"}]}
    return {
        "id": "tuiqc_gates",
        "section_name": "Gates",
        "description": "Conditions under which `tuiqc check` lets the batch not pass.",
        **_PARENT,
        "plot_type": "table",
        "pconfig": {"id": "tuiqc_gates_table", "title": "tuiqc: gates", "col1_header": "Gate"},
        "headers": {
            "answer": {"title": "Answer", "scale": False, "cond_formatting_rules": rules},
            "condition": {"title": "Must not hold", "scale": False},
            "values": {"title": "Values", "scale": False},
        },
        "data": data,
    }


def _worst(folder: Path, figures: BatchFigures, annotations: Path | None) -> MultiqcWritten:
    """The objects that are suspected most as a picture."""
    objects, ranking = figures.objects, figures.ranking
    if objects is None or ranking is None or not objects.view.has("suspicion"):
        return MultiqcWritten([], [])
    suspicion = objects.view.column("suspicion").astype(np.float64)
    wrong = objects.view.column("looks_wrong").astype(bool) & np.isfinite(suspicion)
    worst = np.argsort(-np.where(wrong, suspicion, -1.0), kind="stable")[: min(_WORST, int(wrong.sum()))]
    if not len(worst):
        return MultiqcWritten([], [])
    mask = np.zeros(objects.total, bool)
    mask[worst] = True
    objects.view.filter(mask)
    objects.view.sort_by_keys([("suspicion", True)])
    output = folder / "tuiqc_worst_mqc.png"
    options = SheetOptions(columns=5, tile=160, fitted=True, chosen="most suspected")
    written = write_sheet(figures.batch, objects, objects, output, options, annotations=annotations)
    return MultiqcWritten(written.paths, written.missing)
