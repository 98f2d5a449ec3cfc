"""Which objects are one cell through time, and where does that look wrong? Arrays in, arrays and text out."""

from tuiqc.tracks.data import Event, TrackData, Tracks
from tuiqc.tracks.suspicion import Thresholds, track_table

__all__ = ["Event", "Thresholds", "TrackData", "Tracks", "track_table"]
