"""Time points, slices and tracks of movies and stacks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tuiqc.picture.colours import CATEGORICAL
from tuiqc.review.changes import Changes
from tuiqc.review.time_line import step_event, step_track
from tuiqc.ui.keys import command

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


def _step_time(context: ReviewContext, step: int) -> None:
    """The next time point; while playing: faster or slower. Before the movie is read the steps wait for it."""
    cursor, player = context.session.cursor, context.work.player
    if player.step:
        player.faster(step)
        _say_rate(context)
    elif cursor.extent.t > 1:
        if not cursor.go_time(cursor.t + step):
            context.say("this is the last time point" if step > 0 else "this is the first time point")
    elif cursor.image not in cursor.extents and not context.pictures.pane.note:
        context.pictures.wait_for_extent(lambda: _step_time(context, step))
        context.say("the movie is being read …")
    else:
        context.say("this image has one time point only")


def _step_slice(context: ReviewContext, step: int) -> None:
    cursor = context.session.cursor
    if cursor.extent.z > 1:
        if not cursor.go_slice(cursor.z + step):
            context.say("this is the last slice" if step > 0 else "this is the first slice")
    elif cursor.image not in cursor.extents and not context.pictures.pane.note:
        context.pictures.wait_for_extent(lambda: _step_slice(context, step))
        context.say("the stack is being read …")
    else:
        context.say("this image has one slice only")


def _play(context: ReviewContext, step: int) -> None:
    player, cursor = context.work.player, context.session.cursor
    if player.step == step:
        player.stop()
        context.say(f"stopped at t {cursor.t}")
    elif cursor.extent.t > 1:
        player.play(step)
        _say_rate(context)
    elif cursor.image not in cursor.extents and not context.pictures.pane.note:
        context.pictures.wait_for_extent(lambda: _play(context, step))
        context.say("the movie is being read …")
    else:
        context.say("this image has one time point only")


def _say_rate(context: ReviewContext) -> None:
    player = context.work.player
    context.say(
        f"playing {player.rate} per second; . faster, , slower, {'y' if player.step > 0 else 'Y'} stops"
    )


def _step_track(context: ReviewContext, step: int) -> None:
    cursor = context.session.cursor
    if cursor.tracks is None:
        context.say("nothing here has tracks: ctrl+o joins a table of tracks")
    elif (track := step_track(cursor, step)) is None:
        context.say("no further track at this time point")
    else:
        context.pictures.viewport.follow_object()
        context.say(f"track {track}")


def _step_event(context: ReviewContext, step: int) -> None:
    cursor = context.session.cursor
    if cursor.track is None:
        context.say("no track is followed: go to an object first")
    elif (said := step_event(cursor, step)) is None:
        context.say("nothing more happens to this track" if step > 0 else "nothing happened before")
    else:
        context.say(said)


@command(
    "next_time",
    keys="full_stop",
    label="t +",
    help="Next time point (while playing: faster)",
    group="Time",
    footer=30,
)
def next_time(context: ReviewContext) -> None:
    """Next time point."""
    _step_time(context, 1)


@command(
    "previous_time",
    keys="comma",
    label="t -",
    help="Previous time point (while playing: slower)",
    group="Time",
    footer=31,
)
def previous_time(context: ReviewContext) -> None:
    """Previous time point."""
    _step_time(context, -1)


@command("next_slice", keys="greater_than_sign", label="z +", help="Next slice of a stack", group="Time")
def next_slice(context: ReviewContext) -> None:
    """Next slice of a stack."""
    _step_slice(context, 1)


@command("previous_slice", keys="less_than_sign", label="z -", help="Previous slice of a stack", group="Time")
def previous_slice(context: ReviewContext) -> None:
    """Previous slice of a stack."""
    _step_slice(context, -1)


@command(
    "projection",
    keys="apostrophe",
    label="projection",
    help="One slice, maximum or mean of all slices",
    group="Time",
)
def projection(context: ReviewContext) -> None:
    """One slice, maximum or mean of all slices."""
    cursor = context.session.cursor
    if cursor.extent.z <= 1:
        context.say("this image has one slice only")
        return
    words = {
        "slice": "one slice",
        "max": "maximum of all slices; labels: the topmost",
        "mean": "mean of all slices; labels: the topmost",
    }
    context.say(words[cursor.next_projection()])


@command("play", keys="y", label="play", help="Play the movie (again: stop)", group="Time")
def play(context: ReviewContext) -> None:
    """Play the movie."""
    _play(context, 1)


@command("play_back", keys="Y", label="play back", help="Play it backwards (again: stop)", group="Time")
def play_back(context: ReviewContext) -> None:
    """Play it backwards."""
    _play(context, -1)


@command(
    "next_track",
    keys="right_curly_bracket",
    label="next track",
    help="Next track at this time point",
    group="Time",
)
def next_track(context: ReviewContext) -> None:
    """Next track at this time point."""
    _step_track(context, 1)


@command(
    "previous_track", keys="left_curly_bracket", label="previous track", help="Previous track", group="Time"
)
def previous_track(context: ReviewContext) -> None:
    """Previous track."""
    _step_track(context, -1)


@command(
    "next_event",
    keys="semicolon",
    label="next event",
    help="Next birth, merge, division or death of the track",
    group="Time",
)
def next_event(context: ReviewContext) -> None:
    """Next birth, merge, division or death of the track."""
    _step_event(context, 1)


@command(
    "previous_event", keys="colon", label="previous event", help="The event of the track before", group="Time"
)
def previous_event(context: ReviewContext) -> None:
    """The event of the track before."""
    _step_event(context, -1)


@command("colour_track", keys="T", label="tracks", help="Colour by track, by lineage, by label", group="Time")
def colour_track(context: ReviewContext) -> None:
    """Colour by track, by lineage, by label."""
    session, style = context.session, context.display.style
    choice, objects = session.batch.dialects.get(session.cursor.layer), session.tables.objects
    names = [] if choice is None else [choice.track_column, choice.lineage_column]
    wanted = [
        name for name in dict.fromkeys(names) if name and objects is not None and name in objects.view.given
    ]
    if not wanted:
        context.say("nothing here has tracks: ctrl+o joins a table of tracks")
        return
    at = wanted.index(style.colour_by) + 1 if style.colour_by in wanted else 0
    if at == len(wanted):
        context.display.show(replace(style, colour_by="", colour_map="blue-white-red"))
        context.say("coloured by label")
        return
    context.display.show(replace(style, colour_by=wanted[at], colour_map=CATEGORICAL))
    what = "lineage" if at else "track"
    context.say(f"coloured by {what} ({wanted[at]}); objects without one are grey")


@command(
    "tail", keys="tilde", label="tail", help="Show where the followed object has been, or not", group="Time"
)
def tail(context: ReviewContext) -> None:
    """Show where the followed object has been, or not."""
    context.pictures.viewport.tails = not context.pictures.viewport.tails
    context.say("tail of the followed track shown" if context.pictures.viewport.tails else "no tail")
    context.changed(Changes.DISPLAY)
