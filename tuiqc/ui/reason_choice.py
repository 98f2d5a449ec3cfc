"""Which reasons can be given to what is judged now."""

from __future__ import annotations

from dataclasses import replace

from tuiqc.qc.reasons import TRACK_REASONS, Reason
from tuiqc.review.session import Session


class ReasonChoice:
    """The reasons of the settings, and those of tracks where there are some."""

    def __init__(self, session: Session, reasons: tuple[Reason, ...]) -> None:
        self._session, self._reasons = session, reasons

    @property
    def suspected(self) -> Reason | None:
        """The reason that says what is suspected of the current object, None where nothing is, or may not be seen."""
        ranking, subject = self._session.ranking, self._session.cursor.subject
        at = ranking.row_of(subject) if ranking.taken is not None else None
        if at is None or subject is None or ranking.hides(subject) or ranking.shown is None:
            return None
        if not ranking.shown.looks_wrong[at]:
            return None
        from tuiqc.triage.kinds import REASON_SUSPECTS

        suspect = str(ranking.shown.suspects[at])
        of_it = (one for one in self.here if one.key and REASON_SUSPECTS.get(one.name) == suspect)
        return next(of_it, None)

    @property
    def here(self) -> tuple[Reason, ...]:
        """Those of tracks where tracks are judged; with time points an object can fail for the same."""
        cursor = self._session.cursor
        if cursor.level == "track":
            return TRACK_REASONS
        if cursor.level == "object" and cursor.tracks is not None:
            known = {reason.name for reason in self._reasons}
            further = (replace(one, key=0) for one in TRACK_REASONS if one.name not in known)
            return (*self._reasons, *further)
        return self._reasons
