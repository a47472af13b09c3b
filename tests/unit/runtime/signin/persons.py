"""Sign-ins at the authority of the tests, and persons who go through them."""

from __future__ import annotations

import threading
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.servers.authority import CLIENT, TENANT

from postroom.model.settings import Secret, SecretRef
from postroom.model.signin import MICROSOFT, Provider, SignIn
from postroom.runtime.clock import SYSTEM, Clock
from postroom.runtime.signin.credential import Credentials
from postroom.runtime.signin.kept import Keeper
from postroom.source.text import Source, Span

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.authority import Authority
    from tests.servers.ca import LocalCA

SPAN = Span(Source("rules.yaml", "corp"), 0, 4)
SECRET_REF = SecretRef("env", "CLIENT_SECRET")


def generic(authority: Authority, ca: LocalCA, **changes: Any) -> SignIn:
    """Return a sign-in at the authority as a provider that a rule file declares."""
    provider = Provider(
        name="local",
        authorize_url=authority.address("authorize"),
        token_url=authority.address("token"),
        device_url=authority.address("devicecode"),
        scopes={"": ("mail",)},
        client_scopes={"": ("mail",)},
    )
    return _sign_in(ca, **{"provider": provider, "flow": "code", **changes})


def microsoft(authority: Authority, ca: LocalCA, **changes: Any) -> SignIn:
    """Return a sign-in at the authority as if it were Microsoft's."""
    from dataclasses import replace

    provider = replace(MICROSOFT, authority=authority.base)
    return _sign_in(ca, **{"provider": provider, "flow": "device", "tenant": TENANT, **changes})


def _sign_in(ca: LocalCA, **given: Any) -> SignIn:
    return SignIn(
        name="corp",
        client_id=CLIENT,
        span=SPAN,
        ca_file=ca.ca_file,
        **given,
    )


def credentials(folder: Path, clock: Clock = SYSTEM, secret: str = "app-secret") -> Credentials:
    keeper = Keeper(folder / "data", folder / "keys", {})
    return Credentials(keeper, clock, lambda _: Secret(secret))


@dataclass
class Person:
    """Does what is asked, at once."""

    authority: Authority
    ca: LocalCA
    told: list[str] = field(default_factory=list)
    _sent_to: str = ""

    def go_to(self, url: str) -> None:
        """Open the address in a browser, and let it bring the answer."""
        self.told.append(url)
        self._sent_to = self.authority.visit(url)
        if ":" in self._sent_to.split("/")[2]:  # somebody listens there
            threading.Thread(target=urllib.request.urlopen, args=(self._sent_to,)).start()

    def type_code(self, url: str, code: str) -> None:
        self.told += [url, code]
        self.authority.approve(code)

    def pasted(self) -> str:
        return self._sent_to
