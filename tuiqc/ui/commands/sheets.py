"""Within contact sheet and gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import GALLERY, GRID, command

if TYPE_CHECKING:
    from tuiqc.ui.views.gallery import Gallery
    from tuiqc.ui.views.grid import Grid


@command(
    "tile_left",
    keys="left,h",
    label="left",
    help="Move from tile to tile: arrows, page up and down, home, end",
    group="Views",
    place=GRID,
)
def tile_left(view: Grid) -> None:
    """Move from tile to tile."""
    view.action_tile_left()


@command(
    "tile_right", keys="right,l", label="right", help="Move right", group="Views", place=GRID, listed=False
)
def tile_right(view: Grid) -> None:
    """Move right."""
    view.action_tile_right()


@command("tile_up", keys="up", label="up", help="Move up", group="Views", place=GRID, listed=False)
def tile_up(view: Grid) -> None:
    """Move up."""
    view.action_tile_up()


@command("tile_down", keys="down", label="down", help="Move down", group="Views", place=GRID, listed=False)
def tile_down(view: Grid) -> None:
    """Move down."""
    view.action_tile_down()


@command(
    "tile_page_up",
    keys="pageup",
    label="page up",
    help="Move page up",
    group="Views",
    place=GRID,
    listed=False,
)
def tile_page_up(view: Grid) -> None:
    """Move page up."""
    view.action_tile_page_up()


@command(
    "tile_page_down",
    keys="pagedown",
    label="page down",
    help="Move page down",
    group="Views",
    place=GRID,
    listed=False,
)
def tile_page_down(view: Grid) -> None:
    """Move page down."""
    view.action_tile_page_down()


@command("tile_first", keys="home", label="first", help="Move first", group="Views", place=GRID, listed=False)
def tile_first(view: Grid) -> None:
    """Move first."""
    view.action_tile_first()


@command("tile_last", keys="end", label="last", help="Move last", group="Views", place=GRID, listed=False)
def tile_last(view: Grid) -> None:
    """Move last."""
    view.action_tile_last()


@command(
    "more_tiles", keys="plus", label="more", help="More columns of smaller tiles", group="Views", place=GRID
)
def more_tiles(view: Grid) -> None:
    """More columns of smaller tiles."""
    view.action_more_tiles()


@command(
    "fewer_tiles",
    keys="minus",
    label="fewer",
    help="Fewer columns of larger tiles",
    group="Views",
    place=GRID,
)
def fewer_tiles(view: Grid) -> None:
    """Fewer columns of larger tiles."""
    view.action_fewer_tiles()


@command(
    "range_right",
    keys="shift+right",
    label="range",
    help="Select a range of tiles: shift and an arrow",
    group="Views",
    place=GRID,
)
def range_right(view: Grid) -> None:
    """Select a range of tiles."""
    view.action_range_right()


@command(
    "range_left",
    keys="shift+left",
    label="range left",
    help="Select a range: left",
    group="Views",
    place=GRID,
    listed=False,
)
def range_left(view: Grid) -> None:
    """Select a range."""
    view.action_range_left()


@command(
    "range_up",
    keys="shift+up",
    label="range up",
    help="Select a range: up",
    group="Views",
    place=GRID,
    listed=False,
)
def range_up(view: Grid) -> None:
    """Select a range."""
    view.action_range_up()


@command(
    "range_down",
    keys="shift+down",
    label="range down",
    help="Select a range: down",
    group="Views",
    place=GRID,
    listed=False,
)
def range_down(view: Grid) -> None:
    """Select a range."""
    view.action_range_down()


@command(
    "select_page",
    keys="ctrl+a",
    label="page",
    help="Select all tiles in sight; verdicts then go to all of them",
    group="Views",
    place=GRID,
)
def select_page(view: Grid) -> None:
    """Select all tiles in sight; verdicts then go to all of them."""
    view.action_select_page()


@command(
    "same_scale",
    keys="equals_sign",
    label="same scale",
    help="All crops at the same scale",
    group="Views",
    place=GALLERY,
)
def same_scale(view: Gallery) -> None:
    """All crops at the same scale."""
    view.action_same_scale()


@command(
    "fitted", keys="0", label="fitted", help="Each object as large as its tile", group="Views", place=GALLERY
)
def fitted(view: Gallery) -> None:
    """Each object as large as its tile."""
    view.action_fitted()


@command(
    "own_outline",
    keys="O",
    label="outlines",
    help="The object's own outline only, or all",
    group="Views",
    place=GALLERY,
)
def own_outline(view: Gallery) -> None:
    """The object's own outline only, or all."""
    view.action_own_outline()


@command(
    "group", keys="b", label="group", help="Group by a column, with headings", group="Views", place=GALLERY
)
def group(view: Gallery) -> None:
    """Group by a column, with headings."""
    view.action_group()
