"""Themes: verdicts can be read on each, and the program follows the one that is chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fixtures.desks import desk_on
from fixtures.review_batches import small_batch
from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES
from textual.widget import Widget

from tuiqc.config import Config, load_config
from tuiqc.errors import InputError
from tuiqc.qc.verdict import ALL
from tuiqc.ui import theme
from tuiqc.ui.sheet_ground import Ground
from tuiqc.ui.theme import LEAST_CONTRAST, contrast


def test_contrast_is_that_of_wcag() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("name", sorted(BUILTIN_THEMES))
def test_verdicts_can_be_read_on_every_theme(name: str) -> None:
    chosen = BUILTIN_THEMES[name]
    made, behind = theme.variables(chosen), theme.grounds(chosen)
    for one in ("none", "pass", "fail", "unsure"):
        colour = Color.parse(made[f"verdict-{one}"]).rgb
        assert min(contrast(colour, ground) for ground in behind) >= LEAST_CONTRAST, one
    for colour in made.values():
        assert Style.parse(f"bold {theme.named_by_rich(colour)}").color is not None
    assert len({made[f"verdict-{one}"] for one in ("none", "pass", "fail", "unsure")}) == 4
    for ink, paper in (("ink", "paper"), ("sheet-ink", "sheet")):
        assert contrast(Color.parse(made[ink]).rgb, Color.parse(made[paper]).rgb) >= LEAST_CONTRAST


@pytest.mark.parametrize("name", ["ansi-dark", "ansi-light"])
async def test_the_colours_of_the_terminal_itself(tmp_path: Path, name: str) -> None:
    async with desk_on(small_batch(tmp_path / "data"), config=Config(theme=name)) as desk:
        await desk.press("tab", "f", "x", "escape", "g", "f10")
        assert "Menu" in desk.text


async def test_sheets_and_plots_stand_on_the_ground_of_a_light_theme(tmp_path: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data"), config=Config(theme="textual-light")) as desk:
        for key in ("g", "x"):
            await desk.press(key)
            view = desk.review.context.views.view
            assert isinstance(view, Widget)
            ground = Ground.of(view)
            assert min(ground.paper) > 200
            said = [part for part in view.render_line(0) if part.text.strip() and part.style]
            assert said
            for style in (part.style for part in said):
                assert style is not None
                assert style.color is not None
                assert style.bgcolor is not None
                assert tuple(style.bgcolor.get_truecolor()) == ground.paper
                assert contrast(tuple(style.color.get_truecolor()), ground.paper) >= LEAST_CONTRAST
            await desk.press("escape")


def test_a_drawing_on_light_ground_keeps_the_colours_of_values() -> None:
    ground = Ground((240, 240, 240), (20, 20, 20))
    drawn = np.array([[0, 0, 0], [255, 255, 255], [150, 175, 210], [253, 231, 36]], np.uint8)
    found = ground.picture(drawn[None], drawn[:3])[0].tolist()
    assert found[:2] == [[240, 240, 240], [20, 20, 20]]
    assert contrast(tuple(found[2]), ground.paper) >= LEAST_CONTRAST
    assert found[3] == [253, 231, 36], "the colour of a value"


def test_on_the_usual_theme_and_on_pictures_the_colours_are_those_of_the_verdicts() -> None:
    made = theme.variables(BUILTIN_THEMES["textual-dark"])
    for verdict in ALL[1:]:
        assert made[f"verdict-{verdict.name}"] == verdict.css
        assert contrast(verdict.screen, (0, 0, 0)) >= LEAST_CONTRAST


async def test_the_theme_of_the_settings_and_another_one_chosen(tmp_path: Path, own_folders: Path) -> None:
    async with desk_on(small_batch(tmp_path / "data"), config=Config(theme="solarized-light")) as desk:
        app = desk.app
        assert app.theme == "solarized-light"
        signs = app.review.objects_table.get_component_rich_style("table--fail").color
        assert signs is not None
        assert (
            signs.name
            == Color.parse(theme.variables(BUILTIN_THEMES["solarized-light"])["verdict-fail"]).rich_color.name
        )
        await desk.press("f9")
        await desk.press(*"nord", "enter")
        assert app.theme == "nord"
        assert "nord" in desk.message
    assert theme.chosen("textual-dark") == "nord"
    assert theme.chosen("solarized-light") == "solarized-light", (
        "what is written in the settings later counts"
    )
    own_folders.joinpath("state", "preferences.json").write_text(
        '{"theme": {"name": "x", "instead_of": "nord"}}'
    )
    assert theme.chosen("nord") == "nord", "a theme that is no more"


def test_a_theme_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text('theme = "norde"\n', "utf-8")
    with pytest.raises(InputError, match=r"norde.*solarized-light"):
        theme.checked(load_config(settings).theme)
    settings.write_text("theme = 3\n", "utf-8")
    with pytest.raises(InputError, match="name of a theme"):
        load_config(settings)
