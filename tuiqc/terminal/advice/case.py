"""What advice is given about, and the advice itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuiqc.terminal.capabilities import Capabilities, Replies, TmuxFacts


@dataclass(frozen=True, slots=True)
class Advice:
    """What was found, as a sentence, and what to set or do about it."""

    about: str
    finding: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Case:
    """What was found, and the environment, with what the rules ask of them."""

    caps: Capabilities
    environ: Mapping[str, str]

    @property
    def answers(self) -> Replies:
        """What the terminal answered."""
        return self.caps.answers

    @property
    def term(self) -> str:
        """TERM."""
        return self.environ.get("TERM", "")

    @property
    def plain(self) -> bool:
        """No multiplexer between, and it answered."""
        return not self.caps.multiplexer and self.answers.attributes is not None

    @property
    def lists_sixel(self) -> bool:
        """Whether sixel is among the device attributes."""
        return 4 in (self.answers.attributes or ())[1:]

    @property
    def facts(self) -> TmuxFacts | None:
        """What tmux told, where this is in tmux and it can be asked."""
        return self.answers.tmux if self.caps.multiplexer == "tmux" else None
