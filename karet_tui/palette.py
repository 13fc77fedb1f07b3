"""The command palette: every command of the table, or of the screen in front, found by its words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

from textual.command import DiscoveryHit, Hit, Hits, Provider

from karet_tui.commands import COMMANDS
from karet_tui.full_screen import FullScreen

if TYPE_CHECKING:
    from textual.screen import Screen

    from karet_tui.app import KaretApp


class TableProvider(Provider):
    """Searches the table; a command that does not work now says so instead of being hidden."""

    def _listed(self) -> Iterator[tuple[str, str, str]]:
        """Words, help and action of each command once."""
        app: KaretApp = self.app  # type: ignore[assignment]  # the only app that has this provider
        screen: Screen[Any] = self.screen
        over = screen if isinstance(screen, FullScreen) else None
        commands = over.keys if over else COMMANDS
        once = {one.action: one for one in reversed(commands) if one.action != "command_palette"}
        for one in reversed(once.values()):
            refused = over.refused(one) if over else one.refused(app.walk.situation)
            words = f"{one.label}  ({one.shown_key})"
            yield words, f"Not now: {refused}" if refused else one.help, f"{'screen' if over else 'app'}.{one.action}"

    def _run(self, action: str) -> Callable[[], Awaitable[object]]:
        async def run() -> None:
            if action.startswith("screen."):
                await self.screen.run_action(action)
            else:
                await self.app.run_action(action)

        return run

    async def discover(self) -> Hits:
        for words, help_, action in self._listed():
            yield DiscoveryHit(words, self._run(action), help=help_)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for words, help_, action in self._listed():
            score = max(matcher.match(words), matcher.match(help_) * 0.8)
            if score > 0:
                yield Hit(score, matcher.highlight(words), self._run(action), help=help_)
