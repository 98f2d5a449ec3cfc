"""Which objects are one cell through time, and where does that look wrong? Arrays in, arrays and text out.

`data.Tracks` has the tracks, `suspicion.track_table` says what is suspicious about each.
"""
