"""Time points, slices and tracks of movies and stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import command

if TYPE_CHECKING:
    from tuiqc.ui.context import ReviewContext


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
    context.legacy("next_time")


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
    context.legacy("previous_time")


@command("next_slice", keys="greater_than_sign", label="z +", help="Next slice of a stack", group="Time")
def next_slice(context: ReviewContext) -> None:
    """Next slice of a stack."""
    context.legacy("next_slice")


@command("previous_slice", keys="less_than_sign", label="z -", help="Previous slice of a stack", group="Time")
def previous_slice(context: ReviewContext) -> None:
    """Previous slice of a stack."""
    context.legacy("previous_slice")


@command(
    "projection",
    keys="apostrophe",
    label="projection",
    help="One slice, maximum or mean of all slices",
    group="Time",
)
def projection(context: ReviewContext) -> None:
    """One slice, maximum or mean of all slices."""
    context.legacy("projection")


@command("play", keys="y", label="play", help="Play the movie (again: stop)", group="Time")
def play(context: ReviewContext) -> None:
    """Play the movie."""
    context.legacy("play")


@command("play_back", keys="Y", label="play back", help="Play it backwards (again: stop)", group="Time")
def play_back(context: ReviewContext) -> None:
    """Play it backwards."""
    context.legacy("play_back")


@command(
    "next_track",
    keys="right_curly_bracket",
    label="next track",
    help="Next track at this time point",
    group="Time",
)
def next_track(context: ReviewContext) -> None:
    """Next track at this time point."""
    context.legacy("next_track")


@command(
    "previous_track", keys="left_curly_bracket", label="previous track", help="Previous track", group="Time"
)
def previous_track(context: ReviewContext) -> None:
    """Previous track."""
    context.legacy("previous_track")


@command(
    "next_event",
    keys="semicolon",
    label="next event",
    help="Next birth, merge, division or death of the track",
    group="Time",
)
def next_event(context: ReviewContext) -> None:
    """Next birth, merge, division or death of the track."""
    context.legacy("next_event")


@command(
    "previous_event", keys="colon", label="previous event", help="The event of the track before", group="Time"
)
def previous_event(context: ReviewContext) -> None:
    """The event of the track before."""
    context.legacy("previous_event")


@command("colour_track", keys="T", label="tracks", help="Colour by track, by lineage, by label", group="Time")
def colour_track(context: ReviewContext) -> None:
    """Colour by track, by lineage, by label."""
    context.legacy("colour_track")


@command(
    "tail", keys="tilde", label="tail", help="Show where the followed object has been, or not", group="Time"
)
def tail(context: ReviewContext) -> None:
    """Show where the followed object has been, or not."""
    context.legacy("tail")
