"""What this plugin brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.spec import hookimpl
from postroom_dkim.authenticator import DkimAuthenticator

if TYPE_CHECKING:
    from postroom.hooks.contracts import Authenticator


@hookimpl
def postroom_authenticators() -> list[type[Authenticator]]:
    """Bring one authenticator."""
    return [DkimAuthenticator]
