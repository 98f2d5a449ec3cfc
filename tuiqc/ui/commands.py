"""The command palette: every action by its name, from the one list of actions."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.widget import Widget

from tuiqc.ui.actions import ACTIONS, ANY, PICTURE, TABLES, Action, shown_key


class ActionProvider(Provider):
    """Finds actions of the review screen."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for action in self._usable():
            yield DiscoveryHit(_name(action), partial(self._run, action), help=action.help)

    async def search(self, query: str) -> Hits:
        """Those that match what was typed."""
        matcher = self.matcher(query)
        for action in self._usable():
            score = max(matcher.match(_name(action)), matcher.match(action.help))
            if score > 0:
                yield Hit(
                    score, matcher.highlight(_name(action)), partial(self._run, action), help=action.help
                )

    async def _run(self, action: Action) -> None:
        await self._owner(action).run_action(action.name)

    def _owner(self, action: Action) -> Widget:
        """Whose method the action is: the view that is open, or the screen."""
        view: Widget | None = getattr(self.screen, "view", None)
        return self.screen if view is None or action.where in (ANY, TABLES, PICTURE) else view

    def _usable(self) -> list[Action]:
        """All but those of views that are not open."""
        return [one for one in ACTIONS if hasattr(self._owner(one), f"action_{one.name}")]


def _name(action: Action) -> str:
    keys = ", ".join(shown_key(key) for key in action.keys)
    return f"{action.group}: {action.name.replace('_', ' ')} ({keys})"
