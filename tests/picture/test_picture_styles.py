"""Adjusting a display by keys and typed lines; styles kept by name and put onto other batches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.review_batches import small_batch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tuiqc.errors import InputError, TuiqcError, UsageError
from tuiqc.exporters.png import render_png
from tuiqc.picture import display_changes
from tuiqc.picture.display import Display
from tuiqc.picture.painter import Painter, PictureSpec
from tuiqc.picture.styles import from_document, load_style, save_style, style_names, styles_dir, to_document
from tuiqc.render.style import ChannelStyle, LayerStyle

PLAIN = Display.of(["DNA", "ER"], ["nuclei", "cells"], "nuclei")


def channel(display: Display, name: str = "DNA") -> ChannelStyle:
    return dict(display.channels)[name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500 4000", {"limits": (500, 4000)}),
        ("-1.5, 2e3", {"limits": (-1.5, 2000)}),
        ("g 0.7", {"gamma": 0.7}),
        ("gamma 2", {"gamma": 2.0}),
        ("#ff8800", {"colour": (255, 136, 0)}),
        ("00ff00", {"colour": (0, 255, 0)}),
    ],
)
def test_a_typed_line_changes_the_channel(text: str, expected: dict[str, object]) -> None:
    changed = display_changes.typed(PLAIN, "DNA", text)
    assert channel(changed) == replace(channel(PLAIN), **expected)  # type: ignore[arg-type]
    assert channel(changed, "ER") == channel(PLAIN, "ER")


def test_typed_percentiles_and_auto_take_the_limits_by_hand_away() -> None:
    by_hand = display_changes.typed(PLAIN, "DNA", "5 9")
    typed = display_changes.typed(by_hand, "DNA", "p 1 99")
    assert typed.percentiles == (1, 99)
    assert channel(typed).limits is None
    assert channel(display_changes.typed(by_hand, "DNA", "auto")).limits is None


@given(st.text(max_size=20))
def test_whatever_is_typed_is_understood_or_refused(text: str) -> None:
    try:
        changed = display_changes.typed(PLAIN, "DNA", text)
    except UsageError:
        return
    style = channel(changed)
    assert style.limits is None or style.limits[0] < style.limits[1]
    assert 0.1 <= style.gamma <= 5
    assert from_document(to_document(changed), PLAIN) == changed


@given(
    st.floats(-1e9, 1e9),
    st.floats(1e-6, 1e9),
    st.lists(st.sampled_from([("low", 1), ("low", -1), ("high", 1), ("high", -1)])),
)
def test_nudged_limits_never_cross(low: float, width: float, keys: list) -> None:
    limits = (low, low + width)
    for end, direction in keys:
        if not limits[0] < limits[1]:
            break
        moved = display_changes.nudged(limits, end, direction)
        assert moved[0] < moved[1] or limits[1] - limits[0] < 1e-6 * abs(low)
        limits = moved


def test_steps_of_gamma_thickness_opacity_and_percentiles_end() -> None:
    style, layer = ChannelStyle(gamma=4.95), LayerStyle(thickness=5, opacity=0.97)
    assert display_changes.gamma_changed(style, 1) == 5
    assert display_changes.gamma_changed(replace(style, gamma=0.1), -1) == 0.1
    assert display_changes.thicker(layer) == 1
    assert display_changes.opacity_of(layer, 1) == 1
    assert display_changes.opacity_of(replace(layer, opacity=0.1), -1) == 0.1
    seen = PLAIN
    for _ in display_changes.PERCENTILES:
        seen = display_changes.next_percentiles(seen)
    assert seen == PLAIN


def test_a_style_comes_back_as_it_was() -> None:
    display = replace(
        display_changes.with_layer(
            display_changes.typed(PLAIN, "ER", "3 70"), "cells", visible=True, mode="fill", thickness=4
        ),
        colour_by="AreaShape_Area",
        colour_map="viridis",
        colour_limits=(1.0, 5.0),
        percentiles=(1.0, 99.0),
        dim=True,
        scale_bar=False,
        contrast="image",
    )
    path = save_style("my style", display)
    assert path == styles_dir() / "my style.toml"
    assert style_names() == ["my style"]
    assert load_style("my style", PLAIN) == display
    assert load_style(str(path), PLAIN) == display


def test_a_style_fits_a_batch_with_other_channels() -> None:
    save_style("s", display_changes.typed(PLAIN, "DNA", "7 9"))
    other = Display.of(["PLA", "DNA", "Tub"], ["spots"], "spots")
    fitted = load_style("s", other)
    assert channel(fitted).limits == (7, 9)
    assert channel(fitted, "Tub") == channel(other, "Tub")
    assert fitted.layers == other.layers


@pytest.mark.parametrize(
    "text",
    [
        "what is this",
        "seed = 'x'",
        "no_such = 1",
        "contrast = 'plate'",
        "percentiles = [99, 1]",
        "percentiles = [1, 200]",
        "channels = 3",
        "[channels.DNA]\ncolour = 'reddish'",
        "[channels.DNA]\nlimits = [1]",
        "[channels.DNA]\ngamma = 99.0",
        "[channels.DNA]\nwhat = 1",
        "[layers.nuclei]\nmode = 'dots'",
        "[layers.nuclei]\nopacity = 7",
        "[layers.nuclei]\nthickness = 1.5",
    ],
)
def test_a_wrong_style_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_style(str(path), PLAIN)
    assert "wrong.toml" in str(caught.value)


def test_a_missing_style_names_those_that_there_are() -> None:
    save_style("here", PLAIN)
    with pytest.raises(InputError, match="here"):
        load_style("there", PLAIN)
    for name in ("", "a/b", ".hidden", " x"):
        with pytest.raises(TuiqcError):
            save_style(name, PLAIN)


def test_percentiles_decide_the_limits(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "data")
    painter = Painter(records=batch.images)
    display = replace(Display.of(batch.channels, batch.layers, "nuclei"), contrast="image")
    found = {}
    for percentiles in ((0.5, 99.8), (0.0, 50.0)):
        spec = PictureSpec(batch.images[0], replace(display, percentiles=percentiles))
        found[percentiles] = painter.limits.filled_in(spec, "DNA", dict(display.channels)["DNA"]).limits
    assert found[0.5, 99.8] == (20, 200)
    wanted = replace(display, contrast="batch", percentiles=(1.0, 99.0))
    assert painter.prepare(wanted)
    assert not painter.prepare(wanted)
    assert painter.prepare(replace(wanted, percentiles=(0.0, 100.0))), "other percentiles, other limits"


def test_render_draws_by_a_style_and_a_scale_bar(tmp_path: Path) -> None:
    batch = small_batch(tmp_path / "data")
    display = Display.of(batch.channels, batch.layers, "nuclei")
    save_style("red", display_changes.typed(display, "DNA", "#ff0000"))
    pictures = []
    for style, bar in (("", False), ("red", False), ("red", True)):
        out = tmp_path / "out.png"
        assert render_png(batch, out, size=(640, 480), style=style, scale_bar=bar).missing == []
        pictures.append(Image.open(out).tobytes())
    assert len(set(pictures)) == 3
    with pytest.raises(InputError):
        render_png(batch, tmp_path / "out.png", style="no such")
