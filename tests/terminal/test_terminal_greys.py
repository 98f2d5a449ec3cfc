"""Which greys stand for the greys of a picture."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tuiqc.terminal.palette import crossings, even, thrifty

PICTURES = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=30))


def counted(grey: np.ndarray) -> np.ndarray:
    return np.bincount(grey.reshape(-1), minlength=256)


def background(scatter: float) -> np.ndarray:
    """A noisy background beside a smooth ramp over all greys, (300, 512) uint8."""
    noise = np.random.default_rng(0).normal(40, scatter, (300, 256))
    ramp = np.broadcast_to(np.arange(256.0), (300, 256))
    return np.clip(np.concatenate([noise, ramp], axis=1), 0, 255).astype(np.uint8)


@settings(max_examples=30, deadline=None)
@given(PICTURES, st.integers(2, 64), st.booleans())
def test_no_grey_is_far_from_what_stands_for_it(grey, levels, some_coloured):
    counts = counted(grey)
    if some_coloured:
        counts[::2] = 0
    values = np.flatnonzero(counts)
    for steps, most in ((even, 1.0), (thrifty, 1.15)):
        entry, greys = steps(grey, counts, levels)
        assert len(greys) <= levels
        assert bool(len(greys)) == bool(len(values))
        if not len(values):
            continue
        assert (np.unique(entry[values]) == np.arange(len(greys))).all(), "all of them are used"
        assert (np.diff(entry[values].astype(int)) >= 0).all(), "brighter stays brighter"
        assert np.abs(greys[entry[values]].astype(int) - values).max() <= most * 255 / (levels - 1) + 0.5


@settings(max_examples=30, deadline=None)
@given(PICTURES)
def test_crossings_are_counted(grey):
    found = crossings(grey)
    rows = grey[::3].astype(int)
    beside = [(a, b) for row in rows for a, b in itertools.pairwise(row)]
    above = [(a, b) for y in range(0, len(grey) - 1, 3) for a, b in zip(grey[y], grey[y + 1], strict=True)]
    for border in (0, 1, 100, 255):
        shares = [
            np.mean([min(pair) < border <= max(pair) for pair in pairs]) for pairs in (beside, above) if pairs
        ]
        assert np.isclose(found[border], sum(shares))


def test_a_picture_with_all_greys_keeps_as_many_as_it_may():
    for scatter in (2, 8):
        grey = background(scatter)
        _, greys = thrifty(grey, counted(grey), 32)
        assert len(np.unique(np.round(greys / 2.55))) == 32, "and they are different in percent"


def test_steps_are_wide_in_noise_and_narrow_in_smooth_places():
    grey = background(5)
    entry, _ = thrifty(grey, counted(grey), 32)
    widths = np.bincount(entry)
    assert widths[entry[40]] >= 14
    assert np.median(widths[entry[90:]]) <= 8
    evenly, _ = even(grey, counted(grey), 32)
    assert changes(entry[grey]) < 0.5 * changes(evenly[grey])


def changes(index: np.ndarray) -> int:
    """Pixels that differ from the one to the left."""
    return int((index[:, 1:] != index[:, :-1]).sum())


def test_few_greys_stay_what_they_are():
    grey = np.array([[0, 20, 90, 255]], np.uint8)
    entry, greys = thrifty(grey, counted(grey), 32)
    assert greys[entry[grey]].tolist() == grey.tolist()
