"""The panel of channels and object layers: what is shown, in which colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tuiqc.picture.display import Display
from tuiqc.render.style import DEFAULT_CHANNEL_COLOURS
from tuiqc.text import printable
from tuiqc.ui.screens.dialog import Panel, relist

_COLOURS = ((255, 255, 255), *DEFAULT_CHANNEL_COLOURS)


class DisplayPanel(Panel[None]):
    """A list of channels and object layers; every change shows in the picture at once."""

    DEFAULT_CSS = "DisplayPanel > Vertical { width: 48; }"
    heading = "Channels and object layers"
    keys = "1-9 on/off · k colour · i invert · b contrast · esc"

    def __init__(self, display: Display, changed: Callable[[Display], None]) -> None:
        super().__init__()
        self.display_now = display
        self.changed = changed

    def compose_body(self) -> ComposeResult:
        """The list."""
        yield OptionList(*self._options(), id="display-list")

    def _options(self) -> list[Option]:
        options: list[Option] = []
        for kind, name, style in self._entries():
            number = len(options) + 1
            text = Text(f"{number if number < 10 else ' '} ", style="bold")
            text.append("[x] " if style.visible else "[ ] ")
            if kind == "channel":
                text.append("██ ", style="rgb({},{},{})".format(*style.colour))
                text.append(f"channel {printable(name)}" + (" inverted" if style.invert else ""))
            else:
                text.append(f"   layer {printable(name)}  {style.mode} {style.opacity:.0%}")
            options.append(Option(text))
        options.append(
            Option(Text(f"contrast from the {self.display_now.contrast}", style="dim"), disabled=True)
        )
        return options

    def _entries(self) -> list[tuple[str, str, Any]]:
        return [("channel", n, s) for n, s in self.display_now.channels] + [
            ("layer", n, s) for n, s in self.display_now.layers
        ]

    def _show(self, display: Display) -> None:
        self.display_now = display
        relist(self.query_one(OptionList), self._options())
        self.changed(display)

    def _toggle(self, number: int) -> None:
        entries = self._entries()
        if 0 <= number < len(entries):
            kind, name, _ = entries[number]
            self._show(self.display_now.toggled(kind, name))

    def on_key(self, event: events.Key) -> None:
        """Number keys switch, `k` walks through the colours, `i` inverts, `b` takes contrast from image or batch."""
        at = self.query_one(OptionList).highlighted
        if (event.character or "").isdigit():
            self._toggle(int(event.character or 0) - 1)
        elif event.key == "space" and at is not None:
            self._toggle(at)
        elif event.key == "b":
            other: Literal["image", "batch"] = "image" if self.display_now.contrast == "batch" else "batch"
            self._show(replace(self.display_now, contrast=other))
        elif event.key in ("k", "i") and at is not None and at < len(self.display_now.channels):
            channels = list(self.display_now.channels)
            name, style = channels[at]
            if event.key == "i":
                style = replace(style, invert=not style.invert)
            else:
                now = _COLOURS.index(style.colour) if style.colour in _COLOURS else -1
                style = replace(style, colour=_COLOURS[(now + 1) % len(_COLOURS)])
            channels[at] = (name, style)
            self._show(replace(self.display_now, channels=tuple(channels)))
        else:
            return
        event.stop()

    @on(OptionList.OptionSelected)
    def switch(self, event: OptionList.OptionSelected) -> None:
        """Enter."""
        self._toggle(event.option_index)
