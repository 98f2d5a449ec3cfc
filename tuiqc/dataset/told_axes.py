"""Axes that the user has told for the files of a channel or a layer."""

from __future__ import annotations

from tuiqc.dataset.model import Batch
from tuiqc.errors import UsageError
from tuiqc.pixels.axes import checked_axes, tell_axes


def take_axes(batch: Batch) -> None:
    """Tell the room of pixels which axes the files of the batch have; those that nothing was told of as they say.

    Raises
    ------
    UsageError
        An impossible order of axes, or the name of no channel and no layer.
    """
    axes = {}
    for name, text in batch.source.axes.items():
        if name and name not in batch.channels and name not in batch.layers:
            there = ", ".join([*batch.channels, *batch.layers])
            raise UsageError(f"--axes {name}=…: there is no such channel or object layer; there are: {there}")
        try:
            axes[name] = checked_axes(text)
        except ValueError as error:
            raise UsageError(f"--axes {error}") from None
    for record in batch.images:
        for name, path in (*record.channels.items(), *record.masks.items()):
            if path is not None:
                tell_axes(path, axes.get(name, axes.get("", "")))
