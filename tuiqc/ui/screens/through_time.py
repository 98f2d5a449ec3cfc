"""Through time and depth: stepping, playing, projections, tracks in the picture."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from textual import on
from textual.timer import Timer

from tuiqc.picture.colouring import CATEGORICAL
from tuiqc.review.cursor import Extent
from tuiqc.ui.screens.pointing import Pointing
from tuiqc.ui.widgets.picture import Picture

RATES = (1, 2, 4, 8, 12, 16, 24)
"""Time points per second that playing can go at."""


class ThroughTime(Pointing):
    """Actions along t and z, and what tracks are for."""

    _play_timer: Timer | None = None
    _play_step = 1
    _rate = 3
    _play_from = (0.0, 0)
    _colour_before = ""

    # --- stepping

    def action_next_time(self) -> None:
        """The next time point; while playing: faster."""
        self._step_time(1)

    def action_previous_time(self) -> None:
        """The time point before; while playing: slower."""
        self._step_time(-1)

    def _step_time(self, step: int) -> None:
        if self._play_timer is not None:
            self._rate = min(max(self._rate + step, 0), len(RATES) - 1)
            self._play(self._play_step)
            return
        if self.session.extent.t <= 1:
            self.say("this image has one time point only")
        elif not self.session.go_time(self.session.t + step):
            self.say("this is the last time point" if step > 0 else "this is the first time point")
        else:
            self.time_changed(step)

    def action_next_slice(self) -> None:
        """The next slice."""
        self._step_slice(1)

    def action_previous_slice(self) -> None:
        """The slice before."""
        self._step_slice(-1)

    def _step_slice(self, step: int) -> None:
        if self.session.extent.z <= 1:
            self.say("this image has one slice only")
        elif not self.session.go_slice(self.session.z + step):
            self.say("this is the last slice" if step > 0 else "this is the first slice")
        else:
            self.time_changed()

    def action_projection(self) -> None:
        """One slice, the maximum, the mean."""
        if self.session.extent.z <= 1:
            self.say("this image has one slice only")
            return
        self.say(
            {
                "slice": "one slice",
                "max": "maximum of all slices; labels: the topmost",
                "mean": "mean of all slices; labels: the topmost",
            }[self.session.next_projection()]
        )
        self.time_changed()

    def time_changed(self, step: int = 1) -> None:
        """Show another time point or slice; the tables go along with the object that is followed."""
        self._in_time, self._time_step = True, step
        try:
            self.place_changed()
        finally:
            self._in_time = False

    def place_changed(self) -> None:
        """The line of time goes along too."""
        super().place_changed()
        self.slider.follow()

    @on(Picture.Shown)
    def extent_seen(self, event: Picture.Shown) -> None:
        """A picture tells how many time points and slices its image has."""
        finished = event.finished
        extent = Extent(*finished.painted.extent)
        index = finished.shot.record.index
        if self.session.extents.get(index) != extent:
            self.session.extents[index] = extent
            self.slider.follow()

    # --- playing

    def action_play(self) -> None:
        """Play forwards; again: stop."""
        self._toggle_play(1)

    def action_play_back(self) -> None:
        """Play backwards; again: stop."""
        self._toggle_play(-1)

    def _toggle_play(self, step: int) -> None:
        if self._play_timer is not None and self._play_step == step:
            self.stop_playing()
            self.say(f"stopped at t {self.session.t}")
        elif self.session.extent.t <= 1:
            self.say("this image has one time point only")
        else:
            self._play(step)

    def _play(self, step: int) -> None:
        self.stop_playing()
        self._play_step, rate = step, RATES[self._rate]
        self._play_from = (monotonic(), self.session.t)
        self._play_timer = self.set_interval(1 / rate, self._play_on)
        self.slider.playing = "▶ " if step > 0 else "◀ "
        self.say(f"playing {rate} per second; . faster, , slower, {'y' if step > 0 else 'Y'} stops")

    def stop_playing(self) -> None:
        """Stay where one is."""
        if self._play_timer is not None:
            self._play_timer.stop()
            self._play_timer = None
        self.slider.playing = ""
        self.slider.follow()

    def _play_on(self) -> None:
        """Show the time point that it is time for; those in between are left out if pictures do not come as fast."""
        if self.picture_pending or self.output.busy or self.app.screen is not self:
            return
        start, t = self._play_from
        passed = int((monotonic() - start) * RATES[self._rate])
        count = self.session.extent.t
        if self.session.go_time((t + self._play_step * passed) % count):
            self.time_changed(self._play_step)

    @property
    def picture_pending(self) -> bool:
        """Whether the picture that was asked for last has not been shown yet."""
        finished = self.picture.finished
        return finished is None or (self._asked is not None and finished.number < self.request_number)

    # --- tracks

    def action_colour_track(self) -> None:
        """Colour by track, by lineage, as before."""
        session, objects = self.session, self.session.objects
        choice = session.batch.dialects.get(session.layer)
        names = [] if choice is None else [choice.track_column, choice.lineage_column]
        wanted = [name for name in dict.fromkeys(names) if objects is not None and name in objects.view.given]
        if not wanted:
            self.say("nothing here has tracks")
            return
        now = self.display_style.colour_by
        at = wanted.index(now) + 1 if now in wanted else 0
        if at == len(wanted):
            self.show_display(replace(self.display_style, colour_by="", colour_map="blue-white-red"))
            self.say("coloured by label")
            return
        name = wanted[at]
        assert name is not None
        self.show_display(replace(self.display_style, colour_by=name, colour_map=CATEGORICAL))
        what = "track" if at == 0 and len(wanted) > 1 else "lineage" if at else "track"
        self.say(f"coloured by {what} ({name}); objects without one are grey")

    def action_next_track(self) -> None:
        """The next track that is here now."""
        self._step_track(1)

    def action_previous_track(self) -> None:
        """The track before."""
        self._step_track(-1)

    def _step_track(self, step: int) -> None:
        if self.session.tracks is None:
            self.say("nothing here has tracks")
        elif (track := self.session.step_track(step)) is None:
            self.say("no further track at this time point")
        else:
            self._follow_object()
            self.say(f"track {track}")
            self.place_changed()

    def action_next_event(self) -> None:
        """The next birth, merge, division or death of the track."""
        self._step_event(1)

    def action_previous_event(self) -> None:
        """The one before."""
        self._step_event(-1)

    def _step_event(self, step: int) -> None:
        if self.session.track is None:
            self.say("no track is followed: go to an object first")
        elif (said := self.session.step_event(step)) is None:
            self.say("nothing more happens to this track" if step > 0 else "nothing happened before")
        else:
            self.say(said)
            self.place_changed()

    def action_tail(self) -> None:
        """Draw where the object has been, or no longer."""
        self.tails = not self.tails
        self.say("tail of the followed track shown" if self.tails else "no tail")
        self.request_picture()
