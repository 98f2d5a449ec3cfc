from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fixtures.images import disc_labels, gradient
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.pixels import read_plane
from tuiqc.render.highlight import WHITE, YELLOW, Mark
from tuiqc.render.labels import label_colours, uniform_colours
from tuiqc.render.overlay import LayerPicture, compose, outlines
from tuiqc.render.style import ChannelStyle, LayerStyle, default_channel_colours
from tuiqc.render.viewport import Viewport

PRACTICAL = Path(__file__).resolve().parents[2] / "../shared/data/batch_qc_practical"
GREY = ChannelStyle(limits=(0, 255))
RED = uniform_colours((255, 0, 0))


def draw(view, plane=None, labels=None, style=None, channel=GREY, colours=RED, **options):
    shape = (plane if plane is not None else labels).shape[:2]
    w = view.window(shape)
    channels = [] if plane is None else [(plane[w.y0 : w.y1, w.x0 : w.x1], channel)]
    layers = []
    if labels is not None:
        layers = [LayerPicture(labels[w.y0 : w.y1, w.x0 : w.x1], style or LayerStyle(), colours)]
    return compose(view, shape, channels, layers, window=w, **options)


def is_colour(picture, colour):
    return (picture == np.array(colour, np.uint8)).all(axis=-1)


def test_one_to_one_grey_is_the_image_itself():
    plane = gradient((96, 80), "uint8")
    picture = draw(Viewport.fit(plane.shape, 80, 96), plane)
    assert (picture.shape, picture.dtype) == ((96, 80, 3), np.uint8)
    np.testing.assert_array_equal(picture, np.repeat(plane[..., None], 3, axis=2))


def test_enlarging_repeats_pixels_and_shrinking_averages_them():
    plane = gradient((24, 24), "uint8")
    large = draw(Viewport.fit(plane.shape, 72, 72), plane)[..., 0]
    np.testing.assert_array_equal(large, np.kron(plane, np.ones((3, 3), np.uint8)))
    for size in (12, 8, 6):
        n = 24 // size
        small = draw(Viewport.fit(plane.shape, size, size), plane)[..., 0]
        means = plane.reshape(size, n, size, n).mean(axis=(1, 3))
        assert np.abs(small - means).max() <= 1


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int32", "float16", "float64"])
def test_shrinking_any_type_averages(dtype):
    plane = gradient((96, 96), dtype)
    limits = (0, 1) if dtype == "bool" else (float(plane.min()), float(plane.max()))
    small = draw(Viewport.fit(plane.shape, 24, 24), plane, channel=ChannelStyle(limits=limits))[..., 0]
    unit = (plane.astype(float) - limits[0]) / (limits[1] - limits[0])
    assert np.abs(small / 255 - unit.reshape(24, 4, 24, 4).mean(axis=(1, 3))).max() < 0.02


def test_one_missing_pixel_does_not_spread():
    plane = np.full((40, 40), 100.0)
    plane[20, 20] = np.nan
    small = draw(Viewport.fit(plane.shape, 10, 10), plane, channel=ChannelStyle(limits=(0, 200)))[..., 0]
    assert (small == 128).sum() == 99
    assert small[5, 5] >= 118


def test_channels_are_added_and_cut():
    a, b = np.full((8, 8), 255, np.uint8), np.full((8, 8), 128, np.uint8)
    view = Viewport.fit((8, 8), 8, 8)
    styles = [
        ChannelStyle(colour=(255, 0, 100), limits=(0, 255)),
        ChannelStyle(colour=(255, 200, 0), limits=(0, 255)),
    ]
    picture = compose(view, (8, 8), [(a, styles[0]), (b, styles[1])], [])
    assert picture[4, 4].tolist() == [255, 100, 100]
    hidden = ChannelStyle(visible=False)
    assert compose(view, (8, 8), [(a, hidden), (b, styles[1])], [])[4, 4].tolist() == [128, 100, 0]


