"""Saying why: reasons by key or by name, and notes."""

from __future__ import annotations

from dataclasses import replace
from functools import partialmethod

from tuiqc.qc.reasons import TRACK_REASONS, Reason, by_key, implied_verdict, toggled
from tuiqc.ui.screens.judging import Judging


class Reasoning(Judging):
    """Actions that give reasons and notes."""

    reasons: tuple[Reason, ...] = ()

    @property
    def reasons_here(self) -> tuple[Reason, ...]:
        """Those of tracks where tracks are judged; with time points an object can fail for the same."""
        if self.session.level == "track":
            return TRACK_REASONS
        if self.session.level == "object" and self.session.tracks is not None:
            known = {reason.name for reason in self.reasons}
            return (*self.reasons, *(replace(one, key=0) for one in TRACK_REASONS if one.name not in known))
        return self.reasons

    def action_reason(self) -> None:
        """Ask why it failed."""
        from tuiqc.ui.screens.ask import ReasonDialog

        if not self.chosen():
            return
        annotation = self.session.annotation
        now = annotation.reason if annotation else ""
        reasons = list(
            dict.fromkeys([*(reason.name for reason in self.reasons_here), *([now] if now else [])])
        )
        self.app.push_screen(ReasonDialog(self._what(), reasons, now), self._reason_given)

    def _reason_key(self, key: int) -> None:
        """Give the reason of a number key, or take it back, and with it the verdict that it implies."""
        reason = by_key(self.reasons_here, key)
        if reason is None:
            self.say(f"no reason is on the key {key}")
            return
        if self._many(
            f"{reason.verdict.capitalize()} them: {reason.name}?", verdict=reason.verdict, reason=reason.name
        ):
            return
        annotation = self.session.annotation
        cell = toggled(annotation.reason if annotation is not None else "", reason.name)
        verdict = implied_verdict(cell, self.reasons_here) or (
            annotation.verdict if annotation is not None else ""
        )
        outcome = self.session.decide(verdict=verdict, reason=cell)
        if outcome is None:
            self.say_nothing_chosen()
        elif self._decided(outcome):
            self.say(f"{verdict}: {cell}" if cell else f"{reason.name} taken back")
            if cell:
                self.to_unreviewed(1)

    # Through a method, so that a class above may give the number keys another meaning.
    def _number(self, key: int) -> None:
        """A number key."""
        if not self.unseen():
            self._reason_key(key)

    action_reason_1 = partialmethod(_number, 1)
    action_reason_2 = partialmethod(_number, 2)
    action_reason_3 = partialmethod(_number, 3)
    action_reason_4 = partialmethod(_number, 4)
    action_reason_5 = partialmethod(_number, 5)
    action_reason_6 = partialmethod(_number, 6)
    action_reason_7 = partialmethod(_number, 7)
    action_reason_8 = partialmethod(_number, 8)
    action_reason_9 = partialmethod(_number, 9)

    def _reason_given(self, reason: str | None) -> None:
        if not reason:
            return
        if self._many(f"Fail them: {reason}?", verdict="fail", reason=reason):
            return
        annotation = self.session.annotation
        verdict = "unsure" if annotation is not None and annotation.verdict == "unsure" else "fail"
        outcome = self.session.decide(verdict=verdict, reason=reason)
        if outcome is not None and self._decided(outcome):
            self.say(f"{verdict}: {reason}")
            self.to_unreviewed(1)

    def action_note(self) -> None:
        """Ask for a note."""
        from tuiqc.ui.screens.ask import NoteDialog

        if not self.chosen():
            return
        annotation = self.session.annotation
        self.app.push_screen(
            NoteDialog(self._what(), annotation.note if annotation else ""), self._note_given
        )

    def _note_given(self, note: str | None) -> None:
        if note is None or self._many(f"Write this note on them? {note}", note=note):
            return
        outcome = self.session.decide(note=note)
        if outcome is not None and self._decided(outcome):
            self.say("noted" if note else "note taken away")

    def _what(self) -> str:
        session = self.session
        if session.level == "image":
            return f"image {session.record.key}"
        if session.level == "track":
            return f"track {session.track} of {session.layer} of image {session.record.key}"
        return f"{session.layer} {session.label} of image {session.record.key}"
