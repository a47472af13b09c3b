"""From Microsoft Graph to records; from IMAP and EWS to Graph without losing what was decided."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest
from tests.end_to_end.desk import mail, titles
from tests.servers.authority import CLIENT, SECRET
from tests.servers.dovecot import PASSWORD
from tests.servers.ews import PASSWORD as EXCHANGE_PASSWORD
from tests.servers.ews import USER
from tests.servers.ports import free_ports

if TYPE_CHECKING:
    from tests.end_to_end.desk import Desk
    from tests.servers.authority import Authority
    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.dovecot import User
    from tests.servers.ews import FakeEws
    from tests.servers.exchange import Mailbox
    from tests.servers.graph import FakeGraph

ADDRESS = "support@kestrel.example"
SIGN_INS = """
providers:
  local: {{token_url: "{token}", scopes: [graph]}}
sign_ins:
  corp:
    provider: local
    flow: client
    client_id: {{env: CLIENT_ID}}
    client_secret: {{env: CLIENT_SECRET}}
    ca_file: {ca}
"""


@pytest.fixture
def mailbox(desk: Desk, graph: FakeGraph, issuer: Authority, ca: LocalCA) -> Mailbox:
    desk.environment |= {
        "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "MAIL_PASSWORD": PASSWORD,
    }  # fmt: skip
    desk.folder.mkdir(exist_ok=True)
    text = SIGN_INS.format(token=issuer.address("token"), ca=ca.ca_file)
    (desk.folder / "sign-ins.yaml").write_text(text, "utf-8")
    return graph.mailbox(ADDRESS)


def by_graph(graph: FakeGraph, ca: LocalCA, more: str = "") -> str:
    return (
        f'{{use: graph, mailbox: {ADDRESS}, auth: corp, base_url: "{graph.url}", '
        f"ca_file: {ca.ca_file}{more}}}"
    )


def by_imap(user: User, ca: LocalCA, more: str = "") -> str:
    return (
        f"{{use: imap, host: localhost, port: {user.server.imaps}, username: {user.name}, "
        f"password: {{env: MAIL_PASSWORD}}, ca_file: {ca.ca_file}{more}}}"
    )


def by_ews(ews: FakeEws, ca: LocalCA, more: str = "") -> str:
    return (
        f"{{use: ews, url: {ews.url}, mailbox: {ADDRESS}, username: {USER}, method: basic, "
        f"password: {{env: EXCHANGE_PASSWORD}}, ca_file: {ca.ca_file}{more}}}"
    )


def test_a_mailbox_becomes_records_and_is_tidied(
    desk: Desk, mailbox: Mailbox, graph: FakeGraph, ca: LocalCA
) -> None:
    desk.write(support=by_graph(graph, ca, ", after: {decided: {move_to: Done/2026}}"))
    for number in range(30):
        mailbox.deliver(mail(number))
    done = desk.once()
    assert (done.returncode, done.stderr) == (0, "")
    assert desk.titles() == titles(30)
    assert {each.folder.name for each in mailbox.all()} == {"2026"}
    assert not any(each.is_read for each in mailbox.all())
    assert "created" not in desk.once().stdout


def test_mail_is_a_record_at_once_where_graph_can_call(
    desk: Desk, mailbox: Mailbox, graph: FakeGraph, ca: LocalCA, certificate: Certificate
) -> None:
    (port,) = free_ports(1)
    push = (
        f", poll_every: 10m, push_url: https://localhost:{port}/graph, "
        f"push_listen: localhost:{port}, "
        f"push_certificate: {certificate.cert}, push_key: {certificate.key}"
    )
    desk.write(support=by_graph(graph, ca, push))
    process = desk.start("--json")
    try:
        assert process.stdout is not None
        while not graph.calls.known:
            assert process.poll() is None
            time.sleep(0.02)
        told = map(json.loads, process.stdout)
        # it looks once more when it is to be called: what came in before is not told of
        for _ in range(2):
            next(each for each in told if each["event"] == "caught_up")
        assert mailbox.deliver(mail(0))
        began = time.monotonic()
        decided = next(each for each in told if each["event"] == "decided")
        assert decided["outcome"] == "created"
        assert time.monotonic() - began < 60, "it is not looked for before 10 minutes are over"
        checked = desk.run("accounts", "--rules", str(desk.folder), "--check", "--json")
        assert "Graph tells of new mail until 20" in checked.stdout
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert errors == ""
    assert graph.calls.known == {}
    assert desk.titles() == titles(1)


def test_a_mailbox_that_is_moved_from_imap_to_graph_keeps_its_history(
    desk: Desk, mailbox: Mailbox, graph: FakeGraph, ca: LocalCA, user: User
) -> None:
    due_later = ", after: {decided: {delete_after: 30d}}"
    desk.write(support=by_imap(user, ca, due_later))
    user.append([mail(number) for number in range(20)])
    assert desk.once().returncode == 0
    assert desk.titles() == titles(20)

    for number in range(20):
        rendered = b"X-Rendered: otherwise\r\n" if number % 2 else b""
        mailbox.deliver(rendered + mail(number))
    mailbox.deliver(mail(20))
    desk.write(support=by_graph(graph, ca, due_later))
    done = desk.run("run", str(desk.folder), "--once", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(each.get("linked", 0) for each in told) == 10
    assert desk.one("SELECT count(*) FROM communications") == 20 + 10 + 1
    assert desk.titles() == titles(21)
    assert len(list(mailbox.all())) == 21
    assert "created" not in desk.once().stdout


def test_a_mailbox_that_is_moved_from_ews_to_graph_keeps_its_history(
    desk: Desk, mailbox: Mailbox, graph: FakeGraph, ews: FakeEws, ca: LocalCA
) -> None:
    desk.environment["EXCHANGE_PASSWORD"] = EXCHANGE_PASSWORD
    ews.boxes[ADDRESS] = mailbox
    due_later = ", after: {decided: {delete_after: 30d}}"
    desk.write(support=by_ews(ews, ca, due_later))
    for number in range(8):
        mailbox.deliver(mail(number))
    done = desk.once()
    assert (done.returncode, done.stderr) == (0, "")
    assert desk.titles() == titles(8)

    mailbox.deliver(mail(8))
    desk.write(support=by_graph(graph, ca, due_later))
    done = desk.run("run", str(desk.folder), "--once", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    outcomes = [each["outcome"] for each in told if each["event"] == "decided"]
    assert outcomes == ["created"]
    assert sum(each.get("linked", 0) for each in told) == 8
    explained = desk.run("explain", "1", "--rules", str(desk.folder)).stdout
    assert "linked" in explained, explained
    assert desk.one("SELECT count(*) FROM communications") == 8 + 1
    assert desk.titles() == titles(9)
    assert len(list(mailbox.all())) == 9
