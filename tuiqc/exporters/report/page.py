"""The contents of a report as HTML."""

from __future__ import annotations

from typing import Any

from tuiqc.exporters.figures import short
from tuiqc.exporters.report.contents import Contents
from tuiqc.exporters.report.headline import headline, sample_lines
from tuiqc.exporters.report.kinds import objects_of
from tuiqc.exporters.report.measurements import FEWEST
from tuiqc.exporters.report.notes import MOST_NOTES
from tuiqc.exporters.report.sheets import Sheet
from tuiqc.exporters.report.tracks import MOST_TRACKS
from tuiqc.qc.verdict import ALL, SIGNS
from tuiqc.text import escaped, percent, plural, printable

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
    }
    size = len(template.render(**known, size="0.0 MB").encode("utf-8"))
    return template.render(**known, size=f"{size / 1e6:.1f} MB" if size >= 50_000 else f"{size / 1e3:.0f} kB")


def sections(found: Contents) -> list[tuple[str, str]]:
    """Return anchor and heading of each section that has something to say, in their order."""
    there = (
        ("summary", "Summary", True),
        ("looked-at", "What was looked at", True),
        ("reviewers", "Who reviewed", True),
        ("rates", "Failure rates", True),
        ("plate", "Plate", found.plates is not None and bool(found.plates.heats)),
        ("measurements", "Measurements by verdict", bool(found.distributions)),
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
