"""Within contact sheet and gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiqc.ui.keys import GALLERY, GRID, command

if TYPE_CHECKING:
    from tuiqc.ui.views.object_tiles import ObjectTiles
    from tuiqc.ui.views.tile_source import TileSource
    from tuiqc.ui.views.tile_view import TileView


@command(
    "tile_left",
    keys="left,h",
    label="left",
    help="Move from tile to tile: arrows, page up and down, home, end",
    group="Views",
    place=GRID,
)
def tile_left(view: TileView[TileSource]) -> None:
    """Move from tile to tile."""
    view.move("left")


@command(
    "tile_right", keys="right,l", label="right", help="Move right", group="Views", place=GRID, listed=False
)
def tile_right(view: TileView[TileSource]) -> None:
    """Move right."""
    view.move("right")


@command("tile_up", keys="up", label="up", help="Move up", group="Views", place=GRID, listed=False)
def tile_up(view: TileView[TileSource]) -> None:
    """Move up."""
    view.move("up")


@command("tile_down", keys="down", label="down", help="Move down", group="Views", place=GRID, listed=False)
def tile_down(view: TileView[TileSource]) -> None:
    """Move down."""
    view.move("down")


@command(
    "tile_page_up",
    keys="pageup",
    label="page up",
    help="Move page up",
    group="Views",
    place=GRID,
    listed=False,
)
def tile_page_up(view: TileView[TileSource]) -> None:
    """Move page up."""
    view.move("page_up")


@command(
    "tile_page_down",
    keys="pagedown",
    label="page down",
    help="Move page down",
    group="Views",
    place=GRID,
    listed=False,
)
def tile_page_down(view: TileView[TileSource]) -> None:
    """Move page down."""
    view.move("page_down")


@command("tile_first", keys="home", label="first", help="Move first", group="Views", place=GRID, listed=False)
def tile_first(view: TileView[TileSource]) -> None:
    """Move first."""
    view.move("first")


@command("tile_last", keys="end", label="last", help="Move last", group="Views", place=GRID, listed=False)
def tile_last(view: TileView[TileSource]) -> None:
    """Move last."""
    view.move("last")


@command(
    "more_tiles", keys="plus", label="more", help="More columns of smaller tiles", group="Views", place=GRID
)
def more_tiles(view: TileView[TileSource]) -> None:
    """More columns of smaller tiles."""
    view.change_columns(1)


@command(
    "fewer_tiles",
    keys="minus",
    label="fewer",
    help="Fewer columns of larger tiles",
    group="Views",
    place=GRID,
)
def fewer_tiles(view: TileView[TileSource]) -> None:
    """Fewer columns of larger tiles."""
    view.change_columns(-1)


@command(
    "range_right",
    keys="shift+right",
    label="range",
    help="Select a range of tiles: shift and an arrow",
    group="Views",
    place=GRID,
)
def range_right(view: TileView[TileSource]) -> None:
    """Select a range of tiles."""
    view.extend("right")


@command(
    "range_left",
    keys="shift+left",
    label="range left",
    help="Select a range: left",
    group="Views",
    place=GRID,
    listed=False,
)
def range_left(view: TileView[TileSource]) -> None:
    """Select a range."""
    view.extend("left")


@command(
    "range_up",
    keys="shift+up",
    label="range up",
    help="Select a range: up",
    group="Views",
    place=GRID,
    listed=False,
)
def range_up(view: TileView[TileSource]) -> None:
    """Select a range."""
    view.extend("up")


@command(
    "range_down",
    keys="shift+down",
    label="range down",
    help="Select a range: down",
    group="Views",
    place=GRID,
    listed=False,
)
def range_down(view: TileView[TileSource]) -> None:
    """Select a range."""
    view.extend("down")


@command(
    "select_page",
    keys="ctrl+a",
    label="page",
    help="Select all tiles in sight; verdicts then go to all of them",
    group="Views",
    place=GRID,
)
def select_page(view: TileView[TileSource]) -> None:
    """Select all tiles in sight; verdicts then go to all of them."""
    view.select_page()


@command(
    "same_scale",
    keys="equals_sign",
    label="same scale",
    help="All crops at the same scale",
    group="Views",
    place=GALLERY,
)
def same_scale(view: TileView[ObjectTiles]) -> None:
    """All crops at the same scale."""
    view.source.set_fitted(False)
    view.follow()


@command(
    "fitted", keys="0", label="fitted", help="Each object as large as its tile", group="Views", place=GALLERY
)
def fitted(view: TileView[ObjectTiles]) -> None:
    """Each object as large as its tile."""
    view.source.set_fitted(True)
    view.follow()


@command(
    "own_outline",
    keys="O",
    label="outlines",
    help="The object's own outline only, or all",
    group="Views",
    place=GALLERY,
)
def own_outline(view: TileView[ObjectTiles]) -> None:
    """The object's own outline only, or all."""
    view.source.own_only = not view.source.own_only
    view.follow()


@command(
    "group", keys="b", label="group", help="Group by a column, with headings", group="Views", place=GALLERY
)
def group(view: TileView[ObjectTiles]) -> None:
    """Group by a column, with headings."""
    view.source.choose_group()
