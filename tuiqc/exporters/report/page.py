"""The contents of a report as HTML."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiqc.dataset.model import Batch, Progress
from tuiqc.exporters.figures import short
from tuiqc.exporters.guard import Inputs, Output
from tuiqc.exporters.report.contents import MOST_NOTES, Contents, ReportOptions, contents
from tuiqc.exporters.report.measurements import FEWEST
from tuiqc.exporters.report.rate_tables import Kind, objects_of
from tuiqc.exporters.report.review_record import MOST_TRACKS
from tuiqc.exporters.report.sheets import Sheet
from tuiqc.exporters.request import Written
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.csvfile import COLUMNS, SCHEMA
from tuiqc.qc.record import utc_now
from tuiqc.qc.verdict import ALL, SIGNS
from tuiqc.text import escaped, percent, plural, printable, size_text

if TYPE_CHECKING:
    from jinja2 import Environment

_METHODS = {"wilson": "Wilson", "exact": "Clopper-Pearson"}


@dataclass(frozen=True)
class Headline:
    """A number and what it is; `biased` if it says nothing about the batch as a whole."""

    number: str
    what: str
    trust: str
    biased: bool


@dataclass(frozen=True)
class SampleLine:
    """One way to take the rate of the batch from the random sample."""

    how: str
    rate: float
    low: float
    high: float
    doubt: str


def headline(kinds: list[Kind], sample: Mapping[str, Any] | None) -> Headline:
    """Return what to say first: from the random sample if there is one, else of what was reviewed."""
    if sample is not None and sample["simple"]["rate"] is not None:
        line = sample_lines(sample)[0]
        return Headline(
            percent(line.rate),
            f"of the {objects_of(sample['layer'])} failed",
            f"95 % interval {percent(line.low)} to {percent(line.high)}, from the random sample: "
            f"{sample['pass'] + sample['fail']:,} judged, of {sample['population']:,} in the batch.",
            False,
        )
    kind = next((kind for kind in kinds if kind.counts["rate"] is not None), None)
    if kind is None:
        return Headline(
            "–", "nothing was judged yet", "There is no verdict to take a failure rate from.", True
        )
    counts = kind.counts
    number, judged = percent(counts["rate"]), counts["pass"] + counts["fail"]
    if kind.complete:
        trust = f"All {judged:,} were judged, so this is the rate of the batch and needs no interval."
        return Headline(number, f"of the {kind.what} failed", trust, False)
    return Headline(
        number,
        f"of the {kind.what} that were judged failed",
        f"Without an interval: the {judged:,} judged of {counts['total']:,} were chosen, not drawn by lot. "
        "A review that begins with the worst gives a rate that is too high.",
        True,
    )


def sample_lines(sample: Mapping[str, Any]) -> list[SampleLine]:
    """Return the rate of the batch from its random sample, in each way that fits how it was drawn, the best first."""
    ways = (
        ("stratified", f"by {sample['stratify']}, each weighted with its size"),
        ("simple", f"{_METHODS[sample['method']]}, corrected for the size of the batch"),
        ("clustered", "images as clusters (bootstrap), since objects of one image are alike"),
    )
    found = []
    for key, how in ways:
        part = sample[key]
        if part is not None and part["rate"] is not None:
            doubt = "" if part.get("reliable", True) else "too few images or failures to rely on"
            if part.get("missing"):
                doubt = f"{part['missing']} groups have nothing judged and are left out"
            found.append(SampleLine(how, part["rate"], part["low"], part["high"], doubt))
    return found


_WORDS = {verdict.name: verdict.word for verdict in ALL}


def page(found: Contents) -> str:
    """Return the HTML; its size, which it tells, is that of the file."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tuiqc.exporters.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_safe,
    )
    environment.filters.update(percent=percent, short=short, plural=plural, sentence=sentence)
    template = environment.get_template("report.html.jinja")
    days = [day for person in found.people for day in (person.first, person.last) if day]
    known: dict[str, Any] = {
        "report": found,
        "sections": sections(found),
        "headline": headline(found.kinds, found.sample),
        "estimates": sample_lines(found.sample) if found.sample is not None else [],
        "days": (min(days, default=""), max(days, default="")),
        "shown": lambda word: shown(found, word),
        "signs": SIGNS,
        "words": _WORDS,
        "most_notes": MOST_NOTES,
        "most_tracks": MOST_TRACKS,
        "fewest": FEWEST,
        "objects_of": objects_of,
        "drawn_sheets": [one for one in found.drawn if one[1].crops],
        **_judging(environment, found),
    }
    size = len(template.render(**known, size="0.0 MB").encode("utf-8"))
    return template.render(**known, size=f"{size / 1e6:.1f} MB" if size >= 50_000 else f"{size / 1e3:.0f} kB")


