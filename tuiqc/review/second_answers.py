"""Subjects of the random sample that are silently shown a second time, and what is said of them then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tuiqc.qc.record import Subject, utc_now
from tuiqc.qc.repeats import Repeat, read_repeats, record_repeat
from tuiqc.qc.sample import Sample

LAG = 20
"""So many others are judged before one comes back: it should not be remembered."""


class SecondAnswers:
    """Which subjects of a sample come back, and the second answers.

    Parameters
    ----------
    csv
        The annotations; the second answers are beside them.
    annotator
        Whose answers are compared with their own.
    """

    def __init__(self, csv: Path, annotator: str, sample: Sample) -> None:
        self._csv, self._annotator, self._sample = csv, annotator, sample
        answered = {repeat.subject: repeat.second for repeat in read_repeats(csv, annotator)}
        wanted = sorted(sample.repeats)
        self._waiting = dict.fromkeys(sample.subjects[at] for at in wanted)
        for subject in [one for one in self._waiting if answered.get(one)]:
            del self._waiting[subject]
        self.answered = len(wanted) - len(self._waiting)
        self.total = len(wanted)
        self.current: Subject | None = None
        self._last: tuple[Subject, str] | None = None

    def due(self, verdict: Callable[[Subject], str]) -> Subject | None:
        """Return the subject that is to be shown again now, and make it the current one; None for none.

        It has a verdict, and `LAG` others behind it in the queue have one too; the last ones come when all is judged.
        """
        self.current = None
        if not self._waiting:
            return None
        open_at = next(
            (i for i, subject in enumerate(self._sample.subjects) if not verdict(subject)),
            len(self._sample.subjects) + LAG,
        )
        for subject in self._waiting:
            if self._sample.position[subject] + LAG < open_at and verdict(subject):
                self.current = subject
                break
        return self.current

    def hides(self, subject: Subject) -> bool:
        """Whether what was said of the subject is not to be seen now."""
        return subject == self.current

    def answer(self, subject: Subject, first: str, second: str) -> None:
        """Keep the second answer; the annotations keep the first. Raises OSError."""
        record_repeat(self._csv, Repeat(subject, first, second, self._annotator, utc_now()))
        self._waiting.pop(subject, None)
        self.answered += 1
        self._last, self.current = (subject, first), None

    def take_back(self) -> Subject | None:
        """Take the second answer back if it came last; returns its subject. Raises OSError."""
        if self._last is None:
            return None
        (subject, first), self._last = self._last, None
        record_repeat(self._csv, Repeat(subject, first, "", self._annotator, utc_now()))
        self._waiting = {subject: None, **self._waiting}
        self.answered -= 1
        self.current = subject
        return subject

    def went_on(self) -> None:
        """Something else was decided since: undo is about that."""
        self._last = None
