"""How a cell of the movie moves and turns, and how well its outline is drawn: random, the same for the same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH = 12.0
"""Pixels from the middle of its territory that a cell goes at most."""
_PERSISTENCE = 0.85  # of the velocity, from one time point to the next
_SHIVER = 0.3  # pixels, of the centre from one time point to the next
_SLIP = 0.012  # of the outlines are badly drawn


def walk(frames: int, rng: np.random.Generator, fastest: float) -> NDArray[np.float64]:
    """A persistent random walk about the origin with Brownian motion on top, (frames, 2), pixels.

    The velocity is an Ornstein-Uhlenbeck process; its spread is that of the cell, log-normal about 0.6 pixels per
    time point and `fastest` at most.
    """
    pace = min(fastest, float(rng.lognormal(np.log(0.6), 0.5)))
    kick = pace * np.sqrt(1 - _PERSISTENCE**2) * rng.normal(0, 1, (frames, 2))
    position, velocity = rng.normal(0, 3.0, 2), pace * rng.normal(0, 1, 2)
    path = np.empty((frames, 2))
    for t in range(frames):
        path[t] = position
        # A weak spring: cells stay in their part of the field.
        velocity = _PERSISTENCE * velocity + kick[t] - 0.02 * position
        position = position + velocity
    return np.asarray(REACH * np.tanh(path / REACH) + rng.normal(0, _SHIVER, (frames, 2)))


def turning(frames: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """The angle of the long axis over time, radians, (frames,)."""
    return np.asarray(rng.uniform(0, np.pi) + np.cumsum(rng.normal(0, 0.05, frames)))


def outline_of(frames: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Where the segmentation draws the outline, in radii, (frames,): near 1, now and then far too small or large."""
    drawn = np.exp(rng.normal(0, 0.02, frames))
    slips = rng.random(frames) < _SLIP
    drawn[slips] *= np.where(rng.random(int(slips.sum())) < 0.5, 0.78, 1.26)
    return np.asarray(drawn)