def _judging(environment: Environment, found: Contents) -> dict[str, Any]:
    """The script by which things are judged in the page, the policy that lets it alone run, and what it must know."""
    if not found.options.judge:
        return {"script": "", "policy": "", "judge_about": ""}
    from markupsafe import Markup

    assert environment.loader is not None
    script, _, _ = environment.loader.get_source(environment, "judge.js")
    digest = b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    about = {"id": f"{found.title} {found.created}", "columns": COLUMNS, "schema": SCHEMA}
    # No tag may end within: JSON takes the escape for the sign itself.
    text = json.dumps(about).replace("<", "\\u003c")
    return {
        "script": Markup(script),
        "policy": f" script-src 'sha256-{digest}';",
        "judge_about": Markup(text),
    }


def sections(found: Contents) -> list[tuple[str, str]]:
    """Return anchor and heading of each section that has something to say, in their order."""
    there = (
        ("summary", "Summary", True),
        ("looked-at", "What was looked at", True),
        ("reviewers", "Who reviewed", True),
        ("rates", "Failure rates", True),
        ("plate", "Plate", found.plates is not None and bool(found.plates.heats)),
        ("measurements", "Measurements by verdict", bool(found.distributions)),
        ("figures", "Without a person", bool(found.figures)),
        ("suspected", "Suspected", bool(found.suspected)),
        ("drawn", "Drawn by lot", any(sheet.crops for _, sheet in found.drawn)),
        ("failed", "Failed", bool(shown(found, "failed"))),
        ("passed", "Passed", bool(shown(found, "passed"))),
        ("tracks", "Failed tracks", bool(found.failed_tracks)),
        ("notes", "Notes", bool(found.notes)),
        ("files", "Files", True),
        ("made-with", "Made with", True),
    )
    return [(anchor, heading) for anchor, heading, is_there in there if is_there]


def shown(found: Contents, word: str) -> list[tuple[bool, Sheet]]:
    """Return the sheets with pictures of what "failed" or "passed", images (True) and objects."""
    verdict = {"failed": "fail", "passed": "pass"}[word]
    every = [(False, sheet) for sheet in found.object_sheets] + [
        (True, sheet) for sheet in found.image_sheets
    ]
    return [(large, sheet) for large, sheet in every if sheet.verdict == verdict and sheet.crops]


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning, the rest as it is."""
    return text[:1].upper() + text[1:]


def _safe(value: Any) -> Any:
    """Text without characters that steer or reorder what follows; line ends stay. Escaping comes after it."""
    if type(value) is not str:  # what is marked as safe was made here
        return value
    return "\n".join(printable(escaped(line)) for line in value.splitlines()) if value else value


SUFFIXES = (".html", ".htm")


def write_report(
    batch: Batch,
    store: AnnotationStore,
    output: Path,
    options: ReportOptions,
    created: str = "",
    progress: Progress | None = None,
) -> Written:
    """Write a report on what `store` says about `batch`; returns sentences about what was written and what is missing.

    `created` is when, UTC in ISO 8601; "" for now. The same input and time give the same file.

    Raises
    ------
    UsageError
        If `output` is part of the input or no HTML file, or there is no such layer or column.
    InputError
        If it can't be written, or an input can't be read.
    """
    options.check()
    target = Output(output, Inputs.of_batch(batch, [store.path]), SUFFIXES, folders=True).checked()
    found = contents(batch, store, options, created or utc_now(), progress)
    html = page(found).encode("utf-8")
    with target.writing() as temporary:
        temporary.write_bytes(html)
    drawn = [sheet for _, sheet in found.drawn]
    sheets = (*found.object_sheets, *found.image_sheets, *found.suspected, *drawn)
    crops = sum(len(sheet.crops) for sheet in sheets)
    lines = [f"report with {plural(crops, 'picture')} ({size_text(len(html))}): {target.path}"]
    if not any(found.found["kinds"][name]["reviewed"] for name in found.found["kinds"]):
        lines.append("nothing was reviewed yet: it says what there is")
    lines += [f"{one.heading.lower()}: {len(one.lines) + one.left_out}" for one in found.troubles]
    return Written(lines, missing=found.missing)
