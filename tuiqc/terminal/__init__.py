"""How pixels reach this terminal: the probe, one encoder per protocol, and nothing of what the pixels mean.

`probe.probe()` asks the terminal once, before anything else reads from it; `encoder.encode()` makes a picture
into a `Frame` for what was found; `doctor.doctor_report()` tells a person what was found and why. Escape
sequences are known in this package only.
"""
