"""Time points, slices and tracks of movies and stacks."""

from __future__ import annotations

from tuiqc.ui.actions.action import Action

TIME: tuple[Action, ...] = (
    Action("next_time", ("full_stop",), "t +", "Next time point (while playing: faster)", "Time", 30),
    Action("previous_time", ("comma",), "t -", "Previous time point (while playing: slower)", "Time", 31),
    Action("next_slice", ("greater_than_sign",), "z +", "Next slice of a stack", "Time"),
    Action("previous_slice", ("less_than_sign",), "z -", "Previous slice of a stack", "Time"),
    Action("projection", ("apostrophe",), "projection", "One slice, maximum or mean of all slices", "Time"),
    Action("play", ("y",), "play", "Play the movie (again: stop)", "Time"),
    Action("play_back", ("Y",), "play back", "Play it backwards (again: stop)", "Time"),
    Action("next_track", ("right_curly_bracket",), "next track", "Next track at this time point", "Time"),
    Action("previous_track", ("left_curly_bracket",), "previous track", "Previous track", "Time"),
    Action(
        "next_event",
        ("semicolon",),
        "next event",
        "Next birth, merge, division or death of the track",
        "Time",
    ),
    Action("previous_event", ("colon",), "previous event", "The event of the track before", "Time"),
    Action("colour_track", ("T",), "tracks", "Colour by track, by lineage, by label", "Time"),
    Action("tail", ("tilde",), "tail", "Show where the followed object has been, or not", "Time"),
)
