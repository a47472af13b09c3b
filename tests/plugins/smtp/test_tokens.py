"""Signing in with access tokens at a real SMTP server that asks an authority about them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.plugins.smtp.desks import SmtpDesk
from tests.plugins.tokens import Issued
from tests.servers.smtp_sink import USER

from postroom.hooks.contracts import Retry
from postroom.testing.notifier_contract import letter

if TYPE_CHECKING:
    from tests.servers.authority import Authority
    from tests.servers.ca import Certificate, LocalCA

    from postroom.model.signin import Method


def desk(ca: LocalCA, certificate: Certificate, issuer: Authority, *, implicit: bool) -> SmtpDesk:
    return SmtpDesk(ca, certificate, implicit=implicit, introspect=issuer.introspect)


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("method", ["xoauth2", "oauthbearer", None])
def test_a_letter_goes_out_with_a_token(
    method: Method | None,
    ca: LocalCA,
    certificate: Certificate,
    issuer: Authority,
    *,
    implicit: bool,
) -> None:
    auth = Issued(issuer, USER, "smtp", method)
    with closing(desk(ca, certificate, issuer, implicit=implicit)) as at:
        sent = at.notifier(password=None, auth=auth).send(letter())
        assert list(at.received()) == [sent]
    assert auth.complaints == 0


def test_a_token_that_has_run_out_is_replaced_once(
    ca: LocalCA, certificate: Certificate, issuer: Authority
) -> None:
    auth = Issued(issuer, USER, "smtp", lifetime=-10)
    with closing(desk(ca, certificate, issuer, implicit=True)) as at:
        at.notifier(password=None, auth=auth).send(letter())
    assert auth.complaints == 1


def test_somebody_elses_token_is_refused_and_not_shown(
    ca: LocalCA, certificate: Certificate, issuer: Authority
) -> None:
    auth = Issued(issuer, "somebody.else", "smtp")
    with (
        closing(desk(ca, certificate, issuer, implicit=True)) as at,
        pytest.raises(Retry) as raised,
    ):
        at.notifier(password=None, auth=auth).send(letter())
    assert not any(token in raised.value.why for token in auth.handed_out)