def test_rgb_is_drawn_as_it_is():
    plane = gradient((30, 40, 3), "uint8")
    view = Viewport.fit((30, 40), 40, 30)
    np.testing.assert_array_equal(draw(view, plane, channel=ChannelStyle()), plane)
    deep = draw(view, plane.astype(np.uint16) * 257, channel=ChannelStyle())
    np.testing.assert_array_equal(deep, plane)
    assert draw(Viewport.fit((30, 40), 20, 15), plane).shape == (15, 20, 3)


def test_outside_the_image_is_background():
    plane = np.full((20, 20), 255, np.uint8)
    view = Viewport.fit(plane.shape, 40, 20)
    picture = draw(view, plane, background=(1, 2, 3))
    assert is_colour(picture, (1, 2, 3)).sum() == 20 * 20
    away = draw(view.panned(1000, 0), plane, background=(1, 2, 3))
    assert is_colour(away, (1, 2, 3)).all()


ALL_EDGES = (True, True, True, True)


def test_outlines_are_the_inner_border():
    labels = disc_labels()
    border = outlines(labels)
    assert not (border & (labels == 0)).any()
    assert border[30, 18]  # the left end of the first disc
    assert not border[30, 30]
    assert border[29:32, 40:43].any()  # where two discs touch
    assert not border[70, 0]  # what is beyond the array is not known
    thick = outlines(labels, 3)
    assert (thick & border).sum() == border.sum() < thick.sum()


def test_outline_and_fill_and_opacity():
    labels = disc_labels()
    plane = np.full(labels.shape, 100, np.uint8)
    view = Viewport.fit(labels.shape, 80, 96)
    outline = draw(view, plane, labels, LayerStyle(thickness=1, opacity=1))
    np.testing.assert_array_equal(is_colour(outline, (255, 0, 0)), outlines(labels, 1, ALL_EDGES))
    assert outline[30, 30].tolist() == [100, 100, 100]
    fill = draw(view, plane, labels, LayerStyle(mode="fill", opacity=1))
    assert fill[30, 30, 0] > 180 > 60 > fill[30, 30, 1] > 20
    assert fill[0, 0].tolist() == [100, 100, 100]
    half = draw(view, plane, labels, LayerStyle(opacity=0.5))
    assert half[30, 18].tolist() == pytest.approx([177, 50, 50], abs=1)
    for hidden in (LayerStyle(visible=False), LayerStyle(opacity=0)):
        assert is_colour(draw(view, plane, labels, hidden), (100, 100, 100)).all()


def test_a_coarse_display_gets_thin_lines():
    labels = disc_labels()
    view = Viewport.fit(labels.shape, 80, 96)
    thick = draw(view, None, labels, LayerStyle(thickness=5, opacity=1))
    np.testing.assert_array_equal(is_colour(thick, (255, 0, 0)), outlines(labels, 1, ALL_EDGES))
    medium = Viewport.fit(labels.shape, 300, 300)  # three quarters of the 400 pixels that lines are meant for
    four, three = (draw(medium, None, labels, LayerStyle(thickness=n, opacity=1)) for n in (4, 3))
    assert is_colour(four, (255, 0, 0)).sum() > is_colour(three, (255, 0, 0)).sum(), (
        "the thickness has an effect"
    )


def test_a_border_outside_leaves_the_object_free_and_goes_round_it():
    labels = np.zeros((9, 9), np.uint16)
    labels[3:6, 3:6] = 2
    labels[3, 0] = 7
    layer = LayerPicture(labels, LayerStyle(opacity=1.0), RED, outside=True)
    picture = compose(Viewport.fit((9, 9), 9, 9), (9, 9), [], [layer])
    ring = np.zeros((9, 9), bool)
    ring[2:7, 2:7] = ring[2:5, :2] = True
    ring[labels != 0] = False
    np.testing.assert_array_equal(is_colour(picture, (255, 0, 0)), ring)


