"""`postroom accounts --check`: what it says of accounts that work and of those that do not."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.end_to_end.desk import mail, put
from tests.end_to_end.test_graph import SIGN_INS
from tests.servers.authority import CLIENT, SECRET
from tests.servers.dovecot import PASSWORD
from tests.servers.ews import PASSWORD as EXCHANGE_PASSWORD
from tests.servers.ews import USER
from tests.servers.ports import free_ports
from tests.unit.runtime.memory import House

from postroom.runtime.receiving.intake import Intake
from postroom.runtime.receiving.receivers import Counter
from postroom.runtime.settings import DATA
from postroom.runtime.watching import status
from postroom_lmtp.receiver import LmtpReceiver, SmtpReceiver
from postroom_lmtp.settings import LmtpSettings, SmtpInSettings

if TYPE_CHECKING:
    from tests.end_to_end.desk import Desk
    from tests.servers.authority import Authority
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User
    from tests.servers.ews import FakeEws
    from tests.servers.graph import FakeGraph

IMAP = "use: imap, host: localhost, port: {imaps}, username: {user}, ca_file: {ca}"
POP3 = "use: pop3, host: localhost, port: {pop3s}, username: {user}, ca_file: {ca}"
GRAPH = 'use: graph, base_url: "{graph}", ca_file: {ca}, auth: corp, mailbox: '
EWS = f"use: ews, url: {{ews}}, ca_file: {{ca}}, method: basic, username: {USER}, mailbox: "
EWS_APP = "use: ews, url: {ews}, ca_file: {ca}, auth: corp, impersonate: true"
GOOD, BAD = "password: {{env: MAIL_PASSWORD}}", "password: {{env: OTHER_PASSWORD}}"
EXCHANGE = "password: {{env: EXCHANGE_PASSWORD}}"

ACCOUNTS: dict[str, tuple[str, str, str]] = {
    # what the account says, the code or "" if it works, what people are told besides
    "imap": (f"{IMAP}, {GOOD}", "", "; 1 messages in INBOX"),
    "imap-password": (f"{IMAP}, {BAD}", "PR511", "check `username` and `password`"),
    "imap-folder": (f"{IMAP}, {GOOD}, folder: Helpdesk", "PR513", "there are: "),
    "imap-unknown-ca": (
        "use: imap, host: localhost, port: {imaps}, username: {user}, " + GOOD, "PR512", "ca_file",
    ),
    "imap-nobody": (
        "use: imap, host: localhost, port: {free}, username: {user}, " + GOOD, "PR510", "{free}",
    ),
    "pop3": (f"{POP3}, {GOOD}", "", "1 messages"),
    "pop3-password": (f"{POP3}, {BAD}", "PR511", "password"),
    "graph": (f"{GRAPH}support@kestrel.example", "", "1 messages"),
    "graph-policy": (f"{GRAPH}closed@kestrel.example", "PR511", "RBAC for Applications"),
    "graph-folder": (f"{GRAPH}support@kestrel.example, folder: Helpdesk", "PR513", "Helpdesk"),
    "ews": (f"{EWS}support@kestrel.example, {EXCHANGE}", "", "1 messages"),
    "ews-password": (f"{EWS}support@kestrel.example, {BAD}", "PR511", "check `username`"),
    "ews-denied": (
        f"{EWS_APP}, mailbox: closed@kestrel.example", "PR511", "ApplicationImpersonation",
    ),
    "jmap-nobody": (
        "use: jmap, host: localhost, port: {free}, username: ann, " + GOOD, "PR510", "{free}",
    ),
    "eml": ("use: eml, path: inbox", "", " 1.eml:"),
    "maildir-missing": ("use: maildir, path: nowhere", "PR513", "nowhere"),
    "lmtp": ("use: lmtp, port: {free}", "", "127.0.0.1:{free}; no engine runs"),
    "lmtp-taken": ("use: lmtp, port: {taken}", "PR518", "somebody else listens at"),
    "smtp-in": ("use: smtp_in, port: {free}", "", "127.0.0.1:{free}; no engine runs"),
    "webhook": (
        "use: webhook, provider: signed, port: {free}, secret: {{env: MAIL_PASSWORD}}",
        "", "127.0.0.1:{free}; no engine runs",
    ),
}  # fmt: skip


@pytest.fixture
def values(
    desk: Desk, user: User, graph: FakeGraph, ews: FakeEws, issuer: Authority, ca: LocalCA
) -> dict[str, Any]:
    """Return what stands for the places in the table, where all of it is there."""
    desk.environment |= {
        "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "MAIL_PASSWORD": PASSWORD,
        "OTHER_PASSWORD": "canary-that-opens-nothing", "EXCHANGE_PASSWORD": EXCHANGE_PASSWORD,
    }  # fmt: skip
    (desk.folder / "inbox").mkdir(parents=True)
    text = SIGN_INS.format(token=issuer.address("token"), ca=ca.ca_file)
    (desk.folder / "sign-ins.yaml").write_text(text, "utf-8")
    put(desk.folder / "inbox/1.eml", mail(1))
    user.deliver([mail(1)])
    for service in (graph, ews):
        service.mailbox("support@kestrel.example").deliver(mail(1))
        service.mailbox("closed@kestrel.example")
    graph.blocked.add("closed@kestrel.example")
    ews.denied.add("closed@kestrel.example")
    (free,) = free_ports(1)
    return {
        "imaps": user.server.imaps, "pop3s": user.server.pop3s, "user": user.name, "free": free,
        "ca": ca.ca_file, "graph": graph.url, "ews": ews.url,
    }  # fmt: skip


def checked(desk: Desk) -> tuple[int, dict[str, dict[str, Any]], str]:
    """Return the exit code, what is told of each account, and all that was printed."""
    done = desk.run("accounts", "--check", "--json", "--rules", str(desk.folder))
    told = {each["account"]: each["check"] for each in map(json.loads, done.stdout.splitlines())}
    return done.returncode, told, done.stdout + done.stderr


def test_each_account_is_told_of_as_the_table_says(desk: Desk, values: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        values["taken"] = other.getsockname()[1]
        desk.write(**{name: f"{{{told[0].format(**values)}}}" for name, told in ACCOUNTS.items()})
        code, told, printed = checked(desk)
    assert code == 1
    assert "canary" not in printed
    found = {name: (each.get("code", ""), each["ok"]) for name, each in told.items()}
    assert found == {name: (code, not code) for name, (_, code, _) in ACCOUNTS.items()}
    said = {name: " ".join(map(str, each.values())) for name, each in told.items()}
    expected = {name: words.format(**values) for name, (_, _, words) in ACCOUNTS.items()}
    assert {name: said[name] for name in said if expected[name] not in said[name]} == {}


def test_whoever_works_for_the_engine_is_recognised(desk: Desk) -> None:
    """And an engine that does not listen where it should is told of."""
    house = House()
    lmtp, smtp, nobody = free_ports(3)
    desk.write(
        lmtp=f"{{use: lmtp, port: {lmtp}}}",
        smtp=f"{{use: smtp_in, port: {smtp}}}",
        nobody=f"{{use: lmtp, port: {nobody}}}",
    )
    now = datetime.now(UTC)  # noqa: TID251 - the command reads it too
    (desk.folder / DATA).mkdir()
    status.write(desk.folder / DATA, status.Status(True, 1, now, now, "rules"))  # noqa: FBT003
    counter = Counter(house.engine, Intake(house.engine), "lmtp", ["support"])
    with (
        closing(LmtpReceiver(LmtpSettings(port=lmtp), counter)) as by_lmtp,
        closing(SmtpReceiver(SmtpInSettings(port=smtp), counter)) as by_smtp,
    ):
        by_lmtp.open()
        by_smtp.open()
        code, told, _ = checked(desk)
    assert code == 1
    assert told["lmtp"]["detail"].endswith(f":{lmtp}; the engine listens: 220 postroom LMTP")
    assert told["smtp"]["detail"].endswith(f":{smtp}; the engine listens: 220 postroom ESMTP")
    assert (told["nobody"]["code"], told["nobody"]["help"]) == ("PR518", "postroom status")
