"""What the names of image files say about plate, well, site and channel, by the conventions of the instruments.

The conventions are in `instruments.toml`, one entry each.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tuiqc.dataset.plates.wells import Well, parse_well

FIELDS = ("plate", "well", "site", "t", "z", "channel")
"""What a name may say, in the order in which the parts stand in an image's key (the channel is not part of it)."""

_TOKEN = re.compile(r"\{(\w+?)(\d*)(\*?)\}|(#+)|(\*)|(\[)|(\])|([^{}#*\[\]]+)")
_GUID = r"[0-9A-Fa-f]"
_LEADING = re.compile(r"[A-Za-z_]*(?=\d)")


@dataclass(frozen=True, slots=True)
class Instrument:
    """A convention of file names.

    Attributes
    ----------
    name
        The instrument, for the user.
    regex
        Matches the stem of a name, with a group for each field.
    example, means
        A name, and what it says.
    skip
        Names with this in them are left out.
    general
        Whether it is of no certain instrument.
    """

    name: str
    regex: re.Pattern[str]
    example: str
    means: dict[str, str]
    skip: str
    general: bool

    def read(self, stem: str) -> dict[str, str] | None:
        """What a file name without its ending says (well as `A01` or a number), None if it is not such a name."""
        match = self.regex.fullmatch(stem)
        if match is None:
            return None
        found = {name: text for name, text in match.groupdict().items() if text is not None}
        if "row" in found:
            well: Well | None = parse_well(f"r{int(found.pop('row'))}c{int(found.pop('column'))}")
        else:
            well = parse_well(found["well"])
        if well is not None:
            found["well"] = well.name
        elif not found.get("well", "").isdecimal():
            return None
        if "site" in found:
            found["site"] = _LEADING.sub("", found["site"])
        return found


@cache
def instruments() -> tuple[Instrument, ...]:
    """All conventions, the more exact ones first."""
    text = files("tuiqc.dataset.plates").joinpath("instruments.toml").read_text(encoding="utf-8")
    return tuple(_instrument(entry) for entry in tomllib.loads(text)["instrument"])


def _instrument(entry: dict[str, object]) -> Instrument:
    own = {name: str(entry[name]) for name in FIELDS if name in entry}
    means = entry["means"]
    assert isinstance(means, dict)
    return Instrument(
        str(entry["name"]),
        re.compile(_regex(str(entry["pattern"]), own)),
        str(entry["example"]),
        {str(name): str(value) for name, value in means.items()},
        str(entry.get("skip", "")),
        bool(entry.get("general", False)),
    )


def _regex(pattern: str, own: dict[str, str]) -> str:
    """Regular expression of a pattern as `instruments.toml` describes it."""
    out = ""
    for name, size, any_text, digits, anything, opens, closes, plain in _TOKEN.findall(pattern):
        if name:
            out += f"(?P<{name}>{own.get(name) or _field(name, size, bool(any_text))})"
        elif digits:
            out += r"\d+" if len(digits) == 1 else f"{_GUID}{{{len(digits)}}}"
        elif anything:
            out += ".*?"
        elif opens:
            out += "(?:"
        elif closes:
            out += ")?"
        else:
            out += re.escape(plain)
    return out


def _field(name: str, size: str, any_text: bool) -> str:
    if any_text:
        return ".+?"
    if name == "well" and not size:
        return r"[A-Za-z]{1,2}(?: - )?\d{1,2}"
    return rf"\d{{{size}}}" if size else r"\d+"


def recognise(stems: Sequence[str], share: float = 0.6, general: bool = False) -> Instrument | None:
    """Return the convention that at least `share` of the names follow, None if there is none.

    Two names at least: a single one says too little. With `general` also those of no certain instrument.
    """
    for instrument in instruments():
        if instrument.general and not general:
            continue
        kept = [stem for stem in stems if not (instrument.skip and instrument.skip in stem)]
        some = kept[:: max(1, len(kept) // 8)] + kept[-1:]  # strays may stand at both ends
        if len(kept) < 2 or not any(map(instrument.read, some)):
            continue
        read = [found for stem in kept if (found := instrument.read(stem)) is not None]
        if len(read) >= share * len(kept):
            return instrument
    return None
