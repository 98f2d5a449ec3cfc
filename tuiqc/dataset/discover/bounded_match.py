"""Names held against a regular expression in bounded time.

A regular expression can need more steps than there are atoms for a name of 40 letters (Cox, "Regular Expression
Matching Can Be Simple And Fast", 2007), and Python's module can't be told to stop. What could take long is therefore
matched in a process of its own that can be ended.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tuiqc.errors import UsageError

SECONDS = 5.0
"""For so long the names of one folder may take."""
_MOST_STEPS = 1e7
_UNBOUNDED = re.compile(r"(?<!\\)(?:[*+]|\{\d+,(?:\d{2,})?\})")
_REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{\d*,?\d*\})")
_CHILD = """
import json, re, sys, warnings
warnings.simplefilter("ignore")
source, names = json.load(sys.stdin)
part = re.compile(source, re.DOTALL)
found = (part.fullmatch(name) for name in names)
json.dump([None if match is None else match.groupdict("") for match in found], sys.stdout)
"""

Groups = dict[str, str]


@dataclass(frozen=True)
class GroupsOf:
    """Matches names with one part of a pattern.

    Attributes
    ----------
    part
        The regular expression; all of a name has to match.
    """

    part: re.Pattern[str]

    def __call__(self, names: Sequence[str]) -> list[Groups | None]:
        """Return for each name the text of each named group ("" where it took no part), None if it does not match.

        Raises
        ------
        UsageError
            It takes longer than `SECONDS`.
        """
        if self._may_take_long(names):
            return self._in_a_process(names)
        fullmatch = self.part.fullmatch
        return [None if (match := fullmatch(name)) is None else match.groupdict("") for name in names]

    def _may_take_long(self, names: Sequence[str]) -> bool:
        """Whether a repeated group, or many repeats one after the other, allow too many ways to match a name."""
        source = self.part.pattern
        if _REPEATED_GROUP.search(source):
            return True
        repeats = len(_UNBOUNDED.findall(source))
        if repeats < 4:
            return False
        longest = max(map(len, names), default=0)
        return math.comb(longest + repeats, repeats) > _MOST_STEPS

    def _in_a_process(self, names: Sequence[str]) -> list[Groups | None]:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", _CHILD],
                input=json.dumps([self.part.pattern, list(names)]),
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=True,
            )
        except subprocess.TimeoutExpired as error:
            raise UsageError(
                f"{self.part.pattern}: {len(names)} names could not be matched within {SECONDS:g} s: it can match "
                "in too many ways; leave out a repeat inside of a repeat, such as (a+)+, or use {placeholders}"
            ) from error
        found: list[Groups | None] = json.loads(done.stdout)
        return found
