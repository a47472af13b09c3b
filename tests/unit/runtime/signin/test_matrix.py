"""Every way to sign in x everything that happens to a sign-in, each on a mailbox of a real server.

The page docs/reference/sign-ins.md holds the table that comes of it, word for word.
"""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.servers.authority import CLIENT, SECRET
from tests.servers.dovecot import PASSWORD
from tests.unit.runtime.signin import keys
from tests.unit.runtime.signin.persons import SECRET_REF, Person, generic, microsoft

from postroom.hooks.contracts import TransportContext
from postroom.model.settings import Secret, SecretRef
from postroom.runtime.clock import Clock
from postroom.runtime.signin.credential import Credentials
from postroom.runtime.signin.kept import Keeper
from postroom.runtime.signin.login import login
from postroom.source.diagnostic import Problem
from postroom_imap.settings import ImapSettings
from postroom_imap.transport import ImapTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.authority import Authority
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User

    from postroom.model.signin import SignIn
    from postroom.runtime.signin.credential import StoredCredential

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "sign-ins.md"
KEY_REF = SecretRef("env", "SERVICE_KEY")
READ, NONE = "reads the mailbox", "-"


@dataclass
class Station:
    """A mailbox, an authority that knows its owner, and a clock that a test turns on."""

    user: User
    authority: Authority
    ca: LocalCA
    folder: Path
    time: datetime = field(default_factory=lambda: datetime.now(UTC))  # noqa: TID251 - see below

    def later(self, **span: float) -> None:
        """Turn our clock; the authority's and the server's go on as they are."""
        self.time += timedelta(**span)

    def credentials(self) -> Credentials:
        secrets = {SECRET_REF: Secret(SECRET), KEY_REF: Secret(keys.google())}
        clock = Clock(now=lambda: self.time, wait=lambda _stop, _seconds: False)
        keeper = Keeper(self.folder / "data", self.folder / "keys", {})
        return Credentials(keeper, clock, secrets.__getitem__)

    def look(self, name: str, **proof: Any) -> str:
        """Open the mailbox; return what comes of it."""
        settings = ImapSettings(
            host="localhost", port=self.user.server.imaps, username=name,
            ca_file=self.ca.ca_file, **proof,
        )  # fmt: skip
        with closing(ImapTransport(settings, TransportContext("test", 5_000))) as transport:
            try:
                return READ if transport.probe().ok else "cannot read it"
            except Problem as problem:
                return problem.diagnostic.code


@dataclass
class ByToken:
    """A way that ends in tokens. What happens to it happens in the order of the table."""

    kind: Callable[..., SignIn]
    changes: dict[str, Any]
    paste: bool = False
    sign_in: SignIn = field(init=False)
    live: StoredCredential = field(init=False)

    def first(self, at: Station) -> str:
        changes, known = dict(self.changes), at.authority
        known.clients[CLIENT] = SECRET
        if "certificate" in changes:
            changes["certificate"] = keys.Application.written(at.folder).path
            known.certificates[CLIENT] = changes["certificate"].read_bytes()
        if "key" in changes:
            known.service_keys[CLIENT] = keys.public()
        made = at.credentials()
        self.sign_in = self.kind(known, at.ca, user=at.user.name, **changes)
        login(made, self.sign_in, "imap", Person(known, at.ca), paste=self.paste)
        self.live = made.of(self.sign_in)
        return self.look(at)

    def look(self, at: Station) -> str:
        return at.look(at.user.name, auth=self.live)

    def renewed(self, at: Station) -> str:
        before = self.live.token("imap")
        assert self.live.token("imap") == before, "one serves until its time is nearly over"
        at.later(minutes=57)
        assert self.live.token("imap") != before
        return "renewed: " + self.look(at)

    def rotated(self, at: Station) -> str:
        if not self.sign_in.by_person:
            return NONE
        keeper, refresh = at.credentials().keeper, set[str]()
        for _ in range(3):
            at.later(hours=2)
            token = self.live.token("imap").reveal()
            kept = keeper.read(self.sign_in.name)
            assert kept is not None
            assert kept.refresh_token in at.authority.refresh, "what is kept is what is good"
            assert token in {each.token for each in kept.access.values()}
            refresh.add(kept.refresh_token)
        assert len(refresh) == 3
        return "kept: " + self.look(at)

    def refused(self, at: Station) -> str:
        before = self.live.token("imap")
        self.live.refused(before)  # as a transport says; Dovecot takes half a second for it
        assert self.live.token("imap") != before
        return "another one: " + self.look(at)

    def expired(self, at: Station) -> str:
        if self.sign_in.client_secret is None:
            return NONE
        at.authority.clients[CLIENT] = "another one by now"
        at.later(hours=2)
        said = self.look(at)
        at.authority.clients[CLIENT] = SECRET
        assert self.look(at) == READ, "whoever mends it has lost nothing"
        return said

    def taken_back(self, at: Station) -> str:
        at.authority.revoke()
        for known in (at.authority.clients, at.authority.certificates, at.authority.service_keys):
            known.clear()
        at.later(hours=2)
        return self.look(at)


