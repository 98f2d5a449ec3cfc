"""The person's choices of how pictures look, the same for every image of the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeVar

from tuiqc.dataset.model import ChannelLook
from tuiqc.render.colormaps import COLORMAPS
from tuiqc.render.style import ChannelStyle, LayerStyle, default_channel_colours

COLOUR_MAPS = (*COLORMAPS, "glasbey")
"""Maps that are offered; `glasbey` is categorical. More can be typed: `colormaps.colour_map_names`."""

S = TypeVar("S", ChannelStyle, LayerStyle)

_MODES = ("outline", "fill", "none")


@dataclass(frozen=True, slots=True)
class Display:
    """Styles of channels and object layers, label colours, and the column that colours the objects.

    Parameters
    ----------
    channels, layers
        (name, style) pairs in the batch's order.
    seed
        Seed of the label colours; another one shuffles them.
    colour_by
        Column of the active layer's object table, "" for colours by label.
    colour_map
        One of `COLOUR_MAPS`, or any name in `colormaps.COLORMAPS`.
    colour_limits
        Ends of the colour map: 1st and 99th percentile, minimum and maximum, or two values.
    zero_transparent
        Objects with the value 0 have no colour.
    raw
        The channels alone, whatever the layers' styles: to blink between the picture and its overlay.
    contrast
        Whether the limits of a channel come from each image, or are the same in the whole batch.
    percentiles
        Of the pixel values, drawn black and white where limits were not set by hand.
    dim
        All but the current object are drawn faintly.
    by_verdict
        Objects of the active layer have the colour and the mark of their verdict, whatever `colour_by` says.
    beside
        A second picture on the right: the channels alone ("raw") or the object layer `beside_layer` ("layer").
    scale_bar, minimap
        Drawn into the picture; the minimap only where not all of the image is in view.
    """

    channels: tuple[tuple[str, ChannelStyle], ...]
    layers: tuple[tuple[str, LayerStyle], ...]
    seed: int = 0
    colour_by: str = ""
    colour_map: str = COLOUR_MAPS[0]
    colour_limits: Literal["robust", "data"] | tuple[float, float] = "robust"
    zero_transparent: bool = False
    raw: bool = False
    contrast: Literal["image", "batch"] = "batch"
    percentiles: tuple[float, float] = (0.5, 99.8)
    dim: bool = False
    by_verdict: bool = False
    beside: Literal["", "raw", "layer"] = ""
    beside_layer: str = ""
    scale_bar: bool = True
    minimap: bool = True

    @classmethod
    def of(
        cls,
        channels: Sequence[str],
        layers: Sequence[str],
        active: str,
        looks: Mapping[str, ChannelLook] = MappingProxyType({}),
    ) -> Display:
        """Default look: all of up to three channels as their files say (`looks`), only the active object layer."""
        colours = default_channel_colours(len(channels))
        plain = ChannelLook()
        return cls(
            tuple(
                (
                    name,
                    ChannelStyle(
                        visible=i < 3 and not looks.get(name, plain).hidden,
                        colour=looks.get(name, plain).colour or colour,
                        limits=looks.get(name, plain).limits,
                    ),
                )
                for i, (name, colour) in enumerate(zip(channels, colours, strict=True))
            ),
            tuple((name, LayerStyle(visible=name == active)) for name in layers),
        )

    def toggled(self, kind: str, name: str) -> Display:
        """With the channel (`kind` "channel") or object layer (`kind` "layer") of that name switched on or off."""
        if kind == "channel":
            return replace(self, channels=_flip(self.channels, name))
        return replace(self, layers=_flip(self.layers, name))

    def activated(self, layer: str, before: str) -> Display:
        """With `layer` in sight in place of the one that was active `before`."""
        shown = dict(self.layers)
        if before in shown and before != layer:
            shown[before] = replace(shown[before], visible=False)
        if layer in shown:
            shown[layer] = replace(shown[layer], visible=True)
        return replace(self, layers=tuple(shown.items()))

    def next_mode(self, layer: str) -> Display:
        """Outline, fill, none, and round again, for every layer; `layer` says where one is."""
        now = self.mode(layer)
        mode = _MODES[(_MODES.index(now) + 1) % len(_MODES)]
        styles = []
        for name, style in self.layers:
            if mode == "none":
                style = replace(style, visible=False)
            else:
                visible = style.visible or name == layer
                style = replace(style, visible=visible, mode="fill" if mode == "fill" else "outline")
            styles.append((name, style))
        return replace(self, layers=tuple(styles))

    def next_beside(self, layer: str) -> Display:
        """One picture, beside it the channels alone, beside it each other layer in turn; `layer` is the active one."""
        turns: list[tuple[Literal["", "raw", "layer"], str]] = [("", ""), ("raw", "")]
        turns += [("layer", name) for name, _ in self.layers if name != layer]
        now = (self.beside, self.beside_layer if self.beside == "layer" else "")
        at = turns.index(now) if now in turns else 0
        beside, other = turns[(at + 1) % len(turns)]
        return replace(self, beside=beside, beside_layer=other)

    def mode(self, layer: str) -> str:
        """`outline`, `fill` or `none` for a layer."""
        style = dict(self.layers).get(layer)
        return style.mode if style and style.visible else "none"

    def opacity_changed(self, step: float) -> Display:
        """With every layer's opacity moved by `step`, kept within 0.1 and 1."""
        return replace(
            self,
            layers=tuple(
                (name, replace(style, opacity=round(min(1.0, max(0.1, style.opacity + step)), 2)))
                for name, style in self.layers
            ),
        )


def _flip(pairs: tuple[tuple[str, S], ...], name: str) -> tuple[tuple[str, S], ...]:
    return tuple((n, replace(style, visible=not style.visible) if n == name else style) for n, style in pairs)
