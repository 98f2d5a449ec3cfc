"""The command palette: every action by its name, from the one list of actions."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tuiqc.ui.actions import ACTIONS, Action, shown_key


class ActionProvider(Provider):
    """Finds actions of the review screen."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for action in ACTIONS:
            yield DiscoveryHit(_name(action), partial(self._run, action), help=action.help)

    async def search(self, query: str) -> Hits:
        """Those that match what was typed."""
        matcher = self.matcher(query)
        for action in ACTIONS:
            score = max(matcher.match(_name(action)), matcher.match(action.help))
            if score > 0:
                yield Hit(
                    score, matcher.highlight(_name(action)), partial(self._run, action), help=action.help
                )

    async def _run(self, action: Action) -> None:
        await self.screen.run_action(action.name)


def _name(action: Action) -> str:
    keys = ", ".join(shown_key(key) for key in action.keys)
    return f"{action.group}: {action.name.replace('_', ' ')} ({keys})"
