"""A mailbox on the fake of Exchange Web Services, as the contract suite wants it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.plugins.exchange import ADDRESS, ExchangeBox
from tests.plugins.tokens import Issued
from tests.servers.ews import PASSWORD, USER

from postroom.model.settings import Secret
from postroom_ews.settings import EwsSettings
from postroom_ews.transport import EwsTransport

if TYPE_CHECKING:
    from tests.servers.ca import LocalCA
    from tests.servers.ews import FakeEws


class Box(ExchangeBox):
    """The mailbox of an address; signed in with a password, or as an application."""

    kind = EwsTransport
    middle = 2
    nowhere = {"url": "https://localhost:1/EWS/Exchange.asmx"}  # noqa: RUF012

    def __init__(self, ews: FakeEws, ca: LocalCA, *, tokens: bool = False) -> None:
        self.ews = ews
        auth = Issued(ews.issuer, "app:app-id", "ews") if tokens else None
        settings = EwsSettings(
            url=ews.url,
            mailbox=ADDRESS,
            username=None if tokens else USER,
            password=None if tokens else Secret(PASSWORD),
            method="basic",
            auth=auth,
            impersonate=tokens,
            ca_file=ca.ca_file,
            timeout=timedelta(seconds=10),
        )
        super().__init__(ews, ews.mailbox(ADDRESS), settings, auth)

    def let_pass(self, transport: Any, seconds: float) -> None:
        transport._session.folders.monotonic = lambda: time.monotonic() + seconds

    def is_for_messages(self, asked: str) -> bool:
        return asked == "GetItem"
