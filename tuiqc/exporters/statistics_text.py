"""What `tuiqc.exporters.verdict_statistics` found, in words for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuiqc.qc.agreement import verbal
from tuiqc.qc.verdict import VERDICTS
from tuiqc.text import printable


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
    text = f"{kind['reviewed']} of {kind['total']} reviewed"
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
