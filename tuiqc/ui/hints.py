"""What one may want to know behind the first verdicts: each said three times, and then never again."""

from __future__ import annotations

from collections.abc import Callable

from tuiqc.preferences import keep_preference, preference
from tuiqc.ui.empty_states import key_of
from tuiqc.ui.jobs import Jobs
from tuiqc.ui.keys import Keymap

TIMES = 3
_HINTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "pass": ("{} takes it back", ("undo",)),
    "fail": ("{}-{} fail with a reason · {} takes it back", ("reason_1", "reason_8", "undo")),
    "unsure": ("{} verdict == 'unsure' finds it", ("filter",)),
    "reason": ("{} has all reasons · {} a note", ("reason", "note")),
}
"""By what was done: words, and the commands whose keys stand in them."""


class Hints:
    """Counts in the state folder how often each was said; where that can't be written each session begins anew."""

    def __init__(self, keys: Keymap, say: Callable[[str], None], jobs: Jobs) -> None:
        self._keys, self._say, self._jobs = keys, say, jobs
        self._said: dict[str, int] | None = None

    def tell(self, what: str) -> None:
        """Say the hint about what was just done, if it is new to the person."""
        if self._said is None:
            kept = preference("hints")
            counts = kept.items() if isinstance(kept, dict) else ()
            self._said = {name: count for name, count in counts if isinstance(count, int)}
        if what not in _HINTS or self._said.get(what, 0) >= TIMES:
            return
        self._said[what] = self._said.get(what, 0) + 1
        said = dict(self._said)
        self._jobs.once("hints", lambda: keep_preference("hints", said))
        words, names = _HINTS[what]
        self._say(words.format(*(key_of(self._keys, name) for name in names)))
