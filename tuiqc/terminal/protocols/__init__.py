"""The ways to bring pixels onto the screen, one class each: how a picture is encoded, drawn, erased, and stood in for.

A further one is a class of `base.PictureProtocol` in a file of its own and its line in `registry`.
"""
