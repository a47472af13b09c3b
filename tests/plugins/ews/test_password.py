"""A password is shown by Basic (RFC 7617), or by NTLM to a real acceptor ([MS-NTHT])."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.plugins.ews.box import Box
from tests.plugins.exchange import problem
from tests.servers.ews import PASSWORD, USER
from tests.servers.ntlm import Ntlm
from tests.servers.web import Response

from postroom.model.settings import Secret
from postroom.source.diagnostic import Problem
from postroom.testing.transport_contract import Ledger, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Literal

    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.ews import FakeEws


@pytest.fixture(params=["basic", "ntlm"])
def method(
    request: pytest.FixtureRequest, ews: FakeEws, certificate: Certificate, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Literal["basic", "ntlm"]:  # fmt: skip
    """Return the one method that the server takes."""
    if request.param == "basic":
        return "basic"
    ews.ntlm = Ntlm.knowing(USER, PASSWORD, tmp_path, certificate, monkeypatch)
    return "ntlm"


@pytest.fixture
def box(ews: FakeEws, ca: LocalCA) -> Iterator[Box]:
    with closing(Box(ews, ca)) as box:
        yield box


def test_the_right_password_opens_the_mailbox(box: Box, method: str) -> None:
    raws = [message(number) for number in range(60)]
    box.deliver(raws)
    transport = box.transport(method=method)
    assert transport.probe().waiting == 60
    assert [each.raw for each in transport.fetch(Ledger(), 100)] == raws


def test_new_mail_is_told_of(box: Box, method: str) -> None:
    transport = box.transport(method=method)
    list(transport.fetch(Ledger(), 10))
    assert transport.wait(timedelta(seconds=20))
    box.deliver([message(1)])
    assert transport.wait(timedelta(seconds=20))


def test_a_wrong_password_is_named_and_not_repeated(
    box: Box, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    transport = box.transport(method=method, password=Secret("wrong-4712"))
    with pytest.raises(Problem) as caught:
        transport.probe()
    told = caught.value.diagnostic
    assert (told.code, told.help) == ("PR511", "check `username` and `password`")
    assert f"`{USER}` is not let in" in told.message
    assert "wrong-4712" not in f"{caught.value}{caplog.text}"


def test_a_wrong_method_is_named_and_so_is_the_right_one(box: Box, method: str) -> None:
    other = "ntlm" if method == "basic" else "basic"
    with problem("PR511", f"the server takes no `{other}`: say `method: {method}`"):
        box.transport(method=other).probe()


@pytest.mark.parametrize(
    ("offered", "hint"),
    [("Kerberos", "the server takes no `ntlm`: ask who runs it"),
     ("Negotiate", "`method: basic`"),
     ("NTLM", "`method: basic`"),
     ("", "check `username` and `password`")],
)  # fmt: skip
def test_a_server_that_goes_on_with_nothing_is_said_to(box: Box, offered: str, hint: str) -> None:
    headers = {"WWW-Authenticate": offered} if offered else {}
    box.always(Response(401, b"", headers))
    with problem("PR511", hint):
        box.transport(method="ntlm").probe()


def test_ntlm_lets_in_a_connection_and_is_not_done_again_for_each_request(
    box: Box, method: str
) -> None:
    box.deliver([message(1)])
    transport = box.transport(method=method)
    for _ in range(3):
        list(transport.fetch(Ledger(), 10))
    if box.ews.ntlm is not None:
        assert box.ews.ntlm.handshakes == 1


def test_a_password_is_shown_to_nobody_without_tls(box: Box) -> None:
    with pytest.raises(ValueError, match="https://"):
        box.transport(url=box.ews.url.replace("https:", "http:"))