@dataclass
class ByPassword:
    """A way without tokens."""

    shared: bool = False
    refusal: str = field(init=False)

    def name(self, at: Station) -> str:
        return f"{at.user.name}/{at.user.name}" if self.shared else at.user.name

    def first(self, at: Station) -> str:
        return at.look(self.name(at), password=Secret(PASSWORD))

    def renewed(self, _: Station) -> str:
        return NONE

    rotated = refused = renewed

    def expired(self, at: Station) -> str:
        self.refusal = at.look(self.name(at), password=Secret("what it was"))
        return self.refusal

    def taken_back(self, _: Station) -> str:
        return self.refusal  # a server says the same of both, and Dovecot takes half a second


SECRETLY: dict[str, Any] = {"client_secret": SECRET_REF}
WAYS: dict[str, ByToken | ByPassword] = {
    "password or app password": ByPassword(),
    "shared mailbox, `owner/shared`": ByPassword(shared=True),
    "`code`, browser on this machine": ByToken(generic, {"flow": "code", **SECRETLY}),
    "`code`, address pasted": ByToken(generic, {"flow": "code", **SECRETLY}, paste=True),
    "`device`": ByToken(generic, {"flow": "device"}),
    "`client`, secret": ByToken(generic, {"flow": "client", **SECRETLY}),
    "`service`, signed key": ByToken(generic, {"flow": "service", "key": KEY_REF}),
    "Microsoft, `code`": ByToken(microsoft, {"flow": "code", **SECRETLY}),
    "Microsoft, `device`": ByToken(microsoft, {"flow": "device"}),
    "Microsoft, `client`, secret": ByToken(microsoft, {"flow": "client", **SECRETLY}),
    "Microsoft, `client`, certificate": ByToken(microsoft, {"flow": "client", "certificate": ""}),
}
EVENTS = {
    "first sign-in": "first",
    "five minutes before its end": "renewed",
    "a new refresh token each time": "rotated",
    "the server refuses the token": "refused",
    "wrong or expired secret": "expired",
    "access taken back": "taken_back",
}


@pytest.fixture
def station(user: User, issuer: Authority, ca: LocalCA, tmp_path: Path) -> Iterator[Station]:
    before, known = (issuer.person, issuer.application), dict(issuer.clients)
    issuer.person = issuer.application = user.name
    yield Station(user, issuer, ca, tmp_path)
    issuer.person, issuer.application = before
    issuer.clients.update(known)


def test_each_way_to_sign_in_meets_each_event_as_the_table_says(station: Station) -> None:
    rows = []
    for number, (name, way) in enumerate(WAYS.items()):
        own = replace(station, folder=station.folder / str(number))
        own.folder.mkdir()
        cells = [getattr(way, event)(own) for event in EVENTS.values()]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    head = ["| how | " + " | ".join(EVENTS) + " |", "| --- " * (len(EVENTS) + 1) + "|"]
    table = "\n".join([*head, *rows]) + "\n"
    before, _, rest = PAGE.read_text("utf-8").partition("<!-- table -->\n")
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        _, _, after = rest.partition("<!-- end -->")
        PAGE.write_text(f"{before}<!-- table -->\n{table}<!-- end -->{after}", "utf-8")
    assert table in PAGE.read_text("utf-8")