def test_an_object_that_fills_the_image_has_an_outline_but_none_where_the_view_cuts_it():
    labels = np.ones((40, 40), np.uint8)
    style = LayerStyle(opacity=1, thickness=1)
    whole = is_colour(draw(Viewport.fit((40, 40), 40, 40), None, labels, style), (255, 0, 0))
    assert whole[0].all()
    assert whole[-1].all()
    assert whole[:, 0].all()
    assert whole[:, -1].all()
    assert not whole[1:-1, 1:-1].any()
    top_left = Viewport(20, 20, 9.5, 9.5, 1.0)
    corner = compose(top_left, (40, 40), [], [LayerPicture(labels[:20, :20], style, RED)])
    drawn = is_colour(corner, (255, 0, 0))
    assert drawn[0].all()
    assert drawn[:, 0].all()
    assert not drawn[1:, 1:].any()


def test_the_last_layer_is_on_top_and_none_is_skipped():
    labels = disc_labels()
    view = Viewport.fit(labels.shape, 80, 96)
    style = LayerStyle(opacity=1, thickness=1)
    layers = [LayerPicture(labels, style, uniform_colours(c)) for c in ((255, 0, 0), (0, 255, 0))]
    picture = compose(view, labels.shape, [], [*layers, LayerPicture(None, style, RED)])
    assert picture[30, 18].tolist() == [0, 255, 0]


def test_labels_of_another_size_are_not_stretched():
    labels = disc_labels()
    view = Viewport.fit((120, 60), 60, 120)
    picture = compose(view, (120, 60), [], [LayerPicture(labels, LayerStyle(opacity=1), RED)])
    expected = np.zeros((120, 60), bool)
    expected[:96] = outlines(labels[:, :60], 1, ALL_EDGES)
    expected[95] = expected[96:] = False
    drawn = is_colour(picture, (255, 0, 0))
    np.testing.assert_array_equal(drawn[:95], expected[:95])


@pytest.mark.parametrize("size", [(80, 96), (640, 480)])
@pytest.mark.parametrize("visible", [True, False])
def test_the_current_object_has_a_ring_and_brackets_also_without_colour(size, visible):
    labels = disc_labels()
    plane = np.full(labels.shape, 90, np.uint8)
    view = Viewport.fit(labels.shape, *size)
    style = LayerStyle(visible=visible)
    with_ring = draw(view, plane, labels, style, current=(0, 1))
    without = draw(view, plane, labels, style)
    assert is_colour(with_ring, YELLOW).sum() > 40
    changed = (with_ring != without).any(axis=2)
    x, y = (round(v) for v in view.to_display(30, 30))
    radius = round(12 * view.zoom)
    assert not changed[y - radius // 2 : y + radius // 2, x - radius // 2 : x + radius // 2].any()
    gap = 3 if size == (80, 96) else 6
    corners = [(y + s * (radius + gap), x + u * (radius + gap)) for s in (-1, 1) for u in (-1, 1)]
    white = is_colour(with_ring, WHITE)
    for row, column in corners:
        assert white[max(row - 4, 0) : row + 5, max(column - 4, 0) : column + 5].any()


def test_the_ring_of_an_object_at_the_edge_of_the_image_is_closed():
    labels = np.zeros((30, 40), np.uint8)
    labels[25:, 35:] = 1
    view = Viewport.fit(labels.shape, 640, 640).with_zoom(10)  # there is room around the image
    picture = draw(view, None, labels, current=(0, 1))
    x, y = view.to_display(39.5, 29.5)
    ring = is_colour(picture, YELLOW)
    assert ring[round(y) - 20, round(x) - 3 : round(x) + 5].any(), "on the right"
    assert ring[round(y) - 3 : round(y) + 5, round(x) - 20].any(), "below"


def test_an_object_between_two_display_pixels_still_has_brackets():
    labels = np.zeros((2000, 2000), np.uint16)
    labels[1001, 1003] = 9
    view = Viewport.fit(labels.shape, 300, 300)
    picture = draw(view, None, labels, current=(0, 9))
    rows, columns = np.nonzero(is_colour(picture, WHITE))
    assert rows.min() < 150 < rows.max()
    assert columns.min() < 150 < columns.max()
    assert rows.max() - rows.min() < 30


def test_a_current_object_that_is_not_there_changes_nothing():
    labels = disc_labels()
    view = Viewport.fit(labels.shape, 80, 96)
    plain = draw(view, None, labels)
    for label in (0, 99, -1, 2**40):
        np.testing.assert_array_equal(draw(view, None, labels, current=(0, label)), plain)
    np.testing.assert_array_equal(draw(view, None, labels, current=(5, 1)), plain)


def test_brackets_stay_on_the_display_when_the_object_is_larger():
    labels = np.ones((50, 50), np.uint8)
    labels[0, 0] = 0
    view = Viewport.fit(labels.shape, 300, 300).with_zoom(30)
    white = is_colour(draw(view, None, labels, current=(0, 1)), WHITE)
    for rows in (slice(0, 8), slice(-8, None)):
        for columns in (slice(0, 8), slice(-8, None)):
            assert white[rows, columns].any()


@pytest.mark.parametrize("kind", ["cross", "tick", "question", "dot"])
def test_marks_are_drawn_at_their_point_and_not_beyond_the_display(kind):
    plane = np.zeros((40, 40), np.uint8)
    view = Viewport.fit(plane.shape, 200, 200)
    picture = draw(view, plane, marks=[Mark(10, 30, kind, (9, 8, 7))])
    rows, columns = np.nonzero(is_colour(picture, (9, 8, 7)))
    assert abs(rows.mean() - 152) < 4
    assert abs(columns.mean() - 52) < 4
    corner = [Mark(0, 0, kind), Mark(39, 39, kind), Mark(-50, 9, kind)]
    assert draw(view, plane, marks=corner).shape == (200, 200, 3)


@settings(max_examples=35, deadline=None)
@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.floats(-30, 130),
    st.floats(-30, 130),
    st.floats(0.02, 40),
    st.sampled_from(["uint8", "uint16", "float32"]),
    st.sampled_from(["outline", "fill"]),
    st.integers(0, 4),
)
def test_any_view_gives_a_picture_of_its_size(width, height, x, y, zoom, dtype, mode, label):
    view = Viewport(width, height, x, y, zoom)
    labels = disc_labels()
    picture = draw(
        view,
        gradient((96, 80), dtype),
        labels,
        LayerStyle(mode=mode),
        ChannelStyle(),
        label_colours(3),
        current=(0, label),
        marks=[Mark(30, 30)],
    )
    assert picture.shape == (height, width, 3)


