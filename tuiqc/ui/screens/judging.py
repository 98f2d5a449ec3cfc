"""Judging: verdicts, undo, saving."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.timer import Timer

from tuiqc.qc.record import Subject
from tuiqc.review.bookmark import bookmark_of, save_bookmark
from tuiqc.review.listing import Listing
from tuiqc.review.rows import Rows
from tuiqc.review.session import Outcome
from tuiqc.ui.messages import Saved
from tuiqc.ui.screens.selecting import Selecting
from tuiqc.ui.workers import save_in_thread

_IDLE = 2.5
"""Seconds without a decision after which the CSV is written."""


class Judging(Selecting):
    """Actions that decide."""

    _save_timer: Timer | None = None
    _save_asked = False

    def action_verdict_pass(self) -> None:
        """Pass."""
        self._judge("pass")

    def action_verdict_fail(self) -> None:
        """Fail."""
        self._judge("fail")

    def action_verdict_unsure(self) -> None:
        """Unsure."""
        self._judge("unsure")

    def unseen(self) -> bool:
        """Whether what is current has not been shown yet, and so is not judged; then that is said."""
        return False

    def chosen(self) -> bool:
        """Whether there is something on the screen to say a thing about; else that is said."""
        if self.unseen():
            return False
        if self.session.subject is None:
            self.say_nothing_chosen()
            return False
        return True

    def _judge(self, verdict: str) -> None:
        if self.unseen():
            return
        if self._many(f"Mark them {verdict}?", verdict=verdict):
            return
        outcome = self.session.decide(verdict=verdict)
        if outcome is None:
            self.say_nothing_chosen()
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
        from tuiqc.ui.screens.confirm import Confirm

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
        if self.unseen() or self._clear_many():
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

    # --- on disk

    def action_save(self) -> None:
        """Write the CSV now."""
        self._save_asked = True
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
        elif self._save_asked and not self.session.store.unsaved:
            # A save that nobody asked for must not take the place of an answer that somebody reads.
            self._save_asked = False
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
