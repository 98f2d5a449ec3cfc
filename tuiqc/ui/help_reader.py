"""The documents in the terminal: pages with their pictures, links between them, and a search."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Footer, Input, Markdown, OptionList
from textual.widgets.option_list import Option
from textual_image import widget  # asks the terminal, so before an app has the screen

from tuiqc.terminal.protocols import STILLS

Found = Callable[[str], Iterable[tuple[str, str]]]
_PICTURE = re.compile(r"^!\[([^\]]*)\]\(([^)]+)\)\s*$", re.M)
_MOST = 100


class HelpReader(App[None]):
    """A list of pages at the left, the page at the right; `/` looks for words in all of them.

    Parameters
    ----------
    name
        The page that is opened first.
    titles
        The title of each page by its name, in their order.
    page
        Gives the Markdown of a page.
    found
        Gives the pages that hold some words, each with a line.
    folder
        Where the pictures of pages are.
    way
        How pictures reach the terminal.
    """

    TITLE = "tuiqc help"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #pages { width: 32; height: 1fr; }
    #search { display: none; }
    #page { padding: 0 1; margin-bottom: 2; } /* a sixel picture that ends on the last line would scroll the screen */
    .picture { width: 100%; max-width: 110; height: auto; margin: 0 0 1 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "search"),
        Binding("backspace", "back", "back"),
        Binding("tab", "app.focus_next", "list/page", show=True),
        Binding("escape", "leave", "leave"),
        Binding("q", "quit", "quit"),
    ]

    def __init__(
        self,
        name: str,
        titles: Mapping[str, str],
        page: Callable[[str], str],
        found: Found,
        folder: Path,
        way: str = "",
    ) -> None:
        super().__init__()
        self._way_of_pictures = way
        self._titles, self._page, self._found, self._folder = titles, page, found, folder
        self._way: list[str] = [name]
        self._typing = False

    def compose(self) -> ComposeResult:
        """A line for what is looked for, the list, the page."""
        yield Input(placeholder="words to look for in all pages", id="search")
        with Horizontal():
            yield OptionList(id="pages")
            yield VerticalScroll(id="page")
        yield Footer()

    async def on_mount(self) -> None:
        """The first page."""
        self._list((name, "") for name in self._titles)
        await self._show(self._way[-1])
        self.query_one("#pages").focus()

    def _list(self, pages: Iterable[tuple[str, str]]) -> None:
        listed = self.query_one("#pages", OptionList)
        listed.clear_options()
        for name, line in list(pages)[:_MOST]:
            about = f"\n  {line.strip('#| ')[:27]}" if line else ""
            listed.add_option(Option(f"{self._titles[name]}{about}".replace("[", "\\["), id=name))
        listed.highlighted = 0 if listed.option_count else None

    async def _show(self, name: str) -> None:
        place = self.query_one("#page", VerticalScroll)
        await place.remove_children()
        await place.mount_all(list(self._pieces(self._page(name))))
        place.scroll_home(animate=False)
        self.sub_title = self._titles[name]

    def _pieces(self, text: str) -> Iterator[Widget]:
        """Texts of a page and the pictures between them."""
        start = 0
        for match in _PICTURE.finditer(text):
            yield Markdown(text[start : match.start()], open_links=False)
            yield self._drawn(self._folder / match[2], match[1])
            start = match.end()
        yield Markdown(text[start:], open_links=False)

    def _drawn(self, path: Path, words: str) -> Widget:
        kind = STILLS.get(self._way_of_pictures, "HalfcellImage")
        if not kind or not path.is_file():
            return Markdown(f"*{words}*")
        # Our own questions to the terminal say which: kitty knows the signs for pictures since 0.28 only.
        picture: Widget = getattr(widget, kind)(path, classes="picture")
        return picture

    @on(OptionList.OptionSelected, "#pages")
    async def choose(self, event: OptionList.OptionSelected) -> None:
        """Open a page of the list."""
        await self._go(event.option.id or "index")

    async def _go(self, name: str) -> None:
        self._typing = False
        if name != self._way[-1]:
            self._way.append(name)
        await self._show(name)
        self.query_one("#page").focus()

    @on(Markdown.LinkClicked)
    async def follow(self, event: Markdown.LinkClicked) -> None:
        """Open the page that a link leads to; say the address of another one."""
        name = event.href.partition("#")[0].removesuffix(".md")
        if name in self._titles:
            await self._go(name)
        elif event.href:
            self.notify(event.href, title="address")

    def action_search(self) -> None:
        """Ask for words."""
        search = self.query_one("#search", Input)
        search.display = True
        self.screen.set_focus(search)
        self._typing = True

    def on_key(self, event: events.Key) -> None:
        """What is typed right behind the key for a search is for its line, though the list had the focus still."""
        search = self.query_one("#search", Input)
        if self._typing and event.is_printable and event.character and not search.has_focus:
            event.stop()
            search.insert_text_at_cursor(event.character)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters of words that are looked for are no keys."""
        return not (self._typing and action in ("quit", "search"))

    @on(Input.Changed, "#search")
    def look(self, event: Input.Changed) -> None:
        """List the pages that have the words, while they are typed."""
        words = event.value.strip()
        self._list(self._found(words) if words else ((name, "") for name in self._titles))

    @on(Input.Submitted, "#search")
    async def take(self) -> None:
        """Open the first page that was found."""
        listed = self.query_one("#pages", OptionList)
        if listed.option_count:
            await self._go(listed.get_option_at_index(0).id or "index")

    async def action_back(self) -> None:
        """The page before."""
        if len(self._way) > 1:
            self._way.pop()
        await self._show(self._way[-1])

    def action_leave(self) -> None:
        """Leave the search, else the help."""
        search = self.query_one("#search", Input)
        if not search.display:
            self.exit()
            return
        search.value, self._typing = "", False
        search.display = False
        self.query_one("#pages").focus()