def test_default_colours():
    assert default_channel_colours(1) == ((255, 255, 255),)
    assert len(set(default_channel_colours(5))) == 5
    assert len(default_channel_colours(20)) == 20


@pytest.mark.skipif(not PRACTICAL.is_dir(), reason="the training data are not beside the repository")
def test_every_nucleus_of_a_real_well_has_its_outline():
    dna = read_plane(PRACTICAL / "Well_5_C0.tif")
    nuclei = read_plane(PRACTICAL / "Well_5_nuclei_labels.tiff")
    view = Viewport.fit(dna.shape, 640, 480)
    colours = label_colours(int(nuclei.max()))
    picture = draw(view, dna, nuclei, LayerStyle(opacity=1), ChannelStyle(), colours, current=(0, 7))
    for label in range(1, 19):
        if label != 7:
            assert is_colour(picture, colours.colour(label)).sum() > 15
    assert is_colour(picture, YELLOW).sum() > 100


@given(
    st.lists(st.tuples(*[st.sampled_from([0, 60, 85, 127, 128, 255])] * 3), min_size=1, max_size=5),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=30, deadline=None)
def test_sums_of_channels_are_exact_whether_they_can_be_cut_or_not(colours, seed):
    planes = np.random.default_rng(seed).integers(0, 256, (len(colours), 6, 7), dtype=np.uint8)
    planes[:, 0, 0] = 255
    view = Viewport.fit((6, 7), 7, 6)
    styles = [ChannelStyle(colour=colour, limits=(0, 255)) for colour in colours]
    expected = sum(
        np.round(plane[..., None] * np.array(colour) / 255)
        for plane, colour in zip(planes, colours, strict=True)
    )
    made = compose(view, (6, 7), list(zip(planes, styles, strict=True)), [])
    assert (made == np.minimum(expected, 255)).all()
