"""The first thing that a report says: how many failed, and how far that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuiqc.exporters.report.kinds import Kind, objects_of
from tuiqc.text import percent

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
