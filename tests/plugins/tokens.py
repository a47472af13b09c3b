"""Tokens for a mail server that asks the authority of the tests about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom.model.settings import Secret

if TYPE_CHECKING:
    from tests.servers.authority import Authority

    from postroom.model.signin import Method


@dataclass
class Issued:
    """A credential whose tokens come straight from the authority."""

    issuer: Authority
    user: str
    purpose: str
    method: Method | None = None
    lifetime: int | None = None
    """Seconds; of the first token only."""
    handed_out: list[str] = field(default_factory=list)
    complaints: int = 0

    def token(self, purpose: str) -> Secret:
        assert purpose == self.purpose
        if not self.handed_out:
            self._issue(self.lifetime)
        return Secret(self.handed_out[-1])

    def refused(self, token: Secret) -> None:
        assert token.reveal() == self.handed_out[-1]
        self.complaints += 1
        self._issue(None)

    def _issue(self, lifetime: int | None) -> None:
        self.handed_out.append(self.issuer.issue(self.user, lifetime=lifetime))
