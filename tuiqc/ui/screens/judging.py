"""Judging: verdicts, reasons, notes, undo, saving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partialmethod

from textual import on
from textual.timer import Timer

from tuiqc.qc.reasons import TRACK_REASONS, Reason, by_key, implied_verdict, toggled
from tuiqc.qc.record import Subject
from tuiqc.review.bookmark import bookmark_of, save_bookmark
from tuiqc.review.listing import Listing
from tuiqc.review.rows import Rows
from tuiqc.review.session import Outcome
from tuiqc.ui.messages import Saved
from tuiqc.ui.screens.ask import NoteDialog, ReasonDialog
from tuiqc.ui.screens.confirm import Confirm
from tuiqc.ui.screens.selecting import Selecting
from tuiqc.ui.workers import save_in_thread

_IDLE = 2.5
"""Seconds without a decision after which the CSV is written."""


class Judging(Selecting):
    """Actions that decide."""

    _save_timer: Timer | None = None
    reasons: tuple[Reason, ...] = ()

    def action_verdict_pass(self) -> None:
        """Pass."""
        self._judge("pass")

    def action_verdict_fail(self) -> None:
        """Fail."""
        self._judge("fail")

    def action_verdict_unsure(self) -> None:
        """Unsure."""
        self._judge("unsure")

    def _judge(self, verdict: str) -> None:
        if self._many(f"Mark them {verdict}?", verdict=verdict):
            return
        outcome = self.session.decide(verdict=verdict)
        if outcome is None:
            self.say("nothing is chosen: go to an object or an image first")
            return
        if self._decided(outcome):
            self.say("")
            self.to_unreviewed(1)

    def _many(
        self, question: str, *, verdict: str | None = None, reason: str | None = None, note: str | None = None
    ) -> bool:
        """Decide about the whole selection after asking; False if there is none."""
        rows = self.session.rows
        if rows is None or not rows.selection.count:
            return False
        judged = int((rows.codes[rows.selection.positions()] != 0).sum())
        lines = []
        if judged and verdict is not None:
            lines.append(f"{judged:,} have a verdict already, which is replaced.")
        self._ask_many(
            rows,
            question,
            lines,
            lambda: self.session.decide_selected(verdict=verdict, reason=reason, note=note),
            f"{rows.selection.count:,} marked in one step; z undoes all of them",
        )
        return True

    def _clear_many(self) -> bool:
        """Take everything about the selection back after asking; False if there is none."""
        rows = self.session.rows
        if rows is None or not rows.selection.count:
            return False
        judged = self.session.judged_in_selection()
        if not judged:
            self.say("nothing was decided about any of those that are selected")
            return True
        lines = [f"About {judged:,} of them something was decided: it is taken back."]
        said = f"{judged:,} cleared in one step; z brings all of it back"
        self._ask_many(rows, "Clear them?", lines, self.session.clear_selected, said)
        return True

    def _ask_many(
        self, rows: Rows, question: str, lines: list[str], act: Callable[[], Outcome | None], said: str
    ) -> None:
        """Say how many are meant, ask, and do it in one step."""
        count, hidden = rows.selection.count, rows.selection.count - rows.selection.visible_count(rows.view)
        words = {"image": "images", "track": f"tracks of {self.session.layer}"}
        what = words.get(self.session.level, f"objects of {self.session.layer}")
        heads = [f"{count:,} {what} are selected."]
        if hidden:
            heads.append(f"{hidden:,} of them are hidden by a filter.")

        def answered(yes: bool | None) -> None:
            if not yes:
                self.say("nothing was changed")
                return
            outcome = act()
            if outcome is not None and self._decided(outcome):
                now = self.session.rows  # more may have come while the question was asked
                if now is not None:
                    now.selection.none()
                self.rebuild_images()
                self.tell_chips()
                self.say(said)

        self.app.push_screen(Confirm(question, [*heads, *lines, "One undo takes all of it back."]), answered)

    def action_verdict_clear(self) -> None:
        """Take everything back."""
        if self._clear_many():
            return
        outcome = self.session.clear()
        if outcome is None:
            self.say("nothing was decided here")
        elif self._decided(outcome):
            self.say("cleared")

    def action_undo(self) -> None:
        """Undo."""
        self._travelled(self.session.undo(), "undone", "nothing to undo")

    def action_redo(self) -> None:
        """Redo."""
        self._travelled(self.session.redo(), "done again", "nothing to redo")

    def _travelled(self, outcome: Outcome | None, done: str, nothing: str) -> None:
        if outcome is None:
            self.say(nothing)
        elif self._decided(outcome):
            subject = outcome.subject
            what = (
                f"{subject.layer} {subject.label} of image {subject.image}"
                if subject.layer
                else f"image {subject.image}"
            )
            self.say(f"{done}: {what}")
        if outcome is not None and self.focused in (self.images_table, self.objects_table):
            # The next verdict goes to where the undone one was: the focus must show it.
            self.focus_pane(self.images_table if self.session.level == "image" else self.objects_table)

    def _decided(self, outcome: Outcome) -> bool:
        """Show what was decided; False if it could not be put on disk (which the person is told)."""
        self.session.count_again()
        for table in (self.images_table, self.objects_table):
            if isinstance(table.content, Listing):
                table.content.fit_words()
        self.images_table.refresh()
        self.objects_table.refresh()
        self.place_changed()
        if self._save_timer is not None:
            self._save_timer.stop()
        self._save_timer = self.set_timer(_IDLE, self._save)
        if outcome.trouble:
            self.say(f"NOT ON DISK: {outcome.trouble}", trouble=True)
        return not outcome.trouble

    # --- words

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
        if self.session.subject is None:
            self.say("nothing is chosen: go to an object or an image first")
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
            self.say("nothing is chosen: go to an object or an image first")
        elif self._decided(outcome):
            self.say(f"{verdict}: {cell}" if cell else f"{reason.name} taken back")
            if cell:
                self.to_unreviewed(1)

    # Through a method, so that a class above may give the number keys another meaning.
    def _number(self, key: int) -> None:
        """A number key."""
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
        if self.session.subject is None:
            self.say("nothing is chosen: go to an object or an image first")
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

    # --- on disk

    def action_save(self) -> None:
        """Write the CSV now."""
        self._save()

    def _save(self) -> None:
        save_bookmark(self.session.store.path, bookmark_of(self.session))
        save_in_thread(self.session.store, self)

    @on(Saved)
    def saved(self, event: Saved) -> None:
        """The CSV was written, or not; others may have changed it meanwhile."""
        merged = self.session.store.take_merged()
        if merged:
            self.merged_by_others(merged)
            return
        if event.trouble:
            self.say(event.trouble, trouble=True)
        elif not self.session.store.unsaved:
            self.say("saved")

    def merged_by_others(self, subjects: tuple[Subject, ...]) -> None:
        """Rows of others were taken over."""

    def refresh_listing(self) -> None:
        """The object table shows other rows."""
        objects = self.session.objects
        if objects is not None:
            self.show_listing(Listing(objects, self.column_choice))

    def show_listing(self, listing: Listing) -> None:
        """The object table shows these rows."""
        if listing.choice != self.column_choice:
            listing.choose(self.column_choice)
        self.objects_table.content = listing
        self.objects_table.content_changed()
