"""Signing in at a real Dovecot with access tokens, which asks a real authority about them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.plugins.contract import OurTransport
from tests.plugins.imap.box import Box
from tests.plugins.tokens import Issued

from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User

    from postroom.model.signin import Method
    from postroom.testing.transport_contract import Mailbox


@pytest.mark.parametrize("method", ["xoauth2", "oauthbearer", None])
def test_a_token_opens_the_mailbox(
    method: Method | None, user: User, ca: LocalCA, issuer: Authority
) -> None:
    credential = Issued(issuer, user.name, "imap", method)
    with closing(Box(user, ca)) as box:
        health = box.transport(password=None, auth=credential).probe()
    assert health.ok
    assert credential.complaints == 0


def test_a_token_that_has_run_out_is_replaced_once(
    user: User, ca: LocalCA, issuer: Authority
) -> None:
    credential = Issued(issuer, user.name, "imap", lifetime=-10)
    with closing(Box(user, ca)) as box:
        assert box.transport(password=None, auth=credential).probe().ok
    assert credential.complaints == 1


def test_somebody_elses_token_is_refused_and_not_shown(
    user: User, ca: LocalCA, issuer: Authority
) -> None:
    told: list[str] = []
    credential = Issued(issuer, "somebody.else@example.test", "imap")
    with closing(Box(user, ca)) as box, pytest.raises(Problem) as raised:
        box.transport(trace=told.append, password=None, auth=credential).probe()
    assert raised.value.diagnostic.code == "PR511"
    said = "\n".join([*told, repr(raised.value.diagnostic)])
    assert not any(token in said for token in credential.handed_out)


class TestXoauth2(OurTransport):
    @pytest.fixture
    def mailbox(self, user: User, ca: LocalCA, issuer: Authority) -> Iterator[Mailbox]:
        auth = Issued(issuer, user.name, "imap", "xoauth2")
        with closing(Box(user, ca, password=None, auth=auth)) as box:
            yield box


class TestOauthBearer(OurTransport):
    @pytest.fixture
    def mailbox(self, user: User, ca: LocalCA, issuer: Authority) -> Iterator[Mailbox]:
        auth = Issued(issuer, user.name, "imap", "oauthbearer")
        with closing(Box(user, ca, password=None, auth=auth)) as box:
            yield box
