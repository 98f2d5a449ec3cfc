"""The command palette: every command by its name, from the one registry."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tuiqc.ui.keys import Command, shown_key

if TYPE_CHECKING:
    from tuiqc.ui.screens.review import ReviewScreen


class CommandProvider(Provider):
    """Finds commands of the review screen."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for one in self._usable():
            yield DiscoveryHit(_name(one), partial(self._run, one), help=one.help)

    async def search(self, query: str) -> Hits:
        """Those that match what was typed."""
        matcher = self.matcher(query)
        for one in self._usable():
            score = max(matcher.match(_name(one)), matcher.match(one.help))
            if score > 0:
                yield Hit(score, matcher.highlight(_name(one)), partial(self._run, one), help=one.help)

    async def _run(self, command: Command) -> None:
        await self._review.run_command(command)

    @property
    def _review(self) -> ReviewScreen:
        return cast("ReviewScreen", self.screen)

    def _usable(self) -> list[Command]:
        """All but those of views that are not open."""
        return self._review.usable_commands()


def _name(command: Command) -> str:
    keys = ", ".join(shown_key(key) for key in command.keys)
    return f"{command.group}: {command.name.replace('_', ' ')} ({keys})"
